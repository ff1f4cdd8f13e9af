"""One registrar alone, where two must agree on who the registrars are.

Each test is named by what the attacker, a registrar, wants.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jzy.git.keys import make_throwaway_key
from tests.acceptance.conftest import Repo

ONE, OTHER, FRIEND = "person-jia", "person-gui", "person-yi"
INSTITUTION = "records/institution.yaml"
AGREED = "registrars_change:\n  registrars: [person-jia, person-yi]\n  agreed: [{}]\n"


@pytest.fixture
def office(demo: Repo) -> Repo:
    """Two registrars who must agree from now on."""
    ran = demo.run("registrar", "change", ONE, OTHER, "--quorum", "2", who=ONE)
    assert ran.code == 0, ran.err
    return demo


def signed(repo: Repo, who: str) -> None:
    """Commit everything with plain git, signed by a person's key."""
    key = repo.root / ".git/jzy/demo-keys" / who
    repo.git("add", "-A")
    repo.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-q", "-S", "-m", "修改"
    )


def faults(repo: Repo) -> list[str]:
    """What verify says of commits."""
    ran = repo.run("verify", "--json")
    found = json.loads(ran.out)
    assert (ran.code == 0) == found["ok"]
    return [fault["reason"] for fault in found["faults"]]


def edit(repo: Repo, old: str, new: str) -> None:
    file = repo.root / INSTITUTION
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_two_who_agree_change_the_registrars(office: Repo) -> None:
    ran = office.run("registrar", "change", ONE, FRIEND, who=ONE)
    assert (ran.code, "还须 1 位" in ran.err) == (0, True)
    assert office.run("registrar", "agree", who=ONE).code == 1
    assert office.run("registrar", "agree", who=FRIEND).code == 1
    assert office.run("registrar", "agree", who=OTHER).code == 0
    now = json.loads(office.run("registrar", "list", "--json").out)
    assert (now["registrars"], now["quorum"], now["proposed"]) == ([ONE, FRIEND], 2, [])
    assert faults(office) == []


def test_make_my_friend_a_registrar_alone(office: Repo) -> None:
    edit(office, f"  - {OTHER}\n", f"  - {OTHER}\n  - {FRIEND}\n")
    signed(office, ONE)
    assert "须由 2 位登记管理员同意" in faults(office)[0]


def test_abolish_the_rule_alone(office: Repo) -> None:
    edit(office, "registrar_quorum: 2", "registrar_quorum: 1")
    signed(office, ONE)
    assert "须由 2 位登记管理员同意" in faults(office)[0]


def test_write_the_other_ones_agreement_for_him(office: Repo) -> None:
    edit(office, "# 学年开始", AGREED.format(f"{ONE}, {OTHER}") + "# 学年开始")
    signed(office, ONE)
    assert "替别人写了同意" in faults(office)[0]


def test_have_another_change_carried_out_than_the_one_agreed_to(office: Repo) -> None:
    assert office.run("registrar", "change", ONE, OTHER, FRIEND, who=OTHER).code == 0
    edit(office, "    - person-gui\n    - person-yi\n", "    - person-yi\n")
    signed(office, ONE)
    assert "替别人写了同意" in faults(office)[0]


@pytest.mark.parametrize("who", [ONE, OTHER])
def test_give_the_other_registrar_a_key_of_mine(
    office: Repo, tmp_path: Path, spoil: Callable[[Path, str, str], None], who: str
) -> None:
    mine = make_throwaway_key(tmp_path / "mine", "")
    person = office.root / f"records/people/{OTHER}.yaml"
    line = f"keys:\n  - key: {mine.line}\n    from: 2020-01-01\n"
    spoil(person, "keys:\n", line)
    signed(office, who)
    # A registrar may still change a key of their own.
    assert [("密钥须由本人办理" in reason) for reason in faults(office)] == [True] * (who == ONE)
