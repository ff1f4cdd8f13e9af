"""Plain text for a terminal: characters that are safe, lines that fit, Chinese two columns wide."""

from __future__ import annotations

import re
from unicodedata import category

# Categories that move, hide or reorder what stands around them, and lone surrogates, on which
# writing UTF-8 fails. Cf holds the overrides of writing direction.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that :func:`visible` never lets through."""
# A run of ASCII without blanks, or one other character, with the opening marks before it.
_PIECES = re.compile(r"[“‘《（【〔「『]*(?:[!-~]+|[^!-~])")
_NOT_AT_LINE_START = frozenset("，。、；：？！）》」』】〕”’…%,.;:?!)]}")


def visible(text: str) -> str:
    r"""Text that is safe for a terminal: ``\x1b``, ``\u202e`` instead of the characters.

    Control characters, invisible format characters, line and paragraph separators and lone
    surrogates are written as Python writes them; everything else is left as it is.
    """
    if text.isascii() and text.isprintable():
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


def _widths(text: str) -> list[int]:
    # Imported where it is needed: only the text format has to know how wide characters are.
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
        sizes = _widths(piece)
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


def clip(source: str, column: int, room: int) -> tuple[str, int]:
    """A source line no wider than ``room`` columns around a column, and the caret's offset.

    Args:
        source: the line as it stands in the file.
        column: from 1, in characters of the line; beyond the end means just behind it.
        room: columns of the terminal, at least 12, so that any escaped character fits.

    Returns:
        The line through :func:`visible`, ``…`` where it was cut, and how many columns stand
        before the caret.
    """
    caret = min(max(column, 1) - 1, len(source))
    # What is farther away than the room cannot be shown, and a line may be very long.
    start = max(caret - room, 0)
    cells = [visible(each) for each in source[start : caret + room + 1]]
    widths = [sum(_widths(cell)) for cell in cells]
    caret -= start
    at_end = caret == len(cells)
    whole = not start and len(cells) == len(source)
    if whole and sum(widths) + at_end <= room:
        return "".join(cells), sum(widths[:caret])
    first = last = caret
    free = room - 2 - (1 if at_end else widths[caret])
    last += not at_end
    half = free // 2
    while first and widths[first - 1] <= half:
        first -= 1
        half -= widths[first]
        free -= widths[first]
    while last < len(cells) and widths[last] <= free:
        free -= widths[last]
        last += 1
    while first and widths[first - 1] <= free:
        first -= 1
        free -= widths[first]
    left = "…" if start + first else ""
    right = "…" if start + last < len(source) else ""
    return left + "".join(cells[first:last]) + right, len(left) + sum(widths[first:caret])
