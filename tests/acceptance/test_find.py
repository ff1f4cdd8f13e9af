"""Finding records of whatever kind, and looking at one with everything that it lacks."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from jzy.model.display import width
from tests.acceptance.conftest import CHAIN, CLERK, Repo

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def rows(demo: Repo, *args: str) -> list[dict[str, Any]]:
    """What ``jzy list`` finds, for programs."""
    ran = demo.run("list", *args, "--json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def ids(demo: Repo, *args: str) -> list[str]:
    return [row["id"] for row in rows(demo, *args)]


def hits(demo: Repo, *args: str) -> dict[str, list[str]]:
    """What ``jzy search`` finds: by id, the titles of the values in which words stand."""
    ran = demo.run("search", *args, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)["found"]
    return {each["id"]: [hit["title"] for hit in each["hits"]] for each in found}


def shown(demo: Repo, record_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(demo.run("show", record_id, "--json").out)
    return found


def on_terminal(demo: Repo, columns: int, *args: str) -> list[str]:
    """The lines that a terminal of so many columns gets."""
    env = {**os.environ, "TERM": "xterm-256color"}
    said = pexpect.run(
        f"{sys.executable} -m jzy {' '.join(args)}", cwd=str(demo.root), env=env, timeout=60,
        dimensions=(40, columns),
    )  # fmt: skip
    return [line.rstrip("\r") for line in said.decode().split("\n")]


# --- list -----------------------------------------------------------------------------------------


def test_records_of_all_kinds_in_the_order_of_their_days(made_demo: Repo) -> None:
    found = rows(made_demo)
    assert {row["id"] for row in found} == {
        path.stem
        for path in made_demo.root.glob("records/**/*")
        if path.suffix in (".yaml", ".md") and path.name != "README.md"
    }
    days = [row["date"] or "" for row in found]
    assert days == sorted(days)
    assert ids(made_demo, "--sort", "id") == sorted(row["id"] for row in found)


def test_filters_narrow_it_down_together(made_demo: Repo) -> None:
    spring = rows(made_demo, "event", "会议", "--from", "2021-01-01", "--to", "2021-03-31")
    assert {row["kind"] for row in spring} == {"event", "meeting"}
    assert all("2021-01-01" <= row["date"] <= "2021-03-31" for row in spring)

    mine = rows(made_demo, "event", "--unit", "信息系")
    assert {row["unit"] for row in mine} == {"unit-xinxixi"}
    assert ids(made_demo, "event", "--unit", "unit-xinxixi") == [row["id"] for row in mine]

    approved = rows(made_demo, "event", "--state", "已批准")
    assert {row["state"] for row in approved} == {"approved"}
    assert ids(made_demo, "event", "--state", "approved") == [row["id"] for row in approved]
    filed = rows(made_demo, "event", "--state", "已报备")
    assert {row["life"] for row in filed} == {"filed"}
    assert {row["id"] for row in filed} <= {row["id"] for row in approved}

    large = ids(made_demo, "event", "--match", "headcount.on_campus >= `100`")
    assert set(large) < {row["id"] for row in approved}
    by_text = set(ids(made_demo, "event", "--text", "信息技术系 讲座"))
    assert by_text == set(hits(made_demo, "信息技术系", "讲座", "--kind", "event"))


def test_each_record_has_one_line_that_fits(made_demo: Repo) -> None:
    found = rows(made_demo)
    for columns in (80, 100):
        lines = on_terminal(made_demo, columns, "list")
        assert max(width(_ESCAPES.sub("", line)) for line in lines) <= columns
        assert {line.split("  ")[0] for line in lines} >= {row["id"] for row in found}
    piped = made_demo.run("list").out
    assert "…" not in piped
    assert all(row["name"] in piped for row in found if "\n" not in row["name"])


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nosuch"], "没有“nosuch”这一类记录"),
        (["--unit", "不存在系"], "没有“不存在系”这个部门"),
        (["--state", "不存在"], "可用的状态：拟稿、审批中"),
        (["--from", "去年"], "“去年”不是日期"),
        (["--from", "2021-02-01", "--to", "2021-01-01"], "早于期初"),
        (["--match", "title =="], "表达式无法理解"),
        (["--sort", "size"], "--sort"),
    ],
)
def test_what_cannot_be_listed_is_told(made_demo: Repo, args: list[str], says: str) -> None:
    ran = made_demo.run("list", *args)
    assert (ran.code, says in ran.err) == (2, True), ran.err


def test_what_a_condition_cannot_judge_is_counted_and_left_out(made_demo: Repo) -> None:
    """A text in one kind is absent in another."""
    ran = made_demo.run("list", "event", "training", "--match", "length(venue) > `0`")
    assert ran.code == 0
    assert re.search(r"条件对 \d+ 条记录无法求值，没有列入", ran.err)
    assert ran.out.startswith("编号")


# --- search ---------------------------------------------------------------------------------------


def test_all_words_must_occur_wherever_they_stand(demo: Repo) -> None:
    event = demo.new_event("--set", "title=ＰＹＴＨＯＮ 检索方法")
    found = hits(demo, "python", "图书馆报告厅", "文献")[event]
    assert sorted(found) == ["内容提要", "地点", "活动名称"]
    assert hits(demo, "Ｐython　检索方法")[event] == ["活动名称"]
    assert event not in hits(demo, "python", "不会出现的词")
    assert event not in hits(demo, "文献", "--kind", "meeting")
    assert event in hits(demo, "2021年5月20日")
    assert demo.run("search", "不会出现的词").err.startswith("没有找到")


def test_people_are_found_by_name_where_records_name_their_ids(demo: Repo) -> None:
    event = demo.new_event()
    found = hits(demo, "示例己")
    assert found[event] == ["现场管理 · 现场负责人"]
    assert "person-ji" in found
    assert "示例己" not in (demo.root / f"records/events/2021/{event}.yaml").read_text("utf-8")
    assert hits(demo, "person-ji")[event] == ["现场管理 · 现场负责人"]  # or by the id itself


def test_titles_of_values_are_found_and_names_of_properties_are_not(made_demo: Repo) -> None:
    assert hits(made_demo, "speakers", "--kind", "event") == {}
    assert hits(made_demo, "主办部门负责人", "--kind", "event") == {}
    heads = hits(made_demo, "分管领导", "--kind", "person")  # a record says `leader`, people do not
    assert heads
    assert all("职务" in title for titles in heads.values() for title in titles)


def test_digests_and_keys_are_not_searched(made_demo: Repo) -> None:
    event = next(made_demo.root.glob("records/events/2020/*.yaml"))
    digest = re.search(r"digest: sha256:([0-9a-f]{64})", event.read_text("utf-8"))
    assert digest is not None
    assert hits(made_demo, digest[1][:12]) == {}
    assert hits(made_demo, "ssh-ed25519") == {}


def test_records_that_are_not_sound_are_searched_too(demo: Repo) -> None:
    event = demo.root / f"records/events/2021/{demo.new_event()}.yaml"
    event.write_text(event.read_text("utf-8") + "unknown: 稀有词语\n", "utf-8")
    assert list(hits(demo, "稀有词语")) == [event.stem]


def test_hits_are_emphasised_on_a_terminal_only(made_demo: Repo) -> None:
    lines = on_terminal(made_demo, 80, "search", "报告厅")
    assert any("\x1b[1;31m报告厅\x1b[0m" in line for line in lines)
    assert max(width(_ESCAPES.sub("", line)) for line in lines) <= 80
    assert "\x1b" not in made_demo.run("search", "报告厅").out


# --- show -----------------------------------------------------------------------------------------


def missing(demo: Repo, record_id: str, kind: str) -> list[str]:
    return [each["what"] for each in shown(demo, record_id)["missing"] if each["kind"] == kind]


def commands(demo: Repo, record_id: str) -> list[str]:
    return [each["command"] for each in shown(demo, record_id)["next"]]


def test_a_draft_shows_what_it_lacks_who_will_sign_and_what_to_do(demo: Repo) -> None:
    bare = "speakers=[{name: 示例主讲, external: true}]"
    event = demo.new_event("--set", bare)
    assert missing(demo, event, "precondition") == [
        "报送前还缺：校外主讲人经所在单位同意",
        "报送前还缺：主讲人签署承诺书",
    ]
    (lead,) = (each for each in shown(demo, event)["missing"] if each["kind"] == "lead_time")
    assert lead["due"].startswith("2021-05-17T23:59:59")
    coming = shown(demo, event)["coming"]
    assert [each["people"] for each in coming] == [
        ["示例己"], ["示例丁"], ["示例丙"], ["示例乙"], ["示例戊"]
    ]  # fmt: skip
    assert not any(each["now"] for each in coming)
    assert commands(demo, event)[:2] == [f"jzy event edit {event}", f"jzy submit {event}"]

    page = demo.run("show", event).out
    for words in (
        "检索方法公开课",
        "2021年5月20日 14:30",
        "信息技术系",
        "报送之后依次签批：",
        "✗ 报送前还缺：校外主讲人经所在单位同意",
        f"jzy submit {event}（补齐之后报送审批）",
    ):
        assert words in page
    assert re.search(r"(?m)^提纲 +│$", page)  # empty, and of interest to the workflow
    assert demo.run("event", "show", event).out == page


def test_it_follows_a_record_through_its_chain(demo: Repo) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    demo.run("approve", event, "--yes", who=CHAIN[0])
    found = shown(demo, event)
    assert [(each["position"], each["now"]) for each in found["coming"]] == [
        (2, True), (3, False), (4, False), (5, False)
    ]  # fmt: skip
    assert commands(demo, event) == [f"jzy approve {event}", f"jzy withdraw {event}"]
    page = demo.run("show", event).out
    assert "主办部门负责人：同意（同意。）  有效" in page
    assert "2 主办部门分管领导：信息技术系分管领导（示例丁） ← 现在待签批" in page

    for person in CHAIN[1:]:
        demo.run("approve", event, "--yes", who=person)
    assert shown(demo, event)["coming"] == []
    assert f"jzy event hold {event}" in commands(demo, event)
    demo.run("event", "edit", event, "--set", "venue=二号楼", who=CLERK)
    (consent,) = shown(demo, event)["coming"]
    assert (consent["now"], consent["people"]) == (True, ["示例戊"])
    assert "地点（须经同意）：图书馆报告厅 → 二号楼" in demo.run("show", event).err


def test_after_it_was_held_it_says_what_closing_waits_for(demo: Repo, tmp_path: Path) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    for person in CHAIN:
        demo.run("approve", event, "--yes", who=person)
    held = ("--on", "2021-05-20", "--set", "actual_headcount=58")
    assert demo.run("event", "hold", event, *held, who=CLERK).code == 0
    (waiting,) = missing(demo, event, "move")
    assert "签到表" in waiting
    assert f"jzy event close {event}" not in commands(demo, event)

    (tmp_path / "签到表.pdf").write_bytes(b"%PDF")
    demo.run("attach", event, str(tmp_path / "签到表.pdf"), "--type", "签到表", who=CLERK)
    assert missing(demo, event, "move") == []
    assert f"jzy event close {event}" in commands(demo, event)
    assert "签到表.pdf（签到表，4 字节，副本在）" in demo.run("show", event).out
    for copy in demo.root.glob("attachments/*/*.pdf"):
        copy.unlink()
    assert missing(demo, event, "attachment") == ["附件的副本不在本机：签到表.pdf"]
    assert "签到表.pdf（签到表，4 字节，副本不在本机）" in demo.run("show", event).out


def test_findings_of_validation_and_records_that_name_it_are_shown(demo: Repo) -> None:
    (unit,) = (row["id"] for row in rows(demo, "unit") if row["name"] == "信息技术系")
    page = demo.run("show", unit).out
    assert "── 提到它的记录" in page
    assert re.search(r"(?m)^活动 \d+ 份$", page)

    event = demo.root / f"records/events/2021/{demo.new_event()}.yaml"
    event.write_text(event.read_text("utf-8").replace("person-ji", "person-nobody"), "utf-8")
    told = [each for each in shown(demo, event.stem)["missing"] if each["kind"] == "finding"]
    assert [(each["code"], each["at"]) for each in told] == [("JZY301", "onsite.lead_person")]
    assert "✗ JZY301" in demo.run("show", event.stem).out


def test_what_a_duty_asks_of_it_is_told_once(demo: Repo) -> None:
    event = rows(demo, "event", "--state", "已报备")[-1]
    path = demo.root / event["path"]
    text = re.sub(r"(?m)^  filing:\n(    .*\n)+", "", path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    owed = [each for each in shown(demo, event["id"])["missing"] if "报备" in each["what"]]
    assert [(each["kind"], each["severity"], each["code"]) for each in owed] == [
        ("duty", "error", "JZY504")
    ]
    assert "没有按期完成" in owed[0]["what"]


def test_every_record_is_a_form_that_fits(made_demo: Repo) -> None:
    """One of each kind, the longest."""
    longest: dict[str, tuple[int, str]] = {}
    for row in rows(made_demo):
        size = (made_demo.root / row["path"]).stat().st_size
        longest[row["kind"]] = max(longest.get(row["kind"], (0, "")), (size, row["id"]))
    for _, record_id in longest.values():
        lines = on_terminal(made_demo, 80, "show", record_id)
        assert max(width(_ESCAPES.sub("", line)) for line in lines) <= 80, record_id
        assert any("下一步" in line for line in lines), "\n".join(lines)


def test_no_record_and_no_digest_is_shown_in_full(made_demo: Repo) -> None:
    ran = made_demo.run("show", "evt-20990101-zzzz", "--json")
    assert (ran.code, json.loads(ran.out)["ok"]) == (1, False)
    event = next(row["id"] for row in rows(made_demo, "event", "--state", "已报备"))
    assert not re.search(r"[0-9a-f]{40}", made_demo.run("show", event).out)
    assert set(json.loads(made_demo.run("event", "show", event, "--json").out)) >= {
        "id", "kind", "path", "digest", "state", "stage", "standing", "record", "missing",
    }  # fmt: skip
