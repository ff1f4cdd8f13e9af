"""Measuring a PDF: where its characters stand, in millimetres from the page's upper left corner."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO

import pdfplumber

MM = 72 / 25.4
TOP, BOTTOM, LEFT, RIGHT = 37.0, 297.0 - 35, 28.0, 210.0 - 26
"""The block of GB/T 9704-2012."""
SIZE_3 = 15.75 / MM
PITCH = 225 / 22
_ENDS = "，。；：、？！）》〉”’】〕"
_BEGINS = "（《〈“‘【〔"


@dataclass(frozen=True)
class Line:
    """Characters on one baseline, from left to right."""

    text: str
    baseline: float
    left: float
    right: float
    """What stands outside of the block is the empty half of a punctuation mark."""
    size: float
    """In points."""
    font: str
    """Of the first character, without the mark of a subset."""


def pages(content: bytes) -> list[list[Line]]:
    """The lines of each page, from top to bottom."""
    with pdfplumber.open(BytesIO(content)) as pdf:
        return [_lines(page.chars, float(page.height)) for page in pdf.pages]


def _lines(chars: list[dict[str, object]], height: float) -> list[Line]:
    rows = defaultdict(list)
    for char in chars:
        rows[round(char["matrix"][5])].append(char)  # type: ignore[index]
    found = []
    for row in rows.values():
        row.sort(key=lambda each: each["x0"])
        first, last = row[0], row[-1]
        left, right = first["x0"] / MM, last["x1"] / MM
        size = first["size"]
        if first["text"] in _BEGINS and left < LEFT:
            left += size / 2 / MM
        if last["text"] in _ENDS and right > RIGHT:
            right -= size / 2 / MM
        found.append(
            Line(
                "".join(each["text"] for each in row),
                (height - first["matrix"][5]) / MM,
                left,
                right,
                round(size, 2),
                first["fontname"].partition("+")[2],
            )
        )
    return sorted(found, key=lambda line: line.baseline)
