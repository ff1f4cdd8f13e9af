"""Markdown with YAML front matter: where one ends and the other begins."""

from __future__ import annotations

import re
from typing import NamedTuple

from jzy.store.problems import Problem

_FENCE = re.compile(r"^---[ \t]*\r?\n", re.MULTILINE)


class Parts(NamedTuple):
    """The two halves of a Markdown record."""

    yaml: str
    body: str
    offset: int
    """Where the YAML begins in the file, in characters."""
    close: int
    """Where the closing line of the front matter begins in the file, in characters."""


def split(text: str) -> Parts | Problem:
    """Take a Markdown record apart; a :class:`Problem` where it has no front matter."""
    first = _FENCE.match(text)
    if first is None:
        return Problem(
            "JZY101", 1, 1, "文件开头缺少“---”之间的属性", "请在正文之前写上“---”和各项属性"
        )
    second = _FENCE.search(text, first.end())
    if second is None:
        return Problem("JZY101", 1, 1, "属性之后缺少“---”", "请在属性之后、正文之前加一行“---”")
    body = text[second.end() :]
    return Parts(text[first.end() : second.start()], body, first.end(), second.start())
