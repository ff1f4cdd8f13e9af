"""What somebody writes into a record must not act on the terminal of whoever lists or shows it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pexpect

from tests.acceptance.conftest import Repo

OBEYED = frozenset(
    "\x1b\r\x07\x08\x7f\x9b\u200b\u200e\u200f\u202a\u202d\u202e\u2066\u2067\u2069\ufeff"
)
HOSTILE = "公开课\x1b[2J\x1b[1;1H\r\x9b31m\x08\x7f\u202e\u2066\u2028\x1b]0;pwned\x07已批准"
"""Each sort of what a terminal obeys, close together so that no column cuts one off."""
COMMANDS = (["list"], ["list", "event"], ["search", "公开课"], ["show", ""], ["event", "show", ""])


def said(demo: Repo, args: list[str], *, terminal: bool) -> str:
    if not terminal:
        ran = demo.run(*args)
        return ran.out + ran.err
    env = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
    child = pexpect.spawn(
        sys.executable, ["-m", "jzy", *args], cwd=str(demo.root), env=env, dimensions=(40, 80)
    )
    return str(child.read().decode()).replace("\r\n", "\n")


def test_act_on_the_terminal_of_whoever_looks_for_a_record(demo: Repo) -> None:
    """In a record reading refuses such characters, however they are escaped; in a schema, which
    gives values and kinds their names, they are shown as visible signs."""
    event = demo.new_event()
    path = demo.root / f"records/events/2021/{event}.yaml"
    sound = path.read_text("utf-8")
    escaped = "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in HOSTILE)
    path.write_text(sound.replace("title: 检索方法公开课", f'title: "{escaped}"'), "utf-8")
    look(demo, event)

    path.write_text(sound, "utf-8")
    overlay = {
        "title": HOSTILE,
        "properties": {name: {"title": HOSTILE} for name in ("title", "venue")},
    }
    overlay["x-jzy-moves"] = {"cancel": {"title": HOSTILE, "life": {"title": HOSTILE}}}
    (demo.root / "schemas").mkdir()
    (demo.root / "schemas/event.overlay.json").write_text(json.dumps(overlay), "utf-8")
    seen = look(demo, event)
    assert seen.count("公开课\\") > len(COMMANDS), seen


def look(demo: Repo, event: str) -> str:
    """Everything that the commands say of an event, to a terminal and to a pipe."""
    whole = ""
    for args in COMMANDS:
        for terminal in (False, True):
            for options in ([], ["--json"]):
                words = [event if arg == "" else arg for arg in args] + options
                out = said(demo, words, terminal=terminal)
                assert not OBEYED & set(out), (words, terminal)
                whole += out
    return whole


def test_act_on_the_terminal_by_what_is_looked_for(demo: Repo) -> None:
    for word in ("\x1b[2J", "\u202e", "\x9b"):
        for args in (["search", word], ["list", word], ["list", "--unit", word], ["show", word]):
            out = said(demo, args, terminal=True)
            assert not OBEYED & set(out)


def test_read_a_secret_by_a_record_that_is_a_link(demo: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("title: 机密内容\n", "utf-8")
    event = demo.new_event()
    path = demo.root / f"records/events/2021/{event}.yaml"
    path.unlink()
    path.symlink_to(secret)
    for args in (["list"], ["search", "机密内容"], ["show", event]):
        assert "机密内容" not in demo.run(*args).out
