"""Finding words in texts: whatever their case and width, and where they stand.

Texts are compared in Unicode's compatibility form without case, so that ``ＡＩ２０`` is found as
``ai20``. A Chinese text has no spaces between words, so a word is found wherever it occurs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jzy.model.record import DataPath

_DATE = re.compile(r"(\d{4})年(\d{1,2})月(?:(\d{1,2})日)?")
_MACHINE = re.compile(
    r"(?:sha256:)?[0-9a-f]{40,64}|SHA256:[A-Za-z0-9+/]{43}|"
    r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]{20,}.*"
)
"""Digests, fingerprints and public keys, which nobody remembers by a part."""


def fold(text: str) -> str:
    """A text as it is compared."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """What people typed as words to look for, each once.

    ``2021年4月16日`` is looked for as records write it, ``2021-04-16``.
    """
    found = []
    for text in texts:
        plain = _DATE.sub(_as_iso, fold(text))
        found += plain.split()
    return tuple(dict.fromkeys(found))


def _as_iso(hit: re.Match[str]) -> str:
    year, month, day = hit.groups()
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")


def spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where words stand in a text, as positions in the text itself, without overlaps."""
    pieces = [fold(character) for character in text]
    folded = "".join(pieces)
    places = [at for at, piece in enumerate(pieces) for _ in piece]
    found: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            found.append((places[at], places[at + len(word) - 1] + 1))
            at = folded.find(word, at + len(word))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def leaves(value: Any, path: DataPath = ()) -> Iterator[tuple[DataPath, str]]:
    """Every text and whole number of plain data with its place, in order; no digests or keys."""
    if isinstance(value, str):
        if not is_machines(value):
            yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, (*path, str(name)))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from leaves(item, (*path, position))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, str(value)


def is_machines(text: str) -> bool:
    """Whether a text is a digest, a fingerprint or a public key."""
    return len(text) >= 40 and _MACHINE.fullmatch(text) is not None


def texts_of(value: Any, into: list[str]) -> list[str]:
    """The same texts without their places, which takes half the time."""
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, dict):
        for item in value.values():
            texts_of(item, into)
    elif isinstance(value, list):
        for item in value:
            texts_of(item, into)
    elif isinstance(value, int) and not isinstance(value, bool):
        into.append(str(value))
    return into
