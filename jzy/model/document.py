"""The document model: what a report or a form is, before it is written as Markdown, HTML or DOCX.

A document is a flat sequence of blocks, as an official paper is (GB/T 9704-2012): headings and
list items carry their number as text, and nothing depends on a renderer's own numbering. A figure
that rests on records is a :class:`FigureRun`, which names its :class:`Evidence` by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text on one line; no markup in it means anything."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Inline runs that stand out."""

    runs: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Inline runs with a slight stress."""

    runs: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class FigureRun:
    """A figure, or a phrase that rests on records, as it is printed."""

    key: str
    """The key of an entry of :attr:`Document.evidence`."""
    text: str


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A new line inside a block; inside a title, the place at which it is best broken."""


PAPER, FORM = "paper", "form"
"""What :attr:`Document.layout` may be: an official paper by GB/T 9704-2012, or a form."""

Inline: TypeAlias = Text | Strong | Emphasis | FigureRun | LineBreak
Runs: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """The document's title."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of one of the four levels of GB/T 9704-2012."""

    level: int
    """1 to 4."""
    number: str
    """As printed: ``一、``, ``（一）``, ``1.`` or ``（1）``."""
    runs: Runs


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the body."""

    runs: Runs
    role: str = "body"
    """``body``, ``addressee`` (no indent), ``notice`` (set apart: a remark on the document) or ``line``
    (above or below a form: small, no indent)."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list; its number is text."""

    depth: int
    """From 1."""
    number: str
    """As printed: ``1.``, ``（1）``, ``①``, or ``·`` in a list without numbers."""
    runs: Runs


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has as many cells as the header."""

    header: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    align: tuple[str, ...]
    """A column each: ``left``, ``center`` or ``right``."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a :class:`Grid`."""

    lines: tuple[Runs, ...] = ()
    """A paragraph each; none in a cell to be filled in by hand."""
    foot: tuple[Runs, ...] = ()
    """Lines below, at the cell's right: who signs, and when."""
    across: int = 1
    """Columns that it spans."""
    down: int = 1
    """Rows that it spans; the rows below leave these columns out."""
    align: str = "left"
    """``left``, ``center`` or ``right``."""
    label: bool = False
    """Whether it names what stands beside or below it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled form, as offices have them on paper: cells that span columns and rows."""

    widths: tuple[int, ...]
    """Of the columns, as shares of the whole."""
    rows: tuple[tuple[Cell, ...], ...]
    """Each row's cells, from left to right, without what a cell of an earlier row covers."""
    heights: tuple[int, ...]
    """The least height of each row in millimetres; 0 where the text decides."""
    head: int = 0
    """Rows at the top that are repeated on each page."""

    def places(self) -> list[list[Place]]:
        """Every place of each row, those that a cell of an earlier row covers included.

        Raises:
            ValueError: the cells of some row do not fill it, or a cell reaches below the last row.
        """
        below: dict[int, tuple[Cell, int]] = {}
        found: list[list[Place]] = []
        for cells in self.rows:
            waiting = iter(cells)
            row: list[Place] = []
            at = 0
            while at < len(self.widths):
                cell, left = below.pop(at, (None, 0))
                first = cell is None
                cell = cell or next(waiting, None)
                if cell is None or cell.across < 1 or cell.down < 1:
                    raise ValueError("a row of the grid is not filled")
                left = left or cell.down
                if left > 1:
                    below[at] = cell, left - 1
                row.append(Place(cell, at, first))
                at += cell.across
            if at > len(self.widths) or next(waiting, None) is not None:
                raise ValueError("a row of the grid is too long")
            found.append(row)
        if below:
            raise ValueError("a cell reaches below the grid")
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell of a :class:`Grid` stands in one of its rows."""

    cell: Cell
    column: int
    """From 0."""
    first: bool
    """Whether this is the cell's first row; below it the cell goes on."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers to be seen beside each other; the table with the same numbers stands before it, so a
    renderer that draws nothing loses nothing."""

    title: str
    series: tuple[str, ...]
    """What is compared: the name of each series."""
    rows: tuple[Bars, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """One row of a chart: a bar for each series, which have a scale of their own."""

    label: str
    unit: str
    values: tuple[int, ...]
    """Not negative."""

    @property
    def shares(self) -> tuple[int, ...]:
        """Each value in thousandths of the row's greatest; whole numbers, the same everywhere."""
        most = max(self.values, default=0)
        return tuple(value * 1_000 // most if most else 0 for value in self.values)


@dataclass(frozen=True, slots=True)
class AttachmentNote:
    """The list of attachments below the body."""

    names: tuple[str, ...]
    """Without numbers and without punctuation at their ends."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, and the date of the document."""

    signatory: str
    date: str
    """As printed: ``2021年4月16日``; empty where the paper is not dated."""


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block: TypeAlias = (
    Title
    | Heading
    | Paragraph
    | ListItem
    | Table
    | Grid
    | Chart
    | AttachmentNote
    | Signature
    | PageBreak
)


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A record that a figure rests on."""

    id: str
    kind: str
    """The kind's Chinese title."""
    name: str
    date: str = ""
    """ISO; empty for registers."""
    path: str = ""
    """Relative to the repository root, with ``/``."""
    commit: str = ""
    """Hex id of the last commit that changed the record; empty where it is not committed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a figure means and what it rests on."""

    key: str
    """Unique within a document."""
    title: str
    definition: str
    """One Chinese sentence: how the figure is made."""
    value: int | str
    unit: str
    records: tuple[EvidenceRecord, ...] = ()

    @property
    def text(self) -> str:
        """The value with its unit: ``44人``."""
        return f"{self.value}{self.unit}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document asserts, or was meant to assert, and whether the records bear it out."""

    id: str
    title: str
    definition: str
    """One Chinese sentence: when it holds."""
    state: str
    """``supported``, ``pending``, ``unsupported`` or ``idle``."""
    state_title: str
    text: str
    """What is printed of it; empty where nothing is."""
    problems: tuple[str, ...]
    """What does not hold, a sentence each."""
    asked: tuple[Evidence, ...]
    """The figures, duties and other claims that it was judged by."""
    records: tuple[EvidenceRecord, ...]


@dataclass(frozen=True, slots=True)
class Meta:
    """What a document says of itself; nothing here depends on when or where it is rendered."""

    organisation: str = ""
    """Who issues it; the author in a file's properties."""
    date: date | None = None
    """The date of the document; files carry it as the time of their making."""
    language: str = "zh-CN"
    subject: str = ""
    commit: str = ""
    """Hex id of the commit that the figures were computed from."""
    keywords: tuple[str, ...] = ()
    templates: tuple[Path, ...] = ()
    """Folders in which the office may keep what changes its papers' look; the first wins."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document."""

    title: str
    """The title on one line, without markup."""
    blocks: tuple[Block, ...]
    evidence: tuple[Evidence, ...] = ()
    """In the order in which the text first uses it; every figure run's key is here, once."""
    meta: Meta = field(default_factory=Meta)
    claims: tuple[Claim, ...] = ()
    """Every claim that the document's template asked for, in that order."""
    layout: str = PAPER
    """:data:`PAPER`, or :data:`FORM` for a page with narrower margins, on which a form fits."""

    def number_of(self, key: str) -> int:
        """The place of an evidence entry, from 1.

        Raises:
            KeyError: the document holds no such evidence.
        """
        for number, evidence in enumerate(self.evidence, 1):
            if evidence.key == key:
                return number
        raise KeyError(key)


def plain(runs: Iterable[Inline]) -> str:
    """The text of inline runs, without markup and without line breaks."""
    parts: list[str] = []
    for run in runs:
        match run:
            case Text(text) | FigureRun(_, text):
                parts.append(text)
            case Strong(inner) | Emphasis(inner):
                parts.append(plain(inner))
            case LineBreak():
                pass
    return "".join(parts)


def figures(runs: Iterable[Inline]) -> Iterator[FigureRun]:
    """The figure runs among inline runs, in order."""
    for run in runs:
        if isinstance(run, FigureRun):
            yield run
        elif isinstance(run, Strong | Emphasis):
            yield from figures(run.runs)


def runs_of(block: Block) -> Iterator[Runs]:
    """Every sequence of inline runs in a block."""
    if isinstance(block, Title | Heading | Paragraph | ListItem):
        yield block.runs
    elif isinstance(block, Table):
        yield from block.header
        for row in block.rows:
            yield from row
    elif isinstance(block, Grid):
        for cells in block.rows:
            for cell in cells:
                yield from cell.lines
                yield from cell.foot
