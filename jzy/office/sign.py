"""Signing off: submit, approve, return, reject, withdraw. One act, one commit, or nothing.

:func:`plan` asks every question first and changes nothing; :func:`carry_out` makes the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jzy.git.commits import Author, Change, commit_file, recover
from jzy.model.chain import (
    DECISION_TITLES,
    STATE_TITLES,
    SUBMITTABLE,
    Progress,
    State,
    fitting_slots,
    may_submit,
    replay,
    same_person,
    slot_title,
)
from jzy.model.digest import entry_digest
from jzy.model.errors import Refused, WrongUsage
from jzy.model.expression import BadExpression
from jzy.model.moments import moment_of, stamp
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workdays import WorkCalendar, shortfalls
from jzy.model.workflow import SUBMISSION, Stage, Workflow, workflows_for
from jzy.office import authority
from jzy.office.context import Office
from jzy.office.validate import problems_of
from jzy.store.editing import append_sign_off
from jzy.store.records import parse

DEFAULT_OPINIONS = {"approve": "同意。", "note": "已阅。"}
MAX_OPINION = 500


@dataclass(slots=True)
class Act:
    """A sign-off that may be made: what will be added, and what to show before asking."""

    record: Record
    stage: Stage | None
    """``None`` for submissions and withdrawals."""
    decision: str
    by: Person
    entry: dict[str, Any]
    text: str
    """The file's text with the entry appended."""
    drafted: bool
    """True where the record was never committed; its draft is committed first."""
    before: Progress
    after: Progress
    warnings: list[str] = field(default_factory=list)

    @property
    def stage_title(self) -> str:
        """The stage in people's words."""
        return self.stage.title if self.stage else DECISION_TITLES[self.decision]


def plan(
    office: Office,
    record_id: str,
    decision: str,
    *,
    opinion: str | None = None,
    stage: str | None = None,
    now: datetime | None = None,
) -> Act:
    """Everything that has to hold before a sign-off, asked without changing anything.

    Args:
        office: the repository.
        record_id: which record.
        decision: ``submit approve return reject withdraw``.
        opinion: what the signer says; ``return`` and ``reject`` must say why.
        stage: the stage that the signer means; refused if it is another one's turn.
        now: the moment of signing; the present if absent.

    Raises:
        Refused: the record, the workflow or the register do not allow it.
        WrongUsage: an opinion is missing or too long.
        WrongEnvironment: no git, no repository, no key.
    """
    if recover(office.repository):
        office.forget()
    office.repository.check_ready()
    record = office.record(record_id)
    moment = now or office.now()
    trusted = authority.registers(office)
    me = authority.me(office, trusted, moment)
    drafted = _check_saved(office, record, decision)
    _check_sound(office, record)
    register = authority.with_record(office, trusted, record)
    progress = replay(register, record)
    if progress.breaches:
        first = progress.breaches[0]
        raise Refused(
            f"{record.id} 已有的签批有问题：{first.message}", first.advice, where=record.path
        )
    if stage is not None and decision in ("submit", "withdraw"):
        raise WrongUsage("报送和撤回不分环节", "请去掉 --stage")
    signer = _Signer(register, record, progress, me, moment)
    if decision == "submit":
        entry, here = signer.submission(opinion), None
    elif decision == "withdraw":
        entry, here = signer.withdrawal(opinion), None
    else:
        entry, here = signer.decision(decision, opinion, stage)
    text = append_sign_off(office.kinds[record.kind], record.text, entry)
    changed, problems = parse(office.kinds[record.kind], record.path, text)
    if changed is None or problems:
        raise AssertionError("a sign-off made the record unreadable")
    _check_sound(office, changed)
    after = replay(register.with_record(changed), changed)
    if after.breaches:
        raise Refused(f"这一签批不成立：{after.breaches[0].message}", after.breaches[0].advice)
    warnings: list[str] = []
    if decision == "submit" and after.workflow is not None:
        calendar = WorkCalendar(register)
        warnings = shortfalls(register, calendar, after.workflow, record, moment)
    return Act(record, here, entry["decision"], me, entry, text, drafted, progress, after, warnings)


def carry_out(office: Office, act: Act) -> str:
    """Make the commit of a planned act, preceded by that of the draft where there is none yet.

    Args:
        office: the repository.
        act: from :func:`plan`, moments ago.

    Returns:
        The id of the sign-off's commit, dated as the entry is.

    Raises:
        Refused: git could not commit, or the record changed since; nothing was done, but for
            the draft's own commit where there was one.
        WrongEnvironment: the key cannot sign.
    """
    was, content = authority.in_file(office, act.record, act.text)
    author = Author(act.by.id, act.by.name)
    title = office.register.name(act.record.id)
    when = moment_of(act.entry["at"], office.register.time_zone)
    if act.drafted:
        message = draft_message("拟稿", act.record, title)
        commit_file(
            office.repository,
            Change(act.record.path, was, message, author, office.key, when, was),
        )
    said = commit_message(act.record.id, title, act.entry, act.stage.title if act.stage else "")
    change = Change(act.record.path, content, said, author, office.key, when, was)
    commit = commit_file(office.repository, change)
    office.forget()
    return commit


def draft_message(verb: str, record: Record, title: str) -> str:
    """The message of a commit that is no sign-off: what was done to which record."""
    return f"{verb}：{_one_line(title, 50)}\n\nJzy-Record: {record.id}\n"


def commit_message(record_id: str, title: str, entry: Mapping[str, Any], stage_title: str) -> str:
    """The message of a sign-off's commit, with the trailers that repeat the entry for people.

    Args:
        record_id: which record.
        title: what people call it.
        entry: the entry of ``sign_offs`` that the commit adds.
        stage_title: the stage in people's words, empty for submissions and withdrawals.
    """
    said = f"（{stage_title}）" if stage_title else ""
    lines = [f"{DECISION_TITLES[entry['decision']]}：{_one_line(title, 40)}{said}", ""]
    if entry.get("opinion"):
        lines += [f"意见：{_one_line(entry['opinion'], MAX_OPINION)}", ""]
    lines += [
        f"Jzy-Record: {record_id}",
        f"Jzy-Stage: {entry['stage']}",
        f"Jzy-Decision: {entry['decision']}",
        f"Jzy-Digest: {entry['digest']}",
    ]
    return "\n".join(lines) + "\n"


def _one_line(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _check_saved(office: Office, record: Record, decision: str) -> bool:
    """Refuse a record that is not what HEAD has.

    Returns:
        Whether the record was never committed, which a first submission does.
    """
    saved = authority.is_saved(office, record)
    if saved is None and decision == "submit" and not record.sign_offs:
        return True
    if not saved:
        raise Refused(
            f"{record.id} 有尚未提交的改动，不能签批",
            f"请由经办人保存或放弃改动（jzy {record.kind} edit {record.id}，或 git restore）",
            where=record.path,
        )
    return False


def _check_sound(office: Office, record: Record) -> None:
    findings = problems_of(office, record)
    if findings:
        first = findings[0]
        raise Refused(
            f"{record.id} 不符合要求，不能签批：{first.message}",
            first.advice,
            where=f"{first.path}:{first.line}:{first.column}",
        )


@dataclass(frozen=True, slots=True)
class _Signer:
    register: Register
    record: Record
    progress: Progress
    me: Person
    moment: datetime

    @property
    def day(self) -> str:
        return self.moment.date().isoformat()

    def submission(self, opinion: str | None) -> dict[str, Any]:
        state = self.progress.state
        if state not in SUBMITTABLE:
            raise Refused(
                f"{self.record.id} {STATE_TITLES[state]}，不能再次报送",
                "请等待审批" if state is State.IN_REVIEW else "如需再办，请另拟一份",
            )
        if state is State.APPROVED and self.progress.digest == self.record.digest:
            raise Refused(f"{self.record.id} 已批准，内容没有变化", "内容改动之后才需要重新报送")
        workflow = self._workflow()
        if not may_submit(self.register, self.record, workflow, self.me.id, self.day):
            raise Refused(
                f"{self.me.name}不能报送这份记录：“{workflow.title}”规定由经办部门的人员报送",
                "请由经办部门的人员报送",
            )
        try:
            unmet = workflow.unmet(self.record)
            workflow.stages_for(self.record)
        except BadExpression as error:
            raise Refused(f"流程 {workflow.id} 有误：{error}", "请由管理员修改流程") from error
        if unmet:
            lacking = "；".join(condition.title for condition in unmet)
            advice = unmet[0].advice or "请补齐材料后再报送"
            raise Refused(f"{self.record.id} 还缺前置材料：{lacking}", advice)
        entry = self._entry(SUBMISSION, "submit", opinion, self.record.digest)
        return entry | {"workflow": workflow.id, "workflow_digest": workflow.digest}

    def withdrawal(self, opinion: str | None) -> dict[str, Any]:
        self._in_review("撤回")
        if self.progress.submitter != self.me.id:
            who = self.register.name(self.progress.submitter)
            raise Refused(f"只有报送人（{who}）可以撤回", "请由报送人撤回，或由审批人退回")
        return self._entry(SUBMISSION, "withdraw", opinion, self.progress.digest)

    def decision(
        self, decision: str, opinion: str | None, wanted: str | None
    ) -> tuple[dict[str, Any], Stage]:
        self._in_review("签批")
        stage = self.progress.current
        if stage is None:
            raise Refused(f"{self.record.id} 的流程没有可签的环节", "请由管理员检查流程")
        if wanted is not None and wanted != stage.key:
            titles = {other.key: other.title for other in self.progress.stages}
            raise Refused(
                f"现在轮到“{stage.title}”（{stage.key}），不是“{titles.get(wanted, wanted)}”",
                "请按流程的次序签批",
            )
        if self.progress.digest != self.record.digest:
            raise Refused(f"{self.record.id} 报送之后内容有改动", "请由报送人撤回后重新报送")
        self._check_turn(stage)
        if decision == "approve" and stage.note:
            decision = "note"
        if decision in ("return", "reject") and not (opinion or "").strip():
            raise WrongUsage("退回或不同意时须说明理由", "请用 -m 写明意见，例如 -m 请更换场地")
        said = opinion or DEFAULT_OPINIONS.get(decision)
        return self._entry(stage.key, decision, said, self.record.digest), stage

    def _check_turn(self, stage: Stage) -> None:
        for _, sentence in same_person(self.progress, self.me.id):
            if fitting_slots(self.register, self.progress, stage, self.me.id, self.day):
                raise Refused(sentence, "请由其他有权人员签批")
        if fitting_slots(self.register, self.progress, stage, self.me.id, self.day):
            return
        slots = self.progress.open_slots(stage)
        waiting = "、".join(slot_title(self.register, slot) for slot in slots) or "（无人可签）"
        for other in self.progress.stages:
            signed = [entry for entry, _ in self.progress.filled.get(other.key, ())]
            if any(entry["by"] == self.me.id for entry in signed):
                raise Refused(
                    f"{self.me.name}已签批“{other.title}”环节，不必再签", f"现在等待{waiting}签批"
                )
        later = self.progress.stages[self.progress.stages.index(stage) + 1 :]
        for other in later:
            if fitting_slots(self.register, self.progress, other, self.me.id, self.day):
                raise Refused(
                    f"还没有轮到您：您签批“{other.title}”，现在是“{stage.title}”",
                    f"请等待{waiting}签批",
                )
        raise Refused(
            f"{self.me.name}不能签批“{stage.title}”环节：该环节由{waiting}签批",
            "请由任职者签批；任职有变动的，请登记管理员更新人员登记",
        )

    def _in_review(self, verb: str) -> None:
        state = self.progress.state
        if state is State.IN_REVIEW:
            return
        if verb == "撤回":
            raise Refused(
                f"{self.record.id} 现在是“{STATE_TITLES[state]}”，没有可撤回的报送",
                "只有审批中的记录可以撤回",
            )
        advice = {
            State.DRAFT: f"请先报送：jzy submit {self.record.id}",
            State.RETURNED: f"请修改后重新报送：jzy submit {self.record.id}",
            State.WITHDRAWN: f"请重新报送：jzy submit {self.record.id}",
        }.get(state, "无需再签批")
        raise Refused(f"{self.record.id} 现在是“{STATE_TITLES[state]}”，不能{verb}", advice)

    def _workflow(self) -> Workflow:
        try:
            found = workflows_for(self.register, self.record)
        except BadExpression as error:
            raise Refused(f"流程的适用条件有误：{error}", "请由管理员修改流程") from error
        title = self.register.kind_of(self.record).title
        if not found:
            raise Refused(f"“{title}”没有规定审批流程，不需要报送", "需要时请由管理员建立流程")
        if len(found) > 1:
            ids = "、".join(workflow.id for workflow in found)
            raise Refused(f"有几个流程都适用：{ids}", "请由管理员用条件加以区分")
        return found[0]

    def _entry(self, stage: str, decision: str, opinion: str | None, digest: str) -> dict[str, Any]:
        said = (opinion or "").strip()
        if len(said) > MAX_OPINION:
            raise WrongUsage(f"意见不能超过 {MAX_OPINION} 个字", "请缩短意见")
        entries = self.progress.entries
        if (
            entries
            and moment_of(entries[-1]["at"], self.moment.tzinfo or self.register.time_zone)
            > self.moment
        ):
            raise Refused("本机时间早于上一条签批的时间", "请校准本机时间后再签批")
        entry: dict[str, Any] = {"stage": stage, "decision": decision, "by": self.me.id}
        entry["at"] = stamp(self.moment, self.register.time_zone)
        if said:
            entry["opinion"] = said
        entry["digest"] = digest
        if entries:
            entry["prev"] = entry_digest(entries[-1])
        return entry
