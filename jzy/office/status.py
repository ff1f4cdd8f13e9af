"""``jzy status``: what the office owes on a day, as a board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from jzy.model.errors import WrongUsage
from jzy.model.kinds import Kind
from jzy.model.moments import date_cn
from jzy.model.moves import Move, moves_of
from jzy.model.owing import DutyState, Fault, Instance
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.office.outcomes import outcomes_of

SOON = timedelta(days=30)
"""What falls due, or ceases to be in force, within so many days is told with all names."""


class Group(NamedTuple):
    """Instances of one duty that are told together: a period, a day, or a duty's records."""

    duty: Record
    instances: tuple[Instance, ...]

    @property
    def due(self) -> date:
        """The last day of the first: the nearest, or of what was missed the latest."""
        return self.instances[0].due


class Board(NamedTuple):
    """How far every duty is kept on a day."""

    day: date
    unit: str | None
    """The id of the unit that was asked for."""
    duties: int
    """How many duties are registered."""
    instances: tuple[Instance, ...]
    faults: tuple[Fault, ...]
    untold: Mapping[DutyState, int]
    """How many more instances there are in a state."""

    def count(self, state: DutyState) -> int:
        """How many instances are in a state."""
        return len(self.of(state)) + self.untold.get(state, 0)

    def of(self, *states: DutyState) -> list[Instance]:
        """The instances in some states."""
        return [instance for instance in self.instances if instance.state in states]

    @property
    def missed(self) -> list[Group]:
        """What was not done, the latest first; all records of a duty together."""
        return grouped(_in_time(self.of(DutyState.MISSED), latest_first=True), by_due=False)

    @property
    def due(self) -> list[Group]:
        """What can still be done in time, the nearest first."""
        return grouped(_in_time(self.of(DutyState.DUE)))

    @property
    def ending(self) -> list[Group]:
        """What is in force and soon will not be, the nearest first."""
        return grouped(
            instance
            for instance in _in_time(self.of(DutyState.MET))
            if "throughout" in instance.duty.data and instance.due - self.day <= SOON
        )

    @property
    def holds(self) -> bool:
        """Whether nothing was missed and everything could be judged."""
        return not self.faults and not self.of(DutyState.MISSED)


def board(
    office: Office, day: date | None = None, unit: str | None = None, *, settled: bool = True
) -> Board:
    """Judge every duty.

    Args:
        office: the repository.
        day: as of which; as ``jzy validate`` takes it if absent.
        unit: id or title of a unit: only what it owes, or what its records owe.
        settled: whether what is done is to be told, or its number is enough.

    Raises:
        WrongUsage: no such unit.
    """
    register, chosen = office.register, day or office.day
    unit = _unit(register, unit) if unit is not None else None
    outcomes = outcomes_of(office, chosen, settled=settled or unit is not None)
    instances = [
        instance
        for outcome in outcomes
        for instance in outcome.instances
        if unit is None or _concerns(register, instance, unit)
    ]
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    untold: Counter[DutyState] = Counter()
    for outcome in outcomes:
        untold.update(outcome.untold)
    return Board(chosen, unit, len(outcomes), tuple(instances), tuple(faults), untold)


def _in_time(instances: Iterable[Instance], *, latest_first: bool = False) -> list[Instance]:
    return sorted(instances, key=lambda instance: instance.due, reverse=latest_first)


def _unit(register: Register, said: str) -> str:
    units = register.of("unit")
    for unit in units:
        if said in (unit.id, unit.data.get("title"), unit.data.get("short_title")):
            return unit.id
    known = "、".join(f"{register.short_name(unit.id)}（{unit.id}）" for unit in units[:12])
    raise WrongUsage(f"没有“{said}”这个部门", f"现有部门：{known}")


def _concerns(register: Register, instance: Instance, unit: str) -> bool:
    if instance.subject is not None:
        return register.unit_of(instance.subject) == unit
    return instance.unit == unit


def grouped(instances: Iterable[Instance], *, by_due: bool = True) -> list[Group]:
    """Instances told together: those of one period, else those of one duty and its last day.

    Args:
        instances: of any duties.
        by_due: what has no period is told apart by its last day.
    """
    found: dict[tuple[object, ...], list[Instance]] = {}
    for instance in instances:
        what: object = instance.due if by_due else None
        if "every" in instance.duty.data:
            what = instance.period
        found.setdefault((instance.duty.id, what), []).append(instance)
    return [Group(each[0].duty, tuple(each)) for each in found.values()]


def what_of(register: Register, group: Group) -> str:
    """What a group speaks of in a few words: ``2021年第二季度``, ``2021年，12 个部门``."""
    first, count = group.instances[0], len(group.instances)
    words = [first.period.title] if first.period.title else []
    if first.unit is not None:
        one = register.short_name(first.unit)
        words.append(one if count == 1 else f"{count} 个部门")
    elif first.subject is not None:
        title = register.kind_of(first.subject).title
        one = f"{first.subject.id} {register.name(first.subject.id)}"
        words.append(one if count == 1 else f"{title} {count} 项")
    elif first.needed > 1:
        words.append(f"应有 {first.needed} 份，现有 {len(first.records)} 份")
    return "，".join(words)


def next_step(register: Register, group: Group) -> str:
    """The command that mends or prevents what a group tells, or the duty's own advice."""
    duty, first = group.duty.data, group.instances[0]
    if duty.get("advice"):
        return str(duty["advice"])
    kind = register.kinds[duty["kind"]]
    if first.subject is None:
        return f"jzy {kind.name} new"
    which = first.subject.id if len(group.instances) == 1 else "编号"
    wanted = str(duty.get("date" if "every" in duty else "property", ""))
    if wanted == "sign_offs":
        return f"jzy submit {which}"
    move = _move_to(kind, wanted)
    if move is not None:
        return f"jzy {kind.name} {move.name} {which}"
    if wanted and "every" not in duty:
        return f"jzy {kind.name} edit {which} --set {wanted}=…"
    return f"jzy {kind.name} {'edit' if wanted else 'show'} {which}"


def _move_to(kind: Kind, wanted: str) -> Move | None:
    """The move that fills a property of a record."""
    *into, name = wanted.split(".")
    for move in moves_of(kind):
        if wanted and wanted == ".".join(map(str, move.into)):
            return move
        if list(move.into) == into and name in (move.day, *move.names):
            return move
    return None


def plain(register: Register, found: Board) -> dict[str, Any]:
    """The board for programs; version 1."""
    return {
        "version": 1,
        "ok": found.holds,
        "on": found.day.isoformat(),
        "unit": found.unit,
        "counts": {state.value: found.count(state) for state in DutyState},
        "instances": [_plain(register, found.day, each) for each in found.instances],
        "faults": [
            {
                "duty": fault.duty.id,
                "title": fault.duty.data["title"],
                "at": ".".join(str(part) for part in fault.at),
                "why": fault.why,
                "record": fault.record.id if fault.record else None,
                "year": fault.year,
            }
            for fault in found.faults
        ],
    }


def _plain(register: Register, day: date, instance: Instance) -> dict[str, Any]:
    data, group = instance.duty.data, Group(instance.duty, (instance,))
    periodic = "every" in data
    open_ended = instance.due == date.max
    return {
        "duty": instance.duty.id,
        "title": data["title"],
        "form": "period" if periodic else "throughout" if "throughout" in data else "record",
        "state": instance.state.value,
        "kind": data["kind"],
        "period": {
            "title": instance.period.title,
            "from": instance.period.begins.isoformat(),
            "until": instance.period.ends.isoformat(),
        }
        if periodic
        else None,
        "record": instance.subject.id if instance.subject else None,
        "unit": instance.unit,
        "due": None if open_ended else instance.due.isoformat(),
        "days_left": None if open_ended else (instance.due - day).days,
        "done": instance.done.isoformat() if instance.done else None,
        "needed": instance.needed,
        "records": [record.id for record in instance.records],
        "next": "" if instance.state is DutyState.MET else next_step(register, group),
    }


def days_text(day: date, due: date, *, missed: bool = False) -> str:
    """How far a last day is off: ``还有 14 天``, ``今天到期``, ``已过 3 天``."""
    left = (due - day).days
    if missed and left >= 0:
        return "立即办理"
    if left == 0:
        return "今天到期"
    return f"还有 {left} 天" if left > 0 else f"已过 {-left} 天"


def weekday_cn(day: date) -> str:
    """``2021年4月16日 星期五``."""
    return f"{date_cn(day)} 星期{'一二三四五六日'[day.weekday()]}"
