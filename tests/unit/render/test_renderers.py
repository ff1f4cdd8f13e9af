"""Documents as files: right, harmless, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from lxml import etree
from markdown_it import MarkdownIt

from jzy.model.document import Document, Evidence, EvidenceRecord, Meta, Text, Title
from jzy.render.appendix import appendix, shown_date
from jzy.render.renderers import RENDERERS, Markdown

from .conftest import NAUGHTY, Make

SUFFIXES = [
    pytest.param(each, marks=[pytest.mark.needs_fonts] if each == ".pdf" else [])
    for each in RENDERERS
]

# --- all ----------------------------------------------------------------------------------------


def test_importing_the_room_is_light() -> None:
    code = (
        "import sys, jzy.render, jzy.render.renderers\n"
        "print(*{'docx', 'jinja2', 'markdown_it', 'lxml', 'typst', 'uharfbuzz'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


SAME = """
import hashlib, datetime
from jzy.model.document import *
from jzy.render.parse import parse_document
from jzy.render.renderers import RENDERERS
runs = (Text("甲<乙"), FigureRun("k", "4"))
kept = (EvidenceRecord("evt-1", "活动", "名", "2021-03-18T09:00:00+08:00", "records/x", "ab"),)
document = Document("题目", (Title((Text("题目"),)), Paragraph(runs), Signature("某委", "2021年")),
    (Evidence("k", "数", "义", 4, "场", kept),), Meta("某院", datetime.date(2021, 4, 16)))
for suffix, renderer in RENDERERS.items():
    print(suffix, hashlib.sha256(renderer.render(document)).hexdigest())
"""


@pytest.mark.needs_fonts
def test_the_same_bytes_wherever_and_whenever() -> None:
    found = set()
    for zone, locale, seed in (("Asia/Shanghai", "C", "1"), ("America/New_York", "C.UTF-8", "2")):
        changed = {"TZ": zone, "LC_ALL": locale, "LANG": locale, "PYTHONHASHSEED": seed}
        told = subprocess.run(
            [sys.executable, "-c", SAME],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **changed},
        )
        found.add(told.stdout)
    assert len(found) == 1
    assert [line.split()[0] for line in found.pop().splitlines()] == list(RENDERERS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_takes_everything(suffix: str, document: Document) -> None:
    assert RENDERERS[suffix].title
    assert RENDERERS[suffix].render(document) == RENDERERS[suffix].render(document)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_characters_that_xml_forbids_do_no_harm(suffix: str) -> None:
    bad = "甲\x00\x0b\x1b\ud800\uffff乙"
    small = Document(bad, (Title((Text(bad),)),), (), Meta(bad))
    assert RENDERERS[suffix].render(small)


# --- appendix -----------------------------------------------------------------------------------


def test_every_record_is_numbered_once(document: Document) -> None:
    found = appendix(document)
    assert [(row[1], row[2], row[4]) for row in found.figures] == [
        ("培训人数", "44人", "1.1-01—02"),
        ("活动", "12场", "1.1-02—03"),
    ]
    assert [row[4] for row in found.materials] == ["trn-1", "trn-2", "trn-3"]
    assert found.materials[0][3:] == ("2020年8月25日", "trn-1", "abcdef01")


def test_dates() -> None:
    assert [shown_date(each) for each in ("2021-03-08", "2021-03-08T23:59:59+08:00", "2020-Q2", "")] == [
        "2021年3月8日",
        "2021年3月8日",
        "2020-Q2",
        "",
    ]  # fmt: skip


# --- markdown -----------------------------------------------------------------------------------


def test_markdown_reads_back(document: Document) -> None:
    text = RENDERERS[".md"].render(document).decode()
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script" not in html
    seen = "".join(etree.HTML(html).itertext())
    assert seen.count(NAUGHTY) == 4
    assert "<h2>一、进展" in html
    assert "<strong>办12场</strong>" in html
    assert "<li>乙" in html
    assert "# 题目\n\n> 示例数据\n\n## 一、进展" in text


def test_markdown_can_mark_its_figures(document: Document) -> None:
    assert "期间培训44〔1〕人，**办12〔2〕场**" in Markdown(marks=True).render(document).decode()
    assert "期间培训44人，**办12场**" in RENDERERS[".md"].render(document).decode()


@pytest.mark.parametrize("start", ["1. 甲", "- 甲", "+ 甲", "# 甲", "> 甲", "=== 甲", "2) 甲"])
def test_markdown_paragraphs_stay_paragraphs(make: Make, start: str) -> None:
    text = RENDERERS[".md"].render(make("{{ start }}", start=start)).decode()
    html = MarkdownIt("commonmark").render(text)
    assert "".join(etree.HTML(html).find(".//p").itertext()) == start


# --- html ---------------------------------------------------------------------------------------


class _Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, name: str) -> Iterator[dict[str, str | None]]:
        return (attrs for tag, attrs in self.tags if tag == name)


def test_html_runs_and_loads_nothing(document: Document) -> None:
    page = RENDERERS[".html"].render(document).decode()
    seen = _Seen(page)
    names = {tag for tag, _ in seen.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "base", "form", "svg"}
    for _, attrs in seen.tags:
        assert not any(name.startswith("on") or name in ("src", "style") for name in attrs)
        assert (attrs.get("href") or "#").startswith("#")
    assert "url(" not in page
    assert "@import" not in page
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(a["content"] for a in seen.named("meta") if a.get("http-equiv"))
    assert policy
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert seen.text.count(NAUGHTY) == 4


def test_html_title_is_text() -> None:
    title = "</title><script>alert(1)</script>"
    page = RENDERERS[".html"].render(Document(title, (Title((Text(title),)),))).decode()
    assert "<script" not in page
    assert "<title>&lt;/title&gt;&lt;script&gt;" in page


def test_html_links_each_figure_to_its_records(document: Document) -> None:
    page = RENDERERS[".html"].render(document).decode()
    seen = _Seen(page)
    targets = {attrs["id"] for _, attrs in seen.tags if "id" in attrs}
    links = [a for a in seen.named("a") if (a["href"] or "").startswith("#e")]
    assert [a["href"] for a in links] == ["#e1", "#e2", "#e1"]
    assert {(a["href"] or "#")[1:] for a in seen.named("a")} <= targets
    assert len([each for each in targets if each == "f1"]) == 1
    for each in ("records/trainings/2020/trn-1.yaml", "abcdef012345", "实到人数合计。", "44人"):
        assert each in seen.text


def test_html_evidence_is_escaped() -> None:
    bad = '"><img src=x onerror=alert(1)>'
    kept = EvidenceRecord(bad, bad, bad, bad, bad, bad)
    evidence = Evidence(bad, bad, bad, bad, bad, (kept,))
    page = RENDERERS[".html"].render(Document("题", (Title((Text("题"),)),), (evidence,)))
    assert not list(_Seen(page.decode()).named("img"))
