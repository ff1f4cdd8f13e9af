"""Indicators and duties: figures and promises as data, evaluated the same way (design §6).

Both select records of a kind by a JMESPath match and by the period in which a date of theirs
lies, and both give the records they rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jzy.model.chain import replay
from jzy.model.expression import BadExpression, evaluate, holds
from jzy.model.periods import Period, placed, split
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import shown_state


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator's value for a period, with what it rests on."""

    id: str
    title: str
    definition: str
    value: int
    unit: str
    records: tuple[Record, ...]
    total: int | None = None
    """For a share: the number of all records; ``value`` is then the whole percent, rounded down."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One time (and, where the duty says so, one unit) at which a duty falls due."""

    duty: Record
    period: Period
    unit: str | None
    needed: int
    records: tuple[Record, ...]
    state: str
    """``met``, ``due`` (there is still time) or ``missed``."""

    @property
    def met(self) -> bool:
        """Whether enough records are there."""
        return self.state == "met"


def view(register: Register, record: Record) -> dict[str, Any]:
    """A record as expressions see it: its data, and what jzy knows of it under ``_`` names.

    ``_id``, ``_kind``, ``_state`` (where its chain stands; ``changed`` where it was approved and
    the approval does not cover a later change) and ``_active`` (the kind's own ``x-jzy-active``
    condition).
    """
    active = register.kind_of(record).schema.get("x-jzy-active")
    return {
        **record.data,
        "_id": record.id,
        "_kind": record.kind,
        "_state": shown_state(register, replay(register, record)) if record.sign_offs else "draft",
        "_active": holds(active, record.data),
    }


def select(
    register: Register,
    kind: str,
    *,
    match: str | None = None,
    date_path: str | None = None,
    period: Period | None = None,
) -> list[Record]:
    """The records of a kind that match and, where both are given, lie in the period.

    Raises:
        BadExpression: the match cannot be evaluated.
    """
    found = []
    for record in register.of(kind):
        if date_path and period:
            value = record.at(date_path)
            if not placed(value, period, register.time_zone):
                continue
        if match is None or holds(match, view(register, record)):
            found.append(record)
    return found


def measure(register: Register, indicator: Record, period: Period) -> Measured:
    """Evaluate an indicator over a period.

    Raises:
        BadExpression: its match or measure cannot be evaluated, or sums something else than
            whole numbers.
    """
    data = indicator.data
    asked: Mapping[str, Any] = data["records"]
    found = select(
        register,
        asked["kind"],
        match=asked.get("match"),
        date_path=asked.get("date"),
        period=period,
    )
    kind, of = data["measure"]["type"], data["measure"].get("of")
    value, total = len(found), None
    if kind == "sum":
        value = sum(_whole(evaluate(of, view(register, record))) for record in found)
    elif kind == "distinct":
        values = (evaluate(of, view(register, record)) for record in found)
        flat = (
            item for value in values for item in (value if isinstance(value, list) else [value])
        )
        value = len({str(item) for item in flat if item is not None})
    elif kind == "share":
        total = len(found)
        value = sum(holds(of, view(register, record)) for record in found)
        value = value * 100 // total if total else 0
    return Measured(
        indicator.id, data["title"], data["definition"], value, data["unit"], tuple(found), total
    )


def instances(register: Register, duty: Record, within: Period, today: date) -> list[Instance]:
    """Every time a duty falls due within a period, as of a day.

    A duty with ``per: unit`` gives one instance for each active unit. Periods that lie before
    the duty's own ``from`` or after its ``until`` do not count. Only a duty with ``every`` falls
    due by the calendar; others give no instance here.

    Raises:
        BadExpression: its match cannot be evaluated.
    """
    data = duty.data
    every = data.get("every")
    if not every:
        return []
    force = Period(
        date.fromisoformat(data["from"]),
        date.fromisoformat(data["until"]) if data.get("until") else date.max,
    )
    found: list[Instance] = []
    needed = int(data.get("at_least", 1))
    for period in split(every, within, register.institution):
        if not force.meets(period) or period.begins > today:
            continue
        chosen = select(
            register,
            data["kind"],
            match=data.get("match"),
            date_path=data.get("date"),
            period=period,
        )
        for unit in _units(register, data, period):
            mine = [r for r in chosen if unit is None or _names(r.at(data["field"]), unit)]
            late = today > period.ends
            state = "met" if len(mine) >= needed else "missed" if late else "due"
            found.append(Instance(duty, period, unit, needed, tuple(mine), state))
    return found


def _units(register: Register, data: Mapping[str, Any], period: Period) -> list[str | None]:
    if data.get("per") != "unit":
        return [None]
    active: list[str | None] = []
    for unit in register.of("unit"):
        begun = unit.data.get("established", "") <= period.ends.isoformat()
        ended = unit.data.get("dissolved")
        if unit.data.get("parent") and begun and not (ended and ended < period.ends.isoformat()):
            active.append(unit.id)
    return active


def _names(value: Any, unit: str) -> bool:
    return unit in value if isinstance(value, list) else value == unit


def _whole(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, list):
        return sum(_whole(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadExpression(f"只能对整数求和，却得到“{value}”")
    return value
