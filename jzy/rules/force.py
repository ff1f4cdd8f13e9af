"""JZY313: references to what was not in force on the day that the referring record speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jzy.model.expression import BadExpression
from jzy.model.force import ANNOTATION, PAST, Force, force_of
from jzy.model.kinds import Kind, Reference
from jzy.model.moments import date_cn, day_of
from jzy.model.periods import of_key
from jzy.model.record import DataPath, Record
from jzy.rules.base import Breach, Case, rule_of_one


@rule_of_one(
    "JZY313",
    "引用了当日不在有效期内的记录",
    "记录所引用的部门、工作群、账号、制度等，在记录所说的那一天应当有效：已撤销、已解散、已注销、"
    "已废止的不能再用，尚未设立的还不能用。以前的记录引用当时有效的，不受后来变动的影响。",
    "请改为当日有效的记录，或更正设立、撤销等日期。",
)
def not_in_force(case: Case, record: Record) -> Iterator[Breach]:
    """References to records whose kind says when they are in force, on a day when they were not."""
    kind = case.register.kind_of(record)
    for path, target, reference in case.references(record):
        if not _must_hold(case, kind, reference):
            continue
        force = _force(case, case.register.get(target))
        if force is None:
            continue
        days = []
        for day in _days(case, kind, record, path):
            if force.holds_on(day):
                break
            days.append(day)
        else:
            if days:
                what = f"“{kind.path_title(path)}”引用的{case.register.name(target)}"
                yield Breach(record, path, what + _when(force, max(days)))


def _force(case: Case, record: Record | None) -> Force | None:
    """When a record begins or ends to be in force; ``None`` where it always has been."""
    if record is None or ANNOTATION not in case.register.kind_of(record).schema:
        return None
    return case.register.once(case.memory, (_force, record.path), lambda: _found(case, record))


def _found(case: Case, record: Record) -> Force | None:
    try:
        force = force_of(case.register.kind_of(record), record)
    except BadExpression:
        return None  # nothing can be said of it
    return force if force and (force.begins or force.ends) else None


def _must_hold(case: Case, kind: Kind, reference: Reference) -> bool:
    """Whether what a property of a kind refers to has to be in force; found once for all records."""
    asked: dict[Reference, bool] = case.memory.setdefault((_must_hold, kind.name), {})
    found = asked.get(reference)
    if found is None:
        named = map(case.register.kinds.get, reference.kinds)
        ends = any(each is not None and ANNOTATION in each.schema for each in named)
        past = (kind.property_schema(reference.path) or {}).get(PAST)
        found = asked[reference] = ends and not past and reference.path[0] != "sign_offs"
    return found


def _days(case: Case, kind: Kind, record: Record, path: DataPath) -> Iterator[str]:
    """The days of which a reference speaks, on one of which it should be sound; none where that
    cannot be said.

    A span around the reference (a post held from … until …) speaks of its last day. Otherwise it
    is the record's own day, and the dates that stand beside the reference: what was filed with a
    unit after an event was filed on the day given there. A record without a date speaks of
    today, or of its own last day. Today is asked for only then, so that what does not speak of it
    holds tomorrow, too.
    """
    around = list(_around(record.data, path))
    for value in around:
        if _day(case, value.get("from")):
            today = case.today.isoformat()
            yield min(_day(case, value.get("until")) or today, today)
            return
    if kind.is_register:
        return  # today's register of people and rules speaks of other times as well
    if kind.date_property is not None:
        yield from _own_days(case, kind.date_property, record)
    else:
        today, force = case.today.isoformat(), _force(case, record)
        yield min(force.ends, today) if force and force.ends else today
    for value in around:
        yield from filter(None, (_day(case, each) for each in value.values()))


def _around(data: Mapping[str, Any], path: DataPath) -> Iterator[Mapping[str, Any]]:
    """The objects around a place, from the innermost outwards, without the record itself."""
    found: list[Mapping[str, Any]] = []
    here: Any = data
    for part in path[:-1]:
        here = here[part]
        if isinstance(here, Mapping):
            found.insert(0, here)
    yield from found


def _own_days(case: Case, dated_by: str, record: Record) -> list[str]:
    """The days of a record's own; found once for all its references."""
    last: tuple[Record, dict[str, list[str]]] | None = case.memory.get(_own_days)
    if last is None or last[0] is not record:
        last = case.memory[_own_days] = record, {}
    # What they rest on is noted each time.
    return case.register.once(last[1], dated_by, lambda: _found_days(case, dated_by, record))


def _found_days(case: Case, dated_by: str, record: Record) -> list[str]:
    days = [_day(case, record.at(dated_by))]
    for value in record.data.values():  # the period that a figure or a meeting covers
        if isinstance(value, str) and len(value) <= len("2020-Q2"):
            days += _period(value)
    return [day for day in days if day]


def _period(key: str) -> list[str]:
    try:
        found = of_key(key)
    except ValueError:
        return []
    return [found.begins.isoformat(), found.ends.isoformat()]


def _day(case: Case, value: object) -> str:
    try:
        return day_of(value, case.register.time_zone).isoformat() if isinstance(value, str) else ""
    except ValueError:
        return ""


def _when(force: Force, day: str) -> str:
    said = date_cn(date.fromisoformat(day))
    if day < force.begins:
        return f"在 {said} 尚未生效（{date_cn(date.fromisoformat(force.begins))} 起）"
    return f"在 {said} 已不再有效（截至 {date_cn(date.fromisoformat(force.ends))}）"
