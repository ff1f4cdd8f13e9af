"""Where a register takes its records from: all at hand, or each kind when it is first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from jzy.model.kinds import Kinds
from jzy.model.record import Record


class Shelf(Protocol):
    """Sound records by id and by kind."""

    def get(self, record_id: str) -> Record | None:
        """The record with an id; of several, the last of their paths."""

    def of(self, kind: str) -> list[Record]:
        """The records of a kind in the order of their ids; not to be changed."""

    def __iter__(self) -> Iterator[Record]:
        """Every id's record, in the order of ids."""

    def __len__(self) -> int:
        """How many ids."""


class FullShelf:
    """Records that are all at hand.

    Args:
        records: in any order; of one id the last counts.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._by_id: dict[str, Record] = {}
        self._by_kind: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(records, key=lambda record: record.id):
            self._by_id[record.id] = record
            self._by_kind[record.kind].append(record)

    def get(self, record_id: str) -> Record | None:
        """See :class:`Shelf`."""
        return self._by_id.get(record_id)

    def of(self, kind: str) -> list[Record]:
        """See :class:`Shelf`."""
        return self._by_kind.get(kind, [])

    def __iter__(self) -> Iterator[Record]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


class LazyShelf:
    """Records that are fetched by kind.

    Args:
        kinds: by which an id says of which kind it is.
        fetch: gives the records of a kind, in the order of their paths.
        count: how many ids a kind has, without fetching it; ``None`` where that is not known.
    """

    def __init__(
        self,
        kinds: Kinds,
        fetch: Callable[[str], Iterable[Record]],
        count: Callable[[str], int | None],
    ) -> None:
        self._kinds = kinds
        self._fetch = fetch
        self._count = count
        self._fetched: dict[str, tuple[list[Record], dict[str, Record]]] = {}
        self._known: dict[str, Record | None] = {}

    def _kind(self, kind: str) -> tuple[list[Record], dict[str, Record]]:
        found = self._fetched.get(kind)
        if found is None:
            records = sorted(self._fetch(kind), key=lambda record: record.id)
            found = self._fetched[kind] = records, {record.id: record for record in records}
        return found

    def get(self, record_id: str) -> Record | None:
        """See :class:`Shelf`."""
        try:
            return self._known[record_id]
        except KeyError:
            kind = self._kinds.of_id(record_id)
            found = self._kind(kind.name)[1].get(record_id) if kind is not None else None
            self._known[record_id] = found
            return found

    def of(self, kind: str) -> list[Record]:
        """See :class:`Shelf`."""
        return self._kind(kind)[0] if kind in self._kinds else []

    def __iter__(self) -> Iterator[Record]:
        whole: dict[str, Record] = {}
        for kind in self._kinds:
            whole.update(self._kind(kind)[1])
        return (whole[record_id] for record_id in sorted(whole))

    def __len__(self) -> int:
        counts: Mapping[str, int | None] = {kind: self._count(kind) for kind in self._kinds}
        return sum(
            len(self._kind(kind)[1]) if count is None else count for kind, count in counts.items()
        )


class OverShelf:
    """Another shelf with some records added or replaced.

    Args:
        below: the other one.
        above: what lies on top.
    """

    def __init__(self, below: Shelf, above: Record) -> None:
        self._below: Shelf = below._below if isinstance(below, OverShelf) else below
        mine = below._above if isinstance(below, OverShelf) else {}
        self._above: dict[str, Record] = {**mine, above.id: above}
        self._kinds: dict[str, list[Record]] = {}

    def get(self, record_id: str) -> Record | None:
        """See :class:`Shelf`."""
        return self._above.get(record_id) or self._below.get(record_id)

    def of(self, kind: str) -> list[Record]:
        """See :class:`Shelf`."""
        found = self._kinds.get(kind)
        if found is None:
            found = [other for other in self._below.of(kind) if other.id not in self._above]
            found += [mine for mine in self._above.values() if mine.kind == kind]
            self._kinds[kind] = found = sorted(found, key=lambda other: other.id)
        return found

    def __iter__(self) -> Iterator[Record]:
        whole = {**{record.id: record for record in self._below}, **self._above}
        return (whole[record_id] for record_id in sorted(whole))

    def __len__(self) -> int:
        return len(self._below) + sum(self._below.get(mine) is None for mine in self._above)
