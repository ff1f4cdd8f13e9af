"""The command line: reads arguments, calls one use case, shows the result."""
