"""A bundle holds a whole history, as git itself reads it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jzy.git.bundling import bundle
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository


def run(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_git_takes_it_with_every_ref(tmp_path: Path, form: str) -> None:
    origin = tmp_path / "origin"
    run(tmp_path, "init", "-q", f"--object-format={form}", str(origin))
    commits = []
    for number in range(3):
        (origin / "a.txt").write_text("文字\n" * (number + 1), "utf-8")
        run(origin, "add", "a.txt")
        run(origin, "commit", "-q", "-m", str(number))
        commits.append(run(origin, "rev-parse", "HEAD"))
    refs = {"refs/heads/main": commits[2], "HEAD": commits[2], "refs/jzy/receipts": commits[0]}
    content = bundle(Repository.open(origin), refs)
    (tmp_path / "a.bundle").write_bytes(content)
    assert content == bundle(Repository.open(origin), refs)
    assert "The bundle records a complete history" in run(
        origin, "bundle", "verify", str(tmp_path / "a.bundle")
    )
    run(tmp_path, "clone", "-q", "a.bundle", "clone")
    clone = tmp_path / "clone"
    assert run(clone, "rev-parse", "HEAD") == commits[2]
    assert run(clone, "log", "--format=%s") == "2\n1\n0"
    run(clone, "fetch", "-q", "../a.bundle", "refs/jzy/receipts:refs/jzy/receipts")
    assert run(clone, "rev-parse", "refs/jzy/receipts") == commits[0]


def test_an_object_that_is_missing_is_an_error(tmp_path: Path) -> None:
    run(tmp_path, "init", "-q")
    run(tmp_path, "commit", "-q", "--allow-empty", "-m", "a")
    with pytest.raises(GitFailed):
        bundle(Repository.open(tmp_path), {"HEAD": "1" * 40})
