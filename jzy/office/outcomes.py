"""How far duties are kept: found out once, and kept as long as it holds."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from jzy.model.duties import judge
from jzy.model.functions import Knowledge
from jzy.model.owing import DutyState, Fault, Instance, Outcome
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.watched import Watched
from jzy.office.context import Office
from jzy.office.memory import Topic


def outcomes_of(office: Office, day: date) -> list[Outcome]:
    """How far each duty is kept on a day, in the order of their ids."""
    memory = office.memory if day == office.day else None
    topic = memory.topic("board") if memory else Topic()
    register = Watched(office.register)
    knowledge = Knowledge(register, day)
    duties = office.register.of("duty")
    for duty in duties:
        topic.find(duty.path, register, partial(_judged, register, knowledge, duty))
    if memory is not None:
        memory.keep()
    return [unpacked(office.register, duty, topic.answers[duty.path]) for duty in duties]


def _judged(register: Register, knowledge: Knowledge, duty: Record) -> tuple[Any, ...]:
    register.note(duty.id)
    return packed(judge(knowledge, duty))


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


def unpacked(register: Register, duty: Record, plain: Any) -> Outcome:
    """An outcome from plain data, see :func:`packed`."""
    instances, faults = plain
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
    )  # fmt: skip
