"""An office's own checks: written in its schemas, found by validate, explained, and no Python."""

from __future__ import annotations

import json
from typing import Any

from .conftest import Repo

LOAN: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "场地借用",
    "description": "场地借用的登记。",
    "x-jzy-kind": "loan",
    "x-jzy-prefix": "loan",
    "x-jzy-folder": "loans",
    "x-jzy-date": "on",
    "x-jzy-name": "title",
    "x-jzy-checks": {
        "CD101": {
            "title": "借用的场地过多",
            "description": "一次借用不超过 {_with.most} 处场地。",
            "advice": "请分次借用。",
            "with": {"most": 2},
            "check": "length(rooms) <= _with.most",
            "at": "rooms",
            "message": "{unit}借用 {length(rooms)} 处场地",
        },
        "CD102": {
            "title": "场地没有说明用途",
            "description": "每处场地应说明用途。",
            "advice": "请填写用途。",
            "severity": "warning",
            "when": "rooms",
            "each": "rooms",
            "check": "_item.purpose",
            "at": "purpose",
            "message": "第 {_number} 处（{_item.room}）没有说明用途",
        },
    },
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "on", "unit", "rooms"],
    "properties": {
        "title": {"title": "事由", "type": "string"},
        "on": {"title": "日期", "$ref": "common.schema.json#/definitions/date"},
        "unit": {"title": "部门", "$ref": "common.schema.json#/definitions/unit_ref"},
        "rooms": {
            "title": "场地",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["room"],
                "properties": {"room": {"type": "string"}, "purpose": {"type": "string"}},
            },
        },
    },
}
RECORD = """\
title: 招聘会
on: 2021-04-12
unit: unit-xinxixi
rooms:
  - room: 礼堂
    purpose: 面谈
  - room: 一号楼
  - room: 二号楼
    purpose: 等候
"""
PATH = "records/loans/2021/loan-20210412-aaaa.yaml"


def put(repo: Repo, **schemas: dict[str, Any]) -> None:
    (repo.root / "schemas").mkdir(exist_ok=True)
    for name, said in schemas.items():
        text = json.dumps(said, ensure_ascii=False)
        (repo.root / "schemas" / f"{name.replace('_', '.')}.json").write_text(text, "utf-8")


def codes(repo: Repo) -> list[str]:
    listed = json.loads(repo.run("validate", "--json", PATH).out)["findings"]
    return [finding["code"] for finding in listed]


def lend(repo: Repo) -> None:
    put(repo, loan_schema=LOAN)
    (repo.root / PATH).parent.mkdir(parents=True)
    (repo.root / PATH).write_text(RECORD, "utf-8")


def test_a_kind_and_its_checks_take_no_python(demo: Repo) -> None:
    lend(demo)
    ran = demo.run("validate", PATH)
    assert ran.code == 1
    assert f"{PATH}:5:3  错误 CD101\n  信息技术系借用 3 处场地" in ran.out
    assert f"{PATH}:7:" in ran.out
    assert "警告 CD102\n  第 2 处（一号楼）没有说明用途" in ran.out


def test_its_codes_are_explained_where_they_hold_and_only_there(demo: Repo) -> None:
    lend(demo)
    ran = demo.run("explain", "cd101")
    assert ran.code == 0
    assert "CD101  借用的场地过多（错误）" in ran.out
    assert "一次借用不超过 2 处场地。" in ran.out
    assert "schemas/loan.overlay.json" in ran.out
    assert "CD102" in demo.run("explain").out
    assert "## 本单位的检查（CD）" in demo.run("explain", "--markdown").out
    elsewhere = demo.run("explain", "CD101", cwd=demo.root.parent)
    assert elsewhere.code == 2
    assert "没有 CD101 这条规则" in elsewhere.err


def test_other_programs_learn_of_them_too(demo: Repo) -> None:
    lend(demo)
    log = json.loads(demo.run("validate", "--format", "sarif", PATH).out)["runs"][0]
    rules = {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}
    assert rules["CD102"]["shortDescription"]["text"] == "场地没有说明用途"
    assert "CD101" in demo.run("validate", "--format", "github", PATH).out


def test_an_overlay_changes_the_number_of_a_check_everywhere(demo: Repo) -> None:
    lend(demo)
    put(demo, loan_overlay={"x-jzy-checks": {"CD101": {"with": {"most": 3}}, "CD102": None}})
    assert codes(demo) == []
    assert "不超过 3 处场地" in demo.run("explain", "CD101").out
    assert demo.run("explain", "CD102").code == 2


def test_a_check_that_ships_can_be_had_otherwise(demo: Repo) -> None:
    path = next((demo.root / "records/events/2021").glob("*.yaml"))
    before = demo.run("validate", str(path.relative_to(demo.root)))
    assert before.code == 0
    put(
        demo,
        event_overlay={
            "x-jzy-checks": {"JZY422": {"severity": "error", "with": {"items": ["茶歇"]}}}
        },
    )
    ran = demo.run("validate", str(path.relative_to(demo.root)))
    assert ran.code == 1
    assert "没有责任部门的现场管理事项：茶歇" in ran.out


def test_a_slip_in_one_check_hides_nothing_else(demo: Repo) -> None:
    lend(demo)
    slip = {**LOAN["x-jzy-checks"]["CD101"], "check": "lenght(rooms) <= `2`"}
    put(demo, loan_overlay={"x-jzy-checks": {"CD103": slip}})
    assert codes(demo) == ["CD101", "CD102"]
    ran = demo.run("validate")
    assert ran.code == 1
    assert "schemas/loan.overlay.json  错误 JZY314" in ran.out
    assert "CD103（借用的场地过多）：表达式中没有“lenght”这个函数" in ran.out


def test_a_check_that_is_not_one_stops_everything_and_names_the_file(demo: Repo) -> None:
    lend(demo)
    put(demo, loan_overlay={"x-jzy-checks": {"CD103": {"title": "没有写完"}}})
    ran = demo.run("validate")
    assert ran.code == 3
    assert "loan.overlay.json" in ran.err
    assert "CD103：缺少 description" in ran.err


def test_a_code_that_is_taken_is_refused(demo: Repo) -> None:
    lend(demo)
    put(demo, loan_overlay={"x-jzy-checks": {"JZY401": LOAN["x-jzy-checks"]["CD101"]}})
    ran = demo.run("validate")
    assert ran.code == 3
    assert "JZY401 在 jzy 中已有" in ran.err
