"""Lists that conditions ask for again are made once, and are what they were when made anew."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model import functions, lists
from jzy.model.expression import evaluate
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind, Kinds
from jzy.model.lists import Lists
from jzy.model.record import Record, value_at
from jzy.model.register import Register
from jzy.model.watched import Watched

KINDS = Kinds({"stat": Kind("stat", {})})
ASKED = "where(where(naming('stat', 'covers', covers), 'type', 'a'), 'account', account)"


def corpus(count: int) -> Register:
    return Register(KINDS, [
        Record("stat", f"stat-{number:04}", f"records/stats/{number}.yaml", {
            "covers": f"week-{number % 2}", "account": f"acc-{number // 2}", "type": "ab"[number % 4 == 3],
        }, "")
        for number in range(count)
    ])  # fmt: skip


@pytest.mark.parametrize("count", [40, 400])
def test_views_grow_with_the_records_and_not_with_their_square(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, viewed = 0, 0
    real_value, real_view = value_at, functions.view

    def value(data: Any, dotted: str) -> Any:
        nonlocal looked_at
        looked_at += 1
        return real_value(data, dotted)

    def view(*arguments: Any) -> dict[str, Any]:
        nonlocal viewed
        viewed += 1
        return real_view(*arguments)

    monkeypatch.setattr(lists, "value_at", value)
    monkeypatch.setattr(functions, "view", view)
    register = corpus(count)
    knowledge = Knowledge(register, date(2021, 3, 1))
    for record in register:
        found = evaluate(ASKED, record.data, knowledge.functions)
        wanted = record.data["type"] == "a"
        assert [each["_id"] for each in found] == ([record.id] if wanted else [])
        knowledge.forget(record)
    assert viewed == count
    assert looked_at == count + sum(record.data["type"] == "a" for record in register)


def test_what_a_list_rests_on_counts_for_each_who_asks() -> None:
    register = Watched(corpus(8))
    knowledge = Knowledge(register, date(2021, 3, 1))
    first, second = (
        register.during(lambda: evaluate(ASKED, {"covers": "week-1"}, knowledge.functions))[1]
        for _ in range(2)
    )
    assert first == second == {("naming", "stat", "covers", "week-1")}


def test_few_lists_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_ITEMS", 10)
    kept = Lists(corpus(0))
    first = kept.get(("first",), lambda: [{"a": "x"}] * 11)
    assert kept.get(("first",), lambda: [{"a": "x"}] * 11) is not first
    assert kept.where(first, "a", "x") == first  # also of a list that was let go of


VALUES = st.sampled_from(["x", "y", "", 1, True, None, 1.0, ["x"], {"b": "x"}])


@given(
    st.lists(st.dictionaries(st.sampled_from("ab"), VALUES)), VALUES, st.sampled_from(["a", "a.b"])
)
def test_a_group_is_what_a_filter_finds(items: list[Any], value: Any, path: str) -> None:
    kept = Lists(corpus(0))
    found = kept.where(kept.get(("all",), lambda: items), path, value)
    assert found == [item for item in items if value_at(item, path) == value]
