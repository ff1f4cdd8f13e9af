"""Whether an approval still stands after the record changed, by the workflow's change policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from jzy.model.expression import BadExpression, holds
from jzy.model.progress import Progress, State
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import Workflow

CHANGED = "changed"
"""The word for the state of a record whose approval does not cover it any more."""


class Policy(StrEnum):
    """What a change of a property means after approval."""

    REAPPROVE = "reapprove"
    CONSENT = "consent"
    NOTIFY = "notify"


POLICY_TITLES: Mapping[Policy, str] = {
    Policy.REAPPROVE: "须重新审批",
    Policy.CONSENT: "须经同意",
    Policy.NOTIFY: "告知即可",
}


class Need(StrEnum):
    """What has to happen before the sign-offs cover the record again."""

    NOTHING = "nothing"
    CONSENT = "consent"
    REAPPROVE = "reapprove"


class Standing(NamedTuple):
    """Whether the sign-offs of the current round still cover what the record says."""

    need: Need = Need.NOTHING
    changed: tuple[tuple[str, Policy], ...] = ()
    """The top-level properties that differ from the version last agreed to, each with its
    policy; empty where that version is not at hand."""
    why: str = ""
    """Why more is needed than the properties' policies say, one Chinese sentence."""

    @property
    def holds(self) -> bool:
        """Whether the sign-offs still stand."""
        return self.need is Need.NOTHING


def standing(register: Register, progress: Progress) -> Standing:
    """Whether the sign-offs of a record in review or approved still stand.

    While a record is in review every change asks for a new submission, because the signatures of
    a round speak of one text. What was approved may change as the workflow says, compared with
    the version last approved or consented to. ``sign_offs`` and ``follow_up`` never count.

    Args:
        register: holding the version that was agreed to, see :meth:`Register.with_earlier`.
        progress: from the replay of the record.
    """
    record = progress.record
    if progress.state not in (State.APPROVED, State.IN_REVIEW) or progress.digest == record.digest:
        return Standing()
    before = register.version(record.id, progress.digest)
    if before is None:
        return Standing(Need.REAPPROVE, why="批准时的版本无法取得，不能确认内容是否有改动")
    return compare(progress, before, record)


def compare(progress: Progress, before: Record, after: Record) -> Standing:
    """What has to happen after a change from the version last agreed to.

    Args:
        progress: where the chain stood before the change.
        before: the version last agreed to.
        after: the changed one.
    """
    workflow = progress.workflow
    changed = changed_fields(workflow, before, after)
    if not changed:
        return Standing()
    if workflow is None:
        return Standing(Need.REAPPROVE, changed, "批准所依据的流程版本无法取得")
    if progress.state is State.IN_REVIEW:
        return Standing(Need.REAPPROVE, changed)
    policies = {policy for _, policy in changed}
    if Policy.REAPPROVE in policies:
        return Standing(Need.REAPPROVE, changed)
    if Policy.CONSENT not in policies:
        return Standing(Need.NOTHING, changed)
    why = _another_chain(progress, workflow, after)
    return Standing(Need.REAPPROVE if why else Need.CONSENT, changed, why)


def changed_fields(
    workflow: Workflow | None, before: Record, after: Record
) -> tuple[tuple[str, Policy], ...]:
    """The top-level properties of the signed part that differ, with the policy of each.

    Args:
        workflow: whose policy counts; without one everything asks for approval again.
        before: one version.
        after: another version of the same record.
    """
    old, new = before.signed, after.signed
    changes = workflow.changes if workflow else {}
    return tuple(
        (name, _policy(changes, name))
        for name in dict.fromkeys([*old, *new])
        if _text(old, name) != _text(new, name)
    )


def shown_state(register: Register, progress: Progress) -> str:
    """The state of a record by its key, and :data:`CHANGED` where the approval does not cover it
    any more: what figures and lists go by."""
    if progress.state is State.APPROVED and not standing(register, progress).holds:
        return CHANGED
    return progress.state.value


def _text(data: Mapping[str, Any], name: str) -> str:
    # As text, because to Python 1 and true are equal, and to a digest they are not.
    return json.dumps(data[name], sort_keys=True) if name in data else ""


def _policy(changes: Mapping[str, Any], name: str) -> Policy:
    # The strictest line that names a property counts.
    named = next((policy for policy in Policy if name in changes.get(policy.value, ())), None)
    return named or Policy(changes.get("otherwise", Policy.REAPPROVE.value))


def _another_chain(progress: Progress, workflow: Workflow, after: Record) -> str:
    """Why the changed record would have had to go another way than the approved one went.

    Consent is given at one stage, which cannot speak for another that was never asked.
    """
    try:
        if not holds(workflow.condition, after.signed):
            return f"改动之后不再适用“{workflow.title}”"
        passed = {stage.key for stage in progress.stages}
        more = [s.title for s in workflow.stages_for(after) if s.key not in passed]
    except BadExpression:
        return "改动之后流程的条件无法求值"
    return f"改动之后还须经“{'”“'.join(more)}”环节" if more else ""
