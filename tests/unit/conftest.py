"""The sample year as a repository, for tests of what only a history can show."""

from tests.acceptance.conftest import made_demo

__all__ = ["made_demo"]
