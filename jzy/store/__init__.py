"""The working tree: reading YAML with positions, careful writing."""
