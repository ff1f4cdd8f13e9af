"""The page on security names every attack that is tested, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/security.md"
NO_ATTACKS = {"test_mutations.py", Path(__file__).name}


def functions(folder: Path) -> set[str]:
    files = (file for file in folder.rglob("test_*.py") if file.name not in NO_ATTACKS)
    return {
        name for f in files for name in re.findall(r"(?m)^def (test_\w+)", f.read_text("utf-8"))
    }


def test_the_page_names_the_attacks_that_there_are() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))
    assert named - functions(TESTS) == set()
    assert functions(TESTS / "attacks") - named == set()
