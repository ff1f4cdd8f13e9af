"""Every rule: importing this module fills :data:`jzy.rules.base.RULES`.

Whoever judges by rules takes the functions from here, so that none is missing: a rule that was never
imported finds nothing, and a claim that nothing was found would stand.
"""

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
from jzy.rules.base import (
    RULES,
    is_whole,
    run,
    run_any,
    run_duty,
    run_one,
    run_whole,
    whole_rules,
)

__all__ = [
    "RULES",
    "checks",
    "force",
    "is_whole",
    "lifecycle",
    "organisation",
    "personal",
    "promises",
    "reading",
    "reports",
    "run",
    "run_any",
    "run_duty",
    "run_one",
    "run_whole",
    "schema",
    "whole_rules",
]
