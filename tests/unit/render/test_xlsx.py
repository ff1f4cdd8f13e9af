"""A workbook holds what it was given, whatever that is, and nothing of where it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from jzy.render.xlsx import Sheet, Value, write

MOMENT = datetime(2021, 4, 16, 1, 30, tzinfo=UTC)
SHEET = Sheet(
    "活动",
    "示例院活动台账",
    "填报单位：宣传部",
    "填报日期：2021年4月16日",
    ("序号", "名称", "日期", "时间", "人数"),
    ((1, "公开课", date(2021, 3, 18), datetime(2021, 3, 18, 14, 30), 96), (2, None, None, None, 0)),
)


def opened(*sheets: Sheet) -> Any:
    return openpyxl.load_workbook(BytesIO(write(sheets, "示例学院", MOMENT)))


def written(value: Value) -> Any:
    """The cell that a value becomes."""
    return opened(replace(SHEET, columns=("值",), rows=((value,),))).worksheets[0]["A4"]


def test_values_keep_their_types_and_their_looks() -> None:
    page = opened(SHEET)["活动"]
    assert [cell.value for cell in page[3]] == list(SHEET.columns)
    assert [cell.value for cell in page[4]] == [
        1, "公开课", datetime(2021, 3, 18), datetime(2021, 3, 18, 14, 30), 96
    ]  # fmt: skip
    assert [cell.value for cell in page[5]] == [2, None, None, None, 0]
    assert [cell.number_format for cell in page[4]] == [
        "0", "General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0"
    ]  # fmt: skip
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.font.name for cell in cells} == {"宋体"}
    assert all(cell.border.left.style == "thin" for row in (3, 4, 5) for cell in page[row])


def test_it_is_ready_to_print_and_to_filter() -> None:
    page = opened(SHEET)["活动"]
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.print_title_rows == "$3:$3"
    assert "&P" in page.oddFooter.center.text
    assert (page.freeze_panes, page.auto_filter.ref) == ("A4", "A3:E5")
    assert page["A1"].value == SHEET.heading
    assert page["A2"].value == SHEET.left
    assert SHEET.right in [cell.value for cell in page[2]]
    assert "A1:E1" in {str(merged) for merged in page.merged_cells.ranges}


def test_a_column_is_as_wide_as_its_chinese_and_long_texts_make_a_row_high() -> None:
    row = (1, "思想政治理论课教学部", None, None, 3)
    page = opened(replace(SHEET, rows=(row, (2, "长" * 100, None, None, 3))))["活动"]
    assert 20 < page.column_dimensions["B"].width <= 48
    single, several = page.row_dimensions[4].height, page.row_dimensions[5].height
    assert several > 4 * 14 > single


def test_a_wide_sheet_is_narrowed_where_its_texts_can_be_broken() -> None:
    columns = ("编号", *(f"栏{n}" for n in range(9)))
    rows = (("evt-20210318-k3f9", *["主办单位名称很长的一个部门" * 2] * 9),)
    page = opened(replace(SHEET, columns=columns, rows=rows))["活动"]
    wide = [page.column_dimensions[letter].width for letter in "ABCDEFGHIJ"]
    assert wide[0] >= len("evt-20210318-k3f9") + 1
    assert max(wide[1:]) <= 20


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ("甲\x00\x0b\x1b[31m乙", "甲���[31m乙"),
        ("甲\ud800乙\uffff", "甲�乙�"),
        ("甲\r\n乙\u2028丙\n", "甲\n乙\n丙"),
        ("_x0041_", "_x005F_x0041_"),  # which a spreadsheet reads as _x0041_, and not as A
        (10**15, "1000000000000000"),
        (-(10**15) + 1, -(10**15) + 1),
        (date(1899, 12, 31), "1899-12-31"),
        (datetime(1, 1, 1, 8, 0), "0001-01-01 08:00"),
        (date(9999, 12, 31), datetime(9999, 12, 31)),
        ("2021-03-18", "2021-03-18"),
        ("007", "007"),
    ],
)
def test_what_a_spreadsheet_would_lose_or_change_is_kept_as_text(given: Value, held: Any) -> None:
    assert written(given).value == held


@pytest.mark.parametrize("letter", ["长", "𠮷"])
def test_a_text_longer_than_a_cell_is_cut_and_says_so(letter: str) -> None:
    text = written(letter * 40_000).value
    assert len(text.encode("utf-16-le")) // 2 <= 32_767
    assert text.startswith(letter * 16_000)
    assert text.endswith("……（全文见记录）")


def test_tabs_have_names_that_a_spreadsheet_takes() -> None:
    names = ["活动", "活动", "a/b\\c*d?e:f[g]'h", "History", " \x00 ", "很" * 40, "很" * 40,
             "𠮷" * 40, "ACCOUNT", "account"]  # fmt: skip
    found = opened(*(replace(SHEET, name=name) for name in names)).sheetnames
    assert len({name.casefold() for name in found}) == len(names)
    assert all(0 < len(name.encode("utf-16-le")) // 2 <= 31 for name in found)
    assert not [name for name in found if set(name) & set("[]:*?/\\'") or name == "History"]
    assert found[:2] == ["活动", "活动 2"]


def test_the_same_sheets_give_the_same_bytes_and_no_trace_of_a_machine(zone: str) -> None:
    content = write([SHEET], "示例学院", MOMENT)
    assert content == write([SHEET], "示例学院", MOMENT.astimezone(tz=None))
    with ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = openpyxl.load_workbook(BytesIO(content)).properties
    assert (properties.creator, properties.lastModifiedBy) == ("示例学院", "示例学院")
    assert properties.created == properties.modified == datetime(2021, 4, 16, 1, 30)


def test_an_empty_ledger_is_a_ledger() -> None:
    page = opened(replace(SHEET, rows=()))["活动"]
    assert (page.max_row, page.auto_filter.ref) == (3, "A3:E3")
