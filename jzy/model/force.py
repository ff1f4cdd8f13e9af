"""Since when and until when a record is in force, as its schema says in ``x-jzy-force``.

The annotation names two conditions of JMESPath over the record, mostly plain paths, that give the
first and the last day: ``{"from": "established", "until": "dissolved"}``. Either may be missing,
and either may give nothing: then there is no such end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from jzy.model.expression import evaluate
from jzy.model.kinds import Kind
from jzy.model.record import Record

ANNOTATION = "x-jzy-force"
PAST = "x-jzy-past"
"""On a reference: it may lead to what is not in force any more, such as what was superseded."""
_ENDS = frozenset({"from", "until"})


class Force(NamedTuple):
    """The days on which a record is in force, both ends inclusive, as ISO dates."""

    begins: str
    """Empty where it always was."""
    ends: str
    """Empty where there is no end."""

    def holds_on(self, day: str) -> bool:
        """Whether an ISO date lies within."""
        return self.begins <= day and (not self.ends or day <= self.ends)


def force_of(kind: Kind, record: Record) -> Force | None:
    """When a record is in force; ``None`` where its kind does not say.

    Raises:
        BadExpression: the annotation cannot be evaluated on the record.
    """
    said = kind.schema.get(ANNOTATION)
    return Force(_day(said, "from", record), _day(said, "until", record)) if said else None


def _day(said: Mapping[str, str], end: str, record: Record) -> str:
    found = evaluate(said[end], record.data) if end in said else None
    try:
        return date.fromisoformat(found[:10]).isoformat() if isinstance(found, str) else ""
    except ValueError:
        return ""


def why_broken(schema: Mapping[str, Any]) -> str:
    """What is wrong with the ``x-jzy-force`` of a schema, for people; empty if nothing."""
    said = schema.get(ANNOTATION, {})
    if not isinstance(said, dict) or not set(said) <= _ENDS:
        return f"{ANNOTATION} 应写明 from、until，没有别的属性"
    if not all(isinstance(end, str) and end.strip() for end in said.values()):
        return f"{ANNOTATION} 的 from 和 until 应是表达式"
    return ""
