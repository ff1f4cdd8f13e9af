"""PDF, measured: GB/T 9704-2012 on paper, and what happens to characters and fonts."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pdfplumber
import pytest

from jzy.model.document import (
    FORM,
    Bars,
    Cell,
    Chart,
    Document,
    Grid,
    Meta,
    Paragraph,
    Signature,
    Strong,
    Table,
    Text,
    Title,
)
from jzy.model.errors import JzyError, WrongEnvironment
from jzy.render.fonts import Fonts
from jzy.render.renderers import RENDERERS
from jzy.render.unbroken import groups, pieces
from tests.measuring import BOTTOM, LEFT, MM, PITCH, RIGHT, SIZE_3, TOP, pages

from .conftest import NAUGHTY

pytestmark = pytest.mark.needs_fonts
BODY = Paragraph((Text("国" * 28 * 60),))


def pdf(*blocks: object, meta: Meta | None = None) -> bytes:
    document = Document("题目", (Title((Text("题目"),)), *blocks), (), meta or Meta())  # type: ignore[arg-type]
    return RENDERERS[".pdf"].render(document)


def office(folder: Path, text: str) -> Meta:
    (folder / "fonts.toml").write_text(text, "utf-8")
    return Meta(templates=(folder,))


# --- the page -----------------------------------------------------------------------------------


def test_22_lines_of_28_characters_fill_the_block() -> None:
    content = pdf(BODY)
    with pdfplumber.open(BytesIO(content)) as opened:
        assert (opened.pages[0].width / MM, opened.pages[0].height / MM) == pytest.approx(
            (210, 297), abs=0.1
        )
    first, second = pages(content)[:2]
    body = [line for line in second if "国" in line.text]
    assert [len(line.text) for line in body] == [28] * 22
    assert {line.size for line in body} == {15.75}
    for line in body:
        assert (line.left, line.right) == pytest.approx((LEFT, RIGHT), abs=0.2)
    assert body[-1].baseline - body[0].baseline == pytest.approx(21 * PITCH, abs=0.2)
    # The character's square stands in the middle of its line, so the block has equal rests.
    above = body[0].baseline - 0.88 * SIZE_3 - TOP
    below = BOTTOM - (body[-1].baseline + 0.12 * SIZE_3)
    assert above == pytest.approx((PITCH - SIZE_3) / 2, abs=0.3)
    assert below == pytest.approx(above, abs=0.3)
    # The title and its gap take whole lines, the first line of a paragraph begins two in.
    assert first[1].left == pytest.approx(LEFT + 2 * SIZE_3, abs=0.2)
    lower = (first[1].baseline - body[0].baseline) / PITCH
    assert lower == pytest.approx(round(lower), abs=0.02)
    assert len([line for line in first if "国" in line.text]) == 20


def test_page_numbers_are_7_mm_below_on_the_outer_side() -> None:
    for number, lines in enumerate(pages(pdf(BODY)), 1):
        last = lines[-1]
        assert (last.text, last.size) == (f"— {number} —", 14)
        # The dash lies a third of its size above the baseline.
        assert last.baseline - 0.36 * 14 / MM == pytest.approx(BOTTOM + 7, abs=0.3)
        if number % 2:
            assert last.right == pytest.approx(RIGHT - 14 / MM, abs=0.3)
        else:
            assert last.left == pytest.approx(LEFT + 14 / MM, abs=0.3)


@pytest.mark.parametrize(
    ("signatory", "day", "begins", "dated"),
    [
        ("中共示例学院委员会示例", "2021年4月16日", 15, 17),
        ("某某", "2021年4月16日", 17.5, 19.5),
    ],
)
def test_signature_and_date(signatory: str, day: str, begins: float, dated: float) -> None:
    lines = pages(pdf(Paragraph((Text("结尾。"),)), Signature(signatory, day)))[0]
    ends, signed, date = lines[1:4]
    assert signed.left == pytest.approx(LEFT + begins * SIZE_3, abs=1)
    assert date.left == pytest.approx(LEFT + dated * SIZE_3, abs=1)
    assert max(signed.right, date.right) == pytest.approx(RIGHT - 2 * SIZE_3, abs=1)
    assert signed.baseline - ends.baseline == pytest.approx(2 * PITCH, abs=0.2)


def test_a_signature_is_not_alone_on_its_page() -> None:
    lines = [Paragraph((Text(f"第{number}段"),)) for number in range(19)]
    last = pages(pdf(*lines, Signature("某某委员会", "2021年4月16日")))[-1]
    assert [line.text for line in last[:3]] == ["第18段", "某某委员会", "2021年4月16日"]


def test_a_number_stays_with_its_unit() -> None:
    said = [
        (whole, "".join(part.text for part in parts))
        for whole, parts in groups(
            pieces((Text("到2021年，44"), Strong((Text("人次，第3"),)), Text("期；evt-20210318号")))
        )
    ]
    assert [text for whole, text in said if whole] == ["2021年", "44人次", "3期"]
    assert "".join(text for _, text in said) == "到2021年，44人次，第3期；evt-20210318号"
    # Two in and 24 characters, then four digits: the unit would be the 29th character.
    lines = pages(pdf(Paragraph((Text("国" * 24 + "2021年内"),))))[0]
    assert [line.text for line in lines[1:3]] == ["国" * 24, "2021年内"]


# --- what stands on it --------------------------------------------------------------------------


def test_text_is_never_markup() -> None:
    evil = '#read("/etc/passwd") $x$ *甲* `乙` #import "@preview/a:1.0.0" <x> @y \\u{41} "丙'
    said = pages(pdf(Paragraph((Text(evil + NAUGHTY),))))[0]
    text = "".join(line.text for line in said[1:-1]).replace(" ", "")
    assert text == (evil + NAUGHTY).replace(" ", "")


def test_a_table_repeats_its_header_and_keeps_its_rows(document: Document) -> None:
    cell = (Text("一二三四五六七八" * 4),)
    rows = tuple((cell, cell) for _ in range(60))
    made = pages(pdf(Table(((Text("甲列"),), (Text("乙列"),)), rows, ("left", "right"))))
    assert len(made) > 1
    assert all(page[0].text == "甲列乙列" for page in made[1:])
    assert [page[1].text[:4] for page in made[1:]] == ["一二三四"] * (len(made) - 1)
    content = RENDERERS[".pdf"].render(document)
    with pdfplumber.open(BytesIO(content)) as opened:
        links = [link for page in opened.pages for link in page.annots]
        meta = opened.metadata
    assert len(links) == 3  # one for each figure that is printed
    assert (meta["Title"], meta["Author"]) == ("题目", "示例学院")
    assert meta["CreationDate"].startswith("D:20210416")


def test_a_form_keeps_its_heights_and_a_chart_its_words() -> None:
    form = Grid(
        (1, 3),
        (
            (Cell(((Text("名称"),),), label=True), Cell(((Text("甲"),), (Text("乙"),)))),
            (Cell(((Text("意见"),),), down=2, label=True), Cell()),
            (Cell(((Text("丙"),),), align="right"),),
        ),
        (0, 30, 12),
    )
    chart = Chart("对比", ("今年", "去年"), (Bars("活动", "场", (3, 1)),))
    content = pdf(form, chart)
    with pdfplumber.open(BytesIO(content)) as opened:
        table = opened.pages[0].find_tables()[0]
        words = opened.pages[0].extract_text()
    heights = sorted({round((box[3] - box[1]) / MM) for box in table.cells})
    assert heights == [12, 30, 42]
    for word in ("名称", "丙", "对比", "今年", "3场"):
        assert word in words


def test_a_title_in_a_form_does_not_end_a_page() -> None:
    def ends(before: int) -> list[str]:
        rows = [(Cell(((Text(f"甲{number}"),),)),) for number in range(before)]
        rows += [(Cell(((Text("情况"),),), label=True),), (Cell(((Text("乙"),),)),)]
        document = Document("表", (Grid((1,), tuple(rows), (0,) * len(rows)),), layout=FORM)
        return [page[-2].text for page in pages(RENDERERS[".pdf"].render(document))]

    # Wherever the page ends, it does not end with the title.
    found = [ends(before) for before in range(36, 42)]
    assert {len(page) for page in found} == {1, 2}
    assert not any("情况" in page for page in found)


# --- fonts --------------------------------------------------------------------------------------


def test_each_level_has_its_type() -> None:
    fonts = Fonts.of()
    chosen = {section: fonts.choice(section) for section in ("title", "fangsong", "kai", "hei")}
    families = {choice.family for choice in chosen.values() if choice}
    assert len(families) >= 3
    lines = pages(pdf(Paragraph((Text("正文"),))))[0]
    assert lines[0].font != lines[1].font


def test_a_rare_name_is_taken_from_the_next_font(tmp_path: Path) -> None:
    meta = office(tmp_path, '[fangsong]\nfonts = ["Noto Serif CJK SC"]\n')
    text = "张\U0002a6d7、李喆"
    found = Fonts.of(meta.templates).families({"fangsong": [text]})["fangsong"]
    assert found == ["Noto Serif CJK SC", "LXGW WenKai"]
    with pdfplumber.open(BytesIO(pdf(Paragraph((Text(text),)), meta=meta))) as opened:
        fonts = {char["text"]: char["fontname"] for char in opened.pages[0].chars}
    assert "LXGWWenKai" in fonts["\U0002a6d7"]
    assert "NotoSerifCJK" in fonts["张"]


def test_a_character_that_no_font_holds_is_named_with_its_place() -> None:
    with pytest.raises(JzyError) as caught:
        pdf(Paragraph((Text("主讲人是张\U000131f7先生"),)))
    assert "“\U000131f7”" in caught.value.what
    assert "U+131F7" in caught.value.what
    assert "主讲人是张" in caught.value.what
    assert caught.value.advice


def test_without_chinese_fonts_it_says_what_to_install(tmp_path: Path) -> None:
    sections = ("title", "fangsong", "kai", "hei", "song", "others")
    none = "\n".join(f'[{each}]\nfonts = ["没有这种字体"]' for each in sections)
    with pytest.raises(WrongEnvironment) as caught:
        pdf(meta=office(tmp_path, none))
    assert caught.value.exit_code == 3
    assert "fonts-noto-cjk" in caught.value.advice


@pytest.mark.parametrize(
    "text",
    [
        "[fangsong\n",
        "[serif]\nfonts = ['x']\n",
        "[song]\nfonts = 'x'\n",
        "[song]\nfonts = []\n",
        "[song]\nfonts = [1]\n",
        "song = 3\n",
        "[song]\nfonts = ['x']\nfolder = '/etc'\n",
        "a = " + "[" * 30_000,
        "#" * 70_000,
    ],
)
def test_a_list_of_fonts_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    with pytest.raises(JzyError) as caught:
        Fonts.of(office(tmp_path, text).templates)
    assert caught.value.where.endswith("/fonts.toml")


def test_a_list_of_fonts_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "fonts.toml").symlink_to("/etc/hostname")
    with pytest.raises(JzyError, match="不是普通文件"):
        Fonts.of((tmp_path,))
