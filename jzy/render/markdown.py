"""A document as clean Markdown: CommonMark with tables, only escaped where it must be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from jzy.model.document import (
    AttachmentNote,
    Block,
    Chart,
    Document,
    Emphasis,
    FigureRun,
    Grid,
    Heading,
    LineBreak,
    ListItem,
    PageBreak,
    Paragraph,
    Place,
    Runs,
    Signature,
    Strong,
    Table,
    Text,
    Title,
)
from jzy.render.appendix import (
    FIGURE_COLUMNS,
    FIGURES_TITLE,
    MATERIAL_COLUMNS,
    MATERIALS_TITLE,
    TITLE,
    appendix,
)
from jzy.render.escape import one_line

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~]|&(?=#?\w+;)")
_AT_START = re.compile(r"([-+#=:]|\d+(?=[.)]))")


def write(document: Document, *, marks: bool = False) -> str:
    """The document as Markdown, ending with a line end.

    Args:
        document: the document.
        marks: whether each figure is followed by its number in the appendix: ``44〔3〕``.
    """
    blocks = [_block(document, block, marks) for block in document.blocks]
    parts = [part for part in blocks if part]
    if document.evidence:
        parts += _appendix(document)
    return _spaced(parts) + "\n"


def _spaced(parts: list[str]) -> str:
    """Blocks with an empty line between them, but items of one list close together."""
    text = ""
    for number, part in enumerate(parts):
        item = re.compile(r" *(\d+\.|-) ")
        close = number and item.match(part) and item.match(parts[number - 1])
        text += ("\n" if close else "\n\n" if number else "") + part
    return text


def _block(document: Document, block: Block, marks: bool) -> str:
    match block:
        case Title(runs):
            return "# " + _runs(document, runs, marks, " ")
        case Heading(level, number, runs):
            said = _runs(document, runs, marks, "")
            return f"{'#' * (level + 1)} {number}{' ' if number.endswith('.') else ''}{said}"
        case Paragraph(runs, "notice"):
            return "> " + _start(_runs(document, runs, marks, "\\\n> "))
        case Paragraph(runs):
            return _start(_runs(document, runs, marks, "\\\n"))
        case ListItem(depth, number, runs):
            said = _runs(document, runs, marks, "\\\n" + "   " * depth)
            return "   " * (depth - 1) + _item(number) + _start(said)
        case Table() | Grid():
            return "\n\n".join(_tables(document, block, marks))
        case Chart():
            return ""  # the table before it has the same numbers
        case AttachmentNote(names):
            return "附件：\n\n" + "\n".join(
                f"{number}. {_start(_escaped(name))}" for number, name in enumerate(names, 1)
            )
        case Signature(signatory, day):
            return _start(_escaped(signatory)) + (f"\n\n{_escaped(day)}" if day else "")
        case PageBreak():
            return "---"


def _item(number: str) -> str:
    if number == "·":
        return "- "
    return f"{number} " if re.fullmatch(r"\d+\.", number) else f"- {number}"


def _runs(document: Document, runs: Runs, marks: bool, line_break: str) -> str:
    parts: list[str] = []
    for run in runs:
        match run:
            case Text(text):
                parts.append(_escaped(text))
            case FigureRun(key, text):
                parts.append(_escaped(text))
                if marks:
                    parts.append(f"〔{document.number_of(key)}〕")
            case Strong(inner):
                parts.append(f"**{_runs(document, inner, marks, line_break)}**")
            case Emphasis(inner):
                parts.append(f"*{_runs(document, inner, marks, line_break)}*")
            case LineBreak():
                parts.append(line_break)
    return "".join(parts)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda hit: "\\" + hit[0], one_line(text))


def _start(text: str) -> str:
    """What would begin a list, a heading or the like at the start of a line stays text."""
    found = _AT_START.match(text)
    if not found:
        return text
    if found[0].isdigit():
        return f"{found[0]}\\{text[found.end() :]}"
    return "\\" + text


def _table(
    header: tuple[str, ...], rows: Iterable[tuple[str, ...]], align: Iterable[str]
) -> Iterator[str]:
    rule = {"center": ":---:", "right": "---:"}
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join(rule.get(each, '---') for each in align)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _tables(document: Document, block: Table | Grid, marks: bool) -> Iterator[str]:
    if isinstance(block, Grid):
        yield from _grid(document, block, marks)
        return
    listed = (tuple(_runs(document, cell, marks, " ") for cell in row) for row in block.rows)
    head = tuple(_runs(document, cell, marks, " ") for cell in block.header)
    yield "\n".join(_table(head, listed, block.align))


def _grid(document: Document, grid: Grid, marks: bool) -> Iterator[str]:
    """A form as tables, since cells of Markdown span nothing: labels stand beside their values, rows
    that are divided alike in one table, and a cell that goes on below stays empty there."""

    def text(place: Place, stress: str) -> str:
        if not place.first:
            return ""
        lines = [*place.cell.lines, *place.cell.foot]
        # A label's lines are one word that was broken to fit a narrow cell.
        said = ("" if place.cell.label else "<br>").join(
            filter(None, (_runs(document, line, marks, "<br>") for line in lines))
        )
        return f"{stress}{said}{stress}" if place.cell.label and said.strip() else said

    rows = [pair for row in grid.places() for pair in _pairs(row)]
    for _, group in groupby(rows, lambda row: [place.column for place in row]):
        alike = list(group)
        titled = all(place.cell.label and place.first for place in alike[0])
        head = tuple(text(place, "") if titled else "" for place in alike[0])
        body = [tuple(text(place, "**") for place in row) for row in alike[titled:]]
        yield "\n".join(_table(head, body, [place.cell.align for place in alike[-1]]))


def _pairs(row: list[Place]) -> list[list[Place]]:
    """A row of several labels, each with one value, as a row for each."""
    labels = [place.cell.label for place in row]
    beside = labels == [True, False] * (len(row) // 2)
    if not beside or any(place.cell.down > 1 for place in row):
        return [row]
    return [
        [replace(label, column=0), replace(value, column=1)]
        for label, value in zip(row[::2], row[1::2], strict=True)
    ]


def _appendix(document: Document) -> list[str]:
    found = appendix(document)
    parts = [f"## 附件：{TITLE}"]
    for title, columns, rows in (
        (FIGURES_TITLE, FIGURE_COLUMNS, found.figures),
        (MATERIALS_TITLE, MATERIAL_COLUMNS, found.materials),
    ):
        if rows:
            cells = (tuple(map(_escaped, row)) for row in rows)
            table = _table(columns, cells, ["left"] * len(columns))
            parts += [f"### {title}", "\n".join(table)]
    return parts
