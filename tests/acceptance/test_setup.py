"""A new colleague's first hour: setup, the request to be registered, the first sign-off; doctor."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from jzy.git.keys import make_throwaway_key
from jzy.model.display import width

from .conftest import CLERK, Repo
from .test_prompts import Terminal

REGISTRAR, HEAD = "person-jia", "person-ji"
ME = ("--person", HEAD)
DOWN = "\x1b[B"


class Bare(Terminal):
    """A terminal of somebody who has set nothing up yet."""

    def __init__(self, repo: Repo, *args: str) -> None:
        self._screen = pyte.HistoryScreen(80, 60, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        env = {**os.environ, "TERM": "xterm-256color"}
        self.child = pexpect.spawn(
            sys.executable, ["-m", "jzy", *args], cwd=str(repo.root), env=env, dimensions=(60, 80)
        )


@pytest.fixture
def ssh(home: Path) -> Path:
    """The user's own folder of keys."""
    folder = home / ".ssh"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def office(demo: Repo, tmp_path: Path) -> Repo:
    """The registrar's clone of a server."""
    subprocess.run(
        ["git", "clone", "-q", "--bare", str(demo.root), str(tmp_path / "server.git")], check=True
    )
    demo.git("remote", "add", "origin", str(tmp_path / "server.git"))
    return demo


@pytest.fixture
def clone(office: Repo, tmp_path: Path, ssh: Path) -> Repo:
    """A fresh clone of the same server, on a machine where nothing is set up."""
    subprocess.run(
        ["git", "clone", "-q", str(tmp_path / "server.git"), str(tmp_path / "clone")], check=True
    )
    return Repo(tmp_path / "clone")


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A real ssh-agent."""
    sock = tmp_path / "agent.sock"
    running = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(sock)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 10
    while not sock.exists() and time.monotonic() < end:
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))
    yield running
    running.kill()
    running.wait()


def keygen(path: Path, passphrase: str = "", kind: str = "ed25519") -> str:
    """Make a key and give its public line."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path)],
        check=True,
    )
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


def root_of(office: Repo) -> str:
    return office.git("config", "jzy.root").strip()


def config(repo: Repo) -> bytes:
    return (repo.root / ".git/config").read_bytes()


def checks(repo: Repo) -> dict[str, tuple[str, str]]:
    """What doctor says, by what it looked at; the worst where it says several things."""
    found: dict[str, tuple[str, str]] = {}
    for check in json.loads(repo.run("doctor", "--json").out)["checks"]:
        if found.get(check["name"], ("ok",))[0] == "ok":
            found[check["name"]] = (check["state"], check["what"])
    return found


# --- from a fresh clone to a proven sign-off -----------------------------------------------------


def test_from_a_fresh_clone_to_a_proven_sign_off(office: Repo, clone: Repo, ssh: Path) -> None:
    keygen(ssh / "id_rsa", kind="rsa")
    screen = Bare(clone, "setup")
    screen.answer("您是谁", "没有此人\r")  # nobody is taken
    screen.answer("没有此人...", "\x7f" * 4 + "示例己\r")
    screen.answer("根密钥指纹", "SHA256:abc\r")
    screen.until("不是密钥指纹")
    screen.answer("根密钥指纹", f"\x15{root_of(office)}\r")
    screen.until("id_rsa.pub 不能用：是 RSA 密钥")
    screen.answer("用哪个密钥签批", "\r")  # there is none: a new one
    screen.answer("(empty for no passphrase)", "geheim 1\r")
    screen.answer("same passphrase again", "geheim 1\r")
    screen.answer("请输入这个密钥的口令", "falsch\r")
    screen.until("口令不对，请再试一次")
    time.sleep(0.3)
    screen.child.send("geheim 1\r")
    screen.answer("写入吗", "y")
    screen.until("登记之后的下一步")
    assert screen.end() == 0
    text = screen.text()
    assert all(width(line) <= 80 for line in text.splitlines())
    assert "geheim" not in text
    assert "示例甲" in text.partition("发给登记管理员")[2]
    assert "PRIVATE KEY" in (ssh / "jzy_ed25519").read_text()

    # The registrar runs what the request says, to the letter.
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("jzy key register"))
    words = shlex.split("".join(lines[at : at + 2]))
    assert office.run(*words[1:], who=REGISTRAR).code == 0
    event = office.new_event()
    office.run("submit", event, "--yes", who=CLERK)
    assert office.run("sync", "--yes", who=REGISTRAR).code == 0

    assert checks(clone)["registered"][0] == "error"
    assert clone.run("sync").code == 0
    assert checks(clone)["registered"][0] == "ok"
    signing = Bare(clone, "approve", event)
    signing.answer("以示例己的名义同意吗", "y")
    signing.answer("Enter passphrase", "geheim 1\r")
    signing.until("等待信息技术系分管领导签批")
    assert signing.end() == 0
    found = json.loads(clone.run("verify", event, "--json").out)
    assert found["ok"], found
    assert found["pinned"] is True
    again = Bare(clone, "setup")
    for question, keys in (("您是谁", "\r"), ("用哪个密钥", "\r"), ("的口令", "geheim 1\r")):
        again.answer(question, keys)
    again.answer("将更新公钥名单", "y")  # somebody was registered in between
    again.until("示例己已可签批")
    again.until("jzy inbox")
    assert again.end() == 0


def test_a_key_in_the_agent_signs_without_a_file(
    office: Repo, clone: Repo, ssh: Path, tmp_path: Path, agent: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    line = keygen(tmp_path / "usb", "geheim 1")
    typing = tmp_path / "typing.sh"
    typing.write_text("#!/bin/sh\necho 'geheim 1'\n")
    typing.chmod(0o755)
    forced = {**os.environ, "SSH_ASKPASS": str(typing), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-q", str(tmp_path / "usb")], env=forced, check=True)
    (tmp_path / "usb").unlink()
    ran = clone.run("setup", *ME, "--key", line, "--root", root_of(office), "--json")
    assert ran.code == 0, ran.out
    said = json.loads(ran.out)
    assert said["key"] == clone.git("config", "user.signingkey").strip() == f"key::{line}"
    assert said["registered"] is False
    assert said["request"]["command"] == f'jzy key register {HEAD} "{line}"'
    assert {each["name"] for each in said["registrars"]} == {"示例甲", "示例癸"}
    assert office.run("key", "register", HEAD, line, who=REGISTRAR).code == 0
    event = office.new_event()
    office.run("submit", event, "--yes", who=CLERK)
    office.run("sync", "--yes", who=REGISTRAR)
    clone.run("sync")
    assert clone.run("approve", event, "--yes").code == 0
    assert json.loads(clone.run("verify", event, "--json").out)["ok"]
    agent.kill()
    agent.wait()
    before = config(clone)
    ran = clone.run("setup", *ME, "--key", line, "--yes")
    assert (ran.code, "ssh-add" in ran.err) == (3, True)
    assert "ssh-agent" in checks(clone)["key"][1]
    assert config(clone) == before


def test_a_second_run_changes_nothing_and_plain_git_signs_and_checks(
    office: Repo, tmp_path: Path, ssh: Path
) -> None:
    # Names as they come: git, ssh-keygen and the configuration take them as they are.
    odd = tmp_path / "办公室 #1 \"甲\" 100% \\x '乙'; $HOME"
    odd.mkdir()
    subprocess.run(["git", "clone", "-q", str(office.root), str(odd / "clone")], check=True)
    clone, key = Repo(odd / "clone"), odd / "ssh" / "签名 密钥"
    args = ("--root", root_of(office), "--json")
    made = ("--new-key", str(key), "--no-passphrase")
    first = json.loads(clone.run("setup", *ME, *made, *args).out)
    assert first["made"] is True
    assert "allowed-signers" in first["changed"]
    assert office.run("key", "register", HEAD, f"{key}.pub", who=REGISTRAR).code == 0
    clone.git("pull", "-q")
    second = json.loads(clone.run("setup", *ME, "--key", str(key), *args).out)
    assert (second["changed"], second["registered"]) == (["allowed-signers"], True)
    before = config(clone)
    third = clone.run("setup", *ME, "--key", str(key), "--yes")
    assert "设置没有变化" in third.err
    assert "jzy inbox" in third.err
    assert config(clone) == before
    assert clone.git("config", "user.signingkey") == f"{key}\n"
    (clone.root / "note.txt").write_text("x")
    clone.commit()
    assert clone.git("log", "-1", "--format=%G?%GS%an").strip() == f"G{HEAD}示例己"
    assert clone.run("doctor").code == 0


# --- refusals -------------------------------------------------------------------------------------


def test_programs_are_told_what_is_missing(clone: Repo, ssh: Path) -> None:
    before = config(clone)
    ran = clone.run("setup")
    assert ran.code == 2
    assert all(name in ran.err for name in ("--person", "--key", "--yes"))
    ran = clone.run("setup", *ME, "--new-key", str(ssh / "new"), "--yes")
    assert (ran.code, "--no-passphrase" in ran.err) == (2, True)
    assert not (ssh / "new").exists()
    ran = clone.run("setup", "--person", "person-x", "--key", str(ssh / "new"), "--yes")
    assert (ran.code, "person-x" in ran.err) == (2, True)
    assert config(clone) == before


def test_keys_that_cannot_be_used_are_refused_with_the_reason(
    office: Repo, clone: Repo, ssh: Path
) -> None:
    before = config(clone)
    keygen(ssh / "locked", "geheim 1")
    keygen(ssh / "rsa", kind="rsa")
    keygen(ssh / "open")
    (ssh / "open").chmod(0o644)
    keygen(ssh / "lost")
    (ssh / "lost").unlink()
    keygen(clone.root / "inside")
    os.mkfifo(ssh / "pipe")
    theirs = office.root / ".git/jzy/demo-keys/person-ding"
    reasons = {
        ssh / "locked": (3, "有口令，这里不能询问"),
        ssh / "rsa": (3, "RSA"),
        ssh / "open": (3, "chmod 600"),
        ssh / "lost.pub": (3, "没有找到对应的私钥"),
        ssh / "pipe": (3, "不是普通文件"),
        clone.root / "inside": (1, "在记录仓库的文件夹里"),
        theirs: (1, "已登记给示例丁"),
    }
    for path, (code, reason) in reasons.items():
        ran = clone.run("setup", *ME, "--key", str(path), "--yes")
        assert (ran.code, reason in ran.err) == (code, True), (path, ran.err)
    assert config(clone) == before
    assert not (clone.root / ".git/jzy/allowed-signers").exists()


def test_a_clone_that_the_registrar_did_not_name_raises_the_alarm(
    office: Repo, clone: Repo, ssh: Path
) -> None:
    keygen(ssh / "mine")
    before = config(clone)
    args = ("setup", *ME, "--key", str(ssh / "mine"), "--yes")
    ran = clone.run(*args, "--root", "SHA256:" + "A" * 43)
    assert (ran.code, "警报" in ran.err) == (1, True)
    assert config(clone) == before
    clone.git("config", "jzy.root", "SHA256:" + "A" * 43)
    ran = clone.run(*args)
    assert (ran.code, "先前固定" in ran.err) == (1, True)
    assert checks(clone)["root"][0] == "error"
    clone.git("config", "--unset", "jzy.root")
    assert "jzy setup --root" in clone.run(*args).err
    assert checks(clone)["root"][0] == "warning"
    assert clone.run(*args, "--root", root_of(office)).code == 0
    assert checks(clone)["root"][0] == "ok"


def test_saying_no_writes_nothing(clone: Repo, ssh: Path) -> None:
    keygen(ssh / "mine")
    before = config(clone)
    screen = Bare(clone, "setup", *ME)
    screen.answer("根密钥指纹", "\r")
    screen.answer("用哪个密钥签批", "\r")
    screen.answer("写入吗", "n")
    screen.until("没有写入任何设置")
    assert screen.end() == 1
    assert config(clone) == before


# --- hostile folders ------------------------------------------------------------------------------

TRAPS = (
    "core.editor", "core.pager", "core.fsmonitor", "core.sshCommand", "core.askPass", "gpg.program",
    "gpg.ssh.program", "gpg.ssh.defaultKeyCommand", "credential.helper", "alias.config",
    "filter.trap.clean", "diff.trap.textconv", "diff.external",
)  # fmt: skip


def test_nothing_that_the_folder_names_is_run_and_doctor_names_it(
    clone: Repo, ssh: Path, tmp_path: Path
) -> None:
    sprung = tmp_path / "sprung"
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{sprung}'\ncat\n")
    trap.chmod(0o755)
    keygen(ssh / "mine")
    for name in TRAPS:
        clone.git("config", name, ("!" if name.startswith("alias") else "") + str(trap))
    (clone.root / ".gitattributes").write_text("* filter=trap diff=trap\n")
    hook = clone.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_bytes(trap.read_bytes())
    hook.chmod(0o755)
    said = checks(clone)["programs"]
    assert said[0] == "warning"
    assert "core.editor" in said[1]
    assert clone.run("setup", *ME, "--key", str(ssh / "mine"), "--yes").code == 0
    assert clone.run("key", "list").code == 0
    clone.run("doctor")
    assert not sprung.exists()


def test_write_elsewhere_through_a_link(clone: Repo, ssh: Path, tmp_path: Path) -> None:
    keygen(ssh / "mine")
    args = ("setup", *ME, "--key", str(ssh / "mine"), "--yes")
    outside = tmp_path / "outside"
    outside.mkdir()
    (clone.root / ".git/jzy").symlink_to(outside)
    ran = clone.run(*args)
    assert (ran.code, "链接" in ran.err) == (1, True)
    assert list(outside.iterdir()) == []
    (clone.root / ".git/jzy").unlink()
    mine = clone.root / ".git/config"
    mine.rename(outside / "config")
    mine.symlink_to(outside / "config")
    before = (outside / "config").read_bytes()
    assert clone.run(*args).code == 1
    assert (outside / "config").read_bytes() == before


def test_override_what_setup_wrote(clone: Repo, ssh: Path, tmp_path: Path) -> None:
    keygen(ssh / "mine")
    other = make_throwaway_key(tmp_path / "other", "")
    (tmp_path / "more").write_text(f"[user]\n\tsigningkey = {other.location}\n")
    with (clone.root / ".git/config").open("a") as stream:
        stream.write(
            f"[user]\n\tsigningkey = a\n\tsigningkey = b\n[include]\n\tpath = {tmp_path}/more\n"
        )
    ran = clone.run("setup", *ME, "--key", str(ssh / "mine"), "--yes")
    assert (ran.code, "user.signingkey" in ran.err) == (3, True)


# --- doctor ---------------------------------------------------------------------------------------


def test_doctor_changes_nothing_and_finds_what_is_wrong(demo: Repo, tmp_path: Path) -> None:
    def everything() -> dict[str, bytes]:
        files = (path for path in demo.root.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = everything()
    ran = demo.run("doctor")
    assert ran.code == 0, ran.out
    assert everything() == before
    (demo.root / ".git/index.lock").touch()
    (demo.root / ".git/MERGE_HEAD").write_text(demo.git("rev-parse", "HEAD"))
    signers = demo.root / ".git/jzy/allowed-signers"
    demo.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    signers.write_text("")
    demo.git("config", "user.signingkey", "/dev/zero")
    person = demo.root / f"records/people/{HEAD}.yaml"
    person.write_text(person.read_text() + "# x\n")
    said = checks(demo)
    assert said["work-tree"][0] == "error"
    assert {said[name][0] for name in ("allowed-signers", "settings")} == {"warning"}
    assert "不是普通文件" in said["key"][1]
    ran = demo.run("doctor")
    assert ran.code == 1
    assert all(words in ran.out for words in ("index.lock", "正在合并", "尚未提交的改动"))


def test_doctor_says_when_the_clock_is_behind(demo: Repo) -> None:
    demo.git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "x",
             "--date=2090-01-01T00:00:00Z")  # fmt: skip
    assert checks(demo)["clock"][0] == "ok"  # the author's date is anybody's
    env = {**os.environ, "GIT_COMMITTER_DATE": "2090-01-01T00:00:00Z"}
    subprocess.run(
        ["git", "commit", "-q", "--allow-empty", "-m", "y"], cwd=demo.root, env=env, check=True
    )
    assert checks(demo)["clock"][0] == "error"


def test_doctor_outside_a_repository_still_says_the_rest(demo: Repo, tmp_path: Path) -> None:
    ran = demo.run("doctor", cwd=tmp_path)
    assert ran.code == 3
    assert "git version" in ran.out
    assert "ssh-keygen" in ran.out


def test_histories_that_cannot_be_judged_are_refused(
    clone: Repo, ssh: Path, tmp_path: Path
) -> None:
    keygen(ssh / "mine")
    args = ("setup", *ME, "--key", str(ssh / "mine"), "--yes")
    url = f"file://{tmp_path}/server.git"
    subprocess.run(["git", "clone", "-q", "--depth=1", url, str(tmp_path / "cut")], check=True)
    clone.git("update-ref", "-d", "HEAD")
    for repo, words in ((Repo(tmp_path / "cut"), "浅克隆"), (clone, "还没有提交")):
        ran = repo.run(*args)
        assert (ran.code in (1, 3), words in ran.err) == (True, True), ran.err
        assert repo.run("doctor").code == 1


@pytest.mark.parametrize(
    "args", [["setup", "--help"], ["doctor"], ["key", "list"], ["key", "--help"]]
)
def test_every_screen_fits(clone: Repo, args: list[str]) -> None:
    terminal = Bare(clone, *args)
    assert terminal.end() in (0, 1)
    assert all(width(line) <= 80 for line in terminal.text().splitlines())
