"""How long everyday commands take on ten years of records, as ratios within the same run.

Run with ``make bench``, or ``python benchmarks/commands.py [--corpus FOLDER] [--runs N]``. The peer is
``python -c pass``, and for ``jzy approve`` it is ``git commit -S`` of the same change to the same file.
Commands are run as people run them, by the installed ``jzy``; their order is shuffled by interleaving.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corpus import corpus
from measure import EVENT, PASS, machine, median, row, run, timed
from validate import SETTLED

JZY = str(Path(sys.executable).with_name("jzy"))
CLERK, HEAD = "person-chen", "person-ji"
FACTORS = {
    "jzy --version": 2,
    "jzy --help": 6,
    "jzy __complete bash approve evt-2021": 8,
    "jzy __complete zsh approve evt-202105": 8,
    "jzy inbox --help": None,
    "jzy event new --help": None,
    "jzy list event": 15,
    "jzy inbox": 15,
    "jzy status": 15,
    "jzy validate": 20,
}
"""Command lines, and how many times ``python -c pass`` each may take; ``None`` has no target."""
APPROVE = 1.5
LIBRARIES = (
    "import re, typing, json, datetime, hashlib, pathlib, subprocess, zoneinfo;"
    "import yaml, jsonschema_rs, jmespath;"
    "import cryptography.hazmat.primitives.asymmetric.ed25519"
)
"""What any program in Python loads that reads a record, judges it and checks its signature so."""
SIGNING = f"{LIBRARIES}; import jzy.cli.sign, jzy.rules.all"
"""The same with jzy's own modules."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="made by corpus.py; copied, not changed")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "office"
        if asked.corpus:
            shutil.copytree(asked.corpus, root, symlinks=True)
        else:
            corpus(root, asked.records, 1)
        run(["git", "update-index", "-q", "--refresh"], root)
        time.sleep(SETTLED)
        everyday(root, asked.runs)
        signing(root, asked.runs)


def everyday(root: Path, runs: int) -> None:
    """Commands that change no record; ``validate`` after a change to one."""
    key = {"JZY_SIGNING_KEY": str(root / ".git/jzy/demo-keys" / HEAD)}
    lines: dict[str, Sequence[str]] = {"python -c pass": PASS}
    lines |= {line: [JZY, *line.split()[1:]] for line in FACTORS}
    for line in ("jzy list event", "jzy inbox", "jzy status", "jzy validate"):
        run(lines[line], root, **key)  # what is kept between runs is kept from now on
    found: dict[str, list[float]] = {name: [] for name in lines}

    def measure(name: str) -> None:
        found[name].append(timed(lambda: run(lines[name], root, **key)))

    for _ in range(runs):
        for name in lines:
            if name != "jzy validate":
                measure(name)
    # Afterwards, so that the others find nothing changed; always the same file, so that it is one.
    file = min((root / "records/events").rglob("*.yaml"))
    for number in range(runs):
        file.write_text(file.read_text("utf-8") + f"# {number}\n", "utf-8")
        measure("jzy validate")
        measure("python -c pass")
    run(["git", "checkout", "-q", "--", "records"], root)
    floor = median(found["python -c pass"])
    print(f"{runs} runs, interleaved; python -c pass {floor * 1000:.1f} ms")
    for name, factor in FACTORS.items():
        times = median(found[name])
        shown = "validate, one file changed" if name == "jzy validate" else name
        _row(shown, times, times / floor, factor)


def signing(root: Path, runs: int) -> None:
    """One approval by jzy, whole, against the same change committed and signed by git alone."""
    ours, theirs = [], []
    keys = root / ".git/jzy/demo-keys"
    for _ in range(runs):
        clerk, head = ({"JZY_SIGNING_KEY": str(keys / who)} for who in (CLERK, HEAD))
        path = run([JZY, "event", "new", *EVENT], root, **clerk).strip()
        event = Path(path).stem
        run([JZY, "submit", event, "--yes"], root, **clerk)
        ours.append(
            timed(lambda head=head, e=event: run([JZY, "approve", e, "--yes"], root, **head))
        )
        # The very same bytes again, by git: back to before, and the file as jzy left it.
        after = (root / path).read_bytes()
        run(["git", "reset", "-q", "--hard", "HEAD~1"], root)
        (root / path).write_bytes(after)
        commit = [
            "git", "-c", "gpg.format=ssh", "-c", f"user.signingkey={keys / HEAD}",
            "commit", "-q", "-S", "-m", "同意", "--", path,
        ]  # fmt: skip
        theirs.append(timed(lambda commit=commit: run(commit, root)))
    a, b = median(ours), median(theirs)
    _row("jzy approve", a, a / b, APPROVE, f"git commit -S {b * 1000:.0f} ms")
    for what, code in (("the libraries", LIBRARIES), ("and jzy's modules", SIGNING)):
        loaded = median(
            [timed(lambda code=code: run([sys.executable, "-c", code], root)) for _ in range(runs)]
        )
        _row(f"  Python, {what}, git commit -S", loaded + b, (loaded + b) / b, None)


def _row(what: str, seconds: float, ratio: float, most: float | None, peer: str = "") -> None:
    target = f"at most {most:g} x" if most else ""
    met = ratio <= most if most else None
    row(
        what + (f" ({peer})" if peer else ""),
        f"{seconds * 1000:.0f} ms  {ratio:.1f} x",
        target,
        met,
    )


if __name__ == "__main__":
    os.environ.pop("JZY_SIGNING_KEY", None)
    main()
