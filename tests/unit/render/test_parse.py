"""Text stays text, structure stays structure."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jzy.model.document import (
    AttachmentNote,
    Emphasis,
    Heading,
    LineBreak,
    ListItem,
    PageBreak,
    Paragraph,
    Signature,
    Strong,
    Table,
    Text,
    Title,
    plain,
)
from jzy.model.errors import JzyError
from jzy.render.escape import as_markdown, clean, escape, one_line
from jzy.render.parse import parse_document
from jzy.render.trace import Tracer

from .conftest import Make

NASTY = st.text(
    st.sampled_from(list("*_#<>|\\`~[](){}!-+=:.1 \n\t\r&;\"'$^甲“ \u202e\u2028\x00\U0010f000")),
    min_size=1,
    max_size=30,
)


@given(text=NASTY)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_escaped_text_reads_as_itself(text: str) -> None:
    source = (
        f"# 题\n\n甲{escape(text)}乙\n\n| 一 | 二 |\n| --- | --- |\n| 甲{escape(text)}乙 | 丙 |\n"
    )
    _, paragraph, table = parse_document(source, Tracer()).blocks
    assert isinstance(paragraph, Paragraph)
    assert isinstance(table, Table)
    assert plain(paragraph.runs) == plain(table.rows[0][0]) == f"甲{one_line(text)}乙"
    assert all(isinstance(run, Text) for run in paragraph.runs)


@given(text=NASTY)
@settings(deadline=None)
def test_escaped_text_begins_no_block(text: str) -> None:
    blocks = parse_document(f"# 题\n\n{escape(text)}\n", Tracer()).blocks[1:]
    shown = one_line(text).strip(" ")
    assert [plain(b.runs) for b in blocks if isinstance(b, Paragraph)] == ([shown] if shown else [])
    assert all(isinstance(block, Paragraph) for block in blocks)


def test_headings_are_numbered_here(make: Make) -> None:
    document = make(
        "## 甲\n\n### 乙\n\n### 一、丙\n\n#### 丁\n\n#### 2. 戊\n\n##### 己\n\n## 庚\n\n### 辛\n\n#### 壬"
    )
    assert [
        (block.level, block.number + plain(block.runs))
        for block in document.blocks
        if isinstance(block, Heading)
    ] == [
        (1, "一、甲"),
        (2, "（一）乙"),
        (2, "（二）丙"),
        (3, "1.丁"),
        (3, "2.戊"),
        (4, "（1）己"),
        (1, "二、庚"),
        (2, "（一）辛"),
        (3, "1.壬"),
    ]


def test_a_section_left_out_leaves_no_gap(make: Make) -> None:
    source = "{% for t in ts %}{% if t %}\n## {{ t }}\n{% endif %}{% endfor %}"
    document = make(source, ts=["甲", "", "乙"])
    assert [b.number for b in document.blocks if isinstance(b, Heading)] == ["一、", "二、"]


def test_a_year_is_no_number_of_a_heading(make: Make) -> None:
    document = make("## 2021年的工作\n\n## 3.5万人次")
    assert [plain(b.runs) for b in document.blocks if isinstance(b, Heading)] == [
        "2021年的工作",
        "3.5万人次",
    ]


def test_lists_are_numbered_as_text(make: Make) -> None:
    document = make("3. 甲\n4. 乙\n   1. 丙\n   2. 丁\n\n      1. 戊\n5. 己\n\n- 庚")
    assert [(b.depth, b.number, plain(b.runs)) for b in document.blocks[1:] if isinstance(b, ListItem)] == [
        (1, "3.", "甲"),
        (1, "4.", "乙"),
        (2, "（1）", "丙"),
        (2, "（2）", "丁"),
        (3, "①", "戊"),
        (1, "5.", "己"),
        (1, "·", "庚"),
    ]  # fmt: skip


def test_directives(make: Make) -> None:
    document = make(
        "::: notice\n示例\n:::\n\n::: addressee\n市委：\n:::\n\n::: attachments\n1. 目录。\n2. 清单\n:::\n\n"
        "::: signature\n委员会\n\n{{ '2021年4月16日' }}\n:::\n\n::: pagebreak\n:::\n\n后文"
    )
    assert document.blocks[1:] == (
        Paragraph((Text("示例"),), "notice"),
        Paragraph((Text("市委："),), "addressee"),
        AttachmentNote(("目录", "清单")),
        Signature("委员会", "2021年4月16日"),
        PageBreak(),
        Paragraph((Text("后文"),)),
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("::: nix\n甲\n:::", "不认识"),
        ("::: signature\n:::", "署名"),
        ("# 又一个", "不止一个标题"),
        ("###### 太深", "四级"),
        ("- | a |\n  |---|\n  | b |", "列表"),
    ],
)
def test_what_cannot_be_read_is_said(make: Make, source: str, said: str) -> None:
    with pytest.raises(JzyError, match=said):
        make(source)


def test_a_document_needs_a_title() -> None:
    with pytest.raises(JzyError, match="没有标题"):
        parse_document("甲", Tracer())


def test_stress_beside_chinese_punctuation(make: Make) -> None:
    block = make("甲**“队伍”**及*《办法》*等 2 * 3")
    paragraph = block.blocks[1]
    assert isinstance(paragraph, Paragraph)
    assert paragraph.runs == (
        Text("甲"),
        Strong((Text("“队伍”"),)),
        Text("及"),
        Emphasis((Text("《办法》"),)),
        Text("等 2 * 3"),
    )


def test_line_ends_join_chinese_and_part_words(make: Make, tracer: Tracer) -> None:
    paragraph = make("甲乙\n丙 open\nsource 丁\n2021\n年").blocks[1]
    assert isinstance(paragraph, Paragraph)
    assert plain(paragraph.runs) == "甲乙丙 open source 丁2021年"


def test_a_title_may_be_broken_at_its_blank() -> None:
    document = parse_document("# 示例学院 阵地管理 AB 报告\n", Tracer())
    title = document.blocks[0]
    assert isinstance(title, Title)
    assert title.runs == (Text("示例学院"), LineBreak(), Text("阵地管理 AB 报告"))
    assert document.title == "示例学院阵地管理 AB 报告"


@pytest.mark.parametrize(
    "narrative",
    [
        "<script>alert(1)</script>",
        "[甲](javascript:alert(1))",
        "![甲](https://example.org/a.png)",
        "<https://example.org>",
        "    缩进",
        "`代码`",
        "> 引用",
        "甲 <b onclick=x>乙</b> &lt;i&gt;",
        "[甲]: https://example.org",
        "```\n甲\n```",
        "::: signature\n冒名\n\n2021年1月1日\n:::",
        "~~甲~~",
    ],
)
def test_a_narrative_cannot_link_run_or_sign(make: Make, narrative: str) -> None:
    document = make("{{ n|markdown }}", n=narrative)
    assert all(isinstance(block, Paragraph) for block in document.blocks[1:])
    said = "".join(plain(b.runs) for b in document.blocks if isinstance(b, Paragraph))
    shown = narrative.replace("&lt;", "<").replace("&gt;", ">")
    assert said.replace(" ", "") == "".join(shown.split())


def test_setext_underlines_make_no_heading(make: Make) -> None:
    document = make("{{ n|markdown }}", n="甲\n---\n乙\n===")
    assert not any(isinstance(block, Heading) for block in document.blocks)


def test_what_no_document_may_hold_is_dropped() -> None:
    assert clean("甲\x00\x1b[31m\u202e乙\U0010f000\ufeff\ud800") == "甲[31m乙"
    assert one_line("甲 \r\n\t乙\u2028丙") == "甲 乙 丙"
    assert as_markdown("甲\r\n乙\r丙") == "甲\n乙\n丙"


@pytest.mark.parametrize(
    "source",
    ["*a" * 20000, "**a *b" * 6000, "甲\n" * 20000, "[" * 40000, "1. " * 5000, "|a" * 900 + "|"],
)
def test_hostile_markdown_takes_no_time(source: str) -> None:
    started = time.process_time()
    parse_document(f"# 题\n\n{source}\n", Tracer())
    assert time.process_time() - started < 5  # what is quadratic takes minutes
