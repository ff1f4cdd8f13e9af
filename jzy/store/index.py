"""What the record files held when they were read last, kept under ``.git/jzy/``.

A file is not read again while everything the system says of it is as it was: size, both times,
device and node. A time of the last moments says nothing, because a second change within the same
tick of the clock would not show; such files are read again until their times have settled. The
index is sealed (:mod:`jzy.store.sealed`), and belongs to one set of schemas and one jzy; whatever is
missing, damaged or of another make is read from the files, and nobody notices.
"""

from __future__ import annotations

import gc
import hashlib
import json
import marshal
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from jzy.model.errors import Refused
from jzy.model.record import Record
from jzy.store import sealed
from jzy.store.files import NotReadable, decode, read_bytes

NAME = "records"
LAST = "last"
"""The file that says what the records were when somebody looked last."""
FORMAT = 2
_RECORDS = "records/"
"""Before the name of a kind, the name of the part that holds its records."""
_JUDGING = ("git", "model", "office", "render", "rules", "store")
_LIBRARIES = ("site-packages", "dist-packages")
SETTLED = 2_000_000_000
"""Nanoseconds after which a file's times can be told from a later change: no file system in use
counts in longer steps."""
_SELDOM = 100_000
"""How many more objects there may be before cycles among them are looked for."""
_WORTH = 32
"""Reading so many files again takes as long as writing the index of ten thousand."""

Stamp = tuple[int, int, int, int, int]
"""Size, time of change, time of change of its properties, node and device of a file."""


class Entry(NamedTuple):
    """What one file held."""

    checksum: bytes
    """Of its text, by which a text that is read later is known to be the same."""
    sound: bool
    """Whether it satisfies its schema."""
    digest: str | None
    """Of the signed part, where there are sign-offs."""
    data: bytes
    """Marshalled."""


class IndexedRecord(Record):
    """A record out of the index: its data is unpacked, and its text read, when somebody asks."""

    @classmethod
    def of(cls, root: Path, path: str, kind: str, record_id: str, entry: Entry) -> IndexedRecord:
        """The record that an entry holds.

        Args:
            root: of the records repository.
            path: of the file, relative to it.
            kind: name of the kind.
            record_id: the id.
            entry: what the file held.
        """
        found = object.__new__(cls)
        found.__dict__.update(kind=kind, id=record_id, path=path, _root=root, _entry=entry)
        if entry.digest is not None:
            found.__dict__["digest"] = entry.digest
        return found

    @cached_property
    def data(self) -> Mapping[str, Any]:  # type: ignore[override]  # nobody writes it
        """What the file held."""
        # Nobody else can have written it: that is what the seal says.
        found: Mapping[str, Any] = marshal.loads(self.__dict__["_entry"].data)  # noqa: S302
        return found

    def pack(self) -> None:
        """Forget what was unpacked; it is unpacked again when somebody asks."""
        self.__dict__.pop("data", None)

    @property
    def sign_offs(self) -> list[dict[str, Any]]:
        """See :attr:`Record.sign_offs`; where there are none, nothing is unpacked to see that."""
        entry = self.__dict__["_entry"]
        return [] if entry.sound and entry.digest is None else super().sign_offs

    @cached_property
    def text(self) -> str:  # type: ignore[override]  # nor this
        """The file's text.

        Raises:
            Refused: the file has changed in this very moment.
        """
        try:
            text = decode(read_bytes(self.__dict__["_root"] / self.path))
        except NotReadable:
            text = ""
        if checksum(text) != self.__dict__["_entry"].checksum:
            raise Refused(f"{self.path} 刚刚被其他程序改动", "请再执行一次", where=self.path)
        return text


class Index:
    """The index of one repository: what files held, and notes of others that rest on it.

    Everything that it holds was written in one step, so that notes speak of just the records that
    are kept beside them.

    Args:
        folder: the ``.git`` folder, ``None`` where there is none.
        mark: what the entries depend on besides the files, see :func:`mark_of`.
    """

    def __init__(self, folder: Path | None, mark: str) -> None:
        self._path = folder / "jzy" / NAME if folder else None
        self._mark = mark
        self._secret = sealed.user_secret() if folder else None
        self._parts = self._open()
        self._unpacked: dict[str, Any] = {}
        self._entries: dict[str, dict[str, Entry]] = {}
        self.files: dict[str, dict[str, Stamp]] = self.part("files") or {}
        """By folder and name what the system said of each file that is known."""
        self.facts: dict[str, Any] = self._parts.head["facts"] if self._parts else {}
        """What else was so when the notes were written; plain data of whoever writes them."""
        self.stale: set[str] = set()
        """Paths of known files that are not what they were, or not there."""
        self._new: dict[str, dict[str, tuple[Stamp, Entry]]] = {}
        self._moment: int | None = None
        self._kept = False

    @cached_property
    def unsound(self) -> frozenset[str]:
        """Paths of known files that do not satisfy their schema."""
        return frozenset(self._parts.head["unsound"] if self._parts else ())

    def present(self) -> Iterator[str]:
        """The paths of the known files that are what they were."""
        for folder, names in self.files.items():
            for name in names:
                path = f"{folder}/{name}"
                if path not in self.stale:
                    yield path

    def count(self, kind: str) -> int | None:
        """How many ids of a kind there are with a sound record, if that has not changed."""
        counts: dict[str, int] = self._parts.head["counts"] if self._parts else {}
        return counts.get(kind)

    def entries(self, kind: str) -> dict[str, Entry] | None:
        """What the known files of a kind held, by path; ``None`` where that part is damaged."""
        found: dict[str, Entry] | None = self._entries.get(kind)
        if found is None:
            packed = self.part(_RECORDS + kind)
            if packed is None:
                return None if self._parts and _RECORDS + kind in self._parts else {}
            found = {path: Entry(*entry) for path, entry in packed.items()}
            self._entries[kind] = found
        return found

    def parts(self) -> list[str]:
        """The names of all parts."""
        return self._parts.names() if self._parts else []

    def part(self, name: str) -> Any:
        """A part of the index, unpacked; ``None`` where there is none."""
        if name not in self._unpacked:
            packed = self._parts.part(name) if self._parts else None
            with at_rest():
                # Nobody else can have written it: that is what the seal says.
                found = marshal.loads(packed) if packed is not None else None  # noqa: S302
            self._unpacked[name] = found
        return self._unpacked[name]

    def put(self, path: str, kind: str, status: Sequence[int], entry: Entry) -> None:
        """Keep what a file held, unless its times are too new to tell it from a later change.

        Args:
            path: relative to the root.
            kind: name of the kind.
            status: the stamp of the open file, before it was read.
            entry: what it held.
        """
        if self._moment is None:
            possible = self._path is not None and self._secret is not None
            self._moment = _moment(self._path.parent) if possible and self._path else 0
        size, changed, touched, node, device = status
        if self._secret is None or self._moment - max(changed, touched) <= SETTLED:
            return
        stamp = size, changed, touched, node, device
        self._new.setdefault(kind, {})[path] = stamp, entry

    def settled(self, record: Record) -> bool:
        """Whether a record that was read now will be known when the index is written."""
        return record.path in self._new.get(record.kind, ())

    @property
    def changes(self) -> int:
        """How many files are not as the index has them."""
        return len(self.stale | {path for kind in self._new.values() for path in kind})

    @property
    def is_worth_writing(self) -> bool:
        """Whether much has changed; a few files are as quickly read again."""
        return not self._kept and self.changes > (_WORTH if self.files else 0)

    def is_seen_again(self, facts: Any) -> bool:
        """Whether the files, and what else was so, are just what they were when this was asked last;
        what they are now is remembered for the next time.

        Args:
            facts: what else is so, plain data as JSON has it.
        """
        if self._path is None:
            return False
        new = sorted((path, e[0]) for each in self._new.values() for path, e in each.items())
        said = json.dumps([self._mark, sorted(self.stale), new, facts], sort_keys=True)
        mark, place = checksum(said), self._path.with_name(LAST)
        with suppress(OSError):
            if place.read_bytes() == mark:
                return True
        with suppress(OSError):  # nothing rests on it but when the index is written
            place.write_bytes(mark)
        return False

    def keep(self, notes: Mapping[str, Any] | None = None, facts: Any = None) -> None:
        """Write the index anew.

        Args:
            notes: further parts by name, plain data that rests on no more than what the index
                will hold.
            facts: what else they rest on, plain data as JSON has it.
        """
        if self._path is None or self._secret is None:
            return
        parts: dict[str, bytes] = {}
        counts, unsound = {}, set(self.unsound) - self.stale
        files = {folder: dict(names) for folder, names in self.files.items()}
        for path in self.stale:
            folder, _, name = path.rpartition("/")
            files.get(folder, {}).pop(name, None)
        kept = (name for name in self.parts() if name.startswith(_RECORDS))
        kinds = {name.removeprefix(_RECORDS) for name in kept}
        for kind in sorted(kinds | set(self._new)):
            before = self.entries(kind)
            if before is None:  # damaged: all is read again the next time
                self._path.unlink(missing_ok=True)
                return
            entries = {path: e for path, e in before.items() if path not in self.stale}
            for path, (stamp, entry) in self._new.get(kind, {}).items():
                folder, _, name = path.rpartition("/")
                files.setdefault(folder, {})[name] = stamp
                entries[path] = entry
                unsound |= set() if entry.sound else {path}
            if entries:
                counts[kind] = len({_stem(path) for path, entry in entries.items() if entry.sound})
                whole = {path: tuple(entry) for path, entry in entries.items()}
                parts[_RECORDS + kind] = marshal.dumps(whole)
        parts["files"] = marshal.dumps({folder: names for folder, names in files.items() if names})
        parts |= {name: marshal.dumps(note) for name, note in (notes or {}).items()}
        head = {
            "mark": self._mark, "unsound": sorted(unsound), "counts": counts, "facts": facts or {},
        }  # fmt: skip
        self._kept = True
        if self._parts is not None:
            self._parts.close()
        sealed.write_parts(self._path, self._secret, head, parts)

    def _open(self) -> sealed.Parts | None:
        if self._path is None or self._secret is None:
            return None
        found = sealed.Parts.open(self._path, self._secret)
        return found if found is not None and found.head["mark"] == self._mark else None


def entry_of(record: Record, *, sound: bool) -> Entry:
    """What a file held that was read now."""
    digest = record.digest if sound and record.sign_offs else None
    return Entry(checksum(record.text), sound, digest, marshal.dumps(dict(record.data)))


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def mark_of(schemas: Iterable[Path]) -> str:
    """What entries depend on besides the files: the schemas, jzy, its libraries and Python.

    Findings are kept too, so every room that judges counts. Of the libraries (conditions, working
    days, time zones) the folder is asked that changes when one of them is put in.
    """
    from jzy import __version__  # noqa: PLC0415 - a package's root imports nothing

    digest = hashlib.sha256(f"{FORMAT}\n{__version__}\n{sys.version}\n".encode())
    package = Path(__file__).resolve().parent.parent
    for room in _JUDGING:
        with os.scandir(package / room) as listed:
            for entry in sorted(listed, key=lambda each: each.name):
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    said = f"{room}/{entry.name} {status.st_size} {status.st_mtime_ns}\n"
                    digest.update(said.encode())
    for folder in map(Path, sys.path):
        if folder.name in _LIBRARIES and folder.is_dir():
            digest.update(
                f"{folder} {folder.stat().st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
    for path in schemas:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def stamp_of(status: os.stat_result) -> Stamp:
    """What tells a file from any other, and from itself after a change."""
    return (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
    )


def checksum(text: str) -> bytes:
    """A short mark of a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@contextmanager
def at_rest() -> Iterator[None]:
    """Without the collector of cycles, which goes over all of plain data again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def set_apart() -> Iterator[None]:
    """What there is already is left out where the collector of cycles looks, and it looks seldom:
    all that was read lasts to the end, and judging leaves hardly a cycle behind."""
    often = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()


def _moment(folder: Path) -> int:
    """What the clock of the file system shows, in nanoseconds; 0 where nothing can be written.

    Files are stamped by this clock, so it must be the one they are compared with, whatever the
    time of day has been set to.
    """
    import tempfile  # noqa: PLC0415 - only where something was read

    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            return os.fstat(probe.fileno()).st_ctime_ns
    except OSError:
        return 0
