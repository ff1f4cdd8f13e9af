"""``jzy report --compare``: the figures of a report over two periods, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from jzy.model.document import Document, Evidence
from jzy.model.errors import WrongUsage
from jzy.model.functions import Knowledge
from jzy.model.moments import date_cn
from jzy.model.periods import Period, named
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.desk import Desk, as_evidence
from jzy.office.proofs import proofs_of
from jzy.office.report import compose, printed
from jzy.render.trace import Figure, Tracer

TEMPLATE = "comparison.md.j2"
_NOW, _THEN = "本期", "对比期"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure in both periods, as the template reads it."""

    title: str
    unit: str
    now: Figure
    then: Figure
    change: str
    """``增加3``, ``减少2`` or ``持平``."""


@dataclass(frozen=True, slots=True)
class Said:
    """A claim in both periods."""

    title: str
    now: str
    then: str


def period_of(office: Office, said: str) -> Period:
    """The period that a person names.

    Raises:
        WrongUsage: it is none.
    """
    try:
        return named(said, office.register.institution)
    except ValueError as error:
        raise WrongUsage(
            f"“{said}”不是期间",
            "可以写年度 2019、学年 2019-2020、半年 2020-H1、季度 2020-Q2、月 2020-05，"
            "或起止日期 2019-04-01..2020-03-31",
        ) from error


def compare(
    office: Office, record: Record, other: Period, period: Period | None = None
) -> Document:
    """The document that holds a report's figures over two periods.

    Every dated indicator that the report prints in either period is there; what is counted as it
    stands, whatever the period, says nothing in a comparison and is left out.

    Args:
        office: the repository.
        record: the report record.
        other: the period that it is compared with.
        period: another period than the record's own.

    Raises:
        see :func:`jzy.office.report.compose`.
    """
    begins, ends = (date.fromisoformat(record.data["period"][end]) for end in ("from", "until"))
    periods = (period or Period(begins, ends), other)
    proofs = proofs_of(office)
    now, then = (compose(office, record, period=each, proofs=proofs) for each in periods)
    tracer = Tracer()
    desks = [
        Desk(office, tracer, each, Knowledge(office.register, max(each.ends, ends)), proofs)
        for each in periods
    ]
    rows, undated = _rows(office, tracer, desks, (now, then))
    context = {
        "rows": rows,
        "undated": undated,
        "claims": _claims(now, then),
        "now": _named(periods[0], _NOW),
        "then": _named(other, _THEN),
    }
    return printed(office, record, TEMPLATE, tracer, context, claims=now.claims)


def _named(period: Period, role: str) -> dict[str, str]:
    days = f"{date_cn(period.begins)}至{date_cn(period.ends)}"
    return {"title": period.title or role, "days": days, "role": role}


def _rows(
    office: Office, tracer: Tracer, desks: Sequence[Desk], documents: Sequence[Document]
) -> tuple[list[Row], int]:
    """A row for each dated indicator that either report prints, and how many are not dated."""
    rows, undated = [], 0
    for key in dict.fromkeys(each.key for doc in documents for each in doc.evidence):
        indicator = office.register.get(key)
        if indicator is None or indicator.kind != "indicator":
            continue
        if "date" not in indicator.data["records"]:
            undated += 1
            continue
        # Measured anew: a report may leave out in one period what it prints in the other.
        now, then = (
            tracer.figure(_of(desk, key, role))
            for desk, role in zip(desks, (_NOW, _THEN), strict=True)
        )
        if now or then:
            change = int(now) - int(then)
            said = f"增加{change}" if change > 0 else f"减少{-change}" if change else "持平"
            rows.append(Row(indicator.data["title"], now.unit, now, then, said))
    return rows, undated


def _of(desk: Desk, key: str, role: str) -> Evidence:
    """A figure of one of the periods, under a key and a title of its own."""
    found = desk.measured(key)
    records = tuple(as_evidence(desk.office, record) for record in found.records)
    title = f"{found.title}（{role}）"
    return Evidence(f"{key} {role}", title, found.definition, found.value, found.unit, records)


def _claims(now: Document, then: Document) -> list[Said]:
    here, there = ({claim.id: claim for claim in doc.claims} for doc in (now, then))
    return [
        Said(
            (here.get(each) or there[each]).title,
            here[each].state_title if each in here else "不涉及",
            there[each].state_title if each in there else "不涉及",
        )
        for each in dict.fromkeys([*here, *there])
        if _arises(here.get(each), there.get(each))
    ]


def _arises(*claims: object) -> bool:
    states: Iterable[str] = (getattr(claim, "state", "idle") for claim in claims)
    return any(state != "idle" for state in states)
