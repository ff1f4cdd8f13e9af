"""Where a record stands in its chain, found by replaying its ``sign_offs`` from the first on.

The same code judges what is on record (:func:`replay`, for rules) and what someone wants to add
(:func:`fitting_slots`, for signing), so that the two can never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from jzy.model.digest import entry_digest
from jzy.model.expression import BadExpression, holds
from jzy.model.moments import day_of, moment_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import SUBMISSION, Slot, Stage, Workflow


class State(StrEnum):
    """Where the chain of a record stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


STATE_TITLES: Mapping[State, str] = {
    State.DRAFT: "拟稿",
    State.IN_REVIEW: "审批中",
    State.APPROVED: "已批准",
    State.RETURNED: "已退回",
    State.REJECTED: "未批准",
    State.WITHDRAWN: "已撤回",
}

DECISION_TITLES: Mapping[str, str] = {
    "submit": "报送",
    "approve": "同意",
    "note": "阅知",
    "return": "退回",
    "reject": "不同意",
    "withdraw": "撤回",
    "consent": "同意变更",
}

SUBMITTABLE = frozenset({State.DRAFT, State.RETURNED, State.WITHDRAWN, State.APPROVED})
"""The states from which a record may be submitted; from approved, for a change."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One entry of ``sign_offs`` that does not hold."""

    index: int
    code: str
    message: str
    advice: str
    key: str = ""
    """The property of the entry that is meant; empty for the entry as a whole."""


@dataclass(slots=True)
class Progress:
    """The result of a replay."""

    record: Record
    entries: list[dict[str, Any]]
    state: State = State.DRAFT
    workflow: Workflow | None = None
    """The workflow of the current round, as it stood at submission."""
    judged: Record | None = None
    """The version of the record that the current round speaks of, today's where that version is
    not at hand; ``None`` before the first submission."""
    stages: list[Stage] = field(default_factory=list)
    """The stages that apply in the current round."""
    filled: dict[str, list[tuple[dict[str, Any], list[Slot]]]] = field(default_factory=dict)
    """By stage key: the entries that count, with the slots that each fills."""
    submitter: str = ""
    digest: str = ""
    """The digest that the current round speaks of."""
    completed: dict[str, Any] | None = None
    """The entry that completed the chain of the current round."""
    breaches: list[Breach] = field(default_factory=list)

    @property
    def current(self) -> Stage | None:
        """The stage whose turn it is, ``None`` unless in review."""
        if self.state is not State.IN_REVIEW:
            return None
        return next((stage for stage in self.stages if not self.is_done(stage)), None)

    def open_slots(self, stage: Stage) -> list[Slot]:
        """The signatures that a stage still waits for."""
        if self.judged is None:
            return []
        done = {slot for _, slots in self.filled.get(stage.key, ()) for slot in slots}
        if done and not stage.require_all:
            return []
        return [slot for slot in stage.slots(self.judged) if slot not in done]

    def is_done(self, stage: Stage) -> bool:
        """Whether a stage has all the signatures that it asks for."""
        return stage.key in self.filled and not self.open_slots(stage)

    @property
    def previous_signers(self) -> set[str]:
        """Who signed the stage before the current one in this round."""
        done = [stage for stage in self.stages if self.is_done(stage)]
        if not done:
            return set()
        return {str(entry.get("by")) for entry, _ in self.filled[done[-1].key]}


def wanted_versions(register: Register) -> set[tuple[str, str]]:
    """The earlier versions of records and workflows that entries speak of.

    Whoever can read history finds them and gives them to :meth:`Register.with_earlier`.
    """
    wanted = set()
    for record in register:
        for entry in record.sign_offs:
            pairs = [(record.id, entry.get("digest"))]
            if entry.get("workflow"):
                pairs.append((entry["workflow"], entry.get("workflow_digest")))
            wanted |= {
                (target, digest)
                for target, digest in pairs
                if isinstance(target, str)
                and isinstance(digest, str)
                and register.version(target, digest) is None
            }
    return wanted


def replay(register: Register, record: Record) -> Progress:
    """Go through the entries of a record in order and say where the chain stands.

    An entry that the workflow does not allow becomes a :class:`Breach` and does not count. Broken
    links and times that run backwards are breaches as well, but the entry counts on, so that what
    else is wrong is told too.
    """
    progress = Progress(record, record.sign_offs)
    last: datetime | None = None
    for index, entry in enumerate(progress.entries):
        _check_link(progress, index)
        try:
            at = moment_of(str(entry.get("at", "")), register.time_zone)
        except ValueError:
            continue  # the schema says so already
        if last is not None and at < last:
            progress.breaches.append(
                Breach(index, "JZY414", "签批时间早于上一条签批", "请核对签批时间", "at")
            )
        last = at
        try:
            _apply(register, progress, index, entry)
        except BadExpression as error:
            progress.breaches.append(
                Breach(index, "JZY413", f"流程中的条件无法求值：{error}", "请修改流程记录中的条件")
            )
    return progress


def fitting_slots(
    register: Register, progress: Progress, stage: Stage, person_id: str, day: str
) -> list[Slot]:
    """The open slots of a stage that a person may fill on an ISO date."""
    person = register.people.get(person_id)
    if person is None:
        return []
    return [slot for slot in progress.open_slots(stage) if person.holds(slot.post, slot.unit, day)]


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


def _check_link(progress: Progress, index: int) -> None:
    expected = entry_digest(progress.entries[index - 1]) if index else None
    if progress.entries[index].get("prev") != expected:
        progress.breaches.append(
            Breach(
                index,
                "JZY408",
                "这条签批与上一条不相衔接，签批可能被删除、调换或改动过",
                "请恢复原有签批，或撤回后重新报送",
                "prev" if "prev" in progress.entries[index] else "",
            )
        )


def _apply(register: Register, progress: Progress, index: int, entry: dict[str, Any]) -> None:
    decision = entry.get("decision")
    if decision == "submit":
        _open_round(register, progress, index, entry)
    elif decision == "withdraw":
        _withdraw(progress, index, entry)
    elif decision in ("approve", "note", "return", "reject"):
        _decide(register, progress, index, entry)
    else:
        progress.breaches.append(_misplaced(index, "流程没有规定“同意变更”，这条签批不成立"))


def _open_round(register: Register, progress: Progress, index: int, entry: dict[str, Any]) -> None:
    add = progress.breaches.append
    if progress.state not in SUBMITTABLE:
        add(_misplaced(index, f"{STATE_TITLES[progress.state]}的记录不能再次报送"))
        return
    if entry.get("stage") != SUBMISSION:
        add(Breach(index, "JZY405", "报送的环节应写作 submission", "请恢复原有签批", "stage"))
    named = str(entry.get("workflow")), entry.get("workflow_digest")
    workflow = register.version(*named) if isinstance(named[1], str) else None
    progress.state = State.IN_REVIEW
    progress.submitter = str(entry.get("by"))
    progress.digest = str(entry.get("digest"))
    judged = register.version(progress.record.id, progress.digest) or progress.record
    progress.judged = judged
    progress.filled, progress.completed, progress.stages = {}, None, []
    progress.workflow = None
    if workflow is None or workflow.kind != "workflow":
        add(
            Breach(
                index,
                "JZY411",
                "找不到报送时所用的审批流程版本",
                "请取回完整的历史，或撤回后按现行流程重新报送",
                "workflow",
            )
        )
        return
    progress.workflow = Workflow.of(workflow)
    if progress.record.kind not in progress.workflow.kinds or not holds(
        progress.workflow.condition, judged.signed
    ):
        add(
            Breach(
                index,
                "JZY411",
                f"“{progress.workflow.title}”不适用于这份记录",
                "请撤回后按适用的流程重新报送",
                "workflow",
            )
        )
    progress.stages = progress.workflow.stages_for(judged)
    if not progress.stages:
        what = f"“{progress.workflow.title}”对这份记录没有适用的环节"
        add(Breach(index, "JZY411", what, "请由管理员检查流程中各环节的条件", "workflow"))
    day = day_of(str(entry["at"]), register.time_zone).isoformat()
    who = register.name(progress.submitter)
    if entry.get("on_behalf_of") or not may_submit(
        register, judged, progress.workflow, progress.submitter, day
    ):
        add(Breach(index, "JZY406", f"{who}当日无权报送这份记录", "请由经办部门的人员报送", "by"))
    if any(
        breach.index == index
        for breach in progress.breaches
        if breach.code not in ("JZY408", "JZY414")
    ):
        # Nothing can be approved on a submission that does not hold.
        progress.stages = []


def _withdraw(progress: Progress, index: int, entry: dict[str, Any]) -> None:
    add = progress.breaches.append
    if progress.state is not State.IN_REVIEW:
        add(_misplaced(index, "只有审批中的记录可以撤回"))
    elif entry.get("by") != progress.submitter or entry.get("on_behalf_of"):
        add(Breach(index, "JZY406", "撤回的人不是报送人", "请由报送人撤回", "by"))
    elif entry.get("stage") != SUBMISSION:
        add(Breach(index, "JZY405", "撤回的环节应写作 submission", "请恢复原有签批", "stage"))
    elif entry.get("digest") != progress.digest:
        add(Breach(index, "JZY407", "撤回所针对的内容与报送的内容不同", "请恢复原有签批", "digest"))
    else:
        progress.state = State.WITHDRAWN


def _decide(register: Register, progress: Progress, index: int, entry: dict[str, Any]) -> None:
    stage = progress.current
    if stage is None:
        if progress.workflow is not None or progress.state is not State.IN_REVIEW:
            what = f"{STATE_TITLES[progress.state]}的记录上出现了多余的签批"
            progress.breaches.append(_misplaced(index, what))
        return
    breaches = _judge(register, progress, index, entry, stage)
    progress.breaches.extend(breaches)
    if breaches:
        return
    decision = entry["decision"]
    if decision == "return":
        progress.state = State.RETURNED
    elif decision == "reject":
        progress.state = State.REJECTED
    else:
        day = day_of(str(entry["at"]), register.time_zone).isoformat()
        slots = fitting_slots(register, progress, stage, str(entry.get("by")), day)
        progress.filled.setdefault(stage.key, []).append((entry, slots))
        if progress.current is None:
            progress.state = State.APPROVED
            progress.completed = entry


def _judge(
    register: Register, progress: Progress, index: int, entry: dict[str, Any], stage: Stage
) -> list[Breach]:
    """What speaks against counting an entry for the stage whose turn it is."""
    found: list[Breach] = []
    by = str(entry.get("by"))
    who = register.name(by)
    day = day_of(str(entry["at"]), register.time_zone).isoformat()
    assert progress.workflow is not None  # noqa: S101 - a stage has a workflow
    if entry.get("stage") != stage.key:
        known: Sequence[str] = [known.key for known in progress.workflow.stages]
        what = (
            f"此处应是“{stage.title}”签批，却写着“{_stage_title(progress, entry)}”"
            if entry.get("stage") in known
            else f"流程中没有“{entry.get('stage')}”这一环节"
        )
        return [Breach(index, "JZY405", what, "请按流程的次序逐级签批", "stage")]
    if entry.get("digest") != progress.digest:
        found.append(
            Breach(
                index,
                "JZY407",
                "签批所针对的内容与报送的内容不同",
                "请撤回后重新报送",
                "digest",
            )
        )
    if stage.note != (entry["decision"] == "note") and entry["decision"] in ("approve", "note"):
        what = f"“{stage.title}”环节应作“{'阅知' if stage.note else '同意'}”"
        found.append(Breach(index, "JZY405", what, "请按流程签批", "decision"))
    if entry.get("on_behalf_of"):
        what = f"{who}代{register.name(entry['on_behalf_of'])}签批，但没有有效的委托"
        found.append(Breach(index, "JZY406", what, "请由本人签批", "on_behalf_of"))
    elif not fitting_slots(register, progress, stage, by, day):
        slots = "、".join(slot_title(register, slot) for slot in progress.open_slots(stage))
        what = f"{who}当日不任“{stage.title}”环节要求的职务（{slots or '无人可签'}）"
        found.append(Breach(index, "JZY406", what, "请由任职者签批，或更正任职登记", "by"))
    found.extend(
        Breach(index, code, what, "请由其他有权人员签批，或修改流程的规定", "by")
        for code, what in same_person(progress, by)
    )
    return found


def same_person(progress: Progress, by: str) -> list[tuple[str, str]]:
    """What the workflow says against one person signing the current stage, as (code, sentence)."""
    found = []
    if progress.workflow is not None:
        if not progress.workflow.consecutive_allowed and by in progress.previous_signers:
            found.append(("JZY409", "同一人连续签批了两个环节，流程不允许"))
        if not progress.workflow.own_record_allowed and by == progress.submitter:
            found.append(("JZY410", "报送人签批了自己报送的记录，流程不允许"))
    return found


def _stage_title(progress: Progress, entry: Mapping[str, Any]) -> str:
    stages = progress.workflow.stages if progress.workflow else ()
    key = entry.get("stage")
    return next((stage.title for stage in stages if stage.key == key), str(key))


def _misplaced(index: int, what: str) -> Breach:
    return Breach(index, "JZY412", what, "请恢复原有签批", "decision")
