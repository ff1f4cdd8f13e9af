"""How fast records are read and judged: ``python benchmarks/validate.py [--corpus DIR]``.

Medians of ``--repeat`` runs, each beside its peers in the same run:

* ``jzy validate`` without an index, schema and all rules, and the peak of its largest process;
* check-jsonschema over the same files by the same schemas, and yamale on two processes by the same
  schemas in its own words, as far as it has any, with both of its parsers; neither runs a rule, nor
  reads the files in Markdown.
  Both are installed for the run, and told to be absent where they cannot be;
* the same command, ``list``, ``inbox`` and ``status`` with what was kept, as it was and with one file
  changed anew each time, against ``python -c pass``;
* the floor: what it takes to ask the system of every file, to read all bytes, and to parse them.

The corpus is copied, so that a repository that was made before is not touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import (
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
from yamale_schema import yamale_of

from jzy.office.context import Office
from jzy.store.index import NAME
from jzy.store.places import search_path
from jzy.store.records import read_record

YAMALE = "yamale.schema"
SCHEMAS_ONLY = """
from pathlib import Path
from jzy.office.context import Office
from jzy.store.index import Index
from jzy.store.records import load
office = Office(Path.cwd())
load(office.root, office.kinds, lambda r: office.judge(r.kind).is_sound(r.data), Index(None, ""))
"""
"""Reading every record and judging it by its schema: what the peers do, and no rule."""
SETTLED = 2.5
"""Seconds after which a change is old enough to be kept by the index."""


class Bench:
    """One corpus, and everything that is kept of it beside it."""

    def __init__(self, root: Path, scratch: Path, repeat: int) -> None:
        self.root = root
        self.scratch = scratch
        self.repeat = repeat
        self.own = {
            "XDG_STATE_HOME": str(scratch / "state"),
            "PYTHONPYCACHEPREFIX": str(scratch / "compiled"),
            "PYTHONDONTWRITEBYTECODE": "",  # as it is where jzy is installed
            "JZY_SIGNING_KEY": str(root / ".git" / "jzy" / "demo-keys" / "person-chen"),
        }

    def cold(self, *, index_only: bool = False) -> Weight:
        """A whole ``jzy validate`` with nothing kept, or with nothing but where in history earlier
        versions lie, which is found once."""
        if index_only:
            (self.root / ".git" / "jzy" / NAME).unlink(missing_ok=True)
        else:
            forget(self.root)
        return weighed([*JZY, "validate"], self.root, **self.own)


def cold(bench: Bench) -> float:
    """With nothing kept.

    Returns:
        Seconds.
    """
    bench.cold()  # compiles jzy, and warms the system's cache of files
    whole = median([bench.cold().seconds for _ in range(bench.repeat)])
    found = [bench.cold(index_only=True) for _ in range(bench.repeat)]
    seconds, memory = (median([getattr(f, n) for f in found]) for n in ("seconds", "megabytes"))
    row("jzy validate, no index", f"{seconds:.2f} s", "at most 4 s", seconds <= 4)
    row("  nor where in history earlier versions lie", f"{whole:.2f} s")
    row("  CPU of both processes", f"{median([f.cpu for f in found]):.2f} s")
    row("  peak of the largest process", f"{memory:.0f} MB", "at most 150 MB", memory <= 150)
    return seconds


def peers(bench: Bench, seconds: float) -> None:
    """The others, on the same files."""
    tools = bench.scratch / "peers"
    try:
        run([PYTHON, "-m", "venv", str(tools)])
        run(
            [
                str(tools / "bin/pip"),
                "install",
                "--quiet",
                "check-jsonschema",
                "yamale",
                "ruamel.yaml",
            ]
        )
    except subprocess.CalledProcessError:
        print("check-jsonschema and yamale cannot be installed here, and are not measured")
        return
    alone = median([timed(lambda: run([PYTHON, "-c", SCHEMAS_ONLY], bench.root)) for _ in range(5)])
    row("jzy, schemas only, two processes", f"{alone:.2f} s")
    whole, files = 0.0, 0
    records = bench.scratch / "records"
    shutil.copytree(bench.root / "records", records)
    for kind in Office(bench.root).kinds.values():
        mine = sorted((records / kind.folder).rglob("*.yaml")) if kind.folder else []
        if mine:
            schema = next(
                p.resolve() / f"{kind.name}.schema.json" for p in search_path(None, "schemas")
            )
            command = [str(tools / "bin/check-jsonschema"), "--schemafile", str(schema)]
            command += ["--base-uri", schema.parent.as_uri() + "/"]
            whole += _seconds([*command, *map(str, mine)])
            files += len(mine)
            (records / kind.folder / YAMALE).write_text(yamale_of(kind.schema), "utf-8")
    row(f"check-jsonschema, {files} files, once", f"{whole:.0f} s")
    row("  jzy is faster by", f"{whole / seconds:.0f} x", "at least 30 x", whole >= 30 * seconds)
    row("  jzy with schemas only by", f"{whole / alone:.0f} x")
    for parser, least in (("pyyaml", 2), ("ruamel", 0)):
        command = [str(tools / "bin/yamale"), "-s", YAMALE, "-p", parser, "-n", "2", str(records)]
        theirs = median([_seconds(command) for _ in range(3)])
        row(f"yamale, {parser}, two processes, {files} files", f"{theirs:.2f} s")
        target = ("at least 2 x", theirs >= 2 * seconds) if least else ()
        row("  jzy is faster by", f"{theirs / seconds:.1f} x", *target)
        row("  jzy with schemas only by", f"{theirs / alone:.1f} x")


def _seconds(command: list[str]) -> float:
    """How long a peer takes, whatever it finds."""
    return timed(lambda: subprocess.run(command, capture_output=True, check=False))


def warm(bench: Bench) -> None:
    """With what was kept, in turn with the start of Python: as it is, and with one file changed anew each
    time."""
    changed = sorted((bench.root / "records" / "events").rglob("*.yaml"))[0]
    before = changed.read_text("utf-8")
    lines = {"list event": 15, "inbox": 15, "status": 15, "validate": 20}
    for what, anew in (("", False), (", one file changed", True)):
        for line in lines:
            run([*JZY, *line.split()], bench.root, **bench.own)
        found: dict[str, list[float]] = {line: [] for line in ("pass", *lines)}
        for turn in range(max(9, bench.repeat)):
            for line, times in found.items():
                if anew:
                    changed.write_text(f"{before}# 改动 {turn} {line}\n", "utf-8")
                command = list(PASS) if line == "pass" else [*JZY, *line.split()]
                times.append(told(command, bench.root, **bench.own)[1])
        floor = median(found["pass"])
        row(f"python -c pass{what and ', meanwhile'}", f"{floor * 1000:.1f} ms")
        for line, most in lines.items():
            ratio = median(found[line]) / floor
            meant = anew == (line == "validate")  # what the aim speaks of
            target = (f"at most {most} x", ratio <= most) if meant else ()
            row(
                f"jzy {line}{what}", f"{median(found[line]) * 1000:.0f} ms = {ratio:.1f} x", *target
            )


def floors(bench: Bench) -> None:
    """What no index and no parser gets round."""
    files = [p for p in (bench.root / "records").rglob("*") if p.suffix in (".yaml", ".md")]
    files = [path for path in files if path.is_file()]
    kinds = Office(bench.root).kinds
    texts = [
        (kinds.of_path(p.relative_to(bench.root).as_posix()), p.read_text("utf-8")) for p in files
    ]

    def parse() -> None:
        for kind, text in texts:
            if kind is not None:
                read_record(kind, text)

    steps: dict[str, Callable[[], object]] = {
        "asking the system of every file": lambda: [os.lstat(path) for path in files],
        "reading all bytes": lambda: [path.read_bytes() for path in files],
        "parsing in one process": parse,
    }
    for what, step in steps.items():
        took = median([timed(step) for _ in range(3)])
        row(f"floor: {what}, {len(files)} files", f"{took * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--corpus", type=Path, help="a repository made before")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jzy-bench-") as folder:
        root = Path(folder) / "corpus"
        print(machine())
        if asked.corpus is None:
            sizes = ["--records", str(asked.records)]
            run([PYTHON, str(Path(__file__).with_name("corpus.py")), str(root), *sizes])
        else:
            shutil.copytree(asked.corpus, root, symlinks=True)
        time.sleep(SETTLED)
        bench = Bench(root, Path(folder), asked.repeat)
        print(f"medians of {asked.repeat} runs, load {os.getloadavg()[0]:.1f}\n")
        seconds = cold(bench)
        if not asked.alone:
            peers(bench, seconds)
        warm(bench)
        floors(bench)


if __name__ == "__main__":
    main()
