"""The ruled sheet of a form: 24 equal units across, labels that are broken by meaning, and a grid that
keeps only the columns that it needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jzy.model.document import Cell, Grid, Runs, Text
from jzy.office.form_values import width

UNITS = 24
LABELS = {1: 4, 2: 4, 3: 4, 4: 3}
"""Units of a label, by how many fields stand in the row."""
_WIDTH = 165.0
"""Of the form, in millimetres."""
_CHARACTER, _PADDING = 4.24, 2.9
"""Width of a character of 小四, and what a cell keeps free, in millimetres."""
_BESIDE = 15
"""Rows of a table up to which its label stands beside it; a longer one has it above, because it
goes on over pages."""
_NOT_BEFORE = "，。、；：）》”人"
_BREAKS = re.compile("(?=（|负责人|(?:分管|主要)领导|意见|单位|日期|时间|情况|阅知|哈希)|(?<=部门)")


def room(units: int) -> float:
    """How many Chinese characters a line of a cell holds."""
    return (_WIDTH * units / UNITS - _PADDING) / _CHARACTER


def units_for(characters: float) -> int:
    """The units that a text on one line takes."""
    return math.ceil((characters * _CHARACTER + _PADDING) * UNITS / _WIDTH)


def runs(text: str) -> Runs:
    """A text as the inline runs of a line."""
    return (Text(text),)


def label(title: str, units: int, down: int = 1, across: int | None = None) -> Cell:
    """A label, broken by meaning where it does not fit one line."""
    lines = tuple(runs(line) for line in broken(title, int(room(units))))
    return Cell(lines, across=across or units, down=down, align="center", label=True)


def broken(title: str, most: int) -> list[str]:
    """A label in lines of at most so many characters, parted between its words where it can be."""
    if width(title) <= most:
        return [title]
    places = {hit.start() for hit in _BREAKS.finditer(title)}
    # The cheapest way to each place: a line costs 2, one that parts a word 3 more.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(title) + 1):
        ways = [(999.0, end - 1)]
        for start in range(end):
            if width(title[start:end]) <= most:
                torn = 3 if end < len(title) and end not in places else 0
                torn += 9 if end < len(title) and title[end] in _NOT_BEFORE else 0
                uneven = (most - width(title[start:end])) ** 2 / 100
                ways.append((best[start][0] + 2 + torn + uneven, start))
        best.append(min(ways))
    lines: list[str] = []
    end = len(title)
    while end > 0:
        lines.append(title[best[end][1] : end])
        end = best[end][1]
    return lines[::-1]


@dataclass(slots=True)
class Sheet:
    """The rows of a grid as they are laid down."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)
    least: int = 0
    """What every row has at least, in millimetres: room for handwriting."""

    def add(self, *cells: Cell, height: int = 0) -> None:
        """One more row; cells count in units."""
        self.rows.append(cells)
        self.heights.append(max(height, self.least))

    def beside(self, title: str, rows: list[tuple[Cell, ...]], height: int = 0) -> None:
        """Rows with one label at their left, or above them where they are many."""
        if len(rows) > _BESIDE:
            self.add(label(title, UNITS))
            for row in rows:
                self.add(*_stretched(row))
            return
        for number, row in enumerate(rows):
            head = (label(title, LABELS[1], len(rows)),) if number == 0 else ()
            self.add(*head, *row, height=-(-height // len(rows)))

    def grid(self, head: int = 0) -> Grid | None:
        """The grid with only the columns that it needs; ``None`` where there are no rows."""
        if not self.rows:
            return None
        whole = Grid((1,) * UNITS, tuple(self.rows), tuple(self.heights), head)
        places = whole.places()
        ends = sorted({place.column + place.cell.across for row in places for place in row})
        widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        rows = tuple(
            tuple(
                replace(place.cell, across=_columns(ends, place.column, place.cell.across))
                for place in row
                if place.first
            )
            for row in places
        )
        return Grid(tuple(widths), rows, tuple(self.heights), head)


def _columns(ends: Sequence[int], start: int, across: int) -> int:
    return sum(1 for end in ends if start < end <= start + across)


def _stretched(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """A row of what stands beside a label, over the whole width."""
    last = row[-1]
    return (*row[:-1], replace(last, across=last.across + LABELS[1]))
