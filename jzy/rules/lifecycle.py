"""JZY4xx: what was carried out, and whether it was approved in time and by the right people.

Nothing here knows a kind by name: a schema says with ``x-jzy-carried-out`` which property shows
that something took place and before which moment its approval had to be complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from jzy.model.chain import STATE_TITLES, Progress, State, slot_titles
from jzy.model.expression import BadExpression
from jzy.model.findings import Severity
from jzy.model.moments import moment_cn, moment_of
from jzy.model.record import Record, path_of
from jzy.model.standing import POLICY_TITLES, Need, Policy, Standing, standing
from jzy.model.workdays import shortfalls
from jzy.model.workflow import Workflow, workflows_for
from jzy.rules.base import Breach, Case, CheckOne, rule_of_one, rule_of_signed_one


@rule_of_one(
    "JZY401",
    "未经批准即已举办",
    "需要审批的事项，走完全部审批环节之后才可举办、发布或实施。",
    "请补充实际存在的签批；确未审批的，如实列入问题清单并整改。",
)
def carried_out_without_approval(case: Case, record: Record) -> Iterator[Breach]:
    """Carried out while the chain is not complete."""
    on, _ = _carried_out(case, record)
    if not on:
        return
    progress = case.progress(record)
    if progress.state is State.APPROVED or not (record.sign_offs or _workflows(case, record)):
        return
    missing = [stage.title for stage in progress.stages if not progress.is_done(stage)]
    what = f"{case.register.kind_of(record).title}已举办或实施，但审批未完成"
    if progress.state is State.IN_REVIEW and missing:
        what += "，缺少：" + "、".join(missing)
    else:
        what += f"（目前为“{STATE_TITLES[progress.state]}”）"
    yield Breach(record, path_of(on), what)


@rule_of_signed_one(
    "JZY402",
    "批准晚于开始",
    "审批必须在事项开始之前完成，事后补签不能代替事前审批。",
    "请核对签批时间与开始时间；确属事后补签的，如实列入问题清单。",
)
def approved_too_late(case: Case, record: Record) -> Iterator[Breach]:
    """The last sign-off came after the start."""
    on, starts_path = _carried_out(case, record)
    if not on:
        return
    progress = case.progress(record)
    starts = _moment(case, record.at(starts_path)) if starts_path else None
    if starts is None or progress.completed is None:
        return
    approved = _moment(case, progress.completed.get("at"))
    if approved is not None and approved > starts:
        what = f"最后一级批准于 {moment_cn(approved)}，晚于开始时间 {moment_cn(starts)}"
        at = len(progress.entries) - 1 - progress.entries[::-1].index(progress.completed)
        yield Breach(record, ("sign_offs", at, "at"), what)


@rule_of_signed_one(
    "JZY403",
    "报送的提前量不足",
    "流程规定了至少提前多久报送，工作日按国务院办公厅的放假安排计算，举办当日不计。",
    "请下次提前报送；确属紧急的，填写豁免的理由和同意人。",
    Severity.WARNING,
)
def lead_time_short(case: Case, record: Record) -> Iterator[Breach]:
    """Submitted later than the workflow allows, without a waiver."""
    for progress, workflow in _submitted(case, record):
        entry = _last_submission(progress)
        submitted = _moment(case, entry.get("at"))
        if submitted is None:
            continue
        try:
            found = shortfalls(case.register, case.calendar, workflow, record, submitted)
        except BadExpression:
            continue  # JZY413 says so
        at = progress.entries.index(entry)
        for what in found:
            yield Breach(record, ("sign_offs", at, "at"), what)


@rule_of_signed_one(
    "JZY404",
    "缺少前置材料",
    "流程规定了报送之前必须具备的材料，例如校外报告人所在单位的同意和报告人的承诺书。",
    "请补齐材料后重新报送。",
)
def precondition_unmet(case: Case, record: Record) -> Iterator[Breach]:
    """In review or approved although a precondition does not hold."""
    for _, workflow in _submitted(case, record):
        try:
            unmet = workflow.unmet(record)
        except BadExpression:
            continue  # JZY413 says so
        for condition in unmet:
            what = f"不符合前置条件：{condition.title}"
            yield Breach(record, path_of(condition.at), what, condition.advice)


@rule_of_signed_one(
    "JZY415",
    "批准后内容有改动",
    "批准针对的是当时的内容。流程规定了各属性改动之后须重新审批、须经同意还是告知即可；"
    "须重新审批的，原来的批准不再有效；须经同意的，同意之后才有效；告知即可的，批准仍然有效。",
    "请按流程重新报送审批或征得同意，或恢复原来的内容。",
)
def changed_after_approval(case: Case, record: Record) -> Iterator[Breach]:
    """Today's content is not what the current round of sign-offs speaks of."""
    progress = case.progress(record)
    found = standing(case.register, progress)
    if found.holds:
        return
    after = "批准" if progress.state is State.APPROVED else "报送"
    advice = _mend(case, progress, found)
    changed = [pair for pair in found.changed if pair[1] is not Policy.NOTIFY]
    for name, policy in found.changed if progress.state is State.IN_REVIEW else changed:
        title = case.register.kind_of(record).path_title((name,))
        means = f"，{POLICY_TITLES[policy]}" if progress.state is State.APPROVED else ""
        yield Breach(record, (name,), f"{after}之后改动了“{title}”{means}", advice)
    if found.why:
        yield Breach(record, (), found.why, advice)


def _mend(case: Case, progress: Progress, found: Standing) -> str:
    record = progress.record.id
    if progress.state is State.IN_REVIEW:
        return f"请由报送人撤回（jzy withdraw {record}）后重新报送，或恢复原来的内容。"
    if found.need is Need.REAPPROVE:
        return f"请重新报送审批（jzy submit {record}），或恢复原来的内容。"
    stage = progress.consenting
    who = slot_titles(case.register, progress, stage) if stage else ""
    return f"请由{who or '有权签批的人员'}同意变更（jzy approve {record}），或恢复原来的内容。"


@rule_of_signed_one(
    "JZY416",
    "没有适用的流程却有签批",
    "签批依据流程进行；没有流程适用于这类记录时，签批没有意义。",
    "请由管理员建立流程，或删去多余的签批。",
    Severity.WARNING,
)
def signed_without_workflow(case: Case, record: Record) -> Iterator[Breach]:
    """Sign-offs on a record to which no workflow applies any more and none is named."""
    if case.progress(record).workflow is None:
        yield Breach(record, ("sign_offs",), "这份记录的签批没有可依据的流程", on_key=True)


def _from_chain(code: str) -> CheckOne:
    """The check of a rule whose breaches the replay of the chain finds."""

    def check(case: Case, record: Record) -> Iterator[Breach]:
        for breach in case.progress(record).breaches:
            if breach.code == code:
                at = ("sign_offs", breach.entry, *((breach.key,) if breach.key else ()))
                yield Breach(record, at, breach.message, breach.advice)

    return check


_CHAIN_WORDS = {
    "JZY405": (
        "签批的环节不对",
        "签批按流程规定的环节逐级进行，不能越级、重复，也不能使用流程没有的环节。",
        "请按流程的次序逐级签批。",
    ),
    "JZY406": (
        "签批人无权签批",
        "每个环节由流程规定的任职者签批，或由任职者委托的人代为签批，"
        "以签批当日的任职登记和委托为准；受托人不能再行委托。",
        "请由任职者签批，或更正任职登记、办理委托。",
    ),
    "JZY407": (
        "签批与报送的内容不同",
        "同一轮签批针对同一份内容，每条签批都记有内容的摘要。",
        "请撤回后重新报送。",
    ),
    "JZY408": (
        "签批不相衔接",
        "每条签批记有上一条的摘要（prev），删除、调换或改动签批都会显现。",
        "请恢复原有签批，或撤回后重新报送。",
    ),
    "JZY409": (
        "同一人连续签批两个环节",
        "流程不允许同一人连续签批两个环节，以保证逐级把关；代签的，受托人和委托人都算在内。",
        "请由其他有权人员签批。",
    ),
    "JZY410": (
        "报送人签批了自己的记录",
        "流程不允许报送人签批自己报送的记录，也不能由他人代为签批。",
        "请由其他有权人员签批，或由他人报送。",
    ),
    "JZY411": (
        "找不到所依据的流程",
        "报送时写明流程及其版本，审批按该版本进行。",
        "请取回完整的历史，或撤回后按现行流程重新报送。",
    ),
    "JZY412": (
        "签批与记录的状态不符",
        "已退回、未批准或已撤回的记录上不能再有签批，除非重新报送；"
        "已批准的记录只在内容有改动、并且流程规定改动须经同意时，才可以同意变更。",
        "请恢复原有签批。",
    ),
    "JZY413": (
        "流程的条件无法求值",
        "流程中的条件应能对这份记录求值。",
        "请修改流程记录中的条件。",
    ),
    "JZY414": (
        "签批时间颠倒",
        "后一条签批的时间不能早于前一条。",
        "请核对签批时间。",
    ),
}
for _code, _words in _CHAIN_WORDS.items():
    rule_of_signed_one(_code, *_words)(_from_chain(_code))


def _carried_out(case: Case, record: Record) -> tuple[str, str]:
    """The path that shows that a record was carried out, empty if it was not, and the path of
    the moment before which it had to be approved."""
    said = case.register.kind_of(record).schema.get("x-jzy-carried-out")
    if not said or record.at(said["on"]) in (None, "", []):
        return "", ""
    return str(said["on"]), str(said.get("starts", ""))


def _submitted(case: Case, record: Record) -> Iterator[tuple[Progress, Workflow]]:
    """Where a record in review or approved stands, with the workflow of the current round."""
    progress = case.progress(record)
    if progress.workflow and progress.state in (State.IN_REVIEW, State.APPROVED):
        yield progress, progress.workflow


def _last_submission(progress: Progress) -> dict[str, object]:
    return next(e for e in reversed(progress.entries) if e.get("decision") == "submit")


def _workflows(case: Case, record: Record) -> list[Workflow]:
    try:
        return workflows_for(case.register, record)
    except BadExpression:
        return []


def _moment(case: Case, value: object) -> datetime | None:
    try:
        return moment_of(str(value), case.register.time_zone) if value else None
    except ValueError:
        return None
