"""Who may do what on a record: submit it, sign a stage, sign it for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jzy.model.delegation import Delegation, entrusted
from jzy.model.progress import Progress, State
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import Slot, Stage, Workflow


def fitting_slots(
    register: Register,
    progress: Progress,
    stage: Stage,
    person_id: str,
    day: str,
    on_behalf_of: str | None = None,
) -> list[Slot]:
    """The slots of a stage that a person may fill on an ISO date.

    Args:
        register: people and delegations.
        progress: where the chain stands: in review the open slots count; after approval all of
            them, because whoever may approve may consent to a change.
        stage: which stage.
        person_id: who signs.
        day: the date.
        on_behalf_of: the id of the person for whom they sign, by a delegation; ``None`` by a
            post of their own.
    """
    slots = progress.wanted_slots(stage)
    if on_behalf_of is not None:
        found = entrusted(register, slots, progress.record.kind, person_id, day)
        mine = {slot for each, some in found if each.principal == on_behalf_of for slot in some}
        return [slot for slot in slots if slot in mine]
    person = register.people.get(person_id)
    if person is None:
        return []
    return [slot for slot in slots if person.holds(slot.post, slot.unit, day)]


def entitled(
    register: Register, progress: Progress, entry: Mapping[str, Any], day: str
) -> list[Slot]:
    """The slots that an entry may fill on an ISO date, by its signer's post or a delegation.

    Args:
        register: people and delegations.
        progress: where the chain stood before the entry.
        entry: an approval, note, return, rejection or consent; others fill no slot.
        day: the date, which need not be the one that the entry writes.
    """
    decision = entry.get("decision")
    stage = progress.consenting if decision == "consent" else progress.current
    if stage is None or decision in ("submit", "withdraw"):
        return []
    behalf = str(entry.get("on_behalf_of") or "") or None
    return fitting_slots(register, progress, stage, str(entry.get("by")), day, behalf)


def mandates(
    register: Register, progress: Progress, stage: Stage, person_id: str, day: str
) -> list[Delegation]:
    """The delegations by which a person may sign a stage on an ISO date for somebody else."""
    slots = progress.wanted_slots(stage)
    found = entrusted(register, slots, progress.record.kind, person_id, day)
    return [delegation for delegation, _ in found]


def same_person(
    progress: Progress, by: str, on_behalf_of: str | None = None
) -> list[tuple[str, str]]:
    """What the workflow says against one person acting again, as (code, sentence).

    Whoever signs for another counts as both: neither may have acted at the stage before, and
    neither may have submitted the record.
    """
    found = []
    acting = {by, on_behalf_of} - {None}
    if progress.workflow is not None:
        again = progress.state is State.IN_REVIEW and acting & progress.previous_signers
        if not progress.workflow.consecutive_allowed and again:
            found.append(("JZY409", "同一人连续签批了两个环节，流程不允许"))
        if not progress.workflow.own_record_allowed and progress.submitter in acting:
            found.append(("JZY410", "报送人签批了自己报送的记录，流程不允许"))
    return found


def may_submit(register: Register, record: Record, workflow: Workflow, who: str, day: str) -> bool:
    """Whether a person may submit a record under a workflow on an ISO date."""
    person = register.people.get(who)
    if person is None:
        return False
    if not workflow.submitters:
        return True
    slots = [slot for line in workflow.submitters for slot in line.slots(record)]
    return any(person.holds(slot.post, slot.unit, day) for slot in slots)


def slot_title(register: Register, slot: Slot) -> str:
    """A slot in people's words: ``党委宣传部部门负责人``."""
    post = register.posts.get(slot.post, slot.post) if slot.post else "人员"
    return (register.name(slot.unit) if slot.unit else "") + post


def slot_titles(register: Register, progress: Progress, stage: Stage) -> str:
    """Who may act for a stage now, in people's words; empty where nobody may."""
    return "、".join(slot_title(register, slot) for slot in progress.wanted_slots(stage))
