"""A grid, written in each format, keeps its spans, its heights and its texts."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document as open_docx
from lxml import etree, html

from jzy.model.document import FORM, Cell, Document, Emphasis, Grid, Paragraph, Text, Title
from jzy.render.renderers import RENDERERS

from .conftest import NAUGHTY

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LONG = "围绕方法逐条说明。" * 150


def said(*lines: str, **more: object) -> Cell:
    return Cell(tuple((Text(line),) for line in lines), **more)  # type: ignore[arg-type]


def label(text: str, **more: object) -> Cell:
    return said(text, label=True, align="center", **more)


SIGNED = Cell(
    ((Text("同意。"),),),
    ((Text("示例甲　2021年3月1日"),), (Emphasis((Text("已证明"),)),)),
    across=3,
)
GRID = Grid(
    (4, 8, 4, 8),
    (
        (label("名称"), said(NAUGHTY, across=3)),
        (label("部门"), said("甲"), label("地点"), said("乙")),
        (label("主讲人", down=3), label("姓名"), label("单位", across=2)),
        (said("丙"), said("丁", across=2)),
        (said("戊"), said(across=2)),
        (label("提要"), said(LONG, "第二段", across=3)),
        (label("意见"), SIGNED),
        (label("签批"), Cell((), ((Text("签字："),),), across=3)),
    ),
    (0, 0, 0, 0, 0, 0, 25, 25),
    head=1,
)
DOCUMENT = Document(
    "表", (Title((Text("表"),)), Paragraph((Text("编号"),), "line"), GRID), layout=FORM
)


def document_xml(document: Document = DOCUMENT) -> etree._Element:
    with ZipFile(BytesIO(RENDERERS[".docx"].render(document))) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def test_word_has_the_spans_heights_and_heads() -> None:
    (table,) = document_xml().iter(W + "tbl")
    widths = [int(each.get(W + "w")) for each in table.iter(W + "gridCol")]
    assert sum(widths) == 9355  # 165 mm
    assert [round(width * 24 / 9355) for width in widths] == [4, 8, 4, 8]
    rows = list(table.iter(W + "tr"))
    for row in rows:
        spans = [
            int(span.get(W + "val")) if span is not None else 1
            for cell in row.iter(W + "tc")
            for span in [cell.find(f"{W}tcPr/{W}gridSpan")]
        ]
        assert sum(spans) == 4
    merged = [[each.get(W + "val") for each in row.iter(W + "vMerge")] for row in rows]
    assert merged == [[], [], ["restart"], [None], [None], [], [], []]
    heights = [
        (each.get(W + "hRule"), round(int(each.get(W + "val")) * 25.4 / 1440))
        for each in table.iter(W + "trHeight")
    ]
    assert heights == [("atLeast", 25), ("atLeast", 25)]
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True] + [False] * 7
    # A row that fills half a page must be free to break.
    kept = [row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows]
    assert kept == [True] * 5 + [False] + [True] * 2


def test_word_opens_it_and_signatures_stand_at_the_right() -> None:
    word = open_docx(BytesIO(RENDERERS[".docx"].render(DOCUMENT)))
    cells = [cell for row in word.tables[0].rows for cell in row.cells]
    assert NAUGHTY in {cell.text for cell in cells}
    opinion = next(cell for cell in cells if cell.text.startswith("同意。"))
    styles = [paragraph.style.style_id for paragraph in opinion.paragraphs]
    assert styles == ["JzyFormText", "JzyFormFoot", "JzyFormFoot"]


def test_the_page_of_a_form_is_wider_than_that_of_a_paper() -> None:
    paper = Document("表", DOCUMENT.blocks)
    widths = []
    for document in (DOCUMENT, paper):
        xml = document_xml(document)
        margins = next(xml.iter(W + "pgMar"))
        free = 11906 - int(margins.get(W + "left")) - int(margins.get(W + "right"))
        table = next(xml.iter(W + "tblW"))
        assert int(table.get(W + "w")) == free
        widths.append(free)
    assert widths[0] > widths[1]


def test_the_web_page_has_the_spans_and_runs_nothing() -> None:
    page = RENDERERS[".html"].render(DOCUMENT).decode()
    tree = html.fromstring(page)
    (table,) = tree.xpath("//table[contains(@class, 'form')]")
    cells = [
        [(each.tag, each.get("colspan"), each.get("rowspan")) for each in row]
        for row in table.iter("tr")
    ]
    assert cells[0] == [("th", None, None), ("td", "3", None)]
    assert cells[2] == [("th", None, "3"), ("th", None, None), ("th", "2", None)]
    assert cells[3] == [("td", None, None), ("td", "2", None)]
    assert table.xpath("string(.//tr[1]/td)") == NAUGHTY
    assert not tree.xpath("//script | //@style | //@onclick")
    style = tree.xpath("string(//style)")
    assert re.search(r"\.g1 col:nth-child\(2\) \{ width: 33\.3%; \}", style)
    assert ".form .h25 { height: 25mm; }" in style


def test_markdown_puts_labels_beside_values_and_keeps_sub_tables() -> None:
    text = RENDERERS[".md"].render(DOCUMENT).decode()
    assert "| **部门** | 甲 |\n| **地点** | 乙 |" in text
    assert "| 主讲人 | 姓名 | 单位 |\n" in text
    assert "\n|  | 丙 | 丁 |\n|  | 戊 |  |\n" in text
    assert "同意。<br>示例甲　2021年3月1日<br>*已证明*" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in rows]
    assert set(bars) == {3, 4}  # a bar in a text divides nothing


@pytest.mark.parametrize(
    "rows",
    [
        ((said("甲"),),),
        ((said("甲"), said("乙"), said("丙")),),
        ((said("甲", across=3),),),
        ((said("甲", down=2), said("乙")),),
    ],
)
def test_a_grid_that_does_not_fit_together_is_a_fault(rows: tuple[tuple[Cell, ...], ...]) -> None:
    with pytest.raises(ValueError, match="grid"):
        Grid((1, 1), rows, (0,) * len(rows)).places()
