"""A chart as SVG: bars side by side, with their numbers, and words for those who cannot see them.

Drawn from whole numbers with fixed places, so the same chart gives the same bytes anywhere. There
is no style sheet and no script in it: a page's content security policy may forbid both.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as _html

from jzy.model.display import width
from jzy.model.document import Bars, Chart, Table, plain
from jzy.model.errors import JzyError
from jzy.render.escape import one_line

CHART = "chart"
"""The directive of a template that draws its table."""
MOST_ROWS = 8
"""Rows of one chart: two charts fit a page of paper."""
COLOURS = ("#8a1f11", "#b9b3a6")
"""Of the series; dark and light enough to be told apart in grey print."""
INK, FAINT = "#1c1c1c", "#666666"
FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Serif CJK SC', sans-serif"

_WIDE = 640
_SIZE = 14
_LABEL = 190
"""Where the bars begin."""
_LONGEST = 340
_BAR, _GAP, _ROW = 13, 3, 16
_HEAD = 34
_LETTERS = 24
"""Columns of a label that fit before the bars, an ASCII letter being one."""


def charts_of(title: str, table: Table, where: str = "") -> Iterator[Chart]:
    """What is drawn of a table: its columns of whole numbers, from the third on.

    Args:
        title: of the chart.
        table: label, unit, and columns of numbers; others are not drawn.
        where: the place in the text, for messages.

    Raises:
        JzyError: there is no column of numbers, or there are more than can be told apart.
    """
    body = [[plain(cell).strip() for cell in row] for row in table.rows]
    drawn = [
        column
        for column in range(2, len(table.header))
        if all(row[column].isascii() and row[column].isdigit() for row in body)
    ]
    if body and not 1 <= len(drawn) <= len(COLOURS):
        raise JzyError(
            "图的表格中应有一至两列整数",
            "第一列写名称，第二列写单位，从第三列起写数。",
            where=where,
        )
    names = tuple(plain(table.header[column]) for column in drawn)
    for start in range(0, len(body), MOST_ROWS):
        rows = tuple(
            Bars(row[0], row[1], tuple(int(row[column]) for column in drawn))
            for row in body[start : start + MOST_ROWS]
        )
        yield Chart(title + ("（续）" if start else ""), names, rows)


def svg(chart: Chart, family: str = FONT) -> str:
    """The chart as an SVG document of its own, for a renderer that embeds pictures.

    Args:
        chart: at most as many series as :data:`COLOURS`.
        family: the fonts of its text, as CSS names them.
    """
    return "\n".join(_lines(chart, family, standing_alone=True)) + "\n"


def figure(chart: Chart) -> str:
    """The chart as a part of an HTML page."""
    drawn = "\n".join(_lines(chart, FONT, standing_alone=False))
    caption = f"<figcaption>{_text(chart.title)}</figcaption>"
    return f'<figure class="chart">\n{caption}\n{drawn}\n</figure>'


def described(chart: Chart) -> str:
    """The chart in words: ``举办活动：2020年11场，2019年8场；…``."""
    rows = (
        f"{row.label}："
        + "，".join(
            f"{name}{value}{row.unit}" for name, value in zip(chart.series, row.values, strict=True)
        )
        for row in chart.rows
    )
    return "；".join(rows) + "。"


def _text(text: str) -> str:
    return _html(one_line(text), quote=True)


def _lines(chart: Chart, family: str, *, standing_alone: bool) -> Iterator[str]:
    step = len(chart.series) * (_BAR + _GAP) + _ROW
    high = _HEAD + len(chart.rows) * step
    space = ' xmlns="http://www.w3.org/2000/svg"' if standing_alone else ""
    size = f' width="{_WIDE}" height="{high}"' if standing_alone else ""
    yield (
        f'<svg{space} viewBox="0 0 {_WIDE} {high}"{size} role="img" '
        f'font-family="{_text(family)}" font-size="{_SIZE}" fill="{INK}">'
    )
    yield f"<title>{_text(chart.title)}</title>"
    yield f"<desc>{_text(described(chart))}</desc>"
    yield from _legend(chart)
    for number, row in enumerate(chart.rows):
        yield from _row(row, _HEAD + number * step, len(chart.series))
    yield "</svg>"


def _legend(chart: Chart) -> Iterator[str]:
    at = _LABEL
    for colour, name in zip(COLOURS, chart.series, strict=False):
        yield f'<rect x="{at}" y="5" width="{_BAR}" height="{_BAR}" fill="{colour}"/>'
        yield f'<text x="{at + _BAR + 5}" y="16">{_text(name)}</text>'
        at += _BAR + 25 + width(name) * _SIZE // 2


def _row(row: Bars, top: int, series: int) -> Iterator[str]:
    middle = top + series * (_BAR + _GAP) // 2
    lines = _broken(row.label)
    first = middle + 4 - (len(lines) - 1) * (_SIZE + 2) // 2
    for number, line in enumerate(lines):
        at = first + number * (_SIZE + 2)
        yield f'<text x="{_LABEL - 10}" y="{at}" text-anchor="end">{_text(line)}</text>'
    for number, (value, share) in enumerate(zip(row.values, row.shares, strict=True)):
        y, long = top + number * (_BAR + _GAP), _LONGEST * share // 1_000
        colour = COLOURS[number % len(COLOURS)]
        if long:
            yield f'<rect x="{_LABEL}" y="{y}" width="{long}" height="{_BAR}" fill="{colour}"/>'
        said = _text(f"{value}{row.unit}")
        yield f'<text x="{_LABEL + long + 6}" y="{y + 12}" fill="{FAINT}">{said}</text>'


def _broken(label: str) -> list[str]:
    """A label on one line, or two; what is longer still ends in dots."""
    lines = [""]
    for sign in one_line(label):
        if width(lines[-1] + sign) > _LETTERS:
            if len(lines) == 2:
                return [lines[0], lines[1][:-1] + "…"]
            lines.append("")
        lines[-1] += sign
    return lines
