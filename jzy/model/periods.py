"""Periods: explicit from and until, with the presets that an office speaks of (domain notes §1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from jzy.model.moments import day_of

QUARTERS = "一二三四"
_LONGEST_KEY = len("2020-Q2")
EVERY_TITLES = {
    "quarter": "每季度",
    "half_year": "每半年",
    "semester": "每学期",
    "year": "每年",
    "academic_year": "每学年",
    "month": "每月",
}


class Period(NamedTuple):
    """Some days in a row, both ends inclusive."""

    begins: date
    ends: date
    title: str = ""

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.begins <= day <= self.ends

    def covers(self, other: Period) -> bool:
        """Whether another period lies wholly inside this one."""
        return self.begins <= other.begins and other.ends <= self.ends

    def meets(self, other: Period) -> bool:
        """Whether the two share a day."""
        return self.begins <= other.ends and other.begins <= self.ends


@lru_cache(maxsize=1_024)
def of_key(key: str) -> Period:
    """The period that a key names: ``2020``, ``2020-Q2``, ``2020-H1``, ``2020-05``.

    Raises:
        ValueError: no such key.
    """
    found = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(0[1-9]|1[0-2])))?", key)
    if not found or found[1] == "0000":
        raise ValueError(key)
    year = int(found[1])
    if found[2]:
        quarter = int(found[2])
        return _months(year, quarter * 3 - 2, 3, f"{year}年第{QUARTERS[quarter - 1]}季度")
    if found[3]:
        half = int(found[3])
        return _months(year, half * 6 - 5, 6, f"{year}年{'上下'[half - 1]}半年")
    if found[4]:
        return _months(year, int(found[4]), 1, f"{year}年{int(found[4])}月")
    return _months(year, 1, 12, f"{year}年")


def named(said: str, institution: Mapping[str, Any]) -> Period:
    """The period that a person names: a key of :func:`of_key`, an academic year ``2019-2020``, or
    two days ``2019-04-01..2020-03-31``.

    Args:
        said: what was typed.
        institution: the institution's data, for when its academic year begins.

    Raises:
        ValueError: no such period.
    """
    first, dots, last = said.partition("..")
    if dots:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
        if ends < begins:
            raise ValueError(said)
        return Period(begins, ends)
    years = re.fullmatch(r"(\d{4})-(\d{4})", said)
    if years is None:
        return of_key(said)
    begins = date(int(years[1]), 1, 1)
    for period in split("academic_year", Period(begins, begins.replace(month=12)), institution):
        if period.begins.year == begins.year and period.begins.year + 1 == int(years[2]):
            return period
    raise ValueError(said)


def split(every: str, within: Period, institution: Mapping[str, Any]) -> list[Period]:
    """The whole periods of a kind that share a day with ``within``.

    Args:
        every: a key of :data:`EVERY_TITLES`.
        within: the days looked at.
        institution: the institution's data; ``terms`` names the semesters and
            ``academic_year_starts`` (``MM-DD``) the academic year.

    Returns:
        In order of time. The first may begin before ``within`` and the last end after it.
    """
    return [period for period in _all(every, within, institution) if period.meets(within)]


def _all(every: str, within: Period, institution: Mapping[str, Any]) -> Iterator[Period]:
    # What reaches beyond the calendar of the standard library, 1 to 9999, is no period.
    years = range(max(within.begins.year - 1, date.min.year), min(within.ends.year, 9998) + 1)
    if every == "semester":
        for term in institution.get("terms", ()):
            ends = date.fromisoformat(term["until"])
            yield Period(date.fromisoformat(term["from"]), ends, term["title"])
    elif every == "academic_year":
        month, day = map(int, str(institution.get("academic_year_starts", "09-01")).split("-"))
        for year in years:
            ends = date(year + 1, month, day) - timedelta(days=1)
            yield Period(date(year, month, day), ends, f"{year}—{year + 1}学年")
    else:
        keys = {
            "month": [f"-{month:02}" for month in range(1, 13)],
            "quarter": ["-Q1", "-Q2", "-Q3", "-Q4"],
            "half_year": ["-H1", "-H2"],
            "year": [""],
        }[every]
        for year in years:
            yield from (of_key(f"{year:04}{key}") for key in keys)


def placed(value: Any, period: Period, zone: tzinfo) -> bool:
    """Whether what a record holds as its date lies in a period.

    Args:
        value: an ISO date, a date-time, a period key like ``2020-Q2``, or a list of them, of
            which one suffices; anything else does not lie anywhere.
        period: the period.
        zone: the institution's time zone.
    """
    if isinstance(value, list):
        return any(placed(item, period, zone) for item in value)
    if not isinstance(value, str):
        return False
    if len(value) <= _LONGEST_KEY:
        try:
            return period.covers(of_key(value))
        except ValueError:
            pass
    try:
        return day_of(value, zone) in period
    except ValueError:
        return False


def _months(year: int, month: int, count: int, title: str) -> Period:
    last = month + count - 1
    following = date(year + 1, 1, 1) if last == 12 else date(year, last + 1, 1)
    return Period(date(year, month, 1), following - timedelta(days=1), title)
