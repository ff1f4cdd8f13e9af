"""How far a duty was kept over the period that a report speaks of."""

from __future__ import annotations

from typing import NamedTuple

from jzy.model.duties import judge
from jzy.model.expression import BadExpression
from jzy.model.functions import Knowledge
from jzy.model.moments import date_cn
from jzy.model.owing import DutyState, Instance
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.model.register import Register


class Kept(NamedTuple):
    """A duty over a period."""

    duty: Record
    register: Register
    instances: tuple[Instance, ...]
    """Every time that it falls due within the period."""
    due: tuple[Instance, ...]
    """Those that have passed: what may still be done in time, or goes on, counts neither way."""

    @property
    def title(self) -> str:
        """What the duty is called."""
        return str(self.duty.data["title"])

    @property
    def definition(self) -> str:
        """How the times are counted, one Chinese sentence."""
        return f"期间内按期完成“{self.title}”的次数（应完成 {len(self.due)} 次）。"

    @property
    def met(self) -> bool:
        """Whether every time that has passed was met, and there was one."""
        return bool(self.due) and not self.missed

    @property
    def missed(self) -> tuple[Instance, ...]:
        """The times that were not met, or not in time."""
        return tuple(instance for instance in self.due if not instance.met)

    @property
    def value(self) -> int:
        """How many of the times that have passed were met."""
        return len(self.due) - len(self.missed)

    @property
    def records(self) -> tuple[Record, ...]:
        """What met it, each record once."""
        met = (instance for instance in self.due if instance.met)
        return tuple({r.id: r for instance in met for r in instance.records}.values())

    def title_of(self, instance: Instance) -> str:
        """A time at which it fell due, in people's words."""
        name = self.register.name
        title = instance.period.title or date_cn(instance.period.ends)
        if instance.subject is not None:
            title = name(instance.subject.id) + (instance.period.title and f"（{title}）")
        if instance.unit:
            title = name(instance.unit) + f"（{title}）"
        return title + ("（逾期）" if instance.state is DutyState.LATE else "")


def kept(knowledge: Knowledge, duty: Record, period: Period) -> Kept:
    """Judge a duty over a period.

    Args:
        knowledge: the register and the day.
        duty: the duty record.
        period: only whole periods in it count, and what was owed in it.

    Raises:
        BadExpression: something keeps the duty from being judged.
    """
    outcome = judge(knowledge, duty, period)
    if outcome.faults:
        raise BadExpression(outcome.faults[0].why)
    due = tuple(each for each in outcome.instances if _is_over(each, period, knowledge))
    return Kept(duty, knowledge.register, outcome.instances, due)


def _is_over(instance: Instance, period: Period, knowledge: Knowledge) -> bool:
    whole = "every" not in instance.duty.data or instance.period.ends <= period.ends
    return whole and not (instance.state is DutyState.DUE and instance.due > knowledge.today)
