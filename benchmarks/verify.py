"""How fast sign-offs are proven: ``python benchmarks/verify.py [--records N]``.

``--corpus DIR`` takes a repository that ``benchmarks/corpus.py`` made before; of it nothing but
caches under ``.git/jzy`` is touched. Medians of ``--repeat`` runs, each beside its peer in the same
run:

* ``jzy verify``, the whole process with nothing kept (the system's own file cache is warm), against
  ``git log --format=%G?``, which would take minutes for all: it is asked for a sample and scaled;
* ``jzy verify`` again, with what was kept, against ``python -c pass``;
* reading history (``jzy.git.history.walk``) against the bare ``git rev-list | git diff-tree``;
* a push of one sign-off to a bare clone with jzy's hooks and to one without; how long each hook
  took is what git itself notes (``GIT_TRACE2_EVENT``);
* ``jzy verify`` with nothing kept on the first twentieth and the first quarter of that history.

It measures and judges nothing: the exit code says only whether it could measure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import (
    EVENT,
    JZY,
    PASS,
    PYTHON,
    Weight,
    forget,
    machine,
    median,
    row,
    run,
    timed,
    told,
    weighed,
)

from jzy.git.history import walk
from jzy.git.repository import Repository

READING = (
    "git rev-list --topo-order --parents HEAD |"
    " git diff-tree --stdin -r --raw -z --root > /dev/null"
)
HOOKS = ("pre-receive", "post-receive")


@dataclass(frozen=True)
class Bench:
    """What is measured."""

    root: Path
    fingerprint: str
    ids: list[str]
    """Every commit, oldest first."""
    repeat: int
    scratch: Path
    """For clones, and for the secret of jzy's seal, so that nobody's own is touched."""

    def command(self) -> list[str]:
        return [*JZY, "verify", "--root", self.fingerprint]

    def own(self) -> dict[str, str]:
        return {"XDG_STATE_HOME": str(self.scratch / "state")}

    def verify(self, root: Path) -> Weight:
        """A whole ``jzy verify``, which fails unless every sign-off is proven."""
        return weighed(self.command(), root, **self.own())

    def cold(self, root: Path) -> Weight:
        """The same with nothing kept."""
        forget(root)
        return self.verify(root)


def proving(bench: Bench, sample: int) -> float:
    """Cold, and against git's own check.

    Returns:
        The seconds of a cold run.
    """
    count = len(bench.ids)
    signers = bench.scratch / "allowed-signers"
    signers.write_text(run([*JZY, "key", "allowed-signers"], bench.root), "utf-8")
    chosen = bench.ids[:: max(1, count // sample)]
    log = [
        "git", "-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}", "log",
        "--no-walk=unsorted", "--format=%G?", *chosen,
    ]  # fmt: skip
    found, theirs = [], []
    for _ in range(bench.repeat):
        found.append(bench.cold(bench.root))
        said, took = told(log, bench.root)
        assert said.split() == ["G"] * len(chosen), "git does not call every commit good"
        theirs.append(took)
    seconds = median([one.seconds for one in found])
    cpu = median([one.cpu for one in found])
    memory = median([one.megabytes for one in found])
    each, whole = seconds / count * 1000, median(theirs) / len(chosen) * count
    row("jzy verify, nothing kept", f"{seconds:.2f} s, CPU {cpu:.2f} s")
    row("  each commit", f"{each:.3f} ms", "at most 0.6 ms", each <= 0.6)
    row("  peak of the largest process", f"{memory:.0f} MB")
    row(f"git log %G?, {len(chosen)} commits asked, scaled to all", f"{whole:.0f} s")
    row("  jzy is faster by", f"{whole / seconds:.0f} x", "at least 20 x", whole / seconds >= 20)
    return seconds


def again(bench: Bench) -> None:
    """Warm, against the start of Python."""
    bench.cold(bench.root)
    nothing, warm = [], []
    for _ in range(max(bench.repeat, 9)):
        nothing.append(told(PASS)[1])
        warm.append(bench.verify(bench.root).seconds)
    a, b = median(nothing), median(warm)
    row("python -c pass", f"{a * 1000:.1f} ms")
    row(
        "jzy verify, with what was kept", f"{b * 1000:.0f} ms = {b / a:.1f} x", "< 12 x", b / a < 12
    )


def reading(bench: Bench) -> None:
    """Reading all of history, apart from signatures and records."""
    repository = Repository.open(bench.root)
    bare, ours = [], []
    for _ in range(max(bench.repeat, 5)):
        bare.append(told(["sh", "-c", READING], bench.root)[1])
        ours.append(timed(lambda: walk(repository, bench.ids[-1])))
    a, b = median(bare), median(ours)
    row("git rev-list | git diff-tree, bare", f"{a:.2f} s")
    said = f"{b:.2f} s = {b / a:.2f} x"
    row("jzy.git.history.walk", said, "at most 1.5 x", b / a <= 1.5)


def pushing(bench: Bench) -> None:
    """One sign-off at a time, pushed to a server with the hooks and to one without."""
    clone, hooked, plain = (bench.scratch / name for name in ("clone", "hooked.git", "plain.git"))
    copy = ["git", "clone", "--quiet", "--no-local", str(bench.root)]
    run([*copy, str(clone)])
    run([*copy, "--bare", str(hooked)])
    run([*copy, "--bare", str(plain)])
    install = [*JZY, "hook", "install", str(hooked), "--root", bench.fingerprint]
    try:
        _, seconds = told(install)
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        print(f"a push is not measured, because jzy hook install failed: {reason}")
        return
    row("jzy hook install, all of history judged", f"{seconds:.1f} s")
    times: dict[str, list[float]] = {name: [] for name in ("plain", "whole", *HOOKS)}
    keys = bench.root.absolute() / ".git" / "jzy" / "demo-keys"
    clerk, head = ({"JZY_SIGNING_KEY": str(keys / who)} for who in ("person-chen", "person-ji"))
    for turn in range(bench.repeat):
        event = Path(run([*JZY, "event", "new", *EVENT], clone, **clerk).strip()).stem
        run([*JZY, "submit", event, "--yes"], clone, **clerk)
        for server in (plain, hooked):
            run(["git", "push", "--quiet", str(server), "main"], clone)
        run([*JZY, "approve", event, "--yes"], clone, **head)
        notes = bench.scratch / f"push-{turn}.json"
        push = ["git", "push", "--quiet"]
        times["plain"].append(told([*push, str(plain), "main"], clone)[1])
        noting = {"GIT_TRACE2_EVENT": str(notes)}
        times["whole"].append(told([*push, str(hooked), "main"], clone, **noting)[1])
        for name, took in _hooks(notes):
            times[name].append(took)
    plain_, whole, before, after = (median(times[name]) for name in ("plain", "whole", *HOOKS))
    row("push of one sign-off to a server without hooks", f"{plain_:.2f} s")
    row("push of one sign-off to a server with hooks", f"{whole:.2f} s")
    row("  judging it: pre-receive", f"{before:.2f} s", "under 1 s", before < 1)
    row("  receipt, and keeping what was found: post-receive", f"{after:.2f} s")


def _hooks(notes: Path) -> Iterator[tuple[str, float]]:
    """How long each hook took, by git's own notes."""
    names: dict[tuple[str, int], str] = {}
    for line in notes.read_text("utf-8").splitlines():
        event = json.loads(line)
        key = event["sid"], event.get("child_id", -1)
        if event["event"] == "child_start" and event.get("hook_name") in HOOKS:
            names[key] = event["hook_name"]
        elif event["event"] == "child_exit" and key in names:
            yield names[key], event["t_rel"]


def growing(bench: Bench, seconds: float) -> None:
    """The beginnings of the same history, each in a repository of its own."""
    count = len(bench.ids)
    for part in (20, 4):
        some = count // part
        root = bench.scratch / f"first-{some}"
        run(["git", "init", "--quiet", "--initial-branch", "main", str(root)])
        run(["git", "fetch", "--quiet", str(bench.root.absolute()), bench.ids[some - 1]], root)
        run(["git", "reset", "--quiet", "--hard", "FETCH_HEAD"], root)
        took = median([bench.cold(root).seconds for _ in range(bench.repeat)])
        row(f"growth: the first {some} commits, nothing kept", _each(took, some))
    row(f"growth: all {count} commits", _each(seconds, count))


def _each(seconds: float, count: int) -> str:
    return f"{seconds:.2f} s, {seconds / count * 1000:.3f} ms each"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sample", type=int, default=300, help="commits that git is asked for")
    parser.add_argument("--corpus", type=Path, help="a repository made before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jzy-bench-") as folder:
        scratch = Path(folder)
        root: Path = asked.corpus or scratch / "corpus"
        print(machine())
        if asked.corpus is None:
            maker = str(Path(__file__).with_name("corpus.py"))
            sizes = ["--records", str(asked.records)]
            made = weighed([PYTHON, maker, str(root), *sizes], scratch)
            print(f"the corpus took {made.seconds:.0f} s to make")
        fingerprint = run(["git", "config", "jzy.root"], root).strip()
        ids = run(["git", "rev-list", "--reverse", "HEAD"], root).split()
        bench = Bench(root, fingerprint, ids, asked.repeat, scratch)
        print(run(bench.command(), root, **bench.own()).partition("\n")[0])
        small = "" if len(ids) >= 20_000 else "; the targets speak of 20,000 commits"
        print(f"medians of {asked.repeat} runs{small}\n")
        seconds = proving(bench, asked.sample)
        again(bench)
        reading(bench)
        pushing(bench)
        growing(bench, seconds)


if __name__ == "__main__":
    main()
