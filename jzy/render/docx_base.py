"""The base of a Word document by GB/T 9704-2012: page, grid, styles, settings, page numbers.

Measures are in twips (1/20 pt, 1/1440 inch) as Word keeps them. Everything that a paragraph looks
like is a style here, so that an office may change it in Word without touching the text.

22 lines of 28 characters: the page declares that grid, but text does not lean on it. LibreOffice
gives a character that is wider than its cell, as 16 pt is in a grid of 15.79 pt, two cells, and
fonts with tall lines take two lines of it. So the styles measure by themselves: lines are exactly
as high as the grid's, and characters of Word's 16 pt are drawn together by a third of a point,
to the 15.7 pt at which 28 of them fit a line; justified, they fill it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from jzy.model.document import FORM, PAPER
from jzy.render.placing import LINES

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

PAGE_WIDTH, PAGE_HEIGHT = 11906, 16838
TOP, RIGHT, BOTTOM, LEFT = 2098, 1474, 1984, 1587
"""37, 26, 35 and 28 mm, which leaves the block of 156 × 225 mm."""
BLOCK_WIDTH = PAGE_WIDTH - LEFT - RIGHT
LINE = (PAGE_HEIGHT - TOP - BOTTOM) // LINES
"""Pitch of the grid's lines: 579, since with 580 the 22nd line would miss the block by 4 twips."""
CHARACTER_SPACE = -848
"""What the grid adds to a character of 16 pt, in 1/4096 pt: 28 of them then fill 156 mm."""
CHARACTER = 16 * 20 + CHARACTER_SPACE * 20 / 4096
"""Pitch of the grid's characters: 315.86."""
INDENT = round(2 * CHARACTER)
DRAWN_TOGETHER = -6
"""Spacing of a character of 16 pt, which makes it 15.7 pt wide: 28 of them fill a line with a point to
spare. LibreOffice rounds the grid's cells down to 315 twips, and of 15.75 pt it would set 27."""
NOT_LAST = "$([{£¥·‘“〈《「『【〔〖〝﹙﹛﹝＄（．［｛￡￥0123456789"
"""What ends no line: Word's own list for Chinese, and figures, so that no unit leaves its number."""
NOT_FIRST = "!%),.:;>?]}¢¨°·ˇˉ―‖’”…‰′″›℃∶、。〃〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～￠"
"""What begins no line: Word's own list for Chinese."""
FOOTER_LINE = 360
FOOTER = 1406
"""From the page's lower edge to the page number's line, 24.8 mm: its dashes, half-way up the line,
are then 7 mm below the block."""


@dataclass(frozen=True, slots=True)
class Page:
    """Margins of an A4 page, and its grid."""

    top: int
    right: int
    bottom: int
    left: int
    footer: int
    grid: str
    """Attributes of ``w:docGrid``."""

    @property
    def width(self) -> int:
        """Of the block of text."""
        return PAGE_WIDTH - self.left - self.right


PAGES: Mapping[str, Page] = {
    PAPER: Page(
        TOP,
        RIGHT,
        BOTTOM,
        LEFT,
        FOOTER,
        f'w:type="linesAndChars" w:linePitch="{LINE}" w:charSpace="{CHARACTER_SPACE}"',
    ),
    FORM: Page(1247, 1134, 1134, 1417, 567, 'w:linePitch="312"'),
}
"""By :attr:`jzy.model.document.Document.layout`. A form has 22, 20, 20 and 25 mm, the widest on the
left, where it is bound."""

SONG, TITLE_SONG, FANGSONG = "宋体", "方正小标宋简体", "仿宋_GB2312"
KAI, HEI, LATIN = "楷体_GB2312", "黑体", "Times New Roman"


def fonts(east_asian: str, latin: str = LATIN) -> str:
    """``w:rFonts``; the Chinese font is its own attribute, which ``font.name`` leaves unset."""
    return (
        f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{east_asian}" w:cs="{latin}"/>'
    )


@dataclass(frozen=True, slots=True)
class _Style:
    id: str
    name: str
    """Word's own name for a built-in style, else Chinese."""
    paragraph: str = ""
    """Paragraph properties, in the schema's order."""
    run: str = ""
    """Run properties, in the schema's order."""
    based_on: str = "Normal"


_TWO_IN = f'<w:ind w:firstLineChars="200" w:firstLine="{INDENT}"/>'
_OFF_GRID = '<w:snapToGrid w:val="0"/>'
_NATURAL = '<w:spacing w:val="0"/>'
TITLE_LINE, NOTICE_LINE = 700, 400
"""Lines of a title and of a notice, exactly; what is missing to whole lines of the grid is added
after them."""
NOTICE_ROOM = (BLOCK_WIDTH - 240) / 240
"""Characters of a notice that fit a line."""


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _heading(level: int, font: str) -> _Style:
    return _Style(
        f"Heading{level}",
        f"heading {level}",
        f'<w:keepNext/>{_TWO_IN}<w:outlineLvl w:val="{level - 1}"/>',
        fonts(font),
    )


_BIG = f'<w:spacing w:line="{TITLE_LINE}" w:lineRule="exact"/><w:jc w:val="center"/>'
_BAR = '<w:left w:val="single" w:sz="18" w:space="8" w:color="808080"/>'
_STYLES = (
    _Style("Title", "Title", "<w:keepNext/>" + _BIG, fonts(TITLE_SONG) + _NATURAL + _size(44)),
    _heading(1, HEI),
    _heading(2, KAI),
    _heading(3, FANGSONG),
    _heading(4, FANGSONG),
    _Style("BodyText", "Body Text", _TWO_IN),
    _Style("JzyAddressee", "主送机关"),
    _Style(
        "JzyNotice",
        "文稿提示",
        f'<w:pBdr>{_BAR}</w:pBdr><w:spacing w:after="{LINE}" w:line="{NOTICE_LINE}" w:lineRule="exact"/>'
        '<w:ind w:left="240"/><w:jc w:val="left"/>',
        fonts(KAI) + _NATURAL + _size(24),
    ),
    _Style("JzyAttachment", "附件说明", '<w:jc w:val="left"/>'),
    _Style("JzySignature", "发文机关署名", "<w:keepNext/><w:keepLines/>" + '<w:jc w:val="left"/>'),
    _Style("JzyDate", "成文日期", '<w:jc w:val="left"/>'),
    _Style("JzyAppendixMark", "附件标识", "<w:keepNext/><w:pageBreakBefore/>", fonts(HEI)),
    _Style(
        "JzyAppendixTitle",
        "附件标题",
        "<w:keepNext/>" + _BIG,
        fonts(TITLE_SONG) + _NATURAL + _size(44),
    ),
    _Style(
        "JzyCaption", "表题", "<w:keepNext/>" + '<w:jc w:val="center"/>', fonts(HEI) + _size(28)
    ),
    _Style(
        "JzyTableText",
        "表格文字",
        '<w:spacing w:before="30" w:after="30" w:line="280" w:lineRule="atLeast"/>'
        '<w:jc w:val="left"/>',
        _NATURAL + _size(21),
    ),
    _Style(
        "JzyFormText",
        "表单文字",
        '<w:spacing w:before="36" w:after="36" w:line="300" w:lineRule="exact"/>'
        '<w:jc w:val="left"/>',
        # Quotation marks, ticks and the like are of both scripts; here they are Chinese.
        '<w:rFonts w:hint="eastAsia"/>' + _NATURAL + _size(24),
    ),
    _Style("JzyFormLabel", "表单栏目", '<w:jc w:val="center"/>', "", "JzyFormText"),
    _Style("JzyFormFoot", "表单签字", '<w:jc w:val="right"/>', "", "JzyFormText"),
    _Style(
        "JzyFormLine",
        "表单说明",
        '<w:spacing w:after="60" w:line="320" w:lineRule="exact"/><w:jc w:val="left"/>',
        '<w:rFonts w:hint="eastAsia"/>' + _NATURAL + _size(24),
    ),
    _Style(
        "JzyFormNotice",
        "表单提示",
        '<w:spacing w:after="100" w:line="280" w:lineRule="exact"/>',
        _size(21),
        "JzyNotice",
    ),
    _Style(
        "JzyFormGap",
        "表单间隔",
        '<w:spacing w:line="120" w:lineRule="exact"/>',
        _NATURAL + _size(8),
    ),
    _Style("JzyTableHead", "表格标题行", '<w:jc w:val="center"/>', fonts(HEI), "JzyTableText"),
    _Style(
        "Footer",
        "footer",
        f'<w:spacing w:line="{FOOTER_LINE}" w:lineRule="exact"/>',
        fonts(SONG, SONG) + _NATURAL + _size(28),
    ),
)

_NORMAL = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    '<w:qFormat/><w:pPr><w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/>'
    f'<w:autoSpaceDN w:val="0"/>{_OFF_GRID}<w:spacing w:before="0" w:after="0" w:line="{LINE}" '
    f'w:lineRule="exact"/><w:jc w:val="both"/></w:pPr><w:rPr>{_OFF_GRID}'
    f'<w:spacing w:val="{DRAWN_TOGETHER}"/>{_size(32)}</w:rPr></w:style>'
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
    '<w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr>'
    '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
    '<w:left w:w="80" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
)


def _borders() -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    return "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in sides
    )


def styles_xml() -> str:
    """``w:styles`` with all styles of this module and no other."""
    parts = [
        f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts(FANGSONG)}',
        f'<w:kern w:val="0"/>{_size(32)}<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>',
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>",
        _NORMAL,
    ]
    parts += [
        f'<w:style w:type="paragraph" w:styleId="{style.id}"><w:name w:val="{style.name}"/>'
        f'<w:basedOn w:val="{style.based_on}"/><w:qFormat/>'
        f"<w:pPr>{style.paragraph}</w:pPr><w:rPr>{style.run}</w:rPr></w:style>"
        for style in _STYLES
    ]
    parts.append(
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{_borders()}</w:tblBorders>'
        "</w:tblPr></w:style></w:styles>"
    )
    return "".join(parts)


def settings_xml() -> str:
    """``w:settings``: page numbers that differ on odd and even pages, punctuation not squeezed."""
    return (
        f'<w:settings xmlns:w="{W}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/>'
        "<w:evenAndOddHeaders/>"
        # Squeezed punctuation would put a 29th character on a line of the grid.
        '<w:characterSpacingControl w:val="doNotCompress"/>'
        f'<w:noLineBreaksAfter w:lang="zh-CN" w:val="{escape(NOT_LAST)}"/>'
        f'<w:noLineBreaksBefore w:lang="zh-CN" w:val="{escape(NOT_FIRST)}"/>'
        "<w:compat><w:spaceForUL/>"
        "<w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/>"
        "<w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>"
        '<w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )


def section_xml(page: Page) -> str:
    """Page, margins and grid, as children of a ``w:sectPr``."""
    return (
        f'<w:sectPr xmlns:w="{W}"><w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/>'
        f'<w:pgMar w:top="{page.top}" w:right="{page.right}" w:bottom="{page.bottom}" '
        f'w:left="{page.left}" w:header="851" w:footer="{page.footer}" w:gutter="0"/>'
        f'<w:cols w:space="425"/><w:docGrid {page.grid}/></w:sectPr>'
    )


def page_number_xml(side: str) -> str:
    """``— 1 —`` one character in from a side of the page, ``left`` or ``right``."""
    field = "".join(
        f"<w:r>{part}</w:r>"
        for part in (
            '<w:t xml:space="preserve">— </w:t>',
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
            '<w:t xml:space="preserve"> —</w:t>',
        )
    )
    return (
        f'<w:p xmlns:w="{W}"><w:pPr><w:pStyle w:val="Footer"/>'
        f'<w:ind w:{side}Chars="100" w:{side}="280"/><w:jc w:val="{side}"/></w:pPr>{field}</w:p>'
    )
