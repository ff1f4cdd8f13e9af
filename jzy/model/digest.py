"""What a sign-off speaks of, as one SHA-256 (sign-off protocol, "The statement")."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

UNSIGNED = ("follow_up", "sign_offs")
"""The two top-level properties that a digest leaves out, by these fixed names and no others."""
_BEYOND = re.compile(
    r"[\ud800-\udfff\U00010000-\U0010ffff]|"
    r'(?:":|[,[])-?(?:[0-9]{16}|[0-9]+[.eE]|[NI])'
)
"""What may stand in JSON that the two write otherwise: characters beyond the basic plane, and
numbers that are no whole ones, or too large. A text that looks like it takes the longer way too."""


def signed_part(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a sign-off covers: all properties but ``follow_up`` and ``sign_offs``."""
    return {key: value for key, value in data.items() if key not in UNSIGNED}


def record_digest(kind: str, record_id: str, data: Mapping[str, Any]) -> str:
    """Digest of the signed part of a record, bound to its kind and id.

    Returns:
        ``sha256:`` and 64 hexadecimal digits of the RFC 8785 form.

    Raises:
        rfc8785.CanonicalizationError: a value has no canonical form. Data that the reader let
            through never does: it refuses floats and integers beyond 2^53 - 1.
    """
    statement = {"v": 1, "kind": kind, "id": record_id, "record": signed_part(data)}
    return _sha256(statement)


def entry_digest(entry: Mapping[str, Any]) -> str:
    """Digest of one whole entry of ``sign_offs``, which the next entry names as ``prev``."""
    if all(value.__class__ is str for value in entry.values()):
        return _digest_of_texts(frozenset(entry.items()))
    return _sha256(dict(entry))


@lru_cache(maxsize=4_096)
def _digest_of_texts(items: frozenset[tuple[str, str]]) -> str:
    """The digest of properties that are all texts: a replay asks for those of the entries before
    again with each entry. Only texts, because to Python 1 and true are one key."""
    return _sha256(dict(items))


def _sha256(value: Any) -> str:
    return "sha256:" + hashlib.sha256(_canonical(value)).hexdigest()


def _canonical(value: Any) -> bytes:
    """The RFC 8785 form of a value.

    For what nearly all records hold, texts and whole numbers, the standard library writes the
    same, ten times as fast. Where names hold characters beyond the basic plane it sorts otherwise,
    and other numbers it writes otherwise, or at all.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if _BEYOND.search(text):
        import rfc8785  # noqa: PLC0415 - hardly ever needed

        return rfc8785.dumps(value)
    return text.encode("utf-8")
