"""The evidence appendix 佐证材料目录 as rows, the same in every format; numbers as in the evidence folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jzy.model.document import Document
from jzy.model.materials import Material, materials, spans
from jzy.model.moments import date_cn

TITLE = "佐证材料目录"
FIGURES_TITLE = "数据与佐证对照表"
MATERIALS_TITLE = "佐证材料清单"
FIGURE_COLUMNS = ("序号", "数据", "数值", "口径", "佐证材料编号")
MATERIAL_COLUMNS = ("编号", "类别", "名称", "日期", "记录编号", "版本")
FIGURE_WIDTHS = (600, 1950, 1100, 3050, 2145)
MATERIAL_WIDTHS = (900, 1020, 2185, 1760, 1980, 1000)
"""Of the columns, in twips; together as wide as the block of a paper."""
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
    found = materials(document)
    order = {each.record.id: place for place, each in enumerate(found)}
    return Appendix(
        tuple(
            (
                str(number),
                each.title,
                each.text,
                each.definition,
                spans(found[at] for at in sorted({order[record.id] for record in each.records}))
                or NO_RECORDS,
            )
            for number, each in enumerate(document.evidence, 1)
        ),
        tuple(_material(each) for each in found),
    )


def _material(material: Material) -> tuple[str, ...]:
    record = material.record
    return (
        material.number,
        record.kind,
        record.name,
        shown_date(record.date),
        record.id,
        record.commit[:8],
    )


def shown_date(value: str) -> str:
    """An ISO date or date-time as ``2021年3月18日``; anything else, such as ``2020-Q2``, as it is."""
    try:
        return date_cn(date.fromisoformat(value[:10]))
    except ValueError:
        return value
