"""A document as clean Markdown: CommonMark with tables, only escaped where it must be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jzy.model.document import (
    AttachmentNote,
    Block,
    Chart,
    Document,
    Emphasis,
    FigureRun,
    Heading,
    LineBreak,
    ListItem,
    PageBreak,
    Paragraph,
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
        case Table(header, rows, align):
            listed = (tuple(_runs(document, cell, marks, " ") for cell in row) for row in rows)
            head = tuple(_runs(document, cell, marks, " ") for cell in header)
            return "\n".join(_table(head, listed, align))
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
