"""What a push may do to the history that is there, and how it may come to what it brings.

Refs, roots, branches from before, merges and races; over HTTP, as in ``test_server``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jzy.git.keys import make_throwaway_key
from jzy.store.places import shipped
from tests.acceptance.conftest import CLERK
from tests.attacks.office import (
    HEAD,
    INSTITUTION,
    LATER,
    LEADER,
    OTHER_REGISTRAR,
    REGISTRAR,
    SUBMITTED,
    Office,
    copy,
    install,
)
from tests.attacks.server import HttpServer

RECEIPTS = "refs/jzy/receipts"
UNIT = "records/units/unit-xinxixi.yaml"
MADE_BY_REGISTRARS: dict[str, Callable[[Office], str]] = {
    UNIT: lambda office: (office.repo.root / UNIT).read_text().replace("信息技术系", "信息系"),
    "README.md": lambda _: "说明\n",
    "schemas/event.schema.json": lambda _: (shipped("schemas") / "event.schema.json").read_text(),
}


# --- refs and rewritten history -------------------------------------------------------------


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/other",
        "refs/heads/Main",
        "refs/heads/main/more",
        "refs/heads/-main",
        "refs/heads/--upload-pack=touch",
        "refs/heads/$(touch${IFS}x)",
        "refs/tags/v1",
        "refs/tags/-d",
        "refs/tags/refs/heads/main",
        RECEIPTS,
        "refs/jzy/other",
        "refs/replace/" + "0" * 39 + "1",
        "refs/notes/commits",
        "refs/heads/\u202eniam",
        "refs/meta/config",
    ],
)
def test_go_round_by_another_ref(office: Office, ref: str) -> None:
    office.forge(HEAD)
    office.refused("只接受 refs/heads/main", f"HEAD:{ref}")


def test_have_one_bad_ref_slip_in_with_a_good_one(office: Office) -> None:
    office.forge(HEAD)
    office.repo.git("tag", "-a", "-m", "x", "v1")
    for bad in ("v1:refs/tags/v1", "HEAD^:refs/heads/other", f"HEAD:{RECEIPTS}"):
        office.refused("只接受 refs/heads/main", "HEAD:refs/heads/main", bad)
    office.taken()


@pytest.mark.parametrize(("ref", "word"), [("refs/heads/main", "不能删除"), (RECEIPTS, "只接受")])
def test_delete_a_ref(office: Office, ref: str, word: str) -> None:
    office.refused(word, f":{ref}")


@pytest.mark.parametrize("target", ["HEAD:records/institution.yaml", "HEAD^{tree}", "v1"])
def test_point_the_branch_at_something_else(office: Office, target: str) -> None:
    office.forge(HEAD)
    office.repo.git("tag", "-a", "-m", "x", "v1")
    new = office.repo.git("rev-parse", target).strip()
    office.refused("只能指向提交", f"{new}:refs/heads/main")


def test_rewrite_a_history_that_was_taken_in(office: Office) -> None:
    office.forge(HEAD)
    office.taken()
    office.repo.git("reset", "-q", "--hard", "HEAD^")
    office.forge(HEAD, opinion="另一种意见。")
    assert office.last() == ("proven", "")
    office.refused("改写已有的历史")


def test_be_the_first_with_a_root_of_my_own(
    founded: Office, tmp_path: Path, server: HttpServer
) -> None:
    bare = install(tmp_path / "empty.git", founded.repo, server)
    mine = copy(founded, tmp_path)
    mine.repo.git("checkout", "-q", "--orphan", "fresh")
    mine.commit("建立记录仓库", key=mine.key(CLERK))
    bare.refuses(mine.repo.root, "不是固定的根密钥")
    assert bare.git("for-each-ref") == ""


def test_merge_a_second_root(office: Office) -> None:
    office.repo.git("checkout", "-q", "--orphan", "fresh")
    office.repo.git("rm", "-rq", "--cached", ".")
    office.repo.git("clean", "-fdq")
    office.put("records/README.md", "说明\n")
    office.commit("另起", key=office.key(REGISTRAR))
    office.repo.git("checkout", "-q", "main")
    merge = "-c", "commit.gpgsign=false", "merge", "-q", "--no-edit"
    office.repo.git(*merge, "--allow-unrelated-histories", "fresh")
    assert "历史有两个起点" in office.faults()
    office.refused("历史有两个起点")


def test_leave_the_beginning_of_history_out(
    founded: Office, tmp_path: Path, server: HttpServer
) -> None:
    """The commit at which a shallow clone ends looks like a first one, and a registrar's key,
    which is the pinned one, signed it."""
    mine = copy(founded, tmp_path)
    mine.put(UNIT, (mine.repo.root / UNIT).read_text().replace("信息技术系", "信息系"))
    mine.commit("更名", key=mine.key(REGISTRAR))
    url = mine.repo.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, tmp_path / "shallow"], check=True)
    bare = install(tmp_path / "empty.git", founded.repo, server)
    bare.refuses(tmp_path / "shallow", "无法读取推送的内容")


# --- what happened meanwhile ----------------------------------------------------------------


def leave(office: Office) -> None:
    """The head leaves the post."""
    office.set("person", f"records/people/{HEAD}.yaml", ("posts", 0, "until"), SUBMITTED[:10])
    office.commit("离任", key=office.key(REGISTRAR))
    office.another(at=LATER)


@pytest.mark.parametrize("what", [Office.revoke, leave], ids=["key revoked", "post lost"])
def test_sign_on_a_branch_from_before(office: Office, what: Callable[[Office], None]) -> None:
    office.repo.git("checkout", "-q", "-b", "before")
    office.repo.git("checkout", "-q", "main")
    what(office)
    office.taken()
    office.repo.git("checkout", "-q", "before")
    office.forge(HEAD)
    office.repo.git("merge", "-q", "--no-edit", "main")
    office.refused("按服务器现在的登记簿")


@pytest.mark.parametrize("path", [UNIT, "README.md", "schemas/event.schema.json"])
def test_act_as_a_registrar_on_a_branch_from_before(office: Office, path: str) -> None:
    office.repo.git("checkout", "-q", "-b", "before")
    office.repo.git("checkout", "-q", "main")
    office.revoke(OTHER_REGISTRAR)
    office.taken()
    office.repo.git("checkout", "-q", "before")
    office.put(path, MADE_BY_REGISTRARS[path](office))
    office.commit("改动", key=office.key(OTHER_REGISTRAR))
    office.repo.git("merge", "-q", "--no-edit", "main")
    office.refused("按服务器现在的登记簿")


def test_give_the_other_registrar_my_key_on_a_branch_from_before(
    office: Office, tmp_path: Path
) -> None:
    """From the day on which two must agree, nobody changes another registrar's keys."""
    office.repo.git("checkout", "-q", "-b", "before")
    office.repo.git("checkout", "-q", "main")
    office.set("institution", INSTITUTION, ("registrar_quorum",), 2)
    office.commit("会签", key=office.key(REGISTRAR))
    office.taken()
    office.repo.git("checkout", "-q", "before")
    mine = make_throwaway_key(tmp_path / "mine", "x")
    entry = {"key": mine.line, "from": SUBMITTED[:10]}
    office.set("person", f"records/people/{OTHER_REGISTRAR}.yaml", ("keys", 1), entry)
    office.commit("公钥", key=office.key(REGISTRAR))
    office.repo.git("merge", "-q", "--no-edit", "main")
    office.refused("按服务器现在的登记簿")


@pytest.mark.parametrize("how", ["both by hand", "ours"])
def test_get_the_order_of_stages_by_merging_two_branches(office: Office, how: str) -> None:
    office.repo.git("checkout", "-q", "-b", "side")
    office.forge(HEAD, decision="return")
    returned = office.repo.git("rev-parse", "HEAD").strip()
    office.repo.git("checkout", "-q", "main")
    office.forge(HEAD)
    office.taken()
    merge = "merge", "-q", "--no-commit", "-s", "ours", returned
    office.repo.git(*merge)
    if how == "both by hand":
        office.write(office.entry(by=LEADER, stage="host-leader"))
    office.commit("合并", key=office.key(LEADER))
    word = "合并提交自己改动了" if how == "both by hand" else "合并提交丢弃了一方"
    assert any(word in fault for fault in office.faults())
    office.refused(word)


def test_add_a_sign_off_in_an_octopus_merge(office: Office) -> None:
    start = office.repo.git("rev-parse", "HEAD").strip()
    arms = []
    for number in range(3):
        office.repo.git("reset", "-q", "--hard", start)
        arms.append(office.commit(f"旁支 {number}", key=office.key(CLERK)))
    entry = office.entry()
    office.write(entry)
    office.repo.git("add", "-A")
    tree = office.repo.git("write-tree").strip()
    parents = [part for arm in arms for part in ("-p", arm)]
    merge = office.repo.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={office.key(HEAD)}",
                            "commit-tree", "-S", "-m", office.message(entry), *parents, tree)  # fmt: skip
    office.repo.git("reset", "-q", "--hard", merge.strip())
    office.fails("没有一次提交单独加入", "unproven", server="合并提交自己改动了")


def test_race_with_a_colleague(office: Office, tmp_path: Path) -> None:
    """Both pushes are found to be good before either is taken in; then only one can be."""
    hook = office.bare.root / "hooks/pre-receive"
    hook.rename(hook.with_name("real"))
    hook.write_text(
        "#!/bin/sh\nhooks/real || exit 1\n: > judged-$$\n"
        "while [ $(ls | grep -c judged-) -lt 2 ]; do sleep 0.05; done\n"
    )
    hook.chmod(0o755)
    (tmp_path / "second").mkdir()
    second = Office(copy(office, tmp_path / "second").repo, office.event, office.bare)
    office.forge(HEAD)
    second.forge(HEAD, opinion="同意举办。")
    racers = [office, second]
    refs = "HEAD:refs/heads/main"
    running = [office.bare.start(racer.repo.root, refs, options=()) for racer in racers]
    ends = [push.communicate(timeout=60)[1].decode() for push in running]
    won = [racer for racer, push in zip(racers, running, strict=True) if push.returncode == 0]
    assert len(won) == 1, ends
    head = won[0].repo.git("rev-parse", "HEAD")
    assert office.bare.git("rev-parse", "main") == head
    lost = next(racer for racer in racers if racer not in won)
    assert "fetch first" in office.bare.pushed(lost.repo.root, refs, options=()).err
    told = json.loads(office.bare.git("log", "-1", "--format=%b%s", RECEIPTS))
    assert told["new"] == head.strip()
    assert lost.refused("改写已有的历史")


def test_sign_tomorrow(office: Office) -> None:
    """A sign-off from the future would keep everybody else from signing until then."""
    office.forge(HEAD, at="2199-01-01T10:00:00+08:00")
    office.refused("晚于服务器的时间")
