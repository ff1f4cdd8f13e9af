"""JZY5xx: duties, and the calendars that deadlines need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from jzy.model.expression import BadExpression, check
from jzy.model.findings import Severity
from jzy.model.moments import date_cn, moment_of
from jzy.model.owing import DutyState, Fault, Instance, Outcome
from jzy.model.periods import Period
from jzy.model.record import DataPath, Record, path_of, value_at
from jzy.model.workdays import MissingCalendar
from jzy.model.workflow import Workflow
from jzy.rules.base import Breach, Case, also_of_all, also_of_signed_one, rule_of_duty

_MEND = "请补登实际开展过的工作；确未开展的，如实列入问题清单。"


def _in(outcome: Outcome, state: DutyState) -> Iterator[Instance]:
    return (instance for instance in outcome.instances if instance.state is state)


def _by_period(outcome: Outcome) -> Iterator[Instance]:
    """Missed by period; what each record owes is told at the record, what must be in force apart."""
    for instance in _in(outcome, DutyState.MISSED):
        if "every" in instance.duty.data and instance.subject is None:
            yield instance


@rule_of_duty(
    "JZY501",
    "应做的事没有做",
    "制度要求按月、季度、学期或年度完成的事项（duties），期满时应有相应的记录，例如每季度一次联席会议。",
    _MEND,
)
def duty_missed(case: Case, outcome: Outcome) -> Iterator[Breach]:
    """Whole-institution duties of past periods without enough records."""
    for instance in _by_period(outcome):
        if instance.unit is None:
            title = case.register.kinds[instance.duty.data["kind"]].title
            what = (
                f"{instance.period.title}应有“{title}”{instance.needed} 份，"
                f"实有 {len(instance.records)} 份（{instance.duty.data['title']}）"
            )
            yield Breach(instance.duty, ("title",), what, _advice(instance.duty))


@rule_of_duty(
    "JZY502",
    "有部门没有完成应做的事",
    "要求每个部门都做到的事项，期满时每个部门都应有记录，例如每个部门都签订责任书。",
    _MEND,
)
def duty_missed_by_units(case: Case, outcome: Outcome) -> Iterator[Breach]:
    """Duties of every unit, with the units that have no record."""
    groups: dict[Period, list[Instance]] = defaultdict(list)
    for instance in _by_period(outcome):
        if instance.unit is not None:
            groups[instance.period].append(instance)
    duty = outcome.duty
    for period, found in groups.items():
        what = f"{period.title}以下部门没有完成“{duty.data['title']}”：{_units(case, found)}"
        yield Breach(duty, ("title",), what, _advice(duty))


@rule_of_duty(
    "JZY503",
    "缺少工作日历",
    "按工作日计算期限需要当年的放假安排；没有依据时不作推测。",
    "请在 records/calendars 中登记该年的工作日历。",
)
def calendar_missing(case: Case, outcome: Outcome) -> Iterator[Breach]:
    """Years in which working days have to be counted and cannot be."""
    years: dict[int, list[Fault]] = defaultdict(list)
    for fault in outcome.faults:
        if fault.year is not None:
            years[fault.year].append(fault)
    duty, this_year = outcome.duty, case.today.year
    for year, faults in sorted(years.items()):
        named = [fault.record.id for fault in faults if fault.record is not None]
        of = f"，涉及 {len(named)} 份记录，如 {named[0]}" if named else ""
        what = f"没有{year}年的工作日历，无法计算这一期限{of}"
        yield Breach(duty, ("deadline", "unit"), what)
    today = case.today.isoformat()
    in_force = duty.data["from"] <= today <= duty.data.get("until", today)
    counts = in_force and duty.data.get("deadline", {}).get("unit") == "working_days"
    if counts and this_year not in years and not _is_known(case, this_year):
        yield Breach(duty, ("deadline", "unit"), _this_year(this_year))


@also_of_all("JZY503")
def calendar_missing_for_workflows(case: Case) -> Iterator[Breach]:
    """Whether working days can be counted this year, if a workflow in use counts them."""
    if _is_known(case, case.today.year):
        return
    for record in case.register.of("workflow"):
        for number, lead in enumerate(Workflow.of(record).lead_times):
            if lead.unit == "working_days":
                path = ("lead_times", number, "unit")
                yield Breach(record, path, _this_year(case.today.year))
                break


def _this_year(year: int) -> str:
    return f"没有{year}年的工作日历，今年的期限无法按工作日计算"


@also_of_signed_one("JZY503")
def calendar_missing_for_lead_time(case: Case, record: Record) -> Iterator[Breach]:
    """Years in which the working days before a record's submission cannot be counted."""
    workflow = case.progress(record).workflow
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


@rule_of_duty(
    "JZY504",
    "记录没有按期办理",
    "制度要求每份记录限期办理的事项，到期应已办理，例如活动举办后限期留档报备。",
    "请办理并登记；确未办理的，如实列入问题清单。",
)
def record_owes(case: Case, outcome: Outcome) -> Iterator[Breach]:
    """Records that have not what a duty asks of them by its deadline."""
    for instance in _in(outcome, DutyState.MISSED):
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


@rule_of_duty(
    "JZY505",
    "应当有效的没有在有效期内",
    "制度要求始终有效的事项，任何一天都应有在有效期内的记录，例如每个部门的责任书到期即续签。",
    "请补登已有的记录；确已过期的，请及时重新办理。",
)
def not_in_force(case: Case, outcome: Outcome) -> Iterator[Breach]:
    """What has to be in force throughout and is not today, for the institution or some units."""
    found = [each for each in _in(outcome, DutyState.MISSED) if "throughout" in each.duty.data]
    if found:
        duty = outcome.duty
        title = case.register.kinds[duty.data["kind"]].title
        whose = f"以下部门没有有效的{title}" if found[0].unit else f"没有有效的{title}"
        units = f"：{_units(case, found)}" if found[0].unit else ""
        what = f"{date_cn(found[0].period.ends)}{whose}（{duty.data['title']}）{units}"
        yield Breach(duty, ("throughout",), what, _advice(duty), True)


@rule_of_duty(
    "JZY506",
    "办理晚于期限",
    "制度要求限期办理的事项，办理的日期应不晚于期限；逾期办理的不算按期完成。",
    "请核对日期；确属逾期的，请以后及早办理。",
    Severity.WARNING,
)
def done_late(case: Case, outcome: Outcome) -> Iterator[Breach]:
    """Done, but after the last day."""
    for instance in _in(outcome, DutyState.LATE):
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


@rule_of_duty(
    "JZY507",
    "制度要求无法判断",
    "制度要求中的条件应能对每份记录求值；不能求值的记录无从判断是否做到。",
    "请修改制度要求中的条件。",
)
def duty_not_judged(_: Case, outcome: Outcome) -> Iterator[Breach]:
    """Duties that lack something to be judged by, or whose expressions fail on a record."""
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
