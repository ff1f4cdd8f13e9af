"""Signatures of a long history, checked by a second process while the first one reads on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from jzy.git.history import Objects
from jzy.git.repository import Repository
from jzy.git.signature import BadSignature, check_commit

if TYPE_CHECKING:
    from concurrent.futures import Future

Checked = bytes | str
"""A commit's key, or the Chinese reason why its signature proves nothing."""
_PAYS = 2_000
"""From how many commits on a second process is worth its start."""
_PIECE = 500
MAX_COMMIT = 1_000_000
"""The most bytes of a commit that are looked at."""


def checked(raw: bytes) -> Checked:
    """What a commit's signature proves, see :func:`check_commit`."""
    try:
        return check_commit(raw)
    except BadSignature as error:
        return str(error)


class Ahead(Mapping[str, Checked]):
    """Results by commit id; asking for one waits for it."""

    def __init__(self, pieces: Sequence[tuple[Sequence[str], Future[list[Checked]]]]) -> None:
        self._pieces = {
            commit: (future, n) for ids, future in pieces for n, commit in enumerate(ids)
        }

    def __getitem__(self, commit: str) -> Checked:
        future, number = self._pieces[commit]
        return future.result()[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)


@contextlib.contextmanager
def checking_ahead(
    repository: Repository, commits: Sequence[str]
) -> Iterator[Mapping[str, Checked]]:
    """Check the signatures of commits beside other work, where there are many.

    The second process is a copy of this one, so it must be made before any pipe to git is opened,
    which it would keep open.

    Args:
        repository: of the commits.
        commits: their ids, in the order in which they will be asked for.

    Yields:
        The results, empty where there are too few commits, or no way to copy a process.
    """
    if len(commits) < _PAYS or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        yield {}
        return
    # Imported where it pays: a single sign-off would wait for it, too.
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        pieces = [commits[start : start + _PIECE] for start in range(0, len(commits), _PIECE)]
        yield Ahead([(ids, pool.submit(_check, repository, ids)) for ids in pieces])
        pool.shutdown(cancel_futures=True)


def _check(repository: Repository, ids: Sequence[str]) -> list[Checked]:
    with Objects(repository) as objects:
        found = objects.contents(dict.fromkeys(ids, MAX_COMMIT))
        return [checked(content or b"") for _, content in found]
