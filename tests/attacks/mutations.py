"""Switches defences off, one at a time, and sees whether a test notices.

Run it by hand: ``python -m tests.attacks.mutations [--seed N] [--count 10]``. It works on a copy of
the project with a Python environment of its own, prints each defence with the test that noticed,
and ends with 1 if one was missed. A test holds that each of them still stands in the code.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Defence:
    """A line that keeps an attack out."""

    name: str
    module: str
    line: str
    """The code as it stands, once in its module."""
    without: str
    """The same place with the defence taken out."""
    tests: tuple[str, ...]
    """Test files that must notice."""


SIGNATURE = ("tests/unit/git/test_signature.py",)
FORGED = ("tests/attacks/test_forged_sign_offs.py", "tests/attacks/test_forged_signatures.py")
SERVER = (
    "tests/attacks/test_server.py",
    "tests/attacks/test_server_history.py",
    "tests/attacks/test_server_tricks.py",
)
REGISTRARS = ("tests/attacks/test_registrars.py",)
TREE = ("tests/attacks/test_working_tree.py",)
CLONE = ("tests/attacks/test_hostile_clone.py",)
VERIFY = ("tests/acceptance/test_verify.py",)

DEFENCES = (
    Defence("one namespace", "jzy/git/signature.py",
            "if namespace != NAMESPACE:", "if False:", SIGNATURE),
    Defence("canonical S", "jzy/git/signature.py",
            'if int.from_bytes(raw[32:], "little") >= _ORDER:', "if False:", SIGNATURE),
    Defence("two signatures in one commit", "jzy/git/signature.py",
            "if count > 1:", "if False:", SIGNATURE + FORGED),
    Defence("nothing after the signature", "jzy/git/signature.py",
            "if self._at != len(self._data):", "if False:", SIGNATURE),
    Defence("the signature covers the commit", "jzy/git/signature.py",
            "Ed25519PublicKey.from_public_bytes(public).verify(raw, message)",
            "Ed25519PublicKey.from_public_bytes(public)", SIGNATURE + FORGED),
    Defence("a revoked key", "jzy/office/trust.py",
            "if any(key.revoked is not None for key in person.keys if key.blob == blob):",
            "if False:", FORGED),
    Defence("one key, one person", "jzy/office/trust.py",
            "if len(owners) != 1:", "if not owners:", FORGED),
    Defence("only registrars change registers", "jzy/office/trust.py",
            "if person.id not in register.registrars:", "if False:", FORGED + TREE),
    Defence("the pinned root", "jzy/office/trust.py",
            "if self._pinned and grounds.root != self._pinned:", "if False:", FORGED),
    Defence("as many registrars as must agree", "jzy/office/trust.py",
            "if changed and (_who_decides(after) != wanted or len(agreed) < quorum):",
            "if False:", REGISTRARS),
    Defence("nobody agrees for another", "jzy/office/trust.py",
            "if joined and (rules[0] != rules[1] or not joined <= set(proposed.get(\"agreed\", ()))):",
            "if False:", REGISTRARS),
    Defence("a register at an untrusted commit", "jzy/office/court.py",
            "if fault:", "if False:", FORGED),
    Defence("the key is the signer's", "jzy/office/court.py",
            "if person.id != entry.get(\"by\"):", "if False:", FORGED),
    Defence("one entry in one file", "jzy/office/court.py",
            "if added != 1 or commit.paths != [new.path] or _rest(old) != _rest(new):",
            "if False:", FORGED),
    Defence("what was signed is what there is", "jzy/office/court.py",
            'if entry.get("digest") != new.digest:', "if False:", FORGED),
    Defence("the post at the time", "jzy/office/court.py",
            "if not slots:", "if False:", FORGED),
    Defence("the day that history allows", "jzy/office/court.py",
            "ordinal = max(day_of(str(entry[\"at\"]), register.time_zone).toordinal(), days[parent])",
            "ordinal = day_of(str(entry[\"at\"]), register.time_zone).toordinal()", FORGED),
    Defence("the workflow that applied", "jzy/office/court.py",
            'if fitting != [(entry.get("workflow"), entry.get("workflow_digest"))]:',
            "if False:", FORGED),
    Defence("trailers say what the entry says", "jzy/office/court.py",
            "if said[name] != value:", "if False:", FORGED),
    Defence("no sign-off is taken away", "jzy/office/court.py",
            "if after[: len(before)] != before:", "if False:", FORGED),
    Defence("what a merge made itself", "jzy/office/past.py",
            "if not taken:", "if False:", FORGED),
    Defence("what a merge dropped", "jzy/office/past.py",
            "if (before[0] if before else None) != side[path].old:", "if False:", FORGED),
    Defence("content changed after approval", "jzy/office/standings.py",
            "if found.holds:", "if True:", (*SERVER, "tests/acceptance/test_changes.py")),
    Defence("a cut-off history", "jzy/office/verify.py",
            "if is_incomplete(repository):", "if False:", FORGED),
    Defence("forms by HEAD alone", "jzy/office/verify.py",
            "formats = written_out(objects, head, folder)",
            'formats = [repository.root / "schemas", *written_out(objects, head, folder)]',
            ("tests/acceptance/test_colleges.py",)),
    Defence("an overlay gives no rights", "jzy/store/overlay.py",
            "if name in overlay:", "if False:", ("tests/unit/store/test_overlay.py",)),
    Defence("a cache somebody else wrote", "jzy/store/sealed.py",
            "if not hmac.compare_digest(said, _seal(secret, line)):", "if False:", VERIFY),
    Defence("rights by HEAD alone", "jzy/office/authority.py",
            'return _text(content).replace("\\r\\n", "\\n") == record.text.replace("\\r\\n", "\\n")',
            "return True", TREE),
    Defence("no program of the repository's", "jzy/git/plumbing.py",
            '"core.fsmonitor": "false",', "", CLONE),
    Defence("no links", "jzy/office/shape.py", "if change.mode == _LINK:", "if False:", SERVER),
    Defence("sizes before contents", "jzy/office/shape.py",
            "if size > most else", "if False else", SERVER),
    Defence("one ref", "jzy/office/gate.py",
            "if update.ref != server.branch:", "if False:", SERVER),
    Defence("no rewriting", "jzy/office/gate.py",
            "elif not update.creates and not leads_to(server.repository, update.old, update.new):",
            "elif False:", SERVER),
    Defence("no deletion", "jzy/office/examination.py",
            "if change.new is None and past.kind_of(change.path) is not None:",
            "if False:", SERVER),
    Defence("the registers of the receiving tip", "jzy/office/examination.py",
            "if not reason and receiving is not None and proof.commit in late:",
            "if False:", SERVER),
    Defence("nothing from the future", "jzy/office/examination.py",
            "if not reason and _moment(proof.at) > self._now + _FUTURE:", "if False:", SERVER),
)  # fmt: skip


def main() -> int:
    """Try some defences, chosen at random."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--count", type=int, default=10)
    asked = parser.parse_args()
    rolled = random.Random(asked.seed)  # noqa: S311 - to be rolled again by its seed
    chosen = rolled.sample(DEFENCES, min(asked.count, len(DEFENCES)))
    print(f"{len(chosen)} of {len(DEFENCES)} defences, seed {asked.seed}")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="jzy-mutations-") as folder:
        python = _copy(Path(folder))
        for number, defence in enumerate(chosen, 1):
            noticed = _try(Path(folder) / "project", python, defence)
            missed += not noticed
            print(f"{number:2}. {defence.name} ({defence.module}): {noticed or 'NOT NOTICED'}")
    print("all noticed" if not missed else f"{missed} not noticed")
    return 1 if missed else 0


def _copy(folder: Path) -> Path:
    """The project, and a Python that finds this copy before anything that is installed."""
    left_out = shutil.ignore_patterns(".git", ".venv", "demo", "build", "dist", "__pycache__")
    shutil.copytree(ROOT, folder / "project", ignore=left_out)
    home = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    site = next(home.glob("lib*/python*/site-packages"))
    paths = [str(folder / "project"), sysconfig.get_path("purelib")]
    (site / "copy.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    return home / "bin" / "python"


def _try(project: Path, python: Path, defence: Defence) -> str:
    """The first test that fails without a defence and passes with it, empty if none does."""
    module = project / defence.module
    text = module.read_text("utf-8")
    assert text.count(defence.line) == 1, defence.name
    module.write_text(text.replace(defence.line, defence.without), "utf-8")
    try:
        failed = _first_failure(project, python, *defence.tests)
    finally:
        module.write_text(text, "utf-8")
    return failed if failed and not _first_failure(project, python, failed) else ""


def _first_failure(project: Path, python: Path, *tests: str) -> str:
    done = subprocess.run(
        [python, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return said[0].split(" - ")[0].split(" ", 1)[1] if done.returncode == 1 and said else ""


if __name__ == "__main__":
    sys.exit(main())
