"""What a schema may say under `x-jzy-checks`, and how it is told where it says something else."""

from __future__ import annotations

from typing import Any

import pytest

from jzy.model.checks import checks_of, why_broken
from jzy.model.expression import BadExpression, check
from jzy.model.findings import Severity
from jzy.model.kinds import Kind

STAFF = {
    "type": "array",
    "title": "人员",
    "items": {"properties": {"name": {"title": "姓名"}, "hours": {"type": "integer"}}},
}
SHIFT = {
    "properties": {"on": {"title": "日期"}, "staff": STAFF, "log": {"properties": {"staff": STAFF}}}
}
SOUND: dict[str, Any] = {
    "title": "值班过长",
    "description": "值班不超过 {_with.hours} 小时。",
    "advice": "请调整值班。",
    "severity": "warning",
    "with": {"hours": 12},
    "when": "on",
    "each": "staff",
    "check": "_item.hours <= _with.hours",
    "at": "hours",
    "message": "{_item.name}值班 {_item.hours} 小时",
}


def said(code: str = "DUTY101", **more: Any) -> dict[str, Any]:
    check = {name: value for name, value in {**SOUND, **more}.items() if value is not None}
    return {**SHIFT, "x-jzy-checks": {code: check}}


def test_a_check_is_read_with_its_numbers_in_its_words() -> None:
    assert why_broken(said()) == ""
    (check,) = checks_of(Kind("shift", said()))
    assert (check.text.code, check.text.severity, check.text.kind) == (
        "DUTY101",
        Severity.WARNING,
        "shift",
    )
    assert check.text.description == "值班不超过 12 小时。"
    assert check.message == ("", "_item.name", "值班 ", "_item.hours", " 小时")
    assert (check.each, check.at, check.given) == ("staff", ("hours",), {"hours": 12})


def test_an_error_is_what_a_check_finds_unless_it_says_otherwise() -> None:
    (check,) = checks_of(Kind("shift", said(severity=None)))
    assert check.text.severity is Severity.ERROR


def test_a_kind_without_checks_has_none() -> None:
    assert checks_of(Kind("shift", SHIFT)) == ()
    assert why_broken(SHIFT) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": None}, "缺少 title"),
        ({"check": 3}, "缺少 check，应是文字"),
        ({"message": " "}, "缺少 message"),
        ({"weight": 3}, "没有别的属性"),
        ({"severity": "fatal"}, "severity 应是其中之一"),
        ({"when": ""}, "when 应是文字"),
        ({"with": ["12"]}, "with 应是一组属性"),
        ({"with": {}}, "description 提到的“hours”不在 with 中"),
        ({"message": "值班 {_item.hours 小时"}, "花括号没有成对"),
        ({"message": "值班 {} 小时"}, "花括号之间应是表达式"),
        ({"each": "crew"}, "each：没有“crew”这一属性"),
        ({"each": "on"}, "each：“on”不是列表"),
        ({"at": "pay"}, "at：没有“pay”这一属性"),
        ({"each": "log.staff", "at": "staff"}, "at：没有“staff”这一属性"),
        ({"each": None, "at": "hours"}, "at：没有“hours”这一属性"),
    ],
)
def test_what_is_wrong_is_told_with_the_code(change: dict[str, Any], told: str) -> None:
    why = why_broken(said(**change))
    assert why.startswith("x-jzy-checks 的 DUTY101：")
    assert told in why


@pytest.mark.parametrize("code", ["JZY1", "duty101", "DUTY-101", "101", "", "ABCDEFGHIJK101"])
def test_a_code_is_capital_letters_and_three_digits(code: str) -> None:
    assert "应是大写字母加三位数字" in why_broken(said(code))


@pytest.mark.parametrize("other", [[], "x", [SOUND]])
def test_checks_are_listed_by_code(other: object) -> None:
    assert "应以代码列出" in why_broken({**SHIFT, "x-jzy-checks": other})
    assert "应写明" in why_broken({**SHIFT, "x-jzy-checks": {"DUTY101": other}})


def test_an_expression_may_name_only_functions_that_there_are() -> None:
    from jmespath.functions import Functions  # noqa: PLC0415

    known = Functions()
    check("length(staff[?contains(name, 'x')]) > `1` && not_null(a, b, c)", known)
    with pytest.raises(BadExpression, match="没有“lenght”这个函数"):
        check("on && staff[?lenght(name) > `1`]", known)
    with pytest.raises(BadExpression, match="应有 1 个参数，却有 2 个"):
        check("{a: length(staff, on)}", known)
    with pytest.raises(BadExpression):
        check("a" + ".a" * 900 + " && length()", known)
