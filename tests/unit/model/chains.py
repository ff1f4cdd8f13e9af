"""A paper and its chain, for the tests of everything that signs, delegates or changes.

All people, units and records here are made up for the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jzy.model.chain import Progress, State, replay
from jzy.model.digest import entry_digest
from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import Register

KINDS = Kinds(
    {
        name: Kind(name, {"x-jzy-name": "name"})
        for name in ("person", "unit", "workflow", "paper", "delegation")
    }
)
POSTS: dict[str, list[tuple[str, str | None]]] = {
    "clerk": [],
    "head-a": [("head", "unit-a")],
    "head-b": [("head", "unit-b")],
    "head-bc": [("head", "unit-b"), ("head", "unit-c")],
    "head-c": [("head", "unit-c")],
    "leader": [("leader", "unit-a"), ("leader", "unit-b")],
    "president": [("president", None)],
    "stranger": [],
}
STAGES: list[dict[str, Any]] = [
    {"key": "host", "title": "主办", "signers": [{"post": "head", "unit_of": "host"}]},
    {
        "key": "partners",
        "title": "协办",
        "signers": [{"post": "head", "unit_of": "partners"}],
        "require": "all",
        "condition": "partners",
    },
    {"key": "told", "title": "知悉", "action": "note",
     "signers": [{"post": "leader", "unit": "unit-a"}, {"post": "president"}]},
    {"key": "top", "title": "主要领导", "signers": [{"post": "president"}], "condition": "count > `500`"},
]  # fmt: skip
PAPER = {"title": "公开课", "host": "unit-a", "partners": ["unit-b", "unit-c"], "count": 600}


def rewritten(record: Record, data: dict[str, Any], record_id: str = "") -> Record:
    """A record with other data, and perhaps another id."""
    return Record(record.kind, record_id or record.id, record.path, data, record.text)


def record(kind: str, record_id: str, **data: Any) -> Record:
    return Record(kind, record_id, f"records/{kind}/{record_id}.yaml", data, "")


def person(name: str) -> Record:
    posts = [
        {"post": post, "from": "2020-01-01", **({"unit": unit} if unit else {})}
        for post, unit in POSTS[name]
    ]
    unit = "unit-z" if name == "stranger" else "unit-a"
    return record("person", f"person-{name}", name=name, unit=unit, posts=posts)


def workflow(**more: Any) -> Record:
    data: dict[str, Any] = {
        "title": "审批流程",
        "applies_to": {"kinds": ["paper"]},
        "submitters": [{"unit_of": "host"}],
        "stages": STAGES,
    }
    return record("workflow", "workflow-paper", **{**data, **more})


@dataclass(frozen=True)
class Chain:
    """A paper, the register around it, and ways to sign it, rightly or wrongly."""

    register: Register
    paper: Record

    @classmethod
    def new(cls, flow: Record | None = None, **paper: Any) -> Chain:
        people = [person(name) for name in POSTS]
        units = [record("unit", f"unit-{u}", name=u) for u in "abcz"]
        mine = record("paper", "paper-x", **{**PAPER, **paper})
        return cls(Register(KINDS, [*people, *units, flow or workflow(), mine]), mine)

    @property
    def entries(self) -> list[dict[str, Any]]:
        return self.paper.sign_offs

    def with_entries(self, entries: list[dict[str, Any]]) -> Chain:
        paper = rewritten(self.paper, {**self.paper.data, "sign_offs": entries})
        return Chain(self.register.with_record(paper), paper)

    def add(self, who: str, stage: str, decision: str = "approve", /, **more: Any) -> Chain:
        """One entry more, linked and dated as jzy would; ``more`` spoils it."""
        count = len(self.entries)
        progress = self.replay()
        entry: dict[str, Any] = {
            "stage": stage,
            "decision": decision,
            "by": f"person-{who}",
            "at": f"2021-03-{count + 1:02}T09:00:00+08:00",
            "digest": progress.digest,
        }
        if count:
            entry["prev"] = entry_digest(self.entries[-1])
        if decision == "submit":
            flow = self.register.get("workflow-paper")
            assert flow is not None
            entry |= {"digest": self.paper.digest, "workflow": flow.id, "workflow_digest": flow.digest}  # fmt: skip
        entry = {name: value for name, value in (entry | more).items() if value is not None}
        return self.with_entries([*self.entries, entry])

    def delegated(self, giver: str, to: str, **more: Any) -> Chain:
        """A delegation of the post of head of unit a, over the whole of March; ``more`` changes it."""
        count = len(self.register.of("delegation"))
        data: dict[str, Any] = {
            "from_person": f"person-{giver}",
            "to_person": f"person-{to}",
            "post": "head",
            "unit": "unit-a",
            "from": "2021-03-01",
            "until": "2021-03-31",
        }
        whole = {name: value for name, value in (data | more).items() if value is not None}
        made = record("delegation", f"dlg-{count}", **whole)
        return Chain(self.register.with_record(made), self.paper)

    def edited(self, **changes: Any) -> Chain:
        """The paper with other content; history still holds what it was. ``None`` takes out."""
        data = {**self.paper.data, **changes}
        paper = rewritten(self.paper, {k: v for k, v in data.items() if v is not None})
        known = {(self.paper.id, self.paper.digest): self.paper}
        return Chain(self.register.with_record(paper).with_earlier(known), paper)

    def consent(self, who: str = "president", stage: str = "top", /, **more: Any) -> Chain:
        return self.add(who, stage, "consent", **{"digest": self.paper.digest, **more})

    def submit(self, who: str = "clerk", /, **more: Any) -> Chain:
        return self.add(who, "submission", "submit", **more)

    def replay(self) -> Progress:
        return replay(self.register, self.paper)

    @property
    def state(self) -> State:
        """The state of a chain that holds throughout."""
        progress = self.replay()
        assert progress.breaches == []
        return progress.state

    @property
    def current(self) -> str | None:
        progress = self.replay()
        assert progress.breaches == []
        return progress.current.key if progress.current else None

    @property
    def breach(self) -> tuple[str, str]:
        """Code and property of the one breach, which is the last entry's."""
        (breach,) = self.replay().breaches
        assert breach.entry == len(self.entries) - 1
        assert breach.message
        assert breach.advice
        return breach.code, breach.key


def whole() -> Chain:
    chain = Chain.new().submit().add("head-a", "host").add("head-b", "partners")
    return chain.add("head-c", "partners").add("leader", "told", "note").add("president", "top")


def plain(**flow: Any) -> Chain:
    """A paper of one unit and few people: two stages only."""
    return Chain.new(workflow(**flow) if flow else None, partners=[], count=10)
