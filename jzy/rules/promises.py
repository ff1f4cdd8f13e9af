"""JZY5xx: duties, and the calendars that deadlines need; JZY7xx: reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from jzy.model.expression import BadExpression
from jzy.model.indicators import Instance, instances
from jzy.model.moments import moment_of
from jzy.model.periods import Period
from jzy.model.record import value_at
from jzy.model.workdays import MissingCalendar
from jzy.model.workflow import Workflow
from jzy.rules.base import Breach, Case, rule


def _missed(case: Case) -> Iterator[Instance]:
    for duty in case.register.of("duty"):
        begins = date.fromisoformat(duty.data["from"])
        if begins > case.today:
            continue
        try:
            found = instances(case.register, duty, Period(begins, case.today), case.today)
        except BadExpression:
            continue  # JZY308 says so, or the match does not fit the records it meets
        yield from (instance for instance in found if instance.state == "missed")


@rule(
    "JZY501",
    "应做的事没有做",
    "制度要求按季度、学期或年度完成的事项（duties），期满时应有相应的记录，例如每季度一次联席会议。",
    "请补登实际开展过的工作；确未开展的，如实列入问题清单。",
)
def duty_missed(case: Case) -> Iterator[Breach]:
    """Whole-institution duties of past periods without enough records."""
    for instance in _missed(case):
        if instance.unit is None:
            kind = case.register.kinds.get(instance.duty.data["kind"])
            title = kind.title if kind else instance.duty.data["kind"]
            what = (
                f"{instance.period.title}应有“{title}”{instance.needed} 份，"
                f"实有 {len(instance.records)} 份（{instance.duty.data['title']}）"
            )
            yield Breach(instance.duty, ("title",), what)


@rule(
    "JZY502",
    "有部门没有完成应做的事",
    "要求每个部门都做到的事项，期满时每个部门都应有记录，例如每个部门都签订责任书。",
    "请补登实际开展过的工作；确未开展的，如实列入问题清单。",
)
def duty_missed_by_units(case: Case) -> Iterator[Breach]:
    """Duties of every unit, with the units that have no record."""
    groups: dict[tuple[str, Period], list[Instance]] = {}
    for instance in _missed(case):
        if instance.unit is not None:
            groups.setdefault((instance.duty.id, instance.period), []).append(instance)
    for (_, period), found in groups.items():
        names = "、".join(case.register.name(instance.unit) for instance in found)
        what = f"{period.title}以下部门没有完成“{found[0].duty.data['title']}”：{names}"
        yield Breach(found[0].duty, ("title",), what)


@rule(
    "JZY503",
    "缺少工作日历",
    "按工作日计算期限需要当年的放假安排；没有依据时不作推测。",
    "请在 records/calendars 中登记该年的工作日历。",
)
def calendar_missing(case: Case) -> Iterator[Breach]:
    """Years for which a lead time in working days cannot be counted."""
    for record in case.register:
        if not record.sign_offs:
            continue
        workflow = case.progress(record).workflow
        for year in _unknown_years(case, workflow, record.data) if workflow else ():
            path = next(lead.before for lead in workflow.lead_times) if workflow else ""
            yield Breach(record, (path,), f"没有{year}年的工作日历，无法计算报送的提前量")


def _unknown_years(case: Case, workflow: Workflow, data: object) -> Iterator[int]:
    for lead in workflow.lead_times:
        try:
            starts = moment_of(str(value_at(data, lead.before)), case.register.time_zone)
            case.calendar.latest(lead, starts)
        except MissingCalendar as error:
            yield error.year
        except ValueError:
            continue


@rule(
    "JZY701",
    "报告的落款日期早于期末",
    "报告在所属期间结束之后才能写成。",
    "请核对报告的期间（period）和日期（date）。",
)
def report_before_period_ends(case: Case) -> Iterator[Breach]:
    """Reports dated before the last day they speak of."""
    for record in case.register.of("report"):
        if record.data["date"] < record.data["period"]["until"]:
            what = f"落款日期 {record.data['date']} 早于期末 {record.data['period']['until']}"
            yield Breach(record, ("date",), what)
