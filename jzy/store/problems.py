"""What stands in the way of reading a file; apart from the reader, which takes long to load."""

from __future__ import annotations

from typing import NamedTuple

from jzy.model.record import DataPath

MAX_BYTES = 1_000_000
"""The most that a record's file may weigh."""


class Problem(NamedTuple):
    """Something about the text that stands in the way of reading it as a record."""

    code: str
    line: int
    column: int
    message: str
    advice: str
    at: DataPath = ()
    """The property that is meant, as far as it is known."""
