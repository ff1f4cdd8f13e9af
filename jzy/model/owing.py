"""What duties are judged with: their outcome as plain data, and the desk at which one is judged.

:mod:`jzy.model.duties` has the forms that a duty may take.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, NamedTuple

from jzy.model.expression import BadExpression, check, holds
from jzy.model.functions import Knowledge, shifted
from jzy.model.moments import day_of, moment_of
from jzy.model.periods import Period
from jzy.model.record import DataPath, Record
from jzy.model.workdays import MissingCalendar


class DutyState(StrEnum):
    """How far one time of a duty has been kept on a day."""

    MET = "met"
    DUE = "due"
    """Not yet, and there is still time."""
    LATE = "late"
    """Done, but after the last day."""
    MISSED = "missed"


class Instance(NamedTuple):
    """One time at which a duty falls due: a period, a unit, a record, or the day asked."""

    duty: Record
    state: DutyState
    period: Period
    """By period: the period. By record: from the day it counts from to the last day. Throughout:
    the day asked."""
    due: date
    """The last day on which it is in time. Throughout: the last day that is covered, ``date.max``
    where no end is in sight, or the last day on which coverage may begin."""
    needed: int = 1
    records: tuple[Record, ...] = ()
    """What meets it, or goes towards it."""
    unit: str | None = None
    subject: Record | None = None
    """The record that owes, where records owe."""
    done: date | None = None
    """When it was done, where that is known and matters."""

    @property
    def met(self) -> bool:
        """Whether it was done, and in time."""
        return self.state is DutyState.MET


class Fault(NamedTuple):
    """Something that keeps a duty, or one record of it, from being judged."""

    duty: Record
    at: DataPath
    """Where in the duty."""
    why: str
    """One Chinese sentence."""
    record: Record | None = None
    """The record that cannot be judged; ``None`` where it is the duty itself."""
    year: int | None = None
    """The year that no calendar knows, where that is the reason."""


class Outcome(NamedTuple):
    """All that can be said of a duty on a day."""

    duty: Record
    instances: tuple[Instance, ...] = ()
    faults: tuple[Fault, ...] = ()
    untold: Mapping[DutyState, int] = MappingProxyType({})
    """How many more instances there are in a state, where only their number was asked for."""


Said = list[tuple[str, str, int | None]]
"""What keeps one record from being judged: where in the duty, one sentence, and the year that no
calendar knows."""
Answer = Callable[[Record], Any]
"""What a duty asks of one record, see :meth:`Desk.each`."""
Keep = Callable[[str, Record, Callable[[], tuple[Any, Said]]], tuple[Any, Said]]
"""Gives what was answered before to a question about a record, or else has it answered now. The
answer is plain data."""

EXPRESSIONS = ("match", "check", "units")
"""The properties of a duty that hold an expression."""
# A condition that is a mere path is looked up without JMESPath, which is asked of every record.
_PATH = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
# Only what names a property that jzy adds, or the record as a whole, needs the whole view, for
# which the record's chain is replayed.
_ASKS_VIEW = re.compile(r"[@*]|(?<![A-Za-z0-9_])_[a-z]")


class Desk:
    """One duty with everything that its judgement asks for.

    Args:
        knowledge: the register and the day.
        duty: the duty record.
        within: the days that are looked at; all of the duty's own if absent.
        keep: knows what was answered before; nothing if absent.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        duty: Record,
        within: Period | None = None,
        keep: Keep | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.duty = duty
        self.data: Mapping[str, Any] = duty.data
        self.register = knowledge.register
        self.kind: str = duty.data["kind"]
        until = duty.data.get("until")
        self.force = Period(
            date.fromisoformat(duty.data["from"]), date.fromisoformat(until) if until else date.max
        )
        self.within = within or Period(self.force.begins, date.max)
        self.faults: dict[tuple[str, str, str], Fault] = {}
        self._tests: dict[str, Callable[[Record], bool | None]] = {}
        self._dues: dict[str, datetime] = {}
        self._keep = keep or (lambda _, __, answer: answer())

    @property
    def today(self) -> date:
        """The day of judgement."""
        return self.knowledge.today

    def is_sound(self) -> bool:
        """Whether the duty can be judged at all; if not, a fault says why."""
        if self.kind not in self.register.kinds:
            self.fault("kind", f"没有“{self.kind}”这一类记录")
        for name in EXPRESSIONS:
            try:
                if name in self.data:
                    check(self.data[name], self.knowledge.functions)
            except BadExpression as error:
                self.fault(name, str(error))
        if "every" in self.data and not self.faults and not self.date_path:
            self.fault("every", "没有写明以哪一属性（date）判断所属期间")
        return not self.faults

    def fault(
        self, name: str, why: str, record: Record | None = None, year: int | None = None
    ) -> None:
        """Note what cannot be judged; the same is noted once."""
        found = Fault(self.duty, (name,), why, record, year)
        self.faults.setdefault((name, why, record.id if record else ""), found)

    # --- records --------------------------------------------------------------------------------

    @cached_property
    def own_date(self) -> str:
        """The path of the date that the kind's records are dated by; empty where undated."""
        return self.register.kinds[self.kind].date_property or ""

    @cached_property
    def date_path(self) -> str:
        """The path that says in which period a record counts."""
        return str(self.data.get("date") or self.own_date)

    def each(self, question: str, answer: Answer) -> Iterator[tuple[Record, Any]]:
        """What is said of each record of the kind that is not called off.

        Args:
            question: by which answers are kept.
            answer: says it of one record, as plain data that rests on the duty and on what the
                register was asked meanwhile; ``None`` where there is nothing to say.
        """
        for record in self.register.of(self.kind):
            said, faults = self.ask(question, answer, record)
            for name, why, year in faults:
                self.fault(name, why, record, year)
            if said is not None:
                yield record, said

    def ask(self, question: str, answer: Answer, record: Record) -> tuple[Any, Said]:
        """The same of one record, with what keeps it from being judged."""
        return self._keep(question, record, partial(self._apart, answer, record))

    def _apart(self, answer: Answer, record: Record) -> tuple[Any, Said]:
        """What is said of a record, and what keeps it from being judged."""
        others, self.faults = self.faults, {}
        try:
            said = None if self._is_called_off(record) else answer(record)
            return said, [(str(each.at[0]), each.why, each.year) for each in self.faults.values()]
        finally:
            self.faults = others

    @cached_property
    def _is_called_off(self) -> Callable[[Record], bool | None]:
        off = self.register.kinds[self.kind].schema.get("x-jzy-off")
        return self._test("kind", off) if isinstance(off, str) else lambda _: False

    def holds(self, name: str, record: Record) -> bool | None:
        """Whether the duty's expression of a name holds for a record; no expression does.

        Returns:
            ``None`` where it cannot be evaluated: there is a fault more.
        """
        found = self._tests.get(name)
        if found is None:
            found = self._tests[name] = self._test(name, self.data.get(name))
        return found(record)

    def _test(self, name: str, expression: str | None) -> Callable[[Record], bool | None]:
        if expression is None:
            return lambda _: True
        if _PATH.fullmatch(expression):
            steps = expression.split(".")
            return lambda record: _is_true(_looked_up(record.data, steps))
        asks_view = bool(_ASKS_VIEW.search(expression))

        def evaluated(record: Record) -> bool | None:
            seen = self.knowledge.view(record) if asks_view else record.data
            try:
                return holds(expression, seen, self.knowledge.functions)
            except BadExpression as error:
                self.fault(name, str(error), record)
                return None

        return evaluated

    # --- days -----------------------------------------------------------------------------------

    def days(self, value: Any) -> list[date]:
        """The days that a value holds: of a date, a date-time, or a list of them."""
        if isinstance(value, list):
            return [day for item in value for day in self.days(item)]
        if not isinstance(value, str):
            return []
        try:
            return [day_of(value, self.register.time_zone)]
        except ValueError:
            return []

    def dated(self, record: Record) -> date | None:
        """The record's own day."""
        found = self.days(record.at(self.own_date)) if self.own_date else []
        return found[0] if found else None

    def moment(self, value: str) -> datetime:
        """A date-time; of a bare date, its last moment: the whole day counts.

        Raises:
            ValueError: neither.
        """
        zone = self.register.time_zone
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), time.max, zone)
        return moment_of(value, zone)

    def due(self, value: str, *, first_counts: bool = False) -> datetime:
        """The last moment of the duty's deadline, counted from a date or date-time.

        The day itself does not count, and the last day counts whole; only hours count from the
        moment. A month after 31 January is the last day of February.

        Args:
            value: what the deadline counts from.
            first_counts: the day counts as the first of the deadline.

        Raises:
            MissingCalendar: working days of a year that no calendar knows.
            ValueError: the value is no date.
            OverflowError: beyond the year 9999.
        """
        return self.register.once(self._dues, value, lambda: self._due(value, first_counts))

    def _due(self, value: str, first_counts: bool) -> datetime:
        deadline = self.data.get("deadline")
        if deadline and deadline["unit"] == "hours":
            return self.moment(value) + timedelta(hours=deadline["amount"])
        zone = self.register.time_zone
        day = day_of(value, zone)
        if deadline:
            amount, unit = deadline["amount"], deadline["unit"]
            # Of working days the first counts where they are counted from the day before; a month
            # or a week that begins with the day ends the day before the next.
            before, after = (unit == "working_days", unit != "working_days")
            day -= timedelta(days=first_counts and before)
            day = shifted(self.knowledge.calendar, day, amount, unit)
            day -= timedelta(days=first_counts and after)
        return datetime.combine(day, time.max, zone)

    def due_day(self, start: date, *, first_counts: bool = False) -> date | None:
        """The last day of the deadline, counted from a day.

        Returns:
            ``None`` where no calendar knows the days: there is a fault more.
        """
        try:
            return self.due(start.isoformat(), first_counts=first_counts).date()
        except MissingCalendar as error:
            self.fault("deadline", str(error), None, error.year)
        except OverflowError:
            return date.max
        return None

    # --- units ----------------------------------------------------------------------------------

    def units(self, on: date) -> list[str | None]:
        """The units that owe on a day, but for the root; ``[None]`` where the duty names none."""
        if self.data.get("per") != "unit":
            return [None]
        found: list[str | None] = []
        day, today = on.isoformat(), self.today.isoformat()
        for unit in self.register.of("unit"):
            ended = unit.data.get("dissolved")
            if not unit.data.get("parent") or unit.data.get("established", "") > min(day, today):
                continue
            if (not ended or ended > day) and self.holds("units", unit):
                found.append(unit.id)
        return found

    def names(self, record: Record) -> list[str]:
        """The units that a record names."""
        value = record.at(self.data["field"])
        return [each for each in (value if isinstance(value, list) else [value]) if each]


def _looked_up(data: Any, steps: list[str]) -> Any:
    for step in steps:
        if not isinstance(data, Mapping):
            return None
        data = data.get(step)
    return data


def _is_true(value: Any) -> bool:
    """Truth as JMESPath has it."""
    return not (value is None or value is False or value in ("", [], {}))
