"""Working days and lead times, by the State Council's calendar (domain notes §2).

A calendar record of the year overrides the package ``chinesecalendar``, day by day. A year that
neither knows is :class:`MissingCalendar`, never a guess.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from jzy.model.expression import holds
from jzy.model.moments import moment_cn, moment_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import LeadTime, Workflow

UNIT_TITLES = {
    "hours": "小时",
    "days": "天",
    "working_days": "个工作日",
    "weeks": "周",
    "months": "个月",
}


class MissingCalendar(LookupError):
    """No calendar is known for a year."""

    def __init__(self, year: int) -> None:
        super().__init__(f"没有{year}年的工作日历")
        self.year = year


class WorkCalendar:
    """Which days are working days, from the calendar records of a register."""

    def __init__(self, register: Register) -> None:
        self._years: set[int] = set()
        self._days: dict[str, bool] = {}
        self._told: dict[date, bool] = {}
        for record in register.of("calendar"):
            self._years.add(int(record.data["year"]))
            self._days |= dict.fromkeys(record.data.get("holidays", ()), False)
            self._days |= dict.fromkeys(record.data.get("workdays", ()), True)

    def is_working_day(self, day: date) -> bool:
        """Whether work is done on a day.

        Raises:
            MissingCalendar: neither a record nor the package knows the year.
        """
        known = self._told.get(day)
        if known is None:  # the package goes through all that it knows, each time
            known = self._told[day] = self._told_by_calendars(day)
        return known

    def _told_by_calendars(self, day: date) -> bool:
        recorded = self._days.get(day.isoformat())
        if recorded is not None:
            return recorded
        import chinese_calendar  # noqa: PLC0415 - only lead times in working days need it

        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year in self._years:
                return day.weekday() < 5
            raise MissingCalendar(day.year) from None

    def latest(self, lead: LeadTime, starts: datetime) -> datetime:
        """The last moment at which a submission still keeps a lead time.

        The day of the event itself does not count, and the last day counts whole: five working
        days before 2026-10-09 is the end of 2026-09-24.

        Raises:
            MissingCalendar: see :meth:`is_working_day`.
        """
        if lead.unit == "hours":
            return starts - timedelta(hours=lead.amount)
        day = starts.date()
        if lead.unit == "working_days":
            left = lead.amount
            while left:
                day -= timedelta(days=1)
                left -= self.is_working_day(day)
        elif lead.unit == "months":
            day = _months_before(day, lead.amount)
        else:
            day -= timedelta(days=lead.amount * (7 if lead.unit == "weeks" else 1))
        return datetime.combine(day, time(23, 59, 59), starts.tzinfo)


def shortfalls(
    register: Register,
    calendar: WorkCalendar,
    workflow: Workflow,
    record: Record,
    submitted: datetime,
) -> list[str]:
    """What a submission falls short of the workflow's lead times, in Chinese sentences.

    Nothing where the record holds the waiver that the workflow names. A lead time whose year has
    no calendar is passed over: that is a finding of its own.

    Raises:
        BadExpression: a condition cannot be evaluated.
    """
    if workflow.waiver and record.at(workflow.waiver):
        return []
    found = []
    for lead in workflow.lead_times:
        value = record.at(lead.before)
        if not isinstance(value, str) or not holds(lead.condition, record.signed):
            continue
        try:
            latest = calendar.latest(lead, moment_of(value, register.time_zone))
        except (MissingCalendar, ValueError):
            continue
        if submitted > latest:
            ahead = f"{lead.amount} {UNIT_TITLES[lead.unit]}"
            found.append(
                f"应至少提前 {ahead}（不晚于 {moment_cn(latest)}）报送，"
                f"实际于 {moment_cn(submitted)} 报送"
            )
    return found


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
