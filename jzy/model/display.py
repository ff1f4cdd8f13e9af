"""Texts for terminals: nothing unseen, and as wide as they look.

Records cannot hold control characters, but file names, messages of git and texts of broken files
can, and a terminal obeys what it is sent.
"""

from __future__ import annotations

import re

from wcwidth import wcswidth, wcwidth

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)


def visible(text: str) -> str:
    """The text with every character that a terminal would obey or hide written as an escape."""
    return _UNSAFE.sub(
        lambda hit: f"\\x{ord(hit[0]):02x}" if ord(hit[0]) < 256 else f"\\u{ord(hit[0]):04x}", text
    )


def one_line(text: str) -> str:
    """The text on one line, safe to show."""
    return visible(" ".join(text.split()))


def width(text: str) -> int:
    """Columns that a text takes on a terminal; a Chinese character takes two."""
    found = wcswidth(text)
    return found if found >= 0 else len(text)


def clip(text: str, columns: int) -> str:
    """The text cut to a number of columns, with ``…`` where something was cut off."""
    if width(text) <= columns:
        return text
    used, kept = 1, ""
    for character in text:
        used += max(wcwidth(character), 0)
        if used > columns:
            break
        kept += character
    return kept + "…"


def pad(text: str, columns: int) -> str:
    """The text filled with spaces to a number of columns."""
    return text + " " * max(columns - width(text), 0)


_NO_LINE_START = "，。、；：！？）】》”’…·%％"


def wrap(text: str, columns: int) -> list[str]:
    """The text broken into lines of at most so many columns.

    Chinese breaks between any two characters, but no line begins with closing punctuation; runs
    of Latin letters, digits and option names are kept whole where they fit.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for token in re.findall(r"[!-~]+|\s+|.", paragraph):
            wide = width(token)
            if used + wide > columns and line and token[0] not in _NO_LINE_START:
                lines.append(line.rstrip())
                line, used = "", 0
                if token.isspace():
                    continue
            line, used = line + token, used + wide
        lines.append(line.rstrip())
    return lines
