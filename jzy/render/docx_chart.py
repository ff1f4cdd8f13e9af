"""A chart as Word shows it: a table without lines, in which a bar is a shaded cell.

No picture: it prints as sharply as the text, it can be corrected by hand, and its bytes depend on
nothing but its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape as _xml

from jzy.model.document import Bars, Chart
from jzy.render import docx_base as base
from jzy.render.chart import COLOURS
from jzy.render.escape import one_line

_LABEL = 2_600
"""Twips."""
_STEPS = 40
"""Grid columns that a bar and its number have together; Word takes no more than 63 in a table."""
_LONGEST = 31
_STEP = (base.BLOCK_WIDTH - _LABEL) // _STEPS
_SMALL = '<w:sz w:val="17"/><w:szCs w:val="17"/>'
_KEPT = "<w:keepNext/>"


def chart_xml(chart: Chart) -> str:
    """The chart as XML of the body: its caption, a legend, and the bars."""
    grid = f'<w:gridCol w:w="{_LABEL}"/>' + f'<w:gridCol w:w="{_STEP}"/>' * _STEPS
    rows = [_legend(chart)]
    for row in chart.rows:
        rows += [*_row(row), _gap()]
    caption = (
        f'<w:p><w:pPr><w:pStyle w:val="JzyCaption"/>{_KEPT}</w:pPr>{_run(chart.title, "")}</w:p>'
    )
    return (
        f'{caption}<w:tbl><w:tblPr><w:tblW w:w="{_LABEL + _STEPS * _STEP}" w:type="dxa"/>'
        '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
        '<w:p><w:pPr><w:pStyle w:val="JzyTableText"/></w:pPr></w:p>'
    )


def _run(text: str, properties: str = _SMALL, colour: str = "") -> str:
    colour = f'<w:color w:val="{colour}"/>' if colour else ""
    props = f"<w:rPr>{colour}{properties}</w:rPr>" if colour or properties else ""
    return f'<w:r>{props}<w:t xml:space="preserve">{_xml(one_line(text))}</w:t></w:r>'


def _legend(chart: Chart) -> str:
    said = "".join(
        _run("■ ", colour=colour.removeprefix("#")) + _run(f"{name}　　")
        for colour, name in zip(COLOURS, chart.series, strict=False)
    )
    return _line([_cell("", 1), _cell(said, _STEPS)], 320)


def _row(row: Bars) -> Iterator[str]:
    """A line for each series; the label stands beside all of them."""
    for number, (value, share) in enumerate(zip(row.values, row.shares, strict=True)):
        merge = '<w:vMerge w:val="restart"/>' if number == 0 else "<w:vMerge/>"
        said = _run(row.label) if number == 0 else ""
        cells = [_cell(said, 1, merge, "right")]
        long = _LONGEST * share // 1_000 or (1 if value else 0)
        if long:
            fill = COLOURS[number % len(COLOURS)].removeprefix("#")
            cells.append(_cell("", long, f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>'))
        cells.append(_cell(_run(f"{value}{row.unit}"), _STEPS - long))
        yield _line(cells, 205)


def _gap() -> str:
    return _line([_cell("", 1), _cell("", _STEPS)], 80)


def _line(cells: list[str], high: int) -> str:
    return (
        f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{high}" w:hRule="exact"/></w:trPr>'
        f"{''.join(cells)}</w:tr>"
    )


def _cell(content: str, span: int, more: str = "", side: str = "left") -> str:
    wide = _LABEL if span == 1 and side == "right" else span * _STEP
    across = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    spans, merged = (more, "") if "shd" in more else ("", more)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{across}{merged}{spans}'
        '<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="JzyTableText"/>{_KEPT}'
        '<w:spacing w:before="0" w:after="0" w:line="200" w:lineRule="exact"/>'
        f'<w:jc w:val="{side}"/></w:pPr>{content}</w:p></w:tc>'
    )
