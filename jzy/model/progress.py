"""Where a record stands in its chain: the states, and what a replay of ``sign_offs`` found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from jzy.model.record import Record
from jzy.model.workflow import Slot, Stage, Workflow


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


class Breach(NamedTuple):
    """One entry of ``sign_offs`` that does not hold."""

    entry: int
    """Its position, from 0."""
    code: str
    message: str
    advice: str
    key: str = ""
    """The property of the entry that is meant; empty for the entry as a whole."""


class Progress:
    """The result of a replay.

    Args:
        record: whose.
        entries: its sign-offs.
    """

    def __init__(self, record: Record, entries: list[dict[str, Any]]) -> None:
        self.record = record
        self.entries = entries
        self.state = State.DRAFT
        self.workflow: Workflow | None = None
        """The workflow of the current round, as it stood at submission."""
        self.judged: Record | None = None
        """The version of the record that was last agreed to in the current round, by its
        submission or by consent to a change; today's where that version is not at hand; ``None``
        before the first submission."""
        self.stages: list[Stage] = []
        """The stages that apply in the current round."""
        self.filled: dict[str, list[tuple[dict[str, Any], list[Slot]]]] = {}
        """By stage key: the entries that count, with the slots that each fills."""
        self.counted: list[int] = []
        """The positions of the entries that agree and count in the current round: approvals, notes
        and consents."""
        self.submitter = ""
        self.digest = ""
        """The digest of the version that was last agreed to in the current round."""
        self.completed: dict[str, Any] | None = None
        """The entry that completed the chain of the current round."""
        self.breaches: list[Breach] = []

    @property
    def current(self) -> Stage | None:
        """The stage whose turn it is, ``None`` unless in review."""
        if self.state is not State.IN_REVIEW:
            return None
        return next((stage for stage in self.stages if not self.is_done(stage)), None)

    @property
    def consenting(self) -> Stage | None:
        """The stage whose signers may consent to a change after approval: the one that the
        workflow names if it was among those of this round, else the last that approves.

        ``None`` unless approved.
        """
        if self.state is not State.APPROVED:
            return None
        approving = [stage for stage in self.stages if not stage.note]
        named = self.workflow.changes.get("by") if self.workflow else None
        return next((s for s in approving if s.key == named), (approving or self.stages)[-1])

    def open_slots(self, stage: Stage) -> list[Slot]:
        """The signatures that a stage still waits for."""
        if self.judged is None:
            return []
        done = {slot for _, slots in self.filled.get(stage.key, ()) for slot in slots}
        if done and not stage.require_all:
            return []
        return [slot for slot in stage.slots(self.judged) if slot not in done]

    def wanted_slots(self, stage: Stage) -> list[Slot]:
        """Who may act for a stage now: for its open signatures, or, after approval, for any of
        its signatures, because each of those who may approve may consent to a change."""
        if self.state is State.APPROVED and self.judged is not None:
            return stage.slots(self.judged)
        return self.open_slots(stage)

    def is_done(self, stage: Stage) -> bool:
        """Whether a stage has all the signatures that it asks for."""
        filled = self.filled.get(stage.key)
        if not filled:
            return False
        return (not stage.require_all and bool(filled[0][1])) or not self.open_slots(stage)

    @property
    def previous_signers(self) -> set[str]:
        """Who signed the stage before the current one in this round, or had it signed for them."""
        done = [stage for stage in self.stages if self.is_done(stage)]
        if not done:
            return set()
        return {who for entry, _ in self.filled[done[-1].key] for who in actors(entry)}


def actors(entry: Mapping[str, Any]) -> set[str]:
    """The ids of those who act in an entry: who signs, and on whose behalf."""
    return {str(entry[name]) for name in ("by", "on_behalf_of") if entry.get(name)}
