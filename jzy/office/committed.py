"""Whether a file is what HEAD has, asked of its bytes.

``git status`` is not asked: of what is ignored, or marked as unchanged, it tells nothing, and both can
be said in a folder that came from anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from jzy.git.repository import Repository

_LENGTHS = {40: hashlib.sha1, 64: hashlib.sha256}
"""What git hashes with, by the length of its ids."""


class Committed:
    """The record files of HEAD, by the ids of their contents.

    Args:
        repository: whose HEAD.
        folders: of the root, in which the files lie.
    """

    def __init__(self, repository: Repository, folders: Sequence[str] = ("records",)) -> None:
        self._root = repository.root
        self._blobs: dict[str, str] = {}
        self._known: dict[str, bool] = {}
        if repository.head() is not None:
            said = repository.run("ls-tree", "-r", "-z", "HEAD", "--", *folders)
            for line in said.decode("utf-8", "surrogateescape").split("\0"):
                meta, _, path = line.partition("\t")
                if path:
                    self._blobs[path] = meta.split()[2]

    def holds(self, path: str) -> bool:
        """Whether HEAD has a file as it lies there, but for line ends; looked at once.

        Args:
            path: relative to the root.
        """
        if path not in self._known:
            blob = self._blobs.get(path)
            self._known[path] = blob is not None and _is(self._root / path, blob)
        return self._known[path]

    def blob(self, path: str) -> str:
        """The id of a file's content in HEAD; ``KeyError`` where HEAD has no such file."""
        return self._blobs[path]

    def unlike(self, read: Iterable[str]) -> list[str]:
        """The paths that differ from HEAD: changed, gone, or new.

        Args:
            read: the files that are read here, of which HEAD may know nothing.
        """
        return sorted(path for path in {*self._blobs, *read} if not self.holds(path))


def _is(path: Path, blob: str) -> bool:
    if path.is_symlink():
        return False
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return blob in (_id(content, blob), _id(content.replace(b"\r\n", b"\n"), blob))


def _id(content: bytes, like: str) -> str:
    digest = _LENGTHS[len(like)](b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()
