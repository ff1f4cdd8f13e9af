"""What a report asserts: only what the records bear out and history proves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from jzy.office import demo as making
from jzy.store.places import shipped

from .conftest import Ran, Repo

EVENT = "evt-20200514-fqer"
LAST = "  - stage: principal-leader"
APPROVED = "claim-events-approved"
SAID = "全部走完审批流程"
NO_VIOLATION = "没有登记违规情况"


def claims(repo: Repo) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in json.loads(repo.run("report", "--json").out)["claims"]}


def problems(report: str) -> str:
    return report[report.index("## 二、存在问题") : report.index("## 三、改进措施")]


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The sample year in which one event never got its last approval, and was held all the same."""
    folder = tmp_path_factory.mktemp("lacking")
    shutil.copytree(shipped("records"), folder / "records")
    path = folder / f"records/events/2020/{EVENT}.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index(LAST)], "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "shipped", lambda name: folder / name)
        founded = making.demo(folder / "demo", lambda *_: None)
    return Repo(founded.root.resolve())


def test_with_one_approval_taken_out_of_history_the_claim_goes(
    lacking: Repo, made_demo: Repo, tmp_path: Path
) -> None:
    whole = made_demo.run("report", "--strict")
    assert whole.code == 0
    assert f"举办的活动{SAID}，期间{NO_VIOLATION}。" in whole.out
    assert json.loads(lacking.run("verify", "--json").out)["ok"]  # what is there is proven

    ran = lacking.run("report")
    assert ran.code == 0
    assert SAID not in ran.out
    assert NO_VIOLATION not in ran.out
    assert "举办的活动走完审批流程的10场，审批记录不完整或者不能证明的1场。" in ran.out
    assert "有1场活动的审批不完整，或者不能由提交历史证明：数字素养公开课。" in problems(ran.out)
    assert "核对记录时又发现1个问题" in problems(ran.out)

    strict = lacking.run("report", "--strict", "-o", str(tmp_path / "a.docx"))
    assert strict.code == 1
    assert APPROVED in strict.err
    assert "数字素养公开课" in strict.err
    assert (tmp_path / "a.docx").is_file()

    ledger = tmp_path / "a.xlsx"
    assert lacking.run("ledger", "event", "-o", str(ledger)).code == 0
    rows = [
        [cell.value for cell in row] for row in load_workbook(ledger).active.iter_rows(min_row=3)
    ]
    titles, states = rows[0], {row[-1]: row for row in rows[1:]}
    state, day = titles.index("审批结论"), titles.index("审批日期")
    assert (states[EVENT][state], states[EVENT][day]) == ("审批中", None)
    others = {row[state] for name, row in states.items() if name != EVENT}
    assert others == {"已批准"}


def test_an_approval_that_somebody_typed_in_is_no_approval(demo: Repo) -> None:
    path = next((demo.root / "records/events/2020").glob(f"{EVENT}.yaml"))
    text = path.read_text("utf-8")
    path.write_text(text[: text.index(LAST)], "utf-8")
    demo.commit("去掉")
    path.write_text(text, "utf-8")  # to the byte what was signed, but by nobody
    demo.commit("补上")
    found = claims(demo)
    assert found[APPROVED]["state"] == "unsupported"
    assert found["claim-no-incident"]["state"] == "unsupported"
    assert demo.run("report", "--strict").code == 1


def test_without_a_history_nothing_is_proven(demo: Repo) -> None:
    shutil.rmtree(demo.root / ".git")
    found = claims(demo)
    assert found[APPROVED]["state"] == "unsupported"
    assert found["claim-meetings-quarterly"]["state"] == "supported"


def test_what_is_still_in_time_is_neither_claimed_nor_a_problem(demo: Repo) -> None:
    found = claims(demo)["claim-resolutions-done"]
    assert (found["state"], found["text"], found["problems"]) == (
        "pending",
        "其中3项已登记落实",
        [],
    )
    path = next((demo.root / "records/meetings/2021").glob("mtg-20210319-*.yaml"))
    path.write_text(path.read_text("utf-8").replace("due: 2021-05-18", "due: 2021-04-01"), "utf-8")
    found = claims(demo)["claim-resolutions-done"]
    assert found["state"] == "unsupported"
    assert found["problems"] == ["联席会议议定事项4项，登记落实的3项，其余已逾期。"]


def test_explain_tells_everything_about_every_figure_and_claim(made_demo: Repo) -> None:
    ran = made_demo.run("report", "--explain")
    assert ran.code == 0
    data = json.loads(made_demo.run("report", "--json").out)
    commits = {
        record["id"]: record["commit"]
        for each in [*data["figures"], *data["claims"]]
        for record in each["records"]
    }
    for each in data["figures"]:
        if not each["key"].startswith("claim-"):
            assert (
                f"{each['title']}：{each['value']}{each['unit']}\n   口径：{each['definition']}"
                in ran.out
            )
    for each in data["claims"]:
        assert f"   编号：{each['id']}" in ran.out
        assert f"   口径：{each['definition']}" in ran.out
    assert f"{EVENT} {commits[EVENT][:10]} 数字素养公开课" in ran.out
    assert "断言：23 条成立，1 条尚未到期，0 条不成立，1 条不涉及" in ran.out


def test_a_claim_of_an_offices_own_takes_a_record_and_nothing_else(demo: Repo) -> None:
    claim = demo.root / "records/claims/claim-autumn.yaml"
    claim.write_text(
        "title: 活动都有线下场地\n"
        "definition: 期间内举办的每一场活动都写明了地点。\n"
        "requires:\n"
        "  - check: '!(counted(''indicator-events-held'')[?!venue])'\n"
        "    problem: 没有写明地点的活动有{counted('indicator-events-held')[?!venue]}场。\n"
        "says: '{count}场活动均写明地点'\n",
        "utf-8",
    )
    template = demo.root / "templates/self-check.md.j2"
    template.parent.mkdir()
    template.write_text(
        "# 简报\n\n{{ claim('claim-autumn', count=figure('indicator-events-held')) }}。\n", "utf-8"
    )
    assert demo.run("validate").code == 0
    assert "11场活动均写明地点。" in demo.run("report").out
    claim.write_text(claim.read_text("utf-8").replace("?!venue", "?!livestream"), "utf-8")
    ran = demo.run("report")
    assert "均写明地点" not in ran.out
    assert "没有写明地点的活动有10场。" in ran.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("figure('indicator-incidents')", "figure('indicator-nichts')", "indicator-nichts"),
        ("figure('indicator-incidents') ==", "(", "表达式无法理解"),
        ("supported('claim-events-approved')", "supported('claim-no-incident')", "又引用了自己"),
    ],
)
def test_a_claim_that_cannot_be_judged_is_named(demo: Repo, old: str, new: str, said: str) -> None:
    path = demo.root / "records/claims/claim-no-incident.yaml"
    text = path.read_text("utf-8").replace(old.replace("'", "''"), new.replace("'", "''"))
    path.write_text(text.replace(old, new), "utf-8")
    ran: Ran = demo.run("report")
    assert ran.code == 1
    assert "claim-no-incident" in ran.err
    assert said in ran.err
