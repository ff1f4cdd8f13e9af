"""All that touches git: the repository, its configuration, commits, history, signatures."""
