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
        force = _force(case, case.register.get(target))
        if force is None or path[0] == "sign_offs" or _may_be_past(kind, reference):
            continue
        days = _days(case, kind, record, _force(case, record), path)
        if days and not any(force.holds_on(day) for day in days):
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


def _may_be_past(kind: Kind, reference: Reference) -> bool:
    return bool((kind.property_schema(reference.path) or {}).get(PAST))


def _days(case: Case, kind: Kind, record: Record, force: Force | None, path: DataPath) -> list[str]:
    """The days of which a reference speaks, on one of which it should be sound; none where that
    cannot be said.

    A span around the reference (a post held from … until …) speaks of its last day. Otherwise it
    is the record's own day, and the dates that stand beside the reference: what was filed with a
    unit after an event was filed on the day given there. A record without a date speaks of
    today, or of its own last day.
    """
    around, today = list(_around(record.data, path)), case.today.isoformat()
    for value in around:
        if _day(case, value.get("from")):
            return [min(_day(case, value.get("until")) or today, today)]
    if kind.is_register:
        return []  # today's register of people and rules speaks of other times as well
    beside = [day for value in around for each in value.values() if (day := _day(case, each))]
    if kind.date_property is None:
        ends = force.ends if force else ""
        return [min(ends, today) if ends else today, *beside]
    return [*_own_days(case, kind.date_property, record), *beside]


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
