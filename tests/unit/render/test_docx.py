"""Word documents, measured: GB/T 9704-2012 in the XML."""

from __future__ import annotations

import subprocess
import time
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from docx import Document as open_docx
from docx.oxml.ns import qn
from lxml import etree

from jzy.model.document import Document, Evidence, Text, Title
from jzy.render.parse import parse_document
from jzy.render.renderers import RENDERERS
from jzy.render.trace import Tracer

from .conftest import NAUGHTY, Make, record

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _part(content: bytes, name: str) -> etree._Element:
    with ZipFile(BytesIO(content)) as archive:
        return etree.fromstring(archive.read(name))


@pytest.fixture
def word(document: Document) -> bytes:
    return RENDERERS[".docx"].render(document)


def _value(element: etree._Element, path: str, attribute: str) -> str:
    found = element.find(path.replace("w:", W))
    assert found is not None, path
    return str(found.get(W + attribute))


def _style(word: bytes, style: str) -> etree._Element:
    styles = _part(word, "word/styles.xml")
    return next(each for each in styles.iter(W + "style") if each.get(W + "styleId") == style)


def test_page_and_grid(word: bytes) -> None:
    section = _part(word, "word/document.xml").find(f"{W}body/{W}sectPr")
    assert section is not None

    def mm(name: str, tag: str = "pgMar") -> float:
        return int(_value(section, f"w:{tag}", name)) * 25.4 / 1440

    assert mm("w", "pgSz") == pytest.approx(210, abs=0.1)
    assert mm("h", "pgSz") == pytest.approx(297, abs=0.1)
    margins = {name: mm(name) for name in ("top", "bottom", "left", "right")}
    assert margins == pytest.approx({"top": 37, "bottom": 35, "left": 28, "right": 26}, abs=0.1)
    grid = section.find(W + "docGrid")
    assert grid is not None
    assert grid.get(W + "type") == "linesAndChars"
    pitch, space = int(grid.get(W + "linePitch") or 0), int(grid.get(W + "charSpace") or 0)
    width = (
        11906 - int(_value(section, "w:pgMar", "left")) - int(_value(section, "w:pgMar", "right"))
    )
    height = (
        16838 - int(_value(section, "w:pgMar", "top")) - int(_value(section, "w:pgMar", "bottom"))
    )
    assert height // pitch == 22
    assert int(width / ((16 + space / 4096) * 20)) == 28
    # And without the grid, as LibreOffice sets it: the styles' own measures.
    normal = _style(word, "Normal")
    character = 16 * 20 + int(_value(normal, "w:rPr/w:spacing", "val"))
    assert width // character == 28
    assert _value(normal, "w:pPr/w:spacing", "line") == str(pitch)
    assert _value(normal, "w:pPr/w:spacing", "lineRule") == "exact"


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("Title", "方正小标宋简体", "44"),
        ("Heading1", "黑体", None),
        ("Heading2", "楷体_GB2312", None),
        ("Heading3", "仿宋_GB2312", None),
        ("Heading4", "仿宋_GB2312", None),
        ("Footer", "宋体", "28"),
    ],
)
def test_fonts(word: bytes, style: str, font: str, size: str | None) -> None:
    found = _style(word, style)
    assert _value(found, "w:rPr/w:rFonts", "eastAsia") == font
    if size:
        assert _value(found, "w:rPr/w:sz", "val") == size


def test_body_is_fangsong_of_size_three(word: bytes) -> None:
    defaults = _part(word, "word/styles.xml").find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
    assert defaults is not None
    assert _value(defaults, "w:rFonts", "eastAsia") == "仿宋_GB2312"
    assert _value(defaults, "w:sz", "val") == "32"
    assert _value(_style(word, "BodyText"), "w:pPr/w:ind", "firstLineChars") == "200"
    assert _value(_style(word, "Heading1"), "w:pPr/w:outlineLvl", "val") == "0"


def test_numbers_are_text_and_styles_exist(word: bytes) -> None:
    opened = open_docx(BytesIO(word))
    said = [(p.style.style_id, p.text) for p in opened.paragraphs if p.style is not None]
    assert ("Heading1", f"一、进展 {NAUGHTY}") in said
    assert ("Heading2", "（一）机制") in said
    assert ("BodyText", "1.甲") in said
    assert any(text.startswith("期间培训44人，办12场。") for _, text in said)
    used = {e.get(W + "val") for e in _part(word, "word/document.xml").iter(W + "pStyle")}
    declared = {e.get(W + "styleId") for e in _part(word, "word/styles.xml").iter(W + "style")}
    assert used <= declared


def test_page_numbers_right_on_odd_left_on_even(word: bytes) -> None:
    assert _part(word, "word/settings.xml").find(W + "evenAndOddHeaders") is not None
    section = open_docx(BytesIO(word)).sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        root = footer._element
        assert _value(root, "w:p/w:pPr/w:jc", "val") == side
        assert _value(root, "w:p/w:pPr/w:ind", f"{side}Chars") == "100"
        texts = [each.text for each in root.iter(qn("w:t"), qn("w:instrText"))]
        assert texts == ["— ", " PAGE ", "1", " —"]
        kinds = [each.get(qn("w:fldCharType")) for each in root.iter(qn("w:fldChar"))]
        assert kinds == ["begin", "separate", "end"]


@pytest.mark.parametrize(
    ("signatory", "day", "begins", "dated"),
    [
        ("中共示例学院委员会示例", "2021年4月16日", 1500, 1700),
        ("某某", "2021年4月16日", 1750, 1950),
        ("某某某某", "2021年12月16日", 1700, 1900),
    ],
)
def test_signature_and_date(make: Make, signatory: str, day: str, begins: int, dated: int) -> None:
    document = make(f"结尾。\n\n::: signature\n{signatory}\n\n{day}\n:::")
    body = _part(RENDERERS[".docx"].render(document), "word/document.xml")
    last, signed, date = list(body.iter(W + "p"))[-3:]
    assert (
        _value(signed, "w:pPr/w:ind", "leftChars"),
        _value(date, "w:pPr/w:ind", "leftChars"),
    ) == (
        str(begins),
        str(dated),
    )
    assert last.find(f"{W}pPr/{W}keepNext") is not None
    assert signed.find(f"{W}pPr/{W}keepNext") is not None


def test_properties_and_no_trace_of_another_author(word: bytes) -> None:
    core = open_docx(BytesIO(word)).core_properties
    assert (core.title, core.author, core.last_modified_by) == ("题目", "示例学院", "示例学院")
    assert (core.created.isoformat(), core.comments) == ("2021-04-16T00:00:00+00:00", "")
    with ZipFile(BytesIO(word)) as archive:
        assert set(archive.namelist()) == {
            "[Content_Types].xml",
            "_rels/.rels",
            "docProps/core.xml",
            "word/document.xml",
            "word/_rels/document.xml.rels",
            "word/footer1.xml",
            "word/footer2.xml",
            "word/settings.xml",
            "word/styles.xml",
        }
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"python-docx" not in everything
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.compress_type == ZIP_STORED


def test_every_figure_leads_to_its_row(word: bytes) -> None:
    body = _part(word, "word/document.xml")
    anchors = {each.get(W + "anchor") for each in body.iter(W + "hyperlink")}
    assert anchors == {each.get(W + "name") for each in body.iter(W + "bookmarkStart")}
    tables = open_docx(BytesIO(word)).tables
    assert [cell.text for cell in tables[1].rows[1].cells] == [
        "1", "培训人数", "44人", "实到人数合计。", "1.1-01—02"
    ]  # fmt: skip
    assert len(tables[2].rows) == 4
    for table in body.iter(W + "tbl"):
        assert table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None


def test_a_long_title_is_broken_where_it_may_be(make: Make) -> None:
    for text, lines in (("示例学院 报告", 1), ("示例职业技术学院 阵地管理情况自查的报告全文", 2)):
        document = parse_document(f"# {text}\n", Tracer())
        body = _part(RENDERERS[".docx"].render(document), "word/document.xml")
        title = next(body.iter(W + "p"))
        assert len(list(title.iter(W + "br"))) == lines - 1
        spacing = title.find(f"{W}pPr/{W}spacing")
        assert spacing is not None
        # Title and gap together are whole lines of the grid.
        used = lines * int(spacing.get(W + "line") or 0) + int(spacing.get(W + "after") or 0)
        assert used % 579 == 0


def test_many_rows_take_little_time(make: Make) -> None:
    kept = tuple(record(number) for number in range(3000))
    document = Document("题", (Title((Text("题"),)),), (Evidence("k", "数", "义", 1, "场", kept),))
    started = time.process_time()
    assert RENDERERS[".docx"].render(document)
    assert time.process_time() - started < 5


@pytest.mark.needs_program("soffice")
def test_libreoffice_opens_it(word: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path]
    subprocess.run([*command, tmp_path / "a.docx"], check=True, capture_output=True, timeout=120)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
