"""A document as Word, in the format of GB/T 9704-2012.

python-docx keeps the package; paragraphs and tables are written as XML text, since its own tables
take quadratic time. Bytes are the same for the same document: no random ids, no clock, and
the zip is stored uncompressed with fixed times, because compressed bytes differ between the zlib
versions of two machines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape as _xml
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml

from jzy.model.document import (
    FORM,
    PAPER,
    AttachmentNote,
    Block,
    Chart,
    Document,
    Emphasis,
    FigureRun,
    Grid,
    Heading,
    Inline,
    LineBreak,
    ListItem,
    Meta,
    PageBreak,
    Paragraph,
    Runs,
    Signature,
    Strong,
    Table,
    Text,
    Title,
    plain,
)
from jzy.render import docx_base as base
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
from jzy.render.docx_chart import chart_xml
from jzy.render.docx_grid import grid_xml
from jzy.render.docx_own import Own, own_base
from jzy.render.escape import one_line
from jzy.render.placing import column_shares, signature_places, title_lines, width

_KEPT = {RELATIONSHIP_TYPE.STYLES, RELATIONSHIP_TYPE.SETTINGS, RELATIONSHIP_TYPE.FOOTER}
_ROLES = {"addressee": "JzyAddressee", "line": "JzyFormLine"}
_FORM_ROLES = {**_ROLES, "notice": "JzyFormNotice"}
_AFTER_FORM_TITLE = f'<w:spacing w:after="160" w:line="{base.TITLE_LINE}" w:lineRule="exact"/>'
_NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)


def write(document: Document) -> bytes:
    """The document as the bytes of a .docx file."""
    word = docx.Document()
    _rebase(word, document.layout, own_base(document.meta.templates, base.styles_xml()))
    body = word.element.body
    for old in [child for child in body if child is not body.sectPr]:
        body.remove(old)
    _properties(word, document.title, document.meta)
    stream = BytesIO()
    word.save(stream)
    return _fixed(stream.getvalue(), "".join(_Body(document).xml()).encode())


def _rebase(word: Any, layout: str, own: Own | None) -> None:
    """Put jzy's own styles, settings and page in place of those of python-docx's template.

    An office's base document may bring styles, and the page of a paper.
    """
    section = word.sections[0]
    for side, footer in (("right", section.footer), ("left", section.even_page_footer)):
        footer.is_linked_to_previous = False
        root = footer._element
        for child in list(root):
            root.remove(child)
        root.append(parse_xml(base.page_number_xml(side)))
    styles = own.styles if own else list(parse_xml(base.styles_xml()))
    for element, children in (
        (word.styles.element, styles),
        (word.settings.element, list(parse_xml(base.settings_xml()))),
    ):
        for child in list(element):
            element.remove(child)
        element.extend(children)
    properties = word.element.body.sectPr
    for child in list(properties):
        if not child.tag.endswith("footerReference"):
            properties.remove(child)
    page = own.page if own and layout == PAPER else {}
    for child in list(parse_xml(base.section_xml(base.PAGES[layout]))):
        properties.append(page.get(child.tag.rpartition("}")[2], child))
    # Theme, thumbnail, list of fonts and the like tell of the template's author, and set fonts.
    for part, kept in (
        (word.part, _KEPT),
        (word.part.package, {RELATIONSHIP_TYPE.OFFICE_DOCUMENT, RELATIONSHIP_TYPE.CORE_PROPERTIES}),
    ):
        for key in [key for key, rel in part.rels.items() if rel.reltype not in kept]:
            del part.rels[key]


def _properties(word: Any, title: str, meta: Meta) -> None:
    core = word.core_properties
    moment = datetime.combine(meta.date, time(), UTC) if meta.date else _NO_DATE
    moment = moment.replace(tzinfo=None)
    core.title, core.subject = one_line(title)[:255], one_line(meta.subject)[:255]
    core.author = core.last_modified_by = one_line(meta.organisation)[:255]
    core.created = core.modified = moment
    core.keywords = one_line("；".join(meta.keywords))[:255]
    core.language, core.comments, core.category, core.revision = meta.language, "", "", 1


def _fixed(content: bytes, body: bytes) -> bytes:
    """The zip with the body's XML, with fixed times and attributes, uncompressed, names in order.

    The body is put in as text: lxml takes seconds to move some thousand rows into another tree.
    """
    stream = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(stream, "w", ZIP_STORED) as new:
        # Readers look for the list of types first.
        for name in sorted(old.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 0, 0
            part = old.read(name)
            if name == "word/document.xml":
                part = part.replace(b"<w:body>", b"<w:body>" + body, 1)
            new.writestr(entry, part)
    return stream.getvalue()


def _text(text: str) -> str:
    return _xml(one_line(text), {'"': "&quot;"})


def _run(text: str, properties: str = "") -> str:
    props = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{props}<w:t xml:space="preserve">{_text(text)}</w:t></w:r>'


def _paragraph(style: str, content: str, properties: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{content}</w:p>'


def _after(lines: int, height: int) -> str:
    """Space that fills some exact lines up to whole lines of the grid, with a line's gap."""
    used = lines * height
    whole = math.ceil((used + base.LINE // 2) / base.LINE) * base.LINE
    return f'<w:spacing w:after="{whole - used}" w:line="{height}" w:lineRule="exact"/>'


def _indent(characters: float, side: str = "left") -> str:
    twips = round(characters * base.CHARACTER)
    return f'w:{side}Chars="{round(characters * 100)}" w:{side}="{twips}"'


class _Body:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._numbers = {each.key: n for n, each in enumerate(document.evidence, 1)}
        self._roles = _FORM_ROLES if document.layout == FORM else _ROLES

    def xml(self) -> Iterator[str]:
        """Every paragraph and table."""
        blocks = self._document.blocks
        for at, block in enumerate(blocks):
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            if isinstance(block, Grid) and at and not _is_line(blocks[at - 1]):
                yield _paragraph("JzyFormGap", "")
            # A page must not begin with a signature alone.
            keep = "<w:keepNext/>" if isinstance(following, Signature | AttachmentNote) else ""
            yield from self._block(block, keep)
        if self._document.evidence:
            yield from self._appendix()

    def _block(self, block: Block, keep: str) -> Iterator[str]:
        match block:
            case Title(runs):
                parts = [self._runs(line) for line in title_lines(runs)]
                form = self._document.layout == FORM
                after = _AFTER_FORM_TITLE if form else _after(len(parts), base.TITLE_LINE)
                yield _paragraph("Title", "<w:r><w:br/></w:r>".join(parts), after)
            case Heading(level, number, runs):
                yield _paragraph(f"Heading{level}", _run(number) + self._runs(runs))
            case Paragraph(runs, "notice") if self._document.layout != FORM:
                lines = math.ceil(width(plain(runs)) / base.NOTICE_ROOM)
                after = _after(lines, base.NOTICE_LINE)
                yield _paragraph("JzyNotice", self._runs(runs), after)
            case Paragraph(runs, role):
                style = self._roles.get(role, "BodyText")
                yield _paragraph(style, self._runs(runs), keep)
            case ListItem(_, number, runs):
                yield _paragraph("BodyText", _run(number) + self._runs(runs), keep)
            case Table(header, rows, align):
                widths = _widths([header, *rows])
                cells = [[self._runs(cell) for cell in row] for row in rows]
                yield _table([self._runs(cell) for cell in header], cells, widths, align)
            case Grid():
                yield grid_xml(block, base.PAGES[self._document.layout].width, self._runs)
            case Chart():
                yield chart_xml(block)
            case AttachmentNote(names):
                yield from _attachments(names, keep)
            case Signature(signatory, day):
                yield from _signature(signatory, day)
            case PageBreak():
                yield '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'

    def _runs(self, runs: Sequence[Inline], properties: str = "") -> str:
        parts: list[str] = []
        for run in runs:
            match run:
                case Text(text):
                    parts.append(_run(text, properties))
                case FigureRun(key, text):
                    # On screen a figure leads to its row of the appendix; on paper it is plain.
                    parts.append(
                        f'<w:hyperlink w:anchor="jzy_e{self._numbers[key]}" w:history="1">'
                        f"{_run(text, properties)}</w:hyperlink>"
                    )
                case Strong(inner):
                    parts.append(self._runs(inner, properties + "<w:b/>"))
                case Emphasis(inner):
                    parts.append(self._runs(inner, base.fonts(base.KAI) + properties))
                case LineBreak():
                    parts.append("<w:r><w:br/></w:r>")
        return "".join(parts)

    def _appendix(self) -> Iterator[str]:
        found = appendix(self._document)
        yield _paragraph("JzyAppendixMark", _run("附件"))
        # The standard puts an attachment's title on the third line.
        yield _paragraph("Normal", "")
        yield _paragraph("JzyAppendixTitle", _run(TITLE), _after(1, base.TITLE_LINE))
        yield _paragraph("JzyCaption", _run(f"表 1　{FIGURES_TITLE}"))
        rows = [[_run(cell) for cell in row] for row in found.figures]
        for number, row in enumerate(rows, 1):
            row[0] = (
                f'<w:bookmarkStart w:id="{number}" w:name="jzy_e{number}"/>{row[0]}'
                f'<w:bookmarkEnd w:id="{number}"/>'
            )
        align = ["center", "left", "center", "left", "left"]
        yield _table([_run(each) for each in FIGURE_COLUMNS], rows, FIGURE_WIDTHS, align)
        if found.materials:
            yield _paragraph("Normal", "")
            yield _paragraph("JzyCaption", _run(f"表 2　{MATERIALS_TITLE}"))
            rows = [[_run(cell) for cell in row] for row in found.materials]
            align = ["center", "left", "left", "left", "left", "left"]
            yield _table([_run(each) for each in MATERIAL_COLUMNS], rows, MATERIAL_WIDTHS, align)
            yield _paragraph("Normal", "")


def _is_line(block: Block) -> bool:
    """Whether a form's grid stands close below a block."""
    return isinstance(block, Grid) or (isinstance(block, Paragraph) and block.role == "line")


def _attachments(names: Sequence[str], keep: str) -> Iterator[str]:
    """Two characters in, one line below the body; names that wrap stay under their beginning."""
    several = len(names) > 1
    left = 6.0 if several else 5.0
    for number, name in enumerate(names, 1):
        label = ("附件：" if number == 1 else "") + (f"{number}." if several else "")
        before = f'<w:spacing w:beforeLines="100" w:before="{base.LINE}"/>' if number == 1 else ""
        indent = f"<w:ind {_indent(left)} {_indent(width(label), 'hanging')}/>"
        yield _paragraph("JzyAttachment", _run(label + name), keep + before + indent)


def _signature(signatory: str, day: str) -> Iterator[str]:
    begins, dated = signature_places(signatory, day)
    before = f'<w:spacing w:beforeLines="100" w:before="{base.LINE}"/>'
    keep = "<w:keepNext/>" if day else '<w:keepNext w:val="0"/>'
    place = f"<w:ind {_indent(begins)}/>"
    yield _paragraph("JzySignature", _run(signatory), keep + before + place)
    if day:
        yield _paragraph("JzyDate", _run(day), f"<w:ind {_indent(dated)}/>")


def _widths(rows: Sequence[Sequence[Runs]]) -> list[int]:
    """Column widths that fill the block, by the longest text of each."""
    wanted = column_shares(rows)
    widths = [int(base.BLOCK_WIDTH * each / sum(wanted)) for each in wanted]
    widths[-1] += base.BLOCK_WIDTH - sum(widths)
    return widths


def _table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    align: Sequence[str],
) -> str:
    """A table whose header is repeated on each page; cells are runs as XML."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    places = [f'<w:jc w:val="{each}"/>' if each != "left" else "" for each in align]
    head = "".join(
        _cell(width, _paragraph("JzyTableHead", cell))
        for width, cell in zip(widths, header, strict=True)
    )
    body = "".join(
        "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        + "".join(
            _cell(width, _paragraph("JzyTableText", cell, place))
            for width, cell, place in zip(widths, row, places, strict=True)
        )
        + "</w:tr>"
        for row in rows
    )
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{body}</w:tbl>"
    )


def _cell(width: int, content: str) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"{content}</w:tc>"
    )
