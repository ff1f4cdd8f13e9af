"""What a push may bring in: genuine work, and records that stay what was approved.

Everything goes over HTTP through git's own server into a real bare repository with the hooks that
``jzy hook install`` wrote. ``Office.refused`` asks that no ref moved and no object stayed.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from jzy.git.signature import take_apart
from tests.acceptance.conftest import CLERK, Repo
from tests.attacks.office import (
    GITS_OWN,
    HEAD,
    INSTITUTION,
    LEADER,
    OTHER_REGISTRAR,
    REGISTRAR,
    SUBMITTED,
    Office,
    copy,
)

RECEIPTS = "refs/jzy/receipts"
UNIT = "records/units/unit-xinxixi.yaml"


@pytest.fixture(scope="module")
def approved_once(founded: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = copy(founded, tmp_path_factory.mktemp("approved"))
    office.approve()
    office.taken()
    return office


@pytest.fixture
def approved(approved_once: Office, tmp_path: Path) -> Office:
    """An office whose event everybody has approved."""
    return copy(approved_once, tmp_path)


# --- what is taken in -----------------------------------------------------------------------


def test_genuine_work_is_taken_in(approved: Office) -> None:
    draft = approved.repo.new_event("--set", "title=另一场公开课")
    approved.taken()
    other = Office(approved.repo, draft, approved.bare)
    other.path.write_text(other.path.read_text().replace("图书馆报告厅", "礼堂"))
    approved.commit("改草稿", key=approved.key(CLERK))
    other.submit()
    approved.taken()
    approved.set("event", f"records/events/2021/{approved.event}.yaml", ("remark",), "备注")
    approved.commit("加备注", key=approved.key(CLERK))
    approved.taken()
    approved.put(UNIT, (approved.repo.root / UNIT).read_text().replace("信息技术系", "信息系"))
    approved.commit("更名", key=approved.key(OTHER_REGISTRAR))
    approved.put("README.md", "记录仓库\n")
    approved.commit("说明", key=approved.key(REGISTRAR))
    approved.taken()
    assert json.loads(approved.repo.run("verify", "--json").out)["ok"]


def test_a_change_with_its_resubmission_is_taken_in(approved: Office) -> None:
    approved.path.write_text(approved.path.read_text().replace("图书馆报告厅", "礼堂"))
    approved.commit("改地点", key=approved.key(CLERK))
    approved.refused("最后一次签批之后改动了")
    approved.submit()
    approved.taken()
    approved.approve()
    approved.taken()
    assert approved.last() == ("proven", "")


def test_a_merge_that_brings_two_peoples_work_together_is_taken_in(office: Office) -> None:
    office.repo.git("checkout", "-q", "-b", "side")
    office.forge(HEAD)
    office.repo.git("checkout", "-q", "main")
    office.another("--set", "title=另一场公开课")
    office.taken()
    office.repo.git("merge", "-q", "--no-edit", "side")
    office.taken()
    office.forge(LEADER, by=LEADER, stage="host-leader")
    office.taken()
    assert {verdict for verdict, _ in office.verdicts()} == {"proven"}


def test_receipts_are_signed_by_the_server_and_follow_each_other(
    office: Office, tmp_path: Path
) -> None:
    before = office.repo.git("rev-parse", "HEAD").strip()
    office.forge(HEAD)
    signed = office.repo.git("rev-parse", "HEAD").strip()
    assert "回执" in office.taken()
    fetch = "git", "fetch", "-q", office.bare.url, f"{RECEIPTS}:{RECEIPTS}"
    subprocess.run(fetch, cwd=office.repo.root, check=True)
    receipts = office.repo.git("rev-list", RECEIPTS).split()
    public = Path(office.bare.git("config", "jzy.serverKey").strip() + ".pub").read_text()
    assert public.split()[1] in (office.repo.root / INSTITUTION).read_text()
    (tmp_path / "allowed").write_text(f'server namespaces="git" {public}')
    told = []
    for receipt in receipts:
        show = ["git", "cat-file", "commit", receipt]
        raw = subprocess.run(show, cwd=office.repo.root, capture_output=True, check=True).stdout
        parts = take_apart(raw)
        (tmp_path / "signature").write_bytes(parts.armour + b"\n")
        verify = ["ssh-keygen", "-Y", "verify", "-n", "git", "-I", "server",
                  "-f", tmp_path / "allowed", "-s", tmp_path / "signature"]  # fmt: skip
        subprocess.run(verify, input=parts.payload, stdout=subprocess.DEVNULL, check=True)
        told.append(json.loads(parts.payload.partition(b"\n\n")[2]))
    assert (told[0]["old"], told[0]["new"]) == (before, signed)
    assert [later["old"] for later in told[:-1]] == [earlier["new"] for earlier in told[1:]]
    assert not told[-1]["old"].strip("0")
    found = json.loads(office.repo.run("verify", office.event, "--json").out)
    assert found["ok"]
    assert [proof["received"][:4] for proof in found["sign_offs"]] == [told[0]["time"][:4]] * 2


def test_hook_install_has_git_refuse_too(founded: Office, tmp_path: Path) -> None:
    office = copy(founded, tmp_path)
    for setting in GITS_OWN:
        office.bare.git("config", setting, "true")
    office.forge(HEAD)
    office.taken()
    office.refused("改写已有的历史", "HEAD^:refs/heads/main")


# --- records --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("title", "另一个题目"), "活动名称"),
        (("venue", "礼堂"), "地点"),
        (("headcount", {"on_campus": 600}), "人数"),
        (("speakers", [{"name": "另一主讲", "external": False}]), "主讲人"),
        (("outline", "提纲"), "提纲"),
        (("onsite", {"lead_person": LEADER}), "现场"),
    ],
    ids=["reapprove", "consent", "nested", "list", "added", "otherwise"],
)
def test_change_what_was_approved(approved: Office, change: tuple[str, object], word: str) -> None:
    approved.set("event", f"records/events/2021/{approved.event}.yaml", change[:1], change[1])
    approved.commit("修改", key=approved.key(CLERK))
    assert any("最后一次签批之后改动了" in fault and word in fault for fault in approved.faults())
    approved.refused("最后一次签批之后改动了")


@pytest.mark.parametrize("how", ["delete", "rename", "move"])
def test_make_a_record_disappear(office: Office, how: str) -> None:
    draft = Office(office.repo, office.repo.new_event(), office.bare)
    office.taken()
    folder = draft.path.parent
    if how == "delete":
        draft.path.unlink()
    else:
        place = folder if how == "rename" else folder.parent / "2020"
        draft.path.rename(place / f"{draft.event[:-4]}aaaa.yaml")
    office.commit("整理", key=office.key(REGISTRAR))
    office.refused("不能删除或改名")


def test_rewrite_a_schema_or_a_workflow_in_passing(office: Office) -> None:
    office.put("schemas/event.schema.json", "{}")
    office.commit("模式", key=office.key(CLERK))
    assert "不是登记管理员" in office.faults()[0]
    office.refused("登记管理员")


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        ".gitattributes",
        ".gitmodules",
        "records/.gitattributes",
        "templates/a.md.j2",
        ".github/workflows/run.yml",
        "records/events/2021/README.md",
    ],
)
def test_leave_a_file_outside_the_records(office: Office, path: str) -> None:
    office.put(path, "* filter=trap\n")
    office.commit("文件", key=office.key(CLERK))
    office.refused("只能由登记管理员改动")


def test_a_clone_over_the_network_gives_the_same_verdicts(approved: Office, tmp_path: Path) -> None:
    root = approved.repo.git("config", "jzy.root").strip()
    subprocess.run(["git", "clone", "-q", approved.bare.url, tmp_path / "clone"], check=True)
    ran = Repo(tmp_path / "clone").run("verify", "--root", root, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["sign_offs"]


def test_delegate_somebody_elses_post_to_myself(office: Office) -> None:
    day = SUBMITTED[:10]
    office.put(
        f"records/delegations/2021/dlg-{day.replace('-', '')}-aaaa.yaml",
        f"title: 外出\nfrom_person: {HEAD}\nto_person: {CLERK}\npost: head\n"
        f"unit: unit-xinxixi\nfrom: {day}\nuntil: 2021-12-31\n",
    )
    office.commit("委托", key=office.key(CLERK))
    office.refused("委托")
