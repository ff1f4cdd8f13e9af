"""Pure code: one small function a rule, over the register, registered with its code and words.

Importing :mod:`jzy.rules.all` fills the registry.
"""
