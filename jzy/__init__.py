"""jzy: records, sign-offs and self-inspection reports as plain files in git."""

__version__ = "0.1.0"
