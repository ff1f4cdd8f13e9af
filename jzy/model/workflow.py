"""A workflow: the chain of approval as data (design §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jzy.model.expression import holds
from jzy.model.record import Record, value_at
from jzy.model.register import Register

SUBMISSION = "submission"
"""The stage named by entries that submit or withdraw."""


class Slot(NamedTuple):
    """One signature that a stage asks for: a post in a unit, or of the institution."""

    post: str | None
    unit: str | None


class Signers(NamedTuple):
    """Who may sign, as the workflow writes it, before a record says which units are meant."""

    post: str | None
    unit: str | None
    unit_of: str | None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Signers:
        """Read from the workflow record."""
        return cls(data.get("post"), data.get("unit"), data.get("unit_of"))

    def slots(self, record: Record) -> list[Slot]:
        """The slots that this line means for a record; none where the named units are absent."""
        if self.unit_of is None:
            return [Slot(self.post, self.unit)]
        # From the signed part alone: what follows approval must not decide who approves.
        units = value_at(record.signed, self.unit_of)
        found = units if isinstance(units, list) else [units]
        return [Slot(self.post, unit) for unit in dict.fromkeys(found) if isinstance(unit, str)]


class Stage(NamedTuple):
    """One step of a chain."""

    key: str
    title: str
    note: bool
    """True where the stage takes note and does not approve."""
    signers: tuple[Signers, ...]
    require_all: bool
    condition: str | None

    def slots(self, record: Record) -> list[Slot]:
        """Every signature that could count for this stage on a record."""
        return list(dict.fromkeys(slot for line in self.signers for slot in line.slots(record)))


class Precondition(NamedTuple):
    """What a record must hold before its chain begins."""

    key: str
    title: str
    check: str
    at: str
    advice: str


class LeadTime(NamedTuple):
    """How long before a moment the record must be submitted."""

    amount: int
    unit: str
    """``hours``, ``days``, ``working_days``, ``weeks`` or ``months``."""
    before: str
    """Dotted path of the date or date-time."""
    condition: str | None


class Workflow(NamedTuple):
    """A chain, its preconditions, its lead times and what a later change means."""

    id: str
    digest: str
    title: str
    kinds: tuple[str, ...]
    condition: str | None
    submitters: tuple[Signers, ...]
    preconditions: tuple[Precondition, ...]
    stages: tuple[Stage, ...]
    lead_times: tuple[LeadTime, ...]
    waiver: str | None
    consecutive_allowed: bool
    own_record_allowed: bool
    changes: Mapping[str, Any]

    @classmethod
    def of(cls, record: Record) -> Workflow:
        """Read from a workflow record that satisfies its schema; the same one is read once."""
        known: Workflow | None = record.__dict__.get("workflow")
        if known is None:
            known = record.__dict__["workflow"] = cls._read(record)
        return known

    @classmethod
    def _read(cls, record: Record) -> Workflow:
        data = record.data
        applies = data["applies_to"]
        return cls(
            id=record.id,
            digest=record.digest,
            title=data["title"],
            kinds=tuple(applies["kinds"]),
            condition=applies.get("condition"),
            submitters=tuple(Signers.of(line) for line in data.get("submitters", ())),
            preconditions=tuple(
                Precondition(p["key"], p["title"], p["check"], p.get("at", ""), p.get("advice", ""))
                for p in data.get("preconditions", ())
            ),
            stages=tuple(_stage(stage) for stage in data["stages"]),
            lead_times=tuple(
                LeadTime(t["amount"], t["unit"], t["before"], t.get("condition"))
                for t in data.get("lead_times", ())
            ),
            waiver=data.get("waiver"),
            consecutive_allowed=data.get("consecutive", "refuse") == "allow",
            own_record_allowed=data.get("own_record", "refuse") == "allow",
            changes=data.get("changes", {}),
        )

    def stages_for(self, record: Record) -> list[Stage]:
        """The stages whose condition holds for a record, in order.

        Raises:
            BadExpression: a condition cannot be evaluated.
        """
        return [stage for stage in self.stages if holds(stage.condition, record.signed)]

    def unmet(self, record: Record) -> list[Precondition]:
        """The preconditions that a record does not meet.

        Raises:
            BadExpression: a check cannot be evaluated.
        """
        return [p for p in self.preconditions if not holds(p.check, record.signed)]


def _stage(data: Mapping[str, Any]) -> Stage:
    return Stage(
        key=data["key"],
        title=data["title"],
        note=data.get("action", "approve") == "note",
        signers=tuple(Signers.of(line) for line in data["signers"]),
        require_all=data.get("require", "any") == "all",
        condition=data.get("condition"),
    )


def workflows_for(register: Register, record: Record) -> list[Workflow]:
    """The workflows that apply to a record today.

    Those whose condition holds come before those without one, so that an office can write a
    special chain beside the general one. More than one in the result means that the register
    does not say which; the caller reports it.

    Raises:
        BadExpression: a condition cannot be evaluated.
    """
    special, general = [], []
    for candidate in register.of("workflow"):
        workflow = Workflow.of(candidate)
        if record.kind not in workflow.kinds:
            continue
        if workflow.condition is None:
            general.append(workflow)
        elif holds(workflow.condition, record.signed):
            special.append(workflow)
    return special or general
