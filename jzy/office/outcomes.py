"""How far duties are kept: found out once, and kept as long as it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cached_property, partial
from time import perf_counter
from typing import Any

from jzy.model.duties import judge
from jzy.model.functions import Knowledge
from jzy.model.owing import DutyState, Fault, Instance, Outcome
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.model.register import Need, Register
from jzy.model.watched import Watched
from jzy.office.context import Office
from jzy.office.memory import Memory, Topic
from jzy.store.loaded import pack_each

_SETTLED = frozenset({DutyState.MET.value, DutyState.LATE.value})
"""What is done, and asks for nobody's attention."""


def outcomes_of(office: Office, day: date, *, settled: bool = True) -> list[Outcome]:
    """How far each duty is kept on a day, in the order of their ids.

    Args:
        office: the repository.
        day: as of which.
        settled: whether what is done is to be told; otherwise its number may be enough, but for
            duties that ask for something throughout, which may end soon. Most is done, and it need
            not be looked up what met each duty.
    """
    memory = office.memory if day == office.day else None
    board = Outcomes(office, memory, Knowledge(Watched(office.register), day))
    found = [board.of(duty, settled=settled)[0] for duty in office.register.of("duty")]
    if memory is not None:
        memory.keep()
    return found


class Outcomes:
    """How far duties are kept, found out once and kept as long as it holds.

    An outcome is kept as a whole, and so is what was said of each record for it: when one record
    has changed, little is left to be said anew.

    Args:
        office: the repository.
        memory: of what was found out before; ``None`` for none.
        knowledge: the day, and the register, which notes what it is asked.
    """

    def __init__(self, office: Office, memory: Memory | None, knowledge: Knowledge) -> None:
        self._office = office
        self._memory = memory
        self._knowledge = knowledge
        self._apart = 0.0
        """Seconds of a judgement that are counted elsewhere."""

    @cached_property
    def _board(self) -> Topic:
        return self._memory.topic("board") if self._memory else Topic()

    def of(self, duty: Record, *, settled: bool = True) -> tuple[Outcome, set[Need]]:
        """How far a duty is kept, and what that rests on; see :func:`outcomes_of`."""
        board, key = self._board, duty.path
        if key not in board.needs:
            begun, self._apart = perf_counter(), 0.0
            outcome, needs = _watched(self._knowledge).during(partial(self._judged, duty))
            board.put(key, packed(outcome), needs)
            board.spent[key] = perf_counter() - begun - self._apart
            # Of ten thousand records it is much.
            self._knowledge.forget_all()
            pack_each(self._office.loaded.sound_of(str(duty.data["kind"])))
            return outcome, needs
        found = unpacked(self._office.register, duty, board.answers[key], settled=settled)
        return found, board.needs_of(key)

    def plain(self, duty: Record) -> tuple[Any, ...]:
        """What is known of a duty as plain data, for :meth:`take` in another process."""
        board, key = self._board, duty.path
        known = board.answers.get(key), [*board.needs_of(key)], board.spent.get(key, 0.0)
        return *known, self._owed(duty).plain()

    def take(self, duty: Record, plain: tuple[Any, ...]) -> None:
        """Know what another process found out of a duty."""
        answer, needs, spent, owed = plain
        self._board.put(duty.path, answer, needs)
        self._board.spent[duty.path] = spent
        self._owed(duty).take(owed)

    def _owed(self, duty: Record) -> Topic:
        """What was said of each record for a duty."""
        return self._memory.topic(f"owed/{duty.id}") if self._memory else Topic()

    def _judged(self, duty: Record) -> Outcome:
        register = _watched(self._knowledge)
        register.note(duty.id)
        topic = self._owed(duty)
        places: set[int] = set()

        def keep(question: str, record: Record, answer: Callable[[], Any]) -> Any:
            def answered() -> Any:
                register.note(duty.id, record.id)
                said, faults = answer()
                return () if said is None and not faults else (said, faults)

            key = f"{question} {record.path}"
            if key not in topic.needs:
                topic.find(key, register, answered)
                self._apart += topic.spent[key]
            places.update(topic.needs[key])
            return topic.answers.get(key) or (None, [])

        outcome = judge(self._knowledge, duty, keep=keep)
        register.note(*(topic.table[place] for place in places))
        return outcome


def _watched(knowledge: Knowledge) -> Watched:
    assert isinstance(knowledge.register, Watched)  # noqa: S101 - as Outcomes asks
    return knowledge.register


def packed(outcome: Outcome) -> tuple[Any, ...]:
    """An outcome as plain data, in which records are ids and days are numbers."""
    return (
        [
            (
                each.state.value, _days(each.period), each.period.title, each.due.toordinal(),
                each.needed, [record.id for record in each.records], each.unit,
                each.subject.id if each.subject else None,
                each.done.toordinal() if each.done else None,
            )
            for each in outcome.instances
        ],
        [
            (list(each.at), each.why, each.record.id if each.record else None, each.year)
            for each in outcome.faults
        ],
    )  # fmt: skip


def _days(period: Period) -> tuple[int, int]:
    return period.begins.toordinal(), period.ends.toordinal()


def unpacked(register: Register, duty: Record, plain: Any, *, settled: bool = True) -> Outcome:
    """An outcome from plain data, see :func:`packed` and :func:`outcomes_of`."""
    instances, faults = plain
    untold: Counter[str] = Counter()
    if not settled and "throughout" not in duty.data:
        untold.update(each[0] for each in instances if each[0] in _SETTLED)
        instances = [each for each in instances if each[0] not in _SETTLED]
    return Outcome(
        duty,
        tuple(
            Instance(
                duty, DutyState(state), Period(date.fromordinal(days[0]), date.fromordinal(days[1]), title),
                date.fromordinal(due), needed, tuple(filter(None, map(register.get, records))),
                unit, register.get(subject), date.fromordinal(done) if done else None,
            )
            for state, days, title, due, needed, records, unit, subject, done in instances
        ),
        tuple(
            Fault(duty, tuple(at), why, register.get(record), year)
            for at, why, record, year in faults
        ),
        {DutyState(state): count for state, count in untold.items()},
    )  # fmt: skip
