"""A kind is its schema: found in the right place, whole, and never mistaken for another."""

import copy
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import EVERY, Kind
from jzy.store.places import search_path, shipped
from jzy.store.schemas import load_kinds

SHIPPED = load_kinds([shipped("schemas")])
COMMON = {
    "definitions": {
        "title": {"type": "string", "title": "标题", "maxLength": 9, "examples": ["甲"]},
        "date": {"type": "string"},
        "named": {"$ref": "#/definitions/title"},
        "person": {"type": "string", "x-jzy-ref": "person"},
        "speaker": {
            "type": "object",
            "properties": {
                "who": {"$ref": "common.schema.json#/definitions/person"},
                "name": {"$ref": "#/definitions/named", "title": "姓名"},
            },
        },
        "sign_offs": {
            "type": "array",
            "title": "签批",
            "items": {"properties": {"by": {"$ref": "#/definitions/person"}}},
        },
    }
}


def schema(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "x-jzy-kind": kind,
        "x-jzy-prefix": kind[:3],
        "x-jzy-folder": kind + "s",
        "type": "object",
        "title": kind,
        "properties": {"title": {"$ref": "common.schema.json#/definitions/date"}},
        **more,
    }


def put(folder: Path, *schemas: dict[str, Any], common: dict[str, Any] | None = COMMON) -> Path:
    folder.mkdir(exist_ok=True)
    for found in schemas:
        text = json.dumps(found, ensure_ascii=False)
        (folder / f"{found['x-jzy-kind']}.schema.json").write_text(text)
    if common is not None:
        (folder / "common.schema.json").write_text(json.dumps(common, ensure_ascii=False))
    return folder


def refusal(*folders: Path) -> str:
    with pytest.raises(WrongEnvironment) as caught:
        load_kinds(folders)
    assert caught.value.where.startswith("schemas/")
    return caught.value.what


# --- where schemas come from -------------------------------------------------------------------


def test_a_repositorys_own_schema_overrides_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    own = put(tmp_path / "schemas", schema("event", title="讲座"), schema("essay"), common=None)
    kinds = load_kinds(search_path(tmp_path, "schemas"))
    assert set(kinds) == {*SHIPPED, "essay"}
    assert kinds["event"].title == "讲座"
    assert kinds["event"].source == str(own / "event.schema.json")
    assert kinds["meeting"] == Kind("meeting", SHIPPED["meeting"].schema, kinds["meeting"].source)
    # What is shared still comes from the shipped file where the repository has none.
    assert kinds["essay"].properties["title"]["type"] == "string"


def test_a_repositorys_own_shared_definitions_hold_for_shipped_kinds_too(tmp_path: Path) -> None:
    common = json.loads((shipped("schemas") / "common.schema.json").read_text())
    common["definitions"]["sign_offs"]["title"] = "会签"
    put(tmp_path / "schemas", common=common)
    kinds = load_kinds(search_path(tmp_path, "schemas"))
    assert kinds["event"].properties["sign_offs"]["title"] == "会签"


def test_a_linked_folder_of_schemas_does_not_count_and_a_linked_file_is_refused(
    tmp_path: Path,
) -> None:
    outside = put(tmp_path / "outside", schema("event", title="伪造"))
    (tmp_path / "schemas").symlink_to(outside)
    assert search_path(tmp_path, "schemas") == [shipped("schemas")]
    (tmp_path / "schemas").unlink()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/event.schema.json").symlink_to(outside / "event.schema.json")
    assert "链接" in refusal(*search_path(tmp_path, "schemas"))


def test_what_ships_would_pass_as_an_offices_own_and_says_the_same(tmp_path: Path) -> None:
    shutil.copytree(shipped("schemas"), tmp_path / "schemas")
    checked = load_kinds([tmp_path / "schemas"])
    assert list(checked) == list(SHIPPED)
    for name, kind in checked.items():
        # To the order of properties, which forms and files follow.
        assert json.dumps(kind.schema) == json.dumps(dict(SHIPPED[name].schema))
        again = pickle.loads(pickle.dumps(SHIPPED[name]))  # noqa: S301
        assert again == copy.deepcopy(SHIPPED[name]) == SHIPPED[name]


def test_no_own_schemas_are_no_fault(tmp_path: Path) -> None:
    assert search_path(tmp_path, "schemas") == search_path(None, "schemas")


# --- references --------------------------------------------------------------------------------


def test_references_are_replaced_by_what_they_name_and_siblings_override(tmp_path: Path) -> None:
    event = schema(
        "event",
        properties={
            "title": {"$ref": "common.schema.json#/definitions/named", "title": "活动名称"},
            "speakers": {
                "type": "array",
                "items": {"$ref": "common.schema.json#/definitions/speaker"},
            },
            "place": {"$ref": "#/definitions/place"},
        },
        definitions={"place": {"type": "string", "examples": [{"$ref": "样例不是引用"}]}},
    )
    kind = load_kinds([put(tmp_path, event)])["event"]
    assert kind.properties["title"] == {
        "type": "string",
        "title": "活动名称",
        "maxLength": 9,
        "examples": ["甲"],
    }
    assert kind.properties["place"]["examples"] == [{"$ref": "样例不是引用"}]
    assert kind.path_title(("speakers", 0, "name")) == "speakers 1 · 姓名"
    assert {(r.path, r.kinds) for r in kind.references} == {
        (("speakers", EVERY, "who"), ("person",)),
        (("sign_offs", EVERY, "by"), ("person",)),
    }
    assert "$ref" not in json.dumps([dict(kind.properties["speakers"])])
    assert list(kind.properties)[-1] == "sign_offs"


def test_sign_offs_come_last_wherever_a_schema_writes_them(tmp_path: Path) -> None:
    event = schema("event", properties={"sign_offs": {"type": "array"}, "title": {}})
    kind = load_kinds([put(tmp_path, event)])["event"]
    assert list(kind.properties) == ["title", "sign_offs"]


@pytest.mark.parametrize(
    "definitions",
    [
        {"a": {"$ref": "#/definitions/a"}},
        {"a": {"$ref": "#/definitions/b"}, "b": {"properties": {"x": {"$ref": "#/definitions/a"}}}},
        {"a": {"allOf": [{"$ref": "event.schema.json#"}]}},
        {"a": {"items": {"$ref": "#"}}},
        {"a": {"$ref": "#/definitions/none"}},
        {"a": {"$ref": "other.schema.json#/definitions/a"}},
        {"a": {"$ref": "../../../etc/passwd#/a"}},
        {"a": {"$ref": "https://example.invalid/a.json#/a"}},
        {"a": {"$ref": "#/required/first"}},
        {"a": {"$ref": ["#/definitions/a"]}},
    ],
)
def test_a_reference_in_a_circle_or_into_nothing_is_refused(
    tmp_path: Path, definitions: dict[str, Any]
) -> None:
    event = schema(
        "event",
        properties={"x": {"$ref": "#/definitions/a"}},
        definitions=definitions,
        required=["x"],
    )
    assert "event.schema.json" in refusal(put(tmp_path, event))


def test_references_that_multiply_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    definitions: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/definitions/d{n + 1}"}] * 20} for n in range(8)
    }
    definitions["d8"] = {"type": "string"}
    event = schema("event", properties={"x": {"$ref": "#/definitions/d0"}}, definitions=definitions)
    put(tmp_path, event)
    script = (
        "import sys, pathlib, jzy.store.schemas as s; s.load_kinds([pathlib.Path(sys.argv[1])])"
    )
    # In a process of its own, which can be ended: where the limit is missing this never returns.
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=5)
    assert "WrongEnvironment" in done.stderr.decode()
    assert "event.schema.json" in done.stderr.decode()


# --- broken files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"x-jzy-kind": "event",\n "type": }', "第 2 行"),
        ("[]", "JSON 对象"),
        ("[" * 100_000, "JSON"),
        ('{"x-jzy-kind": "meeting"}', "文件名"),
        ('{"x-jzy-kind": "event", "type": "object"}', "properties"),
        ('{"x-jzy-kind": "event", "type": "object", "properties": []}', "properties"),
        ('{"x-jzy-kind": "event", "properties": {}}', "type"),
        ("", "JSON"),
    ],
)
def test_a_broken_schema_is_named_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "event.schema.json").write_text(text)
    what = refusal(tmp_path)
    assert "event.schema.json" in what
    assert reason in what


@pytest.mark.parametrize(
    "odd",
    [
        {"properties": {"x": True}},
        {"properties": {"x": "文字"}},
        {"properties": {"x": {"properties": ["a"]}}},
        {"properties": {"x": {"x-jzy-ref": 5}}},
        {"required": 5},
        {"x-jzy-columns": 5},
    ],
)
def test_a_schema_of_odd_shape_is_refused_or_used_but_no_fault_of_jzy(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    put(tmp_path, schema("event", **odd))
    try:
        kind = load_kinds([tmp_path])["event"]
    except WrongEnvironment as error:
        assert "event.schema.json" in error.what
    else:
        assert kind.columns == tuple(kind.columns)
        assert kind.required == tuple(kind.required)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 1_000_001])
def test_a_schema_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "event.schema.json").write_bytes(content)
    assert "event.schema.json" in refusal(tmp_path)


def test_a_folder_named_like_a_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "event.schema.json").mkdir()
    assert "event.schema.json" in refusal(tmp_path)


@pytest.mark.parametrize("attribute", ["prefix", "folder"])
def test_two_kinds_may_not_share_a_prefix_or_a_folder(tmp_path: Path, attribute: str) -> None:
    event, essay = schema("event"), schema("essay")
    essay[f"x-jzy-{attribute}"] = event[f"x-jzy-{attribute}"]
    what = refusal(put(tmp_path, event, essay))
    assert "event" in what
    assert "essay" in what


def test_an_own_kind_may_not_take_the_prefix_of_a_shipped_one(tmp_path: Path) -> None:
    put(tmp_path / "schemas", schema("essay", **{"x-jzy-prefix": "evt"}), common=None)
    assert "evt" in refusal(*search_path(tmp_path, "schemas"))


@pytest.mark.parametrize(
    "annotation",
    [
        {"x-jzy-prefix": "../evt"},
        {"x-jzy-folder": "../events"},
        {"x-jzy-folder": "a/b"},
        {"x-jzy-folder": "."},
        {"x-jzy-prefix": "evt-x"},  # an id could not be told from that of the kind `evt`
    ],
)
def test_a_prefix_or_folder_that_leads_astray_is_refused(
    tmp_path: Path, annotation: dict[str, str]
) -> None:
    assert "不合要求" in refusal(put(tmp_path, schema("event", **annotation)))


# --- ids and paths -----------------------------------------------------------------------------

kinds = st.sampled_from(sorted(SHIPPED.values(), key=lambda kind: kind.name))
slugs = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
dates = st.from_regex(r"20[12][0-9](0[1-9]|1[0-2])(0[1-9]|1[0-9])-[a-z2-7]{4}", fullmatch=True)


def some_id(kind: Kind, slug: str, dated: str) -> str:
    return kind.name if kind.singleton else f"{kind.prefix}-{dated if kind.date_property else slug}"


@given(kinds, slugs, dates)
@settings(max_examples=200)
def test_an_id_and_its_path_lead_back_to_the_kind(kind: Kind, slug: str, dated: str) -> None:
    record_id = some_id(kind, slug, dated)
    path = kind.record_path(record_id, dated[:4])
    assert SHIPPED.of_id(record_id) is kind
    assert SHIPPED.of_path(path) is kind
    for wrong in ("/" + path, path + "~", path + "\n", path.upper(), "x/" + path, path[8:],
                  path.replace("records/", "records/x/"), path.replace("records/", "records//"),
                  path.replace(record_id, record_id + "\n"), path.replace("records", "records/.")):  # fmt: skip
        assert SHIPPED.of_path(wrong) is None, wrong


@given(kinds, kinds, slugs, dates)
@settings(max_examples=200)
def test_no_kind_takes_what_is_anothers(one: Kind, other: Kind, slug: str, dated: str) -> None:
    record_id = some_id(one, slug, dated)
    for kind in (one, other):
        path = kind.record_path(record_id, dated[:4])
        assert (SHIPPED.of_path(path) is not None) == (kind is one)


@pytest.mark.parametrize(
    "record_id",
    ["", "evt", "evt-", "evt-20210318", "evt-20210318-k3f9-x", "evt-20210318-K3F9", "EVT-20210318-k3f9",
     "evt-20210318-k3f9\n", "evt_20210318_k3f9", "grp-", "grp--a", "grp-a-", "grp-A", "grp-组",
     "grp-a/../../b", "institution-a", "unit", "person", "evt-２０２１０３１８-k3f9", "grp-１"],
)  # fmt: skip
def test_what_only_resembles_an_id_is_none(record_id: str) -> None:
    assert SHIPPED.of_id(record_id) is None


def test_a_year_is_four_plain_digits() -> None:
    for year in ("21", "02021", "２０２１", "2021a", "-021", ""):
        assert SHIPPED.of_path(f"records/events/{year}/evt-20210318-k3f9.yaml") is None, year
