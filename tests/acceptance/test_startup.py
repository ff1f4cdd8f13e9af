"""What each command loads: the figures of docs/performance.md stand on it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import CLERK, Repo

HEAVY = frozenset({
    "rich", "jsonschema", "jinja2", "git", "docx", "openpyxl", "questionary", "prompt_toolkit",
    "pypinyin", "chinese_calendar", "markdown_it", "referencing", "pydantic", "multiprocessing",
    "concurrent", "asyncio", "urllib3", "hypothesis", "rfc8785",
})  # fmt: skip
"""What no everyday command has any use for."""
TYPER = frozenset({"typer", "click"})
DEFINING = frozenset({"dataclasses"})
"""What writes and compiles the methods of classes at each start, see ARCHITECTURE.md."""
READING = frozenset({"yaml", "jsonschema_rs", "jmespath", "cryptography"})
FORMS = frozenset({"jzy.cli.forms", "jzy.office.prospect", "jzy.rules.all", "jzy.model.document"})
_DUMP = (
    "import sys; sys.argv[0] = 'jzy'\n"
    "from jzy.__main__ import main\n"
    "try:\n    main()\nfinally:\n    sys.stderr.write('\\n#' + ' '.join(sys.modules))"
)


@pytest.mark.parametrize(
    ("line", "never"),
    [
        ("--version", HEAVY | DEFINING | TYPER | READING | FORMS | {"jzy.cli", "re", "pathlib"}),
        (
            "--help",
            HEAVY | DEFINING | TYPER | READING | FORMS | {"wcwidth", "jzy.office", "subprocess"},
        ),
        (
            "__complete bash log evt-2020",
            HEAVY | DEFINING | TYPER | READING | FORMS | {"wcwidth", "jzy.office", "subprocess"},
        ),
        ("inbox --help", HEAVY | FORMS | {"jsonschema_rs", "jmespath", "cryptography"}),
        ("event --help", HEAVY | {"jzy.cli.forms", "jsonschema_rs", "jmespath", "cryptography"}),
        ("__complete zsh list --", HEAVY | TYPER | FORMS | {"cryptography"}),
        ("inbox", HEAVY | DEFINING | TYPER | FORMS | {"cryptography"}),
        ("event list", HEAVY | DEFINING | TYPER | FORMS | {"cryptography"}),
        ("list event --sort=id --json", HEAVY | DEFINING | TYPER | FORMS | {"cryptography"}),
        ("status", (HEAVY - {"chinese_calendar"}) | DEFINING | TYPER | FORMS | {"cryptography"}),
        ("validate records/events", TYPER | {"rich", "git", "docx", "jzy.cli.forms"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_loads_no_more_than_it_needs(
    made_demo: Repo, monkeypatch: pytest.MonkeyPatch, line: str, never: frozenset[str]
) -> None:
    found = loaded(made_demo, monkeypatch, line)
    assert sorted(never & found) == []
    # The answer came from here, and not from a message about wrong usage.
    assert "jzy.__main__" in found


def test_a_sign_off_loads_what_one_record_takes(
    demo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    found = loaded(demo, monkeypatch, f"approve {event} --yes", who="person-ji")
    assert (
        sorted((HEAVY | DEFINING | TYPER | {"jzy.cli.forms", "jzy.office.prospect"}) & found) == []
    )
    assert {"cryptography", "jsonschema_rs"} <= found  # the new signature and record are checked


def loaded(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, line: str, who: str = CLERK
) -> frozenset[str]:
    """The names of the modules, and of the packages around them, that a command line loads."""
    monkeypatch.setenv("JZY_SIGNING_KEY", str(repo.root / ".git/jzy/demo-keys" / who))
    done = subprocess.run(
        [sys.executable, "-c", _DUMP, *line.split()], cwd=repo.root, capture_output=True, check=True
    )
    return frozenset(done.stderr.decode().rpartition("#")[2].split())
