"""Dates and moments as records hold them: ISO dates, and RFC 3339 date-times with an offset."""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def day_of(value: str, zone: tzinfo) -> date:
    """The calendar day of a date or of a moment, in the institution's time zone.

    Raises:
        ValueError: neither a date nor a date-time.
    """
    if len(value) == 10:
        return date.fromisoformat(value)
    return moment_of(value, zone).date()


def moment_of(value: str, zone: tzinfo) -> datetime:
    """A date-time in the institution's time zone; a bare date means its first moment.

    Raises:
        ValueError: neither a date nor a date-time.
    """
    found = datetime.fromisoformat(value)
    try:
        return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    except OverflowError as error:
        raise ValueError(f"{value} lies outside the calendar") from error


def stamp(moment: datetime, zone: tzinfo) -> str:
    """A moment as records write it: ``2021-03-18T14:30:00+08:00``."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def date_cn(day: date) -> str:
    """``2021年4月16日``, without zero padding, as GB/T 9704-2012 asks."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_cn(moment: datetime) -> str:
    """``2021年4月16日 09:30``."""
    return f"{date_cn(moment.date())} {moment:%H:%M}"
