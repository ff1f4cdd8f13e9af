"""A demo repository, made once by the real command line and copied for each test that changes it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

EVENT = [
    "--set", "title=检索方法公开课",
    "--set", "event_type=讲座",
    "--set", "host=unit-xinxixi",
    "--set", "starts=2021-05-20 14:30",
    "--set", "ends=2021-05-20 16:00",
    "--set", "venue=图书馆报告厅",
    "--set", "audience=学生",
    "--set", "headcount.on_campus=60",
    "--set", "abstract=介绍文献检索的常用方法",
    "--set", "onsite.lead_person=person-ji",
    "--set", "speakers=[{name: 示例主讲, external: false, pledge: {signed_on: 2021-05-06}}]",
]  # fmt: skip
"""What a complete event of the information department is made of."""
CLERK = "person-chen"
CHAIN = ("person-ji", "person-ding", "person-bing", "person-yi", "person-wu")
"""The five who sign such an event, in order."""


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Repo:
    """A records repository and the people who work in it."""

    root: Path

    def run(self, *args: str, who: str | None = None, cwd: Path | None = None) -> Ran:
        """Run jzy, signing with the demo key of a person."""
        env = dict(os.environ)
        if who:
            env["JZY_SIGNING_KEY"] = str(self.root / ".git/jzy/demo-keys" / who)
        done = subprocess.run(
            [sys.executable, "-m", "jzy", *args],
            cwd=cwd or self.root, env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def git(self, *args: str) -> str:
        """Run git and give its output."""
        done = subprocess.run(["git", *args], cwd=self.root, capture_output=True, check=True)
        return done.stdout.decode()

    def state(self) -> tuple[str, str, str]:
        """Where HEAD is, what git status says, and what is staged."""
        return (
            self.git("rev-parse", "HEAD"),
            self.git("status", "--porcelain=v2", "--untracked-files=all"),
            self.git("diff", "--cached"),
        )

    def new_event(self, *more: str) -> str:
        """Create an event and give its id."""
        ran = self.run("event", "new", *EVENT, *more, who=CLERK)
        assert ran.code == 0, ran.err
        return Path(ran.out.strip()).stem

    def commit(self, message: str = "手工修改") -> None:
        """Commit everything by hand, as someone with plain git would."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The demo as it comes out; tests must not change it."""
    folder = tmp_path_factory.mktemp("made") / "demo"
    ran = Repo(folder.parent).run("demo", "demo")
    assert ran.code == 0, ran.err
    made = Repo(folder)
    made.git("gc", "-q")  # one pack instead of a thousand files makes each test's copy cheap
    return made


@pytest.fixture
def demo(made_demo: Repo, tmp_path: Path) -> Repo:
    """A demo of the test's own."""
    shutil.copytree(made_demo.root, tmp_path / "demo", symlinks=True)
    return Repo(tmp_path / "demo")


@pytest.fixture
def spoil() -> Callable[[Path, str, str], None]:
    """Replace one piece of a file's text, which must be there."""

    def change(path: Path, old: str, new: str) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change
