"""Duties: what an office promised, as data, and how far it has kept it on a day (design §6).

A duty has one of three forms:

- by period (``every``): so many records of a kind in each quarter, semester or year; as many for
  each unit (``per: unit``), or so many dates in each record (``per: record``);
- by record (``property`` or ``check``): every record of a kind has a property, or meets a
  condition, by a deadline that counts from a date of its own;
- ``throughout``: on whatever day somebody asks, a record of the kind is in force.

What cannot be judged, because an expression fails or a calendar is missing, is a fault beside the
instances and never hides the others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from jzy.model.functions import Knowledge
from jzy.model.owing import Answer, Desk, DutyState, Instance, Keep, Outcome
from jzy.model.periods import Period, of_key, split
from jzy.model.record import Record
from jzy.model.workdays import MissingCalendar


def judge(
    knowledge: Knowledge, duty: Record, within: Period | None = None, keep: Keep | None = None
) -> Outcome:
    """Every time a duty falls due, and how far it has been kept on ``knowledge.today``.

    Nothing is owed before the duty's ``from``, nor for what begins after its ``until``. Records
    that are called off (``x-jzy-off``) owe nothing and count for nothing; what is dated later
    than today has not been done yet.

    Args:
        knowledge: the register and the day.
        duty: the duty record.
        within: only periods that share a day with these days, records whose own date lies in
            them, and what was in force on their last day; everything if absent.
        keep: knows what was said of single records before, of the same days; nothing if absent.
    """
    desk = Desk(knowledge, duty, within, keep)
    found: list[Instance] = []
    if can_be_judged(desk):
        if "throughout" in duty.data:
            found = list(_throughout(desk))
        else:
            found = list(_by_period(desk) if "every" in duty.data else _by_record(desk))
    return Outcome(duty, tuple(found), tuple(desk.faults.values()))


def can_be_judged(desk: Desk) -> bool:
    """Whether a duty can be judged, and was in force on some day."""
    return desk.is_sound() and desk.force.begins <= desk.today


def questions(desk: Desk) -> list[tuple[str, Answer]]:
    """What a duty asks of each record of its kind: the name by which the answer is kept, and what
    gives it, see :meth:`Desk.each`. Whoever has a record at hand may ask beforehand."""
    if "throughout" in desk.data:
        return [("span", partial(_covering, desk))]
    if "every" not in desk.data:
        return [("record", partial(_owed, desk))]
    found: list[tuple[str, Answer]] = [("period", partial(_homes, desk, {}))]
    return [*found, ("owing", partial(_since, desk))] if _is_each(desk) else found


# --- by period ----------------------------------------------------------------------------------


def _by_period(desk: Desk) -> Iterator[Instance]:
    periods = _periods(desk)
    if not periods:
        return
    placed = _placed(desk)
    needed = int(desk.data.get("at_least", 1))
    owing = _owing_records(desk) if _is_each(desk) else None
    for number, period in enumerate(periods):
        due = _due_of(desk, period)
        if due is None or due < desk.force.begins:
            continue
        here = placed.get(number, {})
        if owing is not None:
            for begins, record in owing:
                if begins <= period.ends:
                    days = here.get(record.id, [])
                    state = _counted(desk, needed, days, due)
                    mine = (record,) if days else ()
                    yield Instance(desk.duty, state, period, due, needed, mine, subject=record)
        else:
            yield from _for_units(desk, period, due, needed, here)


def _for_units(
    desk: Desk, period: Period, due: date, needed: int, here: dict[str, list[date | None]]
) -> Iterator[Instance]:
    records = [record for record in map(desk.register.get, here) if record is not None]
    by_unit: dict[str | None, list[Record]] = defaultdict(list)
    if desk.data.get("per") == "unit":
        for record in records:
            for unit in desk.names(record):
                by_unit[unit].append(record)
    else:
        by_unit[None] = records
    for owing in desk.units(period.ends):
        mine = tuple(by_unit.get(owing, ()))
        # A record counts once, however many of its dates lie in the period.
        days = [min((day for day in here[r.id] if day), default=None) for r in mine]
        state = _counted(desk, needed, days, due)
        yield Instance(desk.duty, state, period, due, needed, mine, owing)


def _due_of(desk: Desk, period: Period) -> date | None:
    """The last day of a period's duty: the period's own, or as its deadline says."""
    deadline = desk.data.get("deadline")
    if not deadline:
        return period.ends
    if deadline.get("counted_from", "end") == "begin":
        return desk.due_day(period.begins, first_counts=True)
    return desk.due_day(period.ends)


def _periods(desk: Desk) -> list[Period]:
    """The periods for which something is owed, in their order."""
    looked_at = Period(
        max(desk.force.begins, desk.within.begins), min(desk.today, desk.within.ends)
    )
    if looked_at.begins > looked_at.ends:
        return []
    periods = split(desk.data["every"], looked_at, desk.register.institution)
    return sorted(period for period in periods if desk.force.meets(period))


def _placed(desk: Desk) -> dict[int, dict[str, list[date | None]]]:
    """For each period the records that lie in it, by id, with the days on which they were done;
    a day is ``None`` where it is not known."""
    found: dict[int, dict[str, list[date | None]]] = defaultdict(dict)
    for record, places in desk.each(*questions(desk)[0]):
        for number, done in places:
            day = date.fromordinal(done) if done else None
            found[number].setdefault(record.id, []).append(day)
    return found


def _homes(
    desk: Desk, kept: dict[str, tuple[list[Period], list[date]]], record: Record
) -> list[tuple[int, int | None]] | None:
    """The numbers of the periods that a record lies in, each with the day on which it was done."""

    def listed() -> tuple[list[Period], list[date]]:
        periods = _periods(desk)
        return periods, [period.begins for period in periods]

    periods, begins = desk.register.once(kept, "", listed)
    found = [
        (number, done.toordinal() if done else None)
        for meant, done in _when(desk, record)
        if (number := bisect_right(begins, meant.begins) - 1) >= 0
        and periods[number].covers(meant)
        and (done is None or done <= desk.today)
    ]
    return found if found and desk.holds("match", record) else None


def _when(desk: Desk, record: Record) -> Iterator[tuple[Period, date | None]]:
    """What a record holds as its date: the days or the period meant, and when it was done."""
    value = record.at(desk.date_path)
    for item in value if isinstance(value, list) else [value]:
        try:
            yield of_key(item), desk.dated(record)
        except (ValueError, TypeError):
            yield from ((Period(day, day), day) for day in desk.days(item))


def _is_each(desk: Desk) -> bool:
    """Whether each record of the kind owes for itself."""
    return desk.data.get("per") == "record"


def _owing_records(desk: Desk) -> list[tuple[date, Record]]:
    """The records that each owe for every period, with the day since which they do."""
    return [(date.fromordinal(day), record) for record, day in desk.each(*questions(desk)[1])]


def _since(desk: Desk, record: Record) -> int | None:
    """The day since which a record owes; ``None`` where it does not."""
    after = desk.data.get("after")
    days = desk.days(record.at(after)) if after else [date.min]
    return days[0].toordinal() if days and desk.holds("match", record) else None


def _counted(desk: Desk, needed: int, days: Sequence[date | None], due: date) -> DutyState:
    """The state of what needs so many records, done on some days, all of them by today."""
    # Without a deadline it is the period that a record belongs to that counts, not the day on
    # which it was done: the meeting of the first half-year may be held in July.
    late = [day for day in days if day and day > due] if desk.data.get("deadline") else []
    if len(days) - len(late) >= needed:
        return DutyState.MET
    if desk.today <= due:
        return DutyState.DUE
    return DutyState.LATE if len(days) >= needed else DutyState.MISSED


# --- by record ----------------------------------------------------------------------------------


def _by_record(desk: Desk) -> Iterator[Instance]:
    for record, (said, begins, due, done) in desk.each(*questions(desk)[0]):
        state, last = DutyState(said), date.fromordinal(due)
        mine = (record,) if state in (DutyState.MET, DutyState.LATE) else ()
        period = Period(date.fromordinal(begins), last)
        when = date.fromordinal(done) if done else None
        yield Instance(desk.duty, state, period, last, 1, mine, subject=record, done=when)


def _owed(desk: Desk, record: Record) -> tuple[str, int, int, int | None] | None:
    """How far a record has done what it owes, the first and the last day for it, and when it was
    done; ``None`` where it owes nothing, or that cannot be told."""
    after, timed = desk.data.get("after"), "deadline" in desk.data
    path = after or desk.own_date
    start = _text_of(desk, record.at(path)) if path else None
    begins = desk.days(start)[0] if start else None
    if begins is None and path:
        return None  # what the deadline counts from has not come about
    owed_from = begins or desk.today
    if owed_from not in desk.force or (begins and begins not in desk.within):
        return None
    if owed_from > desk.today and (timed or not after):
        return None  # still ahead, and nothing to be done before
    if not desk.holds("match", record):
        return None
    last: datetime | None = None
    try:
        if start and (after or timed):
            last = desk.due(start)
    except MissingCalendar as error:
        desk.fault("deadline", str(error), record, error.year)
        return None
    except OverflowError:
        last = datetime.max.replace(tzinfo=desk.register.time_zone)
    found = _done(desk, record, last)
    if found is None:
        return None
    state, done = found
    due = last.date() if last else owed_from
    first = min(owed_from, due).toordinal()
    return state.value, first, due.toordinal(), done.toordinal() if done else None


def _text_of(desk: Desk, value: Any) -> str | None:
    """The date from which a deadline counts; of several, the latest."""
    if isinstance(value, list):
        return max(
            (item for item in value if desk.days(item)), key=lambda i: desk.days(i)[0], default=None
        )
    return value if desk.days(value) else None


def _done(
    desk: Desk, record: Record, last: datetime | None
) -> tuple[DutyState, date | None] | None:
    """How far a record has done what the duty asks, and when; ``None`` if that cannot be told."""
    there, moment = True, None
    if "property" in desk.data:
        value = record.at(desk.data["property"])
        there = not (value is None or value in ("", [], {}))
        moment = _earliest(desk, value)
        there = there and (moment is None or moment[0] <= desk.today)
    if there and "check" in desk.data:
        held = desk.holds("check", record)
        if held is None:
            return None
        there = held
    if not there:
        ahead = last is not None and desk.today <= last.date()
        return (DutyState.DUE if ahead else DutyState.MISSED), None
    late = last is not None and moment is not None and _is_late(desk, moment, last)
    return (DutyState.LATE if late else DutyState.MET), moment[0] if moment else None


def _earliest(desk: Desk, value: Any) -> tuple[date, str] | None:
    """The first day that a property holds, and the text that says it."""
    items = value if isinstance(value, list) else [value]
    return min(((days[0], item) for item in items if (days := desk.days(item))), default=None)


def _is_late(desk: Desk, done: tuple[date, str], last: datetime) -> bool:
    """Whether something was done after the last moment; of a bare date, after the last day."""
    day, text = done
    return day > last.date() if len(text) == 10 else desk.moment(text) > last


# --- throughout ---------------------------------------------------------------------------------


def _throughout(desk: Desk) -> Iterator[Instance]:
    day = min(desk.today, desk.within.ends)
    if day not in desk.force:
        return
    spans: dict[str | None, list[tuple[Period, Record]]] = defaultdict(list)
    for record, (begins, ends, units) in desk.each(*questions(desk)[0]):
        for unit in units:
            span = Period(date.fromordinal(begins), date.fromordinal(ends))
            spans[unit].append((span, record))
    needed = int(desk.data.get("at_least", 1))
    asked = Period(day, day)
    for unit in desk.units(day):
        mine = sorted(spans.get(unit, []), key=lambda each: each[0])
        here = tuple(record for span, record in mine if day in span)
        if len(here) >= needed:
            due = _covered_until([span for span, _ in mine], day, needed)
            yield Instance(desk.duty, DutyState.MET, asked, due, needed, here, unit)
            continue
        begins = _first_day(desk, unit)
        last = desk.due_day(begins) if "deadline" in desk.data else begins
        if last is not None:
            open_ = "deadline" in desk.data and day <= last
            state = DutyState.DUE if open_ else DutyState.MISSED
            ended = max((span.ends for span, _ in mine if span.ends < day), default=last)
            due = last if open_ else max(last, ended)
            yield Instance(desk.duty, state, asked, due, needed, here, unit)


def _covering(desk: Desk, record: Record) -> tuple[int, int, list[str | None]] | None:
    """The first and the last day on which a record is in force, and for which units; ``None`` where
    it does not count."""
    span, made = _span(desk, record), desk.dated(record)
    known = span is not None and (made is None or made <= desk.today)
    if span is None or not known or not desk.holds("match", record):
        return None
    units: list[str | None] = [*desk.names(record)] if desk.data.get("per") == "unit" else [None]
    return span.begins.toordinal(), span.ends.toordinal(), units


def _span(desk: Desk, record: Record) -> Period | None:
    """The days on which a record is in force; without an end it still is."""
    paths = desk.data["throughout"]
    begins = desk.days(record.at(paths["from"]))
    ends = desk.days(record.at(paths["until"])) if "until" in paths else []
    return Period(begins[0], ends[0] if ends else date.max) if begins else None


def _covered_until(spans: Sequence[Period], day: date, needed: int) -> date:
    """The last day that is covered without a gap; the spans are in order of time."""
    if needed > 1:
        return sorted((span.ends for span in spans if day in span), reverse=True)[needed - 1]
    last = day
    for span in spans:
        if span.begins.toordinal() <= last.toordinal() + 1:
            last = max(last, span.ends)
    return last


def _first_day(desk: Desk, unit: str | None) -> date:
    """The day since which a unit, or the institution, owes."""
    found = desk.register.get(unit)
    established = desk.days(found.data.get("established")) if found else []
    return max([desk.force.begins, *established])
