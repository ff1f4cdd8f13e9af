"""Colleagues work apart and come together: nobody's commit is rewritten but one's own, nothing is
signed that was not signed before, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from jzy.office.context import Office
from jzy.office.sign import carry_out, plan

from .conftest import CLERK, Ran, Repo
from .test_prompts import Terminal

REGISTRAR, HEAD, OTHER_HEAD, DEPUTY = "person-jia", "person-ji", "person-ding", "person-zi"


@dataclass(frozen=True)
class Apart:
    """A server and two clones of it."""

    server: Path
    a: Repo
    b: Repo

    def at_server(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.server, input=b"", capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def hook(self, name: str, script: str) -> None:
        path = self.server / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def apart(made_demo: Repo, tmp_path: Path) -> Apart:
    server = tmp_path / "server.git"
    made_demo.git("clone", "--quiet", "--bare", "--template=", ".", str(server))
    clones = []
    for name in ("a", "b"):
        shutil.copytree(made_demo.root, tmp_path / name, symlinks=True)
        clones.append(Repo(tmp_path / name))
        clones[-1].git("remote", "add", "origin", "../server.git")
    return Apart(server, *clones)


def sync(repo: Repo, who: str, *more: str, code: int = 0) -> dict[str, Any]:
    """Synchronise as a program would, and give what it was told."""
    ran = repo.run("sync", "--json", "--yes", *more, who=who)
    assert ran.code == code, ran.out + ran.err
    assert "Traceback" not in ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def done(ran: Ran) -> str:
    assert ran.code == 0, ran.out + ran.err
    return ran.out


def submitted(repo: Repo, who: str = CLERK) -> str:
    event = repo.new_event()
    done(repo.run("submit", event, "--yes", who=who))
    return event


def shared_event(apart: Apart) -> str:
    """An event in review that both clones have."""
    event = submitted(apart.a)
    sync(apart.a, CLERK)
    sync(apart.b, CLERK)
    return event


def head(repo: Repo) -> str:
    return repo.git("rev-parse", "HEAD").strip()


def state(repo: Repo) -> tuple[str, ...]:
    """All that a refusal must leave alone."""
    return (*repo.state(), repo.git("for-each-ref", "refs/heads", "refs/jzy"))


def path_of(event: str) -> str:
    return f"records/events/2021/{event}.yaml"


def proven(repo: Repo) -> bool:
    ran = repo.run("verify", "--json")
    assert bool(json.loads(ran.out)["ok"]) == (ran.code == 0)
    return ran.code == 0


def sign_by_hand(repo: Repo, who: str, message: str = "手工改动") -> None:
    key = repo.root / ".git/jzy/demo-keys" / who
    repo.git("add", "-A")
    repo.git("-c", f"user.signingkey={key}", "commit", "-q", "-S", "-m", message)


# --- nobody was in the way ----------------------------------------------------------------------


def test_what_one_did_reaches_the_other(apart: Apart) -> None:
    event = submitted(apart.a)
    went = sync(apart.a, CLERK)
    assert (went["sent"], went["received"], went["replayed"]) == (2, 0, [])
    came = sync(apart.b, HEAD)
    assert (came["sent"], came["received"]) == (0, 2)
    assert head(apart.a) == head(apart.b) == apart.at_server("rev-parse", "main")
    assert event in apart.b.run("inbox", who=HEAD).out
    again = apart.b.run("sync", who=HEAD)
    assert again.code == 0
    assert "没有需要同步的内容" in again.err


def test_the_first_to_synchronise_fills_an_empty_server(apart: Apart) -> None:
    shutil.rmtree(apart.server)
    subprocess.run(["git", "init", "-q", "--bare", str(apart.server)], check=True)
    assert sync(apart.a, CLERK)["received"] == 0
    assert apart.at_server("rev-parse", "main") == head(apart.a)


# --- both did something -------------------------------------------------------------------------


def test_sign_offs_on_different_records_are_signed_again_and_all_are_proven(apart: Apart) -> None:
    event = shared_event(apart)
    mine = submitted(apart.b)
    before = apart.b.git("log", "-2", "--format=%an %ad %cd %B")
    old = head(apart.b)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    theirs = head(apart.a)
    sync(apart.a, HEAD)
    told = sync(apart.b, CLERK)
    assert [told["received"], told["sent"], len(told["replayed"])] == [1, 2, 2]
    assert told["lost"] == []
    assert apart.b.git("rev-parse", "HEAD~2").strip() == theirs
    assert apart.b.git("log", "-2", "--format=%an %ad %cd %B") == before
    assert apart.b.git("log", "-3", "--format=%G?").split() == ["G"] * 3
    assert [apart.b.git("rev-parse", ref).strip() for ref in told["kept"]] == [old]
    assert apart.b.git("status", "--porcelain") == ""
    sync(apart.a, HEAD)
    for repo in (apart.a, apart.b):
        assert proven(repo)
        assert {event, mine} <= {
            e["id"] for e in json.loads(repo.run("event", "list", "--json").out)
        }


def test_two_who_sign_the_same_stage_where_one_suffices(apart: Apart) -> None:
    post = "{post: head, unit: unit-xinxixi, from: 2018-09-01}"
    number = (apart.a.root / f"records/people/{OTHER_HEAD}.yaml").read_text().count("- post:")
    more = f"posts.{number}={post}"
    done(apart.a.run("person", "edit", OTHER_HEAD, "--set", more, who=REGISTRAR))
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    done(apart.b.run("approve", event, "--yes", who=OTHER_HEAD))
    mine, was = head(apart.b), state(apart.b)
    told = sync(apart.b, OTHER_HEAD, code=1)
    assert [lost["commit"] for lost in told["lost"]] == [mine]
    assert "已由示例己签批" in told["lost"][0]["reason"]
    assert state(apart.b) == was
    ran = apart.b.run("sync", "--yes", who=OTHER_HEAD)
    assert (ran.code, state(apart.b)) == (1, was)
    assert "--drop" in ran.err
    told = sync(apart.b, OTHER_HEAD, "--drop")
    assert len(told["lost"]) == 1
    assert head(apart.b) == head(apart.a)
    assert apart.b.git("rev-parse", told["kept"][0]).strip() == mine
    assert proven(apart.b)


def test_two_who_sign_a_stage_that_asks_for_both(apart: Apart) -> None:
    both = "[{post: head, unit_of: host}, {post: supervising_leader, unit_of: host}]"
    done(
        apart.a.run(
            "workflow", "edit", "workflow-event", "--set", f"stages.0.signers={both}",
            "--set", "stages.0.require=all", who=REGISTRAR,
        )
    )  # fmt: skip
    event = shared_event(apart)
    done(apart.b.run("approve", event, "--yes", "-m", "先签", who=OTHER_HEAD))
    time.sleep(1.1)  # times are told to the second, and the second signer shall be the later one
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    told = sync(apart.b, OTHER_HEAD)
    assert len(told["replayed"]) == 1
    shown = json.loads(apart.b.run("log", event, "--json").out)["sign_offs"]
    assert [entry["by"] for entry in shown] == [CLERK, HEAD, OTHER_HEAD]
    assert shown[2]["opinion"] == "先签"
    assert shown[2]["at"] >= shown[1]["at"]
    assert apart.b.git("log", "-1", "--format=%aI %cI").split() == [shown[2]["at"]] * 2
    assert proven(apart.b)


def test_a_sign_off_made_on_two_machines_counts_once(apart: Apart) -> None:
    event = shared_event(apart)
    for repo in (apart.a, apart.b):
        done(repo.run("approve", event, "--yes", who=HEAD))
        told = sync(repo, HEAD)
        time.sleep(1.1)  # within one second it would be the same commit, to the last byte
    assert told["present"] == 1
    assert head(apart.a) == head(apart.b)


def test_whoever_lost_the_post_meanwhile_has_signed_in_vain(apart: Apart) -> None:
    event = shared_event(apart)
    text = (apart.a.root / "records/people/person-ji.yaml").read_text()
    assert text.count("from: 2018-09-01") == 2
    done(apart.a.run("person", "edit", HEAD, "--set", "posts.0.until=2021-03-31", who=REGISTRAR))
    sync(apart.a, REGISTRAR)
    done(apart.b.run("approve", event, "--yes", who=HEAD))
    later = submitted(apart.b)
    # What the clerk did on the same machine is the clerk's, and so is its replay.
    told = json.loads(apart.b.run("sync", "--json", "--yes", who=HEAD).out)
    assert "不是您现用的密钥" in told["error"]["what"]
    apart.b.git("reset", "-q", "--keep", "HEAD~2")
    told = sync(apart.b, HEAD, code=1)
    assert "当日不任" in told["lost"][0]["reason"]
    told = sync(apart.b, HEAD, "--drop")
    assert later not in apart.b.git("ls-files")
    assert proven(apart.b)


def test_a_post_that_ended_since_gives_no_new_signature(
    apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sign(repo: Repo, who: str, decision: str, day: int) -> None:
        monkeypatch.setenv("JZY_SIGNING_KEY", str(repo.root / ".git/jzy/demo-keys" / who))
        office = Office(repo.root)
        moment = datetime(2021, 4, day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
        carry_out(office, plan(office, event, decision, now=moment))

    event = apart.a.new_event()
    sign(apart.a, CLERK, "submit", 12)
    sync(apart.a, CLERK)
    sync(apart.b, CLERK)
    sign(apart.b, HEAD, "approve", 13)
    done(apart.a.run("person", "edit", HEAD, "--set", "posts.0.until=2021-04-30", who=REGISTRAR))
    sync(apart.a, REGISTRAR)
    # On the 13th the post was held; but it is today that the signature would be made anew.
    assert "当日不任" in sync(apart.b, HEAD, code=1)["lost"][0]["reason"]


@pytest.mark.parametrize("ended", [False, True])
def test_a_delegation_must_still_hold(apart: Apart, ended: bool) -> None:
    given = [
        f"from_person={HEAD}", f"to_person={DEPUTY}", "post=head", "unit=unit-xinxixi",
        "from=2021-01-01", "until=2099-12-31", "title=外出期间委托签批",
    ]  # fmt: skip
    ran = apart.a.run("delegation", "new", *(x for g in given for x in ("--set", g)), who=HEAD)
    delegation = Path(done(ran).strip()).stem
    event = shared_event(apart)
    if ended:
        end = "revoked=2021-01-02"
        done(apart.a.run("delegation", "edit", delegation, "--set", end, who=HEAD))
    else:
        apart.a.new_event()
    sync(apart.a, HEAD)
    done(apart.b.run("approve", event, "--yes", who=DEPUTY))
    message = apart.b.git("log", "-1", "--format=%B")
    if ended:
        assert "委托" in sync(apart.b, DEPUTY, code=1)["lost"][0]["reason"]
        return
    assert len(sync(apart.b, DEPUTY)["replayed"]) == 1
    shown = json.loads(apart.b.run("log", event, "--json").out)["sign_offs"]
    assert (shown[-1]["by"], shown[-1]["on_behalf_of"]) == (DEPUTY, HEAD)
    assert apart.b.git("log", "-1", "--format=%B") == message
    assert proven(apart.b)


def test_a_workflow_that_changed_meanwhile_is_not_submitted_under(apart: Apart) -> None:
    done(
        apart.a.run(
            "workflow", "edit", "workflow-event", "--set", "stages.0.title=系主任", who=REGISTRAR
        )
    )
    sync(apart.a, REGISTRAR)
    event = submitted(apart.b)
    told = sync(apart.b, CLERK, code=1)
    assert [(lost["sign_off"], lost["title"]) for lost in told["lost"]] == [
        (True, "检索方法公开课")
    ]
    assert "流程" in told["lost"][0]["reason"]
    assert len(told["replayable"]) == 1  # the draft itself stands
    sync(apart.b, CLERK, "--drop")
    done(apart.b.run("submit", event, "--yes", who=CLERK))
    sync(apart.b, CLERK)
    assert proven(apart.b)


def test_edits_of_one_draft_are_brought_together_or_told(apart: Apart) -> None:
    event = apart.a.new_event()
    sync(apart.a, CLERK)
    sync(apart.b, CLERK)
    done(apart.a.run("event", "edit", event, "--set", "venue=礼堂", who=CLERK))
    sync(apart.a, CLERK)
    done(apart.b.run("event", "edit", event, "--set", "headcount.on_campus=80", who=CLERK))
    assert len(sync(apart.b, CLERK)["replayed"]) == 1
    text = (apart.b.root / path_of(event)).read_text()
    assert "venue: 礼堂" in text
    assert "on_campus: 80" in text
    sync(apart.a, CLERK)
    for repo, title in ((apart.a, "甲题"), (apart.b, "乙题")):
        done(repo.run("event", "edit", event, "--set", f"title={title}", who=CLERK))
    sync(apart.a, CLERK)
    done(apart.b.run("submit", event, "--yes", who=CLERK))
    told = sync(apart.b, CLERK, code=1)
    reasons = [(lost["sign_off"], lost["reason"]) for lost in told["lost"]]
    assert [sign_off for sign_off, _ in reasons] == [False, True]
    assert "同一处" in reasons[0][1]
    assert "内容与您签批时不同" in reasons[1][1]
    sync(apart.b, CLERK, "--drop")
    assert "title: 甲题" in (apart.b.root / path_of(event)).read_text()


def test_what_was_submitted_meanwhile_is_not_edited_any_more(apart: Apart) -> None:
    event = apart.a.new_event()
    sync(apart.a, CLERK)
    sync(apart.b, CLERK)
    done(apart.a.run("submit", event, "--yes", who=CLERK))
    sync(apart.a, CLERK)
    done(apart.b.run("event", "edit", event, "--set", "venue=礼堂", who=CLERK))
    told = sync(apart.b, CLERK, code=1)
    assert "审批中" in told["lost"][0]["reason"]


@pytest.mark.parametrize("shared", ["in review", "draft"])
def test_what_is_no_part_of_the_content_goes_in_beside_a_sign_off(
    apart: Apart, shared: str
) -> None:
    event = shared_event(apart) if shared == "in review" else apart.a.new_event()
    sync(apart.a, CLERK)
    sync(apart.b, CLERK)
    act = ("approve", HEAD) if shared == "in review" else ("submit", CLERK)
    done(apart.a.run(act[0], event, "--yes", who=act[1]))
    sync(apart.a, act[1])
    number = "follow_up.number=〔2021〕7号"
    done(apart.b.run("event", "edit", event, "--set", number, who=CLERK))
    assert len(sync(apart.b, CLERK)["replayed"]) == 1
    text = (apart.b.root / path_of(event)).read_text()
    assert text.index("〔2021〕7号") < text.index("sign_offs:")
    assert json.loads(apart.b.run("event", "show", event, "--json").out)["state"] == "in_review"
    assert proven(apart.b)


def test_the_same_file_made_by_both_needs_no_second_commit(apart: Apart) -> None:
    for repo, message in ((apart.a, "甲"), (apart.b, "乙")):
        (repo.root / "notes.txt").write_text("相同\n")
        sign_by_hand(repo, CLERK, message)
        told = sync(repo, CLERK)
    assert (told["present"], told["replayed"], told["lost"]) == (1, [], [])
    assert head(apart.a) == head(apart.b)


# --- what is not mine ---------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["another's", "unsigned", "merge", "revoked"])
def test_only_my_own_signed_commits_are_made_again(apart: Apart, what: str) -> None:
    event = shared_event(apart)
    if what == "revoked":
        listed = json.loads(apart.a.run("key", "list", "--json").out)
        key = next(entry["fingerprint"] for entry in listed if entry["person"] == HEAD)
        done(apart.a.run("key", "revoke", HEAD, key, "-m", "遗失", who=REGISTRAR))
    else:
        done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    if what == "another's":
        submitted(apart.b)
    elif what == "unsigned":
        (apart.b.root / "notes.txt").write_text("手写\n")
        apart.b.commit()
    elif what == "merge":
        apart.b.git("fetch", "-q", "origin")
        (apart.b.root / "notes.txt").write_text("手写\n")
        sign_by_hand(apart.b, HEAD)
        apart.b.git("merge", "-q", "-m", "合并", "origin/main")
        submitted(apart.a)
        sync(apart.a, CLERK)
    else:
        done(apart.b.run("approve", event, "--yes", who=HEAD))
    was = state(apart.b)
    ran = apart.b.run("sync", "--yes", "--drop", who=HEAD)
    assert ran.code == 1
    words = {
        "another's": "示例辰",
        "unsigned": "没有有效的签名",
        "merge": "合并",
        "revoked": "停用",
    }
    assert words[what] in ran.err
    assert "→" in ran.err
    assert state(apart.b) == was


def test_a_server_whose_history_was_rewritten_is_not_followed(apart: Apart) -> None:
    shared_event(apart)
    apart.at_server("update-ref", "refs/heads/main", "main~1")
    was = state(apart.a)
    ran = apart.a.run("sync", "--yes", who=CLERK)
    assert ran.code == 1
    assert "被改写过" in ran.err
    assert state(apart.a) == was
    apart.at_server("update-ref", "-d", "refs/heads/main")
    assert "不见了" in apart.a.run("sync", "--yes", who=CLERK).err


# --- what is not committed ----------------------------------------------------------------------


def test_uncommitted_work_stays_as_it_is_staged_or_not(apart: Apart) -> None:
    shared_event(apart)
    submitted(apart.a)
    sync(apart.a, CLERK)
    submitted(apart.b)
    meetings = sorted((apart.b.root / "records/meetings").rglob("*.yaml"))
    meetings[0].write_text(meetings[0].read_text() + "# 备注\n")
    (apart.b.root / "staged.txt").write_text("已暂存\n")
    apart.b.git("add", "staged.txt")
    (apart.b.root / "staged.txt").write_text("又改了\n")
    (apart.b.root / "new.txt").write_text("新文件\n")
    before = (
        apart.b.git("status", "--porcelain"),
        apart.b.git("diff"),
        apart.b.git("diff", "--cached"),
    )
    assert len(sync(apart.b, CLERK)["replayed"]) == 2
    after = (
        apart.b.git("status", "--porcelain"),
        apart.b.git("diff"),
        apart.b.git("diff", "--cached"),
    )
    assert after == before


@pytest.mark.parametrize("kind", ["changed", "staged", "untracked"])
def test_nothing_moves_over_uncommitted_work(apart: Apart, kind: str) -> None:
    event = shared_event(apart)
    path = path_of(event)
    if kind == "untracked":
        path = path_of(submitted(apart.a))
        (apart.b.root / path).write_text("title: 别的\n")
    else:
        done(apart.a.run("approve", event, "--yes", who=HEAD))
        file = apart.b.root / path
        file.write_text(file.read_text() + "# 备注\n")
        if kind == "staged":
            apart.b.git("add", path)
    sync(apart.a, HEAD)
    was = state(apart.b)
    ran = apart.b.run("sync", "--yes", who=CLERK)
    assert ran.code == 1
    assert path in ran.err
    assert state(apart.b) == was


# --- the server ---------------------------------------------------------------------------------


def test_whoever_is_overtaken_while_pushing_tries_again(apart: Apart) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    apart.a.git("push", "-q", "origin", "HEAD:refs/heads/waiting")
    submitted(apart.b)
    # While the server looks at the push, the colleague's commit arrives.
    apart.hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\n"
        "git update-ref refs/heads/main refs/heads/waiting\nrm hooks/pre-receive\n",
    )
    told = sync(apart.b, CLERK)
    assert (told["received"], told["sent"], len(told["replayed"])) == (1, 2, 2)
    assert apart.at_server("rev-parse", "main") == head(apart.b)
    assert proven(apart.b)


def test_whoever_is_overtaken_every_time_gives_up_and_keeps_everything(apart: Apart) -> None:
    shared_event(apart)
    mine = submitted(apart.b)
    apart.hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\necho >> ../pushes\n"
        "export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x\n"
        "git update-ref refs/heads/main $(git commit-tree -m x -p main 'main^{tree}')\n",
    )
    ran = apart.b.run("sync", "--yes", who=CLERK)
    assert ran.code == 1
    assert "抢先" in ran.err
    assert (apart.server.parent / "pushes").read_text() == "\n" * 4
    assert mine in apart.b.git("ls-files")
    assert apart.b.git("rev-list", "--count", "origin/main..HEAD").strip() == "2"


def test_what_the_server_says_is_shown_and_my_commits_remain(apart: Apart) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    submitted(apart.b)
    apart.hook("pre-receive", "printf '签批不成立\\n\\033[2J危险\\n' >&2; exit 1")
    ran = apart.b.run("sync", "--yes", who=CLERK)
    assert ran.code == 1
    assert "签批不成立" in ran.err
    assert "\\x1b[2J危险" in ran.err
    assert "\x1b" not in ran.err
    assert "remote:" not in ran.err
    told = sync(apart.b, CLERK, code=1)
    assert told["rejected"]["server"][0] == "签批不成立"
    assert apart.b.git("rev-list", "--count", "origin/main..").strip() == "2"
    (apart.server / "hooks/pre-receive").unlink()
    assert sync(apart.b, CLERK)["sent"] == 2


def test_receipts_come_along_and_never_go_backwards(apart: Apart) -> None:
    tree = apart.at_server("mktree")
    who = ["-c", "user.name=s", "-c", "user.email=s@example.invalid"]
    first = apart.at_server(*who, "commit-tree", "-m", "1", tree)
    second = apart.at_server(*who, "commit-tree", "-m", "2", "-p", first, tree)
    forged = apart.at_server(*who, "commit-tree", "-m", "3", tree)
    apart.at_server("update-ref", "refs/jzy/receipts", first)
    apart.hook("post-receive", f"git update-ref refs/jzy/receipts {second}")
    assert sync(apart.b, CLERK)["receipts"] == "updated"
    assert apart.b.git("rev-parse", "refs/jzy/receipts").strip() == first
    submitted(apart.a)
    sync(apart.a, CLERK)  # the server writes the next one right after this push
    assert apart.a.git("rev-parse", "refs/jzy/receipts").strip() == second
    apart.at_server("update-ref", "refs/jzy/receipts", forged)
    ran = apart.a.run("sync", who=CLERK)
    assert ran.code == 1
    assert "回执" in ran.err
    assert apart.a.git("rev-parse", "refs/jzy/receipts").strip() == second
    assert sync(apart.b, CLERK, code=1)["receipts"] == "contradicting"
    assert head(apart.b) == head(apart.a)  # the records themselves came


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        (None, 3, "没有配置远程仓库"),
        ("../nowhere.git", 3, "没有 git 仓库"),
        ("ssh://127.0.0.1:1/x.git", 3, "连接不到"),
        ("http://127.0.0.1:1/x.git", 3, "连接不到"),
        ("git://127.0.0.1:1/x.git", 3, "传输方式"),
        ("ext::sh -c touch% sprung", 3, "传输方式"),
        ("--upload-pack=touch sprung", 3, "本仓库的文件夹里"),
    ],
)
def test_no_server_is_said_in_a_sentence(
    made_demo: Repo, tmp_path: Path, address: str | None, code: int, words: str
) -> None:
    shutil.copytree(made_demo.root, tmp_path / "a", symlinks=True)
    repo = Repo(tmp_path / "a")
    if address is not None:
        repo.git("config", "remote.origin.url", address)
        repo.git("config", "protocol.ext.allow", "always")
    was = state(repo)
    ran = repo.run("sync", "--yes", who=CLERK)
    assert ran.code == code, ran.err
    assert words in ran.err
    assert state(repo) == was
    assert not (repo.root / "sprung").exists()


# --- consent ------------------------------------------------------------------------------------


def test_without_a_terminal_signing_again_must_be_asked_for(apart: Apart) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    submitted(apart.b)
    was = state(apart.b)
    ran = apart.b.run("sync", who=CLERK)
    assert (ran.code, state(apart.b)) == (2, was)
    assert "--yes" in ran.err


def test_at_a_terminal_one_sees_what_is_dropped_and_may_refuse(apart: Apart) -> None:
    event = shared_event(apart)
    done(apart.a.run("return", event, "--yes", "-m", "请换场地", who=HEAD))
    sync(apart.a, HEAD)
    done(apart.b.run("approve", event, "--yes", who=HEAD))
    was = state(apart.b)
    terminal = Terminal(apart.b, HEAD, "sync")
    terminal.until("不再等待签批")
    terminal.answer("放弃以上 1 次提交，然后同步吗", "n")
    assert terminal.end() == 1
    assert state(apart.b) == was
    terminal = Terminal(apart.b, HEAD, "sync")
    terminal.answer("放弃以上 1 次提交，然后同步吗", "y")
    terminal.until("放弃 1 次")
    assert terminal.end() == 0
    assert head(apart.b) == head(apart.a)


# --- if the process dies ------------------------------------------------------------------------


def kill_at(repo: Repo, who: str, marker: Path, env: dict[str, str]) -> None:
    """Start a synchronisation and kill it once a program that it called has left a mark."""
    key = str(repo.root / ".git/jzy/demo-keys" / who)
    process = subprocess.Popen(
        [sys.executable, "-m", "jzy", "sync", "--yes"], cwd=repo.root, stdin=subprocess.DEVNULL,
        env={**os.environ, "JZY_SIGNING_KEY": key, **env}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 30
    while not marker.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
    assert marker.exists()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_kill_while_signing_again_leaves_everything_as_it_was(
    apart: Apart, tmp_path: Path
) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    submitted(apart.b)
    was = state(apart.b)
    programs, marker = tmp_path / "programs", tmp_path / "signing"
    programs.mkdir()
    (programs / "ssh-keygen").write_text(f"#!/bin/sh\ntouch '{marker}'\nsleep 60\n")
    (programs / "ssh-keygen").chmod(0o755)
    kill_at(apart.b, CLERK, marker, {"PATH": f"{programs}:{os.environ['PATH']}"})
    assert state(apart.b) == was
    assert len(sync(apart.b, CLERK)["replayed"]) == 2
    assert proven(apart.b)


def test_a_kill_while_pushing_loses_nothing(apart: Apart, tmp_path: Path) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    mine = submitted(apart.b)
    marker = tmp_path / "pushing"
    apart.hook("pre-receive", f"touch '{marker}'\nsleep 60")
    kill_at(apart.b, CLERK, marker, {})
    (apart.server / "hooks/pre-receive").unlink()
    assert apart.b.git("status", "--porcelain") == ""
    assert sync(apart.b, CLERK)["sent"] == 2
    assert mine in apart.at_server("ls-tree", "-r", "--name-only", "main")
    assert proven(apart.b)


@pytest.mark.parametrize("moved", ["one file", "files and index"])
def test_a_kill_in_the_middle_of_the_move_is_finished_next_time(apart: Apart, moved: str) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    new = submitted(apart.a)
    for repo, who in ((apart.a, HEAD),):
        sync(repo, who)
    if moved == "one file":
        for path in (path_of(event), path_of(new)):
            shutil.copyfile(apart.a.root / path, apart.b.root / path)
    else:
        apart.b.git("fetch", "-q", "origin")
        apart.b.git("read-tree", "-m", "-u", "HEAD", "origin/main")
    assert apart.b.git("status", "--porcelain") != ""
    sync(apart.b, CLERK)
    assert apart.b.git("status", "--porcelain") == ""
    assert head(apart.b) == head(apart.a)


# --- a repository from somewhere else -----------------------------------------------------------


@dataclass(frozen=True)
class Traps:
    """Programs that leave a mark when they are run, and otherwise do nothing."""

    folder: Path

    def program(self, name: str, then: str = "exit 1") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch '{self.folder}/{path.name}.sprung'\n{then}\n")
        path.chmod(0o755)
        return str(path)

    @property
    def sprung(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.sprung")}


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path / "traps")


def test_no_program_named_in_the_repository_is_run(apart: Apart, traps: Traps) -> None:
    event = shared_event(apart)
    done(apart.a.run("approve", event, "--yes", who=HEAD))
    sync(apart.a, HEAD)
    submitted(apart.b)
    settings = [
        "core.sshCommand", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
        "core.fsmonitor", "core.editor", "core.pager", "credential.helper", "gpg.program",
        "gpg.ssh.program", "gpg.ssh.defaultKeyCommand", "remote.origin.uploadpack",
        "remote.origin.receivepack", "filter.trap.clean", "filter.trap.smudge",
        "filter.trap.process", "merge.trap.driver", "diff.trap.command", "diff.external",
    ]  # fmt: skip
    for setting in settings:
        apart.b.git("config", setting, traps.program(setting))
    hooks = (
        "pre-push", "reference-transaction", "post-checkout", "post-index-change", "pre-auto-gc",
        "post-merge", "post-rewrite",
    )  # fmt: skip
    for hook in hooks:
        traps.program(f"hooks/{hook}")
    apart.b.git("config", "core.hooksPath", str(traps.folder / "hooks"))
    apart.b.git("config", "push.gpgSign", "if-asked")
    apart.b.git("config", "remote.origin.vcs", "ext")
    ext = f"ext::{traps.program('ext')} "
    apart.b.git("config", f"url.{ext}.insteadOf", "../server.git")
    apart.b.git("config", "protocol.allow", "always")
    (apart.b.root / ".git/info/attributes").write_text("* filter=trap merge=trap diff=trap\n")
    alternates = apart.b.root / ".git/objects/info/alternates"
    alternates.write_text(f"{apart.a.root}/.git/objects\n")
    told = sync(apart.b, CLERK)
    assert (told["received"], told["sent"]) == (1, 2)
    assert traps.sprung == set()
    # git itself does run them: it is the defence that holds and not the traps that fail.
    for words in (
        ["config", "--unset", "remote.origin.vcs"], ["push", "origin", "main"],
        ["config", "--unset", f"url.{ext}.insteadOf"], ["push", "origin", "main"], ["fetch"], ["status"],
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=apart.b.root, capture_output=True, check=False)
    known = {"ext", "remote.origin.receivepack", "remote.origin.uploadpack", "core.fsmonitor"}
    assert known <= traps.sprung


@pytest.mark.parametrize("address", ["./near.git", "file://{}/near", ".git/near.git"])
def test_a_server_that_came_with_the_folder_is_no_server(
    apart: Apart, traps: Traps, address: str
) -> None:
    place = apart.b.root / (address if address.startswith(".") else "near.git")
    shutil.copytree(apart.server, place)
    (place / "hooks").mkdir()
    shutil.copy(traps.program("pre-receive"), place / "hooks")
    apart.b.git("config", "remote.origin.pushurl", address.format(apart.b.root))
    submitted(apart.b)
    ran = apart.b.run("sync", "--yes", who=CLERK)
    assert (ran.code, traps.sprung) == (3, set())
    assert "就在本仓库的文件夹里" in ran.err


@pytest.mark.parametrize("said", ["GIT_SSH_COMMAND", "GIT_SSH", "global"])
def test_ssh_is_what_the_user_says_and_not_what_the_repository_says(
    apart: Apart, traps: Traps, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    run_it_here = 'for last; do :; done; exec sh -c "$last"'
    mine = traps.program("mine", run_it_here)
    if said == "global":
        config = traps.folder / "gitconfig"
        config.write_text(f"[core]\n\tsshCommand = {mine}\n")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    else:
        monkeypatch.setenv(said, mine)
    apart.b.git("config", "remote.origin.url", f"ssh://server.invalid{apart.server}")
    apart.b.git("config", "core.sshCommand", traps.program("theirs", run_it_here))
    submitted(apart.b)
    assert sync(apart.b, CLERK)["sent"] == 2
    assert apart.at_server("rev-parse", "main") == head(apart.b)
    assert traps.sprung == {"mine"}


class _Closed(BaseHTTPRequestHandler):
    """A server that lets nobody in."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="records"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_passwords_are_asked_of_the_users_helpers_alone(
    made_demo: Repo, tmp_path: Path, traps: Traps, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made_demo.root, tmp_path / "a", symlinks=True)
    repo = Repo(tmp_path / "a")
    config = tmp_path / "gitconfig"
    config.write_text(f"[credential]\n\thelper = {traps.program('mine')}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    repo.git("config", "credential.helper", traps.program("helper"))
    repo.git("config", "credential.http://127.0.0.1.helper", traps.program("helper"))
    repo.git("config", "core.askPass", traps.program("askpass"))
    with HTTPServer(("127.0.0.1", 0), _Closed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://clerk:geheim@127.0.0.1:{server.server_port}/records.git"
        repo.git("config", "remote.origin.url", url.replace("clerk:geheim@", ""))
        ran = repo.run("sync", who=CLERK)
        assert (ran.code, traps.sprung) == (3, {"mine"})
        assert "不接受您的身份" in ran.err
        repo.git("config", "remote.origin.url", url)
        assert "geheim" not in repo.run("sync", who=CLERK).err
        server.shutdown()
