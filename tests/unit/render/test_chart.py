"""Charts: a table to be seen, the same numbers in every format, and nothing that a page would run."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from jzy.model.document import Chart, Document, Table, figures, runs_of
from jzy.model.errors import JzyError
from jzy.render.chart import MOST_ROWS, svg
from jzy.render.markdown import write
from jzy.render.trace import Figure

from .conftest import NAUGHTY, Make

HEAD = "::: chart 两期 <对比>\n\n| 数据 | 单位 | 本期 | 上期 | 增减 |\n| --- | --- | --: | --: | --- |\n"


def chart_of(document: Document) -> Chart:
    (found,) = (block for block in document.blocks if isinstance(block, Chart))
    return found


def test_the_numbers_of_a_table_are_drawn_and_still_traced(make: Make, events: Figure) -> None:
    document = make(
        HEAD + "| {{ naughty }} | 场 | {{ events }} | 3 | 增加9 |\n\n:::\n",
        events=events,
        naughty=NAUGHTY.replace("|", ""),
    )
    table = next(block for block in document.blocks if isinstance(block, Table))
    assert [run.key for runs in runs_of(table) for run in figures(runs)] == ["indicator-events"]
    chart = chart_of(document)
    assert (chart.title, chart.series) == ("两期 <对比>", ("本期", "上期"))
    (row,) = chart.rows
    assert (row.unit, row.values, row.shares) == ("场", (12, 3), (1000, 250))
    assert "| 场 | 12 | 3 |" in write(document)


def test_the_picture_is_well_formed_and_tells_the_same_in_words(make: Make) -> None:
    chart = chart_of(make(HEAD + "| 甲&乙 | 场 | 12 | 0 | 增加 |\n\n:::\n"))
    root = ElementTree.fromstring(svg(chart))  # noqa: S314 - made here
    texts = ["".join(each.itertext()) for each in root.iter()]
    assert "两期 <对比>" in texts
    assert "甲&乙：本期12场，上期0场。" in texts
    bars = [each for each in root.iter() if each.tag.endswith("rect")]
    assert [bar.get("width") for bar in bars[2:]] == ["340"]  # nothing is drawn for nothing
    assert svg(chart) == svg(chart)


def test_a_long_table_is_drawn_in_parts(make: Make) -> None:
    rows = "".join(f"| 甲{n} | 次 | {n} | 1 | 同 |\n" for n in range(MOST_ROWS + 1))
    charts = [block for block in make(HEAD + rows + "\n:::\n").blocks if isinstance(block, Chart)]
    assert [len(chart.rows) for chart in charts] == [MOST_ROWS, 1]
    assert charts[1].title.endswith("（续）")


@pytest.mark.parametrize("row", ["| 甲 | 次 | 一 | 二 | 三 |", "| 甲 | 次 | 1 | 2 | 3 |"])
def test_a_table_that_cannot_be_drawn_is_refused(make: Make, row: str) -> None:
    with pytest.raises(JzyError, match="图的表格"):
        make(HEAD + row + "\n\n:::\n")
