"""An overlay changes a form and nothing else, and who broke it is told which file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind, Kinds
from jzy.rules.schema import Judge
from jzy.store.index import mark_of
from jzy.store.overlay import merge_patch
from jzy.store.places import search_path, shipped
from jzy.store.schemas import load_kinds, schema_files

SHIPPED = load_kinds([shipped("schemas")])
FEE = {"title": "讲课费", "description": "单位为元。", "type": "integer", "examples": [500]}


def put(root: Path, kind: str, patch: Any) -> Path:
    """Write an overlay into the schemas of a repository."""
    path = root / "schemas" / f"{kind}.overlay.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(patch if isinstance(patch, str) else json.dumps(patch), "utf-8")
    return path


def loaded(root: Path) -> Kinds:
    return load_kinds(search_path(root, "schemas"))


def event(root: Path, patch: Any) -> Kind:
    """The schema of events with an overlay on it."""
    put(root, "event", patch)
    return loaded(root)["event"]


# --- RFC 7396 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # The examples of the RFC's Appendix A.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


keys = st.sampled_from("abc")
plain = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(keys, plain, max_size=3)


@given(objects, objects)
def test_a_patch_is_there_afterwards_and_once_is_enough(target: Any, patch: Any) -> None:
    before = json.dumps(target)
    found = merge_patch(target, patch)
    assert merge_patch(found, patch) == found
    assert merge_patch(found, dict.fromkeys(patch)) == {
        k: v for k, v in target.items() if k not in patch
    }
    assert json.dumps(target) == before


# --- a form of one's own ---------------------------------------------------------------------------


def test_a_new_field_joins_the_form_before_what_closes_it(tmp_path: Path) -> None:
    kind = event(tmp_path, {"properties": {"lecture_fee": FEE, "headcount": {"title": "人数"}}})
    names = list(kind.properties)
    known = list(SHIPPED["event"].properties)
    assert [name for name in names if name != "lecture_fee"] == known
    assert names.index("lecture_fee") < names.index("synthetic")
    assert names[-2:] == ["follow_up", "sign_offs"]
    assert kind.properties["headcount"]["title"] == "人数"
    assert (
        kind.properties["headcount"]["properties"]
        == SHIPPED["event"].properties["headcount"]["properties"]
    )
    assert kind.overlay == str(tmp_path / "schemas/event.overlay.json")
    assert SHIPPED["event"] == load_kinds([shipped("schemas")])["event"]  # nothing leaked into it
    data = {"title": "甲", "event_type": "讲座", "host": "unit-a", "venue": "乙",
            "starts": "2021-05-20T14:30:00+08:00", "ends": "2021-05-20T16:00:00+08:00"}  # fmt: skip
    judge = Judge(kind)
    assert judge.is_sound({**data, "lecture_fee": 500})
    assert [b.at for b in judge.breaches({**data, "lecture_fee": "五百"})] == [("lecture_fee",)]
    assert not Judge(SHIPPED["event"]).is_sound({**data, "lecture_fee": 500})


def test_fields_deep_inside_what_was_a_reference_can_be_changed(tmp_path: Path) -> None:
    patch = {
        "properties": {
            "speakers": {"items": {"properties": {"employer_consent": {"required": ["issuer"]}}}},
            "starts": {"title": "开始", "examples": None},
        }
    }
    kind = event(tmp_path, patch)
    consent = kind.property_schema(("speakers", 0, "employer_consent"))
    assert consent is not None
    assert consent["required"] == ["issuer"]
    assert "on" in consent["properties"]
    assert kind.properties["starts"]["format"] == "date-time"
    assert "examples" not in kind.properties["starts"]


def test_references_lead_into_what_is_shared_or_into_the_overlay_itself(tmp_path: Path) -> None:
    patch = {
        "definitions": {"fee": FEE},
        "properties": {
            "fee": {"$ref": "#/definitions/fee"},
            "paid_by": {"$ref": "common.schema.json#/definitions/unit_ref", "title": "付款"},
        },
    }
    kind = event(tmp_path, patch)
    assert kind.properties["fee"] == FEE
    assert kind.properties["paid_by"]["title"] == "付款"
    assert ("paid_by",) in {reference.path for reference in kind.references}
    assert "definitions" not in kind.schema


def test_a_field_and_a_check_can_go(tmp_path: Path) -> None:
    code = next(iter(SHIPPED["event"].schema["x-jzy-checks"]))
    kind = event(tmp_path, {"properties": {"series": None}, "x-jzy-checks": {code: None}})
    assert set(SHIPPED["event"].properties) - set(kind.properties) == {"series"}
    assert code not in kind.schema["x-jzy-checks"]


def test_an_overlay_lies_on_a_schema_of_ones_own_too(tmp_path: Path) -> None:
    essay = {"x-jzy-kind": "essay", "x-jzy-prefix": "ess", "x-jzy-folder": "essays",
             "type": "object", "title": "征文", "properties": {"title": {"type": "string"}}}  # fmt: skip
    put(tmp_path, "essay", {"title": "征文稿"})
    (tmp_path / "schemas/essay.schema.json").write_text(json.dumps(essay))
    assert loaded(tmp_path)["essay"].title == "征文稿"


def test_an_overlay_is_part_of_what_a_set_of_schemas_is_known_by(tmp_path: Path) -> None:
    marks = [mark_of(schema_files(search_path(tmp_path, "schemas")))]
    for patch in ({"title": "讲坛"}, {"title": "讲座"}, {}):
        put(tmp_path, "event", patch)
        marks.append(mark_of(schema_files(search_path(tmp_path, "schemas"))))
    assert len(set(marks)) == len(marks)


# --- broken ones -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "patch", "reason"),
    [
        ("event", '{"title": "a",\n "title" }', "第 2 行"),
        ("event", "[]", "JSON 对象"),
        ("event", '{"a":' * 900 + "1" + "}" * 900, "过深"),
        ("event", {"properties": []}, "properties"),
        ("event", {"properties": {"fee": "钱"}}, "JSON 对象"),
        ("event", {"properties": {"fee": {"$ref": "#/definitions/none"}}}, "$ref"),
        ("event", {"properties": {"fee": {"$ref": "../../secret.json#/a"}}}, "$ref"),
        ("event", {"required": ["fee"]}, "fee"),
        ("event", {"properties": {"venue": None}}, "venue"),
        ("event", {"x-jzy-columns": [1]}, "x-jzy-columns"),
        ("event", {"x-jzy-ledger": ["fee"]}, "fee"),
        ("event", {"type": "array"}, "type: object"),
        ("person", {"x-jzy-register": False}, "x-jzy-register"),
        ("delegation", {"x-jzy-owner": "to_person"}, "x-jzy-owner"),
        ("event", {"x-jzy-folder": "people"}, "x-jzy-folder"),
        ("event", {"x-jzy-kind": "meeting"}, "x-jzy-kind"),
        ("evnt", {}, "evnt"),
        ("common", {"definitions": {}}, "common"),
    ],
)
def test_a_broken_overlay_is_named_with_its_reason(
    tmp_path: Path, kind: str, patch: Any, reason: str
) -> None:
    put(tmp_path, kind, patch)
    with pytest.raises(WrongEnvironment) as caught:
        loaded(tmp_path)
    assert f"{kind}.overlay.json" in caught.value.what
    assert reason in caught.value.what
    assert caught.value.where == f"schemas/{kind}.overlay.json"


def test_an_overlay_that_makes_no_json_schema_is_named_when_it_judges(tmp_path: Path) -> None:
    kind = event(tmp_path, {"properties": {"fee": {**FEE, "type": "money"}}})
    with pytest.raises(WrongEnvironment) as caught:
        Judge(kind).is_sound({})
    assert "event.overlay.json" in caught.value.advice


def test_a_link_is_no_overlay(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    put(tmp_path / "outside", "event", {"title": "伪造"})
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/event.overlay.json").symlink_to(
        tmp_path / "outside/schemas/event.overlay.json"
    )
    with pytest.raises(WrongEnvironment) as caught:
        loaded(tmp_path)
    assert "链接" in caught.value.what
