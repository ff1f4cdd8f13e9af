"""The columns of a ledger: named by a schema, and refused by name where they lead nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jzy.model.columns import columns_of, why_broken
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind, Kinds
from jzy.store.places import search_path, shipped
from jzy.store.schemas import load_kinds

PEOPLE = {
    "type": "array",
    "title": "主讲人",
    "items": {"properties": {"name": {"title": "姓名"}, "post": {"title": "职务"}}},
}
TALK = {"properties": {"title": {"title": "名称"}, "people": PEOPLE}}
NOTE = {"properties": {"talk": {"x-jzy-ref": "talk"}, "text": {"title": "记录"}}}


def talk(*columns: Any) -> dict[str, Any]:
    return {**TALK, "x-jzy-ledger": list(columns)}


def titles(schema: dict[str, Any]) -> list[str]:
    kind = Kind("talk", schema)
    found = columns_of(Kinds({"talk": kind, "note": Kind("note", NOTE)}), kind)
    return [column.title for column in found]


def test_a_title_comes_from_the_schema_unless_the_column_has_its_own() -> None:
    own = {"path": "people", "show": ["name", "post"], "title": "姓名职务"}
    noted = {"path": "text", "of": "note.talk"}
    schema = talk(
        "title", "people.name", own, noted, "_state", {"path": "_active", "title": "现行"}
    )
    assert why_broken(schema) == ""
    assert titles(schema) == ["名称", "主讲人 · 姓名", "姓名职务", "记录", "审批状态", "现行"]


def test_without_a_ledger_the_list_counts_and_without_a_list_what_is_required() -> None:
    assert titles({**TALK, "x-jzy-columns": ["title"], "required": ["people"]}) == ["名称"]
    assert titles({**TALK, "required": ["people"]}) == ["主讲人"]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("titel", "没有“titel”这一属性"),
        ("title.first", "没有“title.first”"),
        ("", "没有"),
        (5, "应是属性路径"),
        ({"title": "名称"}, "path"),
        ({"path": "title", "colour": "red"}, "应是属性路径"),
        ({"path": "title", "title": 5}, "文字"),
        ({"path": "people", "show": "name"}, "show"),
        ({"path": "people", "show": ["name", "age"]}, "“people”之下没有“age”"),
        ({"path": "text", "of": "note"}, "类别.属性"),
        ({"path": "text", "of": 5}, "类别.属性"),
        ({"path": "_state", "show": ["name"]}, "不能带"),
    ],
)
def test_a_wrong_column_is_named_with_its_number(column: Any, reason: str) -> None:
    why = why_broken(talk("title", column))
    assert "第 2 栏" in why
    assert reason in why


@pytest.mark.parametrize("ledger", [[], "title", {"path": "title"}, None])
def test_a_ledger_is_a_list_of_columns(ledger: Any) -> None:
    assert "至少一栏" in why_broken({**TALK, "x-jzy-ledger": ledger})


@pytest.mark.parametrize(
    ("of", "path", "reason"),
    [
        ("nothing.talk", "text", "nothing 没有“talk”"),
        ("note.about", "text", "note 没有“about”"),
        ("note.talk", "body", "没有“body”"),
    ],
)
def test_another_kind_that_lacks_what_is_asked_is_told(of: str, path: str, reason: str) -> None:
    with pytest.raises(WrongEnvironment) as caught:
        titles(talk({"path": path, "of": of}))
    assert reason in caught.value.what
    assert caught.value.where == "schemas/talk.schema.json"


def test_a_repository_with_a_wrong_column_is_told_which_file(tmp_path: Path) -> None:
    schema = json.loads((shipped("schemas") / "letter.schema.json").read_text("utf-8"))
    (tmp_path / "schemas").mkdir()
    path = tmp_path / "schemas/letter.schema.json"
    path.write_text(json.dumps({**schema, "x-jzy-ledger": ["unit", "gone"]}), "utf-8")
    with pytest.raises(WrongEnvironment, match=r"letter.schema.json.*第 2 栏.*gone"):
        load_kinds(search_path(tmp_path, "schemas"))
    path.write_text(json.dumps(schema | {"properties": {"unit": {"x-jzy-titles": ["a"]}}}), "utf-8")
    with pytest.raises(WrongEnvironment, match="x-jzy-titles"):
        load_kinds(search_path(tmp_path, "schemas"))


def test_the_shipped_kinds_have_columns_that_exist() -> None:
    kinds = load_kinds([shipped("schemas")])
    assert all(columns_of(kinds, kind) for kind in kinds.values())
