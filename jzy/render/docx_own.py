"""An office's own base document, ``templates/base.docx``: its styles and its page, nothing else of it.

Any report that jzy wrote is a base once its styles are changed in Word. Word and WPS give built-in
styles other ids when they save (``1`` for ``heading 1``), so styles are known by their names. The
file may come from anywhere: text, properties, pictures and whatever a style refers to stay out, and
a file that could do something is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from lxml import etree

from jzy.model.errors import JzyError
from jzy.render.docx_base import W

NAME = "base.docx"
_LARGEST = 20 * 1024 * 1024
_LARGEST_PART = 8 * 1024 * 1024
_MOST_PARTS = 2_000
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_T = f"{{{W}}}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_ADVICE = "请把用 jzy 写成的报告在 Word 中改好样式，另存为 templates/base.docx"
_PAGE = ("pgSz", "pgMar", "cols", "docGrid")
_REFERENCES = ("basedOn", "next", "link")
_LEFT_OUT = ("numPr", "rsid", "sectPr", "pict", "object", "drawing")
"""What leads out of the styles, or tells of how they came about."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is taken from a base document, as XML elements."""

    styles: Sequence[Any]
    """The children of ``w:styles``; every style of jzy's is among them."""
    page: Mapping[str, Any]
    """Of the page, by name: ``pgSz``, ``pgMar``, ``cols``, ``docGrid``; those that it has."""


def own_base(folders: Sequence[Path], ours: str) -> Own | None:
    """The base document of the first folder that has one.

    Args:
        folders: of an office's templates.
        ours: jzy's own ``w:styles``, whose styles are added where the base lacks them.

    Raises:
        JzyError: it is no Word document, is too large, has macros, or refers to something outside.
    """
    for folder in folders:
        path = folder / NAME
        if path.is_symlink() or path.exists():
            return _read(path, etree.fromstring(ours, _parser()))
    return None


def _read(path: Path, ours: Any) -> Own:
    place = f"{path.parent.name}/{NAME}"
    if path.is_symlink() or not path.is_file():
        raise JzyError("基准文档是链接或文件夹，不能使用", "请放入文件本身", where=place)
    if path.stat().st_size > _LARGEST:
        raise JzyError("基准文档太大（超过 20 MB）", "请删去其中的图片和正文", where=place)
    content = path.read_bytes()
    if content.startswith(_OLD_FORMAT):
        raise JzyError(
            "基准文档是旧的 .doc 格式，或者设有打开密码", "请另存为不设密码的 .docx", where=place
        )
    try:
        with ZipFile(BytesIO(content)) as archive:
            _refuse(archive, place)
            styles = _part(archive, "word/styles.xml")
            body = _part(archive, "word/document.xml")
            themed = "word/theme/theme1.xml"
            theme = _part(archive, themed) if themed in archive.namelist() else None
    except JzyError as error:
        error.where = place
        raise
    except (BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise JzyError("基准文档不是完好的 Word 文档", _ADVICE, where=place) from error
    except etree.XMLSyntaxError as error:
        raise JzyError("基准文档的内容已损坏", _ADVICE, where=place) from error
    _cleaned(styles, _theme_fonts(theme))
    sections = list(body.iter(f"{_T}sectPr"))
    page = {}
    if sections:
        _cleaned(sections[-1], {})
        page = {
            name: found for name in _PAGE if (found := sections[-1].find(_T + name)) is not None
        }
    return Own(tuple(_merged(styles, ours)), page)


def _refuse(archive: ZipFile, place: str) -> None:
    entries = archive.infolist()
    if len(entries) > _MOST_PARTS:
        raise JzyError("基准文档的组成部分太多", _ADVICE, where=place)
    for entry in entries:
        if "vbaproject" in entry.filename.lower() or "activex" in entry.filename.lower():
            raise JzyError("基准文档中有宏或控件，不能使用", "请另存为不含宏的 .docx", where=place)
        if entry.filename.endswith(".rels"):
            for relation in _part(archive, entry.filename).iter("{*}Relationship"):
                if relation.get("TargetMode", "").lower() == "external":
                    raise JzyError(
                        "基准文档引用了外部的文件或网址，不能使用",
                        "请在 Word 中删去超链接、断开链接的图片和附加的模板，再保存",
                        where=place,
                    )
    if b"macroenabled" in _bytes(archive, "[Content_Types].xml").lower():
        raise JzyError("基准文档中有宏或控件，不能使用", "请另存为不含宏的 .docx", where=place)


def _part(archive: ZipFile, name: str) -> Any:
    root = etree.fromstring(_bytes(archive, name), _parser())
    if root.getroottree().docinfo.doctype:
        raise JzyError("基准文档中有 Word 不会写的实体声明，不能使用", _ADVICE)
    return root


def _bytes(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(_LARGEST_PART + 1)
    if len(content) > _LARGEST_PART:
        raise JzyError(f"基准文档的组成部分太大（{name}）", "请删去其中的正文")
    return content


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


# --- what is kept ---------------------------------------------------------------------------------


def _theme_fonts(theme: Any) -> dict[str, str]:
    """The fonts of a theme by the names that ``w:rFonts`` has for them: ``minorEastAsia``."""
    fonts: dict[str, str] = {}
    if theme is None:
        return fonts
    for kind in ("major", "minor"):
        scheme = theme.find(f".//{_A}{kind}Font")
        if scheme is None:
            continue
        named = {part: _face(scheme.find(_A + part)) for part in ("latin", "ea", "cs")}
        for font in scheme.iterfind(f"{_A}font"):
            if font.get("script") == "Hans" and not named["ea"]:
                named["ea"] = font.get("typeface", "")
        fonts |= {
            f"{kind}Ascii": named["latin"],
            f"{kind}HAnsi": named["latin"],
            f"{kind}EastAsia": named["ea"],
            f"{kind}Bidi": named["cs"],
        }
    return fonts


def _face(node: Any) -> str:
    return "" if node is None else str(node.get("typeface", ""))


def _cleaned(root: Any, theme: Mapping[str, str]) -> None:
    """Take away what is not Word's own, what leads out, and the theme: its fonts are written out."""
    for node in list(root.iter()):
        if not isinstance(node.tag, str) or not node.tag.startswith(_T):
            _removed(node)
            continue
        if node.tag.removeprefix(_T) in _LEFT_OUT and node is not root:
            _removed(node)
            continue
        for name in list(node.attrib):
            short = str(name).removeprefix(_T)
            if (
                short == name and not str(name).startswith("{http://www.w3.org/XML/")
            ) or short.startswith("rsid"):
                del node.attrib[name]
            elif "theme" in short.lower():
                _themed(node, short, theme.get(node.attrib.pop(name), ""))


def _themed(node: Any, attribute: str, font: str) -> None:
    if node.tag == f"{_T}rFonts" and font:
        node.set(_T + attribute.removesuffix("Theme").removesuffix("theme"), font)


def _removed(node: Any) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _merged(styles: Any, ours: Any) -> Iterator[Any]:
    """The base's styles under jzy's ids, and those of jzy's that it lacks."""
    wanted = {_name(style): style for style in ours.iterfind(f"{_T}style")}
    ids = {style.get(f"{_T}styleId") for style in wanted.values()}
    theirs = {_name(style): style for style in styles.iterfind(f"{_T}style")}
    renamed: dict[str, str] = {}
    for name, style in theirs.items():
        own = str(style.get(f"{_T}styleId", ""))
        if name in wanted:
            renamed[own] = wanted[name].get(f"{_T}styleId")
        else:
            renamed[own] = f"Own{own}" if own in ids else own
    for style in theirs.values():
        style.set(f"{_T}styleId", renamed[str(style.get(f"{_T}styleId", ""))])
        for reference in style:
            if reference.tag.removeprefix(_T) in _REFERENCES:
                said = str(reference.get(f"{_T}val", ""))
                reference.set(f"{_T}val", renamed.get(said, said))
    yield from (node for node in styles if node.tag != f"{_T}style")
    yield from theirs.values()
    yield from (style for name, style in wanted.items() if name not in theirs)


def _name(style: Any) -> str:
    name = style.find(f"{_T}name")
    return "" if name is None else str(name.get(f"{_T}val", "")).casefold()
