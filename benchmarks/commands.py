"""How long the everyday commands take, as ratios against ``python -c pass`` in the same run.

Run with ``make bench``, or ``python benchmarks/commands.py [RUNS]``. The repository is the sample
year as ``jzy demo`` makes it; ``approve`` is compared with ``git commit -S`` of one line.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import EVENT, PYTHON, machine, timed


def jzy(root: Path, *args: str, who: str = "person-chen") -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "JZY_SIGNING_KEY": str(root / ".git/jzy/demo-keys" / who)}
    return subprocess.run(
        [PYTHON, "-m", "jzy", *args], cwd=root, env=env, capture_output=True, check=True
    )


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        subprocess.run([PYTHON, "-m", "jzy", "demo", str(root)], check=True, capture_output=True)
        lines = [
            "--version",
            "--help",
            "validate",
            "event list",
            "inbox",
            "report",
            "report -o out/x.docx",
        ]
        actions: dict[str, Callable[[], object]] = {
            "python -c pass": lambda: subprocess.run([PYTHON, "-c", "pass"], check=True)
        }
        for line in lines:
            actions[f"jzy {line}"] = lambda line=line: jzy(root, *line.split())
        found: dict[str, list[float]] = {name: [] for name in actions}
        for _ in range(runs):
            for name, action in actions.items():
                found[name].append(timed(action))
        floor = statistics.median(found["python -c pass"])
        print(f"{'command':<26}{'median ms':>12}{'x pass':>10}   ({runs} runs, interleaved)")
        for name, times in found.items():
            median = statistics.median(times)
            print(f"{name:<26}{median * 1000:>12.1f}{median / floor:>10.1f}")
        signing(root, runs)


def signing(root: Path, runs: int) -> None:
    """One sign-off by jzy against one signed commit by git alone, in turn."""
    ours, theirs = [], []
    for number in range(runs):
        event = Path(jzy(root, "event", "new", *EVENT).stdout.decode().strip()).stem
        jzy(root, "submit", event, "--yes")
        ours.append(
            timed(lambda event=event: jzy(root, "approve", event, "--yes", who="person-ji"))
        )
        note = root / "note.txt"
        note.write_text(f"{number}\n")
        subprocess.run(["git", "add", "note.txt"], cwd=root, check=True)
        commit = ["git", "commit", "-q", "-S", "-m", "x", "--", "note.txt"]
        theirs.append(timed(lambda commit=commit: subprocess.run(commit, cwd=root, check=True)))
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"{'jzy approve':<26}{a * 1000:>12.1f}{a / b:>10.1f} x git commit -S ({b * 1000:.1f} ms)")


if __name__ == "__main__":
    main()
