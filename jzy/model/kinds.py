"""A kind is its schema: what the ``x-jzy-…`` annotations of a schema say.

Nothing here knows any kind by name. A schema dropped into ``schemas/`` of a records repository
is all that a new kind takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from jzy.model.record import DataPath

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
EVERY = "*"
"""Stands for any position of a list in a :attr:`Reference.path`."""


class Reference(NamedTuple):
    """A property that holds the id of another record."""

    path: DataPath
    """Property names, with :data:`EVERY` for the items of a list."""
    kinds: tuple[str, ...]
    """The kinds it may point to."""


class Kind:
    """One kind of record, read from ``<name>.schema.json``.

    Args:
        name: of the kind.
        schema: the schema with every ``$ref`` inlined.
        source: where the schema came from, for messages.
        overlay: where the office's own overlay came from; empty where there is none.
    """

    def __init__(
        self, name: str, schema: Mapping[str, Any], source: str = "", overlay: str = ""
    ) -> None:
        self.name = name
        self.schema = schema
        self.source = source
        self.overlay = overlay

    def __eq__(self, other: object) -> bool:
        """Whether another says the same, and came from the same files."""
        if not isinstance(other, Kind):
            return NotImplemented
        mine, theirs = ((k.name, k.schema, k.source, k.overlay) for k in (self, other))
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The properties that hold ids of other records."""
        return tuple(_references(self.schema, ()))

    @property
    def title(self) -> str:
        """The Chinese name of the kind."""
        return str(self.schema.get("title", self.name))

    @property
    def prefix(self) -> str:
        """First part of every id of this kind."""
        return str(self.schema.get("x-jzy-prefix", self.name))

    @property
    def folder(self) -> str:
        """Folder below ``records/``; empty for a singleton, which lies in ``records/`` itself."""
        return "" if self.singleton else str(self.schema.get("x-jzy-folder", self.name))

    @property
    def singleton(self) -> bool:
        """True where there is one record only, whose id is the kind's name."""
        return bool(self.schema.get("x-jzy-singleton", False))

    @property
    def date_property(self) -> str | None:
        """The property that dates the id and names the year's folder; ``None`` for slug ids."""
        value = self.schema.get("x-jzy-date")
        return str(value) if value else None

    @property
    def is_register(self) -> bool:
        """True where only registrars change the records."""
        return bool(self.schema.get("x-jzy-register", False))

    @property
    def owner_property(self) -> str | None:
        """The property naming the person whose own signature makes the record count."""
        value = self.schema.get("x-jzy-owner")
        return str(value) if value else None

    @property
    def suffix(self) -> str:
        """``.md`` for Markdown with front matter, else ``.yaml``."""
        return ".md" if self.schema.get("x-jzy-format") == "markdown" else ".yaml"

    @property
    def unit_property(self) -> str | None:
        """The property naming the responsible unit."""
        value = self.schema.get("x-jzy-unit")
        return str(value) if value else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Dotted paths that a list shows."""
        return tuple(self.schema.get("x-jzy-columns", ()))

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """The top-level properties in schema order."""
        found: Mapping[str, Mapping[str, Any]] = self.schema.get("properties", {})
        return found

    @property
    def required(self) -> tuple[str, ...]:
        """Top-level properties that a record must have."""
        return tuple(self.schema.get("required", ()))

    @cached_property
    def id_pattern(self) -> re.Pattern[str]:
        """What an id of this kind looks like, design §2."""
        if self.singleton:
            return re.compile(re.escape(self.name))
        tail = r"[0-9]{8}-[0-9a-z]{4}" if self.date_property else SLUG
        return re.compile(f"{re.escape(self.prefix)}-{tail}")

    def name_of(self, data: Mapping[str, Any]) -> str:
        """What people call a record of this kind; empty where the naming property is absent."""
        value = data.get(str(self.schema.get("x-jzy-name", "title")))
        return value if isinstance(value, str) else ""

    def property_schema(self, path: DataPath) -> Mapping[str, Any] | None:
        """The schema of the value at a path, ``None`` where the schema has no such place."""
        here: Mapping[str, Any] | None = self.schema
        for part in path:
            if here is None:
                return None
            if isinstance(part, int) or part == EVERY:
                here = here.get("items")
            else:
                free = here.get("additionalProperties")
                known = here.get("properties", {}).get(part)
                here = known or (free if isinstance(free, Mapping) else None)
        return here

    def path_title(self, path: DataPath) -> str:
        """A path in people's words: ``主讲人 1 · 姓名``; the raw name where a title is missing."""
        words: list[str] = []
        for depth, part in enumerate(path, 1):
            if isinstance(part, int):
                if words:
                    words[-1] += f" {part + 1}"
                continue
            around = self.property_schema(path[: depth - 1]) or {}
            found = around.get("properties", {}).get(part) or {}
            words.append(str(found.get("title", part)))
        return " · ".join(words)

    def record_path(self, record_id: str, year: str = "") -> str:
        """Where a record of this kind lies, relative to the repository root."""
        parts = ["records"]
        if self.folder:
            parts.append(self.folder)
        if self.date_property:
            parts.append(year)
        return "/".join([*parts, record_id + self.suffix])

    def marked(self, annotation: str) -> tuple[DataPath, ...]:
        """Where a record may have values whose schema has an annotation, with :data:`EVERY`."""
        if annotation not in self._known_marks:
            self._known_marks[annotation] = tuple(_marked(self.schema, annotation, ()))
        return self._known_marks[annotation]

    @cached_property
    def _known_marks(self) -> dict[str, tuple[DataPath, ...]]:
        return {}

    def references_in(self, data: Mapping[str, Any]) -> Iterator[tuple[DataPath, str, Reference]]:
        """Each reference that a record of this kind holds: where, the id, and what is allowed."""
        for reference in self.references:
            yield from (
                (path, value, reference)
                for path, value in follow(data, reference.path)
                if isinstance(value, str)
            )


class Kinds(Mapping[str, Kind]):
    """All kinds of a repository, by name."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = dict(sorted(kinds.items()))
        self._by_folder = {kind.folder: kind for kind in self._kinds.values() if kind.folder}
        self._by_prefix = {kind.prefix: kind for kind in self._kinds.values()}

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def by_folder(self, folder: str) -> Kind | None:
        """The kind whose records lie in ``records/<folder>``."""
        return self._by_folder.get(folder)

    def of_id(self, record_id: str) -> Kind | None:
        """The kind to which an id belongs by its form, ``None`` for no kind's id."""
        if record_id in self._kinds and self._kinds[record_id].singleton:
            return self._kinds[record_id]
        kind = self._by_prefix.get(record_id.partition("-")[0])
        return kind if kind and kind.id_pattern.fullmatch(record_id) else None

    def of_path(self, path: str) -> Kind | None:
        """The kind of the record file at a path relative to the root; ``None`` if it is none.

        The file must lie where the kind wants it, its name must be an id of the kind, and the
        folder of a dated kind must be a year.
        """
        parts = path.split("/")
        if len(parts) < 2 or parts[0] != "records":
            return None
        stem, dot, suffix = parts[-1].rpartition(".")
        kind = self._kinds.get(stem) if len(parts) == 2 else self._by_folder.get(parts[1])
        if kind is None or kind.suffix != dot + suffix or not kind.id_pattern.fullmatch(stem):
            return None
        if len(parts) == 2:
            return kind if kind.singleton else None
        year = [parts[2]] if kind.date_property else []
        if parts[2:-1] != year or (year and not re.fullmatch("[0-9]{4}", year[0])):
            return None
        return kind


def _references(schema: Mapping[str, Any], path: DataPath) -> Iterator[Reference]:
    target = schema.get("x-jzy-ref")
    if target:
        yield Reference(path, (target,) if isinstance(target, str) else tuple(target))
    for name, child in schema.get("properties", {}).items():
        yield from _references(child, (*path, name))
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _references(items, (*path, EVERY))


def _marked(schema: Mapping[str, Any], annotation: str, path: DataPath) -> Iterator[DataPath]:
    if schema.get(annotation):
        yield path
    for name, child in schema.get("properties", {}).items():
        yield from _marked(child, annotation, (*path, name))
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _marked(items, annotation, (*path, EVERY))


def follow(value: Any, path: DataPath, done: DataPath = ()) -> Iterator[tuple[DataPath, Any]]:
    """Each value at a path with :data:`EVERY`: where exactly, and the value."""
    for depth, part in enumerate(path):
        if part == EVERY:
            if isinstance(value, list):
                around, rest = (*done, *path[:depth]), path[depth + 1 :]
                for position, item in enumerate(value):
                    yield from follow(item, rest, (*around, position))
            return
        # A dictionary is by far the commonest, and told without asking the abstract class.
        if not (value.__class__ is dict or isinstance(value, Mapping)) or part not in value:
            return
        value = value[part]
    yield (*done, *path), value
