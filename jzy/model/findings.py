"""Findings: what ``jzy validate`` and ``jzy verify`` report, design §5."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding weighs; only an error makes a run end with exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(NamedTuple):
    """One thing that does not hold, with its place and its remedy."""

    path: str
    """The file, relative to the repository root, with ``/``; empty if no file is meant."""
    line: int
    """From 1; 0 means the file as a whole."""
    column: int
    """From 1, counted in characters; 0 where the line is 0."""
    code: str
    """Stable: ``JZY`` and three digits; other letters for a check of an office's own."""
    severity: Severity
    message: str
    """One Chinese sentence: what is wrong."""
    advice: str
    """One Chinese sentence: what to do."""
    record: str = ""
    """The id of the record, empty where there is none."""
    source: str = ""
    """The source line itself, without its line end; empty where there is none."""


class RuleText(NamedTuple):
    """A rule in words, all Chinese: for ``jzy explain``, the documentation and SARIF."""

    code: str
    title: str
    """A few words."""
    description: str
    """What must hold, and why."""
    advice: str
    """What to do about a breach."""
    severity: Severity = Severity.ERROR
    kind: str = ""
    """The kind whose schema holds it; empty for what jzy itself looks after."""
