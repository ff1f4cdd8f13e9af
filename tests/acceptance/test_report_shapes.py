"""Reports of other shapes, and other colleges' reports: templates and records, and no Python."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Repo
from .test_colleges import FAR, PAST, College, found, lecture

__all__ = ["found"]
SHAPES = {
    "rpt-20200706-7m2k": ("一、活动", "举办3场", "五、需要研究的事项"),
    "rpt-20210414-8vyn": ("举办活动11场，", "没有违规情况 | 成立", "核对上述事项没有发现问题"),
    "rpt-20210413-q4wd": ("期间发现问题2个，其中已销号1个", "已销号（2020年12月3日）", "没有逾期的整改措施"),
}  # fmt: skip


@pytest.mark.parametrize("report", SHAPES)
def test_the_same_records_make_a_briefing_a_summary_and_a_ledger(
    made_demo: Repo, tmp_path: Path, report: str
) -> None:
    ran = made_demo.run("report", report, "--strict")
    assert ran.code == 0, ran.err
    for piece in SHAPES[report]:
        assert piece in ran.out
    for suffix in (".html", ".docx"):
        path = tmp_path / f"a{suffix}"
        assert made_demo.run("report", report, "-o", str(path)).code == 0
        assert path.stat().st_size > 10_000


def test_what_is_overdue_is_told_in_the_ledger_of_measures(demo: Repo) -> None:
    path = next((demo.root / "records/measures/2020").glob("msr-20201120-y625.yaml"))
    text = re.sub("due: .*", "due: 2021-03-01", path.read_text("utf-8"))
    path.write_text(re.sub("  done_on: .*\n", "", text).replace("已完成", "进行中"), "utf-8")
    said = demo.run("report", "rpt-20210413-q4wd").out
    assert "逾期未完成的1条" in said
    assert "检查发现的问题，整改措施已逾期：更新失效的网站链接" in said


def test_a_template_that_is_not_there_is_refused_at_once(demo: Repo) -> None:
    new = ["title=简报", "date=2021-04-16", "period.from=2021-01-01", "period.until=2021-03-31"]
    given = [word for each in new for word in ("--set", each)]
    before = demo.state()
    ran = demo.run("report", "new", *given, "--set", "template=nichts.md.j2", who="person-jia")
    assert ran.code == 1
    assert "briefing.md.j2" in ran.err
    assert demo.state() == before
    ran = demo.run("report", "new", *given, who="person-jia")  # the usual one is offered
    assert ran.code == 0, ran.err
    assert "template: self-check.md.j2" in (demo.root / ran.out.strip()).read_text("utf-8")
    made = Path(ran.out.strip()).stem
    ran = demo.run("report", "edit", made, "--set", "template=nichts.md.j2", who="person-jia")
    assert ran.code == 1


def test_another_college_writes_its_report_its_own_way(
    found: Callable[[str], College],
) -> None:
    college = found("jia")
    chain = ("person-reviewer", "person-dean", "person-vice", "person-propaganda")
    early = college.new("event", **lecture("unit-jixie", **FAR))
    assert college.submit(early) == []
    college.pass_on(early, *chain)
    report = college.new(
        "report", title="年度报告", template="annual.md.j2", date="2098-12-31",
        period={"from": "2098-01-01", "until": "2098-12-31"}, basis="上级通知要求",
        narrative={"background": "本院设有两个系。"},
    )  # fmt: skip
    said = college.run("report", report, "--strict")
    assert said.code == 0, said.err
    headings = [line for line in said.out.split("## 附件")[0].splitlines() if line.startswith("##")]
    assert headings == ["## 一、基本情况", "## 二、讲座论坛", "### （一）目录", "## 三、存在的不足"]
    assert "根据上级通知要求，现将有关情况报告如下。" in said.out
    assert "统计2098年1月1日以来、截至2098年12月31日的情况" in said.out
    assert "批准讲座论坛1场，均按规定的提前量报送。" in said.out

    late = college.new("event", **lecture("unit-jixie", **PAST))
    assert college.submit(late) != []
    college.pass_on(late, *chain)
    ran = college.run("report", report, "--from", "2021-01-01", "--strict")
    assert ran.code == 1
    assert "claim-passed-in-time" in ran.err
    assert "1. 报送的提前量不足的有1场。" in ran.out
    assert "其中按规定的提前量报送的不是全部" in ran.out


# --- two periods --------------------------------------------------------------------------------

QUARTERS = ("--from", "2020-10-01", "--to", "2020-12-31", "--compare", "2021-Q1")


def test_two_periods_stand_side_by_side(made_demo: Repo) -> None:
    said = made_demo.run("report", *QUARTERS).out
    assert "| 举办活动 | 场 | 5 | 2 | 增加3 |" in said
    assert (
        "| 已落实的议定事项 | 项 | 1 | 0 | 增加1 |" in said
    )  # printed in one period's report only
    assert "| 季考 | 次 | 1 | 1 | 持平 |" in said
    assert "| 发布账号均经年审 | 成立 | 不成立 |" in said
    figures = {
        f["key"]: f for f in json.loads(made_demo.run("report", *QUARTERS, "--json").out)["figures"]
    }
    assert figures["indicator-events-held 本期"]["value"] == 5
    assert len(figures["indicator-events-held 对比期"]["records"]) == 2
    assert not any(key.startswith("indicator-groups-active") for key in figures)  # has no period


def test_the_chart_is_drawn_in_html_and_word(made_demo: Repo, tmp_path: Path) -> None:
    made: dict[str, bytes] = {}
    for suffix in (".html", ".docx"):
        for number in range(2):
            path = tmp_path / f"{number}{suffix}"
            assert made_demo.run("report", *QUARTERS, "-o", str(path)).code == 0
            assert made.setdefault(suffix, path.read_bytes()) == path.read_bytes()
    html = made[".html"].decode()
    assert 'role="img"' in html
    assert "<desc>" in html
    assert "举办活动：本期5场，2021年第一季度2场" in html
    assert "style=" not in html.partition("<main>")[2]  # the page's own policy forbids it
    word = zipfile.ZipFile(tmp_path / "0.docx").read("word/document.xml").decode()
    widths = [int(span) for span in re.findall(r'gridSpan w:val="(\d+)"/><w:shd', word)]
    assert max(widths) == 31
    assert 31 * 2 // 5 in widths  # the events of the second quarter against those of the first


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("2020", "2020年1月1日至2020年12月31日"),
        ("2019-2020", "2019年9月1日至2020年8月31日"),
        ("2020-H1", "2020年1月1日至2020年6月30日"),
        ("2020-05", "2020年5月1日至2020年5月31日"),
        ("2019-04-01..2020-03-31", "2019年4月1日至2020年3月31日"),
    ],
)
def test_a_period_is_named_as_an_office_names_it(made_demo: Repo, said: str, days: str) -> None:
    assert f"对比期为{days}" in made_demo.run("report", "--compare", said).out


@pytest.mark.parametrize(
    "said", ["2019-2021", "abc", "2020-13", "2020-02-30..2020-03-01", "9999-10000", ""]
)
def test_what_is_no_period_is_refused(made_demo: Repo, said: str) -> None:
    assert made_demo.run("report", "--compare", said).code == 2
