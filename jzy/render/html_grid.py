"""A form's grid as HTML: a table whose cells span columns and rows.

A page's security policy allows no style beside its style sheet, so widths and heights are rules of
that sheet, made for the grids of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jzy.model.document import Cell, Grid, Runs


def grid_css(grids: Sequence[Grid]) -> str:
    """The rules for the columns and rows of a document's grids, which are counted from 1."""
    rules = []
    for number, grid in enumerate(grids, 1):
        whole = sum(grid.widths)
        for at, width in enumerate(grid.widths, 1):
            rules.append(
                f".g{number} col:nth-child({at}) {{ width: {width * 1000 // whole / 10}%; }}"
            )
    heights = {height for grid in grids for height in grid.heights if height}
    rules += [f".form .h{height} {{ height: {height}mm; }}" for height in sorted(heights)]
    return "\n".join([*rules, ""])


def grid_html(grid: Grid, number: int, runs: Callable[[Runs], str]) -> str:
    """The table.

    Args:
        grid: what to write.
        number: its number in the document, from 1.
        runs: how inline runs are written.
    """
    return "\n".join(_lines(grid, number, runs))


def _lines(grid: Grid, number: int, runs: Callable[[Runs], str]) -> Iterator[str]:
    yield f'<div class="scroll"><table class="form g{number}">'
    yield f"<colgroup>{'<col>' * len(grid.widths)}</colgroup>"
    rows = []
    for row, height in zip(grid.places(), grid.heights, strict=True):
        kind = f' class="h{height}"' if height else ""
        cells = "".join(_cell(place.cell, runs) for place in row if place.first)
        rows.append(f"<tr{kind}>{cells}</tr>")
    if grid.head:
        yield from ("<thead>", *rows[: grid.head], "</thead>")
    yield from ("<tbody>", *rows[grid.head :], "</tbody>")
    yield "</table></div>"


def _cell(cell: Cell, runs: Callable[[Runs], str]) -> str:
    name = "th" if cell.label else "td"
    spans = f' colspan="{cell.across}"' if cell.across > 1 else ""
    spans += f' rowspan="{cell.down}"' if cell.down > 1 else ""
    side = f' class="{cell.align}"' if cell.align in ("center", "right") else ""
    body = "<br>".join(map(runs, cell.lines))
    foot = "<br>".join(map(runs, cell.foot))
    signed = f'<div class="foot">{foot}</div>' if foot else ""
    return f"<{name}{side}{spans}>{body}{signed}</{name}>"
