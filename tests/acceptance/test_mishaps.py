"""What goes wrong in an office on an ordinary day, and what jzy says then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import CHAIN, CLERK, EVENT, Repo


def test_a_report_refuses_to_be_computed_from_incomplete_records(demo: Repo) -> None:
    path = next((demo.root / "records/events/2020").iterdir())
    path.write_text(path.read_text().replace("title: ", "title: [", 1))
    ran = demo.run("report", "-o", "out/x.md")
    assert ran.code == 1
    assert path.name in ran.err
    listed = demo.run("event", "list")
    assert listed.code == 0
    assert "没有列入" in listed.err


def test_a_report_of_uncommitted_records_says_so(demo: Repo) -> None:
    path = next((demo.root / "records/events/2020").glob("evt-20200514-*"))
    path.write_text(path.read_text().replace("actual_headcount: ", "actual_headcount: 9"))
    ran = demo.run("report")
    assert ran.code == 0
    assert "尚未提交的改动" in ran.err


def test_a_report_of_a_later_period_is_not_dated_before_its_end(made_demo: Repo) -> None:
    text = made_demo.run("report", "--from", "2021-04-01", "--to", "2021-12-31").out
    assert "2021年12月31日" in text.split("佐证材料目录")[0]
    ran = made_demo.run("report", "--from", "2021-04-01")
    assert ran.code == 2
    assert "2021-03-31" in ran.err


@pytest.mark.parametrize("state", ["detached", "merging", "locked"])
def test_nothing_is_committed_where_it_would_be_lost(demo: Repo, state: str) -> None:
    event = demo.new_event()
    if state == "detached":
        demo.git("checkout", "-q", "--detach")
    elif state == "merging":
        (demo.root / ".git/MERGE_HEAD").write_text(demo.git("rev-parse", "HEAD"))
    else:
        (demo.root / ".git/index.lock").write_text("")
    head = demo.git("rev-parse", "HEAD")
    ran = demo.run("submit", event, "--yes", who=CLERK)
    assert ran.code in (1, 3)
    assert {"detached": "分支", "merging": "合并", "locked": "index.lock"}[state] in ran.err
    assert demo.git("rev-parse", "HEAD") == head
    assert "sign_offs" not in (demo.root / f"records/events/2021/{event}.yaml").read_text()


def test_an_approval_that_no_longer_covers_the_text_is_not_shown_as_one(demo: Repo) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    for who in CHAIN:
        demo.run("approve", event, "--yes", who=who)
    ran = demo.run("event", "edit", event, "--set", "title=另一场", who=CLERK)
    assert ran.code == 0
    assert "重新报送" in ran.err
    assert "批准后有改动" in demo.run("event", "show", event).out
    assert "JZY415" in demo.run("validate").out
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("title=   ", "空格"),
        ("title=甲\n乙", "一行"),
        ("starts=2021-02-30 14:30", "日期"),
        ("headcount.on_campus=99999999999999999999", "太大"),
        ("headcount.nobody=1", "on_campus（校内）"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_reason(
    demo: Repo, value: str, words: str
) -> None:
    ran = demo.run("event", "new", *EVENT, "--set", value, who=CLERK)
    assert ran.code in (1, 2)
    assert words in ran.err


def test_full_width_digits_are_understood(demo: Repo) -> None:
    event = demo.new_event("--set", "starts=２０２１年５月２０日 14：30")
    text = (demo.root / f"records/events/2021/{event}.yaml").read_text()
    assert "starts: 2021-05-20T14:30:00+08:00" in text


def test_a_folder_given_as_a_file_and_half_an_id(made_demo: Repo) -> None:
    ran = made_demo.run("event", "new", "--from", "records", who=CLERK)
    assert ran.code == 2
    ran = made_demo.run("event", "show", "evt-20200514")
    assert ran.code == 1
    assert "是否为 evt-20200514-" in ran.err


def test_help_survives_a_broken_schema(demo: Repo) -> None:
    (demo.root / "schemas").mkdir()
    (demo.root / "schemas/event.schema.json").write_text("{")
    ran = demo.run("--help")
    assert ran.code == 0
    assert "event.schema.json" in ran.err


def test_json_and_reports_are_utf_8_or_ascii_whatever_the_terminal(
    made_demo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = [e["title"] for e in json.loads(made_demo.run("event", "list", "--json").out)]
    report = made_demo.run("report").out
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert [e["title"] for e in json.loads(made_demo.run("event", "list", "--json").out)] == titles
    assert made_demo.run("report").out == report


def test_a_record_of_a_kind_whose_schema_is_not_committed_says_so(demo: Repo) -> None:
    (demo.root / "schemas").mkdir()
    source = Path(__file__).parents[2] / "schemas/incident.schema.json"
    text = source.read_text().replace('"incident"', '"mishap"').replace('"inc"', '"mis"')
    (demo.root / "schemas/mishap.schema.json").write_text(text.replace('"incidents"', '"mishaps"'))
    ran = demo.run("mishap", "new", "--set", "title=停电", "--set", "on=2021-04-01",
                   "--set", "unit=unit-zongwuchu", who=CLERK)  # fmt: skip
    assert ran.code == 0, ran.err
    assert "mishap.schema.json 尚未提交" in ran.err
