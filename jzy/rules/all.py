"""Every rule: importing this module fills :data:`jzy.rules.base.RULES`."""

from jzy.rules import (
    checks,
    force,
    lifecycle,
    organisation,
    personal,
    promises,
    reading,
    reports,
    schema,
)
from jzy.rules.base import RULES, run

__all__ = [
    "RULES",
    "checks",
    "force",
    "lifecycle",
    "organisation",
    "personal",
    "promises",
    "reading",
    "reports",
    "run",
    "schema",
]
