"""The index is never believed where the files say otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from jzy.model.errors import Refused
from jzy.store import index as indexing
from jzy.store.files import read_file
from jzy.store.index import NAME, Index, mark_of
from jzy.store.loaded import Loaded
from jzy.store.places import search_path
from jzy.store.records import load
from jzy.store.schemas import load_kinds, schema_files

SCHEMAS = search_path(None, "schemas")
KINDS = load_kinds(SCHEMAS)
MARK = mark_of(schema_files(SCHEMAS))
SETTLED = 30_000_000
"""Enough for the clock of this machine's file systems, and short enough to wait for."""

LETTERS = [f"records/letters/2021/ltr-2021040{day}-aaaa.yaml" for day in range(1, 6)]


def letter(number: int) -> str:
    return f"title: 责任书{number}\nunit: unit-a\nsigned_on: 2021-04-0{number}\n"


@pytest.fixture(autouse=True)
def soon_settled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(indexing, "SETTLED", SETTLED)
    monkeypatch.setattr(indexing, "_WORTH", 0)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def plain(loaded: Loaded) -> Any:
    return (
        [(r.kind, r.id, r.path, r.data, r.digest, r.text) for r in loaded.records],
        [r.path for r in loaded.sound],
        loaded.problems,
    )


def is_sound(record: Any) -> bool:
    return "unit" in record.data


def indexed(root: Path, mark: str = MARK) -> Loaded:
    index = Index(root / ".git", mark)
    loaded = load(root, KINDS, is_sound, index)
    if index.is_worth_writing:
        index.keep()
    return loaded


def fresh(root: Path) -> Loaded:
    return load(root, KINDS, is_sound)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    if (root / path).is_symlink():
        (root / path).unlink()
    (root / path).write_text(text, "utf-8")


def settle() -> None:
    time.sleep(SETTLED * 1.5 / 1e9)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for number, path in enumerate(LETTERS, 1):
        write(tmp_path, path, letter(number))
    settle()
    return tmp_path


def test_unchanged_files_are_not_opened_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = plain(indexed(root))
    with monkeypatch.context() as patch:
        patch.setattr("jzy.store.records.read_file", lambda _: pytest.fail("read again"))
        again = indexed(root)
    assert plain(again) == first == plain(fresh(root))


def test_a_change_that_keeps_size_and_time_is_seen(root: Path) -> None:
    indexed(root)
    status = (root / LETTERS[0]).stat()
    write(root, LETTERS[0], letter(9).replace("2021-04-09", "2021-04-01"))
    os.utime(root / LETTERS[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (root / LETTERS[0]).stat().st_size == status.st_size
    assert indexed(root).records[0].data["title"] == "责任书9"


def test_what_has_only_just_changed_is_not_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, LETTERS[0], letter(7))
    monkeypatch.setattr(indexing, "SETTLED", 10 * 10**9)
    read: list[Path] = []

    def counted(path: Path) -> Any:
        read.append(path)
        return read_file(path)

    monkeypatch.setattr("jzy.store.records.read_file", counted)
    for _ in range(2):
        indexed(root)
    assert len(read) == 2 * len(LETTERS)


@pytest.mark.parametrize("damage", [b"", b"\n\n", b"x" * 4000, None])
def test_a_damaged_or_missing_index_is_made_anew(root: Path, damage: bytes | None) -> None:
    first = plain(indexed(root))
    path = root / ".git/jzy" / NAME
    whole = path.read_bytes()
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage or whole[:-1])
    assert plain(indexed(root)) == first
    assert len(path.read_bytes()) == len(whole)


def test_another_set_of_schemas_or_another_secret_is_another_index(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(root)
    path = root / ".git/jzy" / NAME
    theirs = path.read_bytes()
    indexed(root, "another mark")
    assert path.read_bytes() != theirs
    path.write_bytes(theirs.replace("责任书".encode(), "贵任书".encode()))
    assert plain(indexed(root)) == plain(fresh(root))
    path.write_bytes(theirs)
    monkeypatch.setenv("XDG_STATE_HOME", str(root / "someone else"))
    assert plain(indexed(root)) == plain(fresh(root))


def test_a_text_that_changes_while_jzy_works_is_refused_not_mixed(root: Path) -> None:
    indexed(root)
    record = indexed(root).records[0]
    write(root, record.path, letter(8))
    with pytest.raises(Refused, match="刚刚被其他程序改动"):
        _ = record.text


class Hunt(RuleBasedStateMachine):
    """Whatever happens to the files, the clock or the index: indexed = fresh."""

    @initialize()
    def begin(self) -> None:
        self.root = ROOT.pop()
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        for number, path in enumerate(LETTERS[:3], 1):
            write(self.root, path, letter(number))
        self.commit()
        self.check()

    def git(self, *args: str) -> None:
        done = ("git", "-c", "user.name=x", "-c", "user.email=x", *args)
        subprocess.run(done, cwd=self.root, check=False, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", "x")

    def check(self) -> None:
        assert plain(indexed(self.root)) == plain(fresh(self.root))

    @rule(at=st.integers(0, 4), number=st.integers(1, 9), then=st.booleans())
    def edit(self, at: int, number: int, then: bool) -> None:
        write(self.root, LETTERS[at], letter(number))
        if then:
            self.check()

    @rule(at=st.integers(0, 4), text=st.sampled_from(["", "a: [", "title: 甲\n", "unit: unit-b\n"]))
    def spoil(self, at: int, text: str) -> None:
        write(self.root, LETTERS[at], text)

    @rule(at=st.integers(0, 4), seconds=st.sampled_from([-86_400, -1, 0, 1, 86_400]))
    def turn_the_clock(self, at: int, seconds: int) -> None:
        if (self.root / LETTERS[at]).is_file():
            moment = time.time() + seconds
            os.utime(self.root / LETTERS[at], (moment, moment))

    @rule(at=st.integers(0, 4))
    def remove(self, at: int) -> None:
        (self.root / LETTERS[at]).unlink(missing_ok=True)

    @rule(one=st.integers(0, 4), other=st.integers(0, 4), link=st.booleans())
    def move(self, one: int, other: int, link: bool) -> None:
        source, target = self.root / LETTERS[one], self.root / LETTERS[other]
        if source.is_file() and source != target:
            target.unlink(missing_ok=True)
            if link:
                target.symlink_to(source)
            else:
                source.rename(target)

    @rule()
    def save(self) -> None:
        self.commit()

    @rule(back=st.integers(0, 3))
    def go_back(self, back: int) -> None:
        self.git("checkout", "-q", "-f", f"main~{back}")
        self.check()

    @rule()
    def return_to_the_tip(self) -> None:
        self.git("checkout", "-q", "-f", "main")

    @rule()
    def wait(self) -> None:
        settle()
        self.check()

    @rule(cut=st.integers(0, 400))
    def damage_the_index(self, cut: int) -> None:
        path = self.root / ".git/jzy" / NAME
        if path.exists():
            path.write_bytes(path.read_bytes()[:-cut])

    @rule()
    def ask(self) -> None:
        self.check()

    def teardown(self) -> None:
        if hasattr(self, "root"):
            self.check()
            ROOT.append(self.root)


ROOT: list[Path] = []


@pytest.fixture
def hunting_ground(tmp_path: Path) -> Iterator[None]:
    ROOT.append(tmp_path / "hunt")
    yield
    ROOT.clear()


@pytest.mark.usefixtures("hunting_ground")
def test_the_index_never_answers_otherwise_than_the_files() -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Hunt,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_was_found_by_another_jzy_or_with_other_libraries_counts_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "jzy"
    shutil.copytree(
        Path(indexing.__file__).parents[1], room, ignore=shutil.ignore_patterns("__py*")
    )
    monkeypatch.setattr(indexing, "__file__", str(room / "store/index.py"))
    libraries = tmp_path / "site-packages"
    libraries.mkdir()
    monkeypatch.setattr(sys, "path", [str(libraries)])
    marks = [mark_of([])]
    (room / "rules/personal.py").write_text("# another rule\n", "utf-8")
    marks.append(mark_of([]))
    (room / "model/duties.py").write_text("# another duty\n", "utf-8")
    marks.append(mark_of([]))
    os.utime(libraries, ns=(1, 1))
    marks.append(mark_of([]))
    assert len(set(marks)) == len(marks)
    assert mark_of([]) == marks[-1]
