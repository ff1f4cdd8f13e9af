"""Keys of people: registered, rotated and revoked by registrars, and what that means for proofs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jzy.git.keys import SigningKey, make_throwaway_key

from .conftest import CLERK, Repo

REGISTRAR, HEAD = "person-jia", "person-ji"


@pytest.fixture
def fresh(tmp_path: Path) -> SigningKey:
    return make_throwaway_key(tmp_path / "fresh", "person-ji")


def with_key(repo: Repo, key: SigningKey, monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setenv("JZY_SIGNING_KEY", key.location)
    return repo.run(*args).code


def test_a_rotated_key_signs_and_the_old_one_still_proves_the_past(
    demo: Repo, fresh: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = demo.run("key", "rotate", HEAD, fresh.location + ".pub", who=REGISTRAR)
    assert ran.code == 0, ran.err
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    assert with_key(demo, fresh, monkeypatch, "approve", event, "--yes") == 0
    monkeypatch.delenv("JZY_SIGNING_KEY")
    found = json.loads(demo.run("verify", "--json").out)
    assert found["ok"], found["faults"]
    assert demo.run("validate").code == 0


def test_a_revoked_key_signs_nothing_more(demo: Repo) -> None:
    listed = json.loads(demo.run("key", "list", "--json").out)
    key = next(entry["fingerprint"] for entry in listed if entry["person"] == HEAD)
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    assert demo.run("key", "revoke", HEAD, key[:20], "-m", "电脑遗失", who=REGISTRAR).code == 0
    ran = demo.run("approve", event, "--yes", who=HEAD)
    assert ran.code == 1
    assert "停用" in ran.err
    assert json.loads(demo.run("verify", "--json").out)["ok"]
    assert demo.run("key", "revoke", HEAD, key, "-m", "再次", who=REGISTRAR).code == 1


def test_only_registrars_register_and_no_key_has_two_owners(
    demo: Repo, fresh: SigningKey, tmp_path: Path
) -> None:
    before = demo.state()
    public = fresh.location + ".pub"
    assert "不是登记管理员" in demo.run("key", "register", HEAD, public, who=CLERK).err
    other = demo.root / ".git/jzy/demo-keys/person-ding.pub"
    assert "只属于一个人" in demo.run("key", "register", HEAD, str(other), who=REGISTRAR).err
    ran = demo.run("key", "register", HEAD, fresh.location, who=REGISTRAR)
    assert ran.code == 2
    assert "私钥" in ran.err
    assert demo.run("key", "register", HEAD, str(tmp_path / "none"), who=REGISTRAR).code == 2
    assert demo.run("key", "register", "unit-xinxixi", public, who=REGISTRAR).code == 1
    assert demo.state() == before
    assert demo.run("key", "register", HEAD, public, who=REGISTRAR).code == 0
