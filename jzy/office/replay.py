"""The life of a record as a series of versions, read back from its final text.

A record's file holds its whole life: what was drafted, each sign-off with its moment, each move
with its day. From it the commits that it would have been can be told again, one by one. What the
signed part said before it was changed is kept beside the sample (:mod:`jzy.office.beside`).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from jzy.model.chain import DECISION_TITLES
from jzy.model.expression import BadExpression, evaluate
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind
from jzy.model.moments import day_of, moment_of
from jzy.model.moves import Move, moves_of
from jzy.model.record import DataPath, Record, path_of, value_at
from jzy.model.register import Register
from jzy.store.editing import append_sign_off, remove_value, set_value
from jzy.store.records import parse

_AFTER = "follow_up"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2}))?")
_BEFORE_SIGNING = timedelta(minutes=40)
_AT_LEAST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of a record's life."""

    when: datetime
    record: Record
    text: str
    """The whole file after this step."""
    by: str
    """The id of the person who took it."""
    verb: str
    entry: dict[str, Any] | None = None
    """The sign-off that the step adds; ``None`` for drafts, edits and moves."""
    move: str | None = None
    """The name of the move that the step is; ``None`` for drafts, edits and sign-offs."""
    after: bool = False
    """Whether it comes after the last of the record's sign-offs."""


def steps(
    register: Register, record: Record, earlier: Sequence[str], begins: datetime, default: str
) -> Iterator[Step]:
    """The steps of a record's life in order; the last one leaves the record's own text.

    Args:
        register: the register, for units and people.
        record: the record as it finally was.
        earlier: texts of the versions before the last, without sign-offs, oldest first.
        begins: no step comes before this moment.
        default: the id of the person to whom steps are given that name nobody.
    """
    told = list(_Telling(register, record, earlier, begins, default).steps())
    for number, step in enumerate(told):
        last = number == len(told) - 1
        text = record.text if last else step.text
        signed = any(each.entry for each in told[number:])
        yield Step(
            step.when, record, text, step.by, step.verb, step.entry, step.move, after=not signed
        )


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a move left in a record, with the moment at which it was made."""

    move: Move
    when: datetime
    values: Mapping[str, Any]
    """What it wrote into its place, its day among it."""
    by: str | None
    """Who made it, where the record says."""


class _Telling:
    """A record on its way from the first draft to what it finally was."""

    def __init__(
        self,
        register: Register,
        record: Record,
        earlier: Sequence[str],
        begins: datetime,
        default: str,
    ) -> None:
        self._register, self._record = register, record
        self._kind = kind = register.kind_of(record)
        self._zone = register.time_zone
        self._begins = begins
        self._entries = record.sign_offs
        bare = remove_value(kind, remove_value(kind, record.text, "sign_offs"), _AFTER)
        self._versions = [*earlier, bare]
        parsed = [parse(kind, record.path, text)[0] or record for text in self._versions]
        self._digests = [version.digest for version in parsed]
        self._authors = [
            _author(register, version, record.sign_offs, default) for version in parsed
        ]
        self._marks = sorted(_marks(register, kind, record), key=lambda mark: mark.when)
        self._rest = _rest(record, self._marks)
        self._version, self._signed, self._done = -1, 0, 0
        self._followed: dict[str, Any] = {}
        self._text = ""
        self._last: datetime | None = None

    def steps(self) -> Iterator[Step]:
        """Every step; the texts are put together anew, so they may differ in layout from the
        record's own."""
        if not self._entries:
            self._version, self._followed = 0, {} if self._marks else self._rest
            yield self._step(_drafted(self._kind, self._record, self._zone), "登记")
        due = [(mark.when, self._marked(mark)) for mark in self._marks]
        due += [
            (moment_of(entry["at"], self._zone), self._entered(entry)) for entry in self._entries
        ]
        for _, part in sorted(due, key=lambda pair: pair[0]):
            yield from part
        if self._entries and self._rest and not self._marks:
            self._followed = self._rest
            yield self._step(_latest(self._rest, self._zone), "登记结果")

    def _entered(self, entry: dict[str, Any]) -> Iterator[Step]:
        at = moment_of(entry["at"], self._zone)
        digest = entry["digest"]
        wanted = self._digests.index(digest) if digest in self._digests else self._version
        if wanted != self._version:
            first, self._version = self._version < 0, wanted
            yield self._step(at - _BEFORE_SIGNING, "拟稿" if first else "修改")
        self._signed += 1
        yield self._step(at, DECISION_TITLES[entry["decision"]], entry=entry)

    def _marked(self, mark: _Mark) -> Iterator[Step]:
        if self._done == 0:
            self._followed = copy.deepcopy(self._rest)
        self._done += 1
        if self._changes_signed_part(mark.move):
            self._version = min(self._version + 1, len(self._versions) - 1)
        if mark.move.into[:1] == (_AFTER,):
            place = _place(self._followed, mark.move)
            if mark.move.listed:
                place.append(dict(mark.values))
            else:
                place.update(mark.values)
        yield self._step(mark.when, mark.move.title, by=mark.by, move=mark.move.name)

    def _changes_signed_part(self, move: Move) -> bool:
        return move.into[:1] != (_AFTER,) or any(path_of(path)[0] != _AFTER for path in move.sets)

    def _step(
        self,
        when: datetime | None,
        verb: str,
        *,
        by: str | None = None,
        entry: dict[str, Any] | None = None,
        move: str | None = None,
    ) -> Step:
        moment = max(when or self._begins, self._begins)
        if self._last is not None and entry is None:
            moment = max(moment, self._last + _AT_LEAST)
        self._last = moment
        who = entry["by"] if entry else by or self._authors[self._version]
        return Step(moment, self._record, self._composed(entry), who, verb, entry, move)

    def _composed(self, entry: dict[str, Any] | None) -> str:
        if entry is not None:
            self._text = append_sign_off(self._kind, self._text, entry)
            return self._text
        text = self._versions[self._version]
        if self._followed:
            text = set_value(self._kind, text, (_AFTER,), self._followed)
        for signed in self._entries[: self._signed]:
            text = append_sign_off(self._kind, text, signed)
        self._text = text
        return text


def _author(
    register: Register, version: Record, entries: Sequence[Mapping[str, Any]], default: str
) -> str:
    """Who writes a version of a record: its owner, who submits it, or someone of its unit."""
    owner = register.kind_of(version).owner_property
    if owner:
        return str(version.data[owner])
    if entries:
        return str(entries[0]["by"])
    unit = register.unit_of(version)
    mine = [person.id for person in register.people.values() if unit and person.unit == unit]
    return mine[0] if mine else default


def _drafted(kind: Kind, record: Record, zone: tzinfo) -> datetime | None:
    """When a record without sign-offs came to be: by its date, or its first property that is one.

    What gives a right from a day on is there on that day's morning.
    """
    names = [kind.date_property] if kind.date_property else []
    names += [name for name, schema in kind.properties.items() if schema.get("format") == "date"]
    for name in names:
        value = record.data.get(name)
        if isinstance(value, str) and _DATE.fullmatch(value):
            hour = 8 if kind.owner_property else 16
            return datetime.combine(day_of(value, zone), time(hour, 0), zone)
    return None


# --- what the moves left --------------------------------------------------------------------------


def _marks(register: Register, kind: Kind, record: Record) -> Iterator[_Mark]:
    """What each move of a record left in it, in the order of the schema, where it says when."""
    claimed: set[DataPath] = set()
    for move in moves_of(kind):
        place = value_at(record.data, ".".join(map(str, move.into)))
        if place is None or move.day is None or not (move.listed or move.is_made(record.data)):
            continue
        for item in place if move.listed else [place]:
            if move.day not in item:
                continue
            values = dict(item) if move.listed else _written(move, item, claimed)
            when = _moment(item[move.day], register.time_zone)
            values |= _set(register, record, move, values, when)
            yield _Mark(move, when, values, _by(kind, move, item))


def _written(move: Move, place: Mapping[str, Any], claimed: set[DataPath]) -> dict[str, Any]:
    """What a move wrote into an object, without what a move before it may have written as well."""
    found = {}
    for name in (*([move.day] if move.day else ()), *move.names):
        if name in place and (*move.into, name) not in claimed:
            claimed.add((*move.into, name))
            found[name] = place[name]
    return found


def _set(
    register: Register, record: Record, move: Move, values: Mapping[str, Any], when: datetime
) -> dict[str, Any]:
    """What else a move put into its own place."""
    found = {}
    seen = {**record.data, "_id": record.id, "_new": values}
    functions = Knowledge(register, when.date()).functions
    for dotted, said in move.sets.items():
        path = path_of(dotted)
        if path[:-1] != move.into:
            continue
        try:
            value = evaluate(said, seen, functions)
        except BadExpression:
            continue
        if value is not None:
            found[str(path[-1])] = value
    return found


def _by(kind: Kind, move: Move, item: Mapping[str, Any]) -> str | None:
    """Who made a move: whom a property names that is by default whoever makes it."""
    for name in move.names:
        schema = kind.property_schema((*move.place, name)) or {}
        if schema.get("x-jzy-default") == "_by" and name in item:
            return str(item[name])
    return None


def _rest(record: Record, marks: Sequence[_Mark]) -> dict[str, Any]:
    """What followed and no move has written."""
    rest = copy.deepcopy(record.data.get(_AFTER) or {})
    for mark in marks:
        *above, name = mark.move.into or ("",)
        holder = rest if mark.move.into[:1] == (_AFTER,) else None
        for part in (*above, name)[1:] if holder is not None else ():
            holder = holder.get(part) if isinstance(holder, dict) else None
        if isinstance(holder, list):
            holder.clear()
        elif isinstance(holder, dict):
            for written in mark.values:
                holder.pop(written, None)
    pruned: dict[str, Any] = _pruned(rest)
    return pruned


def _pruned(value: Any) -> Any:
    """Plain data without the collections that are empty."""
    if isinstance(value, dict):
        kept = {name: _pruned(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in ({}, [])}
    return value


def _place(followed: dict[str, Any], move: Move) -> Any:
    """The object or list that a move fills, made where it is not there."""
    place: Any = followed
    inside = move.into[1:]
    for number, part in enumerate(inside):
        make: Callable[[], Any] = list if move.listed and number == len(inside) - 1 else dict
        place = place.setdefault(part, make())
    return place


def _moment(value: str, zone: tzinfo) -> datetime:
    """The moment of a move: what it says, or the afternoon of its day."""
    if "T" in value:
        return moment_of(value, zone)
    return datetime.combine(day_of(value, zone), time(17, 0), zone)


def _latest(value: Any, zone: tzinfo) -> datetime | None:
    moments = [_moment(text, zone) for text in _dates(value)]
    return max(moments) if moments else None


def _dates(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _dates(item)
    elif isinstance(value, list):
        for item in value:
            yield from _dates(item)
