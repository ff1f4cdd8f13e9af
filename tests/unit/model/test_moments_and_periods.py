"""Dates, periods and working days, as an office counts them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.kinds import Kind, Kinds
from jzy.model.moments import date_cn, day_of, moment_of, stamp
from jzy.model.periods import Period, of_key, placed, split
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workdays import MissingCalendar, WorkCalendar
from jzy.model.workflow import LeadTime

ZONE = ZoneInfo("Asia/Shanghai")


def calendar(*records: dict[str, Any]) -> WorkCalendar:
    kinds = Kinds({"calendar": Kind("calendar", {"x-jzy-prefix": "calendar"})})
    made = [Record("calendar", f"calendar-{data['year']}", "", data, "") for data in records]
    return WorkCalendar(Register(kinds, made))


def test_the_day_of_a_moment_is_the_institutions_day() -> None:
    assert day_of("2021-03-18T23:30:00+00:00", ZONE) == date(2021, 3, 19)
    assert stamp(moment_of("2021-03-18", ZONE), ZONE) == "2021-03-18T00:00:00+08:00"
    assert date_cn(date(2021, 4, 6)) == "2021年4月6日"


def test_five_working_days_before_an_event_skip_holidays_and_keep_make_up_days() -> None:
    starts = datetime(2026, 10, 9, 14, 30, tzinfo=ZONE)
    latest = calendar().latest(LeadTime(5, "working_days", "starts", None), starts)
    assert latest.date() == date(2026, 9, 24)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (36, "hours", datetime(2021, 3, 30, 2, 30, tzinfo=ZONE)),
        (1, "days", datetime(2021, 3, 30, 23, 59, 59, tzinfo=ZONE)),
        (2, "weeks", datetime(2021, 3, 17, 23, 59, 59, tzinfo=ZONE)),
        (1, "months", datetime(2021, 2, 28, 23, 59, 59, tzinfo=ZONE)),
    ],
)
def test_lead_times_come_in_several_units(amount: int, unit: str, expected: datetime) -> None:
    starts = datetime(2021, 3, 31, 14, 30, tzinfo=ZONE)
    assert calendar().latest(LeadTime(amount, unit, "starts", None), starts) == expected


def test_a_year_that_nobody_knows_is_never_guessed() -> None:
    with pytest.raises(MissingCalendar) as error:
        calendar().is_working_day(date(2099, 1, 5))
    assert error.value.year == 2099


def test_a_calendar_record_overrides_a_day_and_extends_to_unknown_years() -> None:
    found = calendar({"year": 2099, "holidays": ["2099-01-05"], "workdays": ["2099-01-10"]})
    assert not found.is_working_day(date(2099, 1, 5))
    assert found.is_working_day(date(2099, 1, 10))  # a Saturday
    assert found.is_working_day(date(2099, 1, 6))


@pytest.mark.parametrize(
    ("key", "begins", "ends", "title"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31), "2020年"),
        ("2020-Q2", date(2020, 4, 1), date(2020, 6, 30), "2020年第二季度"),
        ("2020-H2", date(2020, 7, 1), date(2020, 12, 31), "2020年下半年"),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29), "2020年2月"),
    ],
)
def test_a_key_names_a_period(key: str, begins: date, ends: date, title: str) -> None:
    assert of_key(key) == Period(begins, ends, title)


def test_semesters_and_academic_years_are_the_institutions_own() -> None:
    institution = {
        "academic_year_starts": "09-01",
        "terms": [{"title": "春季学期", "from": "2020-02-17", "until": "2020-07-12"}],
    }
    year = Period(date(2020, 4, 1), date(2021, 3, 31))
    assert [p.title for p in split("semester", year, institution)] == ["春季学期"]
    assert [p.begins for p in split("academic_year", year, institution)] == [
        date(2019, 9, 1),
        date(2020, 9, 1),
    ]


def test_a_meeting_held_late_counts_for_the_quarter_that_it_covers() -> None:
    second = of_key("2020-Q2")
    assert placed("2020-Q2", second, ZONE)
    assert not placed("2020-07-03", second, ZONE)
    assert placed(["2020-07-03", "2020-06-30"], second, ZONE)
    assert not placed("二季度", second, ZONE)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_one_quarter_of_its_year(day: date) -> None:
    year = of_key(f"{day.year:04}")
    quarters = split("quarter", Period(year.begins, year.ends), {})
    assert sum(day in quarter for quarter in quarters) == 1
    assert (
        sum((quarter.ends - quarter.begins).days + 1 for quarter in quarters)
        == (year.ends - year.begins).days + 1
    )
