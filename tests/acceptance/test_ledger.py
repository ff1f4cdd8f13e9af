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


COLUMNS = {
    "活动": "序号 日期 名称 主办 主讲人 单位职务 地点 人数 审批结论 审批日期 报备日期 附件",
    "工作群": "序号 名称 平台 类别 单位 群主 管理员 人数 建群日期 状态 处置",
    "会议": "序号 日期 名称 主持 应到 实到 议题 决议",
    "培训": "序号 日期 主题 对象 应到 实到 学时 授课人",
    "责任书": "序号 单位 责任人 签订日 期限",
    "问题": "序号 问题 措施 责任人 时限 进展 销号",
}
"""What offices have in their ledgers, in this order; jzy adds more only to the right of it."""


def test_the_columns_are_those_that_offices_know(demo: Repo) -> None:
    book = openpyxl.load_workbook(write(demo))
    for name, columns in COLUMNS.items():
        titles = [cell.value for cell in book[name][3]]
        wanted = columns.split()
        assert titles[: len(wanted)] == wanted
        assert titles[-1] == "记录编号"
    for page in book:
        last = page.max_row
        assert [row[0] for row in page.iter_rows(4, values_only=True)] == list(range(1, last - 2))


def test_a_sheet_a_kind_with_typed_values(demo: Repo) -> None:
    book = openpyxl.load_workbook(write(demo, "event", "meeting"))
    assert book.sheetnames == ["活动", "会议"]
    page = book["活动"]
    assert page["A1"].value == "晋职院活动台账（示例数据）"
    assert str(sorted(page.merged_cells.ranges, key=lambda each: each.min_row)[0]) == "A1:N1"
    said = [cell.value for cell in page[2] if cell.value]
    assert said == ["填报单位：党委宣传部", "填报日期：2021年4月16日"]
    titles = [cell.value for cell in page[3]]
    first = dict(zip(titles, [cell.value for cell in page[4]], strict=True))
    assert all(isinstance(first[each], datetime.datetime) for each in ("日期", "审批日期"))
    assert (first["序号"], first["审批结论"], first["人数"]) == (1, "已批准", 92)
    assert (page.freeze_panes, page.print_title_rows) == ("A4", "$3:$3")
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.auto_filter.ref == f"A3:N{page.max_row}"


def test_a_period_takes_what_has_a_date_in_it_and_says_what_has_none(demo: Repo) -> None:
    ran = demo.run(
        "ledger", "event", "group", "-o", "l.xlsx", "--from", "2021-03-12", "--to", "2021-03-31"
    )
    assert ran.code == 0, ran.err
    assert "没有日期可依的类别未按期间筛选，全部列出：工作群" in ran.err
    book = openpyxl.load_workbook(demo.root / "l.xlsx")
    days = [row[1].date().isoformat() for row in book["活动"].iter_rows(4, values_only=True)]
    assert days == ["2021-03-25"]
    assert book["工作群"].max_row > 10
    ran = demo.run("ledger", "-o", "l.xlsx", "--from", "2021-04-01", "--to", "2021-03-31")
    assert (ran.code, "早于期初" in ran.err) == (2, True)


@pytest.mark.needs_program("soffice")
def test_what_libreoffice_reads_is_what_the_records_say(demo: Repo, tmp_path: Path) -> None:
    event = demo.root / "records/events/2020/evt-20200514-fqer.yaml"
    text = event.read_text("utf-8")
    assert "title: 数字素养公开课\n" in text
    event.write_text(text.replace("title: 数字素养公开课\n", 'title: "=1+1"\n'), "utf-8")
    path = write(demo)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/lo", "--headless"]
    into = ["--convert-to", "xlsx", "--outdir", str(tmp_path)]
    subprocess.run([*command, *into, str(path)], check=True, capture_output=True, timeout=120)
    read, ours = openpyxl.load_workbook(tmp_path / "l.xlsx"), openpyxl.load_workbook(path)
    assert read.sheetnames == ours.sheetnames
    for page in ours:
        rows = [list(row) for row in read[page.title].iter_rows(values_only=True)]
        assert rows == [list(row) for row in page.iter_rows(values_only=True)], page.title

    def column(sheet: str, title: str) -> list[object]:
        page = read[sheet]
        at = [cell.value for cell in page[3]].index(title)
        return [row[at] for row in page.iter_rows(4, values_only=True)]

    def records(kind: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(demo.run(kind, "list", "--json").out)
        return found

    events = {each["id"]: each for each in records("event")}
    ids = [str(each) for each in column("活动", "记录编号")]
    assert sorted(ids) == sorted(events)
    assert column("活动", "名称") == [events[each]["title"] for each in ids]
    assert "=1+1" in column("活动", "名称")
    moments = [
        each.isoformat() for each in column("活动", "日期") if isinstance(each, datetime.datetime)
    ]
    assert moments == [events[each]["starts"][:19] for each in ids]
    days = [
        each.date().isoformat()
        for each in column("责任书", "签订日")
        if isinstance(each, datetime.datetime)
    ]
    assert days == [each["signed_on"] for each in records("letter")]
    (census,) = records("census")
    assert (column("工作群统计筛查", "期初"), column("工作群统计筛查", "期末")) == (
        [census["opening"]],
        [census["closing"]],
    )


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
