"""What was found out before is never told where it would be found otherwise today."""

from __future__ import annotations

import inspect
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from jzy.model.owing import DutyState
from jzy.model.register import Register
from jzy.model.watched import Watched
from jzy.office import memory
from jzy.office.context import Office
from jzy.office.find import Filter, listed
from jzy.office.outcomes import outcomes_of
from jzy.office.rows import waiting
from jzy.office.validate import validate
from jzy.store import index as indexing
from jzy.store.index import Index

SAMPLE = Path(__file__).parents[3]
SETTLED = 20_000_000
"""See tests/unit/store/test_index.py."""
FEW = 2
"""Records of a kind that is no register."""
VALUES = (
    "unit-xinxixi", "unit-nowhere", "person-jia", "person-chen", "2020-01-01", "2021-04-17",
    "2021-05-20T14:30:00+08:00", "2021-Q1", "true", "0", "3", "", "[]", "13912345678", "approve",
    "党委宣传部", "sign_offs[0]", "_state == 'approved'",
)  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(indexing, "SETTLED", SETTLED)
    monkeypatch.setattr(indexing, "_WORTH", 0)
    monkeypatch.setattr(memory, "_WORTH", 0.0)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def small(root: Path) -> None:
    """The registers of the sample, and a few records of each other kind."""
    for folder in sorted((SAMPLE / "records").iterdir()):
        into = root / "records" / folder.name
        if folder.is_file():
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder, into)
        elif not folder.name.startswith("."):
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            work = len(files) > 30 or any(path.parent != folder for path in files)
            for path in files[:FEW] if work else files:
                place = root / path.relative_to(SAMPLE)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)


def git(root: Path, *args: str) -> None:
    done = ("git", "-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false", *args)
    subprocess.run(done, cwd=root, check=False, capture_output=True)


def told(root: Path, day: date, *, fresh: bool) -> Any:
    """All that the index has a part in."""

    def office() -> Office:
        found = Office(root)
        found.__dict__["day"] = day
        return found

    anew = office()
    anew.__dict__["index"] = Index(None, "")

    ways: list[Callable[[Office], Any]] = [
        lambda office: [(each.row, each.record.path) for each in listed(office, Filter())[0]],
        validate,
        lambda office: [record.path for record in waiting(office)],
        lambda office: [outcome_text(each) for each in outcomes_of(office, office.day)],
        lambda office: [numbers(each) for each in outcomes_of(office, office.day, settled=fresh)],
        lambda office: (len(office.register), office.left_out),
    ]
    return [way(anew if fresh else office()) for way in ways]


def numbers(outcome: Any) -> Any:
    """How many instances are in each state, be they told or not, and all of what is not settled."""
    counted = Counter(outcome.untold)
    counted.update(each.state for each in outcome.instances)
    open_ones = [
        each for each in outcome.instances if each.state in (DutyState.MISSED, DutyState.DUE)
    ]
    return counted, [(each.state, each.due, each.unit) for each in open_ones]


def outcome_text(outcome: Any) -> Any:
    return (
        [
            (
                each.state, each.period, each.due, each.needed, [r.path for r in each.records],
                each.unit, each.subject and each.subject.path, each.done,
            )
            for each in outcome.instances
        ],
        [(each.at, each.why, each.record and each.record.path) for each in outcome.faults],
    )  # fmt: skip


class Hunt(RuleBasedStateMachine):
    """Whatever happens to records, days, templates and history: remembered = found anew."""

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.root = GROUND[0] / "hunt"
        shutil.rmtree(self.root, ignore_errors=True)
        small(self.root)
        git(self.root, "init", "-q", "-b", "main")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "x")
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        self.day = date(2021, 4, 16)
        time.sleep(SETTLED * 1.5 / 1e9)
        self.check()

    def check(self) -> None:
        assert told(self.root, self.day, fresh=False) == told(self.root, self.day, fresh=True)

    def some_path(self) -> Path:
        return self.chance.choice(
            sorted(p for p in (self.root / "records").rglob("*") if p.is_file())
        )

    @rule(times=st.integers(1, 3), value=st.sampled_from(VALUES), settle=st.booleans())
    def edit(self, times: int, value: str, settle: bool) -> None:
        for _ in range(times):
            path = self.some_path()
            lines = path.read_text("utf-8").split("\n")
            places = [i for i, line in enumerate(lines) if ": " in line] or [0]
            place = self.chance.choice(places)
            key = lines[place].partition(": ")[0]
            lines[place] = f"{key}: {value}"
            path.write_text("\n".join(lines), "utf-8")
        if settle:
            time.sleep(SETTLED * 1.5 / 1e9)
        self.check()

    @rule()
    def remove(self) -> None:
        self.some_path().unlink()
        self.check()

    @rule()
    def copy(self) -> None:
        """Under an id that others may be waiting for, or in the folder of another year."""
        path = self.some_path()
        near = path.parent.parent / "2019" if path.parent.name.isdigit() else path.parent
        near.mkdir(exist_ok=True)
        name = self.chance.choice([path.name, f"{path.stem[:-1]}b{path.suffix}"])
        (near / name).write_bytes(path.read_bytes())
        self.check()

    @rule(days=st.sampled_from([-400, -1, 1, 30, 400]))
    def another_day(self, days: int) -> None:
        self.day = date.fromordinal(self.day.toordinal() + days)
        self.check()

    @rule()
    def commit(self) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "x")
        self.check()

    @rule(back=st.integers(0, 2))
    def checkout(self, back: int) -> None:
        git(self.root, "checkout", "-q", "-f", f"main~{back}")
        self.check()

    @rule()
    def another_history(self) -> None:
        """The same files, and a history that never had what was there before."""
        git(self.root, "checkout", "-q", "--orphan", f"o{self.chance.random()}")
        git(self.root, "commit", "-q", "-a", "-m", "x")
        git(self.root, "branch", "-q", "-f", "main")
        self.check()

    @rule(there=st.booleans())
    def template(self, there: bool) -> None:
        path = self.root / "templates" / "report-selfcheck.md.j2"
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", "utf-8") if there else path.unlink(missing_ok=True)
        self.check()

    @rule(seldom=st.booleans())
    def write_seldom(self, seldom: bool) -> None:
        """Go on from an index that was written some changes ago."""
        memory._WORTH = 1e9 if seldom else 0.0
        indexing._WORTH = 10**9 if seldom else 0

    @rule(cut=st.sampled_from([b"", b"x"]))
    def damage(self, cut: bytes) -> None:
        path = self.root / ".git/jzy" / indexing.NAME
        if path.exists():
            whole = bytearray(path.read_bytes())
            whole[self.chance.randrange(len(whole))] ^= 1
            path.write_bytes(bytes(whole) + cut)
        self.check()


GROUND: list[Path] = []


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[None]:
    GROUND.append(tmp_path)
    yield
    GROUND.clear()


@pytest.mark.usefixtures("ground")
def test_what_is_remembered_is_what_would_be_found_out_anew() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Hunt,
        settings=settings(
            max_examples=6,
            stateful_step_count=10,
            deadline=None,
            phases=[Phase.generate],  # to shrink would take longer than to understand
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_question_to_a_register_is_noted() -> None:
    """A register that learns to answer something more must be taught to note it as well."""
    through = {"name", "short_name", "unit_of", "on"}  # ask only what is noted; makes a register
    asked = {name for name, _ in inspect.getmembers(Register) if not name.startswith("_")}
    dunder = {"__iter__", "__len__", "__contains__"}
    assert asked - through | dunder <= set(vars(Watched))


DUTIES = {
    "duty-by-record": """\
title: 每份都要
kind: event
property: follow_up.nothing
after: starts
deadline:
  amount: 5
  unit: working_days
from: 2020-01-01
synthetic: true
""",
    "duty-by-period": """\
title: 每学期一次
kind: training
date: from
every: semester
at_least: 1
from: 2020-01-01
synthetic: true
""",
}


def test_each_thing_that_an_answer_about_a_duty_rests_on_can_change(tmp_path: Path) -> None:
    """What the hunt meets by chance only: two records that speak of the same days, of which the
    second finds all worked out; a workflow of which history no longer holds what was approved by."""
    root = tmp_path / "college"
    small(root)
    for name, text in DUTIES.items():
        (root / f"records/duties/{name}.yaml").write_text(text, "utf-8")
    for folder in ("events", "trainings"):
        for path in sorted((root / "records" / folder).glob("*/*.yaml")):
            shutil.copy(path, path.with_name(f"{path.stem[:-1]}q.yaml"))
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    day = date(2020, 3, 1)
    time.sleep(SETTLED * 1.5 / 1e9)
    before = told(root, day, fresh=True)
    assert told(root, day, fresh=False) == before

    def replaced(path: str, old: str, new: str) -> None:
        text = (root / "records" / path).read_text("utf-8")
        assert old in text
        (root / "records" / path).write_text(text.replace(old, new, 1), "utf-8")

    def without_its_history() -> None:
        git(root, "checkout", "-q", "--orphan", "other")
        git(root, "commit", "-q", "-a", "-m", "x")
        git(root, "branch", "-q", "-D", "main")

    steps: list[Callable[[], object]] = [
        lambda: None,  # another day
        lambda: replaced("duties/duty-by-record.yaml", "amount: 5", "amount: 4"),
        lambda: replaced("calendars/calendar-2020.yaml", "holidays:", "holidays:\n  - 2020-05-15"),
        lambda: replaced("institution.yaml", "until: 2020-07-19", "until: 2020-05-01"),
        lambda: replaced("workflows/workflow-event.yaml", "title: ", "title: 新"),
        without_its_history,
    ]
    day = date(2021, 4, 16)
    for number, step in enumerate(steps):
        step()
        time.sleep(SETTLED * 1.5 / 1e9)
        now = told(root, day, fresh=True)
        assert now != before, number
        assert told(root, day, fresh=False) == now, number
        assert told(root, day, fresh=False) == now, number
        before = now


def test_what_is_as_it_was_the_last_time_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change is mostly followed by another; what lasts is not found out a third time."""
    monkeypatch.setattr(indexing, "_WORTH", 1_000)
    monkeypatch.setattr(memory, "_WORTH", 1_000.0)
    root = tmp_path / "college"
    small(root)
    git(root, "init", "-q", "-b", "main")
    time.sleep(SETTLED * 1.5 / 1e9)
    kept = root / ".git/jzy" / indexing.NAME

    def look() -> tuple[int, bytes]:
        """How many files are read, and what is kept afterwards."""
        office = Office(root)
        validate(office)
        return len(office.loaded.fresh), kept.read_bytes()

    assert look()[0] > 0
    read, first = look()
    assert read == 0
    event = min((root / "records/events").rglob("*.yaml"))
    for number in range(2):
        event.write_text(event.read_text("utf-8") + f"# {number}\n", "utf-8")
        time.sleep(SETTLED * 1.5 / 1e9)
        assert look() == (1, first)
    read, second = look()
    assert read == 1
    assert second != first
    assert look() == (0, second)
