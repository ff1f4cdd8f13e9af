"""JZY7xx: reports, and the claims that they make."""

from __future__ import annotations

from collections.abc import Iterator

from jzy.model.chain import State
from jzy.model.findings import Severity
from jzy.model.record import Record
from jzy.model.register import CLAIM
from jzy.model.snapshot import PROPERTY
from jzy.rules.base import Breach, Case, rule_of_one, words

TEMPLATE = "JZY704"
"""A template that is not there: found where files may be looked for."""


@rule_of_one(
    "JZY701",
    "报告的落款日期早于期末",
    "报告在所属期间结束之后才能写成。",
    "请核对报告的期间（period）和日期（date）。",
    kind="report",
)
def report_before_period_ends(_: Case, record: Record) -> Iterator[Breach]:
    """Reports dated before the last day they speak of."""
    if record.data["date"] < record.data["period"]["until"]:
        what = f"落款日期 {record.data['date']} 早于期末 {record.data['period']['until']}"
        yield Breach(record, ("date",), what)


words(
    TEMPLATE,
    "没有这个模板",
    "报告按模板写成，模板须在本仓库的 templates/ 中，或者随 jzy 提供。",
    "请核对模板的文件名，或把模板放进 templates/。",
)


@rule_of_one(
    "JZY705",
    "报送的报告没有数据快照",
    "报告自报送之日起保存当时的数据，签批的就是这些数据；jzy submit 会自动写入。",
    "请撤回后用 jzy submit 重新报送。",
    Severity.WARNING,
    kind="report",
)
def report_without_snapshot(case: Case, record: Record) -> Iterator[Breach]:
    """Reports that were submitted without the figures that were signed."""
    under_way = case.progress(record).state in (State.IN_REVIEW, State.APPROVED)
    if under_way and PROPERTY not in record.data:
        yield Breach(record, ("sign_offs",), "报告已经报送，却没有保存当时的数据")


@rule_of_one(
    "JZY706",
    "断言无法判断",
    "断言的条件应能理解，所引用的指标、制度要求和断言应当存在；否则报告写不成。",
    "请修改断言的条件，或登记所引用的指标、制度要求。",
    kind=CLAIM,
)
def claim_not_judged(case: Case, record: Record) -> Iterator[Breach]:
    """Claims whose conditions cannot be parsed, or name what does not exist."""
    from jzy.model.claims import mistakes  # noqa: PLC0415 - few records are claims

    for at, why in mistakes(case.knowledge, record):
        yield Breach(record, at, why)
