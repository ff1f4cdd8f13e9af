"""Checks of a schema carried out: each item, words in place of values, and mistakes told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import jzy.rules.all  # noqa: F401 - a check may not have the code of a rule
from jzy.model.checks import why_broken
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.rules.base import Case, run
from jzy.rules.checks import all_checks, mistakes, run_checks

UNIT = {"properties": {"title": {"title": "名称"}}, "x-jzy-prefix": "unit"}
LOAN = {
    "x-jzy-prefix": "loan",
    "title": "借用登记",
    "properties": {
        "title": {"title": "事由"},
        "unit": {"title": "部门", "x-jzy-ref": "unit"},
        "back_on": {"title": "归还日期", "format": "date"},
        "state": {"title": "状态", "x-jzy-titles": {"out": "借出"}},
        "items": {
            "type": "array",
            "items": {"properties": {"name": {"title": "名称"}, "unit": {"x-jzy-ref": "unit"}}},
        },
    },
}
WORDS = {"title": "到期未还", "description": "应按期归还。", "advice": "请归还。"}
LATE = {
    **WORDS,
    "when": "state == 'out'",
    "check": "back_on >= today()",
    "at": "back_on",
    "message": "{unit}应于 {back_on} 归还，现为{state}，{days(back_on, today())} 天未还",
}
TODAY = date(2021, 4, 16)
BORROWED = {"title": "投影仪", "unit": "unit-a", "back_on": "2021-04-06", "state": "out"}


def kinds(**checks: dict[str, Any]) -> Kinds:
    schema = {**LOAN, "x-jzy-checks": checks}
    assert why_broken(schema) == ""
    return Kinds({"unit": Kind("unit", UNIT), "loan": Kind("loan", schema, "/x/loan.schema.json")})


def case(known: Kinds, *loans: dict[str, Any]) -> Case:
    records = [Record("unit", "unit-a", "records/units/unit-a.yaml", {"title": "示例处"}, "")]
    for number, data in enumerate(loans):
        records.append(
            Record("loan", f"loan-{number}", f"records/loan/loan-{number}.yaml", data, "")
        )
    return Case(Register(known, records), TODAY)


def found(
    known: Kinds, *loans: dict[str, Any]
) -> list[tuple[str, str, tuple[str | int, ...], str]]:
    whole = case(known, *loans)
    return [
        (text.code, breach.record.id, breach.at, breach.message)
        for record in whole.register
        for text, breach in run_checks(whole, record)
    ]


def test_a_breach_has_its_place_and_says_values_in_peoples_words() -> None:
    assert found(kinds(LOAN101=LATE), BORROWED) == [
        ("LOAN101", "loan-0", ("back_on",), "示例处应于 2021年4月6日 归还，现为借出，10 天未还")
    ]


def test_a_record_that_the_guard_leaves_out_is_not_judged() -> None:
    assert found(kinds(LOAN101=LATE), {**BORROWED, "state": "back"}) == []


def test_each_item_is_judged_with_its_number() -> None:
    each = {
        **WORDS,
        "each": "items",
        "check": "_item.unit == unit",
        "at": "unit",
        "message": "第 {_number} 件（{_item.name}）属{_item.unit}",
    }
    items = [{"name": "甲", "unit": "unit-a"}, {"name": "乙"}, {"name": "丙", "unit": "unit-b"}]
    assert found(kinds(LOAN102=each), {**BORROWED, "items": items}, BORROWED) == [
        ("LOAN102", "loan-0", ("items", 1, "unit"), "第 2 件（乙）属（未填）"),
        ("LOAN102", "loan-0", ("items", 2, "unit"), "第 3 件（丙）属unit-b"),
    ]


def test_a_number_that_the_schema_gives_is_seen_by_condition_and_words() -> None:
    grace = {**LATE, "with": {"days": 7}, "check": "days(back_on, today()) <= _with.days"}
    assert found(kinds(LOAN103=grace), BORROWED)
    assert not found(kinds(LOAN103={**grace, "with": {"days": 10}}), BORROWED)


def test_long_values_are_cut_and_lists_stand_side_by_side() -> None:
    long = {**WORDS, "check": "back_on", "message": "{title}：{items[].unit}"}
    data = {"title": "很长" * 100, "items": [{"unit": "unit-a"}, {"unit": "unit-b"}]}
    ((_, _, at, said),) = found(kinds(LOAN104=long), data)
    assert at == ()
    assert said == "很长" * 30 + "…：示例处、unit-b"


def test_a_record_on_which_a_check_fails_is_a_finding_and_hides_no_other() -> None:
    fails = {**WORDS, "check": "length(title) > sum(items)", "message": "太长"}
    listed = found(kinds(LOAN101=LATE, LOAN105=fails), {**BORROWED, "items": [{}]}, BORROWED)
    assert [(code, record) for code, record, *_ in listed] == [
        ("LOAN101", "loan-0"),
        ("JZY314", "loan-0"),
        ("LOAN101", "loan-1"),
        ("JZY314", "loan-1"),
    ]
    assert "LOAN105（到期未还）不能用于这份记录" in listed[1][3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"check": "back_on >"},
        {"when": "state = 'out'"},
        {"check": "overdue(back_on)"},
        {"check": "days(back_on)"},
        {"message": "{unit(}"},
    ],
)
def test_a_check_that_fits_no_record_is_told_once_and_hides_no_other(wrong: dict[str, str]) -> None:
    known = kinds(LOAN101=LATE, LOAN106={**LATE, **wrong})
    assert [code for code, *_ in found(known, BORROWED)] == ["LOAN101"]
    ((where, said),) = mistakes(known).items()
    assert where == ("loan", "LOAN106")
    assert "LOAN106（到期未还）：" in said


def also_lent(known: Kinds, **change: str) -> Kinds:
    """The kinds and one that was made from the schema of another."""
    schema = {**LOAN, "x-jzy-prefix": "lent", "x-jzy-checks": {"LOAN101": {**LATE, **change}}}
    return Kinds({**known, "lent": Kind("lent", schema, "/x/lent.schema.json")})


def test_a_code_means_one_thing() -> None:
    known = kinds(LOAN101=LATE)
    assert [kind.name for kind, _ in all_checks(also_lent(known))] == ["lent", "loan"]
    taken = "loan.schema.json 有误：.*LOAN101 在 lent.schema.json 中已有"
    with pytest.raises(WrongEnvironment, match=taken):
        all_checks(also_lent(known, title="另一条"))
    with pytest.raises(WrongEnvironment, match="JZY401 在 jzy 中已有") as told:
        all_checks(kinds(JZY401=LATE))
    assert told.value.where == "schemas/loan.schema.json"


def test_only_the_wanted_codes_are_judged() -> None:
    known = case(kinds(LOAN101=LATE, LOAN107={**LATE, "check": "!title"}), BORROWED)
    codes = lambda *wanted: [text.code for text, _ in run(known, wanted)]  # noqa: E731
    assert codes("LOAN107") == ["LOAN107"]
    assert codes("JZY301") == []
    assert codes("LOAN101", "JZY301") == ["LOAN101"]
