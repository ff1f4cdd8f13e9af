"""Whatever becomes of the second process, every item is worked on, and the order is kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jzy.store import halves
from jzy.store.halves import MANY, in_halves

ITEMS = range(MANY + 1)
DONE = [str(item) for item in ITEMS]
FIRST = os.getpid()

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is one process elsewhere")


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "_possible", lambda: True)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def failing() -> None:
    raise RuntimeError


def cut_short() -> None:
    """Give half the bytes of an answer, and end as if all were well."""
    whole = halves.marshal.dumps(DONE[1::2])
    halves.marshal.dumps = lambda _: whole[: len(whole) // 2]  # type: ignore[assignment,misc]


def silent() -> None:
    os._exit(0)


def well() -> None:
    pass


@pytest.mark.parametrize("fate", [well, killed, failing, cut_short, silent])
def test_nothing_is_lost_with_the_second_process(
    fate: Callable[[], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "second"

    def work(items: Sequence[int]) -> list[str]:
        if os.getpid() != FIRST:
            seen.touch()
            fate()
        return [str(item) for item in items]

    assert in_halves(ITEMS, work) == DONE
    assert seen.exists()
    assert capfd.readouterr() == ("", "")


def test_what_the_first_process_cannot_do_ends_both() -> None:
    def work(items: Sequence[int]) -> list[str]:
        if os.getpid() == FIRST:
            raise RuntimeError("said once")
        signal.pause()
        return []

    with pytest.raises(RuntimeError, match="said once"):
        in_halves(ITEMS, work)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
