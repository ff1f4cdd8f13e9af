"""Whatever people do, in any order and with any values: no record becomes invalid, and no state
comes about that cannot be.

The commands run in this process, on files that no git keeps, by the same use cases as on the
command line. Each step is a command that was taken or refused with a reason; a refused one has
changed nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from jzy.model.chain import State, replay
from jzy.model.errors import JzyError, WrongEnvironment
from jzy.model.indicators import view
from jzy.model.moves import moves_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import standing
from jzy.office import create, move
from jzy.office.context import Office
from jzy.office.signer import Signer
from jzy.office.validate import validate
from jzy.store.editing import append_sign_off
from jzy.store.places import search_path
from jzy.store.schemas import load_kinds

REGISTERS = {
    "institution": """\
name: 示例学院
committee_name: 示例学院委员会
competent_unit: unit-xuanchuanbu
posts:
  - {key: head, title: 负责人}
  - {key: principal_leader, title: 主要领导}
registrars: [person-jia]
""",
    "units/unit-xueyuan": "title: 示例学院\nlevel: 1\nresponsible: person-jia\n",
    "units/unit-xi": "title: 示例系\nlevel: 2\nparent: unit-xueyuan\nresponsible: person-yi\n",
    "units/unit-xuanchuanbu": "title: 宣传部\nlevel: 2\nparent: unit-xueyuan\nresponsible: person-bing\n",
    "people/person-jia": """\
name: 示例甲
unit: unit-xueyuan
posts:
  - {post: principal_leader, from: 2020-01-01}
""",
    "people/person-yi": """\
name: 示例乙
unit: unit-xi
posts:
  - {post: head, unit: unit-xi, from: 2020-01-01}
""",
    "people/person-bing": """\
name: 示例丙
unit: unit-xuanchuanbu
posts:
  - {post: head, unit: unit-xuanchuanbu, from: 2020-01-01}
""",
    "people/person-ding": "name: 示例丁\nunit: unit-xi\n",
    "workflows/workflow-event": """\
title: 活动审批流程
applies_to:
  kinds: [event]
submitters:
  - unit_of: host
stages:
  - key: head
    title: 主办部门负责人
    signers:
      - {post: head, unit_of: host}
  - key: leader
    title: 主要领导
    signers:
      - {post: principal_leader}
changes:
  reapprove: [title, host]
  consent: [starts, ends]
  otherwise: notify
""",
}
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2021, 12, 31, 17, 0, tzinfo=ZONE)
KINDS = load_kinds(search_path(None, "schemas"))
PEOPLE = ["person-jia", "person-yi", "person-bing", "person-ding"]
DAYS = ["2021-01-08", "2021-03-18", "2021-03-19", "2021-06-01", "2021-12-31", "2022-01-01"]
MOMENTS = [f"{day}T{hour}:00:00+08:00" for day in DAYS for hour in ("09", "14")]
SHEET = {"name": "签到表.pdf", "type": "签到表", "sha256": "a" * 64}


class Scratch(Office):
    """An office whose files no git keeps; it remembers earlier versions as history would."""

    versions: dict[tuple[str, str], Record]
    order: list[str]
    """Ids in the order in which records were made: the ids themselves are drawn by lot."""

    def records(self, kind: str) -> list[Record]:
        return [
            record
            for i in self.order
            for record in [self.register.get(i)]
            if record and record.kind == kind
        ]

    @property
    def repository(self) -> Any:  # type: ignore[override]
        raise WrongEnvironment("这里没有 git")

    @property
    def kinds(self) -> Any:  # type: ignore[override]
        return KINDS

    def now(self) -> datetime:
        return NOW

    def earlier(
        self,
        register: Register,  # noqa: ARG002 - as its parent has it
        wanted: set[tuple[str, str]],
    ) -> dict[tuple[str, str], Record]:
        return {pair: self.versions[pair] for pair in wanted if pair in self.versions}

    @classmethod
    def new(cls, root: Path) -> Scratch:
        for name, text in REGISTERS.items():
            path = root / "records" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        office = cls(root)
        office.versions, office.order = {}, []
        return office


def values(office: Scratch, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what a property may hold, now and then what it may not."""
    wanted, form = schema.get("type"), schema.get("format")
    reference = schema.get("x-jzy-ref")
    if reference:
        ids = [record.id for record in office.records(str(reference))]
        people = PEOPLE if reference == "person" else ["unit-xuanchuanbu", "person-yi"]
        found: st.SearchStrategy[Any] = st.sampled_from([*ids * 4, *people, "grp-meiyou"])
    elif form in ("date", "date-time"):
        found = st.sampled_from(DAYS if form == "date" else MOMENTS)
    elif "enum" in schema:
        found = st.sampled_from(schema["enum"])
    elif wanted == "integer":
        found = st.integers(-1, 30)
    elif wanted == "array":
        found = st.sampled_from([[], [SHEET], [SHEET], [SHEET]])
    elif wanted == "object":
        inside = {name: values(office, s) for name, s in schema.get("properties", {}).items()}
        needed = {name: inside.pop(name) for name in schema.get("required", ())}
        found = st.fixed_dictionaries(needed, optional=inside)
    else:
        found = st.sampled_from(["主讲人出差", "场地维修"])
    if wanted in ("array", "object"):
        return found
    return st.integers(0, 15).flatmap(lambda lot: found if lot else st.just("?"))


class Life(RuleBasedStateMachine):
    """An office at work."""

    kinds = ("event", "group", "finding", "measure")
    most = 4
    """Records of a kind."""
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.office = Scratch.new(Path(self.folder.name))

    def teardown(self) -> None:
        self.folder.cleanup()

    # --- how a step is made --------------------------------------------------------------------

    def texts(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.office.root.rglob("*.yaml")}

    def act(self, do: Callable[[], object]) -> bool:
        """Whether a command was taken; a refused one says why and has changed nothing."""
        type(self).steps += 1
        before = self.texts()
        try:
            do()
        except JzyError as error:
            assert error.what, "a refusal without a reason"
            assert error.exit_code in (1, 2)
            assert self.texts() == before
            return False
        self.office.forget()
        for record in self.office.register:
            self.office.versions[record.id, record.digest] = record
        return True

    def of(self, *kinds: str) -> list[Record]:
        return [record for kind in kinds for record in self.office.records(kind)]

    def create(self, kind: str, data: dict[str, Any], slug: str | None = None) -> bool:
        def do() -> None:
            made = create.draft(self.office, KINDS[kind], data, slug=slug)
            create.write(self.office, made, commit=False)
            self.office.order.append(made.id)

        return self.act(do)

    def sign(self, record: Record, who: str, decision: str) -> bool:
        def do() -> None:
            register = self.office.register
            progress = replay(register, record)
            signer = Signer(register, record, progress, register.people[who], NOW)
            if decision == "submit":
                entry = signer.submission(None)
            elif decision == "withdraw":
                entry = signer.withdrawal(None)
            else:
                entry = signer.decision(decision, "意见。", None, None)[0]
            text = append_sign_off(KINDS[record.kind], record.text, entry)
            (self.office.root / record.path).write_text(text, "utf-8")

        return self.act(do)

    # --- what people do ------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for day in DAYS[1:3]:
            self.new_event(day)
        for _ in range(2):
            self.new_group(DAYS[0])
        self.new_problem()
        for record in self.of("event"):
            self.approve(record)

    @precondition(lambda self: len(self.of("event")) < self.most)
    @rule(day=st.sampled_from(DAYS[:4]))
    def new_event(self, day: str) -> None:
        times = {"starts": f"{day}T14:00:00+08:00", "ends": f"{day}T16:00:00+08:00"}
        data = {"title": "公开课", "event_type": "讲座", "host": "unit-xi", "venue": "报告厅"}
        assert self.create("event", {**data, **times})

    @precondition(lambda self: len(self.of("group")) < self.most)
    @rule(day=st.sampled_from(DAYS[:4]))
    def new_group(self, day: str) -> None:
        data = {
            "name": "工作群", "platform": "微信", "category": "内部工作", "unit": "unit-xi",
            "responsible": "person-yi", "created_on": day,
        }  # fmt: skip
        assert self.create("group", data)

    @precondition(lambda self: len(self.of("measure")) < self.most)
    @rule()
    def new_problem(self) -> None:
        assert self.create(
            "finding",
            {"problem": "材料不齐。", "source": "自查", "found_on": DAYS[0], "unit": "unit-xi"},
        )
        findings = [self.of("finding")[-1].id]
        data = {"measure": "补齐材料。", "set_on": DAYS[0], "unit": "unit-xi", "due": DAYS[4]}
        assert self.create("measure", {**data, "findings": findings, "owner": "person-ding"})

    def approve(self, record: Record) -> None:
        """Whatever it still takes until a record is approved."""
        self.sign(record, "person-ding", "submit")
        for who in ("person-yi", "person-jia"):
            self.sign(self.office.record(record.id), who, "approve")

    @rule(data=st.data())
    def sign_an_event(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(self.of("event")))
        decisions = ["whole", "whole", "approve", "submit", "return", "withdraw", "reject"]
        decision = data.draw(st.sampled_from(decisions))
        if decision == "whole":
            self.approve(record)
        else:
            self.sign(record, data.draw(st.sampled_from(PEOPLE)), decision)

    @rule(data=st.data())
    def move_an_event(self, data: st.DataObject) -> None:
        self.make_moves(data, "event")

    @rule(data=st.data())
    def move_a_group(self, data: st.DataObject) -> None:
        self.make_moves(data, "group")

    @rule(data=st.data())
    def move_a_problem(self, data: st.DataObject) -> None:
        self.make_moves(data, "finding", "measure", "measure")

    def make_moves(self, data: st.DataObject, *kinds: str) -> None:
        """A few moves in a row with one record, so that lives go far."""
        record = data.draw(st.sampled_from(self.of(*kinds)))
        for _ in range(data.draw(st.integers(1, 5))):
            self.make_a_move(data, self.office.record(record.id))

    def make_a_move(self, data: st.DataObject, record: Record) -> None:
        kind = KINDS[record.kind]
        # Mostly what fits, as far as one can tell, and now and then anything.
        fitting = [each for each in moves_of(kind) if not move.fits(self.office, record, each)]
        made = data.draw(st.sampled_from([*fitting * 4, *moves_of(kind)]))
        inside = (kind.property_schema(made.place) or {})["properties"]
        more = [name for name in made.names if name not in made.needs]
        chosen = data.draw(st.lists(st.sampled_from(more), unique=True)) if more else []
        given = {
            name: data.draw(values(self.office, inside[name])) for name in (*made.needs, *chosen)
        }
        day = data.draw(st.sampled_from([*[None] * 12, *DAYS]))
        register = self.office.register

        def do() -> None:
            planned = move.plan(self.office, record, made, given, day=day)
            move.carry_out(self.office, planned, commit=False)

        if self.act(do):
            self.judge_move(register, record, made.name)

    def judge_move(self, before: Register, record: Record, name: str) -> None:
        """What must have been so before a move that was taken."""
        follow_up = record.data.get("follow_up", {})
        now = self.office.record(record.id).data["follow_up"]
        if record.kind == "event" and name == "hold":
            progress = replay(before, record)
            assert progress.state is State.APPROVED
            assert standing(before, progress).holds
        if record.kind == "event" and name in ("close", "archive", "file"):
            assert {"close": "outcome", "archive": "closure", "file": "filing"}[name] in follow_up
        if record.kind == "group":
            assert "closing" not in follow_up
        if name == "merge":
            target = before.get(now["closing"]["merged_into"])
            assert target is not None
            assert target.id != record.id
            assert view(before, target)["_active"]
        if name == "close" and record.kind in ("finding", "measure"):
            assert now["checked_by"] != "person-ding"
            assert follow_up.get("status") != "已销号"

    @precondition(lambda self: self.of(*self.kinds))
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(self.of(*self.kinds)))
        kind = KINDS[record.kind]
        inside = (kind.property_schema(("follow_up",)) or {})["properties"]
        places = [("follow_up", name) for name in inside]
        places += [(name,) for name in ("starts", "ends", "title") if name in kind.properties]
        place = data.draw(st.sampled_from(places))
        value = data.draw(values(self.office, dict(kind.property_schema(place) or {})))

        def do() -> None:
            text = create.edited(self.office, record, [(place, value)])
            create.save(self.office, record, text, commit=False)

        self.act(do)

    # --- what must always be -------------------------------------------------------------------

    @invariant()
    def every_record_is_sound(self) -> None:
        assert self.office.left_out == []

    @invariant()
    def no_impossible_state(self) -> None:
        for record in self.of("event"):
            done = record.data.get("follow_up", {})
            assert not {"outcome", "cancellation"} <= set(done)
            assert "closure" not in done or "outcome" in done
        for record in self.of("group"):
            closing = record.data.get("follow_up", {}).get("closing", {})
            assert ("merged_into" in closing) == (closing.get("outcome") == "merged")

    @invariant()
    def every_life_can_be_told(self) -> None:
        for record in self.of(*self.kinds):
            told = {each.life.key for each in moves_of(KINDS[record.kind]) if each.life}
            assert view(self.office.register, record)["_life"] in {None, *told}


class Groups(Life):
    """Groups come and go by commands alone, and are counted now and then."""

    kinds = ("group",)
    most = 12
    new_event = new_problem = sign_an_event = edit = None  # type: ignore[assignment]
    move_an_event = move_a_problem = None  # type: ignore[assignment]

    def begin(self) -> None:
        assert self.create("census", {"title": "统计筛查", "on": DAYS[0]})

    @precondition(lambda self: self.of("group"))
    @rule(data=st.data())
    def move_a_group(self, data: st.DataObject) -> None:
        self.make_moves(data, "group")

    @rule(day=st.sampled_from(DAYS[:5]))
    def count(self, day: str) -> None:
        assert self.create("census", {"title": "统计筛查", "on": day})
        codes = {finding.code for finding in validate(self.office)}
        assert "JZY456" not in codes  # opening + added - merged - dissolved = closing

    @invariant()
    def censuses_add_up(self) -> None:
        for record in self.of("census"):
            said = record.data
            gone = said["merged"] + said["dissolved"]
            assert said["opening"] + said["added"] - gone == said["closing"]


PACE = settings(
    max_examples=32,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
TestLife.settings = PACE
TestGroups = Groups.TestCase
TestGroups.settings = settings(PACE, max_examples=20)
