"""What is signed is what was computed: the snapshot, and whether it still matches the records."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from jzy.office import sign
from jzy.office.context import Office
from jzy.office.snapshots import computed
from jzy.store.records import parse

from .conftest import Repo

REPORT = "rpt-20210416-xbbt"
CLERK = "person-jia"
NEW = [
    "--set", "title=2020年第二季度自查报告", "--set", "date=2021-04-16", "--set", "unit=unit-xuanchuanbu",
    "--set", "period.from=2020-04-01", "--set", "period.until=2020-06-30",
    "--set", "template=self-check.md.j2",
]  # fmt: skip


def check(repo: Repo, report: str = REPORT) -> dict[str, Any]:
    ran = repo.run("report", report, "--check", "--json")
    found: dict[str, Any] = json.loads(ran.out)
    assert ran.code == (0 if found["ok"] else 1)
    return found


def test_the_signed_report_of_the_sample_matches_its_records(made_demo: Repo) -> None:
    found = check(made_demo)
    assert (found["ok"], found["drifts"]) == (True, [])
    assert found["figures"] > 50
    assert found["claims"] == 25
    assert "与现在的记录一致" in made_demo.run("report", "--check").err


def test_submitting_a_report_saves_its_figures_in_what_is_signed(demo: Repo) -> None:
    report = Path(demo.run("report", "new", *NEW, who=CLERK).out.strip()).stem
    assert demo.run("report", report, "--check").code == 1  # nothing was signed yet
    assert demo.run("submit", report, "--yes", who=CLERK).code == 0
    record = json.loads(demo.run("report", "show", report, "--json").out)["record"]
    figures = {each.get("key"): each["value"] for each in record["snapshot"]["figures"]}
    assert figures["indicator-events-held"] == 3
    states = {each["claim"]: each["state"] for each in record["snapshot"]["claims"]}
    assert states["claim-events-approved"] == "supported"
    log = demo.git("log", "-2", "--format=%s", "--", f"records/reports/2021/{report}.yaml")
    assert log.splitlines() == ["报送：2020年第二季度自查报告", "计算数据：2020年第二季度自查报告"]
    assert demo.run("verify", report).code == 0
    assert demo.run("validate").code == 0
    assert check(demo, report)["ok"]


def test_figures_that_others_cannot_compute_are_not_signed(demo: Repo) -> None:
    report = Path(demo.run("report", "new", *NEW, who=CLERK).out.strip()).stem
    (demo.root / "records/trainings/2020").joinpath("trn-20201105-mc6g.yaml").unlink()
    before = demo.state()
    ran = demo.run("submit", report, "--yes", who=CLERK)
    assert ran.code == 1
    assert "尚未提交" in ran.err
    assert "trn-20201105-mc6g" in ran.err
    assert demo.state() == before


def test_a_report_that_comes_back_is_computed_anew(demo: Repo) -> None:
    report = Path(demo.run("report", "new", *NEW, who=CLERK).out.strip()).stem
    assert demo.run("submit", report, "--yes", who=CLERK).code == 0
    assert demo.run("return", report, "--yes", "-m", "请核对人数", who="person-bing").code == 0
    event = next((demo.root / "records/events/2020").glob("evt-20200514-*.yaml"))
    event.write_text(re.sub(r"actual_headcount: \d+", "actual_headcount: 100", event.read_text()))
    demo.commit("更正人数")
    assert not check(demo, report)["ok"]
    assert demo.run("submit", report, "--yes", who=CLERK).code == 0
    assert check(demo, report)["ok"]


def test_a_later_change_is_told_with_its_commit(demo: Repo) -> None:
    event = next((demo.root / "records/events/2020").glob("evt-20200514-*.yaml"))
    event.write_text(re.sub(r"actual_headcount: \d+", "actual_headcount: 999", event.read_text()))
    demo.commit("改实到人数")
    commit = demo.git("rev-parse", "HEAD").strip()
    (drift,) = check(demo)["drifts"]
    assert drift["key"] == "indicator-events-headcount"
    assert drift["signed"] == drift["then"] == "1172人次"
    (cause,) = drift["causes"]
    assert cause["record"] == event.stem
    assert [each["id"] for each in cause["commits"]] == [commit]
    assert cause["changes"] == ["办理结果 · 举办情况 · 实到人数：92 → 999"]
    ran = demo.run("report", "--check")
    assert ran.code == 1
    assert commit[:10] in ran.out
    assert "改实到人数" in ran.out
    assert "1172人次 → 2079人次" in ran.out


def test_another_definition_of_a_figure_is_a_cause_too(demo: Repo) -> None:
    path = demo.root / "records/indicators/indicator-trainings.yaml"
    path.write_text(
        path.read_text("utf-8").replace("  date: from\n", "  date: from\n  match: hours\n")
    )
    path.write_text(
        path.read_text("utf-8").replace("match: hours", "match: place == '太岳干部学院'")
    )
    demo.commit("改口径")
    drifts = {each["key"]: each for each in check(demo)["drifts"]}
    assert [cause["record"] for cause in drifts["indicator-trainings"]["causes"]] == [path.stem]


def test_a_claim_that_does_not_hold_any_more_drifts(demo: Repo) -> None:
    event = next((demo.root / "records/events/2020").glob("evt-20200514-*.yaml"))
    text = event.read_text("utf-8")
    event.write_text(text[: text.index("  - stage: principal-leader")], "utf-8")
    demo.commit("去掉一条签批")
    drifts = {each["key"]: each for each in check(demo)["drifts"]}
    drift = drifts["claim-events-approved"]
    assert drift["signed"] == "成立（全部走完审批流程）"
    assert drift["now"].startswith("不成立")
    assert [cause["record"] for cause in drift["causes"]] == [event.stem]


def test_it_is_the_signed_version_that_counts(demo: Repo) -> None:
    path = next((demo.root / "records/reports").rglob(f"{REPORT}.yaml"))
    path.write_text(path.read_text("utf-8").replace("value: 1172", "value: 2172", 1), "utf-8")
    assert check(demo)["ok"]
    assert demo.run("validate").code == 1


def test_figures_that_were_made_up_and_signed_are_told(
    demo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Path(demo.run("report", "new", *NEW, who=CLERK).out.strip()).stem
    monkeypatch.setenv("JZY_SIGNING_KEY", str(demo.root / ".git/jzy/demo-keys" / CLERK))
    office = Office(demo.root)
    honest = computed(office, office.record(report))
    assert honest is not None
    text = honest.text.replace("value: 3\n      unit: 场", "value: 30\n      unit: 场", 1)
    false, _ = parse(office.kinds["report"], honest.path, text)
    monkeypatch.setattr(sign, "computed", lambda *_: false)
    sign.carry_out(office, sign.plan(office, report, "submit"))
    (drift,) = check(demo, report)["drifts"]
    assert (drift["signed"], drift["then"], drift["now"]) == ("30场", "3场", "3场")
    assert drift["causes"] == []
    assert "与所签的数据不同" in demo.run("report", report, "--check").out


def test_options_that_exclude_each_other(made_demo: Repo) -> None:
    assert made_demo.run("report", "--check", "--explain").code == 2
