"""Where things stand on an official paper, for every format that sets pages: pure numbers."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

from jzy.model.document import Inline, LineBreak, Runs, plain

CHARACTERS, LINES = 28, 22
"""Of a page by GB/T 9704-2012."""
TITLE_ROOM = 20
"""Characters of 2号 that fit a line of the block."""


def width(text: str) -> float:
    """In characters: what is narrow takes half of one."""
    return sum(1 if east_asian_width(sign) in "WFA" else 0.5 for sign in text)


def title_lines(runs: Runs) -> list[list[Inline]]:
    """A title's lines: broken where it may be, if it does not fit one line."""
    lines: list[list[Inline]] = [[]]
    if width(plain(runs)) <= TITLE_ROOM:
        return [[run for run in runs if not isinstance(run, LineBreak)]]
    for run in runs:
        if isinstance(run, LineBreak):
            lines.append([])
        else:
            lines[-1].append(run)
    return lines


def signature_places(signatory: str, day: str) -> tuple[float, float]:
    """Characters from the left at which signatory and date begin.

    Without a seal: the signatory ends two characters from the right, and the date begins two
    characters further right than the signatory; a date that would pass that margin ends at it and
    moves the signatory instead (GB/T 9704-2012, 7.3.5.2).
    """
    room = CHARACTERS - 2
    begins = room - width(signatory)
    dated = begins + 2
    if dated + width(day) > room:
        dated = room - width(day)
        begins = min(begins, dated - 2)
    return max(begins, 0), max(dated, 0)


def column_shares(rows: Sequence[Sequence[Runs]]) -> list[float]:
    """How wide each column should be beside the others, by the longest text of each."""
    return [
        min(max(2.0, *(width(plain(cell)) for cell in column)), 16.0) + 1
        for column in zip(*rows, strict=True)
    ]


def surroundings(text: str, sign: str, room: int = 8) -> str:
    """The first place of a character in a text, with some characters on both sides."""
    at = text.index(sign)
    first, last = max(at - room, 0), at + room + 1
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
