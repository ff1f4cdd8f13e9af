"""A document as PDF, in the format of GB/T 9704-2012, set by Typst.

The layout is :file:`paper.typ`, which is always the same; what the paper says goes to it as JSON
and is only ever text. The compiler sees an empty folder of its own and no packages. The same
document and the same fonts give the same bytes: the file's only date is the document's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias

import typst

from jzy.model.document import (
    FORM,
    AttachmentNote,
    Block,
    Cell,
    Chart,
    Document,
    Grid,
    Heading,
    ListItem,
    PageBreak,
    Paragraph,
    Runs,
    Signature,
    Table,
    Text,
    Title,
    plain,
)
from jzy.model.errors import JzyError
from jzy.render import chart
from jzy.render.appendix import (
    FIGURE_COLUMNS,
    FIGURE_WIDTHS,
    FIGURES_TITLE,
    MATERIAL_COLUMNS,
    MATERIAL_WIDTHS,
    MATERIALS_TITLE,
    TITLE,
    appendix,
)
from jzy.render.escape import one_line
from jzy.render.fonts import LATIN, LATIN_LETTERS, SECTIONS, Fonts
from jzy.render.placing import column_shares, title_lines
from jzy.render.unbroken import Piece, groups, pieces

Data: TypeAlias = dict[str, Any]
_HEADINGS = ("hei", "kai", "fangsong", "fangsong")
_LONG, _LINES = 300, 12
"""Characters and lines of a cell from which its row need not stay on one page."""
_UNBROKEN = re.compile(r"[0-9A-Za-z]{14,}")
"""Letters that may be wider than their column."""
_SOME = re.compile(".{1,5}")
"""Between so many a line may end; a place for it after each letter takes a third of the whole time."""
_BREAK = "\t"
"""A place where a line may end; no text holds one."""
_STANDARD: Literal["a-2b"] = "a-2b"
"""PDF/A: everything that is needed to show the file in thirty years is in it."""
_NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)


def write(document: Document) -> bytes:
    """The document as the bytes of a PDF file.

    Raises:
        WrongEnvironment: there are no Chinese fonts.
        JzyError: no font holds a character, or the office's list of fonts cannot be used.
    """
    fonts = Fonts.of(document.meta.templates)
    body = _Body(document)
    blocks = list(body.blocks())
    body.print("song", "— 0123456789")
    families = fonts.families(body.said)
    meta = document.meta
    # What the paper does not use still has to have a name.
    named = {section: families.get(section, families["song"]) for section in SECTIONS}
    paper = {
        "title": one_line(document.title),
        "author": one_line(meta.organisation),
        "subject": one_line(meta.subject),
        "keywords": [one_line(each) for each in meta.keywords],
        "date": [meta.date.year, meta.date.month, meta.date.day] if meta.date else None,
        "fonts": {**named, LATIN: families[LATIN]},
        "latin": LATIN_LETTERS,
        "form": document.layout == FORM,
        "bold": fonts.has_bold("fangsong"),
        "blocks": blocks,
    }
    # The families of pictures are known only now.
    family = ", ".join(f"'{each}'" for each in named["hei"])
    for block, drawn in body.charts:
        block["svg"] = chart.svg(drawn, family)
    return _compiled(json.dumps(paper, ensure_ascii=False), fonts, meta.date)


def _compiled(paper: str, fonts: Fonts, day: date | None) -> bytes:
    with TemporaryDirectory(prefix="jzy-") as folder:
        try:
            return typst.compile(
                _layout(),
                root=folder,
                package_path=folder,
                package_cache_path=folder,
                font_paths=fonts.loaded,
                sys_inputs={"paper": paper},
                format="pdf",
                # An archive's file is dated; one that is not, such as a blank form, is no such file.
                pdf_standards=_STANDARD if day else [],
                timestamp=datetime.combine(day, time(), UTC) if day else _NO_DATE,
            )
        except typst.TypstError as error:
            raise JzyError(
                f"不能排成 PDF：{error.message}", "可以先写成 Word 文档，并告知 jzy 的维护者"
            ) from error


@cache
def _layout() -> bytes:
    return Path(__file__).with_name("paper.typ").read_bytes()


def _titles(grid: Grid) -> list[bool]:
    """Of each row, whether it names what stands below it, and so must not end a page."""
    return [
        number + 1 < len(grid.rows)
        and all(place.cell.label and place.cell.down == 1 for place in row)
        for number, row in enumerate(grid.places())
    ]


class _Body:
    """The blocks of a document as data, and what is printed in each kind of type."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._numbers = {each.key: n for n, each in enumerate(document.evidence, 1)}
        self.said: dict[str, list[str]] = {}
        self.charts: list[tuple[Data, Chart]] = []

    def print(self, section: str, text: str) -> str:
        """Note a text that is printed in a kind of type, and clean it."""
        clean = one_line(text)
        self.said.setdefault(section, []).append(clean)
        return clean

    def blocks(self) -> Iterator[Data]:
        """Every block, for ``paper.typ``."""
        blocks = self._document.blocks
        for block, following in zip(blocks, (*blocks[1:], None), strict=True):
            # A page must not begin with a signature alone.
            kept = isinstance(following, Signature | AttachmentNote)
            yield self._block(block, kept)
        if self._document.evidence:
            yield from self._appendix()

    def _block(self, block: Block, kept: bool) -> Data:  # noqa: PLR0911 - a return a block
        match block:
            case Title(runs):
                lines = [self._runs("title", line) for line in title_lines(runs)]
                return {"block": "title", "lines": lines}
            case Heading(level, number, runs):
                said = self._runs(_HEADINGS[level - 1], (Text(number), *runs))
                return {"block": "heading", "level": level, "runs": said}
            case Paragraph(runs, "notice"):
                return {"block": "notice", "runs": self._runs("kai", runs)}
            case Paragraph(runs, "addressee" | "line" as role):
                return {"block": role, "runs": self._runs("fangsong", runs)}
            case Paragraph(runs):
                return self._paragraph(runs, kept)
            case ListItem(_, number, runs):
                return self._paragraph((Text(number), *runs), kept)
            case Table():
                return self._table(block)
            case Grid():
                return self._form(block)
            case Chart():
                return self._chart(block)
            case AttachmentNote(names):
                listed = [self.print("fangsong", name) for name in names]
                self.print("fangsong", "附件：0123456789.")
                return {"block": "attachments", "names": listed}
            case Signature(signatory, day):
                name, dated = (self.print("fangsong", each) for each in (signatory, day))
                return {"block": "signature", "name": name, "day": dated}
            case PageBreak():
                return {"block": "page"}

    def _paragraph(self, runs: Runs, kept: bool) -> Data:
        return {"block": "paragraph", "runs": self._runs("fangsong", runs), "kept": kept}

    def _table(self, table: Table) -> Data:
        return {
            "block": "table",
            "shares": column_shares([table.header, *table.rows]),
            "align": list(table.align),
            "top": [self._runs("hei", cell) for cell in table.header],
            "rows": [[self._cell(cell) for cell in row] for row in table.rows],
            "marked": False,
            "long": any(len(plain(cell)) > _LONG for row in table.rows for cell in row),
        }

    def _form(self, grid: Grid) -> Data:
        return {
            "block": "form",
            "shares": list(grid.widths),
            "heights": list(grid.heights),
            "top": grid.head,
            "rows": [[self._box(cell) for cell in row] for row in grid.rows],
            "titles": _titles(grid),
        }

    def _box(self, cell: Cell) -> Data:
        lines = (*cell.lines, *cell.foot)
        return {
            "lines": [self._runs("fangsong", line) for line in cell.lines],
            "foot": [self._runs("fangsong", line) for line in cell.foot],
            "across": cell.across,
            "down": cell.down,
            "align": "center" if cell.label and cell.align == "left" else cell.align,
            "long": len(lines) > _LINES or sum(len(plain(line)) for line in lines) > _LONG,
        }

    def _chart(self, drawn: Chart) -> Data:
        for text in (drawn.title, chart.described(drawn), *drawn.series, "…"):
            self.print("hei", text)
        said = one_line(chart.described(drawn))
        block = {"block": "chart", "title": one_line(drawn.title), "said": said, "svg": ""}
        self.charts.append((block, drawn))
        return block

    def _appendix(self) -> Iterator[Data]:
        found = appendix(self._document)
        self.print("hei", "附件")
        yield {"block": "appendix", "title": [self.print("title", TITLE)]}
        tables: list[tuple[str, Sequence[str], Sequence[Sequence[str]], Sequence[int], str]]
        tables = [(FIGURES_TITLE, FIGURE_COLUMNS, found.figures, FIGURE_WIDTHS, "clcll")]
        if found.materials:
            tables.append(
                (MATERIALS_TITLE, MATERIAL_COLUMNS, found.materials, MATERIAL_WIDTHS, "clllll")
            )
        sides = {"c": "center", "l": "left"}
        for number, (title, head, rows, shares, align) in enumerate(tables, 1):
            if number > 1:
                yield {"block": "gap"}
            yield {"block": "caption", "text": self.print("hei", f"表 {number}　{title}")}
            yield {
                "block": "table",
                "shares": list(shares),
                "align": [sides[each] for each in align],
                "top": [[self.print("hei", each)] for each in head],
                "rows": [[self._plain(each) for each in row] for row in rows],
                "marked": number == 1,
                "long": any(len(each) > _LONG for row in rows for each in row),
            }

    # --- text in a line ---------------------------------------------------------------------------

    def _runs(self, section: str, runs: Iterable[Any]) -> list[Any]:
        """Runs as ``paper.typ`` takes them: texts, pieces with a look, and what may not break."""
        said: list[Any] = []
        for whole, parts in groups(pieces(runs)):
            printed = [self._piece(section, part) for part in parts]
            said += [{"kept": printed}] if whole else printed
        return said

    def _plain(self, text: str) -> list[Any]:
        """A cell's text; what is too long for a column, as ids are, may be broken here and there."""
        clean = self.print("fangsong", text)
        if not _UNBROKEN.search(clean):
            return [clean]
        parts = _UNBROKEN.sub(lambda word: _BREAK.join(_SOME.findall(word[0])), clean).split(_BREAK)
        return [part for each in parts for part in (_BREAK, each)][1:]

    def _cell(self, runs: Runs) -> list[Any]:
        """In a narrow column every place at which a line may break is needed."""
        return [self._piece("fangsong", part) for part in pieces(runs) if part.text]

    def _piece(self, section: str, part: Piece) -> Any:
        if part.text != "\n":
            self.print("kai" if part.emphasis else section, part.text)
        if not (part.strong or part.emphasis or part.key):
            return part.text
        return [part.text, part.strong, part.emphasis, self._numbers.get(part.key, 0)]
