"""One digest for one meaning: RFC 8785, bound to kind and id, blind to how the text is laid out."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from jzy.model.digest import entry_digest, record_digest, signed_part
from jzy.store.yamltext import read

ID = "evt-20210318-k3f9"
WRITTEN = """\
# 名称
title: 公开课：数字素养
count: 44
speakers:
  - name: 示例甲
    external: true
remark: |
  第一行
  第二行
"""


def independent(value: Any) -> str:
    """RFC 8785 for simple data (ASCII keys, no escapes beyond JSON's own), by the standard library."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def digest_of(text: str) -> str:
    data = read(text).data
    assert data is not None
    return record_digest("event", ID, data)


def test_the_digest_is_the_hash_of_the_canonical_statement() -> None:
    statement = (
        '{"id":"evt-20210318-k3f9","kind":"event","record":{"count":44,"remark":"第一行\\n第二行\\n",'
        '"speakers":[{"external":true,"name":"示例甲"}],"title":"公开课：数字素养"},"v":1}'
    )
    expected = "sha256:" + hashlib.sha256(statement.encode()).hexdigest()
    assert digest_of(WRITTEN) == expected
    assert len(expected) == len("sha256:") + 64


def test_the_layout_of_the_text_does_not_matter() -> None:
    rewritten = """\
remark: "第一行\\n第二行\\n"   # 另一种写法
speakers: [{external: True, 'name': "示例甲"}]

count: 0x2c
# 名称在后
title: '公开课：数字素养'
"""
    assert digest_of(rewritten) == digest_of(WRITTEN)
    assert digest_of(WRITTEN.replace("\n", "\r\n")) == digest_of(WRITTEN)


def test_what_happened_afterwards_and_sign_offs_do_not_count_but_only_at_the_top() -> None:
    data = {"title": "甲", "place": {"room": "101"}}
    first = record_digest("event", ID, data)
    for name in ("follow_up", "sign_offs"):
        assert record_digest("event", ID, {**data, name: [{"by": "person-a"}]}) == first
        assert record_digest("event", ID, {**data, name: None}) == first
        inner = {**data, "place": {"room": "101", name: None}}
        assert record_digest("event", ID, inner) != first
    assert record_digest("event", ID, {**data, "sign_off": []}) != first


def test_kind_and_id_count() -> None:
    data = {"title": "甲"}
    digests = {
        record_digest(kind, record_id, data)
        for kind in ("event", "meeting")
        for record_id in (ID, "evt-20210318-k3f8", "")
    }
    assert len(digests) == 6


def test_values_that_look_alike_are_told_apart() -> None:
    alike: list[Any] = [1, "1", True, "true", None, "null", "", [], {}, [1], [[1]], {"1": None}, 0]  # fmt: skip
    digests = {record_digest("event", ID, {"a": value}) for value in alike}
    assert len({*digests, record_digest("event", ID, {})}) == len(alike) + 1


def test_keys_are_sorted_by_utf_16_as_the_standard_says() -> None:
    """The example of RFC 8785, section 3.2.3: by code points the emoji would come last."""
    order = ["\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]
    members = ",".join(f'{json.dumps(name, ensure_ascii=False)}:"x"' for name in order)
    statement = f'{{"id":"a","kind":"k","record":{{{members}}},"v":1}}'
    expected = "sha256:" + hashlib.sha256(statement.encode()).hexdigest()
    assert record_digest("k", "a", dict.fromkeys(sorted(order), "x")) == expected


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800"])
def test_what_has_no_canonical_form_has_no_digest(value: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        record_digest("event", ID, {"a": value})


def test_every_property_of_an_entry_counts() -> None:
    entry = {
        "stage": "host",
        "decision": "approve",
        "by": "person-a",
        "opinion": "同意。",
        "prev": "x",
    }
    assert entry_digest(entry) == independent(entry)
    changed = [{**entry, name: "y"} for name in entry]
    shorter = [{n: v for n, v in entry.items() if n != name} for name in entry]
    more = [{**entry, "follow_up": "y"}, {**entry, "sign_offs": []}]
    digests = {entry_digest(other) for other in [entry, *changed, *shorter, *more]}
    assert len(digests) == 1 + len(changed) + len(shorter) + len(more)


keys = st.text("abcXYZ_09", min_size=1, max_size=4)
scalars = st.one_of(
    st.text("ab甲乙😀\n\t\"\\/ ", max_size=6), st.integers(1 - 2**53, 2**53 - 1), st.booleans(), st.none()
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
records = st.dictionaries(keys, values, max_size=4)


@given(records, records)
@settings(max_examples=200)
def test_records_share_a_digest_only_where_they_are_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    for data in (one, other):
        statement = {"v": 1, "kind": "event", "id": ID, "record": data}
        assert record_digest("event", ID, data) == independent(statement)
    # As JSON, because True == 1 in Python.
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (record_digest("event", ID, one) == record_digest("event", ID, other)) == same


anything = st.recursive(
    st.one_of(
        st.text(max_size=8),
        st.integers(-(2**54), 2**54),
        st.floats(),
        st.sampled_from(["1.5", ":1.5", "[9007199254740993", 1e21, 1.0, -0.0, 1e-7, 10**22]),
        st.booleans(),
        st.none(),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), anything, max_size=4))
@settings(max_examples=500)
def test_the_short_way_never_leads_elsewhere(data: dict[str, Any]) -> None:
    statement = {"v": 1, "kind": "event", "id": ID, "record": signed_part(data)}
    try:
        expected = "sha256:" + hashlib.sha256(rfc8785.dumps(statement)).hexdigest()
    except rfc8785.CanonicalizationError:
        with pytest.raises(rfc8785.CanonicalizationError):
            record_digest("event", ID, data)
    else:
        assert record_digest("event", ID, data) == expected
