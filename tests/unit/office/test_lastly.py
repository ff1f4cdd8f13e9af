"""The last commit of each file is what a fresh look at history says, whatever became of it since."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jzy.git.repository import Repository
from jzy.office.lastly import NAME, last_commits

A, B = "records/meetings/a.yaml", "records/meetings/乙.yaml"


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "仓库"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(folder, A, "1")
    write(folder, B, "1")
    return folder


def git(root: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=root, check=True, capture_output=True)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=x")


def right(root: Path) -> bool:
    """Whether what is remembered is what is found anew; remembers it."""
    repository = Repository.open(root)
    return last_commits(repository) == repository.last_commits()


def test_history_that_goes_on_is_not_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert right(root)
    before = Repository.open(root).head()
    write(root, A, "2")
    asked: list[str | None] = []
    real = Repository.last_commits

    def noted(self: Repository, since: str | None = None) -> dict[str, str]:
        asked.append(since)
        return real(self, since)

    monkeypatch.setattr(Repository, "last_commits", noted)
    found = last_commits(Repository.open(root))
    assert last_commits(Repository.open(root)) == found
    assert asked == [before]
    assert found == real(Repository.open(root))
    assert found[A] != found[B] == before


def test_history_that_was_rewritten_is_read_anew(root: Path) -> None:
    write(root, A, "2")
    assert right(root)
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    assert right(root)
    write(root, B, "3")
    assert right(root)
    git(root, "commit", "--quiet", "--amend", "--message=y")
    git(root, "reflog", "expire", "--expire=all", "--all")
    git(root, "gc", "--quiet", "--prune=now")
    assert right(root)


def test_what_comes_by_a_merge_is_read_anew(root: Path) -> None:
    git(root, "branch", "side")
    write(root, A, "2")
    assert right(root)
    git(root, "checkout", "--quiet", "side")
    write(root, A, "3")
    write(root, B, "3")
    git(root, "checkout", "--quiet", "main")
    git(root, "merge", "--quiet", "-s", "ours", "--no-edit", "side")
    assert right(root)
    git(root, "merge", "--quiet", "--no-edit", "side")
    assert right(root)


def test_what_nobody_sealed_is_not_believed(root: Path) -> None:
    assert right(root)
    kept = root / ".git" / "jzy" / NAME
    true = kept.read_bytes()
    kept.write_bytes(true.replace(b'"records', b'"recards'))
    assert right(root)
    kept.write_bytes(true[: len(true) // 2])
    assert right(root)
    kept.write_bytes(b"")
    assert right(root)
