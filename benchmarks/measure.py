"""What the benchmarks have in common: running, timing, weighing, and a table of targets."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# A program that is installed is compiled once, and not by each run.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PYTHON = sys.executable
JZY = (PYTHON, "-m", "jzy")
PASS = (PYTHON, "-c", "pass")
EVENT = [
    piece
    for value in (
        "title=测速", "event_type=讲座", "host=unit-xinxixi", "starts=2021-05-20 14:30",
        "ends=2021-05-20 16:00", "venue=礼堂", "audience=学生", "headcount.on_campus=60",
        "abstract=测速", "onsite.lead_person=person-ji",
        "speakers=[{name: 示例主讲, external: false, pledge: {signed_on: 2021-05-06}}]",
    )
    for piece in ("--set", value)
]  # fmt: skip
"""Options of ``jzy event new``: what the sample's clerk may submit and its head approve."""


@dataclass(frozen=True)
class Weight:
    """What a process took, with all that it started and waited for."""

    seconds: float
    cpu: float
    """Seconds of all its processes together."""
    megabytes: float
    """At the peak, of the largest one."""


def timed(action: Callable[[], object]) -> float:
    """How many seconds it takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def run(command: Sequence[str], cwd: Path | None = None, **env: str) -> str:
    """What a command writes; it must succeed.

    Raises:
        subprocess.CalledProcessError: it did not.
    """
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "replace")


def told(command: Sequence[str], cwd: Path | None = None, **env: str) -> tuple[str, float]:
    """What a command writes, and how many seconds it takes; see :func:`run`."""
    begun = time.perf_counter()
    said = run(command, cwd, **env)
    return said, time.perf_counter() - begun


def weighed(command: Sequence[str], cwd: Path, **env: str) -> Weight:
    """Run a command that must succeed, and weigh that one alone.

    The peak of a process counts from before it becomes another program, so this one must be small
    when it calls: whatever is large is done in a process of its own.

    Raises:
        subprocess.CalledProcessError: it did not succeed.
    """
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **env}, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, said.read())
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return Weight(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)


def forget(root: Path) -> None:
    """Remove all that jzy keeps between runs; the keys of a corpus stay."""
    folder = root / ".git" / "jzy"
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != "demo-keys":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def machine() -> str:
    """The day, and on what was measured."""
    git = run(["git", "--version"]).split()[2]
    chip = platform.machine()
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        names = [x for x in listed.read_text("utf-8").splitlines() if x.startswith("model name")]
        chip = names[0].partition(": ")[2] if names else chip
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {chip}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, git {git}"
    )


def row(what: str, value: str, target: str = "", met: bool | None = None) -> None:
    """Print a line of the table; the last word says whether the target was met."""
    word = "" if met is None else "met" if met else "NOT MET"
    print(f"{what:<54}{value:>24}   {target:<16}{word}".rstrip(), flush=True)
