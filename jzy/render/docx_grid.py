"""A form's grid as Word: a ruled table with fixed columns, whose cells span columns and rows.

Written as XML text: Word lists, in each row, the cells of earlier rows that go on in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from jzy.model.document import Cell, Grid, Place, Runs, plain
from jzy.render.placing import width

_MILLIMETRE = 1440 / 25.4
"""Twips."""
_CHARACTER = 240
"""Of the form's text, in twips."""
_WHOLE = 12
"""Lines up to which a row is kept on one page."""


def grid_xml(grid: Grid, room: int, runs: Callable[[Runs], str]) -> str:
    """The table as XML of the body, followed by a paragraph that parts it from what comes next.

    Args:
        grid: what to write.
        room: the width of the block of text, in twips.
        runs: how inline runs are written.
    """
    widths = _widths(grid, room)
    columns = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{room}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(_rows(grid, widths, runs))}</w:tbl>"
        f'<w:p><w:pPr><w:pStyle w:val="JzyFormGap"/></w:pPr></w:p>'
    )


def _widths(grid: Grid, room: int) -> list[int]:
    whole = sum(grid.widths)
    widths: list[int] = []
    for at in range(len(grid.widths)):
        # What is left after rounding goes where it arises, so the columns fill the room exactly.
        widths.append(room * sum(grid.widths[: at + 1]) // whole - sum(widths))
    return widths


def _rows(grid: Grid, widths: list[int], runs: Callable[[Runs], str]) -> Iterator[str]:
    for number, row in enumerate(grid.places()):
        height = grid.heights[number]
        kept = "<w:cantSplit/>" if _lines(row, widths) <= _WHOLE else ""
        high = f'<w:trHeight w:val="{round(height * _MILLIMETRE)}" w:hRule="atLeast"/>'
        again = "<w:tblHeader/>" if number < grid.head else ""
        properties = kept + (high if height else "") + again
        yield f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}"
        # Titles do not stay behind at the foot of a page.
        titles = all(place.cell.label or not place.first for place in row)
        more = number + 1 < len(grid.rows) and titles
        yield from (_cell(place, widths, runs, "<w:keepNext/>" * more) for place in row)
        yield "</w:tr>"


def _lines(row: list[Place], widths: list[int]) -> int:
    """How many lines a row takes, about."""
    return max((_high(place, widths) for place in row if place.first), default=1)


def _high(place: Place, widths: list[int]) -> int:
    room = _width(place, widths) / _CHARACTER
    lines = (*place.cell.lines, *place.cell.foot)
    taken = sum(max(1, math.ceil(width(plain(line)) / room)) for line in lines)
    return math.ceil(taken / place.cell.down)


def _width(place: Place, widths: list[int]) -> int:
    return sum(widths[place.column : place.column + place.cell.across])


def _cell(place: Place, widths: list[int], runs: Callable[[Runs], str], keep: str) -> str:
    cell = place.cell
    across = f'<w:gridSpan w:val="{cell.across}"/>' if cell.across > 1 else ""
    merge = "<w:vMerge/>" if not place.first else '<w:vMerge w:val="restart"/>'
    # Signatures to be written by hand stand at the foot of an empty cell.
    side = "bottom" if cell.foot and not cell.lines else "center"
    empty = _paragraph("JzyFormText", "", keep)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_width(place, widths)}" w:type="dxa"/>{across}'
        f'{merge if cell.down > 1 else ""}<w:vAlign w:val="{side}"/></w:tcPr>'
        f"{''.join(_paragraphs(cell, runs, keep)) if place.first else empty}"
        "</w:tc>"
    )


def _paragraphs(cell: Cell, runs: Callable[[Runs], str], keep: str) -> Iterator[str]:
    style = "JzyFormLabel" if cell.label else "JzyFormText"
    # A label's style is centred.
    usual = "center" if cell.label else "left"
    place = f'<w:jc w:val="{cell.align}"/>' if cell.align != usual else ""
    for line in cell.lines or (() if cell.foot else ((),)):
        yield _paragraph(style, runs(line), keep + place)
    for line in cell.foot:
        yield _paragraph("JzyFormFoot", runs(line), keep)


def _paragraph(style: str, content: str, properties: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{content}</w:p>'
