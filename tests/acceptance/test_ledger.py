"""Ledgers hold what the records hold, as values that a spreadsheet can reckon with."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.acceptance.conftest import Repo


def write(repo: Repo, *args: str) -> Path:
    ran = repo.run("ledger", *args, "-o", "out/l.xlsx", "--on", "2021-04-16")
    assert ran.code == 0, ran.err
    return repo.root / "out/l.xlsx"


def test_a_sheet_a_kind_with_typed_values(demo: Repo) -> None:
    book = openpyxl.load_workbook(write(demo, "event", "meeting"))
    assert book.sheetnames == ["活动", "会议"]
    page = book["活动"]
    assert page["A1"].value == "晋职院活动台账（示例数据）"
    said = [cell.value for cell in page[2] if cell.value]
    assert said == ["填报单位：党委宣传部", "填报日期：2021年4月16日"]
    assert [cell.value for cell in page[3]] == [
        "序号", "编号", "日期", "名称", "主办", "主讲人", "单位职务", "地点",
        "预计人数", "实到人数", "审批结论", "审批日期", "报备日期", "附件",
    ]  # fmt: skip
    titles = [cell.value for cell in page[3]]
    first = dict(zip(titles, [cell.value for cell in page[4]], strict=True))
    assert all(isinstance(first[each], datetime.datetime) for each in ("日期", "审批日期"))
    assert (first["序号"], first["审批结论"]) == (1, "已批准")
    assert (page.freeze_panes, page.page_setup.orientation) == ("A4", "landscape")
    assert page.auto_filter.ref.startswith("A3:")


def test_a_period_takes_what_has_a_date_in_it_and_says_what_has_none(demo: Repo) -> None:
    ran = demo.run(
        "ledger", "event", "group", "-o", "l.xlsx", "--from", "2021-03-12", "--to", "2021-03-31"
    )
    assert ran.code == 0, ran.err
    assert "没有日期可依的类别未按期间筛选，全部列出：工作群" in ran.err
    book = openpyxl.load_workbook(demo.root / "l.xlsx")
    days = [row[2].date().isoformat() for row in book["活动"].iter_rows(4, values_only=True)]
    assert days == ["2021-03-25"]
    assert book["工作群"].max_row > 10
    ran = demo.run("ledger", "-o", "l.xlsx", "--from", "2021-04-01", "--to", "2021-03-31")
    assert (ran.code, "早于期初" in ran.err) == (2, True)


@pytest.mark.needs_program("soffice")
def test_what_libreoffice_reads_is_what_the_records_say(demo: Repo, tmp_path: Path) -> None:
    path = write(demo, "letter", "census")
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/lo", "--headless"]
    into = ["--convert-to", "xlsx", "--outdir", str(tmp_path)]
    subprocess.run([*command, *into, str(path)], check=True, capture_output=True, timeout=120)
    book = openpyxl.load_workbook(tmp_path / "l.xlsx")
    letters = json.loads(demo.run("letter", "list", "--json").out)
    read = [row[4].date().isoformat() for row in book["责任书"].iter_rows(4, values_only=True)]
    assert read == [letter["signed_on"] for letter in letters]
    census = json.loads(demo.run("census", "list", "--json").out)[0]
    row = next(book["工作群统计筛查"].iter_rows(4, values_only=True))
    assert row[4:6] == (census["opening"], census["closing"])


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
