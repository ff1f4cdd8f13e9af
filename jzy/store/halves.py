"""Two processes where there are two processors: half of the work each, and nothing is lost.

The second process is a copy of this one (``fork``), so what has been read need not be handed over;
it gives back plain data. Whatever becomes of it, if its half does not come back whole the first
process does it, too: so whatever speaks against the work is said in the one that can say it.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

MANY = 400
"""Below so many items a second process is not worth its start."""
Item = TypeVar("Item")


def in_halves(items: Sequence[Item], work: Callable[[Sequence[Item]], list[Any]]) -> list[Any]:
    """What comes of some items, in their order.

    Args:
        items: to be worked on, each for itself.
        work: gives plain data for some of the items; nothing else that it does may matter.
    """
    if len(items) < MANY or not _possible():
        return work(items)
    first, second = items[::2], items[1::2]
    other = _Other(lambda: work(second))
    try:
        mine = work(first)
    except BaseException:
        other.forget()
        raise
    theirs = other.result()
    if theirs is None:
        theirs = work(second)
    # Items lie together that are alike, so that each process takes every second one.
    whole: list[Any] = [None] * len(items)
    whole[::2], whole[1::2] = mine, theirs
    return whole


def _possible() -> bool:
    # Elsewhere a copied process may not use what the system's libraries had begun.
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


class _Other:
    """A copy of this process that works out one thing."""

    def __init__(self, work: Callable[[], list[Any]]) -> None:
        self._read, write = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            # Nothing of the copy may end as the first process ends, or write what that has in hand.
            code = 1
            try:
                os.close(self._read)
                with os.fdopen(write, "wb") as stream:
                    stream.write(marshal.dumps(work()))
                code = 0
            finally:
                os._exit(code)
        os.close(write)

    def result(self) -> list[Any] | None:
        """What it gives back; ``None`` where that does not come whole."""
        with os.fdopen(self._read, "rb") as stream:
            said = stream.read()
        _, status = os.waitpid(self._process, 0)
        if status != 0:
            return None
        try:
            # Only a copy of this process writes into the pipe.
            found: list[Any] = marshal.loads(said)  # noqa: S302
        except (EOFError, ValueError, TypeError):
            return None  # cut short, by whatever ended the copy
        return found

    def forget(self) -> None:
        """It is of no interest any more."""
        os.close(self._read)
        os.kill(self._process, 9)
        os.waitpid(self._process, 0)
