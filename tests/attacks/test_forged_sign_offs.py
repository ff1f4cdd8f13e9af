"""Sign-offs that nobody gave: each must not be proven, whatever it looks like in the file.

Each test is named by what the attacker wants.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jzy.git.keys import make_throwaway_key
from jzy.model.digest import entry_digest, record_digest
from jzy.store.editing import append_sign_off, set_value
from jzy.store.places import search_path
from jzy.store.records import read_record
from jzy.store.schemas import load_kinds
from tests.acceptance.conftest import CLERK, Repo

KINDS = load_kinds(search_path(None, "schemas"))
KIND = KINDS["event"]
HEAD, LEADER, PRINCIPAL, REGISTRAR = "person-ji", "person-ding", "person-wu", "person-jia"


@dataclass
class Office:
    """A demo with an event that was just submitted, and an attacker's tools."""

    repo: Repo
    event: str

    @property
    def path(self) -> Path:
        return self.repo.root / f"records/events/2021/{self.event}.yaml"

    def entry(self, **more: Any) -> dict[str, Any]:
        """A sign-off by the host's head, as it would be if it were genuine."""
        data = read_record(KIND, self.path.read_text()).data
        entry = {
            "stage": "host-head",
            "decision": "approve",
            "by": HEAD,
            "at": data["sign_offs"][-1]["at"],
            "opinion": "同意。",
            "digest": record_digest("event", self.event, data),
            "prev": entry_digest(data["sign_offs"][-1]),
        }
        return entry | more

    def write(self, entry: dict[str, Any]) -> None:
        self.path.write_text(append_sign_off(KIND, self.path.read_text(), entry))

    def message(self, entry: dict[str, Any]) -> str:
        lines = ("Record", self.event), ("Stage", entry["stage"]), ("Decision", entry["decision"])
        trailers = "".join(f"Jzy-{name}: {value}\n" for name, value in lines)
        return f"同意\n\n{trailers}Jzy-Digest: {entry['digest']}\n"

    def commit(
        self, message: str, *, key: Path | str | None = None, who: str = HEAD, **env: str
    ) -> None:
        """Commit everything with plain git, under any name, signed with any key or none."""
        self.repo.git("add", "-A")
        sign = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={key}"] if key else []
        identity = {"NAME": "示例己", "EMAIL": f"{who}@jzy.invalid"}
        names = {
            f"GIT_{role}_{n}": v for role in ("AUTHOR", "COMMITTER") for n, v in identity.items()
        }
        subprocess.run(
            ["git", *sign, "commit", "-q", "--allow-empty", "-S" if key else "--no-gpg-sign", "-F", "-"],
            cwd=self.repo.root, input=message.encode(), check=True, env={**os.environ, **names, **env},
        )  # fmt: skip

    def key(self, who: str) -> Path:
        return self.repo.root / ".git/jzy/demo-keys" / who

    def forge(self, key: str | None, **more: Any) -> None:
        """Add an entry and commit it like a sign-off."""
        entry = self.entry(**more)
        self.write(entry)
        self.commit(self.message(entry), key=self.key(key) if key else None)

    def verdicts(self) -> list[tuple[str, str]]:
        """Verdict and reason of each sign-off of the event."""
        ran = self.repo.run("verify", self.event, "--json")
        assert "Traceback" not in ran.err
        found = json.loads(ran.out)
        assert (ran.code == 0) == found["ok"]
        return [(proof["verdict"], proof["reason"]) for proof in found["sign_offs"]]

    def last(self) -> tuple[str, str]:
        return self.verdicts()[-1]


@pytest.fixture
def office(demo: Repo) -> Office:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    return Office(demo, event)


def test_the_tools_make_a_genuine_sign_off_when_used_genuinely(office: Office) -> None:
    office.forge(HEAD)
    assert office.last() == ("proven", "")


def test_type_an_approval_into_the_file(office: Office) -> None:
    office.forge(None)
    assert office.last()[0] == "unproven"
    assert "没有签名" in office.last()[1]


def test_sign_as_somebody_else_with_my_own_key(office: Office) -> None:
    office.forge(CLERK)
    assert office.last()[0] == "broken"
    assert "示例辰" in office.last()[1]


def test_be_believed_by_the_right_author_name(office: Office, tmp_path: Path) -> None:
    key = make_throwaway_key(tmp_path / "stranger", "person-ji")
    entry = office.entry()
    office.write(entry)
    office.commit(office.message(entry), key=key.location)
    assert "不在当时的人员登记簿" in office.last()[1]


def test_sign_with_a_type_of_key_that_jzy_does_not_accept(office: Office, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", tmp_path / "rsa"], check=True)
    entry = office.entry()
    office.write(entry)
    office.commit(office.message(entry), key=tmp_path / "rsa")
    assert "ssh-rsa" in office.last()[1]


def add_key(office: Office, person: str, line: str) -> None:
    path = office.repo.root / f"records/people/{person}.yaml"
    keys = [{"key": line, "from": "2020-01-01"}]
    path.write_text(set_value(KINDS["person"], path.read_text(), ("keys",), keys))


@pytest.mark.parametrize("together", [True, False])
def test_give_somebody_my_key_and_use_it(office: Office, tmp_path: Path, together: bool) -> None:
    key = make_throwaway_key(tmp_path / "mine", "x")
    add_key(office, HEAD, key.line)
    if not together:
        office.commit("更新公钥", key=office.key(CLERK))
    entry = office.entry()
    office.write(entry)
    office.commit(office.message(entry), key=key.location)
    assert office.last()[0] == "unproven"


def test_change_a_register_without_being_a_registrar(office: Office) -> None:
    path = office.repo.root / "records/units/unit-xinxixi.yaml"
    path.write_text(path.read_text().replace("信息技术系", "信息系"))
    office.commit("更名", key=office.key(CLERK))
    found = json.loads(office.repo.run("verify", "--json").out)
    assert not found["ok"]
    assert "不是登记管理员" in found["faults"][0]["reason"]
    office.forge(HEAD)
    assert "登记簿不可信" in office.last()[1]


def test_use_a_key_after_it_was_revoked_with_an_old_date(office: Office) -> None:
    path = office.repo.root / f"records/people/{HEAD}.yaml"
    path.write_text(
        set_value(KINDS["person"], path.read_text(), ("keys", 0, "revoked"), "2021-04-20")
    )
    office.commit("注销", key=office.key(REGISTRAR))
    entry = office.entry(at="2021-04-15T10:00:00+08:00")
    office.write(entry)
    old = "2021-04-15T10:00:00+08:00"
    office.commit(
        office.message(entry), key=office.key(HEAD), GIT_AUTHOR_DATE=old, GIT_COMMITTER_DATE=old
    )
    assert "已经注销" in office.last()[1]


def test_sign_after_leaving_the_post_with_an_old_date(office: Office) -> None:
    path = office.repo.root / f"records/people/{HEAD}.yaml"
    text = path.read_text()
    path.write_text(set_value(KINDS["person"], text, ("posts", 0, "until"), "2021-04-17"))
    office.commit("离任", key=office.key(REGISTRAR))
    office.forge(HEAD, at="2021-04-16T10:00:00+08:00")
    assert office.last()[0] == "broken"


def test_skip_the_line_to_the_last_stage(office: Office) -> None:
    office.forge(PRINCIPAL, by=PRINCIPAL, stage="principal-leader")
    assert office.last()[0] == "broken"
    assert "主办部门负责人" in office.last()[1]


def test_invent_a_stage(office: Office) -> None:
    office.forge(HEAD, stage="anything")
    assert office.last()[0] == "broken"


def test_sign_a_stage_without_holding_its_post(office: Office) -> None:
    office.forge(LEADER, by=LEADER)
    assert office.last()[0] == "broken"


def test_take_an_approval_over_to_another_record(office: Office) -> None:
    office.repo.run("approve", office.event, "--yes", who=HEAD)
    genuine = read_record(KIND, office.path.read_text()).data["sign_offs"][-1]
    other = Office(office.repo, office.repo.new_event("--set", "venue=礼堂"))
    office.repo.run("submit", other.event, "--yes", who=CLERK)
    other.write(genuine)
    other.commit(other.message(genuine), key=office.key(HEAD))
    assert other.last()[0] == "broken"


def test_approve_another_text_than_the_one_submitted(office: Office) -> None:
    office.path.write_text(office.path.read_text().replace("图书馆报告厅", "礼堂"))
    office.commit("改地点", key=office.key(CLERK))
    office.forge(HEAD)
    assert office.last()[0] == "broken"


def test_slip_a_change_in_with_the_sign_off(office: Office) -> None:
    entry = office.entry()
    office.write(entry)
    office.path.write_text(office.path.read_text().replace("图书馆报告厅", "礼堂"))
    office.commit(office.message(entry), key=office.key(HEAD))
    assert "还改动了别的内容" in office.last()[1]


def test_slip_another_file_in_with_the_sign_off(office: Office) -> None:
    entry = office.entry()
    office.write(entry)
    (office.repo.root / "note.txt").write_text("x")
    office.commit(office.message(entry), key=office.key(HEAD))
    assert office.last()[0] == "unproven"


@pytest.mark.parametrize("change", ["remove", "edit"])
def test_take_back_a_sign_off_that_was_given(office: Office, change: str) -> None:
    office.repo.run("approve", office.event, "--yes", who=HEAD)
    text = office.path.read_text()
    at = text.index("  - stage: host-head")
    office.path.write_text(text[:at] if change == "remove" else text.replace("同意。", "同意！"))
    office.commit("整理", key=office.key(REGISTRAR))
    found = json.loads(office.repo.run("verify", office.event, "--json").out)
    assert not found["ok"]
    assert "改动、删除或调换" in found["faults"][0]["reason"]


def test_delete_a_record_and_make_it_again(office: Office) -> None:
    office.repo.run("approve", office.event, "--yes", who=HEAD)
    text = office.path.read_text()
    office.path.unlink()
    office.commit("删除", key=office.key(REGISTRAR))
    office.path.write_text(text.replace("同意。", "同意举办。"))
    office.commit("恢复", key=office.key(HEAD))
    assert "unproven" in {verdict for verdict, _ in office.verdicts()}
    found = json.loads(office.repo.run("verify", office.event, "--json").out)
    assert "删除了带有签批的记录" in found["faults"][0]["reason"]


def test_squash_sign_offs_into_one_commit(office: Office) -> None:
    start = office.repo.git("rev-parse", "HEAD").strip()
    for who in (HEAD, LEADER):
        office.repo.run("approve", office.event, "--yes", who=who)
    office.repo.git("reset", "-q", "--soft", start)
    office.commit(office.message(office.entry()), key=office.key(HEAD))
    assert [verdict for verdict, _ in office.verdicts()] == ["proven", "unproven", "unproven"]


def test_amend_a_signed_commit(office: Office) -> None:
    office.repo.run("approve", office.event, "--yes", who=HEAD)
    office.repo.git("commit", "-q", "--amend", "--no-edit", "--no-gpg-sign")
    assert office.last()[0] == "unproven"


def test_add_a_sign_off_in_a_merge_commit(office: Office) -> None:
    office.repo.git("checkout", "-q", "-b", "side")
    office.commit("旁支", key=office.key(CLERK))
    office.repo.git("checkout", "-q", "main")
    office.commit("主干", key=office.key(CLERK))
    office.repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    entry = office.entry()
    office.write(entry)
    office.commit(office.message(entry), key=office.key(HEAD))
    assert office.last()[0] == "unproven"


def test_bring_a_revoked_key_back_by_a_merge(office: Office) -> None:
    office.repo.git("checkout", "-q", "-b", "before")
    office.commit("旁支", key=office.key(CLERK))
    office.repo.git("checkout", "-q", "main")
    path = office.repo.root / f"records/people/{HEAD}.yaml"
    path.write_text(
        set_value(KINDS["person"], path.read_text(), ("keys", 0, "revoked"), "2021-04-20")
    )
    office.commit("注销", key=office.key(REGISTRAR))
    office.repo.git("checkout", "-q", "before")
    office.repo.git("merge", "-q", "-s", "ours", "--no-edit", "main")
    office.forge(HEAD)
    assert "登记簿不可信" in office.last()[1]


def test_contradict_the_entry_in_the_trailers(office: Office) -> None:
    entry = office.entry()
    office.write(entry)
    office.commit(office.message(entry).replace("approve", "reject"), key=office.key(HEAD))
    assert "Jzy-Decision" in office.last()[1]


def test_submit_under_a_lenient_workflow(office: Office) -> None:
    path = office.repo.root / "records/workflows/workflow-easy.yaml"
    path.write_text(
        "title: 简易流程\napplies_to:\n  kinds: [event]\nstages:\n"
        "  - key: host-head\n    title: 负责人\n    signers:\n      - post: head\n        unit_of: host\n"
    )
    office.commit("简易流程", key=office.key(CLERK))
    assert office.repo.run("submit", office.event, "--yes", who=CLERK).code == 1
    found = json.loads(office.repo.run("verify", "--json").out)
    assert "workflow-easy" in found["faults"][0]["reason"]


def edits(office: Office, change: Callable[[str], str]) -> None:
    commit = office.repo.git("rev-parse", "HEAD").strip()
    raw = office.repo.git("cat-file", "commit", commit)
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"], cwd=office.repo.root,
        input=change(raw).encode(), capture_output=True, check=True,
    )  # fmt: skip
    office.repo.git("update-ref", "HEAD", made.stdout.decode().strip())


def test_keep_a_signature_over_another_message(office: Office) -> None:
    office.repo.run("approve", office.event, "--yes", who=HEAD)
    edits(office, lambda raw: raw.replace("意见：同意。", "意见：不同意。"))
    assert "不符" in office.last()[1]


def test_carry_two_signatures(office: Office) -> None:
    office.repo.run("approve", office.event, "--yes", who=HEAD)

    def twice(raw: str) -> str:
        start = raw.index("gpgsig ")
        end = raw.index("-----END SSH SIGNATURE-----") + len("-----END SSH SIGNATURE-----\n")
        return raw[:end] + raw[start:end] + raw[end:]

    edits(office, twice)
    assert "不止一个签名" in office.last()[1]


def test_show_another_commit_by_a_replace_ref_or_a_graft(office: Office) -> None:
    office.forge(None)
    forged = office.repo.git("rev-parse", "HEAD").strip()
    honest = office.repo.git("rev-parse", "HEAD^").strip()
    office.repo.git("replace", forged, honest)
    (office.repo.root / ".git/info").mkdir(exist_ok=True)
    (office.repo.root / ".git/info/grafts").write_text(f"{forged}\n")
    assert office.last()[0] == "unproven"
    assert len(office.verdicts()) == 2


def test_hide_history_in_a_shallow_clone(office: Office, tmp_path: Path) -> None:
    url = office.repo.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, tmp_path / "shallow"], check=True)
    ran = Repo(tmp_path / "shallow").run("verify")
    assert ran.code == 3
    assert "--unshallow" in ran.err


def test_start_history_anew_with_my_own_root(office: Office, tmp_path: Path) -> None:
    root = office.repo.git("config", "jzy.root").strip()
    office.repo.git("checkout", "-q", "--orphan", "fresh")
    office.commit("建立记录仓库", key=office.key(CLERK))
    ran = office.repo.run("verify", "--root", root, "--json")
    assert ran.code == 1
    assert "不是固定的根密钥" in json.loads(ran.out)["faults"][0]["reason"]


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
