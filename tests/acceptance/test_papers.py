"""The 2021 report on paper: measured from the files, and the same bytes wherever it is written."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree

from jzy.render.renderers import RENDERERS
from tests.measuring import BOTTOM, LEFT, MM, PITCH, RIGHT, SIZE_3, TOP, Line, pages

from .conftest import Repo

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DC = "{http://purl.org/dc/elements/1.1/}"
CLOSE = 1.0
"""Millimetres."""


def written(repo: Repo, name: str, folder: Path, *more: str) -> bytes:
    ran = repo.run("report", *more, "-o", str(folder / name))
    assert ran.code == 0, ran.err
    return (folder / name).read_bytes()


# --- the same bytes -----------------------------------------------------------------------------


@pytest.mark.needs_fonts
def test_the_same_commit_gives_the_same_bytes_in_every_format(
    made_demo: Repo, tmp_path: Path
) -> None:
    seen: dict[str, set[str]] = {suffix: set() for suffix in RENDERERS}
    for number, (zone, locale, seed) in enumerate(
        [("America/New_York", "C", "1"), ("Asia/Shanghai", "zh_CN.UTF-8", "2")]
    ):
        folder = tmp_path / f"机器{number}"
        clone = folder / f"{'深' * number}clone"
        subprocess.run(["git", "clone", "-q", str(made_demo.root), clone], check=True)
        env = dict(
            os.environ, TZ=zone, LC_ALL=locale, LANG=locale, HOME=str(folder), USER=f"u{number}",
            PYTHONHASHSEED=seed, PYTHONUTF8="1",
        )  # fmt: skip
        for suffix, found in seen.items():
            output = folder / f"r{suffix}"
            subprocess.run(
                [sys.executable, "-m", "jzy", "report", "-o", str(output)],
                cwd=clone / ("records" if number else "."), env=env, check=True, capture_output=True,
            )  # fmt: skip
            found.add(hashlib.sha256(output.read_bytes()).hexdigest())
    assert {suffix: len(found) for suffix, found in seen.items()} == dict.fromkeys(RENDERERS, 1)


# --- measured from the pages --------------------------------------------------------------------


def check_pages(content: bytes, size: float, hangs: str = "") -> None:
    """What GB/T 9704-2012 asks of the pages of the report itself, within a millimetre.

    Args:
        content: the PDF.
        size: of the body's text in points.
        hangs: punctuation that the program lets hang over a line's end, asked or not.
    """
    made = pages(content)
    end = next(number for number, page in enumerate(made) if page[0].text == "附件")
    body = made[:end]
    assert end in (5, 6)
    for number, page in enumerate(body, 1):
        *lines, foot = page
        check_foot(foot, number)
        text = [line for line in lines if line.size == size]
        for line in text:
            assert line.baseline - SIZE_3 * 0.88 > TOP - CLOSE
            assert line.baseline + SIZE_3 * 0.12 < BOTTOM + CLOSE
            over = SIZE_3 if hangs and line.text[-1] in hangs else 0
            assert line.right < RIGHT + CLOSE + over
            assert (
                any(abs(line.left - x) < CLOSE for x in (LEFT, LEFT + 2 * SIZE_3)) or number == end
            )
            rows = (line.baseline - text[-1].baseline) / PITCH
            assert abs(rows - round(rows)) * PITCH < CLOSE
        if number not in (1, end):
            # Every line of the grid is there; the last page but one may end with what must stay
            # together with the signature.
            assert len(lines) == 22 or number == end - 1
        full = [line for line in text if all("一" <= sign <= "鿿" for sign in line.text)]
        assert all(len(line.text) <= 28 for line in full)
    both = [line for page in body for line in page if len(line.text) == 28]
    assert any(abs(line.left - LEFT) < CLOSE and abs(line.right - RIGHT) < CLOSE for line in both)
    first = [line for page in body for line in page if line.text.startswith("学院把审批程序")]
    assert first[0].left == pytest.approx(LEFT + 2 * SIZE_3, abs=CLOSE)
    assert len(first[0].text) == 26
    check_signature(body[-1])


def check_foot(foot: Line, number: int) -> None:
    assert (foot.text, foot.size) == (f"— {number} —", 14)
    assert foot.baseline - 0.36 * 14 / MM == pytest.approx(BOTTOM + 7, abs=CLOSE)
    inner = foot.right - (RIGHT - 14 / MM) if number % 2 else foot.left - (LEFT + 14 / MM)
    assert abs(inner) < CLOSE


def check_signature(page: list[Line]) -> None:
    signed, dated = page[-3], page[-2]
    assert (signed.text, dated.text) == ("中共晋城职业技术学院委员会", "2021年4月16日")
    assert signed.right == pytest.approx(RIGHT - 2 * SIZE_3, abs=CLOSE)
    assert dated.left == pytest.approx(signed.left + 2 * SIZE_3, abs=CLOSE)
    note = page[-4]
    assert note.text.startswith("附件：")
    assert note.left == pytest.approx(LEFT + 2 * SIZE_3, abs=CLOSE)
    assert signed.baseline - note.baseline == pytest.approx(2 * PITCH, abs=CLOSE)


@pytest.mark.needs_fonts
def test_the_pdf_holds_the_standard(made_demo: Repo, tmp_path: Path) -> None:
    content = written(made_demo, "r.pdf", tmp_path)
    check_pages(content, 15.75)
    lines = [line for page in pages(content) for line in page]
    fonts = {
        text: next(line.font for line in lines if line.text.startswith(text))
        for text in ("意识形态阵地管理情况自查报告", "一、工作进展", "（一）健全", "学院党委带头")
    }
    assert len(set(fonts.values())) == 4
    assert next(line.size for line in lines if line.text.startswith("意识形态阵地")) == 22


@pytest.mark.needs_program("soffice")
def test_the_docx_holds_the_standard_in_libreoffice(made_demo: Repo, tmp_path: Path) -> None:
    written(made_demo, "r.docx", tmp_path)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path]
    done = subprocess.run(
        [*command, tmp_path / "r.docx"], check=True, capture_output=True, timeout=120
    )
    assert b"repair" not in done.stderr.lower()
    check_pages((tmp_path / "r.pdf").read_bytes(), 16, hangs="，。、；")


# --- measured from the XML ----------------------------------------------------------------------


def test_the_docx_names_the_standards_fonts_and_no_other_author(made_demo: Repo) -> None:
    content = (made_demo.root / "out/self-check-2021.docx").read_bytes()
    with ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert b"python-docx" not in b"".join(parts.values())
    core = etree.fromstring(parts["docProps/core.xml"])
    assert core.findtext(f"{DC}creator") == "晋城职业技术学院"
    assert (core.findtext(f"{DC}title") or "").endswith("自查报告")
    styles = {
        each.get(W + "styleId"): each
        for each in etree.fromstring(parts["word/styles.xml"]).iter(W + "style")
    }
    body = etree.fromstring(parts["word/document.xml"])
    used = {}
    for paragraph in body.iter(W + "p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        text = "".join(paragraph.itertext(W + "t"))
        if style is not None:
            fonts = styles[style.get(W + "val")].find(f"{W}rPr/{W}rFonts")
            used.setdefault(text[:6], fonts)
    named = {text: node.get(W + "eastAsia") for text, node in used.items() if node is not None}
    assert named["晋城职业技术"] == "方正小标宋简体"
    assert named["一、工作进展"] == "黑体"
    assert named["（一）健全工"] == "楷体_GB2312"
    assert used["学院党委带头"] is None  # as the whole document: 仿宋_GB2312, see test_docx
    settings = etree.fromstring(parts["word/settings.xml"])
    last = settings.find(W + "noLineBreaksAfter")
    assert last is not None
    assert set("0123456789（《") <= set(last.get(W + "val") or "")


# --- what an office may change ------------------------------------------------------------------


def test_a_report_saved_as_base_document_lends_its_styles(demo: Repo, tmp_path: Path) -> None:
    (demo.root / "templates").mkdir(exist_ok=True)
    base = demo.root / "templates" / "base.docx"
    assert demo.run("report", "-o", "templates/base.docx").code == 0
    unchanged = written(demo, "a.docx", tmp_path)
    with ZipFile(base) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    styles = parts["word/styles.xml"].replace("楷体_GB2312".encode(), "华文楷体".encode())
    for name, extra in (("good", {}), ("bad", {"word/vbaProject.bin": b"x"})):
        with ZipFile(base, "w") as archive:
            for part, content in {**parts, "word/styles.xml": styles, **extra}.items():
                archive.writestr(part, content)
        ran = demo.run("report", "-o", str(tmp_path / f"{name}.docx"))
        if name == "bad":
            assert ran.code == 1
            assert "templates/base.docx" in ran.err
            assert "宏" in ran.err
            assert not (tmp_path / "bad.docx").exists()
    with ZipFile(tmp_path / "good.docx") as new, ZipFile(BytesIO(unchanged)) as old:
        assert "华文楷体" in new.read("word/styles.xml").decode()
        assert "楷体_GB2312" not in new.read("word/styles.xml").decode()
        assert new.read("word/document.xml") == old.read("word/document.xml")
    assert (
        demo.run("report", "-o", str(tmp_path / "r.md")).code == 0
    )  # what has no such look goes on


@pytest.mark.needs_fonts
def test_fonts_are_chosen_in_the_repository_and_shown_by_doctor(demo: Repo) -> None:
    checks = json.loads(demo.run("doctor", "--json").out)["checks"]
    (said,) = [each["what"] for each in checks if each["name"] == "fonts"]
    assert "正文（仿宋）" in said
    (demo.root / "templates").mkdir(exist_ok=True)
    own = demo.root / "templates" / "fonts.toml"
    own.write_text('[fangsong]\nfonts = ["Noto Sans CJK SC"]\n', "utf-8")
    checks = json.loads(demo.run("doctor", "--json").out)["checks"]
    (said,) = [each["what"] for each in checks if each["name"] == "fonts"]
    assert "正文（仿宋） Noto Sans CJK SC，" in said
    own.write_text('[fangsong\nfonts = "x"\n', "utf-8")
    ran = demo.run("report", "-o", "out/x.pdf")
    assert ran.code == 1
    assert "templates/fonts.toml" in ran.err
    assert "Traceback" not in ran.err
