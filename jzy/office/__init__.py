"""The use cases: what an office does with its records, one module each."""
