"""All records of a repository in memory, and the questions that everyone asks of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jzy.model.delegation import DELEGATION, Delegation
from jzy.model.kinds import Kind, Kinds
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.shelf import FullShelf, OverShelf, Shelf

INSTITUTION = "institution"
CLAIM, INDICATOR, DUTY = "claim", "indicator", "duty"
DEFAULT_TIME_ZONE = "Asia/Shanghai"
Search = Callable[[str, str], Record | None]
"""Finds an earlier version of a record by its id and digest; ``None`` where there is none."""
Value = TypeVar("Value")
Need = str | tuple[str, ...]
"""What an answer rests on, see :mod:`jzy.model.watched`."""
DAY: Need = ("day",)
"""The day of judgement."""
_FOUND_OUT = (
    "institution",
    "time_zone",
    "posts",
    "registrars",
    "people",
    "root_unit",
    "key_owners",
    "delegated",
)
"""What a register finds out when first asked."""


class Register:
    """The records that could be read and that satisfy their schema, by id and by kind.

    Args:
        kinds: the kinds of the repository.
        records: records whose data is sound; ids are unique.
        earlier: earlier versions of workflows that open sign-offs were submitted under, by
            workflow id and digest.
    """

    def __init__(
        self,
        kinds: Kinds,
        records: Iterable[Record],
        earlier: Mapping[tuple[str, str], Record] | None = None,
    ) -> None:
        self.kinds = kinds
        self._shelf: Shelf = FullShelf(records)
        self._earlier = earlier or {}
        self._search: Search | None = None
        self._naming: dict[tuple[str, str], dict[str, list[Record]]] = {}

    @classmethod
    def on(cls, kinds: Kinds, shelf: Shelf, search: Search) -> Register:
        """A register that takes its records from a shelf, and looks for earlier versions only
        when somebody asks for one.

        Args:
            kinds: the kinds of the repository.
            shelf: holding the sound records.
            search: finds an earlier version of a record by its id and digest.
        """
        found = cls(kinds, ())
        found._shelf, found._search = shelf, search
        return found

    def __iter__(self) -> Iterator[Record]:
        return iter(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)

    def __contains__(self, record_id: object) -> bool:
        return isinstance(record_id, str) and self._shelf.get(record_id) is not None

    def get(self, record_id: str | None) -> Record | None:
        """The record with an id, ``None`` where there is none."""
        return self._shelf.get(record_id) if record_id else None

    def of(self, kind: str) -> list[Record]:
        """All records of a kind in the order of their ids."""
        return list(self._shelf.of(kind))

    def kind_of(self, record: Record) -> Kind:
        """The kind of a record."""
        return self.kinds[record.kind]

    def with_record(self, record: Record) -> Register:
        """The same register with one record added or replaced.

        What was already found out about people and units is kept where the record cannot change
        it, because a long history asks this for each of its sign-offs.
        """
        found = copy(self)
        if self.kind_of(record).is_register:
            for name in _FOUND_OUT:
                found.__dict__.pop(name, None)
        if record.kind == DELEGATION:
            found.__dict__.pop("delegated", None)
        found._shelf = OverShelf(self._shelf, record)
        found._naming = {}
        return found

    def without(self, paths: Collection[str]) -> Register:
        """The same register without the records at some paths."""
        kept = (record for record in self if record.path not in paths)
        found = Register(self.kinds, kept, self._earlier)
        found._search = self._search
        return found

    def with_earlier(self, earlier: Mapping[tuple[str, str], Record]) -> Register:
        """The same register knowing more earlier versions of workflows and records."""
        found = copy(self)
        found._earlier = {**self._earlier, **earlier} if self._earlier else earlier
        return found

    def naming(self, kind: str, path: str, record_id: str) -> list[Record]:
        """The records of a kind that name another at a dotted path, in the order of their ids."""
        found = self._naming.get((kind, path))
        if found is None:
            found = defaultdict(list)
            for record in self.of(kind):
                for named in named_at(record, path):
                    found[named].append(record)
            self._naming[kind, path] = found
        return list(found.get(record_id, ()))

    def note(self, *needs: Need) -> None:
        """Take note of what an answer rests on: here nobody does, see :mod:`jzy.model.watched`."""

    def once(self, kept: dict[Any, Any], key: Any, make: Callable[[], Value]) -> Value:
        """What somebody keeps by a key, made from this register where it is not kept yet."""
        found: Value | None = kept.get(key)
        if found is None:
            found = kept[key] = make()
        return found

    def at_hand(self, record_id: str, digest: str | None) -> Record | None:
        """The version of a record that has a digest, if it is known without being looked for."""
        today = self.get(record_id)
        if digest is None or (today is not None and today.digest == digest):
            return today
        return self._earlier.get((record_id, digest))

    def version(self, record_id: str, digest: str | None) -> Record | None:
        """The version of a record that has a digest: today's or one of the earlier ones."""
        found = self.at_hand(record_id, digest)
        if found is None and digest is not None and self._search is not None:
            found = self._search(record_id, digest)
        return found

    def name(self, record_id: str | None) -> str:
        """What people call a record; its id where it has no name or does not exist."""
        record = self.get(record_id)
        if record is None:
            return record_id or ""
        return self.kind_of(record).name_of(record.data) or record.id

    def short_name(self, record_id: str) -> str:
        """What people call a record for short, by the kind's ``x-jzy-short-name``."""
        record = self.get(record_id)
        path = self.kind_of(record).schema.get("x-jzy-short-name") if record else None
        short = record.data.get(path) if record and path else None
        return short if isinstance(short, str) else self.name(record_id)

    def unit_of(self, record: Record) -> str | None:
        """The id of the responsible unit, where the kind names one."""
        path = self.kind_of(record).unit_property
        value = record.at(path) if path else None
        if isinstance(value, list):
            value = value[0] if value else None
        return value if isinstance(value, str) else None

    @cached_property
    def institution(self) -> Mapping[str, Any]:
        """The data of the institution record; empty where it is missing or unsound."""
        record = self.get(INSTITUTION)
        return record.data if record else {}

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """The institution's time zone."""
        try:
            return ZoneInfo(str(self.institution.get("time_zone", DEFAULT_TIME_ZONE)))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(DEFAULT_TIME_ZONE)

    @cached_property
    def posts(self) -> dict[str, str]:
        """The title of each post that the institution knows, by key."""
        return {post["key"]: post["title"] for post in self.institution.get("posts", ())}

    @cached_property
    def registrars(self) -> frozenset[str]:
        """The ids of the people who may change registers."""
        return frozenset(self.institution.get("registrars", ()))

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everyone in the people register, by id."""
        return {record.id: Person.of(record, self.root_unit) for record in self.of("person")}

    @cached_property
    def root_unit(self) -> str | None:
        """The id of the unit that has no parent, ``None`` where there is not exactly one."""
        roots = [unit.id for unit in self.of("unit") if not unit.data.get("parent")]
        return roots[0] if len(roots) == 1 else None

    @cached_property
    def delegated(self) -> dict[str, list[Delegation]]:
        """The delegations to each person, by that person's id, in the order of their own ids. Who
        signs for another asks for theirs, and would go over all of them each time."""
        found: dict[str, list[Delegation]] = defaultdict(list)
        for record in self.of(DELEGATION):
            each = Delegation.of(record, self.root_unit)
            found[each.delegate].append(each)
        return dict(found)

    @cached_property
    def key_owners(self) -> dict[bytes, list[str]]:
        """Who names a public key, by the key's raw bytes. A sound register has one owner a key."""
        owners: dict[bytes, list[str]] = defaultdict(list)
        for person in self.people.values():
            for key in person.keys:
                if person.id not in owners[key.blob]:
                    owners[key.blob].append(person.id)
        return dict(owners)


def named_at(record: Record, path: str) -> Iterable[str]:
    """Every text that a record holds at a dotted path, each once."""
    return dict.fromkeys(_flat(record.at(path)))


def _flat(value: Any) -> list[str]:
    if isinstance(value, list):
        return [named for item in value for named in _flat(item)]
    return [value] if isinstance(value, str) else []
