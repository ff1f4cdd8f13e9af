"""The functions of checks, moves and duties over a small register."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.expression import BadExpression, evaluate
from jzy.model.functions import Knowledge, shifted
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workdays import WorkCalendar
from jzy.store.places import search_path
from jzy.store.schemas import load_kinds

KINDS = load_kinds(search_path(Path("/nowhere"), "schemas"))


def record(kind: str, record_id: str, **data: Any) -> Record:
    return Record(kind, record_id, f"records/{record_id}.yaml", data, "")


REGISTER = Register(
    KINDS,
    [
        record("institution", "institution", name="示例学院", time_zone="Asia/Shanghai"),
        record("unit", "unit-xueyuan", title="示例学院", level=1),
        record("unit", "unit-chu", title="示例处", level=2, parent="unit-xueyuan"),
        record(
            "person",
            "person-jia",
            name="示例甲",
            unit="unit-chu",
            posts=[
                {"post": "head", "unit": "unit-chu", "from": "2020-01-01", "until": "2021-02-28"},
                {"post": "leader", "unit": "unit-xueyuan", "from": "2021-03-01"},
            ],
        ),
        record("finding", "fnd-20210408-aaaa", problem="问题", found_on="2021-04-08"),
        record("measure", "msr-20210412-aaaa", findings=["fnd-20210408-aaaa"], due="2021-06-30"),
        record("measure", "msr-20210412-bbbb", findings=["fnd-20210408-bbbb"], due="2021-06-30"),
    ],
)
KNOWLEDGE = Knowledge(REGISTER, date(2021, 4, 16))


def ask(expression: str, **data: Any) -> Any:
    return evaluate(expression, data, KNOWLEDGE.functions)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("record('fnd-20210408-aaaa').problem", "问题"),
        ("record('fnd-20210408-zzzz')", None),
        ("record(nothing)", None),
        ("length(records('measure'))", 2),
        ("records('measure')[].due | [0]", "2021-06-30"),
        ("naming('measure', 'findings', 'fnd-20210408-aaaa')[]._id", ["msr-20210412-aaaa"]),
        ("naming('measure', 'findings', nothing)", []),
        ("institution().name", "示例学院"),
        ("today()", "2021-04-16"),
        ("day('2021-03-18T23:30:00+00:00')", "2021-03-19"),
        ("day('2021-03-18')", "2021-03-18"),
        ("day('随便')", None),
        ("days('2021-03-18', '2021-03-25')", 7),
        ("days(nothing, today())", None),
        ("shift('2021-01-31', `1`, 'months')", "2021-02-28"),
        ("shift('2021-03-18', `-1`, 'weeks')", "2021-03-11"),
        ("shift('2020-02-29', `1`, 'years')", "2021-02-28"),
        ("shift('2021-09-30', `1`, 'working_days')", "2021-10-08"),
        ("shift('2021-09-30', `1`, nothing)", None),
        ("shift('9999-12-31', `1`, 'days')", None),
        ("shift('2021-01-01', `99999999`, 'working_days')", None),
        ("period_begins('2020-Q2')", "2020-04-01"),
        ("period_ends('2021')", "2021-12-31"),
        ("period_ends('下半年')", None),
        ("minus(`5`, `7`)", -2),
        ("minus(nothing, `7`)", None),
        ("holds_post('person-jia', 'head', 'unit-chu', '2021-01-01')", True),
        ("holds_post('person-jia', 'head', 'unit-chu', '2021-03-01')", False),
        ("holds_post('person-jia', 'leader', 'unit-xueyuan', '2021-03-01')", True),
        ("in_unit('person-jia', 'unit-chu', '2021-01-01')", True),
        ("in_unit('person-jia', 'unit-chu', today())", False),
        ("in_unit(nothing, 'unit-chu', today())", False),
        ("post_changes('person-jia')", ["2020-01-01", "2021-02-28", "2021-03-01"]),
    ],
)
def test_what_the_functions_give(expression: str, value: Any) -> None:
    assert ask(expression) == value


@pytest.mark.parametrize("expression", ["record()", "days('2021-01-01')", "never('heard')"])
def test_a_wrong_call_is_a_bad_expression(expression: str) -> None:
    with pytest.raises(BadExpression):
        ask(expression)


def test_conditions_without_the_register_have_none_of_them() -> None:
    with pytest.raises(BadExpression):
        evaluate("today()", {})


_DAYS = st.dates(date(2005, 1, 1), date(2024, 12, 31))
_CALENDAR = WorkCalendar(REGISTER)


@given(_DAYS, st.integers(-40, 40))
def test_working_days_there_and_back_lead_to_a_working_day(day: date, amount: int) -> None:
    there = shifted(_CALENDAR, day, amount, "working_days")
    assert amount == 0 or _CALENDAR.is_working_day(there)
    between = (there - day).days
    step = 1 if between > 0 else -1
    passed = (day + timedelta(days=step * n) for n in range(1, abs(between) + 1))
    assert sum(_CALENDAR.is_working_day(each) for each in passed) == abs(amount)


@given(_DAYS, st.integers(-200, 200))
def test_months_keep_the_day_or_take_the_last_of_the_month(day: date, amount: int) -> None:
    there = shifted(_CALENDAR, day, amount, "months")
    assert there.year * 12 + there.month == day.year * 12 + day.month + amount
    assert there.day == day.day or (there.day < day.day and (there + timedelta(days=1)).day == 1)


def test_dated_tells_what_lies_between_two_days() -> None:
    items = [{"on": f"2021-03-{day:02}"} for day in (1, 8, 15)] + [{"on": None}, {}, "x"]

    def days(after: str | None, until: str | None) -> list[str]:
        found = ask("dated(items, 'on', after, until)", items=items, after=after, until=until)
        return [item["on"][-2:] for item in found]

    assert days("2021-03-01", "2021-03-15") == ["08", "15"]  # after the one, not after the other
    assert days(None, "2021-03-08") == ["01", "08"]
    assert days("2021-03-08", None) == ["15"]
    assert days("2021-03-15T14:30:00+08:00", None) == []
    assert ask("dated(`null`, 'on', `null`, `null`)") == []


def test_the_hash_of_a_text_does_not_hang_on_its_line_ends() -> None:
    assert ask("sha256('公开课')") == hashlib.sha256("公开课".encode()).hexdigest()
    same = [ask("sha256(text)", text=text) for text in ("一\n二", "一\r\n二\n\n", "一\n二\n")]
    assert len(set(same)) == 1
    assert ask("sha256(text)", text="一二") not in same
    assert ask("sha256(`null`)") is None
