"""Where a record stands in its chain, found by replaying its ``sign_offs`` from the first on.

The same code judges what is on record (:func:`replay`, for rules) and what someone wants to add
(:func:`fitting_slots`, for signing), so that the two can never disagree. What belongs to a chain
is imported from here: the states from :mod:`progress`, who may sign from :mod:`entitlement`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from jzy.model.delegation import why_not
from jzy.model.digest import entry_digest
from jzy.model.entitlement import (
    entitled,
    fitting_slots,
    mandates,
    may_submit,
    same_person,
    slot_title,
    slot_titles,
)
from jzy.model.expression import BadExpression, holds
from jzy.model.moments import day_of, moment_of
from jzy.model.progress import (
    DECISION_TITLES,
    STATE_TITLES,
    SUBMITTABLE,
    Breach,
    Progress,
    State,
    actors,
)
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import Need, compare
from jzy.model.workflow import SUBMISSION, Stage, Workflow

__all__ = [
    "DECISION_TITLES",
    "STATE_TITLES",
    "SUBMITTABLE",
    "Breach",
    "Progress",
    "State",
    "actors",
    "entitled",
    "fitting_slots",
    "mandates",
    "may_submit",
    "replay",
    "same_person",
    "slot_title",
    "slot_titles",
    "wanted_versions",
]


def wanted_versions(
    register: Register, among: Iterable[Record] | None = None
) -> set[tuple[str, str]]:
    """The earlier versions of records and workflows that entries speak of.

    Whoever can read history finds them and gives them to :meth:`Register.with_earlier`.

    Args:
        register: which knows some of them already.
        among: the records whose entries are meant; all if absent.
    """
    wanted = set()
    for record in register if among is None else among:
        for entry in record.sign_offs:
            pairs = [(record.id, entry.get("digest"))]
            if entry.get("workflow"):
                pairs.append((entry["workflow"], entry.get("workflow_digest")))
            wanted |= {
                (target, digest)
                for target, digest in pairs
                if isinstance(target, str)
                and isinstance(digest, str)
                and register.at_hand(target, digest) is None
            }
    return wanted


def replay(
    register: Register, record: Record, before_last: Callable[[Progress], None] | None = None
) -> Progress:
    """Go through the entries of a record in order and say where the chain stands.

    An entry that the workflow does not allow becomes a :class:`Breach` and does not count. Broken
    links and times that run backwards are breaches as well, but the entry counts on, so that what
    else is wrong is told too.

    Args:
        register: people, units and workflows, with the versions that the entries speak of.
        record: whose entries to go through.
        before_last: called with where the chain stands before the last entry is taken in.
    """
    progress = Progress(record, record.sign_offs)
    last: datetime | None = None
    for index, entry in enumerate(progress.entries):
        if before_last is not None and index == len(progress.entries) - 1:
            before_last(progress)
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
    elif decision == "consent":
        _consent(register, progress, index, entry)
    else:
        progress.breaches.append(_misplaced(index, f"没有“{decision}”这种结论"))


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
    progress.filled, progress.counted = {}, []
    progress.workflow, progress.stages, progress.completed = None, [], None
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
    who, day = register.name(progress.submitter), _day(register, entry)
    if entry.get("on_behalf_of") or not may_submit(
        register, judged, progress.workflow, progress.submitter, day
    ):
        add(Breach(index, "JZY406", f"{who}当日无权报送这份记录", "请由经办部门的人员报送", "by"))
    if any(
        breach.entry == index
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
        slots = entitled(register, progress, entry, _day(register, entry))
        progress.filled.setdefault(stage.key, []).append((entry, slots))
        progress.counted.append(index)
        if progress.current is None:
            progress.state = State.APPROVED
            progress.completed = entry


def _judge(
    register: Register, progress: Progress, index: int, entry: dict[str, Any], stage: Stage
) -> list[Breach]:
    """What speaks against counting an entry for the stage whose turn it is."""
    found: list[Breach] = []
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
    return [*found, *_judge_signer(register, progress, index, entry, stage)]


def _judge_signer(
    register: Register, progress: Progress, index: int, entry: dict[str, Any], stage: Stage
) -> list[Breach]:
    """What speaks against this signer: no post, no delegation, or the same person again."""
    found = []
    by, behalf = str(entry.get("by")), str(entry.get("on_behalf_of") or "") or None
    day = _day(register, entry)
    if not fitting_slots(register, progress, stage, by, day, behalf):
        who = register.name(by)
        if behalf:
            kind, slots = progress.record.kind, progress.wanted_slots(stage)
            why = why_not(register, slots, kind, by, behalf, day)
            what = f"{who}代{register.name(behalf)}签批，但没有有效的委托：{why}"
            found.append(Breach(index, "JZY406", what, "请由本人签批", "on_behalf_of"))
        else:
            titles = slot_titles(register, progress, stage) or "无人可签"
            what = f"{who}当日不任“{stage.title}”环节要求的职务（{titles}）"
            found.append(Breach(index, "JZY406", what, "请由任职者签批，或更正任职登记", "by"))
    found.extend(
        Breach(index, code, what, "请由其他有权人员签批，或修改流程的规定", "by")
        for code, what in same_person(progress, by, behalf)
    )
    return found


def _consent(register: Register, progress: Progress, index: int, entry: dict[str, Any]) -> None:
    """A change after approval is agreed to: from here on the approval covers the new text."""
    add = progress.breaches.append
    stage, digest = progress.consenting, str(entry.get("digest"))
    if stage is None:
        add(_misplaced(index, f"{STATE_TITLES[progress.state]}的记录没有可以同意的变更"))
        return
    if entry.get("stage") != stage.key:
        what = f"变更应由“{stage.title}”环节同意，却写着“{_stage_title(progress, entry)}”"
        add(Breach(index, "JZY405", what, "请由有权同意变更的人员签批", "stage"))
        return
    if digest == progress.digest:
        add(_misplaced(index, "内容没有变化，没有可以同意的变更"))
        return
    before = register.version(progress.record.id, progress.digest)
    after = register.version(progress.record.id, digest)
    if before is None or after is None:
        what = "变更前后的内容无法取得，不能确认这次同意是否成立"
        add(Breach(index, "JZY412", what, "请取回完整的历史，或重新报送审批", "digest"))
        return
    found = compare(progress, before, after)
    if found.need is Need.REAPPROVE:
        add(_misplaced(index, "这样的改动须重新审批，同意变更不能代替"))
        return
    breaches = _judge_signer(register, progress, index, entry, stage)
    progress.breaches.extend(breaches)
    if not breaches:
        progress.digest, progress.judged = digest, after
        progress.counted.append(index)


def _stage_title(progress: Progress, entry: Mapping[str, Any]) -> str:
    stages = progress.workflow.stages if progress.workflow else ()
    key = entry.get("stage")
    return next((stage.title for stage in stages if stage.key == key), str(key))


def _day(register: Register, entry: Mapping[str, Any]) -> str:
    return day_of(str(entry["at"]), register.time_zone).isoformat()


def _misplaced(index: int, what: str) -> Breach:
    return Breach(index, "JZY412", what, "请恢复原有签批", "decision")
