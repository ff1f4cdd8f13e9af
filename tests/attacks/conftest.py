"""Attacks are made on the same demo repository that the acceptance tests use."""

from tests.acceptance.conftest import demo, made_demo, spoil

__all__ = ["demo", "made_demo", "spoil"]
