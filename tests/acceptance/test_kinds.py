"""A kind is its schema: dropping one into `schemas/` is all that a new kind takes."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Repo

VISIT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "来访登记",
    "description": "外单位来访交流的登记。",
    "x-jzy-kind": "visit",
    "x-jzy-prefix": "vst",
    "x-jzy-folder": "visits",
    "x-jzy-date": "on",
    "x-jzy-name": "title",
    "x-jzy-unit": "host",
    "x-jzy-columns": ["on", "title", "host"],
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "on", "host"],
    "properties": {
        "title": {"title": "来访事由", "type": "string", "minLength": 1, "examples": ["课程交流"]},
        "on": {"title": "来访日期", "$ref": "common.schema.json#/definitions/date"},
        "host": {"title": "接待部门", "$ref": "common.schema.json#/definitions/unit_ref"},
        "visitors": {"title": "来访人数", "type": "integer", "minimum": 1},
    },
}
WORKFLOW = """\
title: 来访审批流程
applies_to:
  kinds: [visit]
stages:
  - key: head
    title: 接待部门负责人
    signers:
      - post: head
        unit_of: host
"""
INDICATOR = """\
title: 来访
definition: 期间内登记的来访人数合计。
records:
  kind: visit
  date: on
measure:
  type: sum
  of: visitors
unit: 人
"""


def add_kind(repo: Repo) -> None:
    (repo.root / "schemas").mkdir()
    (repo.root / "schemas/visit.schema.json").write_text(json.dumps(VISIT, ensure_ascii=False))
    repo.commit("增加来访登记")


def test_a_schema_alone_gives_commands_validation_and_lists(demo: Repo) -> None:
    add_kind(demo)
    assert "visit（来访登记）" in demo.run("--help").out
    assert "visitors" in demo.run("visit", "new", "--help").out
    ran = demo.run(
        "visit", "new", "--set", "title=课程交流", "--set", "on=2021/4/6",
        "--set", "host=unit-xinxixi", "--set", "visitors=12", who="person-chen",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    path = demo.root / ran.out.strip()
    assert path.parent == demo.root / "records/visits/2021"
    assert path.read_text() == (
        "# 来访事由\ntitle: 课程交流\n\n# 来访日期\non: 2021-04-06\n\n"
        "# 接待部门\nhost: unit-xinxixi\n\n# 来访人数\nvisitors: 12\n"
    )
    assert "课程交流" in demo.run("visit", "list").out
    shown = demo.run("visit", "show", path.stem).out
    assert "信息技术系" in shown
    assert demo.run("visit", "edit", path.stem, "--set", "visitors=15", who="person-chen").code == 0
    assert demo.run("validate").code == 0
    path.write_text(path.read_text().replace("visitors: 15", "visitors: 0"))
    assert "JZY204" in demo.run("validate").out


def test_a_workflow_and_an_indicator_make_it_signed_and_counted(demo: Repo) -> None:
    add_kind(demo)
    (demo.root / "records/workflows/workflow-visit.yaml").write_text(WORKFLOW)
    (demo.root / "records/indicators/indicator-visitors.yaml").write_text(INDICATOR)
    (demo.root / "templates").mkdir()
    (demo.root / "templates/self-check.md.j2").write_text(
        "# 简报\n\n来访{{ figure('indicator-visitors') }}人。\n"
    )
    demo.commit("来访审批")
    ran = demo.run(
        "visit", "new", "--set", "title=课程交流", "--set", "on=2021-03-30",
        "--set", "host=unit-xinxixi", "--set", "visitors=12", who="person-chen",
    )  # fmt: skip
    visit = Path(ran.out.strip()).stem
    assert demo.run("submit", visit, "--yes", who="person-chen").code == 0
    assert demo.run("approve", visit, "--yes", who="person-ji").code == 0
    assert json.loads(demo.run("visit", "show", visit, "--json").out)["state"] == "approved"
    assert "来访12人。" in demo.run("report").out
    assert demo.run("validate").code == 0


def test_new_never_writes_an_invalid_record(demo: Repo) -> None:
    before = demo.state()
    for values, code in (
        (["--set", "title=x"], 2),
        (["--set", "nothing=1"], 2),
        (["--set", "headcount.on_campus=many"], 2),
        (["--set", "sign_offs=[]"], 2),
    ):
        ran = demo.run("event", "new", *values, who="person-chen")
        assert ran.code == code, ran.err
        assert "Traceback" not in ran.err
    ran = demo.run("meeting", "new", "--set", "title=会", "--set", "series=例会",
                   "--set", "held_on=2021-02-30", "--set", "chair=person-nobody", who="person-jia")  # fmt: skip
    assert ran.code == 1
    assert demo.state() == before


def test_a_record_comes_from_a_file(demo: Repo, tmp_path: Path) -> None:
    source = tmp_path / "meeting.yaml"
    source.write_text("title: 协调会\nseries: 协调会\nheld_on: 2021-04-06\nchair: person-yi\n")
    ran = demo.run(
        "meeting", "new", "--from", str(source), "--set", "place=会议室", who="person-jia"
    )
    assert ran.code == 0, ran.err
    assert "place: 会议室" in (demo.root / ran.out.strip()).read_text()
    source.write_text(
        '{"title": "协调会", "series": "协调会", "held_on": "2021-04-07", "chair": "person-yi"}'
    )
    assert demo.run("meeting", "new", "--from", str(source), who="person-jia").code == 0
    source.write_text("title: &a x\n")
    ran = demo.run("meeting", "new", "--from", str(source), who="person-jia")
    assert ran.code == 2
    assert "meeting.yaml:1:8" in ran.err


def test_only_registrars_change_registers(demo: Repo) -> None:
    before = demo.state()
    ran = demo.run("unit", "edit", "unit-xinxixi", "--set", "title=信息系", who="person-chen")
    assert ran.code == 1
    assert "不是登记管理员" in ran.err
    assert demo.state() == before
    assert (
        demo.run("unit", "edit", "unit-xinxixi", "--set", "title=信息系", who="person-jia").code
        == 0
    )


def test_an_edit_of_what_is_being_signed_is_refused(demo: Repo) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who="person-chen")
    before = demo.state()
    ran = demo.run("event", "edit", event, "--set", "venue=礼堂", who="person-chen")
    assert ran.code == 1
    assert "jzy withdraw" in ran.err
    assert demo.state() == before


def test_what_happened_afterwards_may_be_added_to_an_approved_record(demo: Repo) -> None:
    path = next((demo.root / "records/events/2020").glob("evt-20201210-*.yaml"))
    ran = demo.run(
        "event",
        "edit",
        path.stem,
        "--set",
        "follow_up.cancellation.reason=主讲人出差",
        who="person-shen",
    )
    assert ran.code == 0, ran.err
    assert demo.run("validate").code == 0
