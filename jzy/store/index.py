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
import marshal
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from jzy.model.errors import Refused
from jzy.model.record import Record
from jzy.store import sealed
from jzy.store.files import NotReadable, decode, read_bytes

NAME = "records"
FORMAT = 1
SETTLED = 2_000_000_000
"""Nanoseconds after which a file's times can be told from a later change: no file system in use
counts in longer steps."""
_WORTH = 32
"""Reading so many files again takes as long as writing the index of ten thousand."""

Stamp = tuple[int, int, int, int, int]
"""Size, time of change, time of change of its properties, node and device of a file."""


class Entry(NamedTuple):
    """What one file held."""

    stamp: Stamp
    checksum: bytes
    """Of its text, by which a text that is read later is known to be the same."""
    sound: bool
    """Whether it satisfies its schema."""
    digest: str | None
    """Of the signed part, where there are sign-offs."""
    data: dict[str, Any]


class IndexedRecord(Record):
    """A record out of the index, whose text is read only when somebody needs it."""

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
        found.__dict__.update(kind=kind, id=record_id, path=path, data=entry.data)
        found.__dict__.update(_root=root, _checksum=entry.checksum)
        if entry.digest is not None:
            found.__dict__["digest"] = entry.digest
        return found

    @cached_property
    def text(self) -> str:
        """The file's text.

        Raises:
            Refused: the file has changed in this very moment.
        """
        try:
            text = decode(read_bytes(self.__dict__["_root"] / self.path))
        except NotReadable:
            text = ""
        if checksum(text) != self.__dict__["_checksum"]:
            raise Refused(f"{self.path} 刚刚被其他程序改动", "请再执行一次", where=self.path)
        return text


class Index:
    """The index of one repository.

    Args:
        folder: the ``.git`` folder, ``None`` where there is none.
        mark: what the entries depend on besides the files, see :func:`mark_of`.
    """

    def __init__(self, folder: Path | None, mark: str) -> None:
        self._path = folder / "jzy" / NAME if folder else None
        self._mark = mark
        self._secret = sealed.user_secret() if folder else None
        self._moment = _moment(self._path.parent) if self._path and self._secret else 0
        self._before = self._read()
        self._now: dict[str, Entry] = {}
        self._new = 0

    def find(self, path: str, status: os.stat_result) -> Entry | None:
        """What a file held, if it is still the same file."""
        found = self._before.get(path)
        if found is None or found[0] != stamp_of(status):
            return None
        entry = self._now[path] = Entry(*found)
        return entry

    def put(self, path: str, status: os.stat_result, record: Record, *, sound: bool) -> None:
        """Keep what a file held, unless its times are too new to tell it from a later change.

        Args:
            path: relative to the root.
            status: of the open file, before it was read.
            record: what it held.
            sound: whether that satisfies its schema.
        """
        age = self._moment - max(status.st_mtime_ns, status.st_ctime_ns)
        if self._secret is None or age <= SETTLED:
            return
        digest = record.digest if sound and record.sign_offs else None
        data = dict(record.data)
        self._now[path] = Entry(stamp_of(status), checksum(record.text), sound, digest, data)
        self._new += 1

    def keep(self) -> None:
        """Write the index where much has changed; a few files are as quickly read again."""
        gone = len(self._before) - (len(self._now) - self._new)
        if self._path is None or self._secret is None or self._new + gone <= _allowed(self._before):
            return
        body = marshal.dumps({path: tuple(entry) for path, entry in self._now.items()})
        sealed.write(self._path, self._secret, [self._mark], body)

    def _read(self) -> dict[str, Any]:
        if self._path is None or self._secret is None:
            return {}
        kept = sealed.read(self._path, self._secret)
        if kept is None or kept[0] != [self._mark]:
            return {}
        with at_rest():
            # Nobody else can have written it: that is what the seal says.
            found: dict[str, Any] = marshal.loads(kept[1])  # noqa: S302
        return found


def mark_of(schemas: Iterable[Path]) -> str:
    """What entries depend on besides the files: the schemas, jzy and Python."""
    from jzy import __version__  # noqa: PLC0415 - a package's root imports nothing

    digest = hashlib.sha256(f"{FORMAT}\n{__version__}\n{sys.version}\n".encode())
    package = Path(__file__).resolve().parent.parent
    for module in ("store", "model/record.py", "model/digest.py", "rules/schema.py"):
        for path in sorted((package / module).glob("*.py")) or [package / module]:
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
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


def _moment(folder: Path) -> int:
    """What the clock of the file system shows, in nanoseconds; 0 where nothing can be written.

    Files are stamped by this clock, so it must be the one they are compared with, whatever the
    time of day has been set to.
    """
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            return os.fstat(probe.fileno()).st_ctime_ns
    except OSError:
        return 0


def _allowed(before: dict[str, Any]) -> int:
    return _WORTH if before else 0
