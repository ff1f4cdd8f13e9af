"""JZY5xx: duties, and the calendars that deadlines need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import partial

from jzy.model.duties import judge
from jzy.model.expression import BadExpression, check
from jzy.model.findings import Severity
from jzy.model.moments import date_cn, moment_of
from jzy.model.owing import DutyState, Fault, Instance, Outcome
from jzy.model.periods import Period
from jzy.model.record import DataPath, Record, path_of, value_at
from jzy.model.workdays import MissingCalendar
from jzy.model.workflow import Workflow
from jzy.rules.base import Breach, Case, also_of_one, rule

_MEND = "请补登实际开展过的工作；确未开展的，如实列入问题清单。"


def _outcomes(case: Case) -> list[Outcome]:
    """Every duty, judged once for all rules."""
    return [outcome_of(case, duty) for duty in case.register.of("duty")]


def outcome_of(case: Case, duty: Record) -> Outcome:
    """How far a duty is kept; judged once for all rules."""
    return case.register.once(
        case.memory, ("duty", duty.path), partial(judge, case.knowledge, duty)
    )


def _instances(case: Case, state: DutyState) -> Iterator[Instance]:
    for outcome in _outcomes(case):
        yield from (instance for instance in outcome.instances if instance.state is state)


def _by_period(case: Case) -> Iterator[Instance]:
    """Missed by period; what each record owes is told at the record, what must be in force apart."""
    for instance in _instances(case, DutyState.MISSED):
        if "every" in instance.duty.data and instance.subject is None:
            yield instance


@rule(
    "JZY501",
    "应做的事没有做",
    "制度要求按月、季度、学期或年度完成的事项（duties），期满时应有相应的记录，例如每季度一次联席会议。",
    _MEND,
)
def duty_missed(case: Case) -> Iterator[Breach]:
    """Whole-institution duties of past periods without enough records."""
    for instance in _by_period(case):
        if instance.unit is None:
            title = case.register.kinds[instance.duty.data["kind"]].title
            what = (
                f"{instance.period.title}应有“{title}”{instance.needed} 份，"
                f"实有 {len(instance.records)} 份（{instance.duty.data['title']}）"
            )
            yield Breach(instance.duty, ("title",), what, _advice(instance.duty))


@rule(
    "JZY502",
    "有部门没有完成应做的事",
    "要求每个部门都做到的事项，期满时每个部门都应有记录，例如每个部门都签订责任书。",
    _MEND,
)
def duty_missed_by_units(case: Case) -> Iterator[Breach]:
    """Duties of every unit, with the units that have no record."""
    groups: dict[tuple[str, Period], list[Instance]] = {}
    for instance in _by_period(case):
        if instance.unit is not None:
            groups.setdefault((instance.duty.id, instance.period), []).append(instance)
    for (_, period), found in groups.items():
        duty = found[0].duty
        what = f"{period.title}以下部门没有完成“{duty.data['title']}”：{_units(case, found)}"
        yield Breach(duty, ("title",), what, _advice(duty))


@rule(
    "JZY503",
    "缺少工作日历",
    "按工作日计算期限需要当年的放假安排；没有依据时不作推测。",
    "请在 records/calendars 中登记该年的工作日历。",
)
def calendar_missing(case: Case) -> Iterator[Breach]:
    """Years in which working days have to be counted and cannot be."""
    told: set[str] = set()
    for outcome in _outcomes(case):
        years: dict[int, list[Fault]] = defaultdict(list)
        for fault in outcome.faults:
            if fault.year is not None:
                years[fault.year].append(fault)
        for year, faults in sorted(years.items()):
            named = [fault.record.id for fault in faults if fault.record is not None]
            of = f"，涉及 {len(named)} 份记录，如 {named[0]}" if named else ""
            what = f"没有{year}年的工作日历，无法计算这一期限{of}"
            told |= {outcome.duty.id} if year == case.today.year else set()
            yield Breach(outcome.duty, ("deadline", "unit"), what)
    if not _is_known(case, case.today.year):
        for record, path in _counting(case):
            if record.id not in told:
                what = f"没有{case.today.year}年的工作日历，今年的期限无法按工作日计算"
                yield Breach(record, path, what)


@also_of_one("JZY503")
def calendar_missing_for_lead_time(case: Case, record: Record) -> Iterator[Breach]:
    """Years in which the working days before a record's submission cannot be counted."""
    workflow = case.progress(record).workflow if record.sign_offs else None
    for year in _unknown_years(case, workflow, record.data) if workflow else ():
        before = next(lead.before for lead in workflow.lead_times) if workflow else ""
        what = f"没有{year}年的工作日历，无法计算报送的提前量"
        yield Breach(record, path_of(before), what)


def _unknown_years(case: Case, workflow: Workflow, data: object) -> Iterator[int]:
    for lead in workflow.lead_times:
        try:
            starts = moment_of(str(value_at(data, lead.before)), case.register.time_zone)
            case.calendar.latest(lead, starts)
        except MissingCalendar as error:
            yield error.year
        except ValueError:
            continue


def _is_known(case: Case, year: int) -> bool:
    try:
        case.calendar.is_working_day(date(year, 1, 1))
    except MissingCalendar:
        return False
    return True


def _counting(case: Case) -> Iterator[tuple[Record, DataPath]]:
    """The workflows and duties in use that count working days, and where they say so."""
    for record in case.register.of("workflow"):
        for number, lead in enumerate(Workflow.of(record).lead_times):
            if lead.unit == "working_days":
                yield record, ("lead_times", number, "unit")
                break
    today = case.today.isoformat()
    for duty in case.register.of("duty"):
        in_force = duty.data["from"] <= today <= duty.data.get("until", today)
        if in_force and duty.data.get("deadline", {}).get("unit") == "working_days":
            yield duty, ("deadline", "unit")


@rule(
    "JZY504",
    "记录没有按期办理",
    "制度要求每份记录限期办理的事项，到期应已办理，例如活动举办后限期留档报备。",
    "请办理并登记；确未办理的，如实列入问题清单。",
)
def record_owes(case: Case) -> Iterator[Breach]:
    """Records that have not what a duty asks of them by its deadline."""
    for instance in _instances(case, DutyState.MISSED):
        record, duty = instance.subject, instance.duty
        if record is None:
            continue
        title = duty.data["title"]
        if "every" in duty.data:
            what = f"{instance.period.title}没有完成“{title}”"
        elif "after" in duty.data or "deadline" in duty.data:
            what = f"“{title}”应于 {date_cn(instance.due)} 之前（含当日）办理，尚未办理"
        else:
            what = f"不符合制度要求“{title}”"
        yield Breach(record, _place(case, duty, record), what, _advice(duty))


@rule(
    "JZY505",
    "应当有效的没有在有效期内",
    "制度要求始终有效的事项，任何一天都应有在有效期内的记录，例如每个部门的责任书到期即续签。",
    "请补登已有的记录；确已过期的，请及时重新办理。",
)
def not_in_force(case: Case) -> Iterator[Breach]:
    """What has to be in force throughout and is not today, for the institution or some units."""
    groups: dict[str, list[Instance]] = {}
    for instance in _instances(case, DutyState.MISSED):
        if "throughout" in instance.duty.data:
            groups.setdefault(instance.duty.id, []).append(instance)
    for found in groups.values():
        duty = found[0].duty
        title = case.register.kinds[duty.data["kind"]].title
        whose = f"以下部门没有有效的{title}" if found[0].unit else f"没有有效的{title}"
        units = f"：{_units(case, found)}" if found[0].unit else ""
        what = f"{date_cn(found[0].period.ends)}{whose}（{duty.data['title']}）{units}"
        yield Breach(duty, ("throughout",), what, _advice(duty), True)


@rule(
    "JZY506",
    "办理晚于期限",
    "制度要求限期办理的事项，办理的日期应不晚于期限；逾期办理的不算按期完成。",
    "请核对日期；确属逾期的，请以后及早办理。",
    Severity.WARNING,
)
def done_late(case: Case) -> Iterator[Breach]:
    """Done, but after the last day."""
    for instance in _instances(case, DutyState.LATE):
        title, duty = instance.duty.data["title"], instance.duty
        last = date_cn(instance.due)
        if instance.subject is None:
            unit = f"{case.register.short_name(instance.unit)}" if instance.unit else ""
            what = f"{instance.period.title}{unit}的“{title}”晚于期限（{last}）"
            yield Breach(duty, ("title",), what)
            continue
        when = f"，实际于 {date_cn(instance.done)} 办理" if instance.done else ""
        what = f"“{title}”的期限为 {last}{when}"
        yield Breach(instance.subject, _place(case, duty, instance.subject), what)


@rule(
    "JZY507",
    "制度要求无法判断",
    "制度要求中的条件应能对每份记录求值；不能求值的记录无从判断是否做到。",
    "请修改制度要求中的条件。",
)
def duty_not_judged(case: Case) -> Iterator[Breach]:
    """Duties that lack something to be judged by, or whose expressions fail on a record."""
    for outcome in _outcomes(case):
        groups: dict[DataPath, list[Fault]] = defaultdict(list)
        for fault in outcome.faults:
            if fault.year is None and not _told_elsewhere(fault):
                groups[fault.at].append(fault)
        for at, faults in groups.items():
            named = [fault.record.id for fault in faults if fault.record is not None]
            more = f"等 {len(named)} 份记录" if len(named) > 1 else ""
            of = f"（{named[0]}{more}）" if named else ""
            yield Breach(outcome.duty, at, f"{faults[0].why}{of}")


def _told_elsewhere(fault: Fault) -> bool:
    """Whether there is no such kind, or the expression cannot be parsed: JZY315 and JZY308 say it."""
    name = str(fault.at[0])
    try:
        if name in ("match", "check", "units") and name in fault.duty.data:
            check(fault.duty.data[name])
    except BadExpression:
        return True
    return name == "kind"


def _place(case: Case, duty: Record, record: Record) -> DataPath:
    """What of a record a duty means: the property it asks for, or what the deadline counts from."""
    data = duty.data
    own = case.register.kind_of(record).date_property or ""
    path = data.get("date") if "every" in data else data.get("property") or data.get("after")
    return path_of(str(path or own))


def _advice(duty: Record) -> str:
    return str(duty.data.get("advice", ""))


def _units(case: Case, found: list[Instance]) -> str:
    return "、".join(case.register.name(instance.unit) for instance in found)
