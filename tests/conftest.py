"""What all tests share: no influence from the machine, the real command line, named skips.

A test that needs a program which a fresh machine may lack says so and is skipped by name::

    @pytest.mark.needs_program("soffice")
    def test_that_it_opens(...): ...

With ``JZY_TEST_REQUIRE=all`` every skip, for whatever reason, is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ZONES = ("Asia/Shanghai", "UTC", "America/St_Johns")
_INHERITED = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "JZY_TEST_REQUIRE", "VIRTUAL_ENV")
_GITCONFIG = (
    "[user]\n\tname = 测试\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n"
)

# --- skips ------------------------------------------------------------------------------------


def _nothing_may_be_skipped() -> bool:
    return os.environ.get("JZY_TEST_REQUIRE") == "all"


@cache
def _has_fonts() -> bool:
    from jzy.render.fonts import SECTIONS, Fonts  # noqa: PLC0415 - only where it is asked

    fonts = Fonts.of()
    return all(fonts.choice(section) for section in SECTIONS if section != "latin")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "needs_program(*names): skip by name where one of these programs is missing"
    )
    config.addinivalue_line("markers", "needs_fonts: skip where there is no Chinese font for a PDF")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a missing program, saying which, or fonts."""
    if item.get_closest_marker("needs_fonts") and not _has_fonts():
        pytest.skip("needs fonts-noto-cjk and fonts-lxgw-wenkai")
    for mark in item.iter_markers("needs_program"):
        missing = [name for name in mark.args if shutil.which(name) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}")


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and _nothing_may_be_skipped():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped although JZY_TEST_REQUIRE=all: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one where nothing may be skipped."""
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself as a whole."""
    report = yield
    _refuse(report)
    return report


# --- surroundings -----------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _no_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of this machine's user, git or locale reaches a test that runs in this process."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(_GITCONFIG, encoding="utf-8")
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(
        kept,
        HOME=str(home),
        USERPROFILE=str(home),
        LANG="C.UTF-8",
        LC_ALL="C.UTF-8",
        TZ=ZONES[0],
        GIT_CONFIG_NOSYSTEM="1",
    )
    time.tzset()
    yield
    os.environ.clear()
    os.environ.update(before)
    time.tzset()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, with a git identity."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text(_GITCONFIG, encoding="utf-8")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the test in several time zones of the machine; its value is the zone's name."""
    name: str = request.param
    monkeypatch.setenv("TZ", name)
    time.tzset()
    yield name
    monkeypatch.undo()
    time.tzset()


# --- the command line -------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What a run of jzy left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Jzy:
    """The real command line, in a process of its own."""

    folder: Path

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        input: str | None = None,
        timeout: float = 120,
    ) -> Ran:
        """Run ``jzy`` with arguments.

        Args:
            args: the command line.
            cwd: where to run; the test's temporary folder if absent.
            env: variables to set, or with ``None`` to remove, on top of the scrubbed ones.
            input: standard input; closed if absent.
            timeout: seconds.
        """
        variables = {**os.environ, **(env or {})}
        done = subprocess.run(
            [sys.executable, "-m", "jzy", *map(str, args)],
            cwd=cwd or self.folder,
            env={name: value for name, value in variables.items() if value is not None},
            input=None if input is None else input.encode("utf-8"),
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


@pytest.fixture
def jzy(tmp_path: Path, home: Path) -> Jzy:
    """Run the real command line: ``jzy("validate", "--format", "json", cwd=demo).json()``."""
    return Jzy(tmp_path)
