"""One change is one commit of one file, or everything is as it was, whatever lies around."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from jzy.git.commits import Author, Change, commit_file, recover
from jzy.git.history import blobs_of, signed_at
from jzy.git.keys import SigningKey, make_throwaway_key
from jzy.git.repository import Repository
from jzy.git.signature import check_commit
from jzy.model.errors import JzyError, Refused, WrongEnvironment

RECORD = "records/events/2021/evt-20210318-k3f9.yaml"
JIA = Author("person-jia", "示例甲")
WHEN = datetime.fromisoformat("2021-03-18T14:30:00+08:00")


@dataclass(frozen=True)
class Place:
    """A real repository and what can be seen of it."""

    root: Path

    def git(self, *args: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=cwd or self.root, capture_output=True, check=True)
        return done.stdout.decode()

    @property
    def repository(self) -> Repository:
        return Repository.open(self.root)

    def put(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def commit_all(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=开始")

    def head(self) -> str | None:
        return self.repository.head()

    def state(self) -> dict[str, object]:
        """HEAD, index, status and every file of the work tree."""
        files = {
            str(file.relative_to(self.root)): (file.read_bytes(), file.stat().st_mode)
            for file in sorted(self.root.rglob("*"))
            if file.is_file() and ".git" not in file.relative_to(self.root).parts
        }
        return {
            "head": self.head(),
            "index": self.git("ls-files", "--stage", "-z"),
            "status": self.git("status", "--porcelain=v1", "-z", "--untracked-files=all"),
            "files": files,
            "left behind": sorted(
                p.name for p in (self.root / ".git/jzy").glob("*") if p.name != "lock"
            ),
            "locks": sorted(p.name for p in (self.root / ".git").glob("*.lock")),
        }


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    found = Place(tmp_path / "学院")
    found.root.mkdir()
    found.git("init", "--quiet")
    found.put(RECORD, "title: 公开课\n")
    found.put("records/其他.yaml", "a: 1\n")
    found.commit_all()
    return found


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[SigningKey, SigningKey]:
    folder = tmp_path_factory.mktemp("keys")
    return make_throwaway_key(folder / "jia", "jia"), make_throwaway_key(folder / "yi", "yi")


def change(
    content: str = "title: 讲座\n", *, path: str = RECORD, key: SigningKey | None = None
) -> Change:
    return Change(path, content.encode(), "改为讲座\n\nJzy-Record: x\n", JIA, key, WHEN)


# --- one commit --------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize(
    ("attributes", "content", "mode"),
    [
        ("", "title: 讲座\n", 0o644),
        ("", "title: 讲座\n", 0o755),
        ("* text=auto\n", "title: 讲座\r\nvenue: 礼堂\r\n", 0o644),
        ("* -text\n", "title: 讲座\r\nvenue: 礼堂\r\n", 0o644),
        ("*.yaml ident\n", "title: $Id$\n", 0o644),
        ("*.yaml working-tree-encoding=UTF-8\n", "title: 讲座\n", 0o644),
    ],
)
@pytest.mark.parametrize("path", [RECORD, "records/trainings/2022/trn-20220101-aaaa.yaml"])
def test_what_is_committed_is_what_git_makes_of_the_file(
    tmp_path: Path, home: Path, algorithm: str, attributes: str, content: str, mode: int, path: str
) -> None:
    place = Place(tmp_path / "学院")
    place.root.mkdir()
    place.git("init", "--quiet", f"--object-format={algorithm}")
    place.put(RECORD, "title: 公开课\n").chmod(mode)
    place.put("附件/一.txt", "x\n")
    place.put(".gitattributes", attributes)
    place.commit_all()
    commit_file(place.repository, change(content, path=path))
    assert place.git("status", "--porcelain=v1", "--untracked-files=all") == ""
    assert place.git("rev-parse", f"HEAD:{path}") == place.git("rev-parse", f":{path}")
    assert place.git("diff-index", "--cached", "--raw", "HEAD") == ""
    place.git("fsck", "--strict", "--full")
    assert (place.root / path).read_bytes() == content.encode()


def test_what_else_is_staged_stays_staged_and_out_of_the_commit(place: Place) -> None:
    place.put("records/其他.yaml", "a: 2\n")
    place.put("records/新.yaml", "b: 1\n")
    place.git("add", "--all")
    commit_file(place.repository, change())
    assert place.git("diff", "--name-only", "-z", "HEAD~1", "HEAD") == RECORD + "\0"
    staged = place.git("diff", "--cached", "--name-only", "-z")
    assert staged.split("\0")[:-1] == ["records/其他.yaml", "records/新.yaml"]


def test_a_commit_carries_one_file_one_author_and_the_message_to_the_letter(
    place: Place, keys: tuple[SigningKey, SigningKey]
) -> None:
    before = place.head()
    wanted = change(key=keys[0])._replace(message="#一\n\n  二  \n\n\nJzy-Record: x\n")
    new = commit_file(place.repository, wanted)
    assert place.head() == new
    assert place.git("rev-parse", f"{new}^").strip() == before
    assert place.git("show", "--format=", "--name-only", "-z", new) == RECORD + "\0"
    assert place.git("show", f"{new}:{RECORD}") == "title: 讲座\n"
    raw = subprocess.run(
        ["git", "cat-file", "commit", new], cwd=place.root, capture_output=True, check=True
    )
    assert raw.stdout.endswith("\n\n#一\n\n  二  \n\n\nJzy-Record: x\n".encode())
    assert raw.stdout.count("示例甲 <person-jia@jzy.invalid> 1616049000 +0800".encode()) == 2
    assert check_commit(raw.stdout) == keys[0].blob
    assert place.state()["status"] == ""
    assert place.state()["left behind"] == []


@pytest.mark.parametrize(
    "path",
    [RECORD, "records/events/2021/evt-20210319-aaaa.yaml", "records/新建 文件夹/讲座“一”.yaml"],
)
def test_other_staged_and_changed_files_stay_as_they_are(place: Place, path: str) -> None:
    for name in ("改", "删", "又改", "移"):
        place.put(f"records/{name}.yaml", "a: 1\n")
    place.commit_all()
    place.put("records/改.yaml", "a: 2\n")
    place.git("add", "records/改.yaml")
    place.put("records/改.yaml", "a: 3\n")
    place.put("records/又改.yaml", "a: 2\n")
    place.git("rm", "--quiet", "records/删.yaml")
    place.put("records/新.yaml", "a: 1\n")
    place.git("add", "records/新.yaml")
    place.put("records/未登记.yaml", "a: 1\n")
    before = place.state()
    new = commit_file(place.repository, change(path=path))
    after = place.state()
    assert place.git("show", "--format=", "--name-only", "-z", new) == path + "\0"
    assert after["status"] == before["status"]
    staged = {line for line in str(before["index"]).split("\0") if path not in line}
    assert {line for line in str(after["index"]).split("\0") if path not in line} == staged
    assert place.repository.content(path) == "title: 讲座\n".encode()


def test_what_was_staged_of_the_same_file_gives_way_to_what_is_committed(place: Place) -> None:
    place.put(RECORD, "title: 暂存\n")
    place.git("add", RECORD)
    commit_file(place.repository, change())
    assert place.state()["status"] == ""


def test_the_first_commit_of_all_and_a_file_that_is_ignored(tmp_path: Path, home: Path) -> None:
    place = Place(tmp_path / "new")
    place.root.mkdir()
    place.git("init", "--quiet")
    place.put(".gitignore", "*.yaml\n")
    new = commit_file(place.repository, change())
    assert place.head() == new
    assert place.git("rev-list", "--all", "--parents").split() == [new]


def test_a_file_keeps_its_mode(place: Place) -> None:
    (place.root / RECORD).chmod(0o600)
    commit_file(place.repository, change())
    assert (place.root / RECORD).stat().st_mode & 0o777 == 0o600


# --- or nothing --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [RECORD, "records/讲座.yaml"])
@pytest.mark.parametrize("fault", ["gone", "not a key", "another's key"])
def test_a_key_that_fails_leaves_everything_as_it_was(
    place: Place, keys: tuple[SigningKey, SigningKey], tmp_path: Path, path: str, fault: str
) -> None:
    place.put("records/其他.yaml", "a: 2\n")
    place.git("add", "records/其他.yaml")
    place.put("records/其他.yaml", "a: 3\n")
    place.put(RECORD, "title: 未提交的改动\n").chmod(0o640)
    broken = tmp_path / "key"
    if fault == "not a key":
        broken.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
        broken.chmod(0o600)
    location = keys[1].location if fault == "another's key" else str(broken)
    before = place.state()
    with pytest.raises(WrongEnvironment) as caught:
        commit_file(place.repository, change(path=path, key=keys[0]._replace(location=location)))
    assert caught.value.advice
    assert place.state() == before


def test_a_failed_first_commit_leaves_an_empty_repository_empty(
    tmp_path: Path, home: Path, keys: tuple[SigningKey, SigningKey]
) -> None:
    place = Place(tmp_path / "new")
    place.root.mkdir()
    place.git("init", "--quiet")
    before = place.state()
    for location in (str(tmp_path / "none"), keys[1].location):
        with pytest.raises(WrongEnvironment):
            commit_file(place.repository, change(key=keys[0]._replace(location=location)))
        assert place.state() == before
        assert place.head() is None


def test_a_commit_that_changes_nothing_or_falls_into_a_merge_is_refused(place: Place) -> None:
    before = place.state()
    with pytest.raises(Refused):
        commit_file(place.repository, change("title: 公开课\n"))
    assert place.state() == before
    (place.root / ".git/MERGE_HEAD").write_text(f"{place.head()}\n")
    before = place.state()
    with pytest.raises(Refused):
        commit_file(place.repository, change())
    assert place.state() == before


def test_an_interruption_by_the_user_undoes_the_change(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = place.state()
    monkeypatch.setattr("jzy.git.commits._checked", interrupted)
    with pytest.raises(KeyboardInterrupt):
        commit_file(place.repository, change())
    assert place.state() == before


# --- killed on the way -------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from jzy.git import commits, undo
from jzy.git.repository import Repository

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr({"fsync": os, "write": undo}.get(sys.argv[3], commits), sys.argv[3], die)
author = commits.Author("person-jia", "甲")
change = commits.Change(sys.argv[2], "title: 讲座\\n".encode(), "改\\n", author, None)
commits.commit_file(Repository.open(Path(sys.argv[1])), change)
"""


def killed(place: Place, at: str, path: str = RECORD) -> None:
    """Let a process die inside ``commit_file`` when it comes to a function."""
    command = [sys.executable, "-c", KILLED, str(place.root), path, at]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL
    assert (place.root / ".git/jzy/undo.json").exists()


@pytest.mark.parametrize("path", [RECORD, "records/讲座.yaml"])
@pytest.mark.parametrize("at", ["write", "fsync", "_commit"])
def test_a_process_killed_before_the_commit_is_undone_at_the_next_start(
    place: Place, at: str, path: str
) -> None:
    place.put("records/其他.yaml", "a: 2\n")
    place.git("add", "records/其他.yaml")
    place.put(RECORD, "title: 未提交的改动\n")
    before = place.state()
    killed(place, at, path)
    if at == "_commit":
        assert (place.root / path).read_text() == "title: 讲座\n"
    assert recover(place.repository) == path
    assert place.state() == before
    assert recover(place.repository) is None


def test_a_process_killed_after_the_commit_has_committed(place: Place) -> None:
    killed(place, "_checked")
    new = place.head()
    recover(place.repository)
    assert place.head() == new
    assert (place.root / RECORD).read_text() == "title: 讲座\n"
    assert place.state()["status"] == ""
    assert commit_file(place.repository, change("title: 再改\n")) == place.head()


def test_a_recovery_that_was_itself_killed_can_be_done_again(place: Place) -> None:
    before = place.state()
    killed(place, "_commit")
    note = place.root / ".git/jzy/undo.json"
    kept = note.read_bytes()
    recover(place.repository)
    note.write_bytes(kept)  # as if the process had died just before it removed the note
    recover(place.repository)
    assert place.state() == before


def test_what_someone_wrote_after_the_kill_is_not_lost(place: Place) -> None:
    killed(place, "_commit")
    place.put(RECORD, "title: 次日手工改写\n")
    recover(place.repository)
    assert (place.root / RECORD).read_text() == "title: 次日手工改写\n"


# --- a folder that came from somewhere else ----------------------------------------------------


def leave_note(place: Place, note: object) -> None:
    folder = place.root / ".git/jzy"
    folder.mkdir(exist_ok=True)
    (folder / "undo.json").write_text(note if isinstance(note, str) else json.dumps(note))
    shutil.copy(place.root / ".git/index", folder / "index")


@pytest.mark.parametrize(
    "path",
    [
        "../victim",
        "{tmp}/victim",
        "records/../../victim",
        "records/link/victim",
        ".git/hooks/victim",
    ],
)
@pytest.mark.parametrize("old", ["forged\n", None])
def test_a_forged_note_writes_and_removes_nothing_outside_the_records(
    place: Place, tmp_path: Path, path: str, old: str | None
) -> None:
    (place.root / "records/link").symlink_to(tmp_path)
    hooks = place.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    victims = [tmp_path / "victim", hooks / "victim"]
    for victim in victims:
        victim.write_text("own\n")
    kept = base64.b64encode(old.encode()).decode() if old else None
    leave_note(place, {"head": place.head(), "path": path.format(tmp=tmp_path), "old": kept})
    with contextlib.suppress(JzyError):
        recover(place.repository)
    for victim in victims:
        assert victim.exists()
        assert victim.read_text() == "own\n"


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"head": 1, "path": 2, "old": 3}', "null"])
def test_a_garbled_note_is_thrown_away(place: Place, note: str) -> None:
    before = place.state()
    leave_note(place, note)
    assert recover(place.repository) is None
    (place.root / ".git/jzy/index").unlink(missing_ok=True)
    assert place.state() == before


def test_a_note_whose_old_content_is_garbled_is_no_fault_of_jzy(place: Place) -> None:
    before = (place.root / RECORD).read_bytes()
    leave_note(place, {"head": place.head(), "path": RECORD, "old": "?"})
    recover(place.repository)
    assert (place.root / RECORD).read_bytes() == before


@pytest.fixture
def trap(tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a file behind when it is run, and that file."""
    program, sprung = tmp_path / "trap.sh", tmp_path / "sprung"
    program.write_text(f"#!/bin/sh\ntouch '{sprung}'\ncat\n")
    program.chmod(0o755)
    return program, sprung


def everything(place: Place, key: SigningKey | None) -> None:
    """All that jzy does with git around a commit."""
    commit_file(place.repository, change(key=key))
    commit_file(place.repository, change(path="records/新.yaml"))
    repository = place.repository
    repository.status()
    assert len(repository.commits_of(RECORD)) == 2
    head = repository.head()
    assert head is not None
    assert len(blobs_of(repository, head, {RECORD})[RECORD]) == 2
    assert signed_at(repository, head, {("evt-1", "sha256:0")}) == {}
    assert RECORD in repository.last_commits()


def test_no_hook_is_run(
    place: Place, trap: tuple[Path, Path], keys: tuple[SigningKey, SigningKey]
) -> None:
    for folder in (place.root / ".git/hooks", place.root / ".husky"):
        folder.mkdir(exist_ok=True)
        for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change",
                     "reference-transaction", "pre-auto-gc", "fsmonitor-watchman", "post-rewrite"):  # fmt: skip
            shutil.copy(trap[0], folder / name)
    everything(place, keys[0])
    place.git("config", "core.hooksPath", ".husky")
    place.put("records/新.yaml", "a: 1\n")
    commit_file(place.repository, change("title: 再改\n"))
    assert not trap[1].exists()


@pytest.mark.parametrize(
    "setting",
    ["core.fsmonitor", "gpg.ssh.program", "gpg.program", "gpg.openpgp.program", "gpg.x509.program",
     "gpg.ssh.defaultKeyCommand", "core.editor", "sequence.editor", "core.pager", "diff.external",
     "core.alternateRefsCommand", "core.sshCommand", "trailer.x.command", "alias.commit"],
)  # fmt: skip
def test_no_program_named_in_the_configuration_is_run(
    place: Place, trap: tuple[Path, Path], keys: tuple[SigningKey, SigningKey], setting: str
) -> None:
    place.git("config", setting, ("!" if setting.startswith("alias") else "") + str(trap[0]))
    place.git("config", "commit.verbose", "true")
    everything(place, keys[0])
    assert not trap[1].exists()


@pytest.mark.parametrize("name", ["trap", "a.b", "名", "a=b"])
@pytest.mark.parametrize("what", ["clean", "process"])
def test_no_filter_is_run_whatever_its_name(
    place: Place, trap: tuple[Path, Path], name: str, what: str
) -> None:
    """An attribute's value may hold ``=``, and ``git -c`` ends a setting's name at the first one."""
    place.put(".gitattributes", f"* filter={name} diff={name} merge={name}\n")
    place.put(".git/info/attributes", f"*.yaml filter={name}\n")
    place.git("config", f"filter.{name}.{what}", str(trap[0]))
    place.git("config", f"filter.{name}.required", "true")
    place.git("config", f"diff.{name}.textconv", str(trap[0]))
    place.git("config", f"diff.{name}.command", str(trap[0]))
    place.git("config", f"merge.{name}.driver", str(trap[0]))
    with contextlib.suppress(Refused):
        everything(place, None)
    assert not trap[1].exists()
    assert place.repository.content(RECORD) == "title: 讲座\n".encode()


def test_no_filter_of_a_repository_inside_the_repository_is_run(
    place: Place, trap: tuple[Path, Path]
) -> None:
    inner = place.root / "附件"
    inner.mkdir()
    place.git("init", "--quiet", cwd=inner)
    place.put("附件/a", "1\n")
    place.put("附件/.gitattributes", "* filter=trap\n")
    place.git("add", "--all", cwd=inner)
    place.git("commit", "--quiet", "--message=一", cwd=inner)
    place.git("-c", "advice.addEmbeddedRepo=false", "add", "附件")
    place.git("commit", "--quiet", "--message=附件")
    place.git("config", "filter.trap.clean", str(trap[0]), cwd=inner)
    place.git("config", "core.fsmonitor", str(trap[0]), cwd=inner)
    place.put("附件/a", "2\n")
    everything(place, None)
    assert not trap[1].exists()


def test_configuration_that_is_included_from_elsewhere_runs_nothing(
    place: Place, trap: tuple[Path, Path]
) -> None:
    place.put(".gitattributes", "* filter=trap\n")
    place.put("more", f'[filter "trap"]\n\tclean = {trap[0]}\n')
    place.git("config", "includeIf.onbranch:**.path", "../more")
    everything(place, None)
    assert not trap[1].exists()


def test_settings_about_signing_and_messages_change_nothing(
    place: Place, keys: tuple[SigningKey, SigningKey], tmp_path: Path
) -> None:
    for name, value in (("commit.gpgSign", "true"), ("gpg.format", "openpgp"), ("user.signingKey", keys[1].location),
                        ("user.name", "伪造"), ("author.name", "伪造"), ("commit.cleanup", "strip"),
                        ("core.commentChar", "J"), ("commit.template", "/nonexistent"),
                        ("core.autocrlf", "true"), ("i18n.commitEncoding", "gbk")):  # fmt: skip
        place.git("config", name, value)
    unsigned = commit_file(place.repository, change())
    signed = commit_file(place.repository, change("title: 再改\n", key=keys[0]))
    repository = place.repository
    assert b"gpgsig" not in repository.run("cat-file", "commit", unsigned)
    raw = repository.run("cat-file", "commit", signed)
    assert check_commit(raw) == keys[0].blob
    assert "author 示例甲 <" in raw.decode()
    assert raw.decode().endswith("\n\n改为讲座\n\nJzy-Record: x\n")


# --- two at once -------------------------------------------------------------------------------


HOLDER = """
import sys
from pathlib import Path
from jzy.git.lock import alone
from jzy.git.repository import Repository

with alone(Repository.open(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Another jzy that is writing in the same repository."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_nobody_writes_beside_another_jzy(place: Place, holder: subprocess.Popen[bytes]) -> None:
    before = place.state()
    with pytest.raises(WrongEnvironment, match="另一个 jzy"):
        commit_file(place.repository, change())
    assert place.state() == before
    holder.kill()
    holder.wait()
    commit_file(place.repository, change())  # the lock of a killed process is none


@pytest.mark.usefixtures("holder")
def test_a_note_left_by_a_live_process_is_left_to_it(place: Place) -> None:
    leave_note(place, {"head": place.head(), "path": RECORD, "old": None})
    with pytest.raises(WrongEnvironment, match="另一个 jzy"):
        recover(place.repository)
    assert (place.root / RECORD).exists()
    assert (place.root / ".git/jzy/undo.json").exists()
