"""What conditions may ask of the whole register: the functions of checks, moves and duties.

A workflow's conditions have none of them. Those are judged again from history, over the record
alone, and must not turn out otherwise because something else has changed since.

An argument that is absent (``null``) gives ``null``, ``false`` or ``[]``, and no error: a record
that lacks a property is the business of another check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

from jzy.model.indicators import view
from jzy.model.lists import Lists
from jzy.model.moments import day_of
from jzy.model.periods import Period, of_key
from jzy.model.progress import Progress
from jzy.model.record import Record, value_at
from jzy.model.register import DAY, Register
from jzy.model.workdays import MissingCalendar, WorkCalendar

_NAMES = (
    "record", "records", "institution", "today", "day", "days", "shift",
    "period_begins", "period_ends", "minus", "where", "without", "dated", "sha256", "holds_post", "in_unit",
    "post_changes",
)  # fmt: skip
"""Functions whose methods have their names; ``naming`` is one more."""

_FARTHEST = 100_000
"""Days or more; further than any date of an office, and what keeps a shift from running on."""


class Knowledge:
    """A register as expressions see it on a day.

    Args:
        register: the records.
        on: the day of judgement.
        progress: where the chain of a record stands, if somebody has found that out already.
    """

    def __init__(
        self,
        register: Register,
        on: date,
        progress: Callable[[Record], Progress] | None = None,
    ) -> None:
        self.register = register
        self.on = on
        self.progress = progress
        self._views: dict[str, dict[str, Any]] = {}
        self._calendars: dict[str, WorkCalendar] = {}

    @property
    def today(self) -> date:
        """The day of judgement."""
        self.register.note(DAY)
        return self.on

    @property
    def calendar(self) -> WorkCalendar:
        """The institution's working days."""
        return self.register.once(self._calendars, "", lambda: WorkCalendar(self.register))

    @cached_property
    def _lists(self) -> Lists:
        return Lists(self.register)

    @cached_property
    def functions(self) -> Any:
        """What :func:`jzy.model.expression.evaluate` takes as ``functions``."""
        from jmespath.functions import Functions  # noqa: PLC0415 - see expression.py

        members: dict[str, Any] = {}
        for name in _NAMES:
            members[f"_func_{name}"] = member(getattr(self, f"_{name}"))
        members["_func_naming"] = member(self._naming_records)
        return type("RegisterFunctions", (Functions,), members)()

    def view(self, record: Record) -> dict[str, Any]:
        """The view of a record, made once, see :func:`jzy.model.indicators.view`."""
        return self.register.once(self._views, record.id, lambda: self._view(record))

    def forget(self, record: Record) -> None:
        """Make its view anew when it is asked for again."""
        self._views.pop(record.id, None)

    def forget_all(self) -> None:
        """Make every view anew: each holds all that its record does."""
        self._views.clear()
        self._lists.clear()

    def _view(self, record: Record) -> dict[str, Any]:
        progress = self.progress(record) if self.progress and record.sign_offs else None
        return view(self.register, record, progress)

    # --- other records --------------------------------------------------------------------------

    def _record(self, record_id: Any) -> Any:
        found = self.register.get(record_id) if isinstance(record_id, str) else None
        return self.view(found) if found is not None else None

    def _records(self, kind: Any) -> list[Any]:
        return [self.view(record) for record in self.register.of(str(kind))]

    def _naming_records(self, kind: Any, path: Any, record_id: Any) -> list[Any]:
        if not all(isinstance(each, str) for each in (kind, path, record_id)):
            return []
        ask = partial(self.register.naming, kind, path, record_id)
        return self._lists.get((kind, path, record_id), lambda: [self.view(r) for r in ask()])

    def _institution(self) -> Mapping[str, Any]:
        return dict(self.register.institution)

    # --- days -----------------------------------------------------------------------------------

    def _today(self) -> str:
        return self.today.isoformat()

    def _day_of(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return None
        try:
            return day_of(value, self.register.time_zone)
        except ValueError:
            return None

    def _day(self, value: Any) -> str | None:
        found = self._day_of(value)
        return found.isoformat() if found else None

    def _days(self, begins: Any, ends: Any) -> int | None:
        first, last = self._day_of(begins), self._day_of(ends)
        return (last - first).days if first and last else None

    def _shift(self, value: Any, amount: Any, unit: Any) -> str | None:
        day = self._day_of(value)
        if day is None or isinstance(amount, bool) or not isinstance(amount, int):
            return None
        if abs(amount) > _FARTHEST or not isinstance(unit, str):
            return None
        try:
            return shifted(self.calendar, day, amount, unit).isoformat()
        except (MissingCalendar, OverflowError):
            return None

    def _period(self, key: Any) -> Period | None:
        try:
            return of_key(key) if isinstance(key, str) else None
        except ValueError:
            return None

    def _period_begins(self, key: Any) -> str | None:
        found = self._period(key)
        return found.begins.isoformat() if found else None

    def _period_ends(self, key: Any) -> str | None:
        found = self._period(key)
        return found.ends.isoformat() if found else None

    def _minus(self, first: Any, second: Any) -> int | None:
        whole = all(isinstance(e, int) and not isinstance(e, bool) for e in (first, second))
        return first - second if whole else None

    # --- lists ----------------------------------------------------------------------------------

    def _where(self, items: Any, path: Any, value: Any) -> list[Any]:
        """Those of a list that hold a value at a dotted path. A filter of JMESPath sees the item
        only, so it cannot compare with what the record itself holds."""
        if not isinstance(items, list) or not isinstance(path, str):
            return []
        return self._lists.where(items, path, value) if value is not None else []

    def _without(self, items: Any, others: Any) -> list[Any]:
        """Those of a list that another list lacks."""
        lacking = others if isinstance(others, list) else []
        return [item for item in items if item not in lacking] if isinstance(items, list) else []

    def _dated(self, items: Any, path: Any, after: Any, until: Any) -> list[Any]:
        """Those of a list whose day at a dotted path lies after a day and not after another;
        where either is absent, that end is open."""
        if not isinstance(items, list) or not isinstance(path, str):
            return []
        first, last = self._day_of(after), self._day_of(until)
        days = ((item, self._day_of(value_at(item, path))) for item in items)
        return [
            item
            for item, day in days
            if day and (first is None or first < day) and (last is None or day <= last)
        ]

    def _sha256(self, text: Any) -> str | None:
        return text_sha256(text) if isinstance(text, str) else None

    # --- people ---------------------------------------------------------------------------------

    def _holds_post(self, person: Any, post: Any, unit: Any, on: Any) -> bool:
        found, day = self.register.people.get(str(person)), self._day(on)
        return bool(found and day and isinstance(post, str) and found.holds(post, unit, day))

    def _in_unit(self, person: Any, unit: Any, on: Any) -> bool:
        found, day = self.register.people.get(str(person)), self._day(on)
        if found is None or day is None:
            return False
        wanted = None if unit == found.root else unit
        return any(post.unit == wanted and post.held_on(day) for post in found.posts)

    def _post_changes(self, person: Any) -> list[str]:
        found = self.register.people.get(str(person))
        posts = found.posts if found else ()
        return sorted({day for post in posts for day in (post.begins, post.ends) if day})


def text_sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, as 64 hexadecimal digits. How its lines end, and empty lines
    at its end, make no difference: editors and web pages put them there or take them away."""
    return sha256(text.replace("\r\n", "\n").rstrip("\n").encode("utf-8")).hexdigest()


def shifted(calendar: WorkCalendar, day: date, amount: int, unit: str) -> date:
    """A day so many days, working days, weeks, months or years later, or earlier if negative.

    A month later than 31 January is the last day of February.

    Raises:
        ValueError: another unit.
        MissingCalendar: working days of a year that no calendar knows.
        OverflowError: beyond the years 1 to 9999.
    """
    if unit in ("days", "weeks"):
        return day + timedelta(days=amount * (7 if unit == "weeks" else 1))
    if unit in ("months", "years"):
        return _months(day, amount * (12 if unit == "years" else 1))
    if unit != "working_days":
        raise ValueError(f"没有“{unit}”这个单位")
    step, left = timedelta(days=1 if amount > 0 else -1), abs(amount)
    while left:
        day += step
        left -= calendar.is_working_day(day)
    return day


def _months(day: date, amount: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(f"{year} lies outside the calendar")
    first_next = (
        date(year, month + 2, 1) if month < 11 else date(min(year + 1, date.max.year), 1, 1)
    )
    last = 31 if month == 11 else (first_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def member(function: Callable[..., Any]) -> Any:
    """A bound method as JMESPath wants a function: with the number of its arguments as signature."""
    count = function.__func__.__code__.co_argcount - 1  # type: ignore[attr-defined]

    def called(_: Any, *arguments: Any) -> Any:
        return function(*arguments)

    called.signature = [{"types": []}] * count  # type: ignore[attr-defined]
    return called
