"""Sign-offs that nobody gave: each must not be proven, whatever it looks like in the file.

Each test is named by what the attacker wants. ``Office.fails`` asks twice: ``jzy verify`` is not
convinced, and a server that is pushed to refuses it for the same reason.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from jzy.git.keys import make_throwaway_key
from jzy.model.digest import record_digest
from jzy.store.records import read_record
from tests.acceptance.conftest import CLERK, Repo
from tests.attacks.office import (
    HEAD,
    KIND,
    KINDS,
    LATER,
    LEADER,
    PRINCIPAL,
    REGISTRAR,
    SUBMITTED,
    Office,
)

UNIT = "records/units/unit-xinxixi.yaml"
EASY = "records/workflows/workflow-easy.yaml"
EASY_WORKFLOW = (
    "title: 简易流程\napplies_to:\n  kinds: [event]\nstages:\n"
    "  - key: host-head\n    title: 负责人\n    signers:\n      - post: head\n        unit_of: host\n"
)


def test_the_tools_make_a_genuine_sign_off_when_used_genuinely(office: Office) -> None:
    office.forge(HEAD)
    assert office.last() == ("proven", "")
    office.taken()


# --- whose hand -----------------------------------------------------------------------------


def test_type_an_approval_into_the_file(office: Office) -> None:
    office.forge(None)
    office.fails("没有签名", "unproven")


def test_sign_as_somebody_else_with_my_own_key(office: Office) -> None:
    office.forge(CLERK)
    office.fails("示例辰", "broken")


def test_be_believed_by_the_right_author_name(office: Office, tmp_path: Path) -> None:
    office.signed_with(make_throwaway_key(tmp_path / "stranger", "person-ji").location)
    office.fails("不在当时的人员登记簿")


@pytest.mark.parametrize("together", [True, False])
def test_give_somebody_my_key_and_use_it(office: Office, tmp_path: Path, together: bool) -> None:
    key = make_throwaway_key(tmp_path / "mine", "x")
    entry = {"key": key.line, "from": "2020-01-01"}
    office.set("person", f"records/people/{HEAD}.yaml", ("keys",), [entry])
    if not together:
        office.commit("更新公钥", key=office.key(CLERK))
    office.signed_with(key.location)
    office.fails("登记簿不可信" if not together else "还改动了别的内容", "unproven")


def test_share_one_key_between_two_people(office: Office) -> None:
    mine = office.key(CLERK).with_suffix(".pub").read_text().split()
    entry = {"key": " ".join(mine[:2]), "from": "2020-01-01"}
    office.set("person", f"records/people/{HEAD}.yaml", ("keys", 1), entry)
    office.commit("更新公钥", key=office.key(REGISTRAR))
    office.forge(CLERK)
    office.fails("不止一个人", "unproven")


def test_change_a_register_without_being_a_registrar(office: Office) -> None:
    place = office.repo.root / UNIT
    place.write_text(place.read_text().replace("信息技术系", "信息系"))
    office.commit("更名", key=office.key(CLERK))
    assert "不是登记管理员" in office.faults()[0]
    office.refused("不是登记管理员")
    office.forge(HEAD)
    office.fails("登记簿不可信")


def test_use_a_key_after_it_was_revoked_with_an_old_date(office: Office) -> None:
    office.revoke()
    old = {"GIT_AUTHOR_DATE": SUBMITTED, "GIT_COMMITTER_DATE": SUBMITTED}
    office.signed_with(office.key(HEAD), **old)
    office.fails("已经注销")


def test_use_a_key_after_it_expired_with_an_old_date(office: Office) -> None:
    office.set("person", f"records/people/{HEAD}.yaml", ("keys", 0, "until"), SUBMITTED[:10])
    office.commit("到期", key=office.key(REGISTRAR))
    office.another(at=LATER)  # history now speaks of a later day
    old = {"GIT_AUTHOR_DATE": SUBMITTED, "GIT_COMMITTER_DATE": SUBMITTED}
    office.signed_with(office.key(HEAD), **old)
    office.fails("已经停用", "broken")


def test_sign_after_leaving_the_post_with_an_old_date(office: Office) -> None:
    office.set("person", f"records/people/{HEAD}.yaml", ("posts", 0, "until"), SUBMITTED[:10])
    office.commit("离任", key=office.key(REGISTRAR))
    office.another(at=LATER)
    office.forge(HEAD)
    office.fails("当时已", "broken")


def test_sign_before_the_submission(office: Office) -> None:
    office.forge(HEAD, at="2021-04-16T10:00:00+08:00")
    office.fails("早于上一条签批", "broken")


def test_sign_for_somebody_without_a_delegation(office: Office) -> None:
    office.forge(LEADER, by=LEADER, on_behalf_of=HEAD)
    office.fails("委托", "broken")


# --- at which stage -------------------------------------------------------------------------


def test_skip_the_line_to_the_last_stage(office: Office) -> None:
    office.forge(PRINCIPAL, by=PRINCIPAL, stage="principal-leader")
    office.fails("主办部门负责人", "broken")


def test_invent_a_stage(office: Office) -> None:
    office.forge(HEAD, stage="anything")
    office.fails("anything", "broken")


def test_write_on_the_terminal_by_a_stage(office: Office) -> None:
    entry = office.entry(stage="anything")
    office.write(entry)
    text = office.path.read_text()
    office.path.write_text(text.replace("stage: anything", r'stage: "\e[2J\u202eany"'))
    office.commit(office.message(entry), key=office.key(HEAD))
    said = office.repo.run("verify", office.event)
    assert said.code == 1
    assert not set(said.out + said.err) & {"\x1b", "\u202e"}
    office.refused("看不见的控制字符")


def test_sign_a_stage_without_holding_its_post(office: Office) -> None:
    office.forge(LEADER, by=LEADER)
    office.fails("不任", "broken")


def test_sign_the_same_stage_twice(office: Office) -> None:
    office.forge(HEAD)
    office.forge(HEAD)
    office.fails("此处应是", "broken")


def test_take_an_approval_over_to_another_stage(office: Office) -> None:
    office.forge(HEAD)
    genuine = read_record(KIND, office.path.read_text()).data["sign_offs"][-1]
    office.signed_with(office.key(HEAD), genuine | {"stage": "host-leader"})
    office.fails("不相衔接", "broken")


def test_submit_under_a_lenient_workflow(office: Office) -> None:
    office.put(EASY, EASY_WORKFLOW)
    office.commit("简易流程", key=office.key(CLERK))
    assert office.repo.run("submit", office.event, "--yes", who=CLERK).code == 1
    assert "workflow-easy" in office.faults()[0]
    office.refused("workflow-easy")


def test_submit_under_a_workflow_of_the_past(office: Office) -> None:
    """The workflow has become stricter; its former version is still there for all to name."""
    office.repo.git("tag", "before")
    flow = "records/workflows/workflow-event.yaml"
    office.set("workflow", flow, ("title",), "从严的流程")
    office.commit("从严", key=office.key(REGISTRAR))
    office.taken()
    other = Office(office.repo, office.repo.new_event("--set", "venue=礼堂"), office.bare)
    stricter = (office.repo.root / flow).read_text()
    office.put(flow, office.repo.git("show", f"before:{flow}"))
    data = read_record(KIND, other.path.read_text()).data
    former = read_record(KINDS["workflow"], (office.repo.root / flow).read_text()).data
    office.put(flow, stricter)
    other.signed_with(
        office.key(CLERK),
        {
            "stage": "submission", "decision": "submit", "by": CLERK, "at": LATER,
            "digest": record_digest("event", other.event, data), "workflow": "workflow-event",
            "workflow_digest": record_digest("workflow", "workflow-event", former),
        },
    )  # fmt: skip
    other.fails("不是当时适用的流程", "broken")


# --- over which text ------------------------------------------------------------------------


def test_take_an_approval_over_to_another_record(office: Office) -> None:
    office.forge(HEAD)
    genuine = read_record(KIND, office.path.read_text()).data["sign_offs"][-1]
    other = office.another("--set", "venue=礼堂")
    other.signed_with(office.key(HEAD), genuine)
    other.fails("摘要与当时的内容不符", "broken")


def test_copy_an_approved_record_under_another_name(office: Office) -> None:
    office.forge(HEAD)
    name = office.event[:-4] + "aaaa"
    office.put(f"records/events/2021/{name}.yaml", office.path.read_text())
    office.commit("复制", key=office.key(HEAD))
    Office(office.repo, name, office.bare).fails("第一次提交时就带着签批")


def test_take_an_approval_over_to_a_later_version(office: Office) -> None:
    office.forge(HEAD)
    genuine = read_record(KIND, office.path.read_text()).data["sign_offs"][-1]
    office.repo.run("withdraw", office.event, "--yes", who=CLERK)
    office.path.write_text(office.path.read_text().replace("图书馆报告厅", "礼堂"))
    office.commit("改地点", key=office.key(CLERK))
    office.repo.run("submit", office.event, "--yes", who=CLERK)
    office.signed_with(office.key(HEAD), genuine)
    office.fails("摘要与当时的内容不符", "broken")


def test_approve_another_text_than_the_one_submitted(office: Office) -> None:
    office.path.write_text(office.path.read_text().replace("图书馆报告厅", "礼堂"))
    office.commit("改地点", key=office.key(CLERK))
    office.forge(HEAD)
    office.fails("与报送的内容不同", "broken")


def test_slip_a_change_in_with_the_sign_off(office: Office) -> None:
    entry = office.entry()
    office.write(entry)
    office.path.write_text(office.path.read_text().replace("图书馆报告厅", "礼堂"))
    office.commit(office.message(entry), key=office.key(HEAD))
    office.fails("还改动了别的内容")


def test_slip_another_file_in_with_the_sign_off(office: Office) -> None:
    office.put("note.txt", "x")
    office.signed_with(office.key(HEAD))
    office.fails("还改动了别的内容", "unproven")


def test_contradict_the_entry_in_the_trailers(office: Office) -> None:
    entry = office.entry()
    office.write(entry)
    office.commit(office.message(entry).replace("approve", "reject"), key=office.key(HEAD))
    office.fails("Jzy-Decision")


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda message: message.split("\n\n")[0] + "\n",
        lambda message: message + "Jzy-Stage: host-head\n",
        lambda message: message + "\n后记\n",
    ],
    ids=["missing", "doubled", "in the body"],
)
def test_muddle_the_trailers(office: Office, spoiled: object) -> None:
    assert callable(spoiled)
    entry = office.entry()
    office.write(entry)
    office.commit(spoiled(office.message(entry)), key=office.key(HEAD))
    office.fails("提交说明", "broken")


# --- what was given before ------------------------------------------------------------------


@pytest.mark.parametrize("change", ["remove", "edit"])
def test_take_back_a_sign_off_that_was_given(office: Office, change: str) -> None:
    office.forge(HEAD)
    office.taken()
    text = office.path.read_text()
    at = text.index("  - stage: host-head")
    office.path.write_text(text[:at] if change == "remove" else text.replace("同意。", "同意！"))
    office.commit("整理", key=office.key(REGISTRAR))
    assert "改动、删除或调换" in office.faults()[0]
    office.refused("改动、删除或调换")


def test_delete_a_record_and_make_it_again(office: Office) -> None:
    office.forge(HEAD)
    office.taken()
    text = office.path.read_text()
    office.path.unlink()
    office.commit("删除", key=office.key(REGISTRAR))
    assert "删除了带有签批的记录" in office.faults()[0]
    office.refused("不能删除或改名")
    office.path.write_text(text.replace("同意。", "同意举办。"))
    office.commit("恢复", key=office.key(HEAD))
    assert "unproven" in {verdict for verdict, _ in office.verdicts()}
    office.refused("不能删除或改名")


# --- by rewriting history -------------------------------------------------------------------


def test_squash_sign_offs_into_one_commit(office: Office) -> None:
    start = office.repo.git("rev-parse", "HEAD").strip()
    for who in (HEAD, LEADER):
        office.repo.run("approve", office.event, "--yes", who=who)
    office.repo.git("reset", "-q", "--soft", start)
    office.commit(office.message(office.entry()), key=office.key(HEAD))
    assert [verdict for verdict, _ in office.verdicts()] == ["proven", "unproven", "unproven"]
    office.refused("还改动了别的内容")


def test_amend_a_signed_commit(office: Office) -> None:
    office.forge(HEAD)
    office.repo.git("commit", "-q", "--amend", "--no-edit", "--no-gpg-sign")
    office.fails("没有签名", "unproven")


def test_replay_a_sign_off_onto_another_branch(office: Office) -> None:
    office.forge(HEAD)
    genuine = office.repo.git("rev-parse", "HEAD").strip()
    office.repo.git("reset", "-q", "--hard", "HEAD^")
    office.commit("主干", key=office.key(CLERK))
    office.repo.git("-c", "commit.gpgsign=false", "cherry-pick", genuine)
    office.fails("没有签名", "unproven")


def test_add_a_sign_off_in_a_merge_commit(office: Office) -> None:
    side_by_side(office)
    office.repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    office.signed_with(office.key(HEAD))
    office.fails("没有一次提交单独加入", "unproven", server="合并提交自己改动了")


def test_bring_a_revoked_key_back_by_a_merge(office: Office) -> None:
    office.repo.git("checkout", "-q", "-b", "before")
    office.commit("旁支", key=office.key(CLERK))
    office.repo.git("checkout", "-q", "main")
    office.revoke()
    office.repo.git("checkout", "-q", "before")
    office.repo.git("merge", "-q", "-s", "ours", "--no-edit", "main")
    office.forge(HEAD)
    office.fails("登记簿不可信", server="合并提交丢弃了一方")


def side_by_side(office: Office) -> None:
    """Two branches, main and side, that parted a commit ago."""
    office.repo.git("checkout", "-q", "-b", "side")
    office.commit("旁支", key=office.key(CLERK))
    office.repo.git("checkout", "-q", "main")
    office.commit("主干", key=office.key(CLERK))


def test_show_another_commit_by_a_replace_ref_or_a_graft(office: Office) -> None:
    office.forge(None)
    forged = office.repo.git("rev-parse", "HEAD").strip()
    honest = office.repo.git("rev-parse", "HEAD^").strip()
    office.repo.git("replace", forged, honest)
    (office.repo.root / ".git/info").mkdir(exist_ok=True)
    (office.repo.root / ".git/info/grafts").write_text(f"{forged}\n")
    assert len(office.verdicts()) == 2
    assert office.last()[0] == "unproven"
    refs = f"refs/replace/{forged}", f"{forged}:refs/heads/main"
    office.refused("refs/replace/", *refs)
    office.refused("没有签名", refs[1])


def test_hide_history_in_a_shallow_clone(office: Office, tmp_path: Path) -> None:
    url = office.repo.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, tmp_path / "shallow"], check=True)
    ran = Repo(tmp_path / "shallow").run("verify")
    assert ran.code == 3
    assert "--unshallow" in ran.err


def test_start_history_anew_with_my_own_root(office: Office) -> None:
    root = office.repo.git("config", "jzy.root").strip()
    office.repo.git("checkout", "-q", "--orphan", "fresh")
    office.commit("建立记录仓库", key=office.key(CLERK))
    ran = office.repo.run("verify", "--root", root, "--json")
    assert ran.code == 1
    assert "不是固定的根密钥" in json.loads(ran.out)["faults"][0]["reason"]
    office.refused("改写已有的历史")


def test_a_clone_with_the_fingerprint_alone_gives_the_same_verdicts(
    made_demo: Repo, tmp_path: Path
) -> None:
    root = made_demo.git("config", "jzy.root").strip()
    subprocess.run(["git", "clone", "-q", made_demo.root, tmp_path / "clone"], check=True)
    ran = Repo(tmp_path / "clone").run("verify", "--root", root, "--json")
    assert ran.code == 0
    assert (
        json.loads(ran.out)["sign_offs"]
        == json.loads(made_demo.run("verify", "--json").out)["sign_offs"]
    )
    assert "没有固定根密钥" in Repo(tmp_path / "clone").run("verify").err
