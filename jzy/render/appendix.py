"""The evidence appendix 佐证材料目录 as rows, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jzy.model.document import Document, Evidence, EvidenceRecord
from jzy.model.moments import date_cn

TITLE = "佐证材料目录"
FIGURES_TITLE = "数据与佐证对照表"
MATERIALS_TITLE = "佐证材料清单"
FIGURE_COLUMNS = ("序号", "数据", "数值", "口径", "佐证材料编号")
MATERIAL_COLUMNS = ("编号", "类别", "名称", "日期", "记录编号", "版本")
NO_RECORDS = "无"


@dataclass(frozen=True, slots=True)
class Appendix:
    """Two tables: what each figure rests on, and every record once, numbered."""

    figures: tuple[tuple[str, ...], ...]
    """In the columns of :data:`FIGURE_COLUMNS`."""
    materials: tuple[tuple[str, ...], ...]
    """In the columns of :data:`MATERIAL_COLUMNS`."""


def appendix(document: Document) -> Appendix:
    """The appendix of a document; both tables are empty if it prints no figure."""
    numbers = document.materials()
    records = {record.id: record for each in document.evidence for record in each.records}
    return Appendix(
        tuple(
            (str(number), each.title, each.text, each.definition, _numbers(each, numbers))
            for number, each in enumerate(document.evidence, 1)
        ),
        tuple(_material(number, records[id_]) for id_, number in numbers.items()),
    )


def _material(number: int, record: EvidenceRecord) -> tuple[str, ...]:
    return (
        str(number),
        record.kind,
        record.name,
        shown_date(record.date),
        record.id,
        record.commit[:8],
    )


def _numbers(evidence: Evidence, numbers: dict[str, int]) -> str:
    return spans(numbers[record.id] for record in evidence.records) or NO_RECORDS


def spans(numbers: Iterable[int]) -> str:
    """Numbers with runs drawn together: ``1—4、7、9—10``."""
    groups: list[list[int]] = []
    for number in sorted(set(numbers)):
        if groups and number == groups[-1][1] + 1:
            groups[-1][1] = number
        else:
            groups.append([number, number])
    return "、".join(str(a) if a == b else f"{a}—{b}" for a, b in groups)


def shown_date(value: str) -> str:
    """An ISO date or date-time as ``2021年3月18日``; anything else, such as ``2020-Q2``, as it is."""
    try:
        return date_cn(date.fromisoformat(value[:10]))
    except ValueError:
        return value
