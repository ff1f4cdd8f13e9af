"""What was found out about records, kept with the index as long as nothing it rests on changes.

An answer is kept with its needs (:mod:`jzy.model.watched`). A need is *touched* when what it names is
not what it was when the answer was found: a file has changed, the day is another, history holds a
version that it did not. An answer with a touched need is forgotten; so is one that rests on a
file too young to be known again, when the index is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kinds
from jzy.model.record import Record
from jzy.model.register import DAY, Need, named_at
from jzy.model.watched import EVERY, Watched
from jzy.office.beside import FOLDER
from jzy.store.index import Index, at_rest
from jzy.store.loaded import Loaded
from jzy.store.records import held_before

TEMPLATES: Need = ("templates",)
"""Which templates there are."""
_OWN = "notes/"
"""Before the name of a topic, the name of the part of the index that holds it."""
_WORTH = 0.1
"""Finding out for so many seconds takes as long as writing the index of ten thousand records."""
_LITTLE = 0.01
"""Seconds that nobody notices."""
_VERSION, _NAMING = "version", "naming"


class World(NamedTuple):
    """What there is besides the records."""

    root: Path
    day: date
    """As of which is judged."""
    templates: Callable[[], list[str]]
    repository: Callable[[], Repository]

    def facts(self) -> dict[str, Any]:
        """What can be told of it without asking git."""
        return {
            "day": self.day.isoformat(),
            "templates": self.templates(),
            "history": _history(self.root),
            "beside": _beside(self.root),
        }

    def head(self) -> str | None:
        """The commit that history is read from, ``None`` where there is none."""
        try:
            return self.repository().head()
        except WrongEnvironment:
            return None

    def goes_on_from(self, commit: str | None) -> bool:
        """Whether history still holds all that it held at a commit."""
        from jzy.git.history import is_ancestor  # noqa: PLC0415 - only after a commit

        head = self.head()
        if commit is None or head is None:
            return commit == head
        return commit == head or is_ancestor(self.repository(), commit, head)


def _history(root: Path) -> list[Any]:
    """What changes whenever history does, as far as it can be told without asking git."""
    folder = root / ".git"
    try:
        said = tip = (folder / "HEAD").read_text("utf-8").strip()
        if said.startswith("ref: "):
            tip = _tip(folder, said.removeprefix("ref: "))
    except (OSError, UnicodeDecodeError, ValueError):
        return [None, None]
    cut = folder / "shallow"
    return [tip, cut.stat().st_mtime_ns if cut.exists() else None]


def _tip(folder: Path, name: str) -> str:
    """The commit that a branch is at, from its own file or among the packed ones.

    Raises:
        OSError: neither is there.
        ValueError: the branch is not among the packed ones; where branches are kept otherwise
            git has to be asked.
    """
    try:
        return (folder / name).read_text("utf-8").strip()
    except FileNotFoundError:
        for line in (folder / "packed-refs").read_text("utf-8").splitlines():
            tip, _, packed = line.partition(" ")
            if packed == name:
                return tip
        raise ValueError(name) from None


def _beside(root: Path) -> list[list[Any]]:
    """The versions that are kept beside the records, see :mod:`jzy.office.beside`."""
    folder = root / "records" / FOLDER
    if not folder.is_dir():
        return []
    found = sorted((path.name, path.stat()) for path in folder.iterdir())
    return [[name, status.st_size, status.st_mtime_ns] for name, status in found]


class Topic:
    """Answers to one question, by a path or a name.

    Args:
        needs: of each answer, as positions in the table; none is known if absent.
        answers: plain data; an answer that is absent is empty.
        table: each need once.
    """

    def __init__(
        self,
        needs: dict[str, tuple[int, ...]] | None = None,
        answers: dict[str, Any] | None = None,
        table: list[Need] | None = None,
    ) -> None:
        self.needs = {} if needs is None else needs
        self.answers = {} if answers is None else answers
        self.table = [] if table is None else table
        self.spent: dict[str, float] = {}
        """Seconds that each answer took that was not known."""
        self._has_holes = False
        """Whether the table may hold needs that no answer has any more."""

    @cached_property
    def _places(self) -> dict[Need, int]:
        return {need: place for place, need in enumerate(self.table)}

    def find(self, key: str, register: Watched, make: Callable[[], Any]) -> None:
        """Find out an answer where it is not known.

        Args:
            key: by which it is kept.
            register: that is asked.
            make: gives the answer, plain data.
        """
        if key in self.needs:
            return
        begun = perf_counter()
        self.put(key, *register.during(make))
        self.spent[key] = perf_counter() - begun

    def needs_of(self, key: str) -> set[Need]:
        """What a known answer rests on."""
        return {self.table[place] for place in self.needs[key]}

    def put(self, key: str, answer: Any, needs: Iterable[Need]) -> None:
        """Keep an answer with what it rests on."""
        places, table, mine = self._places, self.table, []
        for need in needs:
            place = places.get(need)
            if place is None:
                place = places[need] = len(table)
                table.append(need)
            mine.append(place)
        self.needs[key] = tuple(mine)
        if answer:
            self.answers[key] = answer

    def worth(self, touched: Callable[[Need], bool] | None) -> float:
        """Seconds that the answers took that were not known and that can be kept; all of them where
        nothing is touched (``None``)."""
        if touched is None:
            return sum(self.spent.values())
        return sum(
            seconds
            for key, seconds in self.spent.items()
            if not any(touched(self.table[place]) for place in self.needs.get(key, ()))
        )

    def forget(self, touched: Callable[[Need], bool], gone: Iterable[str]) -> None:
        """Drop what rests on something that was touched, and what is of no interest any more."""
        self._has_holes = True
        for key in gone:
            self.needs.pop(key, None)
            self.answers.pop(key, None)
        places = {place for place, need in enumerate(self.table) if touched(need)}
        if places:
            for key in [k for k, mine in self.needs.items() if not places.isdisjoint(mine)]:
                del self.needs[key]
                self.answers.pop(key, None)

    def packed(
        self, touched: Callable[[Need], bool] | None, gone: Collection[str]
    ) -> tuple[Any, ...]:
        """As plain data, without what :meth:`forget` would drop; it stays here, where it holds."""
        if touched is None and not self._has_holes:
            return self.needs, self.answers, self.table
        kept = Topic(dict(self.needs), dict(self.answers), self.table)
        if touched is not None:
            kept.forget(touched, gone)
        used = sorted({place for mine in kept.needs.values() for place in mine})
        renamed = {place: number for number, place in enumerate(used)}
        needs = {key: tuple(map(renamed.__getitem__, mine)) for key, mine in kept.needs.items()}
        return needs, kept.answers, [self.table[place] for place in used]

    @classmethod
    def unpacked(cls, packed: Any) -> Topic:
        """From plain data."""
        return cls(*packed) if packed else cls()


class Memory:
    """What is known of a repository from earlier times.

    Args:
        index: with which it is kept.
        loaded: the records as they are now.
        kinds: the kinds of the repository.
        world: what else answers rest on.
    """

    def __init__(self, index: Index, loaded: Loaded, kinds: Kinds, world: World) -> None:
        self._index = index
        self._loaded = loaded
        self._kinds = kinds
        self._world = world
        self._topics: dict[str, Topic] = {}

    def topic(self, name: str) -> Topic:
        """The answers to one question that still hold; others are put in."""
        found = self._topics.get(name)
        if found is None:
            with at_rest():
                known = self._index.part(_OWN + name)
                found = Topic.unpacked(known)
                if known:
                    found.forget(self._touched(found.table), self._index.stale)
            self._topics[name] = found
        return found

    def keep(self) -> None:
        """Write what was found out, and what was read, where either is worth it."""
        unsettled = [r for r in self._loaded.fresh if not self._index.settled(r)]
        touched = _Touched(unsettled) if unsettled else None
        paths = [record.path for record in unsettled]
        # What rests on a file too young to be known again is found out again anyway.
        spent = sum(topic.worth(touched) for topic in self._topics.values())
        worth = self._index.is_worth_writing or spent > _WORTH
        if not (worth or (touched is None and self._lasts(spent))):
            return
        notes = {}
        with at_rest():
            known = {part for part in self._index.parts() if part.startswith(_OWN)}
            for name in sorted({part.removeprefix(_OWN) for part in known} | set(self._topics)):
                topic = self.topic(name)
                notes[_OWN + name] = topic.packed(touched, paths)
                topic.spent.clear()
            tables = [need for _, _, table in notes.values() for need in table]
            self._index.keep(notes, self._facts(tables))

    def _lasts(self, spent: float) -> bool:
        """Whether what differs from what is kept did so the last time, too. To write it down then
        takes less than to find it out again and again; a change is mostly followed by another."""
        before = self._index.facts
        same = all(before.get(name) == fact for name, fact in self._now.items())
        if same and not self._index.changes and spent < _LITTLE:
            return False
        return self._index.is_seen_again(self._now)

    def _facts(self, needs: Iterable[Need]) -> dict[str, Any]:
        asked = any(need[0] == _VERSION for need in needs)
        tip = self._world.head() if asked else None
        return {**self._world.facts(), "tip": tip}

    def _touched(self, table: list[Need]) -> Callable[[Need], bool]:
        """Whether a need is touched by what has changed since the index was written."""
        changed = self._changed
        if changed is None:
            return lambda _: True
        touched = _Touched(changed)
        before, now = self._index.facts, self._now
        if before.get("day") != now["day"]:
            touched.also(DAY)
        if before.get("templates") != now["templates"]:
            touched.also(TEMPLATES)
        if before.get("beside") != now["beside"]:
            touched.versions = True
        elif self._is_history_changed and any(need[0] == _VERSION for need in table):
            touched.versions = not self._goes_on
            touched.absent = True
        return touched

    @cached_property
    def _now(self) -> dict[str, Any]:
        return self._world.facts()

    @cached_property
    def _is_history_changed(self) -> bool:
        before, now = self._index.facts.get("history"), self._now["history"]
        return before is None or before != now or now[0] is None

    @cached_property
    def _goes_on(self) -> bool:
        return self._world.goes_on_from(self._index.facts.get("tip"))

    @cached_property
    def _changed(self) -> list[Record] | None:
        """What the files that have changed held before, and what they hold now; ``None`` where
        the former is not known any more."""
        before = held_before(self._world.root, self._kinds, self._index)
        return None if before is None else [*before, *self._loaded.fresh]


class _Touched:
    """Which needs some changed records touch.

    Args:
        records: as they were and as they are.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._of_kind: dict[str, list[Record]] = {}
        self._needs: set[Need] = set()
        self._named: dict[tuple[str, str], set[str]] = {}
        self.versions = False
        """Whether any version may be another, or missing."""
        self.absent = False
        """Whether a version that was missing may be there."""
        for record in records:
            self._of_kind.setdefault(record.kind, []).append(record)
            self._needs |= {record.id, ("kind", record.kind), EVERY}

    def also(self, need: Need) -> None:
        """One more."""
        self._needs.add(need)

    def __call__(self, need: Need) -> bool:
        if need in self._needs:
            return True
        if isinstance(need, tuple) and need[0] == _NAMING:
            return need[1] in self._of_kind and need[3] in self._names(need[1], need[2])
        if need[0] == _VERSION:
            return self.versions or (self.absent and not need[3])
        return False

    def _names(self, kind: str, path: str) -> set[str]:
        found = self._named.get((kind, path))
        if found is None:
            found = {name for record in self._of_kind[kind] for name in named_at(record, path)}
            self._named[kind, path] = found
        return found
