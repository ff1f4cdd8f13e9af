"""An edit changes what it is asked to change, and not one byte more."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jzy.model.errors import Refused
from jzy.model.kinds import Kind
from jzy.store.dumping import new_text
from jzy.store.editing import append_sign_off, property_block, remove_value, set_value
from jzy.store.records import read_record

SCHEMA: dict[str, Any] = {
    "title": "测试",
    "type": "object",
    "properties": {
        "title": {"title": "名称"},
        "count": {"title": "人数"},
        "people": {
            "title": "人员",
            "items": {"properties": {"name": {"title": "姓名"}, "unit": {"title": "单位"}}},
        },
        "place": {"title": "地点", "properties": {"room": {"title": "房间"}}},
        "note": {"title": "备注"},
        "follow_up": {"title": "办理结果", "properties": {"held": {"title": "举办"}}},
        "sign_offs": {"title": "签批"},
    },
}
KIND = Kind("sample", SCHEMA)
MARKDOWN = Kind("paper", {**SCHEMA, "x-jzy-format": "markdown"})

WRITTEN_BY_HAND = """\
# 示例数据
# 名称
title:   "公开课"     # 暂定
place: {room: 101}

# 人员
people:
- name: 示例甲   # 主讲
  unit: 一
-   name: 示例乙
note: |
  第一行

  第三行
"""


def test_a_changed_value_leaves_comments_order_and_odd_spacing_alone() -> None:
    changed = set_value(KIND, WRITTEN_BY_HAND, ("people", 0, "name"), "示例丙")
    assert changed == WRITTEN_BY_HAND.replace("示例甲", "示例丙")


def test_a_new_property_goes_to_its_place_in_schema_order_under_its_title() -> None:
    changed = set_value(KIND, WRITTEN_BY_HAND, ("count",), 44)
    assert "\n\n# 人数\ncount: 44\n\n# 人员\npeople:\n" in changed


def test_a_value_inside_brackets_is_written_anew_and_nothing_around_it() -> None:
    changed = set_value(KIND, WRITTEN_BY_HAND, ("place", "room"), "报告厅")
    assert changed == WRITTEN_BY_HAND.replace(" {room: 101}", "\n  room: 报告厅")


def test_a_list_takes_one_more_item_in_its_own_indentation() -> None:
    changed = set_value(KIND, WRITTEN_BY_HAND, ("people", 2, "name"), "示例丁")
    assert "-   name: 示例乙\n- name: 示例丁\nnote: |" in changed


def test_an_item_beyond_the_end_of_a_list_is_refused() -> None:
    with pytest.raises(Refused, match="第 6 项"):
        set_value(KIND, WRITTEN_BY_HAND, ("people", 5, "name"), "示例丁")


def test_what_happened_afterwards_comes_before_the_sign_offs() -> None:
    signed = append_sign_off(KIND, WRITTEN_BY_HAND, {"stage": "a", "decision": "approve"})
    held = set_value(KIND, signed, ("follow_up", "held"), "2021-03-18")
    assert held.index("follow_up:") < held.index("sign_offs:")
    assert remove_value(KIND, held, "follow_up") == signed
    assert property_block(KIND, held, "follow_up") == "# 办理结果\nfollow_up:\n  held: 2021-03-18\n"
    assert remove_value(KIND, signed, "sign_offs") == WRITTEN_BY_HAND


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sign_off_only_adds_lines(end: str) -> None:
    text = WRITTEN_BY_HAND.replace("\n", end)
    once = append_sign_off(KIND, text, {"stage": "a", "opinion": "同意。"})
    twice = append_sign_off(KIND, once, {"stage": "b", "opinion": "注意: 安全\n按时"})
    assert once.startswith(text)
    assert twice.startswith(once)
    assert twice.count("\n") == twice.count(end)


def test_a_markdown_record_is_signed_inside_its_front_matter() -> None:
    text = "---\ntitle: 办法\n---\n# 正文\n\n---\n\n第一条\n"
    signed = append_sign_off(MARKDOWN, text, {"stage": "a"})
    assert signed.endswith("  - stage: a\n---\n# 正文\n\n---\n\n第一条\n")
    assert set_value(MARKDOWN, text, ("body",), "新的正文\n").endswith("---\n新的正文\n")


@pytest.mark.parametrize(
    "ending",
    ["sign_offs:\n  - stage: a\nnote: x\n", "sign_offs: [{stage: a}]\n", "sign_offs: []\n"],
)
def test_sign_offs_that_nothing_can_follow_are_refused(ending: str) -> None:
    with pytest.raises(Refused, match="最后一项"):
        append_sign_off(KIND, "title: 甲\n" + ending, {"stage": "b"})


words = st.text(st.sampled_from("甲乙😀 a:-#'\"\n{}[],&*!|>%@`0159._~\\"), max_size=12)
scalars = st.one_of(words, st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.none())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
records = st.fixed_dictionaries(
    {"title": words},
    optional={
        "count": scalars,
        "people": st.lists(
            st.fixed_dictionaries({"name": words}, optional={"unit": values}), max_size=3
        ),
        "place": st.fixed_dictionaries({}, optional={"room": values}),
        "note": values,
    },
)
places = st.sampled_from(
    [("title",), ("count",), ("people",), ("people", 0, "name"), ("people", 0, "unit"),
     ("people", 1, "name"), ("place", "room"), ("place",), ("note",), ("follow_up", "held")]
)  # fmt: skip


@given(records, st.lists(st.tuples(places, values), max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_series_of_edits_reads_back_as_what_was_asked(
    data: dict[str, Any], edits: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    text = new_text(KIND, data)
    assert read_record(KIND, text).data == data
    for place, value in edits:
        try:
            text = set_value(KIND, text, place, value)  # compares its own result with the wish
        except Refused:
            continue
    signed = append_sign_off(KIND, text, {"stage": "a", "opinion": "同意"})
    assert signed.startswith(text)
