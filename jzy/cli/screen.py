"""The one place where anything is written to the terminal.

What a command was asked for goes to standard output; what it says about its work, and what went
wrong, to standard error. A character that the output's encoding lacks becomes a question mark
instead of an exception; colour only where a terminal wants it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from jzy.cli.helptext import columns
from jzy.model.display import one_line, pad, shorten, visible, width, wrap
from jzy.model.errors import JzyError

_OBEYED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_STYLES = {
    "code": "1",
    "place": "1",
    "gutter": "2",
    "caret": "31",
    "error": "1;31",
    "warning": "33",
    "note": "36",
    "good": "32",
    "dim": "2",
    "strong": "1",
    "hit": "1;31",
}


def prepare() -> None:
    """Make both streams degrade where their encoding lacks a character."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour (https://no-color.org)."""
    return (
        not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
        and hasattr(stream, "isatty")
        and stream.isatty()
    )


def paint(role: str, text: str, stream: TextIO) -> str:
    """A text in the colour of a role, where the stream wants colour."""
    if not coloured(stream) or role not in _STYLES:
        return text
    return f"\x1b[{_STYLES[role]}m{text}\x1b[0m"


def out(text: str = "", role: str = "") -> None:
    """A line of what was asked for."""
    sys.stdout.write(paint(role, _safe(text), sys.stdout) + "\n")


def _safe(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def raw(text: str) -> None:
    """A whole text of what was asked for, made safe and coloured by its maker."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def document(content: bytes) -> None:
    """A document as it is, in its own encoding, whatever the terminal's."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def say(text: str = "", role: str = "") -> None:
    """A line about the work."""
    sys.stderr.write(paint(role, _safe(text), sys.stderr) + "\n")


def data(value: Any) -> None:
    """A value for programs, as JSON."""
    # What no terminal should obey is written as JSON's own escapes; Chinese stays readable.
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    text = json.dumps(value, ensure_ascii=encoding != "utf8", indent=2)
    sys.stdout.write(_OBEYED.sub(lambda hit: f"\\u{ord(hit[0]):04x}", text) + "\n")


def fail(error: JzyError, *, as_json: bool = False) -> None:
    """What is wrong and what to do about it."""
    if as_json:
        found = {"what": error.what, "advice": error.advice, "where": error.where}
        data({"ok": False, "exit_code": error.exit_code, "error": found})
        return
    where = f"{error.where}：" if error.where else ""
    hanging("✗ ", where + error.what, "error")
    if error.advice:
        hanging("  → ", error.advice)


def done(text: str, following: str = "") -> None:
    """What was done, and the next step."""
    hanging("✓ ", text, "good")
    if following:
        hanging("  下一步：", following)


def hanging(sign: str, text: str, role: str = "") -> None:
    """A sentence behind a sign; on a terminal its further lines stand under its first."""
    lines = [visible(text)]
    if sys.stderr.isatty():
        lines = wrap(lines[0], columns() - width(sign)) or [""]
    for number, line in enumerate(lines):
        say((" " * width(sign) if number else sign) + line, role)


def out_hanging(sign: str, text: str, role: str = "") -> None:
    """The same for what was asked for, on standard output."""
    text = one_line(text)
    lines = wrap(text, columns() - width(sign)) if sys.stdout.isatty() else [text]
    for number, line in enumerate(lines or [""]):
        out((" " * width(sign) if number else sign) + line, role)


def table(titles: Sequence[str], lines: Iterable[Sequence[str]], *, fixed: int = 1) -> None:
    """Rows in columns that fit the terminal; into a pipe, the whole texts.

    Args:
        titles: of the columns.
        lines: one text for each column.
        fixed: how many of the first columns are never cut; columns of mere codes, dates and
            numbers are not cut either.
    """
    cells = [[one_line(cell) for cell in line] for line in lines]
    wanted = [
        max([width(title), *(width(row[i]) for row in cells)]) for i, title in enumerate(titles)
    ]
    if sys.stdout.isatty():
        wide = [i for i in range(fixed, len(titles)) if not all(row[i].isascii() for row in cells)]
        wanted = _squeezed(wanted, columns() - 2 * (len(titles) - 1), wide)
    sys.stdout.write(paint("strong", _row(titles, wanted), sys.stdout) + "\n")
    for row in cells:
        sys.stdout.write(_row(row, wanted) + "\n")


def _row(cells: Sequence[str], wanted: Sequence[int]) -> str:
    fitted = (pad(shorten(cell, size), size) for cell, size in zip(cells, wanted, strict=True))
    return "  ".join(fitted).rstrip()


def _squeezed(wanted: list[int], room: int, places: list[int]) -> list[int]:
    """Take room from the widest of the columns that may be cut, until all fit."""
    sizes = list(wanted)
    while sum(sizes) > room and places:
        widest = max(places, key=lambda i: sizes[i])
        if sizes[widest] <= 8:
            break
        sizes[widest] -= 1
    return sizes


def interactive() -> bool:
    """Whether someone is there to answer: both input and error output are terminals."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def painter() -> Callable[[str, str], str]:
    """A function that colours a text by role for standard output."""
    return lambda role, text: paint(role, text, sys.stdout)
