"""`jzy validate`: what does not hold, where, and in the format that the reader wants."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from jzy.render.findings import FORMATS

from .conftest import Repo

SARIF = json.loads((Path(__file__).parents[1] / "data/sarif-2.1.0.schema.json").read_text())
Spoil = Callable[[Path, str, str], None]


@pytest.fixture
def spoilt(demo: Repo) -> tuple[Repo, Path]:
    """A demo in which someone took the last stage out of an event that was held."""
    path = next((demo.root / "records/events/2020").glob("evt-20200514-*.yaml"))
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if "stage: principal-leader" in line)
    path.write_text("".join(lines[:at]))
    return demo, path


def test_a_stage_taken_out_of_an_event_that_was_held_is_found(spoilt: tuple[Repo, Path]) -> None:
    repo, path = spoilt
    ran = repo.run("validate")
    assert ran.code == 1
    line = path.read_text().split("held_on")[0].count("\n") + 1
    column = len("    held_on: ") + 1
    place = f"{path.relative_to(repo.root)}:{line}:{column}"
    assert re.search(rf"^{re.escape(place)}\s+错误 JZY401$", ran.out, re.MULTILINE)
    assert "主要领导" in ran.out


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_the_same(spoilt: tuple[Repo, Path], form: str) -> None:
    repo, _ = spoilt
    ran = repo.run("validate", "--format", form)
    assert ran.code == 1
    assert "JZY401" in ran.out
    if form in ("json", "gitlab", "sarif"):
        found = json.loads(ran.out)
        if form == "sarif":
            Draft7Validator(SARIF).validate(found)


def test_a_stage_taken_out_of_the_middle_breaks_the_links(demo: Repo, spoil: Spoil) -> None:
    path = next((demo.root / "records/events/2020").glob("evt-20200514-*.yaml"))
    text = path.read_text()
    entry = re.search(r"  - stage: competent-head\n(?:    .*\n)+", text)
    assert entry
    spoil(path, entry[0], "")
    codes = {f["code"] for f in json.loads(demo.run("validate", "--json").out)["findings"]}
    assert {"JZY401", "JZY405", "JZY408"} <= codes


def test_a_quarter_without_a_meeting_is_found(demo: Repo) -> None:
    next((demo.root / "records/meetings/2020").glob("mtg-20200924-*.yaml")).unlink()
    ran = demo.run("validate")
    assert ran.code == 1
    assert "JZY501" in ran.out
    assert "2020年第三季度" in ran.out


def test_all_findings_are_told_and_paths_narrow_them(demo: Repo, spoil: Spoil) -> None:
    events = sorted((demo.root / "records/events/2020").iterdir())
    spoil(events[0], "图书馆报告厅", "13812345678")
    spoil(events[1], "title: ", "titel: ")
    (demo.root / "records/events/2020/notes.txt").write_text("x")
    found = json.loads(demo.run("validate", "--json").out)["findings"]
    assert {"JZY602", "JZY202", "JZY110"} <= {f["code"] for f in found}
    only = demo.run("validate", "--json", str(events[1].relative_to(demo.root)))
    assert {f["path"] for f in json.loads(only.out)["findings"]} == {
        str(events[1].relative_to(demo.root))
    }


def test_checking_never_writes(made_demo: Repo) -> None:
    """Nothing but what jzy remembers for speed under `.git/jzy/` may change."""

    def written() -> dict[Path, int]:
        memory = made_demo.root / ".git/jzy"
        files = (path for path in made_demo.root.rglob("*") if path.is_file())
        return {path: path.stat().st_mtime_ns for path in files if not path.is_relative_to(memory)}

    before = written()
    made_demo.run("validate")
    made_demo.run("report")
    made_demo.run("event", "list")
    assert written() == before


def test_outside_git_nothing_but_consent_to_a_change_cannot_be_judged(
    made_demo: Repo, tmp_path: Path
) -> None:
    """What was changed after approval and consented to is compared with what history holds."""
    plain = Repo(tmp_path / "plain")
    shutil.copytree(made_demo.root / "records", plain.root / "records")
    found = json.loads(plain.run("validate", "--json").out)["findings"]
    consented = {
        path.relative_to(plain.root).as_posix()
        for path in (plain.root / "records/events").rglob("*.yaml")
        if "decision: consent" in path.read_text("utf-8")
    }
    assert len(consented) == 2
    assert {(f["path"], f["code"]) for f in found} == {
        (path, code) for path in consented for code in ("JZY412", "JZY415")
    }


def test_a_rule_is_explained(made_demo: Repo) -> None:
    ran = made_demo.run("explain", "jzy401")
    assert ran.code == 0
    assert "JZY401" in ran.out
    assert made_demo.run("explain", "JZY999").code == 2


def test_terminal_escapes_in_a_broken_file_stay_on_paper(demo: Repo) -> None:
    path = next((demo.root / "records/groups").iterdir())
    path.write_bytes(path.read_bytes() + b"remark: \x1b]0;owned\x07\n")
    ran = demo.run("validate")
    assert ran.code == 1
    assert "\x1b" not in ran.out + ran.err
    assert "JZY107" in ran.out
