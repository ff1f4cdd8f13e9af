"""An office's own base document: what is taken of it, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document as open_docx
from lxml import etree

from jzy.model.document import FORM, Document, Heading, Meta, Paragraph, Text, Title
from jzy.model.errors import JzyError
from jzy.render.renderers import RENDERERS

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
THEME = """<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="某作者">
<a:themeElements><a:fontScheme name="x"><a:majorFont><a:latin typeface="Arial"/><a:ea typeface=""/>
<a:cs typeface=""/><a:font script="Hans" typeface="华文中宋"/></a:majorFont></a:fontScheme>
</a:themeElements></a:theme>"""
Edit = Callable[[dict[str, bytes]], None]


def render(templates: tuple[Path, ...] = (), layout: str = "paper") -> bytes:
    blocks = (
        Title((Text("题目"),)),
        Heading(1, "一、", (Text("进展"),)),
        Paragraph((Text("正文"),)),
    )
    meta = Meta("示例学院", templates=templates)
    return RENDERERS[".docx"].render(Document("题目", blocks, (), meta, layout=layout))


def base(folder: Path, edit: Edit) -> tuple[Path, ...]:
    """A rendered report as somebody changed it, saved as the office's base document."""
    with ZipFile(BytesIO(render())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    edit(parts)
    with ZipFile(folder / "base.docx", "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return (folder,)


def replace(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    text = parts[name].decode()
    assert re.search(old, text), old
    parts[name] = re.sub(old, new, text).encode()


def as_word_saves_it(parts: dict[str, bytes]) -> None:
    """Other ids for built-in styles, fonts by the theme, extensions, and an author."""
    for name in ("word/styles.xml", "word/document.xml"):
        replace(parts, name, '"Heading1"', '"1"')
        replace(parts, name, '"BodyText"', '"a3"')
    replace(
        parts,
        "word/styles.xml",
        '(w:styleId="1".*?)<w:rFonts [^>]*>',
        r'\1<w:rFonts w:asciiTheme="majorHAnsi" w:eastAsiaTheme="majorEastAsia"/><w:color w:val="C00000" '
        r'w:themeColor="accent2"/><w14:ligatures xmlns:w14="urn:w14" w14:val="x"/>',
    )
    replace(parts, "word/document.xml", "正文", "机密的旧内容")
    replace(parts, "word/document.xml", 'w:top="2098"', 'w:top="1701"')
    replace(parts, "docProps/core.xml", "示例学院", "某作者")
    parts["word/theme/theme1.xml"] = THEME.encode()


def test_its_styles_and_page_are_used_and_nothing_else_of_it(tmp_path: Path) -> None:
    content = render(base(tmp_path, as_word_saves_it))
    with ZipFile(BytesIO(content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
        styles = etree.fromstring(archive.read("word/styles.xml"))
        names = archive.namelist()
    for stranger in ("机密", "某作者", "Theme", "urn:w14"):
        assert stranger not in everything
    assert "word/theme/theme1.xml" not in names
    found = {each.get(W + "styleId"): each for each in styles.iter(W + "style")}
    heading = found["Heading1"]
    assert heading.find(f"{W}rPr/{W}rFonts").get(W + "eastAsia") == "华文中宋"
    assert heading.find(f"{W}rPr/{W}color").get(W + "val") == "C00000"
    assert {each.find(W + "basedOn").get(W + "val") for each in (heading, found["BodyText"])} == {
        "Normal"
    }
    opened = open_docx(BytesIO(content))
    assert [p.style.style_id for p in opened.paragraphs if p.style] == [
        "Title",
        "Heading1",
        "BodyText",
    ]
    assert opened.sections[0].top_margin == 1701 * 635
    assert opened.core_properties.author == "示例学院"
    assert content == render((tmp_path,))
    # A form has its own page.
    assert open_docx(BytesIO(render((tmp_path,), FORM))).sections[0].top_margin == 1247 * 635


def test_styles_that_it_lacks_are_added(tmp_path: Path) -> None:
    def drop(parts: dict[str, bytes]) -> None:
        replace(
            parts,
            "word/styles.xml",
            '<w:style w:type="paragraph" w:styleId="JzyDate">.*?</w:style>',
            "",
        )

    content = render(base(tmp_path, drop))
    with ZipFile(BytesIO(content)) as archive:
        assert archive.read("word/styles.xml").count(b'w:styleId="JzyDate"') == 1
    assert render((tmp_path / "nothing",)) == render()


def macros(parts: dict[str, bytes]) -> None:
    parts["word/vbaProject.bin"] = b"x"


def macro_type(parts: dict[str, bytes]) -> None:
    replace(
        parts,
        "[Content_Types].xml",
        r"wordprocessingml\.document\.main\+xml",
        "ms-word.document.macroEnabled.main+xml",
    )


def external(parts: dict[str, bytes]) -> None:
    parts["word/_rels/settings.xml.rels"] = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="attachedTemplate" Target="http://x.invalid/a.dotm" '
        b'TargetMode="External"/></Relationships>'
    )


def entity(parts: dict[str, bytes]) -> None:
    parts["word/styles.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + parts["word/styles.xml"][56:]
    )


def bomb(parts: dict[str, bytes]) -> None:
    parts["word/styles.xml"] = b"<w:styles>" + b" " * 30_000_000


def broken(parts: dict[str, bytes]) -> None:
    parts["word/styles.xml"] = b"<w:styles"


def no_styles(parts: dict[str, bytes]) -> None:
    del parts["word/styles.xml"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (macros, "宏"),
        (macro_type, "宏"),
        (external, "外部"),
        (entity, "基准文档"),
        (bomb, "太大"),
        (broken, "损坏"),
        (no_styles, "不是完好"),
    ],
)
def test_what_could_do_something_is_refused(tmp_path: Path, edit: Edit, said: str) -> None:
    folders = base(tmp_path, edit)
    with pytest.raises(JzyError, match=said) as caught:
        render(folders)
    assert caught.value.where.endswith("/base.docx")
    assert caught.value.advice


@pytest.mark.parametrize("content", [b"", b"not a zip", b"\xd0\xcf\x11\xe0" + b"x" * 600])
def test_what_is_no_word_document_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "base.docx").write_bytes(content)
    with pytest.raises(JzyError, match="基准文档"):
        render((tmp_path,))


def test_a_link_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a/base.docx").symlink_to("/etc/hostname")
    with pytest.raises(JzyError, match="链接"):
        render((tmp_path / "a",))
    with (tmp_path / "b/base.docx").open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    with pytest.raises(JzyError, match="太大"):
        render((tmp_path / "b",))
