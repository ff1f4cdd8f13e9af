"""A reference leads to what was in force on the day that the referring record speaks of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jzy.model.force import why_broken
from jzy.model.record import Record, dotted_of
from jzy.model.register import Register
from jzy.rules.all import RULES
from jzy.rules.base import Case, run
from jzy.store.places import shipped
from jzy.store.schemas import load_kinds

KINDS = load_kinds([shipped("schemas")])
OLD = {"title": "旧系", "level": 2, "established": "2010-09-01", "dissolved": "2020-06-30"}
LETTER = {"signer": "person-jia", "until": "2020-12-31"}


def found(*records: tuple[str, str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Who refers wrongly, where, and what is said, on 16 April 2021."""
    made = [Record(kind, name, f"records/{name}", data, "") for kind, name, data in records]
    case = Case(
        Register(KINDS, [Record("unit", "unit-old", "", OLD, ""), *made]), date(2021, 4, 16)
    )
    assert "JZY313" in RULES
    return [(b.record.id, dotted_of(b.at), b.message) for _, b in run(case, ["JZY313"])]


def letter(signed: str) -> tuple[str, str, dict[str, Any]]:
    data = {"unit": "unit-old", "signed_on": signed, "from": signed, **LETTER}
    return "letter", f"ltr-{signed.replace('-', '')}-aaaa", data


def test_a_letter_of_last_year_may_name_a_unit_dissolved_since() -> None:
    assert found(letter("2020-06-30")) == []
    assert found(letter("2020-07-01")) == [
        (
            "ltr-20200701-aaaa",
            "unit",
            "“签订部门”引用的旧系在 2020年7月1日 已不再有效（截至 2020年6月30日）",
        )
    ]


def test_what_is_not_yet_there_cannot_be_named() -> None:
    ((_, at, said),) = found(letter("2009-04-08"))
    assert (at, said) == ("unit", "“签订部门”引用的旧系在 2009年4月8日 尚未生效（2010年9月1日 起）")


def group(**follow_up: Any) -> tuple[str, str, dict[str, Any]]:
    data = {
        "name": "旧系工作群",
        "unit": "unit-old",
        "responsible": "person-jia",
        "created_on": "2015-03-01",
    }
    return "group", "grp-jiu", {**data, "follow_up": follow_up}


def test_what_has_no_date_of_its_own_speaks_of_today_or_of_its_last_day() -> None:
    assert [at for _, at, _ in found(group())] == ["unit"]
    assert found(group(closing={"outcome": "dissolved", "on": "2020-06-15"})) == []


def test_a_group_cannot_be_merged_into_one_that_was_closed_before() -> None:
    closing = {"outcome": "dissolved", "on": "2020-05-01"}
    gone = (
        "group",
        "grp-gone",
        {"name": "已解散", "created_on": "2015-03-01", "follow_up": {"closing": closing}},
    )
    merged = group(closing={"outcome": "merged", "on": "2020-06-15", "merged_into": "grp-gone"})
    assert [at for _, at, _ in found(gone, merged)] == ["follow_up.closing.merged_into"]
    assert (
        found(
            gone,
            group(closing={"outcome": "merged", "on": "2020-04-30", "merged_into": "grp-gone"}),
        )
        == []
    )


def test_a_place_with_its_own_date_speaks_of_that_date() -> None:
    filing = {"archived_by": "unit-new", "archived_on": "2020-07-02"}
    event = {
        "title": "讲座",
        "host": "unit-old",
        "starts": "2020-06-30T09:00:00+08:00",
        "follow_up": {"filing": filing},
    }
    new = ("unit", "unit-new", {"title": "新系", "level": 2, "established": "2020-07-01"})
    assert found(new, ("event", "evt-20200630-aaaa", event)) == []
    filing["archived_on"] = "2020-06-30"
    assert [at for _, at, _ in found(new, ("event", "evt-20200630-aaaa", event))] == [
        "follow_up.filing.archived_by"
    ]


@pytest.mark.parametrize(
    ("until", "wrong"),
    [({"until": "2020-06-30"}, False), ({"until": "2021-02-28"}, True), ({}, True)],
)
def test_a_post_ends_with_its_unit(until: dict[str, str], wrong: bool) -> None:
    posts = [{"post": "head", "unit": "unit-old", "from": "2018-09-01", **until}]
    person = ("person", "person-jia", {"name": "示例甲", "unit": "unit-old", "posts": posts})
    assert [at for _, at, _ in found(person)] == (["posts.0.unit"] if wrong else [])


def test_figures_of_a_period_may_be_taken_after_an_account_was_closed() -> None:
    account = (
        "account",
        "acc-weibo",
        {"name": "微博", "unit": "unit-x", "follow_up": {"closed_on": "2020-12-31"}},
    )
    stat = {
        "title": "数据",
        "account": "acc-weibo",
        "on": "2021-01-05",
        "covers": "2020-Q4",
        "posts": 3,
    }
    assert found(account, ("media_stat", "mst-20210105-aaaa", stat)) == []
    late = {**stat, "covers": "2021-Q1", "on": "2021-04-05"}
    assert [at for _, at, _ in found(account, ("media_stat", "mst-20210405-aaaa", late))] == [
        "account"
    ]


def test_what_was_repealed_can_be_superseded_all_the_same() -> None:
    old = {
        "title": "旧办法",
        "issued_on": "2015-01-01",
        "follow_up": {"status": "废止", "since": "2020-05-01"},
    }
    new = {
        "title": "新办法",
        "issued_on": "2020-05-18",
        "supersedes": "policy-old",
        "follow_up": {"status": "现行"},
    }
    assert found(("policy", "policy-old", old), ("policy", "policy-new", new)) == []


@pytest.mark.parametrize("said", ["dissolved", {"until": 3}, {"till": "dissolved"}, {"from": " "}])
def test_a_schema_says_it_with_two_conditions(said: object) -> None:
    assert "x-jzy-force" in why_broken({"x-jzy-force": said})


def test_a_condition_that_gives_no_day_gives_no_end() -> None:
    assert found(
        group(),
        ("policy", "policy-x", {"title": "x", "issued_on": "2020-01-01", "unit": "unit-old"}),
    )
    assert why_broken({"x-jzy-force": {"from": "a", "until": "b"}}) == why_broken({}) == ""
