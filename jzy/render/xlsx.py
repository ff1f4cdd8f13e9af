"""Ledgers as a workbook: sheets of typed values, ready to print on A4 landscape.

Every text is written as text, whatever it begins with: a spreadsheet must never run what somebody
wrote into a record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from jzy.model.display import width

Value = str | int | date | datetime | None
_RESERVED = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST, _NARROWEST = 44, 8
_HEAD_ROWS = 3
_FONT = "宋体"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One ledger."""

    name: str
    """On the tab."""
    heading: str
    caption: str
    """Below the heading: who filled it in, and when."""
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    """As long as the columns; dates and moments without a zone."""


def write(sheets: Sequence[Sheet], organisation: str, moment: datetime) -> bytes:
    """A workbook; the same sheets give the same bytes.

    Args:
        sheets: at least one.
        organisation: the author in the file's properties.
        moment: that the file carries as the time of its making.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - takes long to load

    book = Workbook()
    book.remove(book.worksheets[0])
    names: set[str] = set()
    for sheet in sheets:
        _fill(book.create_sheet(_tab(sheet.name, names)), sheet)
    properties = book.properties
    properties.creator = properties.lastModifiedBy = organisation
    properties.created = properties.modified = moment.astimezone(UTC).replace(tzinfo=None)
    stream = BytesIO()
    book.save(stream)
    return _fixed(stream.getvalue(), moment)


def _fill(page: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side  # noqa: PLC0415 - as above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    last = get_column_letter(len(sheet.columns))
    thin = Side(style="thin")
    border = Border(thin, thin, thin, thin)
    for number, (text, size) in enumerate(((sheet.heading, 16), (sheet.caption, 10)), 1):
        cell = _put(page.cell(number, 1), text)
        cell.font = Font(name=_FONT, size=size, bold=number == 1)
        cell.alignment = Alignment(horizontal="center" if number == 1 else "left")
        page.merge_cells(f"A{number}:{last}{number}")
    lines = [sheet.columns, *sheet.rows]
    for number, line in enumerate(lines, _HEAD_ROWS):
        for column, value in enumerate(line, 1):
            cell = _put(page.cell(number, column), value)
            cell.font = Font(name=_FONT, size=10, bold=number == _HEAD_ROWS)
            cell.alignment = Alignment(vertical="center", wrap_text=True)
            cell.border = border
    for column in range(1, len(sheet.columns) + 1):
        widest = max(width(_shown(line[column - 1])) for line in lines)
        page.column_dimensions[get_column_letter(column)].width = min(
            max(widest + 2, _NARROWEST), _WIDEST
        )
    page.freeze_panes = f"A{_HEAD_ROWS + 1}"
    page.auto_filter.ref = f"A{_HEAD_ROWS}:{last}{max(len(lines) + 2, _HEAD_ROWS)}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{_HEAD_ROWS}:{_HEAD_ROWS}"
    page.oddFooter.center.text = "第 &P 页，共 &N 页"


def _put(cell: Any, value: Value) -> Any:
    if isinstance(value, str):
        cell.value = _UNSEEN.sub("�", value)
        cell.data_type = "s"  # and never the formula that its beginning may look like
        cell.quotePrefix = True
    elif value is not None:
        cell.value = value
        if isinstance(value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
    return cell


def _shown(value: Value) -> str:
    if isinstance(value, datetime):
        return "0000-00-00 00:00"
    return "" if value is None else str(value)


def _tab(name: str, taken: set[str]) -> str:
    """A name that a spreadsheet takes for a tab, and that no other tab has."""
    plain = _RESERVED.sub(" ", name).strip()[:31] or "台账"
    found, number = plain, 2
    while found.casefold() in taken:
        tail = f" {number}"
        found, number = plain[: 31 - len(tail)] + tail, number + 1
    taken.add(found.casefold())
    return found


def _fixed(content: bytes, moment: datetime) -> bytes:
    """The zip with fixed times and order; openpyxl notes the moment of saving in its parts."""
    stream = BytesIO()
    stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode("ascii")
    with ZipFile(BytesIO(content)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 0, 0
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, part)
            new.writestr(entry, part)
    return stream.getvalue()
