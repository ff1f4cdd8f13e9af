"""Ledgers as a workbook: sheets of typed values, ready to filter, and to print on A4 landscape.

Every text is written as text, whatever it begins with: a spreadsheet must never run what somebody
wrote into a record. Nothing in the file depends on when or where it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from jzy.model.display import one_line, width, wrap


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a file beside the workbook."""

    text: str
    path: str
    """Relative to the workbook, with ``/``; no names that need escaping but for blanks."""


Value = str | int | date | datetime | Link | None
"""What a cell holds; moments without a zone, as the institution's clock shows them."""

_FONT = "宋体"
_HEAD = 3
"""The row of the titles, below the heading and the line of who filled it in."""
_LIMITS = (6, 48)
"""Columns that the narrowest and the widest text takes, in digits."""
_NARROWED = 16
_PAGE = 150
"""What fits on A4 landscape in 10 point, in digits; wider sheets are printed smaller."""
_WORD = 10
"""The widest text, in digits, that is centred in its column."""
_LINE = 14.25
"""Points from line to line."""
_TALLEST = 409
"""Points; a spreadsheet allows no taller row."""
_LONGEST = 32_767
"""UTF-16 units that a cell can hold."""
_CUT = "……（全文见记录）"
_TAB = 31
_RESERVED = re.compile(r"[\[\]:*?/\\'\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x85]")
# A spreadsheet's calendar begins in 1900, with a 29 February that never was.
_FIRST_DAY = date(1900, 3, 1)
_EXACT = 10**15
"""Spreadsheets show fifteen digits of a number and make zeros of the rest."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One ledger."""

    name: str
    """On the tab."""
    heading: str
    left: str
    """Below the heading, at the left: who filled it in."""
    right: str
    """At the right: when."""
    columns: tuple[str, ...]
    """The titles, at least one."""
    rows: tuple[tuple[Value, ...], ...]
    """As long as the columns."""
    widths: tuple[float, ...] = ()
    """Of the columns, in digits; found from what stands in them if empty."""


def write(sheets: Sequence[Sheet], organisation: str, moment: datetime) -> bytes:
    """A workbook; the same sheets give the same bytes.

    What XML cannot hold is shown as ``�``; a text longer than a cell can be ends with a remark;
    dates before March 1900 and numbers of more than fifteen digits are texts.

    Args:
        sheets: at least one.
        organisation: the author in the file's properties.
        moment: that the file carries as the time of its making.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - takes long to load

    book = Workbook()
    book.remove(book.worksheets[0])
    _add_styles(book)
    names: set[str] = set()
    for sheet in sheets:
        _fill(book.create_sheet(_tab(sheet.name, names)), sheet)
    properties = book.properties
    properties.creator = properties.lastModifiedBy = _safe(one_line(organisation))[:255]
    properties.created = properties.modified = moment.astimezone(UTC).replace(tzinfo=None)
    properties.title = _safe("、".join(one_line(sheet.heading) for sheet in sheets))[:255]
    properties.language = "zh-CN"
    stream = BytesIO()
    book.save(stream)
    return _fixed(stream.getvalue(), moment)


# --- what it looks like -------------------------------------------------------------------------

_STYLES: dict[str, dict[str, Any]] = {
    "台账标题": {"size": 16, "bold": True, "horizontal": "center"},
    "台账填报": {"size": 10, "horizontal": "left"},
    "台账日期": {"size": 10, "horizontal": "right"},
    "台账栏目": {"size": 10, "bold": True, "horizontal": "center", "table": True, "fill": "E7E6E6"},
    "台账文字": {"size": 10, "horizontal": "left", "table": True},
    "台账链接": {"size": 10, "horizontal": "center", "table": True, "color": "0563C1"},
    "台账短语": {"size": 10, "horizontal": "center", "table": True},
    "台账数字": {"size": 10, "horizontal": "center", "table": True, "format": "0"},
    "台账日": {"size": 10, "horizontal": "center", "table": True, "format": "yyyy-mm-dd"},
    "台账时间": {"size": 10, "horizontal": "center", "table": True, "format": "yyyy-mm-dd hh:mm"},
}
"""Named styles, which an office can change in one place."""


def _add_styles(book: Any) -> None:
    from openpyxl.styles import (  # noqa: PLC0415 - as above
        Alignment,
        Border,
        Font,
        NamedStyle,
        PatternFill,
        Side,
    )  # fmt: skip

    # What a cell without a style shows, and what widths are counted in.
    book._named_styles["Normal"].font = Font(name=_FONT, size=10, charset=134)
    side = Side(style="thin")
    for name, look in _STYLES.items():
        style = NamedStyle(name=name)
        style.font = Font(
            name=_FONT, size=look["size"], bold=look.get("bold", False), charset=134,
            color=look.get("color"), underline="single" if "color" in look else None,
        )  # fmt: skip
        style.alignment = Alignment(
            horizontal=look["horizontal"], vertical="center", wrap_text="table" in look
        )
        style.number_format = look.get("format", "General")
        if "table" in look:
            style.border = Border(side, side, side, side)
        if "fill" in look:
            style.fill = PatternFill("solid", fgColor=look["fill"])
        book.add_named_style(style)


def _style(value: Value, short: bool) -> str:
    if isinstance(value, datetime):
        return "台账时间"
    if isinstance(value, date):
        return "台账日"
    if isinstance(value, int):
        return "台账数字"
    if isinstance(value, Link):
        return "台账链接"
    return "台账短语" if short else "台账文字"


# --- a sheet ------------------------------------------------------------------------------------


def _fill(page: Any, sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as above

    count = len(sheet.columns)
    lines = [sheet.columns, *(tuple(_held(value) for value in row) for row in sheet.rows)]
    wide = sheet.widths or _widths(lines)
    short = [_is_short(column) for column in zip(*lines, strict=True)]
    last = get_column_letter(count)
    _head(page, sheet, wide)
    for number, line in enumerate(lines, _HEAD):
        for column, value in enumerate(line, 1):
            style = "台账栏目" if number == _HEAD else _style(value, short[column - 1])
            _put(page, number, column, value, style)
        page.row_dimensions[number].height = _height(line, wide)
    for column in range(1, count + 1):
        page.column_dimensions[get_column_letter(column)].width = wide[column - 1]
    page.freeze_panes = f"A{_HEAD + 1}"
    page.auto_filter.ref = f"A{_HEAD}:{last}{_HEAD + len(sheet.rows)}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_options.horizontalCentered = True
    margins = page.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom, margins.header, margins.footer = 0.7, 0.8, 0.3, 0.4
    page.print_title_rows = f"{_HEAD}:{_HEAD}"
    page.oddFooter.center.text = "第 &P 页，共 &N 页"
    page.oddFooter.center.font, page.oddFooter.center.size = f"{_FONT},Regular", 10


def _head(page: Any, sheet: Sheet, wide: Sequence[float]) -> None:
    """The heading over all columns, and below it who filled the ledger in, and when."""
    count = len(wide)
    _put(page, 1, 1, sheet.heading, "台账标题")
    page.row_dimensions[1].height, page.row_dimensions[2].height = 30, 20
    if count > 1:
        page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=count)
    # The right part begins with the last columns that are wide enough for it.
    first = next((n for n in range(count, 1, -1) if sum(wide[n - 1 :]) > width(sheet.right) + 2), 0)
    if not first:
        _put(page, 2, 1, f"{sheet.left}    {sheet.right}", "台账填报")
        return
    _put(page, 2, 1, sheet.left, "台账填报")
    _put(page, 2, first, sheet.right, "台账日期")
    for start, end in ((1, first - 1), (first, count)):
        if end > start:
            page.merge_cells(start_row=2, end_row=2, start_column=start, end_column=end)


def _put(page: Any, row: int, column: int, value: Value, style: str) -> None:
    cell = page.cell(row, column)
    cell.style = style
    if isinstance(value, str | Link):
        cell.value = _cell_text(_words(value))
        cell.data_type = "s"  # and never the formula that its beginning may look like
        cell.quotePrefix = True
        if isinstance(value, Link):
            cell.hyperlink = value.path.replace(" ", "%20")
    elif value is not None:
        cell.value = value
        # openpyxl puts a format of its own in the place of the style's.
        if isinstance(value, date):
            cell.number_format = _STYLES[style]["format"]


def _held(value: Value) -> Value:
    """A value as a spreadsheet can hold it; those that it would change become texts."""
    if isinstance(value, str):
        return _LINE_END.sub("\n", value).strip("\n")
    if isinstance(value, Link):
        return replace(value, text=_LINE_END.sub(" ", value.text).strip())
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return value if day >= _FIRST_DAY else _shown(value)
    return value


def _cell_text(text: str) -> str:
    safe = _safe(_LINE_END.sub("\n", text))
    if _units(safe) > _LONGEST:
        kept = safe.encode("utf-16-le")[: 2 * (_LONGEST - _units(_CUT))]
        return kept.decode("utf-16-le", "ignore") + _CUT
    return safe


def _safe(text: str) -> str:
    """Text that XML can hold, and in which a spreadsheet finds no ``_x0041_`` to undo."""
    return _ESCAPE.sub("_x005F_", _UNSEEN.sub("\ufffd", text))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _words(value: str | Link) -> str:
    return value.text if isinstance(value, Link) else value


def _shown(value: Value) -> str:
    if isinstance(value, Link):
        return value.text
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "minutes")
    return "" if value is None else str(value)


# --- how wide, how high -------------------------------------------------------------------------


def _widths(lines: Sequence[Sequence[Value]]) -> list[float]:
    """The width of each column: its widest line, but so that the sheet fits on a page if it can."""
    least, most = _LIMITS
    natural = []
    for column, title in enumerate(lines[0]):
        # Beside a title stands the button of the filter.
        widest = max([_columns(str(title)) + 2, *(_widest(line[column]) for line in lines[1:])])
        natural.append(min(max(widest + 2, least), most))
    cap = most
    while cap > _NARROWED and sum(min(each, cap) for each in natural) > _PAGE:
        cap -= 2  # whole characters
    # What cannot be broken, such as an id or a date, keeps its room.
    whole = [max(_run(line[column]) for line in lines) + 2 for column in range(len(natural))]
    return [float(max(min(n, cap), min(w, n))) for n, w in zip(natural, whole, strict=True)]


def _height(line: Sequence[Value], wide: Sequence[float]) -> float:
    """Points; given, because not every spreadsheet finds out by itself how high a row must be."""
    count = max(
        sum(
            1 if _columns(part) <= room else len(wrap(part, int(room)))
            for part in value.split("\n")
        )
        if isinstance(value, str)
        else 1
        for value, room in zip(line, wide, strict=True)
    )
    return min(count * _LINE + 6, _TALLEST)


def _is_short(column: Sequence[Value]) -> bool:
    """Whether a column holds words rather than sentences, and is centred."""
    texts = [_words(value) for value in column if isinstance(value, str | Link)]
    return all(value.isascii() or _widest(value) <= _WORD for value in texts)


def _columns(text: str) -> int:
    return len(text) if text.isascii() else width(text)


def _widest(value: Value) -> int:
    return max(_columns(part) for part in _shown(value).split("\n"))


def _run(value: Value) -> int:
    """The longest run of a value that is not broken: all of a date, a word of a text."""
    if not isinstance(value, str | Link):
        return len(_shown(value))
    return max(map(len, re.findall(r"[!-~]+", _words(value))), default=2)


# --- names and bytes ----------------------------------------------------------------------------


def _tab(name: str, taken: set[str]) -> str:
    """A name that a spreadsheet takes for a tab, and that no other tab has."""
    plain = _cut(_RESERVED.sub(" ", name).strip(), _TAB).strip() or "台账"
    if plain.casefold() == "history":  # which Excel keeps for itself
        plain += "_"
    found, number = plain, 2
    while found.casefold() in taken:
        tail = f" {number}"
        found, number = _cut(plain, _TAB - len(tail)) + tail, number + 1
    taken.add(found.casefold())
    return found


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def _fixed(content: bytes, moment: datetime) -> bytes:
    """The zip with fixed times and attributes, names in order, and without the moment of saving.

    It is stored uncompressed, because compressed bytes differ between the zlib libraries.
    """
    stream = BytesIO()
    stamp = f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z".encode()
    modified = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
    with ZipFile(BytesIO(content)) as old, ZipFile(stream, "w", ZIP_STORED) as new:
        # Readers look for the list of types first.
        for name in sorted(old.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 0, 0
            part = old.read(name)
            if name == "docProps/core.xml":
                part = modified.sub(rb"\g<1>" + stamp, part)
            new.writestr(entry, part)
    return stream.getvalue()
