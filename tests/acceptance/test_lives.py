"""What becomes of records: each move is a command, refused with a reason where it does not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import CHAIN, CLERK, Repo
from tests.acceptance.test_prompts import Terminal

SHEET = "[{name: 签到表.pdf, type: 签到表, sha256: '" + "a" * 64 + "'}]"
OFFICER = "person-gui"
OWNER = "person-bing"
"""Who owns the measures of the sample year."""


def options(*assignments: str) -> list[str]:
    return [word for each in assignments for word in ("--set", each)]


def make(repo: Repo, kind: str, move: str, record: str, *words: str, who: str = CLERK) -> str:
    """Make a move, and give what was said about it."""
    ran = repo.run(kind, move, record, *words, who=who)
    assert ran.code == 0, ran.err
    return ran.err


def refused(
    repo: Repo, kind: str, move: str, record: str, *words: str, who: str = CLERK, code: int = 1
) -> str:
    """Try a move that does not fit, see that nothing changed, and give the reason."""
    before = repo.state()
    ran = repo.run(kind, move, record, *words, who=who)
    assert ran.code == code, ran.out + ran.err
    assert repo.state() == before
    assert "✗" in ran.err
    assert "→" in ran.err
    return ran.err


def logged(repo: Repo, record: str) -> list[tuple[str, str | None, str | None]]:
    """The moves of a record as the log has them: which, when, by whom."""
    found = json.loads(repo.run("log", record, "--json").out)
    return [(each["move"], each["on"], each["by"]) for each in found["moves"]]


def life(repo: Repo, record: str) -> str | None:
    found: str | None = json.loads(repo.run("log", record, "--json").out)["life"]
    return found


def data(repo: Repo, kind: str, record: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(repo.run(kind, "show", record, "--json").out)["record"]
    return found


def new(repo: Repo, kind: str, *assignments: str, who: str = CLERK) -> str:
    """Create a record and give its id."""
    ran = repo.run(kind, "new", *options(*assignments), "--json", who=who)
    assert ran.code == 0, ran.out + ran.err
    found: str = json.loads(ran.out)["id"]
    return found


def repo_line(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


@pytest.fixture(scope="module")
def made_approved(made_demo: Repo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, str]:
    """An event on 20 May 2021, approved; tests must not change it."""
    folder = tmp_path_factory.mktemp("approved") / "demo"
    shutil.copytree(made_demo.root, folder, symlinks=True)
    repo = Repo(folder)
    event = repo.new_event()
    assert repo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in CHAIN:
        assert repo.run("approve", event, "--yes", who=who).code == 0
    return repo, event


@pytest.fixture
def approved(made_approved: tuple[Repo, str], tmp_path: Path) -> tuple[Repo, str]:
    """A copy of the test's own."""
    shutil.copytree(made_approved[0].root, tmp_path / "demo", symlinks=True)
    return Repo(tmp_path / "demo"), made_approved[1]


# --- events ------------------------------------------------------------------------------------


def test_an_event_is_held_closed_archived_and_filed_in_this_order(
    approved: tuple[Repo, str],
) -> None:
    repo, event = approved
    assert "没有登记举办" in refused(repo, "event", "close", event)
    assert "还没有留档" in refused(repo, "event", "file", event, *options("reported_to=市委"))
    said = make(repo, "event", "hold", event, *options("actual_headcount=56", "incidents=0"))
    assert f"jzy event close {event}" in said  # the next step, and what it still waits for
    assert "还缺签到表" in said
    assert "还缺签到表" in refused(repo, "event", "close", event, "--on", "2021-05-21")
    assert "已经登记过“举办”（2021年5月20日）" in refused(
        repo, "event", "hold", event, *options("actual_headcount=60")
    )
    sheet = options(f"follow_up.outcome.attachments={SHEET}")
    assert repo.run("event", "edit", event, *sheet, who=CLERK).code == 0
    assert "早于举办日期" in refused(repo, "event", "close", event, "--on", "2021-05-19")
    make(repo, "event", "close", event, "--on", "2021/5/21")
    make(repo, "event", "archive", event, "--on", "2021-05-22", who=OWNER)
    ran = repo.run("event", "file", event, "--on", "2021-05-24", "--json", who=OWNER)
    said_json = json.loads(ran.out)
    assert (said_json["move"], said_json["life"]) == ("file", "filed")
    assert said_json["commit"] == repo.git("rev-parse", "HEAD").strip()

    # One signed commit a move, which says what it is.
    trailers = repo.git("log", "-1", "--format=%G? %(trailers:only,unfold)").split()
    assert trailers[1:] == ["Jzy-Record:", event, "Jzy-Move:", "file"]
    assert repo.git("diff", "--name-only", "HEAD^").split() == [f"records/events/2021/{event}.yaml"]
    filing = data(repo, "event", event)["follow_up"]["filing"]
    assert filing == {  # the schema offers who archives and to whom one reports
        "archived_by": "unit-xuanchuanbu", "archived_on": "2021-05-22",
        "reported_to": "中共晋城市委宣传部", "reported_on": "2021-05-24",
    }  # fmt: skip
    assert logged(repo, event) == [
        ("hold", "2021-05-20", CLERK),
        ("close", "2021-05-21", CLERK),
        ("archive", "2021-05-22", OWNER),
        ("file", "2021-05-24", OWNER),
    ]
    shown = repo.run("log", event).out
    assert "2021-05-20        示例辰   举办（实到人数 56，异常情况 0）" in shown
    assert "办理：已报备" in shown
    assert repo_line(repo.run("event", "list").out, event).endswith("  已报备")
    assert repo.run("verify").code == 0


def test_an_event_is_not_held_before_it_is_approved(demo: Repo) -> None:
    event = demo.new_event()
    assert "审批还没有完成" in refused(demo, "event", "hold", event)
    assert "不必登记延期" in refused(demo, "event", "postpone", event)
    demo.run("submit", event, "--yes", who=CLERK)
    assert "审批还没有完成" in refused(demo, "event", "hold", event)
    assert f"jzy withdraw {event}" in refused(demo, "event", "cancel", event)
    assert life(demo, event) is None


def test_what_is_cancelled_is_not_held_and_what_is_held_is_not_cancelled(
    approved: tuple[Repo, str],
) -> None:
    repo, event = approved
    make(repo, "event", "cancel", event, "--on", "2021-05-19", *options("reason=主讲人出差"))
    held = options("actual_headcount=56")
    assert "活动已经取消" in refused(repo, "event", "hold", event, *held)
    assert "活动已经取消" in refused(repo, "event", "postpone", event)
    # Nor can it be written by hand.
    outcome = options("follow_up.outcome={held_on: 2021-05-20}")
    assert "活动不能既举办又取消" in refused(repo, "event", "edit", event, *outcome)
    assert life(repo, event) == "cancelled"
    done = next((repo.root / "records/events/2020").glob("evt-20200514-*.yaml")).stem
    assert "活动已经举办" in refused(repo, "event", "cancel", done, *options("reason=迟了"))
    assert "活动已经举办" in refused(repo, "event", "postpone", done)


def test_a_postponed_event_has_new_times_and_waits_for_consent(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    late = options("actual_headcount=56")
    assert "不在批准的时间之内" in refused(
        repo, "event", "hold", event, "--on", "2021-05-27", *late
    )
    said = make(
        repo, "event", "postpone", event, "--on", "2021-05-18",
        *options("reason=天气原因", "new_starts=2021-05-27 14:30", "new_ends=2021-05-27 16:00"),
    )  # fmt: skip
    assert "须经同意" in said
    assert f"请主要领导执行 jzy approve {event}" in said
    assert life(repo, event) == "postponed"
    assert repo_line(repo.run("event", "list").out, event).endswith("  待同意 · 已延期")
    record = data(repo, "event", event)
    assert record["starts"] == "2021-05-27T14:30:00+08:00"
    assert record["follow_up"]["postponements"][0]["old_starts"] == "2021-05-20T14:30:00+08:00"
    assert "还没有征得同意" in refused(repo, "event", "hold", event, *late)
    assert repo.run("approve", event, "--yes", who=CHAIN[-1]).code == 0
    make(repo, "event", "hold", event, *late)
    assert data(repo, "event", event)["follow_up"]["outcome"]["held_on"] == "2021-05-27"
    assert [move for move, _, _ in logged(repo, event)] == ["postpone", "hold"]


def test_values_are_checked_as_in_every_edit(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    hold = ("event", "hold", event)
    assert "--set actual_headcount=" in refused(repo, *hold, code=2)
    assert "不能填写 venue" in refused(repo, *hold, *options("venue=礼堂"), code=2)
    assert "应是整数" in refused(repo, *hold, *options("actual_headcount=许多"), code=2)
    assert "不能小于 0" in refused(repo, *hold, *options("actual_headcount=-1"))
    wrong = refused(repo, *hold, "--on", "2021-02-30", *options("actual_headcount=5"))
    assert "应是有效的日期" in wrong
    assert "还没有到" in refused(repo, *hold, "--on", "2199-01-01", *options("actual_headcount=5"))
    path = repo.root / "records/events/2021" / f"{event}.yaml"
    path.write_text(path.read_text() + "\n")
    assert "尚未提交的改动" in refused(repo, *hold, *options("actual_headcount=5"))


def test_moves_are_among_the_commands_of_their_kind(demo: Repo) -> None:
    shown = demo.run("event", "--help").out
    for move in ("postpone", "hold", "cancel", "close", "archive", "file"):
        assert f"  {move}" in shown
    assert "actual_headcount *" in demo.run("event", "hold", "--help").out
    ran = demo.run("group", "disolve", "grp-zongheshiwuqun")
    assert (ran.code, "是否应为 dissolve？" in ran.err) == (2, True)
    # The report has a command of its own name, and moves all the same.
    report = next((demo.root / "records/reports").rglob("rpt-20210416-*.yaml")).stem
    assert "已经登记过“上报”" in refused(demo, "report", "send", report)
    assert life(demo, report) == "sent"


def test_a_terminal_asks_for_what_is_missing(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    terminal = Terminal(repo, CLERK, "event", "hold", event)
    terminal.answer("举办日期 2021-05-20", "\r")
    terminal.answer("实到人数", "\r")
    terminal.until("此项必填")
    terminal.answer("实到人数", "56\r")
    terminal.answer("异常情况", "\r")
    terminal.until("下一步")
    assert terminal.end() == 0
    outcome = data(repo, "event", event)["follow_up"]["outcome"]
    assert outcome == {"held_on": "2021-05-20", "actual_headcount": 56}
    terminal = Terminal(repo, CLERK, "event", "hold", event)
    terminal.until("已经登记过“举办”")  # and nothing is asked in vain
    assert terminal.end() == 1


# --- groups ------------------------------------------------------------------------------------

GROUP, OTHER, CLOSED = "grp-zongheshiwuqun", "grp-xuanchuangongzuoqun", "grp-yiqingwuzixietiaoqun"


def test_a_group_is_checked_changed_transferred_and_merged(demo: Repo) -> None:
    make(demo, "group", "check", GROUP, "--on", "2021-04-01")
    make(demo, "group", "check", GROUP, "--on", "2021-04-10")
    assert "没有写明变更了什么" in refused(demo, "group", "change", GROUP)
    make(demo, "group", "change", GROUP, "--on", "2021-04-11", *options("name=综合一群"))
    assert "不是接收部门的人员" in refused(
        demo, "group", "transfer", GROUP, *options("to_unit=unit-xinxixi", "responsible=person-yi")
    )
    moved = options("to_unit=unit-xinxixi", "responsible=person-ji")
    make(demo, "group", "transfer", GROUP, "--on", "2021-04-12", *moved)
    group = data(demo, "group", GROUP)
    assert (group["name"], group["unit"], group["responsible"]) == (
        "综合一群", "unit-xinxixi", "person-ji",
    )  # fmt: skip

    assert "--set merged_into=" in refused(demo, "group", "merge", GROUP, code=2)
    assert "不能并入自己" in refused(
        demo, "group", "merge", GROUP, *options(f"merged_into={GROUP}")
    )
    assert "已经停用" in refused(demo, "group", "merge", GROUP, *options(f"merged_into={CLOSED}"))
    make(demo, "group", "merge", GROUP, "--on", "2021-04-13", *options(f"merged_into={OTHER}"))
    assert "已经停用" in refused(demo, "group", "merge", OTHER, *options(f"merged_into={GROUP}"))
    assert "不再办理" in refused(demo, "group", "dissolve", GROUP)
    assert "不再办理" in refused(demo, "group", "check", GROUP)
    assert "已经登记过“合并”" in refused(demo, "group", "merge", GROUP)
    # Also what was overwritten since: history has it.
    assert logged(demo, GROUP)[1:] == [
        ("check", "2021-04-01", CLERK),
        ("check", "2021-04-10", CLERK),
        ("change", "2021-04-11", CLERK),
        ("transfer", "2021-04-12", CLERK),
        ("merge", "2021-04-13", CLERK),
    ]


def test_a_group_is_dissolved_once(demo: Repo) -> None:
    assert "早于建群日期" in refused(demo, "group", "dissolve", GROUP, "--on", "2001-01-01")
    make(demo, "group", "dissolve", GROUP, "--on", "2021-04-12", *options("reason=不再使用"))
    assert "已经登记过“解散”" in refused(demo, "group", "dissolve", GROUP)
    assert "不再办理" in refused(demo, "group", "merge", GROUP, *options(f"merged_into={OTHER}"))
    assert "已解散" in repo_line(demo.run("group", "list").out, GROUP)


def test_a_census_is_offered_the_figures_of_the_groups(demo: Repo) -> None:
    before = new(demo, "census", "title=年中筛查", "on=2021-06-30")
    make(demo, "group", "dissolve", GROUP, "--on", "2021-07-12")
    into = options("merged_into=grp-anquanzhibanqun")
    make(demo, "group", "merge", OTHER, "--on", "2021-07-12", *into)
    after = new(demo, "census", "title=年末筛查", "on=2021-12-31", "added=0")
    was, now = data(demo, "census", before), data(demo, "census", after)
    assert now["opening"] == was["closing"]
    assert (now["added"], now["merged"], now["dissolved"]) == (0, 1, 1)
    assert now["closing"] == was["closing"] - 2
    for census in (was, now):
        gone = census["merged"] + census["dissolved"]
        assert census["opening"] + census["added"] - gone == census["closing"]


# --- problems and measures ---------------------------------------------------------------------


def test_a_problem_is_closed_with_evidence_by_somebody_who_does_not_own_it(demo: Repo) -> None:
    unit = "unit=unit-xuanchuanbu"
    finding = new(
        demo, "finding", "problem=材料报送不及时。", "source=自查", "found_on=2021-04-08", unit
    )
    measure = new(
        demo, "measure", "measure=组织学习审批程序。", f"findings=[{finding}]", "set_on=2021-04-12",
        "due=2021-12-31", f"owner={OWNER}", unit,
    )  # fmt: skip
    close = ("measure", "close", measure)
    assert measure in refused(demo, "finding", "close", finding, who=OFFICER)
    make(demo, "measure", "start", measure, "--on", "2021-04-15", who=OWNER)
    assert "还没有完成" in refused(demo, *close, who=OFFICER)
    make(demo, "measure", "done", measure, "--on", "2021-04-20", who=OWNER)
    evidence = options(f"attachments={SHEET}")
    assert "不能为自己的措施销号" in refused(demo, *close, *evidence, who=OWNER)
    own = options(f"checked_by={OWNER}")
    assert "是责任人" in refused(demo, *close, *evidence, *own, who=OFFICER)
    assert "没有佐证材料" in refused(demo, *close, who=OFFICER)
    make(demo, *close, "--on", "2021-05-06", *evidence, who=OFFICER)
    assert data(demo, "measure", measure)["follow_up"]["checked_by"] == OFFICER

    assert "不能为自己的问题销号" in refused(demo, "finding", "close", finding, who=OWNER)
    assert "是责任人" in refused(demo, "finding", "close", finding, *own, who=OFFICER)
    make(demo, "finding", "close", finding, "--on", "2021-05-07", who=OFFICER)
    assert (life(demo, measure), life(demo, finding)) == ("closed", "closed")
    assert [move for move, _, _ in logged(demo, measure)] == ["start", "done", "close"]
    assert "JZY48" not in "".join(
        line for line in demo.run("validate").out.splitlines() if measure in line or finding in line
    )


# --- meetings, policies, publicity and the rest ------------------------------------------------


def test_the_resolutions_of_a_meeting_are_carried_out_one_by_one(demo: Repo) -> None:
    meeting = new(
        demo, "meeting", "title=协调会", "series=协调会", "held_on=2021-04-06", "chair=person-yi",
        "resolutions=[{text: 印发通知}, {text: 更换场地}]",
    )  # fmt: skip
    done = ("meeting", "done", meeting)
    assert "没有第 3 项" in refused(demo, *done, *options("number=3"))
    assert "没有第 0 项" in refused(demo, *done, *options("number=0"))
    make(demo, *done, "--on", "2021-04-07", *options("number=2"))
    assert life(demo, meeting) is None
    assert "第 2 项已经登记落实" in refused(demo, *done, *options("number=2"))
    make(demo, *done, "--on", "2021-04-08", *options("number=1", "note=已印发"))
    assert life(demo, meeting) == "done"


def test_a_policy_is_revised_by_its_successor_and_then_repealed(demo: Repo) -> None:
    policy = "policy-shishi-xize"
    revise, repeal = ("policy", "revise", policy), ("policy", "repeal", policy)
    assert f"supersedes={policy}" in refused(demo, *revise, who=OFFICER)
    assert "也没有写明依据" in refused(demo, *repeal, who=OFFICER)
    successor = ["title=新的实施细则", "issued_on=2021-04-01", f"supersedes={policy}"]
    new(demo, "policy", *successor, "body=第一条 略。", who=OFFICER)
    make(demo, *revise, "--on", "2021-04-01", who=OFFICER)
    assert data(demo, "policy", policy)["follow_up"]["status"] == "修订"
    assert "早于" in refused(demo, *repeal, "--on", "2021-03-31", who=OFFICER)
    make(demo, *repeal, "--on", "2021-04-12", who=OFFICER)
    found = data(demo, "policy", policy)["follow_up"]
    assert (found["status"], found["since"]) == ("废止", "2021-04-12")
    assert "已经登记过“修订”" in refused(demo, *revise, who=OFFICER)
    assert life(demo, policy) == "repealed"
    assert [move for move, _, _ in logged(demo, policy)] == ["revise", "repeal"]


def test_only_the_text_that_was_approved_is_published(demo: Repo, tmp_path: Path) -> None:
    text = "公开课将于五月举行。"
    notice = new(
        demo, "publicity", "title=公开课预告", "unit=unit-xinxixi", "planned_on=2021-05-10 09:00",
        "channels=[公众号]", "secrecy_checked=true", f"text={text}",
    )  # fmt: skip
    assert len(data(demo, "publicity", notice)["text_sha256"]) == 64  # the schema offers it
    publish = ("publicity", "publish", notice, "--on", "2021-05-10 09:30")
    assert "审批还没有完成" in refused(demo, *publish)
    assert demo.run("submit", notice, "--yes", who=CLERK).code == 0
    for who in CHAIN[:-1]:
        assert demo.run("approve", notice, "--yes", who=who).code == 0
    assert "还没有发布" in refused(demo, "publicity", "retract", notice)
    same, other = tmp_path / "same.txt", tmp_path / "other.txt"
    same.write_bytes(text.encode() + b"\r\n")  # an editor's line end is no other text
    other.write_text(text.replace("五月", "六月"))
    assert "没有写明所发布的文本" in refused(demo, *publish)
    assert "不是批准的文本" in refused(demo, *publish, *options(f"text_sha256=@{other}"))
    assert "无法读取" in refused(demo, *publish, *options("text_sha256=@nowhere.txt"), code=2)
    make(demo, *publish, *options(f"text_sha256=@{same}", "address=公众号"))
    published = data(demo, "publicity", notice)["follow_up"]["published"]
    assert published["on"] == "2021-05-10T09:30:00+08:00"
    make(demo, "publicity", "retract", notice, "--on", "2021-05-11", *options("reason=内容更新"))
    assert [move for move, _, _ in logged(demo, notice)] == ["publish", "retract"]
    assert "2021-05-10 09:30  示例辰" in demo.run("log", notice).out


UNIT = "unit=unit-xinxixi"
ENDS = [
    ("letter", [UNIT, "signer=person-ji", "signed_on=2021-01-08", "from=2021-01-08", "until=2021-12-31"],
     "end", ["reason=部门撤销"], "ended"),
    ("account", ["name=微博", "platform=微博", UNIT, "responsible=person-ji"], "close", [], "closed"),
    ("committee", ["name=筹备组", "updated_on=2021-01-08", "members=[{role: 组长, person: person-ji}]"],
     "dissolve", [], "dissolved"),
    ("team", ["name=队伍", UNIT, "formed_on=2021-01-08", "composition=[{category: 教师, count: 8}]"],
     "disband", [], "disbanded"),
    ("training", ["theme=培训", "organizer=unit-xinxixi", "from=2021-03-02", "until=2021-03-03",
                  "headcount={actual: 24, unit_of_count: 人}"],
     "done", [f"attachments={SHEET}"], "done"),
]  # fmt: skip


def test_every_other_life_ends_too_and_only_once(demo: Repo) -> None:
    for kind, properties, move, values, key in ENDS:
        record = new(demo, kind, *properties)
        words = ["--on", "2021-04-20", *options(*values)]
        if values:
            assert "→" in refused(demo, kind, move, record, code=1 if kind == "training" else 2)
        make(demo, kind, move, record, *words)
        assert life(demo, record) == key, (kind, move)
        assert "已经登记过" in refused(demo, kind, move, record, *words)


def test_an_account_is_reviewed_again_and_again_until_it_is_closed(demo: Repo) -> None:
    account = new(demo, "account", "name=微博", "platform=微博", UNIT, "responsible=person-ji")
    review = ("account", "review", account, "--on")
    make(demo, *review, "2020-04-20", *options("result=通过"))
    assert "已经登记过年审" in refused(demo, *review, "2020-04-20", *options("result=通过"))
    assert "应是其中之一" in refused(demo, *review, "2021-04-20", *options("result=很好"))
    make(demo, *review, "2021-04-20", *options("result=注销"))
    make(demo, "account", "close", account, "--on", "2021-04-21")
    assert "已经注销" in refused(demo, *review, "2021-04-22", *options("result=通过"))
    assert [on for _, on, _ in logged(demo, account)] == ["2020-04-20", "2021-04-20", "2021-04-21"]


def test_what_went_wrong_is_closed_when_it_says_how_it_was_handled(demo: Repo) -> None:
    words = options("title=口令外泄", "on=2021-04-06", "unit=unit-xinxixi")
    incident = json.loads(demo.run("incident", "new", *words, "--json", who=CLERK).out)["id"]
    assert "还没有写明处置" in refused(demo, "incident", "close", incident)
    demo.run("incident", "edit", incident, *options("handling=已更换口令"), who=CLERK)
    make(demo, "incident", "close", incident, "--on", "2021-04-12")
    assert life(demo, incident) == "closed"


def test_a_delegation_is_revoked_by_its_owner(demo: Repo) -> None:
    given = new(
        demo, "delegation", f"from_person={OWNER}", f"to_person={CLERK}", "post=head",
        "unit=unit-xuanchuanbu", "from=2021-04-01", "until=2021-12-31", who=OWNER,
    )  # fmt: skip
    revoke = ("delegation", "revoke", given, "--on", "2021-05-01")
    assert "只由委托人本人办理" in refused(demo, *revoke)
    make(demo, *revoke, who=OWNER)
    assert data(demo, "delegation", given)["revoked"] == "2021-05-01"
    assert life(demo, given) == "revoked"


# --- an office's own ---------------------------------------------------------------------------


def test_an_office_asks_for_other_evidence_without_a_line_of_python(
    approved: tuple[Repo, str],
) -> None:
    repo, event = approved
    (repo.root / "schemas").mkdir(exist_ok=True)
    overlay = {
        "x-jzy-moves": {"close": {"with": {"evidence": ["签到表", "照片"]}}, "archive": None}
    }
    (repo.root / "schemas/event.overlay.json").write_text(json.dumps(overlay, ensure_ascii=False))
    repo.commit("办结须有照片，不单独登记留档")
    make(repo, "event", "hold", event, *options("actual_headcount=56", f"attachments={SHEET}"))
    assert "还缺照片" in refused(repo, "event", "close", event)
    assert "archive" not in repo.run("event", "--help").out


# --- numbers -----------------------------------------------------------------------------------


def test_a_number_is_given_once_in_turn_after_approval_by_those_who_may(
    approved: tuple[Repo, str],
) -> None:
    repo, event = approved
    draft = repo.new_event()
    first = sorted((repo.root / "records/events/2020").glob("evt-*.yaml"))[:2]

    def number(record: str, who: str) -> str:
        ran = repo.run("number", record, who=who)
        assert ran.code == 0, ran.err
        return ran.out.strip()

    def no_number(record: str, who: str = OWNER) -> str:
        before = repo.state()
        ran = repo.run("number", record, who=who)
        assert (ran.code, repo.state()) == (1, before)
        return ran.err

    assert "在那里没有职务" in no_number(event, CLERK)
    assert number(first[0].stem, OWNER) == "〔2020〕1号"
    assert number(first[1].stem, "person-jia") == "〔2020〕2号"  # a registrar
    assert number(event, OWNER).endswith("〕1号")  # another year begins anew
    assert "已经有文号：〔2020〕1号" in no_number(first[0].stem)
    assert "还没有经过审批" in no_number(draft)
    repo.run("submit", draft, "--yes", who=CLERK)
    assert "审批还没有完成" in no_number(draft)
    assert "没有文号" in no_number(GROUP)
    assert (
        "follow_up:\n  number: 〔" in (repo.root / f"records/events/2021/{event}.yaml").read_text()
    )
    assert repo.run("verify").code == 0
