"""The life of a record as a series of versions, read back from its final text.

A record's file holds its whole life: what was drafted, each sign-off with its moment, what
followed. From it the commits that it would have been can be told again, one by one. Versions
that were returned and changed are kept beside the sample in ``records/.replay/<id>@<n>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from jzy.model.chain import DECISION_TITLES
from jzy.model.kinds import Kind
from jzy.model.moments import day_of, moment_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.store.editing import append_sign_off, remove_value

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2}))?")


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of a record's life."""

    when: datetime
    record: Record
    text: str
    """The whole file after this step."""
    by: str
    """The id of the person who took it."""
    verb: str
    entry: dict[str, Any] | None = None
    """The sign-off that the step adds; ``None`` for drafts, edits and follow-ups."""


def steps(
    register: Register, record: Record, earlier: Sequence[str], begins: datetime, default: str
) -> Iterator[Step]:
    """The steps of a record's life in order.

    Args:
        register: the register, for units and people.
        record: the record as it finally was.
        earlier: texts of the rounds before the last, without sign-offs, oldest first.
        begins: no step comes before this moment.
        default: the id of the person to whom steps are given that name nobody.
    """
    kind = register.kind_of(record)
    zone = register.time_zone
    bare = remove_value(kind, remove_value(kind, record.text, "sign_offs"), "follow_up")
    entries = record.sign_offs
    author = entries[0]["by"] if entries else _clerk(register, record, default)
    rounds = sum(entry["decision"] == "submit" for entry in entries)
    bases = [*earlier, *[bare] * max(rounds - len(earlier), 1)]
    last = max(_drafted(kind, record, zone) or begins, begins)
    if not entries:
        yield Step(last, record, bare, author, "登记")
    base, submitted = bare, 0
    for position, entry in enumerate(entries):
        at = moment_of(entry["at"], zone)
        if entry["decision"] == "submit":
            before, base = base, bases[submitted]
            if submitted == 0 or base != before:
                text = _with_entries(kind, base, entries[:position])
                verb = "修改" if submitted else "拟稿"
                yield Step(at - timedelta(minutes=40), record, text, entry["by"], verb)
            submitted += 1
        text = _with_entries(kind, base, entries[: position + 1])
        verb = DECISION_TITLES[entry["decision"]]
        yield Step(at, record, text, entry["by"], verb, entry)
        last = at
    follow_up = record.data.get("follow_up")
    if follow_up:
        days = [day_of(text, zone) for text in _dates(follow_up)]
        when = datetime.combine(max(days), time(17, 0), zone) if days else last
        yield Step(max(when, last + timedelta(minutes=20)), record, record.text, author, "办结")


def _with_entries(kind: Kind, text: str, entries: Sequence[dict[str, Any]]) -> str:
    for entry in entries:
        text = append_sign_off(kind, text, entry)
    return text


def _clerk(register: Register, record: Record, default: str) -> str:
    """Someone of the responsible unit."""
    unit = register.unit_of(record)
    mine = [person.id for person in register.people.values() if unit and person.unit == unit]
    return mine[0] if mine else default


def _drafted(kind: Kind, record: Record, zone: tzinfo) -> datetime | None:
    """When a record without sign-offs came to be: by its date, or its first property that is one."""
    names = [kind.date_property] if kind.date_property else []
    names += [name for name, schema in kind.properties.items() if schema.get("format") == "date"]
    for name in names:
        value = record.data.get(name)
        if isinstance(value, str) and _DATE.fullmatch(value):
            return datetime.combine(day_of(value, zone), time(16, 0), zone)
    return None


def _dates(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _dates(item)
    elif isinstance(value, list):
        for item in value:
            yield from _dates(item)
