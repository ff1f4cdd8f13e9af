"""How fast sign-offs are proven: ``python benchmarks/verify.py [--records N] [--commits N] [--runs N]``.

Every figure stands beside its peer in the same run, on a corpus of ``benchmarks/corpus.py``:

* ``jzy verify``, whole process, nothing kept: against ``git log --format=%G?``, which is asked for a
  sample of commits and scaled, because it takes minutes for all;
* reading history (``jzy.git.history.walk``): against the bare ``git rev-list | git diff-tree``;
* ``jzy verify`` again, with what was kept: against ``python -c pass``;
* a push of one sign-off: the same push with and without the hook.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jzy.git.history import walk
from jzy.git.repository import Repository

sys.path.insert(0, str(Path(__file__).resolve().parent))
from corpus import Corpus, corpus

PYTHON = sys.executable
EVENT = [
    "title=测速", "event_type=讲座", "host=unit-xinxixi", "starts=2021-05-20 14:30",
    "ends=2021-05-20 16:00", "venue=礼堂", "audience=学生", "headcount.on_campus=60",
    "abstract=测速", "onsite.lead_person=person-ji",
    "speakers=[{name: 示例主讲, external: false, pledge: {signed_on: 2021-05-06}}]",
]  # fmt: skip


def timed(action: Callable[[], object], runs: int = 1) -> float:
    """The median of some runs, in seconds."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def run(*command: str, cwd: Path | None = None, stdin: bytes = b"", **env: str) -> bytes:
    return subprocess.run(
        command, cwd=cwd, input=stdin, env={**os.environ, **env}, capture_output=True, check=True
    ).stdout


def line(what: str, value: str, target: str, *, met: bool | None = None) -> None:
    mark = "" if met is None else ("  yes" if met else "  NO")
    print(f"{what:<52}{value:>22}   {target:<16}{mark}")


def cold(made: Corpus) -> float:
    """A whole ``jzy verify`` that finds nothing kept."""
    (made.root / ".git/jzy/verdicts").unlink(missing_ok=True)
    return timed(lambda: run(PYTHON, "-m", "jzy", "verify", cwd=made.root))


def proving(made: Corpus, runs: int, sample: int) -> None:
    root, count = made.root, made.commits
    seconds = statistics.median(cold(made) for _ in range(runs))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    each = seconds / count * 1000
    line("jzy verify, nothing kept", f"{seconds:.2f} s, {memory:.0f} MB", "")
    line("  a commit", f"{each:.3f} ms", "at most 0.6 ms", met=each <= 0.6)
    signers = root / ".git/jzy/bench-signers"
    signers.write_bytes(run(PYTHON, "-m", "jzy", "key", "allowed-signers", cwd=root))
    ids = run("git", "rev-list", "HEAD", cwd=root).decode().split()
    chosen = ids[:: max(1, len(ids) // sample)]
    said: list[bytes] = []
    peer = timed(
        lambda: said.append(
            run(
                "git", "-c", f"gpg.ssh.allowedSignersFile={signers}", "log", "--no-walk",
                "--format=%G?", *chosen, cwd=root,
            )
        )
    )  # fmt: skip
    assert set(said[0].split()) == {b"G"}
    whole = peer / len(chosen) * count
    line(f"git log %G?, {len(chosen)} commits asked, scaled to all", f"{whole:.0f} s", "")
    line(
        "  jzy is faster by", f"{whole / seconds:.0f} x", "at least 20 x", met=whole / seconds >= 20
    )


def reading(made: Corpus, runs: int) -> None:
    root = made.root
    command = (
        "git rev-list --topo-order --reverse HEAD | git diff-tree --stdin -r --root --raw -z"
        " --no-renames > /dev/null"
    )
    repository = Repository.open(root)
    head = repository.head()
    assert head is not None
    bare, ours = [], []
    for _ in range(runs):
        bare.append(timed(lambda: run("sh", "-c", command, cwd=root)))
        ours.append(timed(lambda: walk(repository, head)))
    a, b = statistics.median(bare), statistics.median(ours)
    line("git rev-list | git diff-tree, bare", f"{a:.2f} s", "")
    line(
        "reading history for verify",
        f"{b:.2f} s = {b / a:.2f} x",
        "at most 1.5 x",
        met=b / a <= 1.5,
    )


def again(made: Corpus, runs: int) -> None:
    cold(made)
    nothing, warm = [], []
    for _ in range(runs):
        nothing.append(timed(lambda: run(PYTHON, "-c", "pass")))
        warm.append(timed(lambda: run(PYTHON, "-m", "jzy", "verify", cwd=made.root)))
    a, b = statistics.median(nothing), statistics.median(warm)
    line("python -c pass", f"{a * 1000:.1f} ms", "")
    said = f"{b * 1000:.0f} ms = {b / a:.1f} x"
    line("jzy verify, with what was kept", said, "under 12 x", met=b / a < 12)


def pushing(made: Corpus, folder: Path, runs: int) -> None:
    """One sign-off at a time to a bare clone with the hook, and to one without."""
    clone = folder / "clone"
    run("git", "clone", "-q", "--no-local", str(made.root), str(clone))
    keys = clone / ".git/jzy/demo-keys"
    shutil.copytree(made.root / ".git/jzy/demo-keys", keys)
    servers = {}
    for name in ("hook", "plain"):
        servers[name] = folder / f"{name}.git"
        run("git", "clone", "-q", "--bare", "--no-local", str(made.root), str(servers[name]))
    begun = time.perf_counter()
    run(PYTHON, "-m", "jzy", "hook", "install", str(servers["hook"]), "--root", made.fingerprint)
    line("jzy hook install, all of history judged", f"{time.perf_counter() - begun:.1f} s", "")
    times: dict[str, list[float]] = {"hook": [], "plain": []}
    options = [piece for value in EVENT for piece in ("--set", value)]
    for _ in range(runs):
        clerk = str(keys / "person-chen")
        made_event = run(
            PYTHON, "-m", "jzy", "event", "new", *options, cwd=clone, JZY_SIGNING_KEY=clerk
        )
        event = Path(made_event.decode().strip()).stem
        for server in servers.values():
            run("git", "push", "-q", str(server), "main", cwd=clone)
        run(PYTHON, "-m", "jzy", "submit", event, "--yes", cwd=clone, JZY_SIGNING_KEY=clerk)
        for name, times_of in times.items():
            push = ("git", "push", "-q", str(servers[name]), "main")
            times_of.append(timed(lambda push=push: run(*push, cwd=clone)))
    a, b = statistics.median(times["plain"]), statistics.median(times["hook"])
    line("push of one sign-off, no hook", f"{a:.2f} s", "")
    judged = b - a
    said = f"{b:.2f} s, of which {judged:.2f} s"
    line("  judged, taken in and receipted", said, "under 1 s", met=judged < 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sample", type=int, default=300, help="commits that git is asked for")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jzy-bench-")))
        begun = time.perf_counter()
        made = corpus(folder / "corpus", asked.records, asked.commits, seed=1)
        spent = time.perf_counter() - begun
        print(
            f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}, {run('git', '--version').decode().strip()}"
        )
        print(
            f"{made.records} records, {made.commits} signed commits, {made.sign_offs} sign-offs, "
            f"made in {spent:.0f} s; medians of {asked.runs}\n"
        )
        proving(made, asked.runs, asked.sample)
        reading(made, asked.runs)
        again(made, max(asked.runs, 9))
        pushing(made, folder, asked.runs)
        for part in (20, 4):
            small = corpus(folder / f"part{part}", asked.records // part, asked.commits // part, 1)
            seconds = cold(small)
            each = seconds / small.commits * 1000
            line(
                f"growth: {small.commits} commits, nothing kept",
                f"{seconds:.2f} s",
                f"{each:.3f} ms each",
            )


if __name__ == "__main__":
    main()
