"""What findings say of duties: which, where, in which words, and that none hides another."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.rules.all import RULES
from jzy.rules.base import Breach, Case, run
from jzy.store.places import shipped
from jzy.store.schemas import load_kinds

PAPER = {
    "title": "报告单",
    "x-jzy-date": "on",
    "properties": {"on": {"title": "日期"}, "filed": {"title": "报备日期"}},
}
KINDS = Kinds(
    {"paper": Kind("paper", PAPER)}
    | {name: Kind(name, {"x-jzy-name": "title"}) for name in ("unit", "workflow", "calendar")}
    | {"duty": load_kinds([shipped("schemas")])["duty"]}
)
CODES = [code for code in RULES if code.startswith("JZY50")]


def record(kind: str, record_id: str, **data: Any) -> Record:
    return Record(kind, record_id, f"records/{record_id}.yaml", data, "")


def duty(name: str, **data: Any) -> Record:
    whole = {"title": f"要求{name}", "kind": "paper", "from": "2021-01-01", **data}
    return Record("duty", f"duty-{name}", f"records/duties/duty-{name}.yaml", whole, "")


def found(*records: Record, today: str = "2021-06-15") -> list[tuple[str, Breach]]:
    units = [
        record("unit", "unit-all", title="学院", level=1),
        record("unit", "unit-a", title="甲系", level=2, parent="unit-all"),
        record("unit", "unit-b", title="乙系", level=2, parent="unit-all"),
    ]
    case = Case(Register(KINDS, [*units, *records]), date.fromisoformat(today))
    return [(text.code, breach) for text, breach in run(case, CODES)]


def told(*records: Record, today: str = "2021-06-15") -> list[tuple[str, str, str]]:
    return [(code, b.record.id, b.message) for code, b in found(*records, today=today)]


FILING = duty("f", property="filed", after="on", deadline={"amount": 7, "unit": "days"})


def test_what_is_done_in_time_or_may_still_be_is_no_finding() -> None:
    done = record("paper", "paper-1", on="2021-06-01", filed="2021-06-08")
    open_ = record("paper", "paper-2", on="2021-06-08")
    quarter = duty("q", every="quarter", **{"from": "2021-04-01"})
    assert told(FILING, quarter, done, open_) == []


def test_a_period_without_enough_is_told_with_both_numbers() -> None:
    quarter = duty("q", every="quarter", at_least=2)
    assert told(quarter, record("paper", "paper-1", on="2021-02-01")) == [
        ("JZY501", "duty-q", "2021年第一季度应有“报告单”2 份，实有 1 份（要求q）"),
    ]


def test_units_without_a_record_are_told_together() -> None:
    letters = duty("l", every="quarter", per="unit", field="unit")
    force = duty("t", per="unit", field="unit", throughout={"from": "on", "until": "until"})
    assert told(letters, force, record("paper", "paper-1", on="2021-02-01", unit="unit-a")) == [
        ("JZY502", "duty-l", "2021年第一季度以下部门没有完成“要求l”：乙系"),
        ("JZY505", "duty-t", "2021年6月15日以下部门没有有效的报告单（要求t）：乙系"),
    ]


def test_what_a_record_owes_is_told_at_the_record_and_names_the_duty() -> None:
    missed = record("paper", "paper-1", on="2021-06-01")
    late = record("paper", "paper-2", on="2021-06-01", filed="2021-06-09")
    (_, first), (_, second) = found(FILING, missed, late)
    assert told(FILING, missed, late) == [
        ("JZY504", "paper-1", "“要求f”应于 2021年6月8日 之前（含当日）办理，尚未办理"),
        ("JZY506", "paper-2", "“要求f”的期限为 2021年6月8日，实际于 2021年6月9日 办理"),
    ]
    assert first.at == second.at == ("filed",)


def test_each_record_that_owes_every_period_is_told_at_the_record() -> None:
    reviews = duty("r", every="quarter", per="record", date="reviews.on")
    mine = record("paper", "paper-1", on="2021-01-01", reviews=[{"on": "2021-04-02"}])
    assert told(reviews, mine) == [("JZY504", "paper-1", "2021年第一季度没有完成“要求r”")]


def test_the_duty_may_say_what_to_do() -> None:
    (_, breach), *_ = found(duty("q", every="quarter", advice="请补记。"))
    assert breach.advice == "请补记。"


def test_a_duty_that_fails_on_some_records_is_one_finding_and_hides_nothing() -> None:
    broken = duty("b", match="length(on) > length(title)", property="filed")
    papers = [record("paper", f"paper-{n}", on="2021-06-01") for n in range(3)]
    sound = record("paper", "paper-9", on="2021-06-01", title="题目")
    others = found(broken, FILING, *papers, sound)
    assert [(code, breach.record.id) for code, breach in others] == [
        ("JZY504", "paper-9"),
        *(("JZY504", f"paper-{n}") for n in (0, 1, 2, 9)),
        ("JZY507", "duty-b"),
    ]
    last = others[-1][1]
    assert last.at == ("match",)
    assert "paper-0等 3 份记录" in last.message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "unit", "every": "year"}, "没有写明以哪一属性"),
        ({"check": "lenth(on)"}, "没有“lenth”这个函数"),
    ],
)
def test_a_duty_that_nobody_can_judge_is_told(data: dict[str, Any], says: str) -> None:
    ((code, breach),) = found(duty("x", **data))
    assert code == "JZY507"
    assert says in breach.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"property": "filed", "match": "length("}, "JZY308"),
        ({"every": "year", "per": "unit", "field": "u", "units": "level =="}, "JZY308"),
        ({"kind": "papers", "property": "x"}, "JZY315"),
    ],
)
def test_what_every_record_may_get_wrong_is_told_once_by_its_own_rule(
    data: dict[str, Any], code: str
) -> None:
    case = Case(Register(KINDS, [duty("x", **data)]), date(2021, 6, 15))
    assert [text.code for text, _ in run(case, [*CODES, "JZY308", "JZY315"])] == [code]


# --- calendars ----------------------------------------------------------------------------------

WORKING = duty("w", property="filed", after="on", deadline={"amount": 5, "unit": "working_days"})
FLOW = record(
    "workflow", "workflow-w",
    title="流程", applies_to={"kinds": ["paper"]}, stages=[],
    lead_times=[{"amount": 1, "unit": "weeks", "before": "on"},
                {"amount": 3, "unit": "working_days", "before": "on"}],
)  # fmt: skip
CALENDAR = record("calendar", "calendar-2090", year=2090)


@pytest.mark.parametrize("counts", [WORKING, FLOW])
def test_working_days_of_this_year_need_a_calendar_before_anything_falls_due(
    counts: Record,
) -> None:
    ((code, breach),) = found(counts, today="2090-01-05")
    assert (code, breach.record) == ("JZY503", counts)
    assert "2090年" in breach.message
    assert breach.at[-1] == "unit"
    assert told(counts, CALENDAR, today="2090-01-05") == []
    assert told(counts, today="2021-06-15") == []


def test_a_duty_that_is_over_needs_no_calendar() -> None:
    over = duty("w", **{**WORKING.data, "until": "2089-12-31"})
    assert told(over, today="2090-01-05") == []
    assert told(FILING, today="2090-01-05") == []


def test_a_deadline_that_runs_into_a_year_without_calendar_is_told_once_for_all_records() -> None:
    papers = [record("paper", f"paper-{n}", on="2090-12-29") for n in range(3)]
    said = told(WORKING, CALENDAR, *papers, today="2090-12-30")
    assert [(code, where) for code, where, _ in said] == [("JZY503", "duty-w")]
    assert "2091年" in said[0][2]
    assert "3 份记录，如 paper-0" in said[0][2]
