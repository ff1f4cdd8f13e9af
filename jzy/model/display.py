"""Plain text for a terminal: characters that are safe, lines that fit, Chinese two columns wide."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category

# Categories that move, hide or reorder what stands around them, and lone surrogates, on which
# writing UTF-8 fails. Cf holds the overrides of writing direction.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that :func:`visible` never lets through."""
# A run of ASCII without blanks, or one other character, with the opening marks before it.
_PIECES = re.compile(r"[“‘《（【〔「『]*(?:[!-~]+|[^!-~])")
# Anything but what Chinese office texts consist of: ASCII, a few marks of one column, and Chinese
# characters and punctuation of two.
_STRANGE = (
    "[^ -~\u00b7\u2014\u2018\u2019\u201c\u201d\u2026\u2192\u2713\u2717"
    "\u3000-\u3029\u4e00-\u9fa5\uff01-\uff60]"
)
_WIDE_FROM = "\u3000"
_NOT_AT_LINE_START = frozenset("，。、；：？！）》」』】〕”’…%,.;:?!)]}")


@lru_cache(maxsize=1)
def _strange() -> re.Pattern[str]:
    """Compiled when a width is asked for: that takes a tenth of the start of Python."""
    return re.compile(_STRANGE)


def visible(text: str) -> str:
    r"""Text that is safe for a terminal: ``\x1b``, ``\u202e`` instead of the characters.

    Control characters, invisible format characters, line and paragraph separators and lone
    surrogates are written as Python writes them; everything else is left as it is.
    """
    if text.isprintable():  # nothing that it counts among the printable is of these categories
        return text
    return "".join(_escape(each) if category(each) in UNSAFE else each for each in text)


def _escape(character: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if short is not None:
        return short
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def widths(text: str) -> list[int]:
    """Columns that each character of a text takes on a terminal."""
    if not _strange().search(text):
        return [2 if each >= _WIDE_FROM else 1 for each in text]
    # The tables of all of Unicode take half the start of Python to import, and Chinese and Latin
    # do not need them.
    from wcwidth import wcwidth  # noqa: PLC0415

    return [max(wcwidth(each), 0) for each in text]


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines no wider than ``width`` columns, as Chinese is set.

    Runs of Latin letters and digits stay whole where they can; closing punctuation does not
    begin a line, unless several stand together, and opening punctuation does not end one.

    Args:
        text: without line ends, see :func:`visible`.
        width: columns, at least 4; 0 leaves the text in one line.
    """
    if not text:
        return []
    if not width:
        return [text]
    lines = [""]
    used = 0
    for piece in _PIECES.findall(text):
        sizes = widths(piece)
        # Two columns are kept free, into which closing punctuation may hang.
        if used and used + sum(sizes) > width - 2 and piece[0] not in _NOT_AT_LINE_START:
            lines.append("")
            used = 0
        if piece == " " and not used and len(lines) > 1:
            continue
        for each, size in zip(piece, sizes, strict=True):
            if used and used + size > width:
                lines.append("")
                used = 0
            lines[-1] += each
            used += size
    return [line.rstrip(" ") for line in lines]


def one_line(text: str) -> str:
    """The text on one line, safe to show."""
    return visible(" ".join(text.split()))


@lru_cache(maxsize=8_192)  # a table asks three times, and much in it is said again and again
def width(text: str) -> int:
    """Columns that a text takes on a terminal; a Chinese character takes two."""
    return sum(widths(text))


def shorten(text: str, columns: int) -> str:
    """The text cut to a number of columns, with ``…`` where something was cut off."""
    if width(text) <= columns:
        return text
    used, kept = 1, ""
    for character, size in zip(text, widths(text), strict=True):
        used += size
        if used > columns:
            break
        kept += character
    return kept + "…"


def pad(text: str, columns: int) -> str:
    """The text filled with spaces to a number of columns."""
    return text + " " * max(columns - width(text), 0)
