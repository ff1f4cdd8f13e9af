"""How far duties are kept: found out once, and kept as long as it holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property, partial
from time import perf_counter
from typing import Any

from jzy.model.duties import can_be_judged, judge, questions
from jzy.model.functions import Knowledge
from jzy.model.owing import Answer, Desk, DutyState, Fault, Instance, Outcome
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.model.register import Need, Register
from jzy.model.watched import Watched
from jzy.office.context import Office
from jzy.office.memory import Memory, Topic

Plain = tuple[str, str, Any, tuple[Need, ...], float]
"""What was said of a record for a duty: the duty's id, by which it is kept, the answer, what that
rests on, and how many seconds it took."""
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
        assert isinstance(knowledge.register, Watched)  # noqa: S101 - see above
        self._office = office
        self._memory = memory
        self._knowledge = knowledge
        self._register = knowledge.register
        self._topics: dict[str, Topic] = {}

    @cached_property
    def _board(self) -> Topic:
        return self._memory.topic("board") if self._memory else Topic()

    def of(self, duty: Record, *, settled: bool = True) -> tuple[Outcome, set[Need]]:
        """How far a duty is kept, and what that rests on; see :func:`outcomes_of`."""
        board, key = self._board, duty.path
        if key not in board.needs:
            owed = self._owed_for(duty)
            begun, owed.apart = perf_counter(), 0.0
            outcome, needs = self._register.during(partial(self._judged, owed))
            board.put(key, packed(outcome), needs)
            board.spent[key] = perf_counter() - begun - owed.apart
            # Of ten thousand it is much.
            self._knowledge.forget_all()
            self._office.loaded.pack(str(duty.data["kind"]))
            return outcome, needs
        found = unpacked(self._office.register, duty, board.answers[key], settled=settled)
        return found, board.needs_of(key)

    def _judged(self, owed: _Owed) -> Outcome:
        self._register.note(owed.duty.id)
        outcome = judge(self._knowledge, owed.duty, keep=owed.keep)
        self._register.note(*owed.needs())
        return outcome

    def asked(self, record: Record) -> list[Plain]:
        """What the duties of which nothing is known will ask of a record, asked while it is at hand:
        as plain data, for :meth:`take` in this process or another."""
        found: list[Plain] = []
        for owed, desk, asked in self._waiting.get(record.kind, ()):
            for question, answer in asked:
                desk.ask(question, answer, record)
                found.append(owed.plain(question, record))
        return found

    @cached_property
    def _waiting(self) -> dict[str, list[tuple[_Owed, Desk, list[tuple[str, Answer]]]]]:
        """The duties of which nothing is known, by the kind of whose records they ask."""
        found: dict[str, list[tuple[_Owed, Desk, list[tuple[str, Answer]]]]] = defaultdict(list)
        for duty in self._office.register.of("duty"):
            if duty.path not in self._board.needs:
                owed = self._owed_for(duty)
                desk = Desk(self._knowledge, duty, keep=owed.keep)
                if can_be_judged(desk):
                    found[desk.kind].append((owed, desk, questions(desk)))
        return found

    def take(self, plain: Plain) -> None:
        """Know what was asked of a record for a duty, see :meth:`asked`."""
        duty, key, answer, needs, spent = plain
        topic = self._topic(duty)
        if key not in topic.needs:
            topic.put(key, answer, needs)
            topic.spent[key] = spent

    def _owed_for(self, duty: Record) -> _Owed:
        return _Owed(duty, self._topic(duty.id), self._register)

    def _topic(self, duty_id: str) -> Topic:
        """What was said of each record for a duty."""
        found = self._topics.get(duty_id)
        if found is None:
            found = self._memory.topic(f"owed/{duty_id}") if self._memory else Topic()
            self._topics[duty_id] = found
        return found


class _Owed:
    """What is said of single records for one duty, and kept.

    Args:
        duty: which.
        topic: where it is kept.
        register: which notes what it is asked.
    """

    def __init__(self, duty: Record, topic: Topic, register: Watched) -> None:
        self.duty = duty
        self.apart = 0.0
        """Seconds of a judgement that are counted with the single records."""
        self._topic = topic
        self._register = register
        self._places: set[int] = set()

    def keep(self, question: str, record: Record, answer: Callable[[], Any]) -> Any:
        """See :data:`jzy.model.owing.Keep`."""
        topic, key = self._topic, _key(question, record)

        def answered() -> Any:
            self._register.note(self.duty.id, record.id)
            said, faults = answer()
            return () if said is None and not faults else (said, faults)

        if key not in topic.needs:
            topic.find(key, self._register, answered)
            self.apart += topic.spent[key]
        self._places.update(topic.needs[key])
        return topic.answers.get(key) or (None, [])

    def needs(self) -> Iterator[Need]:
        """What all that was asked for rests on."""
        return (self._topic.table[place] for place in self._places)

    def plain(self, question: str, record: Record) -> Plain:
        """What is known of a record, see :meth:`Outcomes.asked`."""
        key, topic = _key(question, record), self._topic
        needs = tuple(topic.table[place] for place in topic.needs[key])
        return self.duty.id, key, topic.answers.get(key), needs, topic.spent.get(key, 0.0)


def _key(question: str, record: Record) -> str:
    return f"{question} {record.path}"


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
