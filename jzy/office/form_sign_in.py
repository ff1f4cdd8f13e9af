"""The sheet on which those who come sign: as many lines as were expected, two side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jzy.model.document import Cell, Grid
from jzy.model.formplan import SignIn
from jzy.model.record import value_at
from jzy.office.form_sheet import UNITS, Sheet, label, runs

_NUMBER = 2
"""Units of the column of numbers."""
_HALF = UNITS // 2


def expected(sign: SignIn, data: Mapping[str, Any]) -> int | None:
    """How many were expected, ``None`` where the record does not say."""
    numbers = [value_at(data, path) for path in sign.count]
    known = [each for each in numbers if isinstance(each, int) and not isinstance(each, bool)]
    return sum(known) if known else None


def lines_for(sign: SignIn, count: int | None) -> int:
    """How many lines the sheet has."""
    return min(count if count else sign.lines, sign.most)


def sheet(sign: SignIn, count: int) -> Grid:
    """The sheet with so many numbered lines; its titles are repeated on each page."""
    free = _HALF - _NUMBER
    bounds = [free * part // len(sign.columns) for part in range(1, len(sign.columns) + 1)]
    wide = [end - start for start, end in zip([0, *bounds], bounds, strict=False)]
    head = [label("序号", _NUMBER), *map(label, sign.columns, wide)]
    found = Sheet()
    found.add(*head, *head, height=sign.height)
    half = -(-count // 2)
    for number in range(1, half + 1):
        cells: list[Cell] = []
        for each in (number, number + half):
            said = (runs(str(each)),) if each <= count else ()
            cells.append(Cell(said, across=_NUMBER, align="center"))
            cells += [Cell(across=units) for units in wide]
        found.add(*cells, height=sign.height)
    made = found.grid(head=1)
    assert made is not None  # noqa: S101 - it has its titles
    return made
