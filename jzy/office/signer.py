"""What has to hold before someone submits, withdraws, decides on a record or consents to a change:
each question with the answer that a person can do something with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from jzy.model.chain import (
    STATE_TITLES,
    SUBMITTABLE,
    Progress,
    State,
    actors,
    fitting_slots,
    mandates,
    may_submit,
    same_person,
    slot_titles,
)
from jzy.model.digest import entry_digest
from jzy.model.errors import Refused, WrongUsage
from jzy.model.expression import BadExpression
from jzy.model.moments import moment_of, stamp
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import Need, Policy, standing
from jzy.model.workflow import SUBMISSION, Stage, Workflow, workflows_for
from jzy.office.mandate import lapsed, principal_of

DEFAULT_OPINIONS = {"approve": "同意。", "note": "已阅。", "consent": "同意变更。"}
MAX_OPINION = 500


class Signer(NamedTuple):
    """Someone about to sign a record, and what they may add to its ``sign_offs``."""

    register: Register
    record: Record
    progress: Progress
    me: Person
    moment: datetime

    @property
    def day(self) -> str:
        """The ISO date of signing."""
        return self.moment.date().isoformat()

    def submission(self, opinion: str | None) -> dict[str, Any]:
        """The entry of a submission.

        Raises:
            Refused: the state, the workflow or its preconditions do not allow it.
        """
        state = self.progress.state
        if state not in SUBMITTABLE:
            raise Refused(
                f"{self.record.id} {STATE_TITLES[state]}，不能再次报送",
                "请等待审批" if state is State.IN_REVIEW else "如需再办，请另拟一份",
            )
        if state is State.APPROVED and self.progress.digest == self.record.digest:
            raise Refused(f"{self.record.id} 已批准，内容没有变化", "内容改动之后才需要重新报送")
        if state is State.APPROVED:
            self._needs_submission()
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
        """The entry of a withdrawal.

        Raises:
            Refused: nothing is in review, or somebody else submitted it.
        """
        self._in_review("撤回")
        if self.progress.submitter != self.me.id:
            who = self.register.name(self.progress.submitter)
            raise Refused(f"只有报送人（{who}）可以撤回", "请由报送人撤回，或由审批人退回")
        return self._entry(SUBMISSION, "withdraw", opinion, self.progress.digest)

    def decision(
        self, decision: str, opinion: str | None, wanted: str | None, behalf: str | None
    ) -> tuple[dict[str, Any], Stage, Person | None]:
        """The entry of a decision, its stage, and the person for whom it is signed.

        Args:
            decision: ``approve``, ``return`` or ``reject``; approving what is approved already
                is consenting to its change.
            opinion: what the signer says.
            wanted: the key of the stage that they mean, if they say so.
            behalf: the id of the person for whom they mean to sign, if they say so.

        Raises:
            Refused: it is not their turn, or not theirs at all.
            WrongUsage: a reason is missing, or it is not clear for whom they sign.
        """
        stage = self._stage(decision)
        if wanted is not None and wanted != stage.key:
            titles = {other.key: other.title for other in self.progress.stages}
            raise Refused(
                f"现在轮到“{stage.title}”（{stage.key}），不是“{titles.get(wanted, wanted)}”",
                "请按流程的次序签批",
            )
        if self.progress.state is State.APPROVED:
            decision = "consent"
        elif self.progress.digest != self.record.digest:
            raise Refused(f"{self.record.id} 报送之后内容有改动", "请由报送人撤回后重新报送")
        principal = principal_of(self.register, self.progress, stage, self.me, self.day, behalf)
        if principal is None:
            self._check_turn(stage)
        if decision == "approve" and stage.note:
            decision = "note"
        if decision in ("return", "reject") and not (opinion or "").strip():
            raise WrongUsage("退回或不同意时须说明理由", "请用 -m 写明意见，例如 -m 请更换场地")
        said = opinion or DEFAULT_OPINIONS.get(decision)
        entry = self._entry(stage.key, decision, said, self.record.digest, principal)
        return entry, stage, principal

    def _stage(self, decision: str) -> Stage:
        """The stage that a decision is about."""
        if self.progress.state is not State.APPROVED:
            self._in_review("签批")
            if self.progress.current is None:
                raise Refused(f"{self.record.id} 的流程没有可签的环节", "请由管理员检查流程")
            return self.progress.current
        found = standing(self.register, self.progress)
        stage = self.progress.consenting
        if found.need is Need.CONSENT and stage is not None:
            if decision == "approve":
                return stage
            raise Refused(
                f"{self.record.id} 已批准，现在等待的是对改动的同意，不能退回或否决",
                "不同意改动的，请经办人恢复原来的内容",
            )
        if found.need is Need.REAPPROVE:
            raise Refused(
                f"{self.record.id} 批准之后的改动须重新审批，不能只作同意{_because(found.why)}",
                f"请由经办部门重新报送：jzy submit {self.record.id}",
            )
        what = "已批准，之后的改动告知即可" if found.changed else "现在是“已批准”，内容没有改动"
        raise Refused(f"{self.record.id} {what}", "无需再签批")

    def _needs_submission(self) -> None:
        """Refuse to submit a change again that does not ask for it."""
        found = standing(self.register, self.progress)
        meant = Policy.CONSENT if found.need is Need.CONSENT else Policy.NOTIFY
        names = "、".join(self._title(name) for name, policy in found.changed if policy is meant)
        if found.need is Need.CONSENT:
            stage = self.progress.consenting
            who = slot_titles(self.register, self.progress, stage) if stage else ""
            raise Refused(
                f"{self.record.id} 批准之后的改动（{names}）只需同意，不必重新报送",
                f"请由{who or '有权签批的人员'}执行 jzy approve {self.record.id}",
            )
        if found.need is Need.NOTHING:
            told = "、".join(self.register.name(who) for who in signers(self.progress))
            raise Refused(
                f"{self.record.id} 批准之后的改动（{names}）告知即可，批准仍然有效",
                f"不必重新报送；请将改动告知{told}",
            )

    def _title(self, name: str) -> str:
        return self.register.kind_of(self.record).path_title((name,))

    def _may(self, stage: Stage) -> bool:
        """Whether the signer may act for a stage, by a post or by a delegation."""
        return bool(
            fitting_slots(self.register, self.progress, stage, self.me.id, self.day)
            or mandates(self.register, self.progress, stage, self.me.id, self.day)
        )

    def _check_turn(self, stage: Stage) -> None:
        """Refuse who signs for themselves and may not."""
        if fitting_slots(self.register, self.progress, stage, self.me.id, self.day):
            for _, sentence in same_person(self.progress, self.me.id):
                raise Refused(sentence, "请由其他有权人员签批")
            return
        waiting = slot_titles(self.register, self.progress, stage) or "（无人可签）"
        if self.progress.state is State.APPROVED:
            why = lapsed(self.register, self.progress, stage, self.me, self.day)
            raise Refused(
                f"{self.me.name}不能同意这份记录的变更：由{waiting}同意{_because(why)}",
                f"请由{waiting}执行 jzy approve {self.record.id}",
            )
        for other in self.progress.stages:
            signed = [entry for entry, _ in self.progress.filled.get(other.key, ())]
            if any(self.me.id in actors(entry) for entry in signed):
                raise Refused(
                    f"{self.me.name}已签批“{other.title}”环节，不必再签", f"现在等待{waiting}签批"
                )
        later = self.progress.stages[self.progress.stages.index(stage) + 1 :]
        for other in later:
            if self._may(other):
                raise Refused(
                    f"还没有轮到您：您签批“{other.title}”，现在是“{stage.title}”",
                    f"请等待{waiting}签批",
                )
        why = lapsed(self.register, self.progress, stage, self.me, self.day)
        raise Refused(
            f"{self.me.name}不能签批“{stage.title}”环节：该环节由{waiting}签批{_because(why)}",
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

    def _entry(
        self,
        stage: str,
        decision: str,
        opinion: str | None,
        digest: str,
        behalf: Person | None = None,
    ) -> dict[str, Any]:
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
        if behalf is not None:
            entry["on_behalf_of"] = behalf.id
        entry["at"] = stamp(self.moment, self.register.time_zone)
        if said:
            entry["opinion"] = said
        entry["digest"] = digest
        if entries:
            entry["prev"] = entry_digest(entries[-1])
        return entry


def signers(progress: Progress) -> list[str]:
    """The ids of those who agreed in the current round, and of those on whose behalf."""
    entries = [progress.entries[position] for position in progress.counted]
    return list(dict.fromkeys(who for entry in entries for who in sorted(actors(entry))))


def _because(why: str) -> str:
    return f"（{why}）" if why else ""
