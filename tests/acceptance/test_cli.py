"""The command line: exit codes, messages, pipes, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jzy import __version__
from jzy.model.display import width

from .conftest import Repo


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--version", 0),
        ("--help", 0),
        ("", 0),
        ("event", 2),
        ("event --help", 0),
        ("nothing", 2),
        ("evnt list", 2),
        ("event new --nothing", 2),
        ("event show", 2),
        ("event show evt-20200514-zzzz", 1),
        ("event show mtg-20200619-flg2", 1),
        ("event list --match length(", 2),
        ("approve", 2),
        ("submit unit-xinxixi --yes", 1),
        ("validate --format nothing", 2),
        ("validate --on 2021-02-30", 2),
        ("validate /etc/passwd", 2),
        ("explain", 0),
        ("report evt-20200514-fqer", 1),
        ("log grp-nothing", 1),
        ("event show ../../etc/passwd", 1),
        ("event show --", 2),
        ("key list", 0),
    ],
)
def test_exit_codes(made_demo: Repo, line: str, code: int) -> None:
    ran = made_demo.run(*line.split())
    assert ran.code == code, ran.out + ran.err
    assert "Traceback" not in ran.err
    if code:
        assert ran.err.splitlines()[0].startswith("✗") or ran.out


def test_outside_a_records_repository_it_says_so(tmp_path: Path) -> None:
    ran = Repo(tmp_path).run("event", "list")
    assert ran.code == 3
    assert "jzy init" in ran.err
    ran = Repo(tmp_path).run("event", "list", "--json")
    assert ran.code == 3
    assert json.loads(ran.out)["exit_code"] == 3


def test_it_works_from_any_folder_below_the_root(made_demo: Repo) -> None:
    ran = made_demo.run("event", "list", cwd=made_demo.root / "records/events/2020")
    assert ran.code == 0


def test_the_version_and_help_fit_eighty_columns(
    made_demo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert made_demo.run("--version").out == f"jzy {__version__}\n"
    for args in (
        ["--help"],
        ["event", "new", "--help"],
        ["approve", "--help"],
        ["validate", "--help"],
    ):
        page = made_demo.run(*args).out
        assert all(width(line) <= 80 for line in page.splitlines()), page
        assert "Usage" not in page
        assert "Options" not in page


def test_a_reader_that_goes_away_is_no_error(made_demo: Repo) -> None:
    line = f"{sys.executable} -m jzy explain | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=made_demo.root, capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[-1] == "0"
    assert done.stderr == b""


def test_a_terminal_that_knows_no_chinese_gets_question_marks(
    made_demo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = subprocess.run(
        [sys.executable, "-m", "jzy", "event", "list"],
        cwd=made_demo.root,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"evt-20200514" in done.stdout


def test_colour_only_for_terminals(made_demo: Repo) -> None:
    ran = made_demo.run("event", "show", "evt-20200514-zzzz")
    assert "\x1b" not in ran.err


def test_a_broken_schema_is_named(demo: Repo) -> None:
    (demo.root / "schemas").mkdir()
    (demo.root / "schemas/event.schema.json").write_text("{")
    ran = demo.run("validate")
    assert ran.code == 3
    assert "event.schema.json" in ran.err


def test_a_fault_of_its_own_leaves_a_log_and_one_sentence(
    demo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = """
import sys
import jzy.office.context as context
context.Office.at = lambda *_: 1 / 0
sys.argv = ["jzy", "key", "list"]
from jzy.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=demo.root, capture_output=True, check=False
    )
    assert done.returncode == 70
    assert b"Traceback" not in done.stderr
    (log,) = tmp_path.glob("jzy-*.log")
    assert "ZeroDivisionError" in log.read_text()


def test_help_says_what_an_argument_is(made_demo: Repo) -> None:
    said = made_demo.run("verify", "--help").out
    assert "[编号…]  只列出这些记录；省略则全部。" in said
