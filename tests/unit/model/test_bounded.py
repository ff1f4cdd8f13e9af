"""Conditions come to an end: what multiplies or doubles pays, and what does neither costs nothing."""

from __future__ import annotations

import pytest

from jzy.model.bounded import Purse
from jzy.model.expression import BadExpression, evaluate, holds

MANY = {"x": list(range(400)), "a": "字" * 100}


@pytest.mark.parametrize(
    "expression",
    [
        "x[].[@][].map(&[@], [@])[]" + " | [@, @][]" * 16 + " | length(@)",
        "a | join('', [@, @])" + " | join('', [@, @])" * 18 + " | length(@)",
        "[@, @]" + " | [@, @]" * 60 + " | to_string(@)",
        "[@, @, @, @]" + " | [@, @, @, @]" * 20 + " | @ == @",
    ],
)
def test_what_grows_without_end_is_stopped(expression: str) -> None:
    with pytest.raises(BadExpression, match=r"太多|太复杂"), Purse(100_000).spending():
        evaluate(expression, MANY)


def test_a_purse_is_shared_by_several_evaluations() -> None:
    purse = Purse(2_000)
    with purse.spending():
        assert evaluate("length(x[?@ > `1`])", MANY) == 398
    assert 1_000 < purse.left < 1_600
    with purse.spending():
        evaluate("length(x[?@ > `1`])", MANY)
    with pytest.raises(BadExpression, match="太多"), purse.spending():
        evaluate("length(x[?@ > `1`])", MANY)


def test_without_a_purse_an_evaluation_has_its_own() -> None:
    for _ in range(3):
        assert evaluate("length(x[?@ > `1`])", MANY) == 398


def test_ordinary_conditions_mean_what_they_meant() -> None:
    data = {"a": [{"b": 1}, {"b": 2}], "c": "d"}
    assert evaluate("a[?b > `1`].b", data) == [2]
    assert evaluate("map(&b, a)", data) == [1, 2]
    assert evaluate("a[-1:].b", data) == [2]
    assert evaluate("max_by(a, &b).b", data) == 2
    assert evaluate("{x: c, y: a[].b}", data) == {"x": "d", "y": [1, 2]}
    assert holds("!(a[?b == `3`]) && c", data)
