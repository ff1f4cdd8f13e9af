"""All records of a repository in memory, and the questions that everyone asks of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jzy.model.kinds import Kind, Kinds
from jzy.model.people import Person
from jzy.model.record import Record

INSTITUTION = "institution"
DEFAULT_TIME_ZONE = "Asia/Shanghai"
_FOUND_OUT = (
    "institution",
    "time_zone",
    "posts",
    "registrars",
    "people",
    "root_unit",
    "key_owners",
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
        self._by_id: dict[str, Record] = {}
        self._by_kind: dict[str, list[Record]] = defaultdict(list)
        self._earlier = earlier or {}
        for record in sorted(records, key=lambda record: record.id):
            self._by_id[record.id] = record
            self._by_kind[record.kind].append(record)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._by_id

    def get(self, record_id: str | None) -> Record | None:
        """The record with an id, ``None`` where there is none."""
        return self._by_id.get(record_id) if record_id else None

    def of(self, kind: str) -> list[Record]:
        """All records of a kind in the order of their ids."""
        return list(self._by_kind.get(kind, ()))

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
        before = self._by_id.get(record.id)
        found._by_id = {**self._by_id, record.id: record}
        found._by_kind = self._by_kind.copy()
        for kind in {record.kind, before.kind} if before else {record.kind}:
            others = [other for other in self._by_kind.get(kind, ()) if other.id != record.id]
            mine = [record] if kind == record.kind else []
            found._by_kind[kind] = sorted([*others, *mine], key=lambda other: other.id)
        return found

    def without(self, paths: Collection[str]) -> Register:
        """The same register without the records at some paths."""
        kept = (record for record in self if record.path not in paths)
        return Register(self.kinds, kept, self._earlier)

    def with_earlier(self, earlier: Mapping[tuple[str, str], Record]) -> Register:
        """The same register knowing more earlier versions of workflows and records."""
        found = copy(self)
        found._earlier = {**self._earlier, **earlier} if self._earlier else earlier
        return found

    def version(self, record_id: str, digest: str | None) -> Record | None:
        """The version of a record that has a digest: today's or one of the earlier ones."""
        today = self.get(record_id)
        if digest is None or (today is not None and today.digest == digest):
            return today
        return self._earlier.get((record_id, digest))

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
    def key_owners(self) -> dict[bytes, list[str]]:
        """Who names a public key, by the key's raw bytes. A sound register has one owner a key."""
        owners: dict[bytes, list[str]] = defaultdict(list)
        for person in self.people.values():
            for key in person.keys:
                if person.id not in owners[key.blob]:
                    owners[key.blob].append(person.id)
        return dict(owners)
