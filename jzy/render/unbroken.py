"""What may not be torn apart by a line's end: a number and its unit, a year and its 年."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from jzy.model.document import Emphasis, FigureRun, Inline, LineBreak, Strong, Text
from jzy.render.escape import one_line

# Digits alone are never torn apart, their unit would be; it is one character, unless it is one of the
# usual longer ones. Digits of an id are no number.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_-])[0-9]{1,12}(?:[.,:][0-9]{1,6})*"
    r"(?:人次|场次|课时|学时|小时|分钟|个月|个工作日|万元|周年|[\u4e00-\u9fff])"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one look."""

    text: str
    strong: bool = False
    emphasis: bool = False
    key: str = ""
    """Of the evidence, where it is a figure."""


def pieces(
    runs: Iterable[Inline], *, strong: bool = False, emphasis: bool = False
) -> Iterator[Piece]:
    """Inline runs in a row, without their nesting; a line break is the text of a line end."""
    for run in runs:
        match run:
            case Text(text):
                yield Piece(one_line(text), strong, emphasis)
            case FigureRun(key, text):
                yield Piece(one_line(text), strong, emphasis, key)
            case Strong(inner):
                yield from pieces(inner, strong=True, emphasis=emphasis)
            case Emphasis(inner):
                yield from pieces(inner, strong=strong, emphasis=True)
            case LineBreak():
                yield Piece("\n")


def groups(parts: Iterable[Piece]) -> Iterator[tuple[bool, tuple[Piece, ...]]]:
    """Pieces in groups, and whether a group must stay on one line: a number with its unit must."""
    row = [part for part in parts if part.text]
    text = "".join(part.text for part in row)
    at = 0
    for found in _NUMBER.finditer(text):
        if at < found.start():
            yield False, tuple(_cut(row, at, found.start()))
        yield True, tuple(_cut(row, found.start(), found.end()))
        at = found.end()
    if at < len(text):
        yield False, tuple(_cut(row, at, len(text)))


def _cut(row: Iterable[Piece], first: int, last: int) -> Iterator[Piece]:
    """What lies between two places of the pieces' whole text."""
    begins = 0
    for piece in row:
        text = piece.text[max(first - begins, 0) : max(last - begins, 0)]
        if text:
            yield replace(piece, text=text)
        begins += len(piece.text)
        if begins >= last:
            break
