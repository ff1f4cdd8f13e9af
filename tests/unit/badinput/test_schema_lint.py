"""What every shipped schema owes to the people who fill it in, at every depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import jsonschema_rs
import pytest

from jzy.model.checks import checks_of
from jzy.model.columns import columns_of
from jzy.model.expression import check
from jzy.model.functions import Knowledge
from jzy.model.moves import moves_of
from jzy.model.register import Register
from jzy.rules.checks import mistakes
from jzy.rules.personal import found_in
from jzy.store.yamltext import UNSEEN
from tests.unit.badinput.places import KINDS, Place, bases, places

CHINESE = re.compile("[\u4e00-\u9fff]")
SENTENCE_ENDS = ("。", "？")
HOLES = re.compile(r"\{([^{}]*)\}")
EXPRESSIONS = ("x-jzy-active", "x-jzy-default", "x-jzy-ask-if")
"""Annotations that are expressions as a whole, or whose values are."""


def lacking(kind: str) -> Iterator[str]:
    """What a kind's schema lacks, place by place."""
    for place in places(kind):
        schema = place.schema
        title, description = schema.get("title", ""), schema.get("description", "")
        if not CHINESE.search(title) or len(title) > 20 or title.endswith("。"):
            yield f"{place}: title {title!r}"
        if not CHINESE.search(description) or not description.endswith(SENTENCE_ENDS):
            yield f"{place}: description {description!r}"
        if not schema.get("examples"):
            yield f"{place}: no example"
        yield from (f"{place}: {said}" for said in without_bounds(schema))


def without_bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    """Where a value may be as large as anybody likes, or of any type."""
    wanted = schema.get("type")
    needs: dict[Any, tuple[str, ...]] = {
        "string": ("maxLength",),
        "integer": ("minimum", "maximum"),
        "array": ("maxItems", "items"),
        "object": ("additionalProperties",),
        "boolean": (),
    }
    if wanted not in needs:
        yield f"type {wanted!r}"
    elif "enum" not in schema:
        yield from (f"no {name}" for name in needs[wanted] if name not in schema)
    free = schema.get("additionalProperties")
    if free is True:
        yield "any property may be added"
    if isinstance(free, Mapping) and not {"propertyNames", "maxProperties"} <= set(schema):
        yield "properties of any name, or any number of them"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_property_is_named_explained_exemplified_and_bounded(kind: str) -> None:
    schema = KINDS[kind].schema
    assert CHINESE.search(schema["title"]) and CHINESE.search(schema["description"])
    assert schema["additionalProperties"] is False
    assert list(lacking(kind)) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_example_satisfies_its_own_schema_and_names_nobody(kind: str) -> None:
    faults = []
    for place in places(kind):
        judge = jsonschema_rs.Draft202012Validator(dict(place.schema), validate_formats=True)
        for example in place.schema["examples"]:
            said = json.dumps(example, ensure_ascii=False)
            if not judge.is_valid(example) or UNSEEN.search(said) or found_in(said):
                faults.append(f"{place}: {said}")
    assert faults == []
    assert bases(kind)


def referring() -> list[Place]:
    return [place for place in places() if "x-jzy-ref" in place.schema]


def test_every_reference_is_to_kinds_that_exist_and_its_examples_are_their_ids() -> None:
    assert referring()
    faults = []
    for place in referring():
        named = place.schema["x-jzy-ref"]
        allowed = [named] if isinstance(named, str) else named
        faults += [f"{place}: {name} is no kind" for name in allowed if name not in KINDS]
        ids = {example: KINDS.of_id(example) for example in place.schema["examples"]}
        faults += [
            f"{place}: {example} is no id of {allowed}"
            for example, kind in ids.items()
            if kind is None or kind.name not in allowed
        ]
    assert faults == []


def expressions(value: Any) -> Iterator[str]:
    """Every expression in the annotations of a schema, apart from checks and moves."""
    if isinstance(value, dict):
        for name, inside in value.items():
            if name in EXPRESSIONS:
                yield inside
            elif name == "x-jzy-force":
                yield from inside.values()
            elif name not in ("examples", "x-jzy-checks", "x-jzy-moves"):
                yield from expressions(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from expressions(inside)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_expression_in_a_schema_can_be_understood(kind: str) -> None:
    functions = Knowledge(Register(KINDS, ()), date(2021, 4, 16)).functions
    found = KINDS[kind]
    said = [*expressions(dict(found.schema))]
    for each in checks_of(found):
        said += each.expressions
    for move in moves_of(found):
        said += [*move.expressions, *([move.made] if move.made else [])]
        for need in move.requires:
            said += HOLES.findall(need.refuse + need.advice)
    for expression in said:
        check(expression, functions)


def test_no_check_is_beyond_judging() -> None:
    assert mistakes(KINDS) == {}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_lists_and_ledgers_show_is_there(kind: str) -> None:
    found = KINDS[kind]
    assert columns_of(KINDS, found)
    known = {".".join(place.path) for place in places(kind)}
    assert {name for name in found.columns if not name.startswith("_")} <= known
    for annotation in ("x-jzy-date", "x-jzy-name", "x-jzy-unit", "x-jzy-owner"):
        assert found.schema.get(annotation, "title") in {*known, "title"}


def test_what_can_be_chosen_is_named_in_chinese() -> None:
    choosing = [place for place in places() if "enum" in place.schema]
    assert choosing
    for place in choosing:
        choices, titles = place.schema["enum"], place.schema.get("x-jzy-titles", {})
        assert len(set(choices)) == len(choices) and set(titles) <= set(choices), str(place)
        plain = [text for text in choices if text not in titles and re.fullmatch("[a-z_]+", text)]
        assert plain == [], str(place)
