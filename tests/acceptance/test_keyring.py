"""Registrars' work on public keys, against mistakes and against those who would profit from them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jzy.git.keys import SigningKey, make_throwaway_key
from jzy.model.display import width

from .conftest import CLERK, Repo
from .test_prompts import Terminal

REGISTRAR, OTHER, HEAD = "person-jia", "person-gui", "person-ji"
DING = "person-ding"


@pytest.fixture
def fresh(tmp_path: Path) -> SigningKey:
    return make_throwaway_key(tmp_path / "fresh", "")


def key_of(repo: Repo, person: str) -> str:
    """The fingerprint of a person's first key."""
    listed = json.loads(repo.run("key", "list", "--json").out)
    return str(next(entry["fingerprint"] for entry in listed if entry["person"] == person))


def approved(repo: Repo) -> str:
    """An event with the first two signatures; the first is the department head's."""
    event = repo.new_event()
    assert repo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in (HEAD, DING):
        assert repo.run("approve", event, "--yes", who=who).code == 0
    return event


def verdicts(repo: Repo, event: str) -> dict[str, str]:
    found = json.loads(repo.run("verify", event, "--json").out)
    return {entry["by"]: entry["verdict"] for entry in found["sign_offs"]}


def line_of(public: bytes, kind: str = "ssh-ed25519") -> str:
    parts = [kind.encode(), public]
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"{kind} {base64.b64encode(blob).decode()}"


# --- what a key may be ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["itself", "file", "standard input"])
def test_a_key_is_taken_as_it_comes(demo: Repo, fresh: SigningKey, how: str) -> None:
    given = {
        "itself": fresh.line + " comment",
        "file": f"{fresh.location}.pub",
        "standard input": "-",
    }
    done = subprocess.run(
        [sys.executable, "-m", "jzy", "key", "register", HEAD, given[how], "--json"],
        cwd=demo.root, input=fresh.line.encode() + b" comment\n", capture_output=True, check=False,
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert (done.returncode, said["fingerprint"]) == (0, fresh.fingerprint), said
    assert f"key: {fresh.line}\n" in (demo.root / f"records/people/{HEAD}.yaml").read_text()


def test_no_second_line_no_weak_key_and_none_twice(
    demo: Repo, fresh: SigningKey, tmp_path: Path
) -> None:
    two = tmp_path / "two.pub"
    two.write_text(f"{fresh.line}\n{make_throwaway_key(tmp_path / 'b', '').line}\n")
    before = demo.state()
    # For a point of small order anybody can make a signature that verifies.
    weak = [line_of(y.to_bytes(32, "little")) for y in (0, 1, 2**255 - 20, 1 | 1 << 255)]
    for given, words in (
        (str(two), "不止一行"),
        *((line, "任何人都能以它的名义签名") for line in weak),
        (line_of(b"x" * 32, "ssh-rsa"), "不接受 ssh-rsa"),
    ):
        ran = demo.run("key", "register", HEAD, given, who=REGISTRAR)
        assert (ran.code, words in ran.err) == (2, True), (given, ran.err)
    assert demo.state() == before
    assert demo.run("key", "register", HEAD, fresh.line, who=REGISTRAR).code == 0
    assert "不必再登记" in demo.run("key", "register", HEAD, fresh.line, who=REGISTRAR).err
    demo.run("key", "revoke", HEAD, fresh.fingerprint, "-m", "遗失", who=REGISTRAR)
    ran = demo.run("key", "rotate", HEAD, fresh.line, who=REGISTRAR)
    assert (ran.code, "不再启用" in ran.err) == (1, True)


def test_a_registrar_compares_fingerprints_before_anything_is_written(
    demo: Repo, fresh: SigningKey
) -> None:
    before = demo.state()
    terminal = Terminal(demo, REGISTRAR, "key", "register", HEAD, fresh.line)
    terminal.until(fresh.fingerprint)
    terminal.answer("指纹相同吗", "n")
    assert terminal.end() == 1
    assert demo.state() == before


# --- what gets in with a registrar's signature ----------------------------------------------------


def test_have_a_registrar_sign_a_key_that_lies_in_the_working_tree(
    demo: Repo, fresh: SigningKey, tmp_path: Path, spoil: Callable[[Path, str, str], None]
) -> None:
    mine = make_throwaway_key(tmp_path / "mine", "")
    path = demo.root / f"records/people/{HEAD}.yaml"
    spoil(path, "keys:\n", f"keys:\n  - key: {mine.line}\n    from: 2020-01-01\n")
    demo.git("update-index", "--assume-unchanged", f"records/people/{HEAD}.yaml")
    head = demo.git("rev-parse", "HEAD")
    ran = demo.run("key", "register", HEAD, fresh.line, who=REGISTRAR)
    assert (ran.code, "尚未提交" in ran.err) == (1, True)
    assert demo.git("rev-parse", "HEAD") == head
    assert mine.line not in demo.run("key", "allowed-signers").out
    assert mine.fingerprint not in demo.run("key", "list").out


def test_nobody_but_a_registrar_leaves_anything_behind(
    demo: Repo, fresh: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = demo.state()
    monkeypatch.setenv("JZY_SIGNING_KEY", fresh.location)  # a key that nobody registered
    assert demo.run("key", "register", HEAD, fresh.line).code == 1
    assert demo.run("key", "revoke", HEAD, key_of(demo, HEAD), "-m", "x").code == 1
    assert demo.state() == before


def test_one_registrar_alone_does_not_touch_anothers_key_where_two_must_agree(
    demo: Repo, fresh: SigningKey
) -> None:
    institution = demo.root / "records/institution.yaml"
    institution.write_text(
        institution.read_text().replace("registrar_quorum: 1", "registrar_quorum: 2")
    )
    demo.git("-c", "commit.gpgsign=true", "commit", "-q", "-a", "-m", "会签")
    assert json.loads(demo.run("verify", "--json").out)["ok"]
    for args in (
        ("register", OTHER, fresh.line),
        ("rotate", OTHER, fresh.line),
        ("revoke", OTHER, key_of(demo, OTHER), "-m", "x"),
    ):
        ran = demo.run("key", *args, who=REGISTRAR)
        assert (ran.code, "只能由本人办理" in ran.err) == (1, True)
    # With the last of their keys, too few would be left to mend anything.
    ran = demo.run("key", "revoke", OTHER, key_of(demo, OTHER), "-m", "x", who=OTHER)
    assert (ran.code, "登记簿再也无法修改" in ran.err) == (1, True)
    assert demo.run("key", "rotate", OTHER, fresh.line, who=OTHER).code == 0
    assert json.loads(demo.run("verify", "--json").out)["ok"]
    assert demo.run("key", "revoke", OTHER, key_of(demo, OTHER), "-m", "x", who=OTHER).code == 0


# --- a stolen key ---------------------------------------------------------------------------------


def test_a_stolen_key_proves_nothing_from_the_theft_on(demo: Repo) -> None:
    before = approved(demo)
    theft = demo.git("rev-parse", "HEAD").strip()
    after = approved(demo)
    earlier = demo.git("rev-parse", f"{theft}~1").strip()
    since = demo.git("rev-list", "--reverse", f"{theft}..HEAD").split()[0]
    key = key_of(demo, HEAD)
    ran = demo.run(
        "key", "revoke", HEAD, key[:20], "-m", "被盗", "--distrust-from", since[:12], who=REGISTRAR
    )
    assert ran.code == 0, ran.err
    assert f"distrust_from: {since}" in (demo.root / f"records/people/{HEAD}.yaml").read_text()
    assert verdicts(demo, before) == {CLERK: "proven", HEAD: "proven", DING: "proven"}
    assert verdicts(demo, after)[HEAD] != "proven"
    assert verdicts(demo, after)[CLERK] == "proven"

    def again(commit: str) -> tuple[int, str]:
        ran = demo.run(
            "key", "revoke", HEAD, key, "-m", "x", "--distrust-from", commit, who=REGISTRAR
        )
        return ran.code, ran.err

    head = demo.git("rev-parse", "HEAD").strip()
    assert again(since)[0] == 1
    assert "不能改晚" in again(head)[1]  # which would give back trust
    assert again(earlier)[0] == 0
    assert verdicts(demo, before)[HEAD] != "proven"


def test_the_commit_of_the_theft_is_in_history_and_named_by_its_id(demo: Repo) -> None:
    key = key_of(demo, HEAD)
    demo.git("branch", "deadbee", "HEAD~3")
    demo.git("checkout", "-q", "-b", "side")
    (demo.root / "note.txt").write_text("x")
    demo.commit()
    side = demo.git("rev-parse", "HEAD").strip()
    demo.git("checkout", "-q", "main")
    before = demo.state()
    for commit, code, words in (
        ("HEAD", 2, "不是提交的编号"),
        ("--output=x", 2, "不是提交的编号"),
        ("deadbee", 1, "分支或标签"),
        ("0" * 40, 1, "没有编号"),
        (side, 1, "不在现在的历史中"),
    ):
        args = ("key", "revoke", HEAD, key, "-m", "x", f"--distrust-from={commit}")
        ran = demo.run(*args, who=REGISTRAR)
        assert (ran.code, words in ran.err) == (code, True), (commit, ran.err)
    assert demo.state() == before


# --- lists ----------------------------------------------------------------------------------------


def test_the_list_shows_how_each_key_stands_and_plain_git_agrees(
    demo: Repo, fresh: SigningKey, tmp_path: Path
) -> None:
    signers = demo.root / ".git/jzy/allowed-signers"
    demo.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    assert demo.run("key", "rotate", HEAD, fresh.line, who=REGISTRAR).code == 0
    assert (
        demo.run("key", "revoke", DING, key_of(demo, DING), "-m", "离职", who=REGISTRAR).code == 0
    )
    assert signers.read_text() == demo.run("key", "allowed-signers").out
    states = {
        entry["fingerprint"]: entry["state"]
        for entry in json.loads(demo.run("key", "list", "--json").out)
    }
    assert states[fresh.fingerprint] == "in_use"
    assert states[key_of(demo, HEAD)] == "in_use"  # until the end of the day
    assert states[key_of(demo, DING)] == "revoked"
    # What they signed before is still good to git, too.
    good = set(demo.git("log", "--format=%G?").split())
    assert good == {"G"}
    terminal = Terminal(demo, REGISTRAR, "key", "list")
    terminal.until("原因：离职")
    assert terminal.end() == 0
    text = terminal.text()
    assert "已注销" in text
    assert key_of(demo, DING) in text
    assert all(width(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("which", ["", "SHA256:", "SHA256:ab", "SHA256:nothing", "x"])
def test_a_fingerprint_that_does_not_say_which(demo: Repo, which: str) -> None:
    before = demo.state()
    ran = demo.run("key", "revoke", HEAD, which, "-m", "x", who=REGISTRAR)
    assert ran.code in (1, 2)
    assert "Traceback" not in ran.err
    assert demo.state() == before
