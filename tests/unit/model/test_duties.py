"""Promises as data: what is owed when, by whom, and how far it is kept on a day.

All records here are made up for the tests.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.duties import judge
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind, Kinds
from jzy.model.owing import DutyState, Instance, Outcome
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.model.register import Register

PAPER = {"x-jzy-date": "on", "x-jzy-off": "follow_up.cancelled", "x-jzy-active": "!closed"}
KINDS = Kinds(
    {
        name: Kind(name, {"x-jzy-name": "title"})
        for name in ("institution", "unit", "duty", "calendar")
    }
    | {"paper": Kind("paper", PAPER), "account": Kind("account", {"x-jzy-active": "!closed"})}
)
TERMS = [
    {"key": "a", "title": "第一学期", "from": "2020-09-01", "until": "2021-01-24"},
    {"key": "b", "title": "第二学期", "from": "2021-03-01", "until": "2021-07-18"},
]


def record(kind: str, record_id: str, **data: Any) -> Record:
    return Record(kind, record_id, f"records/{record_id}.yaml", data, "")


def paper(on: str, **more: Any) -> Record:
    return record("paper", f"paper-{on.replace('-', '')}-{len(more)}", on=on, **more)


def register(*records: Record) -> Register:
    institution = record(
        "institution", "institution",
        time_zone="Asia/Shanghai", terms=TERMS, academic_year_starts="09-01",
    )  # fmt: skip
    units = [
        record("unit", "unit-all", title="学院", level=1),
        record("unit", "unit-a", title="甲", level=2, parent="unit-all"),
        record("unit", "unit-b", title="乙", level=3, parent="unit-a"),
    ]
    given_ids = {each.id for each in records}
    return Register(KINDS, [institution, *(u for u in units if u.id not in given_ids), *records])


def duty(**data: Any) -> Record:
    whole = {"title": "应做的事", "kind": "paper", "from": "2020-01-01", **data}
    named = {name.rstrip("_"): value for name, value in whole.items()}
    return Record("duty", "duty-x", "records/duties/duty-x.yaml", named, "")


def judged(promise: Record, on: str, *records: Record, within: Period | None = None) -> Outcome:
    return judge(Knowledge(register(*records), date.fromisoformat(on)), promise, within)


def states(promise: Record, on: str, *records: Record) -> list[str]:
    outcome = judged(promise, on, *records)
    assert outcome.faults == ()
    return [instance.state.value for instance in outcome.instances]


def the_one(promise: Record, on: str, *records: Record) -> Instance:
    (instance,) = judged(promise, on, *records).instances
    return instance


# --- by period ----------------------------------------------------------------------------------

QUARTERLY = duty(every="quarter", from_="2021-01-01")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2020-12-31", []),
        ("2021-01-01", ["due"]),
        ("2021-03-31", ["due"]),
        ("2021-04-01", ["missed", "due"]),
    ],
)
def test_a_period_is_due_to_its_last_day_and_then_missed(on: str, expected: list[str]) -> None:
    assert states(QUARTERLY, on) == expected


def test_one_record_a_period_meets_it_and_what_is_dated_later_is_not_done_yet() -> None:
    planned = paper("2021-03-20")
    assert states(QUARTERLY, "2021-03-19", planned) == ["due"]
    assert states(QUARTERLY, "2021-03-20", planned) == ["met"]
    assert the_one(QUARTERLY, "2021-03-20", planned).records == (planned,)


def test_at_least_so_many() -> None:
    twice = duty(every="month", from_="2021-03-01", at_least=2)
    first, second = paper("2021-03-01"), paper("2021-03-31", more=1)
    assert states(twice, "2021-03-31", first) == ["due"]
    assert states(twice, "2021-03-31", first, second) == ["met"]
    assert states(twice, "2021-04-01", first)[0] == "missed"


def test_only_records_that_match_and_are_not_called_off_count() -> None:
    series = duty(every="month", from_="2021-03-01", until="2021-03-31", match="series == '甲'")
    assert states(series, "2021-04-01", paper("2021-03-05", series="乙")) == ["missed"]
    assert states(series, "2021-04-01", paper("2021-03-05", series="甲")) == ["met"]
    off = paper("2021-03-05", series="甲", follow_up={"cancelled": {"on": "2021-03-04"}})
    assert states(series, "2021-04-01", off) == ["missed"]


def test_a_meeting_of_the_first_half_may_be_held_in_july_unless_a_deadline_says_otherwise() -> None:
    held = paper("2021-07-09", covers="2021-H1")
    halves = duty(every="half_year", from_="2021-01-01", until="2021-06-30", date="covers")
    assert states(halves, "2021-07-01", held) == ["missed"]
    assert states(halves, "2021-07-09", held) == ["met"]
    grace = duty(**halves.data, deadline={"amount": 8, "unit": "days"})
    assert states(grace, "2021-07-08", held) == ["due"]
    assert states(grace, "2021-07-09", held) == ["late"]
    assert the_one(grace, "2021-07-09", held).due == date(2021, 7, 8)


@pytest.mark.parametrize(
    ("amount", "unit", "last"),
    [(1, "months", "2021-01-31"), (2, "weeks", "2021-01-14"), (1, "days", "2021-01-01"),
     (5, "working_days", "2021-01-08")],
)  # fmt: skip
def test_a_deadline_may_count_from_the_beginning_of_the_period(
    amount: int, unit: str, last: str
) -> None:
    deadline = {"amount": amount, "unit": unit, "counted_from": "begin"}
    yearly = duty(every="year", from_="2021-01-01", deadline=deadline)
    day = date.fromisoformat(last)
    after = (day + timedelta(days=1)).isoformat()
    assert states(yearly, last) == ["due"]
    assert states(yearly, after) == ["missed"]
    assert states(yearly, after, paper(last)) == ["met"]
    assert states(yearly, after, paper(after)) == ["late"]


def test_what_was_to_be_done_before_the_duty_began_is_not_owed() -> None:
    deadline = {"amount": 1, "unit": "months", "counted_from": "begin"}
    assert states(duty(every="year", from_="2021-04-01", deadline=deadline), "2021-12-31") == []


@pytest.mark.parametrize(
    ("every", "on", "title"),
    [
        ("semester", "2021-01-24", ["第一学期"]),
        ("semester", "2021-02-10", ["第一学期"]),
        ("semester", "2021-03-01", ["第一学期", "第二学期"]),
        ("academic_year", "2021-08-31", ["2020—2021学年"]),
        ("academic_year", "2021-09-01", ["2020—2021学年", "2021—2022学年"]),
    ],
)
def test_semesters_and_academic_years(every: str, on: str, title: list[str]) -> None:
    promise = duty(every=every, from_="2020-09-01")
    assert [each.period.title for each in judged(promise, on).instances] == title


def test_a_day_between_two_semesters_belongs_to_neither() -> None:
    promise = duty(every="semester", from_="2020-09-01")
    last, between, first = paper("2021-01-24"), paper("2021-02-10"), paper("2021-03-01")
    assert states(promise, "2021-07-31", between) == ["missed", "missed"]
    assert states(promise, "2021-07-31", last) == ["met", "missed"]
    assert states(promise, "2021-07-31", first) == ["missed", "met"]


def test_a_date_time_counts_on_the_institutions_own_day() -> None:
    promise = duty(every="month", from_="2021-03-01", until="2021-03-31", date="at")
    last_minute, midnight = "2021-03-31T15:59:59+00:00", "2021-03-31T16:00:00+00:00"
    assert states(promise, "2021-04-02", paper("2021-03-01", at=last_minute)) == ["met"]
    assert states(promise, "2021-04-02", paper("2021-03-01", at=midnight)) == ["missed"]


def test_each_unit_owes_by_itself_and_the_root_does_not() -> None:
    letters = duty(every="year", from_="2021-01-01", per="unit", field="units")
    outcome = judged(letters, "2021-06-01", paper("2021-02-01", units=["unit-a"]))
    found = {each.unit: each.state.value for each in outcome.instances}
    assert found == {"unit-a": "met", "unit-b": "due"}


def test_units_may_be_chosen_by_a_condition() -> None:
    letters = duty(every="year", from_="2021-01-01", per="unit", field="unit", units="level == `2`")
    assert [each.unit for each in judged(letters, "2021-06-01").instances] == ["unit-a"]


@pytest.mark.parametrize(
    ("life", "years"),
    [
        ({}, [2020, 2021]),
        ({"established": "2020-12-31"}, [2020, 2021]),
        ({"established": "2021-01-01"}, [2021]),
        ({"established": "2021-06-02"}, []),
        ({"dissolved": "2020-12-31"}, []),
        ({"dissolved": "2021-01-01"}, [2020]),
        ({"dissolved": "2022-01-01"}, [2020, 2021]),
    ],
)
def test_a_unit_owes_for_the_periods_at_whose_end_it_stands(
    life: dict[str, str], years: list[int]
) -> None:
    unit = record("unit", "unit-b", title="乙", level=2, parent="unit-all", **life)
    letters = duty(every="year", per="unit", field="unit")
    found = judged(letters, "2021-06-01", unit).instances
    assert [each.period.begins.year for each in found if each.unit == "unit-b"] == years


def test_each_record_may_owe_once_a_period() -> None:
    reviews = duty(
        kind="account",
        every="year",
        per="record",
        match="_active",
        date="reviews.on",
        after="opened",
    )
    old = record("account", "account-old", opened="2019-05-01", reviews=[{"on": "2020-12-15"}])
    new = record("account", "account-new", opened="2021-02-01")
    gone = record("account", "account-gone", opened="2019-05-01", closed=True)
    found = judged(reviews, "2021-06-01", old, new, gone).instances
    assert [(i.subject and i.subject.id, i.period.begins.year, i.state.value) for i in found] == [
        ("account-old", 2020, "met"),
        ("account-new", 2021, "due"),
        ("account-old", 2021, "due"),
    ]


# --- by record ----------------------------------------------------------------------------------


def filing(unit: str = "days", amount: int = 7) -> Record:
    return duty(property="filed", after="held", deadline={"amount": amount, "unit": unit})


@pytest.mark.parametrize(
    ("unit", "amount", "held", "last"),
    [
        ("days", 7, "2021-03-25", "2021-04-01"),
        ("days", 0, "2021-03-25", "2021-03-25"),
        ("weeks", 2, "2021-03-25", "2021-04-08"),
        ("months", 1, "2021-01-31", "2021-02-28"),
        ("months", 1, "2020-01-31", "2020-02-29"),
        ("months", 12, "2020-02-29", "2021-02-28"),
        ("working_days", 5, "2021-04-02", "2021-04-12"),
        ("working_days", 1, "2021-09-30", "2021-10-08"),
        ("hours", 24, "2021-03-25", "2021-03-26"),
        ("hours", 24, "2021-03-25T14:30:00+08:00", "2021-03-26"),
        ("days", 1, "2021-03-25T23:59:59+08:00", "2021-03-26"),
        ("days", 1, "2021-03-25T16:00:00+00:00", "2021-03-27"),
    ],
)
def test_the_last_day_counts_whole(unit: str, amount: int, held: str, last: str) -> None:
    promise, day = filing(unit, amount), date.fromisoformat(last)
    after = (day + timedelta(days=1)).isoformat()
    open_ = paper("2020-01-01", held=held)
    assert the_one(promise, last, open_).due == day
    assert states(promise, last, open_) == ["due"]
    assert states(promise, after, open_) == ["missed"]
    assert states(promise, after, paper("2020-01-01", held=held, filed=last)) == ["met"]
    assert states(promise, after, paper("2020-01-01", held=held, filed=after)) == ["late"]
    # On the last day, what was filed the day after has not been filed.
    assert states(promise, last, paper("2020-01-01", held=held, filed=after)) == ["due"]


@pytest.mark.parametrize(
    ("filed", "state"),
    [
        ("2021-04-01T23:59:59+08:00", "met"),
        ("2021-04-02T00:00:00+08:00", "late"),
        ("2021-04-01T16:00:00+00:00", "late"),
    ],
)
def test_the_last_minute_of_the_last_day_is_in_time(filed: str, state: str) -> None:
    assert states(filing(), "2021-05-01", paper("2020-01-01", held="2021-03-25", filed=filed)) == [
        state
    ]


@pytest.mark.parametrize(("minute", "state"), [("14:30:00", "met"), ("14:30:01", "late")])
def test_hours_count_to_the_second(minute: str, state: str) -> None:
    held, filed = "2021-03-25T14:30:00+08:00", f"2021-03-26T{minute}+08:00"
    mine = paper("2020-01-01", held=held, filed=filed)
    assert states(filing("hours", 24), "2021-05-01", mine) == [state]


def test_a_property_that_is_no_date_has_no_day_and_an_empty_one_is_none() -> None:
    held = "2021-03-25"
    assert states(filing(), "2021-05-01", paper("2020-01-01", held=held, filed={"by": "x"})) == [
        "met"
    ]
    for empty in ("", [], {}, None):
        assert states(filing(), "2021-05-01", paper("2020-01-01", held=held, filed=empty)) == [
            "missed"
        ]


def test_what_has_not_begun_or_was_called_off_owes_nothing() -> None:
    off = paper("2021-03-25", held="2021-03-25", follow_up={"cancelled": {"on": "2021-03-26"}})
    assert states(filing(), "2021-05-01", paper("2021-03-25"), off) == []
    assert states(filing(), "2021-03-24", paper("2021-03-25", held="2021-03-25")) == []


def test_from_and_until_bound_the_day_that_the_deadline_counts_from() -> None:
    promise = duty(**{**filing().data, "from": "2021-01-01", "until": "2021-12-31"})
    held = ("2020-12-31", "2021-01-01", "2021-12-31", "2022-01-01")
    papers = [paper(f"2020-01-0{n}", held=day) for n, day in enumerate(held, 1)]
    outcome = judged(promise, "2022-06-01", *papers)
    assert [each.period.begins.isoformat() for each in outcome.instances] == list(held[1:3])
    # What began in time is owed even when the duty has ended.
    assert states(promise, "2022-01-02", papers[2]) == ["due"]


def test_without_a_deadline_the_day_itself_is_the_last() -> None:
    before = duty(match="livestream", check="approved", after="starts")
    open_ = paper("2021-03-01", livestream=True, starts="2021-03-25T14:00:00+08:00")
    assert states(before, "2021-03-01", open_) == ["due"]
    assert the_one(before, "2021-03-25", open_).due == date(2021, 3, 25)
    assert states(before, "2021-03-26", open_) == ["missed"]
    done = record("paper", "paper-1", **open_.data, approved=True)
    assert states(before, "2021-03-26", done) == ["met"]


def test_without_anything_to_count_from_it_is_due_at_once() -> None:
    observed = duty(property="observer", check="observed")
    assert states(observed, "2021-03-04", paper("2021-03-05")) == []
    assert states(observed, "2021-03-05", paper("2021-03-05")) == ["missed"]
    assert states(observed, "2021-03-05", paper("2021-03-05", observer="x")) == ["missed"]
    mine = paper("2021-03-05", observer="x", observed=True)
    assert states(observed, "2021-03-05", mine) == ["met"]


def test_of_records_without_a_date_only_the_day_asked_is_bounded() -> None:
    named = duty(kind="account", property="owner", until="2021-12-31")
    account = record("account", "account-x")
    assert states(named, "2021-12-31", account) == ["missed"]
    assert states(named, "2022-01-01", account) == []


def test_a_check_may_ask_other_records() -> None:
    measures = duty(
        check="naming('account', 'of', _id)", after="on", deadline={"amount": 1, "unit": "weeks"}
    )
    finding = paper("2021-03-01")
    measure = record("account", "account-m", of=[finding.id])
    assert states(measures, "2021-03-09", finding) == ["missed"]
    assert states(measures, "2021-03-09", finding, measure) == ["met"]


def test_only_records_of_the_days_looked_at() -> None:
    papers = [paper("2020-01-01", held="2020-12-31"), paper("2020-01-02", held="2021-01-01")]
    year = Period(date(2021, 1, 1), date(2021, 12, 31))
    (found,) = judged(filing(), "2022-01-01", *papers, within=year).instances
    assert found.subject == papers[1]


# --- throughout ---------------------------------------------------------------------------------

IN_FORCE = duty(throughout={"from": "from", "until": "until"}, from_="2021-01-01")


def letter(begins: str, until: str | None, **more: Any) -> Record:
    ends = {"until": until} if until else {}
    return paper(begins, **{"from": begins}, **ends, **more)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2020-12-31", []),
        ("2021-01-01", ["missed"]),
        ("2021-02-28", ["missed"]),
        ("2021-03-01", ["met"]),
        ("2021-04-30", ["met"]),
        ("2021-05-01", ["missed"]),
    ],
)
def test_in_force_on_the_day_asked(on: str, expected: list[str]) -> None:
    assert states(IN_FORCE, on, letter("2021-03-01", "2021-04-30")) == expected


def test_the_last_day_covered_is_told_across_letters_that_follow_each_other() -> None:
    first = letter("2021-03-01", "2021-04-30")
    renewed = paper("2021-04-20", **{"from": "2021-05-01", "until": "2021-12-31"})
    after_a_gap = paper("2021-04-21", **{"from": "2022-01-02", "until": "2022-12-31"})
    assert the_one(IN_FORCE, "2021-04-19", first, renewed).due == date(2021, 4, 30)
    assert the_one(IN_FORCE, "2021-04-20", first, renewed).due == date(2021, 12, 31)
    assert the_one(IN_FORCE, "2021-04-21", first, renewed, after_a_gap).due == date(2021, 12, 31)
    # Missed on the one day between: the day is told on which coverage ended.
    missed = the_one(IN_FORCE, "2022-01-01", first, renewed, after_a_gap)
    assert (missed.state, missed.due) == (DutyState.MISSED, date(2021, 12, 31))
    assert the_one(IN_FORCE, "2021-04-01", letter("2021-03-01", None)).due == date.max


def test_each_unit_must_be_covered_and_a_new_one_has_time() -> None:
    promise = duty(
        **IN_FORCE.data, per="unit", field="unit", deadline={"amount": 1, "unit": "months"}
    )
    new = record("unit", "unit-b", title="乙", level=2, parent="unit-all", established="2021-05-31")
    mine = letter("2021-01-15", None, unit="unit-a")

    def found(on: str) -> dict[str | None, str]:
        return {each.unit: each.state.value for each in judged(promise, on, new, mine).instances}

    assert found("2021-01-01") == {"unit-a": "due"}
    assert found("2021-05-30") == {"unit-a": "met"}
    assert found("2021-06-30") == {"unit-a": "met", "unit-b": "due"}
    assert found("2021-07-01") == {"unit-a": "met", "unit-b": "missed"}


def test_for_a_report_what_was_in_force_on_the_last_day_of_its_period_counts() -> None:
    within = Period(date(2021, 1, 1), date(2021, 3, 31))
    mine = letter("2021-03-01", "2021-03-31")
    assert judged(IN_FORCE, "2021-06-01", mine, within=within).instances[0].met
    assert states(IN_FORCE, "2021-06-01", mine) == ["missed"]


# --- what cannot be judged ----------------------------------------------------------------------


def test_a_year_without_calendar_is_a_fault_and_no_guess() -> None:
    good, bad = paper("2021-03-01", held="2021-03-01"), paper("2090-03-01", held="2090-03-01")
    outcome = judged(filing("working_days", 5), "2090-06-01", good, bad)
    assert [each.subject for each in outcome.instances] == [good]
    assert [(fault.record, fault.year) for fault in outcome.faults] == [(bad, 2090)]
    known = record("calendar", "calendar-2090", year=2090, holidays=["2090-03-02"])
    assert the_one(filing("working_days", 5), "2090-06-01", bad, known).due == date(2090, 3, 9)


def test_a_record_on_which_a_condition_fails_hides_no_other() -> None:
    promise = duty(match="length(title) > `1`", property="filed")
    outcome = judged(promise, "2021-06-01", paper("2021-03-01"), paper("2021-03-02", title="甲乙"))
    assert [each.state for each in outcome.instances] == [DutyState.MISSED]
    assert [fault.record and fault.record.id for fault in outcome.faults] == ["paper-20210301-0"]


@pytest.mark.parametrize(
    ("data", "at"),
    [
        ({"kind": "nothing", "property": "x"}, "kind"),
        ({"match": "length(", "property": "x"}, "match"),
        ({"check": "length("}, "check"),
        ({"kind": "account", "every": "year"}, "every"),
    ],
)
def test_a_duty_that_cannot_be_judged_at_all_says_so(data: dict[str, Any], at: str) -> None:
    outcome = judged(duty(**data), "2021-06-01", paper("2021-03-01"))
    assert outcome.instances == ()
    assert [fault.at for fault in outcome.faults] == [(at,)]
    assert outcome.faults[0].why


# --- what holds for any records and days --------------------------------------------------------

DAYS = st.dates(date(2020, 6, 1), date(2022, 6, 30)).map(date.isoformat)
PAPERS = st.lists(
    st.fixed_dictionaries(
        {"on": DAYS},
        optional={
            "held": DAYS, "filed": DAYS, "from": DAYS, "until": DAYS, "follow_up": st.just({"cancelled": True}),
            "unit": st.sampled_from(["unit-a", "unit-b"]), "ok": st.booleans(),
        },
    ),
    max_size=6,
)  # fmt: skip
DEADLINES = st.fixed_dictionaries(
    {
        "amount": st.integers(0, 40),
        "unit": st.sampled_from(["hours", "days", "working_days", "weeks", "months"]),
    },
    optional={"counted_from": st.sampled_from(["begin", "end"])},
)
EVERY = st.sampled_from(["month", "quarter", "half_year", "semester", "year", "academic_year"])
PER = st.sampled_from([{}, {"per": "unit", "field": "unit"}])
FORMS = st.one_of(
    st.builds(
        lambda every, least, per, more: {"every": every, "at_least": least, **per, **more},
        EVERY, st.integers(0, 2), PER | st.just({"per": "record"}),
        st.fixed_dictionaries({}, optional={"deadline": DEADLINES}),
    ),
    st.fixed_dictionaries(
        {"property": st.just("filed")},
        optional={"after": st.just("held"), "deadline": DEADLINES, "check": st.just("ok")},
    ),
)  # fmt: skip


def key(instance: Instance) -> tuple[object, ...]:
    return instance.period, instance.unit, instance.subject and instance.subject.id


@given(FORMS, PAPERS, DAYS, st.integers(1, 500))
def test_as_days_pass_what_is_settled_stays_settled(
    form: dict[str, Any], papers: list[dict[str, Any]], on: str, later: int
) -> None:
    """Missed may turn out to have been done late, or where no last day is set, done at all; it is
    never due again."""
    records = [record("paper", f"paper-{n}", **data) for n, data in enumerate(papers)]
    before = judged(duty(**form), on, *records)
    day = date.fromisoformat(on) + timedelta(days=later)
    after = {key(each): each for each in judged(duty(**form), day.isoformat(), *records).instances}
    assert len({key(each) for each in before.instances}) == len(before.instances)
    at_once = "property" in form and not {"after", "deadline"} & set(form)
    done = "met" if at_once else "late"
    may = {"met": {"met"}, "late": {"late"}, "missed": {"missed", done}}
    for each in before.instances:
        now = after[key(each)]
        assert now.due == each.due
        assert now.state.value in may.get(each.state.value, {"due", "met", "late", "missed"})
        assert (each.state is DutyState.DUE) <= (each.due.isoformat() >= on)


@given(PAPERS, DAYS, PER)
def test_in_force_is_what_some_record_says_of_the_day(
    papers: list[dict[str, Any]], on: str, per: dict[str, str]
) -> None:
    records = [record("paper", f"paper-{n}", **data) for n, data in enumerate(papers)]
    promise = duty(throughout={"from": "from", "until": "until"}, **per)
    for each in judged(promise, on, *records).instances:
        mine = [
            data
            for data in papers
            if data.get("from", "9") <= on <= data.get("until", "9")
            and data["on"] <= on
            and "follow_up" not in data
            and each.unit in (None, data.get("unit"))
        ]
        assert each.met == bool(mine)
        assert len(each.records) == len(mine)
        assert not each.met or each.due.isoformat() >= on
