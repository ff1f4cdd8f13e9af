"""`jzy status`: the board that an office opens each Monday."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from jzy.model.display import width

from .conftest import Repo

Spoil = Callable[[Path, str, str], None]
FILED = "records/events/2021/evt-20210311-rlmu.yaml"


def board(repo: Repo, *args: str) -> tuple[int, dict[str, Any]]:
    """The board as programs read it."""
    ran = repo.run("status", "--json", *args)
    return ran.code, json.loads(ran.out)


def on_screen(repo: Repo, *args: str, **env: str) -> list[str]:
    """The lines on a terminal of 80 columns."""
    child = pexpect.spawn(
        sys.executable, ["-m", "jzy", "status", *args], cwd=repo.root, encoding="utf-8",
        dimensions=(60, 80), env={**os.environ, **env}, timeout=30,
    )  # fmt: skip
    return str(child.read()).splitlines()


def test_on_the_day_of_the_report_nothing_is_missed(made_demo: Repo) -> None:
    ran = made_demo.run("status")
    assert ran.code == 0
    assert "2021年4月16日 星期五" in ran.out
    assert "没有完成" not in ran.out
    assert re.search(
        r"2021-04-30  还有 14 天 +每月月评（2021年4月）\n +→ jzy assessment new", ran.out
    )
    assert "没有遗漏" in ran.err
    assert "\x1b" not in ran.out


def test_a_board_tells_what_is_missed_what_is_due_and_what_ends_soon(made_demo: Repo) -> None:
    later = made_demo.run("status", "--on", "2021-07-01")
    assert later.code == 1
    missed, due = later.out.split("期限之内")
    assert re.search(r"✗ 2021-06-30  已过 1 天 +每季度召开联席会议（2021年第二季度）", missed)
    assert re.search(r"✗ 2021-04-30  已过 62 天 +每个部门的责任书始终有效（12 个部门）", missed)
    assert "信息系" in missed
    assert "→ jzy meeting new" in missed
    assert re.search(r"· 2021-07-18  还有 17 天 +每学期集中培训", due)
    assert "有效期将满" in made_demo.run("status", "--on", "2021-04-16").out
    assert "有效期将满" not in made_demo.run("status", "--on", "2021-03-01").out


def test_a_meeting_that_was_lost_is_missed_until_it_is_recorded_again(demo: Repo) -> None:
    path = next((demo.root / "records/meetings/2020").glob("mtg-20200924-*.yaml"))
    text = path.read_text()
    path.unlink()
    ran = demo.run("status")
    assert ran.code == 1
    assert "每季度召开联席会议（2020年第三季度）" in ran.out
    assert "有 1 项没有完成" in ran.err
    path.write_text(text)
    assert demo.run("status").code == 0


def test_an_event_that_was_not_filed_is_due_then_missed_then_late(demo: Repo, spoil: Spoil) -> None:
    path = demo.root / FILED
    filed = re.search(r"    reported_on: (\S+)\n", path.read_text())
    assert filed
    spoil(path, filed[0], "")

    def mine(day: str) -> tuple[int, dict[str, Any]]:
        code, found = board(demo, "--on", day)
        wanted = [
            each
            for each in found["instances"]
            if (each["duty"], each["record"]) == ("duty-filing", path.stem)
        ]
        return code, wanted[0]

    code, due = mine("2021-03-18")
    assert (code, due["state"], due["due"], due["days_left"]) == (0, "due", "2021-03-18", 0)
    assert path.stem in due["next"]
    assert due["next"].startswith("jzy event ")
    code, missed = mine("2021-03-19")
    assert (code, missed["state"], missed["days_left"]) == (1, "missed", -1)
    shown = demo.run("status", "--on", "2021-03-19")
    assert "已过 1 天" in shown.out
    assert path.stem in shown.out

    text = path.read_text()
    place = text.index("    reported_to:")
    path.write_text(text[:place] + "    reported_on: 2021-03-19\n" + text[place:])
    code, late = mine("2021-03-19")
    assert (code, late["state"], late["done"]) == (0, "late", "2021-03-19")
    assert "逾期完成 1 项" in demo.run("status", "--on", "2021-03-19").out
    assert "警告 JZY506" in demo.run("validate", "--on", "2021-03-19").out


def test_a_cancelled_event_owes_nothing(made_demo: Repo) -> None:
    _, found = board(made_demo)
    cancelled = next((made_demo.root / "records/events/2020").glob("evt-20201210-*.yaml"))
    assert "cancellation" in cancelled.read_text()
    assert cancelled.stem not in {each["record"] for each in found["instances"]}


def test_programs_get_every_instance_with_what_it_rests_on(made_demo: Repo) -> None:
    code, found = board(made_demo)
    assert code == 0
    assert (found["version"], found["ok"], found["on"]) == (1, True, "2021-04-16")
    states = [each["state"] for each in found["instances"]]
    assert {state: states.count(state) for state in found["counts"]} == found["counts"]
    assert found["faults"] == found["left_out"] == []
    quarters = [each for each in found["instances"] if each["duty"] == "duty-joint-meeting"]
    assert [each["period"]["title"] for each in quarters][-1] == "2021年第二季度"
    assert quarters[0] == {
        "duty": "duty-joint-meeting",
        "title": "每季度召开联席会议",
        "form": "period",
        "state": "met",
        "kind": "meeting",
        "period": {"title": "2020年第二季度", "from": "2020-04-01", "until": "2020-06-30"},
        "record": None,
        "unit": None,
        "due": "2020-06-30",
        "days_left": -290,
        "done": None,
        "needed": 1,
        "records": ["mtg-20200619-flg2"],
        "next": "",
    }
    forms = {each["form"] for each in found["instances"]}
    assert forms == {"period", "record", "throughout"}


def test_all_lists_what_was_met_with_its_records(made_demo: Repo) -> None:
    ran = made_demo.run("status", "--all")
    assert ran.code == 0
    assert "2020年第二季度  mtg-20200619-flg2" in ran.out
    _, found = board(made_demo)
    for each in found["instances"]:
        for record in each["records"]:
            assert record in ran.out


@pytest.mark.parametrize("said", ["unit-xinxixi", "信息系", "信息技术系"])
def test_a_unit_sees_its_own(made_demo: Repo, said: str) -> None:
    code, found = board(made_demo, "--unit", said)
    assert code == 0
    assert found["unit"] == "unit-xinxixi"
    assert {each["unit"] for each in found["instances"]} == {"unit-xinxixi", None}
    assert "duty-joint-meeting" not in {each["duty"] for each in found["instances"]}
    assert "duty-filing" in {each["duty"] for each in found["instances"]}
    assert "信息系 制度要求完成情况" in made_demo.run("status", "--unit", said).out


@pytest.mark.parametrize(
    ("args", "says"),
    [(("--on", "2021-02-30"), "不是日期"), (("--unit", "无此部门"), "没有“无此部门”这个部门")],
)
def test_what_cannot_be_asked(made_demo: Repo, args: tuple[str, ...], says: str) -> None:
    ran = made_demo.run("status", *args)
    assert ran.code == 2
    assert says in ran.err
    assert made_demo.run("status", cwd=made_demo.root.parent).code == 3


def test_a_duty_that_cannot_be_judged_is_told_and_hides_nothing(demo: Repo, spoil: Spoil) -> None:
    spoil(demo.root / "records/duties/duty-census.yaml", "kind: census", "kind: counting")
    ran = demo.run("status")
    assert ran.code == 1
    assert "每年初统计筛查工作群：没有“counting”这一类记录" in ran.out
    assert "每月月评" in ran.out
    code, found = board(demo)
    assert (code, found["ok"]) == (1, False)
    assert [(each["duty"], each["at"]) for each in found["faults"]] == [("duty-census", "kind")]


def test_without_duties_the_board_says_how_to_begin(demo: Repo) -> None:
    for path in (demo.root / "records/duties").iterdir():
        path.unlink()
    ran = demo.run("status")
    assert ran.code == 0
    assert "jzy duty new" in ran.err


def test_a_file_that_cannot_be_read_is_told(demo: Repo) -> None:
    (demo.root / FILED).write_text("title: [\n")
    ran = demo.run("status")
    assert FILED in ran.err
    assert board(demo)[1]["left_out"] == [FILED]


def test_the_board_fits_eighty_columns_in_colour_and_without(made_demo: Repo) -> None:
    day = ("--on", "2021-07-01", "--all")
    coloured = on_screen(made_demo, *day, TERM="xterm", NO_COLOR="")
    plain = on_screen(made_demo, *day, TERM="xterm", NO_COLOR="1")
    assert "\x1b[" in "".join(coloured)
    assert "\x1b" not in "".join(plain)
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured]
    assert bare == plain
    assert [line for line in plain if width(line) > 80] == []
    assert len(plain) > 40


def test_what_is_done_is_counted_alike_whether_it_is_told_or_not(demo: Repo) -> None:
    counts = board(demo)[1]["counts"]
    assert counts["met"] > 0
    for options in ((), ("--all",), (), ("--unit", "信息系")):  # judged, then kept
        said = demo.run("status", *options).out
        if "--unit" in options:
            counts = board(demo, *options)[1]["counts"]
        told = f"按期完成 {counts['met']} 项"
        assert told in said or f"按期完成　{counts['met']} 项" in said
