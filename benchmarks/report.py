"""How long a report over 10,000 records takes in each format, beside what converts documents.

``python benchmarks/report.py [--corpus REPOSITORY] [--runs N]``; without a repository, one is made. Targets:
warm to Markdown 1.5 s; Word adds 0.5 s, PDF 1.5 s. In the same run LibreOffice makes a PDF of our Word
document and pandoc a Word document of our Markdown, which is less than what jzy does: no figures are
computed. All are whole processes; formats take turns, medians are shown.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import JZY, Weight, machine, median, row, weighed

MARKDOWN, WORD, PDF = 1.5, 0.5, 1.5
"""Targets in seconds; of the last two, what they add to the first."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="a repository made before")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        root = asked.corpus.resolve() if asked.corpus else made(folder / "corpus")
        print(machine())
        records = sum(1 for _ in (root / "records").rglob("*.*"))
        print(
            f"{records} records in {root.name}; {asked.runs} runs, interleaved, after one to warm up"
        )
        compare(root, folder, asked.runs)


def made(root: Path) -> Path:
    from corpus import corpus  # noqa: PLC0415 - only where it is asked

    return corpus(root, 10_000, 1).root


def compare(root: Path, folder: Path, runs: int) -> None:
    commands = {
        suffix: [*JZY, "report", "-o", str(folder / f"r{suffix}")]
        for suffix in (".md", ".html", ".docx", ".pdf")
    }
    peers = dict(peers_of(folder))
    commands |= peers
    found: dict[str, list[Weight]] = {name: [] for name in commands}
    # An office has validated its records; whether they are sound is another matter.
    subprocess.run([*JZY, "validate"], cwd=root, capture_output=True, check=False)
    for command in commands.values():
        weighed(command, root)
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(weighed(command, root))
    taken = {name: median([each.seconds for each in all_]) for name, all_ in found.items()}
    cpu = {name: median([each.cpu for each in all_]) for name, all_ in found.items()}
    print(f"{'':<54}{'median (processor time)':>24}")

    def line(what: str, name: str, target: float = 0, *, added: bool = True) -> None:
        wall, used = taken[name], cpu[name]
        if added:
            wall, used = wall - taken[".md"], used - cpu[".md"]
        said = f"{wall:+.2f} s ({used:+.2f})" if added else f"{wall:.2f} s ({used:.2f})"
        row(what, said, f"< {target} s" if target else "", wall < target if target else None)

    line("jzy report to Markdown", ".md", MARKDOWN, added=False)
    line("HTML adds", ".html")
    line("Word adds", ".docx", WORD)
    line("PDF adds", ".pdf", PDF)
    for name in peers:
        line(name, name, added=False)
    for each in sorted(folder.glob("r.*")):
        print(f"{each.name:<10}{each.stat().st_size / 1024:>10.0f} KB")


def peers_of(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """What converts our files, as far as it is there."""
    word, text = str(folder / "r.docx"), str(folder / "r.md")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    soffice = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder / "peer"),
        word,
    ]
    for name, command in (
        ("LibreOffice, our Word document to PDF", soffice),
        ("pandoc, our Markdown to Word", ["pandoc", text, "-o", str(folder / "pandoc.docx")]),
        ("pandoc, our Markdown to HTML", ["pandoc", text, "-s", "-o", str(folder / "pandoc.html")]),
    ):
        if shutil.which(command[0]) is None:
            print(f"{command[0]} is not here: {name} is left out")
            continue
        yield name, command


if __name__ == "__main__":
    main()
