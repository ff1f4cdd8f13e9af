"""Folders as git keeps them, written one after another."""

from __future__ import annotations

import contextlib

from jzy.git.history import Objects
from jzy.git.plumbing import GitFailed, Talking
from jzy.git.repository import Repository

_FOLDER = "40000"
"""The mode of a folder."""
PLAIN = "100644"
"""The mode of a file that nobody made anything else of."""
_TYPES = {_FOLDER: "tree", "160000": "commit"}
"""What an entry of a mode is, if no blob: a folder, or another repository."""
Entry = tuple[str, str, str]
"""Mode, name and object id, see :meth:`Objects.tree`."""
File = tuple[str, str]
"""Mode and object id of a file."""


class Trees(Talking):
    """One ``git mktree --batch`` for as many folders as one wants; use it in ``with``.

    Args:
        repository: whose.
    """

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository.root, "mktree", "-z", "--missing", "--batch", tells=True)

    def write(self, entries: list[Entry]) -> str:
        """The id of a folder that holds just these.

        Raises:
            GitFailed: it cannot be written.
        """
        into, out = self._process.stdin, self._process.stdout
        assert into is not None and out is not None  # noqa: S101 - they are pipes
        said = "".join(
            f"{mode} {_TYPES.get(mode, 'blob')} {which}\t{name}\0" for mode, name, which in entries
        )
        with contextlib.suppress(BrokenPipeError):
            self.into.write(said.encode("utf-8", "surrogateescape") + b"\0")
            self.into.flush()
        found = self.out.readline().decode("ascii").strip()
        if not found:
            _, wrong = self._process.communicate()
            raise GitFailed(("mktree",), 1, wrong.decode("utf-8", "replace").strip())
        return found

    def with_file(self, objects: Objects, commit: str | None, path: str, file: File) -> str:
        """The id of a commit's whole tree in which one file is another, or one more.

        Args:
            objects: of the same repository.
            commit: full id; ``None`` for nothing.
            path: of the file, relative to the root.
            file: what it shall be.

        Raises:
            GitFailed: see :meth:`write`.
        """
        *folders, name = path.split("/")
        mode, found = file
        for depth in range(len(folders), -1, -1):
            around = objects.tree(f"{commit}:{'/'.join(folders[:depth])}") if commit else []
            kept = [entry for entry in around if entry[1] != name]
            found = self.write([*kept, (mode, name, found)])
            mode, name = _FOLDER, folders[depth - 1] if depth else ""
        return found


def file_in(objects: Objects, commit: str | None, path: str) -> File | None:
    """A file as a commit has it; ``None`` where it has none."""
    folder, _, name = path.rpartition("/")
    entries = objects.tree(f"{commit}:{folder}") if commit else []
    return next(((mode, blob) for mode, each, blob in entries if each == name), None)
