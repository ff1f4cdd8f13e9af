"""The tab key, in real shells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from .conftest import CLERK, Repo

EVENT = "evt-20200514-fqer"
BIN = str(Path(sys.executable).parent)


def offered(repo: Repo, *words: str, shell: str = "zsh") -> dict[str, str]:
    ran = repo.run("__complete", shell, *words)
    assert (ran.code, ran.err) == (0, "")
    pairs = (line.partition("\t") for line in ran.out.splitlines())
    return {value: said for value, _, said in pairs}


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (["ap"], {"approve": "同意（或阅知）"}),
        (["even"], {"event": "活动"}),
        (["event", ""], {"new": "新建", "hold": "举办"}),
        (["event", "show", EVENT[:-2]], {EVENT: "数字素养公开课"}),
        (["list", "even"], {"event": "活动"}),
        (["explain", "JZY401"], {"JZY401": "未经批准即已举办"}),
        (["log", "--js"], {"--json": "以 JSON 输出，供程序读取。"}),
        (["approve", "--stage", "host-h"], {"host-head": "主办部门负责人"}),
        (["approve", "--for", "person-che"], {"person-chen": "示例辰"}),
        (["key", "rot"], {}),
        (["completion", "fi"], {"fish": ""}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_offered(made_demo: Repo, words: list[str], some: dict[str, str]) -> None:
    found = offered(made_demo, *words)
    assert found, words
    assert {name: found.get(name) for name in some} == some
    assert all(name.startswith(words[-1]) for name in found)


def test_an_id_is_offered_only_to_the_commands_of_its_kind(made_demo: Repo) -> None:
    assert offered(made_demo, "meeting", "show", EVENT[:-2]) == {}
    assert offered(made_demo, "event", "new", EVENT[:-2]) == {}
    assert offered(made_demo, "approve", EVENT, EVENT[:-2]) == {}  # it stands there already


@pytest.mark.parametrize("words", [["nix", "--"], ["key", "nix", "--"], ["event", "nix", "--"]])
def test_behind_what_does_not_exist_nothing_is_offered(made_demo: Repo, words: list[str]) -> None:
    assert offered(made_demo, *words) == {}


def test_the_choices_of_an_option_are_offered(made_demo: Repo) -> None:
    assert set(offered(made_demo, "list", "--sort", "")) == {"date", "id"}


def test_of_many_ids_the_next_beginning_is_offered(demo: Repo) -> None:
    folder = demo.root / "records/events/2031"
    folder.mkdir()
    for number in range(100):
        (folder / f"evt-2031{1 + number % 12:02}01-{number:04}.yaml").write_text("title: 合成\n")
    assert offered(demo, "log", "")["evt-+"].endswith("份")
    assert offered(demo, "log", "evt-")["evt-2031+"] == "100 份"
    assert offered(demo, "log", "evt-2031")["evt-203112+"] == "8 份"
    assert len(offered(demo, "log", "evt-203112")) == 8
    # fish looks through all of them itself.
    assert len(offered(demo, "log", "evt-2031", shell="fish")) == 100  # noqa: S604


def test_what_waits_for_me_comes_first(demo: Repo) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    assert demo.run("inbox", who="person-ji").code == 0
    assert next(iter(offered(demo, "approve", ""))) == event
    assert next(iter(offered(demo, "log", ""))) != event
    # Whatever comes with a folder is not believed.
    (demo.root / ".git/jzy/waiting").write_text("[1]")
    assert next(iter(offered(demo, "approve", ""))) != event


def test_hostile_names_and_titles_stay_out_of_the_shell(demo: Repo, tmp_path: Path) -> None:
    folder = demo.root / "records/events/2021"
    for name in ("evt-20210101-$(touch pwned)", "evt-20210101-`id`", "evt-20210101-a\nb;c"):
        (folder / f"{name.replace('/', '_')}.yaml").write_text("title: x\n")
    (folder / "evt-20210101-aaaa.yaml").write_text("title: \x1b[31m$(touch pwned)`id`\u202e\n")
    found = offered(demo, "log", "evt-20210101-")
    assert list(found) == ["evt-20210101-aaaa"]
    assert not set(found["evt-20210101-aaaa"]) & {"\x1b", "\u202e"}
    typed = in_shell("bash", demo.root, "jzy log evt-20210101-\t")
    assert typed == "jzy log evt-20210101-aaaa"
    (demo.root / "schemas").mkdir(exist_ok=True)
    evil = {"x-jzy-kind": "a;id", "x-jzy-prefix": "aa", "x-jzy-folder": "aa", "type": "object"}
    (demo.root / "schemas/a;id.schema.json").write_text(json.dumps({**evil, "properties": {}}))
    everything = offered(demo, "")
    assert "event" in everything
    assert not any(";" in name for name in everything)
    assert not list(demo.root.rglob("pwned"))


def test_outside_a_repository_and_with_broken_schemas_the_key_is_silent(
    demo: Repo, tmp_path: Path
) -> None:
    assert "demo" in offered(Repo(tmp_path), "")
    assert offered(Repo(tmp_path), "log", "evt-") == {}
    (demo.root / "schemas").mkdir(exist_ok=True)
    (demo.root / "schemas/event.schema.json").write_text("{")
    assert offered(demo, "log", "") == {}


@pytest.mark.parametrize(
    "shell", ["bash", pytest.param("zsh", marks=pytest.mark.needs_program("zsh"))]
)
def test_pressing_the_key(made_demo: Repo, shell: str) -> None:
    assert in_shell(shell, made_demo.root, "jzy appr\t") == "jzy approve"
    assert in_shell(shell, made_demo.root, f"jzy log {EVENT[:-2]}\t") == f"jzy log {EVENT}"
    # Only a beginning is sure: no blank behind it.
    assert in_shell(shell, made_demo.root, "jzy meeting show mt\tX").startswith(
        "jzy meeting show mtg-"
    )


@pytest.mark.needs_program("fish")
def test_fish_takes_values_and_descriptions(made_demo: Repo, home: Path) -> None:
    script = f"jzy completion fish | source; complete -C 'jzy log {EVENT[:-2]}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=made_demo.root, env=environment(home), capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.decode().startswith(f"{EVENT}\t数字素养")


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb"}


def in_shell(shell: str, root: Path, keys: str) -> str:
    """What stands in the command line of an interactive shell after some keys."""
    options = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[shell]
    begin = {"bash": "", "zsh": "autoload -Uz compinit; compinit -D -u; bindkey -e; "}[shell]
    child = pexpect.spawn(
        shell, options, cwd=str(root), env=environment(root.parent), encoding="utf-8", timeout=60
    )
    child.setecho(False)
    child.sendline(f"PS1='% '; {begin}eval \"$(jzy completion {shell})\"; echo read''y")
    child.expect("ready\r")
    child.send(keys)
    # The line is turned into an argument of `echo`, after the completion has been awaited: both
    # shells read keys only when they are done with the ones before.
    child.send("\x01echo '<\x05>'\r")
    child.expect(r"<([^<>\n]*)>\r")
    line = str(child.match.group(1)).strip()
    child.close(force=True)
    return line
