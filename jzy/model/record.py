"""A record: one file, its place, its plain data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jzy.model.digest import record_digest, signed_part

DataPath = tuple[str | int, ...]
"""Where a value stands inside a record: property names and list positions from 0."""


class Record:
    """One record as it was read; it is not changed.

    The file's name is the id and its folder is the kind; the file itself holds neither.

    Args:
        kind: name of the kind.
        id: of the record.
        path: relative to the repository root, with ``/``.
        data: plain values: ``str``, ``int``, ``bool``, ``None``, ``dict`` and ``list``.
        text: the file's text, from which positions are found when a finding needs them.
    """

    kind: str
    id: str
    path: str
    data: Mapping[str, Any]
    text: str

    def __init__(self, kind: str, id: str, path: str, data: Mapping[str, Any], text: str) -> None:
        # In one step, which passes by whatever a record out of the index finds when it is asked.
        self.__dict__.update(kind=kind, id=id, path=path, data=data, text=text)

    def __eq__(self, other: object) -> bool:
        """Whether another is the same text at the same place."""
        if not isinstance(other, Record):
            return NotImplemented
        mine, theirs = ((r.kind, r.id, r.path, r.text) for r in (self, other))
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def digest(self) -> str:
        """Digest of the signed part, see :func:`jzy.model.digest.record_digest`."""
        return record_digest(self.kind, self.id, self.data)

    @property
    def signed(self) -> dict[str, Any]:
        """The part that sign-offs cover."""
        return signed_part(self.data)

    @property
    def sign_offs(self) -> list[dict[str, Any]]:
        """The entries of ``sign_offs``, oldest first; empty where there are none."""
        entries = self.data.get("sign_offs")
        return (
            [entry for entry in entries if isinstance(entry, dict)]
            if isinstance(entries, list)
            else []
        )

    def at(self, dotted: str) -> Any:
        """The value at a dotted path, ``None`` where it is absent.

        A list on the way gives the list of what its items hold there.
        """
        return value_at(self.data, dotted)


def value_at(data: Any, dotted: str) -> Any:
    """The value at ``a.b.c`` inside plain data; ``None`` where absent, lists are mapped over."""
    value = data
    for name in dotted.split(".") if dotted else ():
        if value.__class__ is dict:  # by far the commonest, and asked for a hundred times a record
            value = value.get(name)
        elif isinstance(value, list):
            value = [item.get(name) for item in value if isinstance(item, Mapping) and name in item]
        elif isinstance(value, Mapping):
            value = value.get(name)
        else:
            return None
    return value


def path_of(dotted: str) -> DataPath:
    """``speakers.0.name`` as a data path; whole numbers are list positions."""
    return tuple(_step(part) for part in dotted.split(".") if part)


def _step(part: str) -> str | int:
    # Digits such as ², and more of them than any list has items, are no position.
    return int(part) if part.isdecimal() and len(part) < 10 else part


def dotted_of(path: DataPath) -> str:
    """A data path as people write it: ``speakers.0.name``."""
    return ".".join(str(part) for part in path)
