"""What was read of a repository: records, those that are sound, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from jzy.model.record import Record
from jzy.store.index import IndexedRecord
from jzy.store.problems import Problem


class Loaded:
    """What was read: sound texts as records, and the problems of the others.

    Args:
        records: those that were read now.
        sound: those of them that satisfy their schema.
        problems: with the path of each file, relative to the root.
        known: gives the records of a kind that are known from the index, each with whether it is
            sound.
        kinds: which kinds it knows.
    """

    def __init__(
        self,
        records: Iterable[Record] = (),
        sound: Iterable[Record] = (),
        problems: Iterable[tuple[str, Problem]] = (),
        known: Callable[[str], list[tuple[Record, bool]]] = lambda _: [],
        kinds: Iterable[str] = (),
    ) -> None:
        self.fresh = sorted(records, key=lambda record: record.path)
        """The records that were read now, in the order of their paths."""
        self.problems = sorted(problems, key=lambda each: each[0])
        self._fresh_sound = {record.path for record in sound}
        self._known = known
        self._kinds = list(kinds)
        self._by_kind: dict[str, list[tuple[Record, bool]]] = {}

    def of(self, kind: str) -> list[tuple[Record, bool]]:
        """The records of a kind in the order of their paths, each with whether it is sound."""
        found = self._by_kind.get(kind)
        if found is None:
            fresh = [(r, r.path in self._fresh_sound) for r in self.fresh if r.kind == kind]
            found = sorted([*self._known(kind), *fresh], key=lambda each: each[0].path)
            self._by_kind[kind] = found
        return found

    def sound_of(self, kind: str) -> list[Record]:
        """The records of a kind that satisfy their schema, in the order of their paths."""
        return [record for record, sound in self.of(kind) if sound]

    def is_sound(self, record: Record) -> bool:
        """Whether a record that was read now satisfies its schema."""
        return record.path in self._fresh_sound

    def pack(self, kind: str) -> None:
        """Let go of what was unpacked of a kind's records; it is unpacked again for whoever asks."""
        pack_each(record for record, _ in self._by_kind.get(kind, ()))

    @cached_property
    def _all(self) -> list[tuple[Record, bool]]:
        kinds = dict.fromkeys([*self._kinds, *(record.kind for record in self.fresh)])
        found = [each for kind in kinds for each in self.of(kind)]
        return sorted(found, key=lambda each: each[0].path)

    @cached_property
    def records(self) -> list[Record]:
        """Every record, in the order of their paths."""
        return [record for record, _ in self._all]

    @cached_property
    def sound(self) -> list[Record]:
        """Those of the records that satisfy their schema."""
        return [record for record, sound in self._all if sound]


def pack_each(records: Iterable[Record]) -> None:
    """Let go of what was unpacked of records out of the index."""
    for record in records:
        if isinstance(record, IndexedRecord):
            record.pack()
