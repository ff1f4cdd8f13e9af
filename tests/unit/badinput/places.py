"""Every place of every shipped schema, with a sound record that has a value there.

All of it is derived: a new kind, property or nested object is covered by being in a schema. The
records are made of the examples that the schemas give, and so are the records they refer to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property, partial, reduce
from itertools import combinations
from typing import Any

from jzy.model.kinds import EVERY, Kind
from jzy.model.record import DataPath
from jzy.rules.schema import Judge
from jzy.store.places import shipped
from jzy.store.schemas import load_kinds

KINDS = load_kinds([shipped("schemas")])
JUDGES = {name: Judge(kind) for name, kind in KINDS.items()}
Schema = Mapping[str, Any]
Data = dict[str, Any]
DELETED = object()
"""Stands for taking a property away."""


@dataclass(frozen=True)
class Raw:
    """A value as it stands in a file, for what no plain value can be."""

    text: str


@dataclass(frozen=True)
class Twice:
    """A property that is written two times; the second is the one too many."""

    value: Any


# --- what places there are ---------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A place in the records of a kind."""

    kind: Kind
    path: tuple[str, ...]
    """Property names, with ``*`` for the items of a list."""
    schema: Schema
    required: bool

    @property
    def at(self) -> DataPath:
        """The place in the record, of a list the first item."""
        return tuple(0 if part == EVERY else part for part in self.path)

    @property
    def title(self) -> str:
        """What people call the place: its own title, or that of the list."""
        return self.kind.path_title(self.at).rpartition(" · ")[2].removesuffix(" 1")

    @property
    def is_body(self) -> bool:
        """Whether it is what follows the front matter of a Markdown record: always a text."""
        return self.kind.suffix == ".md" and self.path == ("body",)

    @cached_property
    def base(self) -> Data:
        """A sound record that has a value here."""
        return next(base for base in bases(self.kind.name) if has(base, self.at))

    def but(self, value: Any) -> Data:
        """The record with another value here."""
        return put(self.base, self.at, value)

    def __str__(self) -> str:
        return ".".join((self.kind.name, *self.path))


def walk(schema: Schema, path: tuple[str, ...] = (), required: bool = True) -> Iterator[Any]:
    """Each place of a schema below its top: path, schema, whether it must be there."""
    if path:
        yield path, schema, required
    for name, child in schema.get("properties", {}).items():
        yield from walk(child, (*path, name), name in schema.get("required", ()))
    free = schema.get("additionalProperties")
    if isinstance(free, Mapping):
        yield from walk(free, (*path, next(iter(schema["examples"][0]))), False)
    if "items" in schema:
        yield from walk(schema["items"], (*path, EVERY), False)


@cache
def places(kind: str = "") -> tuple[Place, ...]:
    """Every place of a kind, or of all."""
    names = [kind] if kind else sorted(KINDS)
    return tuple(Place(KINDS[name], *found) for name in names for found in walk(KINDS[name].schema))


# --- records that have them --------------------------------------------------------------------


def specimen(schema: Schema) -> Any:
    """The value that a schema gives as its first example."""
    return deepcopy(schema["examples"][0])


def has(data: Any, at: DataPath) -> bool:
    """Whether there is a value at a place."""
    for part in at:
        if (isinstance(part, int) and isinstance(data, list) and part < len(data)) or (
            isinstance(data, dict) and part in data
        ):
            data = data[part]
        else:
            return False
    return True


def put(data: Any, at: DataPath, value: Any) -> Any:
    """Data with another value at a place that it has, or whose surroundings it has."""
    if not at:
        return value
    head, rest = at[0], at[1:]
    if isinstance(head, int):
        items = list(data)
        items[head : head + 1] = [put(items[head] if items else None, rest, value)]
        return items
    found = dict(data)
    if value is DELETED and not rest:
        found.pop(head)
    else:
        found[head] = put(found.get(head), rest, value)
    return found


def _with(kind: Kind, base: Data, place: Place) -> Data:
    """A record with the example of a place, and of what lies around it, where it has none."""
    here: Schema = kind.schema
    for depth, part in enumerate(place.path, 1):
        here = child(here, part)
        if not has(base, place.at[:depth]):
            last = depth == len(place.path)
            base = put(base, place.at[:depth], specimen(here) if last else _least(here))
    return base


def _least(schema: Schema) -> Any:
    """The value that a schema gives, of an object only what must be there."""
    if schema["type"] == "array":
        return [_least(schema["items"])] * schema.get("minItems", 0)
    if schema["type"] != "object":
        return specimen(schema)
    return {name: specimen(schema["properties"][name]) for name in schema.get("required", ())}


def child(schema: Schema, part: str) -> Schema:
    """The schema one step below another."""
    found: Schema = (
        schema["items"]
        if part == EVERY
        else schema.get("properties", {}).get(part) or schema["additionalProperties"]
    )
    return found


def sound(kind: str, data: Data) -> bool:
    """Whether data satisfies the schema of a kind."""
    return JUDGES[kind].is_sound(data)


@cache
def bases(kind: str) -> tuple[Data, ...]:
    """Sound records that together have a value at every place of a kind: as few as it takes."""
    found: list[Data] = []
    for place in places(kind):
        if any(has(base, place.at) for base in found):
            continue
        for number, base in enumerate([*found, _needed(kind)]):
            wider = next(filter(partial(sound, kind), _wider(base, place)), None)
            if wider is not None:
                found[number : number + 1] = [wider]
                break
        else:
            raise AssertionError(f"no sound record has a value at {place}")
    return tuple(found)


@cache
def least(kind: str) -> Data:
    """A sound record of what must be there, and of what conditions then ask for."""
    beside = [place for place in places(kind) if len(place.path) == 1]
    fill = partial(_with, KINDS[kind])
    for count in range(3):
        for others in combinations(beside, count):
            data = reduce(fill, others, _needed(kind))
            if sound(kind, data):
                return data
    raise AssertionError(f"the examples of {kind} make no sound record")


def _needed(kind: str) -> Data:
    return {name: specimen(KINDS[kind].properties[name]) for name in KINDS[kind].required}


def _wider(base: Data, place: Place) -> Iterator[Data]:
    """A record with the example of a place; with those of up to two beside it, if need be."""
    wide = _with(place.kind, base, place)
    beside = [other for other in places(place.kind.name) if other.path[:-1] == place.path[:-1]]
    for count in range(3):
        for others in combinations(beside, count):
            yield reduce(partial(_with, place.kind), others, wide)


def id_of(kind: Kind) -> str:
    """An id of a kind that no example uses."""
    if kind.singleton:
        return kind.name
    return f"{kind.prefix}-" + ("20210318-0000" if kind.date_property else "benlei")


# --- as files ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A record's text, and on which lines each of its values stands."""

    text: str
    lines: Mapping[DataPath, set[int]]


def written(kind: Kind, data: Mapping[str, Any]) -> Written:
    """Data as the text of a record, each property and each item on a line of its own."""
    rows: list[str] = []
    lines: dict[DataPath, set[int]] = {(): {1, 2}}
    markdown = kind.suffix == ".md"
    if markdown:
        rows.append("---")
    front = {name: data[name] for name in data if not (markdown and name == "body")}
    _write(rows, lines, front, (), "")
    if markdown:
        rows.append("---")
        if "body" in data:
            lines["body",] = {len(rows) + 1, *range(1, len(rows))}
            body = data["body"]
            rows.append(body.text if isinstance(body, Raw) else body.removesuffix("\n"))
    return Written("\n".join(rows) + "\n", lines)


def _write(
    rows: list[str], lines: dict[DataPath, set[int]], value: Any, at: DataPath, indent: str
) -> None:
    pairs: list[tuple[str, DataPath, Any]] = []
    if isinstance(value, dict):
        for name, item in value.items():
            key = name if name.isascii() and name.isidentifier() else json.dumps(name)
            twice = isinstance(item, Twice)
            inside = item.value if twice else item
            pairs += [(f"{key}:", (*at, name), inside)] * (2 if twice else 1)
    else:
        pairs = [("-", (*at, number), item) for number, item in enumerate(value)]
    for head, here, item in pairs:
        lines[here] = {len(rows) + 1}
        if not isinstance(item, dict | list) or not item:
            text = item.text if isinstance(item, Raw) else json.dumps(item, ensure_ascii=False)
            rows.append(f"{indent}{head} {text}")
        elif head == "-":
            first = len(rows)
            _write(rows, lines, item, here, indent + "  ")
            rows[first] = f"{indent}- " + rows[first][len(indent) + 2 :]
        else:
            rows.append(indent + head)
            lines[here].add(len(rows) + 1)
            _write(rows, lines, item, here, indent + "  ")
