"""How ``jzy validate`` grows: ``python benchmarks/growth.py [--sizes 124,1000,10000,100000]``.

For each size a corpus is made and judged with nothing kept, and then again with what was kept. What
it takes for each record should not become more. The smallest corpus there is has the 124 records of
the sample year. ``--corpus FOLDER`` measures one that was made before, and no other.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from measure import PYTHON, machine, median, row, run
from validate import SETTLED, Bench


def measured(bench: Bench) -> float:
    """Both runs of one size.

    Returns:
        Seconds that a record takes with nothing kept.
    """
    count = sum(path.is_file() for path in (bench.root / "records").rglob("*"))
    found = [bench.cold() for _ in range(bench.repeat)]
    seconds, memory = (median([getattr(f, n) for f in found]) for n in ("seconds", "megabytes"))
    row(f"{count} files, nothing kept", f"{seconds:.2f} s = {seconds / count * 1000:.3f} ms each")
    row("  peak of the largest process", f"{memory:.0f} MB", "under 1 GB", memory < 1000)
    begun = time.perf_counter()
    run(["sh", "-c", f"{PYTHON} -m jzy validate || true"], bench.root, **bench.own)
    row("  again, with what was kept", f"{(time.perf_counter() - begun) * 1000:.0f} ms")
    return seconds / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="124,1000,10000,100000")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--corpus", type=Path, help="a repository made before")
    asked = parser.parse_args()
    print(machine())
    each = []
    for size in asked.sizes.split(",") if asked.corpus is None else [""]:
        with tempfile.TemporaryDirectory(prefix="jzy-bench-") as folder:
            root = asked.corpus or Path(folder) / "corpus"
            if asked.corpus is None:
                maker = str(Path(__file__).with_name("corpus.py"))
                run([PYTHON, maker, str(root), "--records", size])
            time.sleep(SETTLED)
            each.append(measured(Bench(root, Path(folder), asked.repeat)))
    if len(each) > 2:
        ratio = each[-1] / each[-2]
        row("each record of the most, against the size before", f"{ratio:.2f} x", "about 1", None)


if __name__ == "__main__":
    main()
