"""Putting back what a commit that did not come about has changed: the file, the index, HEAD.

While a commit is made, a note in git's own folder says what was there before. A process that is
killed leaves the note behind, and the next one finishes the work. The note may also have come with
somebody else's folder, so nothing in it is believed: it can restore a record's former bytes and
nothing else.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository

_BESIDE = ".jzy-"


class Note(NamedTuple):
    """What there was before."""

    head: str | None
    path: str
    old: bytes | None
    """The file's bytes, ``None`` where there was no file."""
    new: str
    """SHA-256 of the bytes that the commit brings."""
    had_index: bool
    """Whether git had an index, of which a copy lies beside the note."""


def folder(repository: Repository) -> Path:
    """jzy's own folder inside git's."""
    found = repository.folder / "jzy"
    found.mkdir(exist_ok=True)
    return found


@contextlib.contextmanager
def undoable(
    repository: Repository, before: str | None, path: str, old: bytes | None, new: bytes
) -> Iterator[None]:
    """Whatever is raised inside, afterwards everything is as it was before."""
    place = folder(repository)
    index = repository.folder / "index"
    has_index = index.exists()
    if has_index:
        shutil.copyfile(index, place / "index")
    note = Note(before, path, old, hashlib.sha256(new).hexdigest(), has_index)
    kept = base64.b64encode(old).decode() if old is not None else None
    draft = place / "undo.new"
    draft.write_text(
        json.dumps(
            {"head": before, "path": path, "old": kept, "new": note.new, "index": has_index}
        ),
        "utf-8",
    )
    draft.replace(place / "undo.json")
    try:
        yield
    except BaseException:
        now = repository.head()
        if now is not None and now != before and _is_ours(repository, now, note, new):
            back = ["HEAD", before, now] if before else ["-d", "HEAD", now]
            repository.run("update-ref", *back)
        _put_back_file(repository, note)
        _put_back_index(repository, note)
        _forget(place)  # not before all is back: a note that is left lets the next start finish
        raise
    _forget(place)


def pending(repository: Repository) -> bool:
    """Whether an earlier process was killed before it was done."""
    return (repository.folder / "jzy" / "undo.json").exists()


def finish(repository: Repository) -> str | None:
    """Undo what a killed process left; the caller holds the lock.

    Returns:
        The path whose change was undone, ``None`` where there was nothing to undo.
    """
    place = folder(repository)
    note = _read(place / "undo.json")
    done = None
    if (
        note is not None
        and is_record(repository.root, note.path)
        and repository.head() == note.head
    ):
        file = repository.root / note.path
        now = file.read_bytes() if file.exists() else None
        # What a person has written since is theirs; only the half-done content is taken back.
        if now == note.old or _is_new(now, note):
            _put_back_file(repository, note)
            # Whatever was staged since is somebody's work; only this path is unstaged.
            with contextlib.suppress(GitFailed):
                repository.run("reset", "--quiet", "--", note.path)
            done = note.path
    _forget(place)
    return done


def write(file: Path, content: bytes) -> None:
    """Replace a file in one step."""
    # Not through jzy.store: the two rooms do not know each other. The name beside it cannot be
    # foreseen, so that no link can wait there.
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_BESIDE, dir=file.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _is_new(now: bytes | None, note: Note) -> bool:
    return now is not None and hashlib.sha256(now).hexdigest() == note.new


def _is_ours(repository: Repository, now: str, note: Note, new: bytes) -> bool:
    """Whether HEAD is the commit that is being undone, and not somebody else's since."""
    raw = repository.run("cat-file", "commit", now).split(b"\n\n")[0]
    parents = [line[7:].decode() for line in raw.split(b"\n") if line.startswith(b"parent ")]
    content = repository.content(note.path, now)
    return (
        parents == ([note.head] if note.head else [])
        and content is not None
        and (content == new or content == new.replace(b"\r\n", b"\n"))
    )


def _put_back_file(repository: Repository, note: Note) -> None:
    """The file's former bytes, unless a person has written something else since."""
    file = repository.root / note.path
    if file.parent.is_dir():
        for left in file.parent.glob(_BESIDE + "*"):
            left.unlink(missing_ok=True)
    now = file.read_bytes() if file.exists() else None
    if not _is_new(now, note):
        return
    if note.old is None:
        file.unlink(missing_ok=True)
    else:
        write(file, note.old)


def _put_back_index(repository: Repository, note: Note) -> None:
    index, copy = repository.folder / "index", repository.folder / "jzy" / "index"
    if not note.had_index:
        index.unlink(missing_ok=True)
    elif copy.exists():
        # A copy first, so that a second kill in between leaves it for a third attempt.
        fresh = index.with_name("index.jzy")
        shutil.copyfile(copy, fresh)
        fresh.replace(index)


def _forget(place: Path) -> None:
    (place / "undo.json").unlink(missing_ok=True)
    (place / "index").unlink(missing_ok=True)


def _read(path: Path) -> Note | None:
    try:
        kept = json.loads(path.read_text("utf-8"))
        old = base64.b64decode(kept["old"], validate=True) if kept["old"] is not None else None
        note = Note(kept["head"], kept["path"], old, kept["new"], kept["index"])
    except (OSError, ValueError, KeyError, TypeError, binascii.Error):
        return None
    sound = (
        (note.head is None or isinstance(note.head, str))
        and isinstance(note.path, str)
        and isinstance(note.new, str)
        and isinstance(note.had_index, bool)
    )
    return note if sound else None


def is_record(root: Path, path: str) -> bool:
    """Whether a path lies below ``records/`` with no link on the way, so that writing it stays
    inside the repository."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] != "records" or ".." in parts or "\\" in path or "\0" in path:
        return False
    here = root
    for part in parts:
        here /= part
        if here.is_symlink():
            return False
    return True
