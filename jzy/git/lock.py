"""One writer at a time: the operating system's own lock, which ends with its holder.

A package for this exists and takes three times the start of Python to import, on each sign-off.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from jzy.git import undo
from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment


@contextlib.contextmanager
def alone(repository: Repository) -> Iterator[None]:
    """Hold the repository's lock, which no two processes hold at once.

    Raises:
        WrongEnvironment: another jzy is writing in this repository.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(undo.folder(repository) / "lock", flags, 0o644)
    try:
        try:
            _take(handle)
        except OSError as error:
            raise WrongEnvironment("另一个 jzy 正在这个仓库中写入", "请稍候再试") from error
        yield
    finally:
        os.close(handle)  # which gives the lock back


if os.name == "nt":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
