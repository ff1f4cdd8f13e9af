"""One file with tens of thousands of mistakes is answered with the first of them, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jzy.office.context import Office
from jzy.office.validate import validate
from jzy.rules.schema import MAX_ERRORS
from jzy.store.yamltext import MAX_PROBLEMS
from tests.unit.badinput.desk import complaint, furnish, path_of
from tests.unit.badinput.places import KINDS, Data, Place, Raw, id_of, places, put, written

MANY = 20_000


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return furnish(tmp_path)


def a_place(kind: str, wanted: str) -> Place:
    """A place of a kind at the top, by type."""
    return next(p for p in places(kind) if p.schema["type"] == wanted and len(p.path) == 1)


def props(base: Data) -> Data:
    return {**base, **{f"x{number}": number for number in range(MANY)}}


def items(item: Any) -> Any:
    place = a_place("event", "array")
    return lambda base: put(base, place.at, [item] * MANY)


def different(base: Data) -> Data:
    place = next(p for p in places("event") if p.schema.get("uniqueItems"))
    return put(base, place.at, [{"a": [number]} for number in range(MANY)])


def raw(line: str) -> Any:
    place = a_place("event", "array")
    return lambda base: put(base, place.at, Raw("\n" + f"  - {line}\n" * MANY))


@pytest.mark.parametrize(
    ("spoil", "most"),
    [
        (props, MAX_ERRORS),
        (items(1), MAX_ERRORS),
        (items({"x": 1}), MAX_ERRORS),
        (different, MAX_ERRORS),
        (raw("e\u0301"), MAX_PROBLEMS),
        (raw("1.5"), MAX_PROBLEMS),
        (raw("{a: 1, a: 2}"), MAX_PROBLEMS),
        (raw("甲\u200b乙"), MAX_PROBLEMS),
        (raw("[" * 20 + "甲" + "]" * 20), 1),
    ],
    ids=["properties", "types", "objects", "unique", "nfc", "floats", "doubled", "unseen", "deep"],
)
def test_the_first_of_very_many_mistakes_are_told_and_that_there_are_more(
    office: Office, spoil: Any, most: int
) -> None:
    kind = KINDS["event"]
    path = path_of(kind, id_of(kind))
    base = a_place("event", "array").base
    text = written(kind, spoil(base)).text
    (office.root / path).write_text(text, "utf-8")
    found = validate(Office.at(office.root), [path])
    assert 0 < len(found) <= most
    assert most == 1 or any("没有" in f.message and "列出" in f.message for f in found)
    assert [said for finding in found if (said := complaint(finding, text))] == []
