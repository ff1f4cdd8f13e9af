"""Indicators: figures as data (design §6).

They select records of a kind by a JMESPath match and by the period in which a date of theirs
lies, and give the records they rest on. Promises are in :mod:`jzy.model.duties`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from jzy.model.chain import replay
from jzy.model.expression import BadExpression, evaluate, holds
from jzy.model.moves import life_of
from jzy.model.periods import Period, placed
from jzy.model.progress import Progress
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import shown_state

Seen = Callable[[Record], Mapping[str, Any]]
"""Gives a record as expressions see it, see :func:`view`."""


class Measured(NamedTuple):
    """An indicator's value for a period, with what it rests on."""

    id: str
    title: str
    definition: str
    value: int
    unit: str
    records: tuple[Record, ...]
    total: int | None = None
    """For a share: the number of all records; ``value`` is then the whole percent, rounded down."""


def view(register: Register, record: Record, progress: Progress | None = None) -> dict[str, Any]:
    """A record as expressions see it: its data, and what jzy knows of it under ``_`` names.

    ``_id``, ``_kind``, ``_state`` (where its chain stands; ``changed`` where it was approved and
    the approval does not cover a later change), ``_active`` (the kind's own ``x-jzy-active``
    condition) and ``_life`` (the stage of life, see :func:`jzy.model.moves.life_of`).

    Args:
        register: the records.
        record: one of them.
        progress: where its chain stands, if that is known already.
    """
    kind = register.kind_of(record)
    life = life_of(kind, record.data)
    return {
        **record.data,
        "_id": record.id,
        "_kind": record.kind,
        "_state": shown_state(register, progress or replay(register, record))
        if record.sign_offs
        else "draft",
        "_active": holds(kind.schema.get("x-jzy-active"), record.data),
        "_life": life.key if life else None,
    }


def select(
    register: Register,
    kind: str,
    *,
    match: str | None = None,
    date_path: str | None = None,
    period: Period | None = None,
    functions: Any = None,
    seen: Seen | None = None,
) -> list[Record]:
    """The records of a kind that match and, where both are given, lie in the period.

    Args:
        register: the records.
        kind: which of them.
        match: JMESPath over the view of a record.
        date_path: where a record says when it was.
        period: in which that must lie.
        functions: of :class:`jzy.model.functions.Knowledge`, where the match may ask for other
            records.
        seen: gives the view of a record, where views are kept.

    Raises:
        BadExpression: the match cannot be evaluated.
    """
    see = seen or partial(view, register)
    found = []
    for record in register.of(kind):
        if date_path and period:
            value = record.at(date_path)
            if not placed(value, period, register.time_zone):
                continue
        if match is None or holds(match, see(record), functions):
            found.append(record)
    return found


def measure(
    register: Register,
    indicator: Record,
    period: Period,
    functions: Any = None,
    seen: Seen | None = None,
) -> Measured:
    """Evaluate an indicator over a period.

    Args:
        register: the records.
        indicator: what is counted.
        period: over which.
        functions: see :func:`select`; what is measured may use them as well.
        seen: see :func:`select`.

    Raises:
        BadExpression: its match or measure cannot be evaluated, or sums something else than
            whole numbers.
    """
    data = indicator.data
    asked: Mapping[str, Any] = data["records"]
    see = seen or partial(view, register)
    found = select(
        register,
        asked["kind"],
        match=asked.get("match"),
        date_path=asked.get("date"),
        period=period,
        functions=functions,
        seen=see,
    )
    kind, of = data["measure"]["type"], data["measure"].get("of")
    value, total = len(found), None
    if kind == "sum":
        value = sum(_whole(evaluate(of, see(record), functions)) for record in found)
    elif kind == "distinct":
        values = (evaluate(of, see(record), functions) for record in found)
        flat = (
            item for value in values for item in (value if isinstance(value, list) else [value])
        )
        value = len({str(item) for item in flat if item is not None})
    elif kind == "share":
        total = len(found)
        value = sum(holds(of, see(record), functions) for record in found)
        value = value * 100 // total if total else 0
    return Measured(
        indicator.id, data["title"], data["definition"], value, data["unit"], tuple(found), total
    )


def part(register: Register, indicator: Record, record: Record, functions: Any = None) -> Any:
    """What is summed or told apart of one record; ``None`` where records are only counted.

    Raises:
        BadExpression: it cannot be evaluated.
    """
    of = indicator.data["measure"].get("of")
    return evaluate(of, view(register, record), functions) if of else None


def _whole(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, list):
        return sum(_whole(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadExpression(f"只能对整数求和，却得到“{value}”")
    return value
