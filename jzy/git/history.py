"""All of history in one pass: which commit changed which file, and the bytes of both.

``git rev-list | git diff-tree --stdin`` says what changed against every parent, and one
``git cat-file --batch`` gives the objects. A merge is compared with each of its parents: what
exists only in the merge commit itself would show in no other way.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from jzy.git.message import DIGEST, RECORD
from jzy.git.plumbing import GitFailed, Talking, git
from jzy.git.repository import Repository

REGULAR = frozenset({"100644", "100755"})
"""File modes of ordinary files; a record is nothing else."""
_AT_ONCE = 64
"""How many objects are asked for before the first is read: few enough for any pipe to hold the
names, so that neither side waits for the other."""
_LONG = 4_000
_FEW = 16
_NULL = frozenset({"0" * 40, "0" * 64})


class FileChange(NamedTuple):
    """One path that differs between a commit and one of its parents."""

    path: str
    old: str | None
    """Object id of the file's former bytes, ``None`` where it was not there."""
    new: str | None
    """Object id of its bytes now, ``None`` where it is gone."""
    mode: str
    """The file's mode now; ``000000`` where it is gone."""


class PastCommit(NamedTuple):
    """A commit and what it changed."""

    id: str
    parents: tuple[str, ...]
    changes: tuple[tuple[FileChange, ...], ...]
    """Against each parent, in their order; against nothing for a commit without parents."""

    @property
    def paths(self) -> list[str]:
        """Every path that differs from the first parent."""
        return [change.path for change in self.changes[0]]


def walk(repository: Repository, tip: str, known: str = "") -> list[PastCommit]:
    """Every commit on the way to a tip, parents before children.

    Args:
        repository: the repository.
        tip: a full commit id.
        known: a full commit id, on the way to which nothing is asked for.
    """
    without = [f"^{known}"] if known else []
    listed = git(
        repository.root, "rev-list", "--topo-order", "--reverse", "--parents", tip, *without
    )
    lines = [line.split() for line in listed.decode("ascii").splitlines()]
    asked = [
        pair
        for commit, *parents in lines
        for pair in ([[commit, parent] for parent in parents] or [[commit]])
    ]
    blocks = _compared(repository, asked)
    assert len(blocks) == len(asked)  # noqa: S101 - --always gives a block for each line
    found, at = [], 0
    for commit, *parents in lines:
        count = max(len(parents), 1)
        found.append(PastCommit(commit, tuple(parents), tuple(blocks[at : at + count])))
        at += count
    return found


def _compared(repository: Repository, pairs: list[list[str]]) -> list[tuple[FileChange, ...]]:
    """What differs between the commits of each pair; a long list is asked of two gits at once."""

    def ask(some: list[list[str]]) -> list[tuple[FileChange, ...]]:
        said = git(
            repository.root, "diff-tree", "--stdin", "-r", "--root", "--raw", "-z", "--always",
            "--no-renames", "--no-ext-diff",
            stdin="".join(" ".join(pair) + "\n" for pair in some).encode("ascii"),
        )  # fmt: skip
        return list(_blocks(said.decode("utf-8", "surrogateescape").split("\0")))

    if len(pairs) < _LONG:
        return ask(pairs)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only where it pays

    middle = len(pairs) // 2
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, (pairs[:middle], pairs[middle:]))
    return first + second


def _blocks(pieces: list[str]) -> Iterator[tuple[FileChange, ...]]:
    block: list[FileChange] | None = None
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        position += 1
        if piece.startswith(":"):
            _, mode, old, new, _ = piece[1:].split(" ")
            path = pieces[position]
            position += 1
            assert block is not None  # noqa: S101 - a change follows its commit's line
            block.append(
                FileChange(path, None if old in _NULL else old, None if new in _NULL else new, mode)
            )
        elif piece:
            if block is not None:
                yield tuple(block)
            block = []
    if block is not None:
        yield tuple(block)


class Objects(Talking):
    """One ``git cat-file --batch`` for as many objects as one wants; use it in ``with``.

    Args:
        repository: whose.
        lasting: it is used without ``with``, see :attr:`Repository.objects`: git ends when this is
            gone, or at the end of Python, which does not wait for it.
    """

    def __init__(self, repository: Repository, *, lasting: bool = False) -> None:
        super().__init__(repository.root, "cat-file", "--batch")
        if lasting:
            ending = weakref.finalize(self, self._process.communicate)
            ending.atexit = False

    def read(self, name: str, limit: int | None = None) -> tuple[str, str, bytes] | None:
        """An object by its id, or by ``<commit id>:<path>``.

        Args:
            name: which.
            limit: the most bytes that are wanted; a larger object is passed over, without
                holding it in memory.

        Returns:
            Its id, type and bytes; ``None`` where there is none, or a larger one.
        """
        if "\n" in name:
            return None
        self._ask([name])
        return self._answer(limit)

    def contents(self, wanted: Mapping[str, int | None]) -> Iterator[tuple[str, bytes | None]]:
        """The bytes of many objects, asked for many at a time.

        Args:
            wanted: object ids, each with the most bytes that are wanted of it.

        Yields:
            Each id with its bytes, ``None`` where there are none, or more.
        """
        for name, found in self.found(wanted):
            yield name, found[2] if found else None

    def found(
        self, wanted: Mapping[str, int | None]
    ) -> Iterator[tuple[str, tuple[str, str, bytes] | None]]:
        """Many objects, asked for many at a time.

        Args:
            wanted: object ids or ``<commit id>:<path>``, each with the most bytes that are wanted.

        Yields:
            Each of these names with what :meth:`read` gives.
        """
        names = [name for name in wanted if "\n" not in name]
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            self._ask(some)
            for name in some:
                yield name, self._answer(wanted[name])

    def _ask(self, names: Sequence[str]) -> None:
        self.into.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
        self.into.flush()

    def _answer(self, limit: int | None) -> tuple[str, str, bytes] | None:
        out = self.out
        head = out.readline().decode("utf-8", "surrogateescape").rstrip("\n")
        parts = head.rsplit(" ", 2)
        if len(parts) != 3 or not parts[2].isdigit():
            return None
        size = int(parts[2])
        if limit is not None and size > limit:
            left = size + 1
            while left:
                left -= len(out.read(min(left, 1 << 16)))
            return None
        content = out.read(size)
        out.read(1)
        return parts[0], parts[1], content

    def content(self, name: str, limit: int | None = None) -> bytes | None:
        """The bytes of a file or commit, ``None`` where there is none, or more than a limit."""
        found = self.read(name, limit)
        return found[2] if found else None

    def tree_of(self, commit: str) -> str | None:
        """The id of a commit's tree, ``None`` where there is no such commit."""
        found = self.read(f"{commit}^{{tree}}")
        return found[0] if found else None

    def tree(self, name: str) -> list[tuple[str, str, str]]:
        """The entries of a folder: mode, name, object id; empty where there is none."""
        found = self.read(name)
        if found is None or found[1] != "tree":
            return []
        entries, rest, width = [], found[2], len(found[0]) // 2
        while rest:
            head, _, rest = rest.partition(b"\0")
            mode, _, entry = head.partition(b" ")
            entries.append(
                (mode.decode(), entry.decode("utf-8", "surrogateescape"), rest[:width].hex())
            )
            rest = rest[width:]
        return entries


def blobs_of(repository: Repository, tip: str, paths: Collection[str]) -> dict[str, list[str]]:
    """Every object that some files were on the way to a tip, in one pass.

    Args:
        repository: the repository.
        tip: a full commit id.
        paths: relative to the root.

    Returns:
        Object ids by path, the newest first; merges are compared with each parent.
    """
    # Many paths cost git more, at each commit, than going through all that changed.
    asked = list(paths) if len(paths) <= _FEW else []
    said = git(
        repository.root, "log", "-z", "--raw", "--no-abbrev", "--no-renames", "--full-history",
        "--no-ext-diff", "-m", "--root", "--format=", tip, "--", *asked,
    )  # fmt: skip
    found: dict[str, dict[str, None]] = {path: {} for path in paths}
    pieces = iter(said.decode("utf-8", "surrogateescape").split("\0"))
    for piece in pieces:
        if piece.startswith(":"):
            _, mode, _, new, _ = piece[1:].split(" ")
            path = next(pieces)
            if path in found and mode in REGULAR:
                found[path].setdefault(new)
    return {path: list(objects) for path, objects in found.items()}


def signed_at(
    repository: Repository, tip: str, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """The commits that say in their messages that they sign some version of a record.

    Messages are read alone: what a commit changed costs git the more, the more files there are.

    Args:
        repository: the repository.
        tip: a full commit id.
        wanted: ids of records, each with the digest of a version.

    Returns:
        By these, the id of the earliest commit on the way to the tip that says so. Whether it is so
        has to be judged by what the commit holds.
    """
    said = git(
        repository.root, "log", "-z", "--no-patch", "--fixed-strings", f"--grep={DIGEST}: ",
        f"--format=%H %(trailers:key={RECORD},key={DIGEST},valueonly,separator=%x20)", tip, "--",
    )  # fmt: skip
    found = {}
    for line in said.decode("utf-8", "replace").split("\0"):
        commit, *pair = line.split(" ")
        if len(pair) == 2 and (pair[0], pair[1]) in wanted:
            found[pair[0], pair[1]] = commit  # the newest come first
    return found


def is_ancestor(repository: Repository, commit: str, tip: str) -> bool:
    """Whether a commit lies on the way to a tip; both are full ids."""
    try:
        git(repository.root, "merge-base", "--is-ancestor", commit, tip)
    except GitFailed:
        return False
    return True


def merge_base(repository: Repository, a: str, b: str) -> str | None:
    """The best common ancestor of two commits, ``None`` where there is none."""
    try:
        return git(repository.root, "merge-base", a, b).decode("ascii").split()[0]
    except (GitFailed, IndexError):
        return None


def is_incomplete(repository: Repository) -> bool:
    """Whether history was cut off here: a shallow clone, or one that fetches when it needs to."""
    folder = repository.folder
    with contextlib.suppress(OSError):  # a further work tree shares the objects of the first
        folder = folder / (folder / "commondir").read_text("utf-8").strip()
    promised = (folder / "objects" / "pack").glob("*.promisor")
    return (folder / "shallow").exists() or next(promised, None) is not None
