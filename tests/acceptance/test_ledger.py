"""Ledgers hold what the records hold, as values that a spreadsheet can reckon with."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl

from tests.acceptance.conftest import Repo


def write(repo: Repo, *args: str) -> Path:
    ran = repo.run("ledger", *args, "-o", "out/l.xlsx", "--on", "2021-04-16")
    assert ran.code == 0, ran.err
    return repo.root / "out/l.xlsx"


def test_a_sheet_a_kind_with_typed_values(demo: Repo) -> None:
    book = openpyxl.load_workbook(write(demo, "event", "meeting"))
    assert book.sheetnames == ["活动", "会议"]
    page = book["活动"]
    assert page["A1"].value == "晋职院活动台账"
    assert page["A2"].value == "填报单位：党委宣传部    填报日期：2021年4月16日"
    titles = [cell.value for cell in page[3]]
    assert titles[:2] == ["序号", "编号"]
    assert titles[-2:] == ["审批状态", "批准日期"]
    first = dict(zip(titles, [cell.value for cell in page[4]], strict=True))
    assert isinstance(first["开始时间"], datetime.datetime)
    assert (first["序号"], first["审批状态"]) == (1, "已批准")
    assert isinstance(first["批准日期"], datetime.datetime)
    assert (page.freeze_panes, page.page_setup.orientation) == ("A4", "landscape")
    assert page.auto_filter.ref.startswith("A3:")


def test_every_kind_that_has_records_and_the_same_bytes(demo: Repo) -> None:
    first = write(demo).read_bytes()
    assert write(demo).read_bytes() == first
    names = openpyxl.load_workbook(demo.root / "out/l.xlsx").sheetnames
    assert {"活动", "会议", "培训"} <= set(names)
    assert "人员" not in names


def test_what_cannot_be_written_is_refused(demo: Repo) -> None:
    for args, code in (
        (("event", "-o", "out/l.csv"), 2),
        (("nothing", "-o", "out/l.xlsx"), 3),
        (("incident", "-o", "out/l.xlsx", "--on", "昨天"), 2),
    ):
        ran = demo.run("ledger", *args)
        assert (ran.code, "Traceback" in ran.err) == (code, False), ran.err
