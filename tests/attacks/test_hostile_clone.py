"""A repository from somewhere else: nothing in it may run, lead outside, or mislead the eye.

Each test is named by what the attacker wants, and fails if the defence is removed.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.acceptance.conftest import CLERK, EVENT, Repo


@pytest.fixture
def trap(demo: Repo, tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a file behind when it is run, and that file."""
    sprung = tmp_path / "sprung"
    program = tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\ntouch '{sprung}'\ncat\n")
    program.chmod(0o755)
    return program, sprung


def work(repo: Repo) -> None:
    """Everything a day's work does: read, create, sign, list, report."""
    event = repo.new_event()
    assert repo.run("submit", event, "--yes", who=CLERK).code == 0
    assert repo.run("approve", event, "--yes", who="person-ji").code == 0
    for line in ("validate", "event list", f"log {event}", "report", f"event show {event}"):
        assert repo.run(*line.split()).code == 0


@pytest.mark.parametrize(
    "name", ["pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "post-index-change"]
)
def test_run_a_hook_that_came_with_the_folder(
    demo: Repo, trap: tuple[Path, Path], name: str
) -> None:
    hooks = demo.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    shutil.copy(trap[0], hooks / name)
    work(demo)
    assert not trap[1].exists()


@pytest.mark.parametrize(
    "setting",
    [
        "core.fsmonitor", "gpg.ssh.program", "gpg.program", "core.editor", "core.pager",
        "diff.external", "gpg.ssh.defaultKeyCommand", "filter.trap.clean", "filter.trap.process",
        "filter.trap.smudge", "diff.trap.textconv", "diff.trap.command", "core.sshCommand",
    ],
)  # fmt: skip
def test_run_a_program_named_in_the_configuration(
    demo: Repo, trap: tuple[Path, Path], setting: str
) -> None:
    (demo.root / ".gitattributes").write_text("*.yaml filter=trap diff=trap\n")
    demo.commit()
    demo.git("config", setting, str(trap[0]))
    work(demo)
    assert not trap[1].exists()


def test_sign_with_a_program_that_signs_anything(demo: Repo, trap: tuple[Path, Path]) -> None:
    demo.git("config", "gpg.format", "openpgp")
    demo.git("config", "gpg.program", str(trap[0]))
    work(demo)
    assert not trap[1].exists()


def test_point_jzy_at_another_repository_by_environment(
    demo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    shutil.copytree(demo.root, other)
    before = Repo(other).state()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    ran = demo.run("event", "new", *EVENT, who=CLERK)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name)
    assert ran.code == 0
    assert Repo(other).state() == before
    assert "新建" in demo.git("log", "-1", "--format=%s")


def test_point_git_at_another_work_tree_by_configuration(demo: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    demo.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    event = next((demo.root / "records/events/2020").iterdir()).stem
    assert demo.run("approve", event, "--yes", who="person-ji").code == 3
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_read_a_secret_through_a_link(demo: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("title: 机密\n")
    link = demo.root / "records/events/2021/evt-20210401-aaaa.yaml"
    link.symlink_to(secret)
    ran = demo.run("validate")
    assert ran.code == 1
    assert "JZY111" in ran.out
    assert "机密" not in ran.out + demo.run("event", "list").out


def test_read_a_secret_through_a_linked_folder(demo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(next((demo.root / "records/events/2020").iterdir()), outside)
    (demo.root / "records/events/2019").symlink_to(outside)
    ran = demo.run("validate")
    assert ran.code == 1
    assert "JZY111" in ran.out


def test_write_outside_through_a_linked_folder(demo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(demo.root / "records/events/2021")
    (demo.root / "records/events/2021").symlink_to(outside)
    ran = demo.run("event", "new", *EVENT, who=CLERK)
    assert ran.code in (1, 3), ran.out + ran.err
    assert list(outside.iterdir()) == []


def test_take_templates_from_outside_the_repository(demo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "templates"
    outside.mkdir()
    (outside / "self-check.md.j2").write_text("# 伪造\n")
    (demo.root / "templates").symlink_to(outside)
    assert "伪造" not in demo.run("report").out
    (demo.root / "templates").unlink()
    (demo.root / "templates").mkdir()
    (demo.root / "templates/self-check.md.j2").symlink_to(outside / "self-check.md.j2")
    assert "伪造" not in demo.run("report").out


@pytest.mark.parametrize("template", ["../../../etc/passwd", "/etc/passwd", "a/../b"])
def test_name_a_template_outside(demo: Repo, template: str) -> None:
    path = next((demo.root / "records/reports").rglob("rpt-20210416-*.yaml"))
    path.write_text(path.read_text().replace("self-check.md.j2", template))
    ran = demo.run("report")
    assert ran.code == 1
    assert "root:" not in ran.out + ran.err


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__.__mro__ }}", "{{ report.__init__.__globals__ }}", "{% include '/etc/passwd' %}",
        "{% for a in range(10**9) %}{% endfor %}", "{{ 'x' * 10**9 }}", "{{ figure.__globals__ }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ cycler.__init__ }}",
    ],
)  # fmt: skip
def test_break_out_of_a_template_or_never_end(demo: Repo, body: str) -> None:
    (demo.root / "templates").mkdir()
    (demo.root / "templates/self-check.md.j2").write_text("# 题\n\n" + body + "\n")
    ran = demo.run("report")
    assert ran.code == 1, ran.out
    assert "self-check.md.j2" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.yaml",
        "--output=x.yaml",
        "evt-20210401-\u202eaaaa.yaml",
        "evt-20210401-AAAA.yaml",
        "\x1b[2J.yaml",
    ],
)
def test_mislead_by_a_file_name(demo: Repo, name: str) -> None:
    (demo.root / "records/events/2021" / name).write_text("title: x\n")
    ran = demo.run("validate")
    assert ran.code == 1
    assert "JZY110" in ran.out
    assert not set(ran.out) & {"\x1b", "\u202e"}
    assert demo.run("event", "list").code == 0


def test_fill_the_memory_with_a_huge_or_deep_record(demo: Repo) -> None:
    folder = demo.root / "records/events/2021"
    (folder / "evt-20210401-aaaa.yaml").write_bytes(b"title: " + b"a" * 50_000_000)
    (folder / "evt-20210401-aaab.yaml").write_text("title: " + "[" * 50_000)
    (folder / "evt-20210401-aaac.yaml").write_text(
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [*a,*a]\n" for c in "bcdefgh")
    )
    os.mkfifo(folder / "evt-20210401-aaad.yaml")
    ran = demo.run("validate")
    assert ran.code == 1
    for code in ("JZY105", "JZY104", "JZY111"):
        assert code in ran.out


def test_leave_a_commit_out_by_a_forged_graph(demo: Repo) -> None:
    """git keeps a cache of who is whose parent and believes it; mine makes a commit its
    grandparent's child, so that what lies between is never looked at."""
    count = json.loads(demo.run("verify", "--json").out)["commits"]
    demo.git("commit-graph", "write", "--reachable")
    graph = demo.root / ".git/objects/info/commit-graph"
    data = bytearray(graph.read_bytes())
    chunks = {
        bytes(data[at : at + 4]): int.from_bytes(data[at + 4 : at + 12], "big")
        for at in range(8, 8 + 12 * data[6], 12)
    }
    head = bytes.fromhex(demo.git("rev-parse", "HEAD").strip())
    place = (data.index(head, chunks[b"OIDL"]) - chunks[b"OIDL"]) // 20

    def parent(number: int) -> slice:
        at = chunks[b"CDAT"] + 36 * number + 20
        return slice(at, at + 4)

    first = int.from_bytes(data[parent(place)], "big")
    data[parent(place)] = data[parent(first)]
    graph.chmod(0o644)
    graph.write_bytes(bytes(data))
    assert int(demo.git("rev-list", "--count", "HEAD")) == count - 1  # plain git believes it
    (demo.root / ".git/jzy/verdicts").unlink()
    found = json.loads(demo.run("verify", "--json").out)
    assert (found["commits"], found["ok"]) == (count, True)
