"""``jzy form``: what was signed, what is proven of it, and what is left for a hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docx import Document as open_docx

from tests.acceptance.conftest import CHAIN, CLERK, Repo
from tests.acceptance.test_colleges import CLERK as COLLEGE_CLERK
from tests.acceptance.test_colleges import FOREIGNER, lecture
from tests.acceptance.test_colleges import found as found  # noqa: PLC0414 - a fixture
from tests.acceptance.test_delegation import DEPUTY, made

TITLES = ("主办部门负责人", "主办部门分管领导", "主管部门负责人", "主管部门分管领导", "主要领导")


def blocks(repo: Repo, record: str, *more: str) -> dict[str, str]:
    """The rows of a form, label to value."""
    ran = repo.run("form", record, *more)
    assert ran.code == 0, ran.err
    return dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.*) \|$", ran.out, re.MULTILINE))


def commits(repo: Repo, record: str) -> list[str]:
    said = repo.git("log", "--reverse", "--format=%h", "--abbrev=8", f"--grep=Jzy-Record: {record}")
    return said.split()


def test_signed_stages_say_who_when_and_by_which_commit_and_the_rest_is_left_to_a_hand(
    demo: Repo,
) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    assert demo.run("approve", event, "--yes", "-m", "同意举办。", who=CHAIN[0]).code == 0
    rows = blocks(demo, event)
    submitted, approved = commits(demo, event)[-2:]
    assert f"*提交 {submitted}　已证明*" in rows["经办人报送"]
    first = rows["主办部门负责人意见"]
    assert first.startswith("同意举办。<br>示例己　20")
    assert first.endswith(f"<br>*提交 {approved}　已证明*")
    for title in TITLES[1:]:
        assert re.fullmatch(r"签字：　+<br>年　+月　+日", rows[f"{title}意见"])
    assert rows["审批结论"] == "审批中，等待主办部门分管领导，全部签批已由提交历史证明"


def test_before_submission_every_stage_of_its_chain_is_blank(demo: Repo) -> None:
    rows = blocks(demo, demo.new_event())
    assert all(rows[f"{title}意见"].startswith("签字：") for title in TITLES)
    assert "审批结论" not in rows
    assert rows["系列"] == ""


def test_a_change_that_is_not_committed_is_proven_by_nothing(demo: Repo) -> None:
    record = demo.root / "records/events/2021/evt-20210311-rlmu.yaml"
    record.write_text(record.read_text("utf-8").replace("图书馆报告厅", "礼堂"), "utf-8")
    ran = demo.run("form", record.stem)
    assert "已证明" not in ran.out
    assert ran.out.count("未证明：有尚未提交的改动") == 6
    assert "批准之后改动了“地点”，须经同意；尚未全部证明（有尚未提交的改动）" in ran.out
    assert "! 表中的签批没有全部得到证明" in ran.err


def test_a_sign_off_that_was_typed_in_is_said_to_be_unproven(demo: Repo) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    path = next(demo.root.glob(f"records/events/*/{event}.yaml"))
    assert demo.run("approve", event, "--yes", who=CHAIN[0]).code == 0
    signed = path.read_text("utf-8")
    demo.git("reset", "-q", "--hard", "HEAD^")
    path.write_text(signed, "utf-8")
    demo.commit()
    row = blocks(demo, event)["主办部门负责人意见"]
    assert "已证明" not in row
    assert re.search(r"\*(提交 [0-9a-f]{8}　)?(未证明|不成立)：.+\*", row)


def test_who_signs_for_another_says_so_and_earlier_rounds_are_told(demo: Repo) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    assert demo.run("return", event, "--yes", "-m", "请更换场地", who=CHAIN[0]).code == 0
    returned = blocks(demo, event)
    assert returned["主办部门负责人意见"].startswith("退回：请更换场地<br>示例己")
    assert returned["审批结论"].startswith("已退回")
    assert demo.run("event", "edit", event, "--set", "venue=礼堂", who=CLERK).code == 0
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    made(demo)
    for who in (*CHAIN[:3], DEPUTY, CHAIN[4]):
        ran = demo.run("approve", event, "--yes", who=who)
        assert ran.code == 0, ran.err
    ran = demo.run("form", event)
    rows = blocks(demo, event)
    assert "示例子（代示例乙）" in rows["主管部门分管领导意见"]
    assert rows["审批结论"] == "已批准，全部签批已由提交历史证明"
    told = ran.out.partition("其他办理经过")[2]
    assert "退回：请更换场地" in told
    assert told.count("已证明") == 2  # the first submission and the return
    assert "请更换场地" not in ran.out.partition("其他办理经过")[0]


def test_a_college_with_a_chain_of_its_own_has_its_own_blocks(found) -> None:  # type: ignore[no-untyped-def]
    college = found("jia")
    plain = college.new("event", **lecture("unit-jixie"))
    guest = college.new("event", **lecture("unit-jixie", speakers=[FOREIGNER]))
    stages = {
        record: [title for title in blocks(college, record) if title.endswith(("意见", "阅知"))]
        for record in (plain, guest)
    }
    extra = [title for title in stages[guest] if title not in stages[plain]]
    assert len(extra) == 1
    assert len(stages[plain]) == 4
    college.submit(guest, COLLEGE_CLERK)
    college.pass_on(guest, "person-reviewer", "person-dean", "person-foreign", "person-vice",
                    "person-propaganda")  # fmt: skip
    rows = blocks(college, guest)
    assert all("已证明" in rows[title] for title in stages[guest])


def test_files_in_every_format_and_the_next_step(demo: Repo) -> None:
    for suffix in ("docx", "html", "md"):
        ran = demo.run("form", "evt-20210311-rlmu", "-o", f"out/a.{suffix}")
        assert (ran.code, ran.out) == (0, "")
        assert f"✓ 讲座论坛管理表已写入 out/a.{suffix}" in ran.err
        assert "jzy attach evt-20210311-rlmu" in ran.err
        first = (demo.root / f"out/a.{suffix}").read_bytes()
        assert demo.run("form", "evt-20210311-rlmu", "-o", f"out/a.{suffix}").code == 0
        assert (demo.root / f"out/a.{suffix}").read_bytes() == first
    word = open_docx(str(demo.root / "out/a.docx"))
    assert word.tables[0].rows[0].cells[1].text == "职业生涯规划"
    assert "示例数据" in word.paragraphs[1].text


def test_blank_forms_lists_and_wrong_names(demo: Repo) -> None:
    ran = demo.run("form", "event", "--blank", "--form", "pledge")
    assert (ran.code, "承诺人（签字）：＿" in ran.out) == (0, True)
    ran = demo.run("form", "event", "--blank")
    assert all(f"{title}意见" in ran.out for title in TITLES)
    listed = json.loads(demo.run("form", "event", "--list", "--json").out)["forms"]
    assert [each["name"] for each in listed] == ["main", "pledge", "consent", "sign-in"]
    assert "同意函" in demo.run("form", "evt-20210311-rlmu", "--list").out

    said = json.loads(demo.run("form", "evt-20210311-rlmu", "-o", "a.docx", "--json").out)
    assert said["title"] == "讲座论坛管理表"
    assert said["commit"] == demo.git("rev-parse", "HEAD").strip()


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (["event"], 2, "--blank"),
        (["evt-20210311-rlmu", "--blank"], 2, "jzy form event --blank"),
        (["evt-20210311-rlmu", "--form", "x"], 2, "pledge（承诺书）"),
        (["evt-20210311-rlmu", "--form", "consent"], 1, "没有需要“同意函”的主讲人"),
        (["evt-20210311-rlmu", "-o", "a.odt"], 2, "可用的格式"),
        (["evt-20990101-aaaa"], 1, "没有编号为"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    made_demo: Repo, args: list[str], code: int, why: str
) -> None:
    ran = made_demo.run("form", *args)
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert why in ran.err
    assert not Path(made_demo.root / "a.odt").exists()
