"""Which properties of a record hold attachments, and what a record names in them.

A schema says so with ``x-jzy-attachment: true`` on the object that describes one attachment, as
the shared definition does; no kind is known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jzy.model.kinds import EVERY, Kind
from jzy.model.record import DataPath, Record

ANNOTATION = "x-jzy-attachment"
_HASH = re.compile("[0-9a-f]{64}")


class Place(NamedTuple):
    """Where a record may hold attachments."""

    path: DataPath
    """As the schema has it, with :data:`EVERY` for the items of lists on the way."""
    listed: bool
    """Whether it is a list of attachments, not one of them."""


class Attachment(NamedTuple):
    """An attachment that a record names."""

    at: DataPath
    name: str
    sha256: str
    size: int | None
    type: str


def places_of(kind: Kind) -> tuple[Place, ...]:
    """The places of a kind, in the order of its schema; found once."""
    known: tuple[Place, ...] | None = kind.__dict__.get("attachment_places")
    if known is None:
        known = kind.__dict__["attachment_places"] = tuple(_places(kind.schema, ()))
    return known


def named_in(kind: Kind, record: Record) -> Iterator[Attachment]:
    """The attachments that a record names, also one that does not satisfy its schema."""
    for place in places_of(kind):
        for path, value in _values(record.data, place, ()):
            name, sha256, size = value.get("name"), value.get("sha256"), value.get("size")
            if isinstance(name, str) and isinstance(sha256, str) and _HASH.fullmatch(sha256):
                whole = size if isinstance(size, int) and not isinstance(size, bool) else None
                yield Attachment(path, name, sha256, whole, str(value.get("type") or ""))


def _places(schema: Mapping[str, Any], path: DataPath) -> Iterator[Place]:
    if schema.get(ANNOTATION) is True:
        yield Place(path, listed=False)
        return
    items = schema.get("items")
    if isinstance(items, Mapping):
        if items.get(ANNOTATION) is True:
            yield Place(path, listed=True)
        else:
            yield from _places(items, (*path, EVERY))
    for name, child in schema.get("properties", {}).items():
        yield from _places(child, (*path, name))


def _values(
    data: Any, place: Place, done: DataPath
) -> Iterator[tuple[DataPath, Mapping[str, Any]]]:
    rest = (*place.path, EVERY)[len(done) :] if place.listed else place.path[len(done) :]
    if not rest:
        if isinstance(data, Mapping):
            yield done, data
    elif rest[0] == EVERY:
        for position, item in enumerate(data if isinstance(data, list) else ()):
            yield from _values(item, place, (*done, position))
    elif isinstance(data, Mapping) and rest[0] in data:
        yield from _values(data[rest[0]], place, (*done, rest[0]))
