"""The moves of a kind: named by its schema, refused by name where they lead nowhere."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jmespath.functions import Functions

from jzy.model.errors import WrongEnvironment
from jzy.model.expression import check
from jzy.model.functions import Knowledge
from jzy.model.indicators import view
from jzy.model.kinds import Kind, Kinds
from jzy.model.moves import life_of, marks_of, moves_of, why_broken
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.store.places import search_path, shipped
from jzy.store.schemas import load_kinds

DAY = {"type": "string", "format": "date"}
OPEN = {"title": "开放", "help": "登记开放。", "into": "follow_up.opening", "day": "on",
        "life": {"key": "open", "title": "已开放"}}  # fmt: skip
VISIT = {"title": "参观", "help": "登记一次参观。", "into": "follow_up.visits", "day": "on", "needs": ["who"],
         "again": True}  # fmt: skip
CLOSE = {"title": "关闭", "help": "登记关闭。", "into": "follow_up", "day": "closed_on",
         "sets": {"follow_up.state": "'shut'"}, "made": "follow_up.state == 'shut'",
         "life": {"key": "closed", "title": "已关闭"}}  # fmt: skip
VISITS = {
    "type": "array",
    "items": {"type": "object", "properties": {"on": DAY, "who": {"type": "string"}}},
}
FOLLOW_UP = {
    "type": "object",
    "properties": {
        "opening": {"type": "object", "properties": {"on": DAY, "note": {"type": "string"}}},
        "visits": VISITS,
        "closed_on": DAY,
        "state": {"type": "string"},
    },
}


def show(**moves: Any) -> dict[str, Any]:
    """The schema of an exhibition with moves."""
    return {
        "type": "object",
        "properties": {"title": {"type": "string"}, "follow_up": FOLLOW_UP},
        "x-jzy-moves": moves or {"open": OPEN, "visit": VISIT, "close": CLOSE},
    }


KIND = Kind("show", show())


def after(**follow_up: Any) -> dict[str, Any]:
    return {"title": "书画展", "follow_up": follow_up}


# --- where a record stands ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "life"),
    [
        ({"title": "书画展"}, None),
        (after(opening={"note": "未定"}), None),  # the day is what says that it was done
        (after(opening={"on": "2021-03-18"}), "open"),
        (after(visits=[{"on": "2021-03-19"}]), None),  # a move need not be a stage of life
        (after(opening={"on": "2021-03-18"}, state="shut"), "closed"),
        (after(closed_on="2021-03-20"), None),  # the move says itself what shows that it was made
    ],
)
def test_life_is_that_of_the_last_move_made(data: dict[str, Any], life: str | None) -> None:
    found = life_of(KIND, data)
    assert (found.key if found else None) == life


def test_conditions_see_the_life() -> None:
    record = Record("show", "show-x", "", after(opening={"on": "2021-03-18"}), "")
    assert view(Register(Kinds({"show": KIND}), [record]), record)["_life"] == "open"


def test_each_move_leaves_a_mark_and_each_item_of_a_list_its_own() -> None:
    visits = [{"on": "2021-03-19", "who": "一班"}, {"on": "2021-03-20", "who": "二班"}]
    marks = marks_of(KIND, after(visits=visits, closed_on="2021-04-01", state="shut"))
    assert [(m.move.name, m.day, dict(m.values)) for m in marks] == [
        ("visit", "2021-03-19", {"who": "一班"}),
        ("visit", "2021-03-20", {"who": "二班"}),
        ("close", "2021-04-01", {"state": "shut"}),
    ]


def test_a_kind_without_moves_has_no_life() -> None:
    plain = Kind("note", {"type": "object", "properties": {}})
    assert (moves_of(plain), life_of(plain, {})) == ((), None)


# --- what is wrong with a schema ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": None}, "title"),
        ({"help": " "}, "help"),
        ({"colour": "red"}, "没有“colour”"),
        ({"into": "follow_up.ending"}, "没有“follow_up.ending”"),
        ({"into": "title", "day": None}, "“title”应是一组属性"),
        ({"into": "sign_offs"}, "into"),
        ({"into": 5}, "into 应是文字"),
        ({"day": "note"}, "day：“note”应是日期"),
        ({"day": "at"}, "day：“at”应是日期"),
        ({"needs": ["who"]}, "needs：没有“who”"),
        ({"asks": "note"}, "asks 应是属性名的列表"),
        ({"takes": [5]}, "takes 应是属性名的列表"),
        ({"sets": {"follow_up.nothing": "x"}}, "没有“follow_up.nothing”"),
        ({"sets": {"sign_offs": "x"}}, "没有“sign_offs”"),
        ({"sets": ["title"]}, "sets"),
        ({"requires": [{"check": "x"}]}, "requires"),
        ({"requires": {}}, "requires"),
        ({"again": "yes"}, "again"),
        ({"life": "open"}, "life"),
        ({"next": 5}, "next 应是文字"),
        ({"with": 5}, "with"),
    ],
)
def test_a_wrong_move_is_named(change: dict[str, Any], reason: str) -> None:
    move = {name: value for name, value in {**OPEN, **change}.items() if value is not None}
    why = why_broken(show(open=move))
    assert "x-jzy-moves 的 open" in why
    assert reason in why
    assert why_broken(show(open=OPEN)) == ""


@pytest.mark.parametrize("name", ["new", "show", "Open", "open it", "开放", ""])
def test_a_move_is_called_as_a_command_can_be(name: str) -> None:
    assert "不能用" in why_broken(show(**{name: OPEN}))


def test_a_broken_schema_is_told_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    schema = {**show(open={**OPEN, "into": "nowhere"}), "x-jzy-kind": "show", "title": "展览"}
    (tmp_path / "schemas/show.schema.json").write_text(json.dumps(schema, ensure_ascii=False))
    with pytest.raises(WrongEnvironment) as caught:
        load_kinds(search_path(tmp_path, "schemas"))
    assert caught.value.where == "schemas/show.schema.json"
    assert "nowhere" in caught.value.what


# --- what ships --------------------------------------------------------------------------------

SHIPPED = load_kinds([shipped("schemas")])
EVERY_MOVE = [(kind, move) for kind in SHIPPED.values() for move in moves_of(kind)]


@pytest.mark.parametrize(
    ("kind", "move"), EVERY_MOVE, ids=[f"{kind.name}-{move.name}" for kind, move in EVERY_MOVE]
)
def test_every_expression_that_ships_can_be_understood(kind: Kind, move: Any) -> None:
    functions = Knowledge(Register(SHIPPED, ()), date.min).functions
    words = [text for each in move.requires for text in (each.refuse, each.advice)]
    holes = [hole for text in words for hole in re.findall(r"\{([^{}]*)\}", text)]
    inside = kind.property_schema(move.place) or {}
    offered = [
        inside["properties"][name]["x-jzy-default"]
        for name in (*move.names, *([move.day] if move.day else ()))
        if "x-jzy-default" in inside["properties"][name]
    ]
    for expression in (*move.expressions, *holes, *offered):
        check(expression, functions)
    if move.made:
        check(move.made, Functions())  # over the record alone, with no functions of ours
    assert 2 <= len(move.title) <= 4
    assert move.next in (None, *(other.name for other in moves_of(kind)))


def test_what_new_records_are_offered_can_be_understood() -> None:
    functions = Knowledge(Register(SHIPPED, ()), date.min).functions
    offered = [
        schema["x-jzy-default"]
        for kind in SHIPPED.values()
        for schema in kind.properties.values()
        if "x-jzy-default" in schema
    ]
    assert offered
    for expression in offered:
        check(expression, functions)
