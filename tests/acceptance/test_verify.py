"""What ``verify`` keeps for the next time is never another answer than it would give anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jzy.git import ahead
from jzy.git.repository import Repository
from jzy.office.docket import Findings
from jzy.office.judging import judge
from jzy.office.verdicts import Verdicts
from jzy.store.places import search_path
from jzy.store.schemas import load_kinds, schema_files
from jzy.store.sealed import user_secret
from tests.acceptance.conftest import CHAIN, CLERK, Repo

Spoil = Callable[[Path, str, str], None]


def told(repo: Repo, *more: str) -> dict[str, Any]:
    """What ``verify --json`` says."""
    ran = repo.run("verify", "--json", *more)
    assert "Traceback" not in ran.err
    found: dict[str, Any] = json.loads(ran.out)
    assert (ran.code == 0) == found["ok"]
    return found


def cache(repo: Repo) -> Path:
    return repo.root / ".git/jzy/verdicts"


def sign_offs(repo: Repo) -> int:
    """How many there are in a repository's history, by what their commits say."""
    said = repo.git("log", "--format=%(trailers:key=Jzy-Decision,valueonly,separator=)")
    return len(said.split())


@pytest.mark.parametrize("known", [0, 40, 200, -1])
def test_going_on_from_what_was_kept_gives_what_judging_it_all_gives(
    made_demo: Repo, tmp_path: Path, known: int
) -> None:
    repository = Repository.open(made_demo.root)
    folders = search_path(made_demo.root, "schemas")
    kinds = load_kinds(folders)
    history = made_demo.git("rev-list", "--reverse", "--topo-order", "HEAD").split()
    whole = judge(repository, kinds, None, history[-1], None)
    kept = Verdicts(
        Repository(repository.root, tmp_path), user_secret(), None, schema_files(folders)
    )
    (tmp_path / "jzy").mkdir()
    kept.keep(judge(repository, kinds, None, history[known], None))
    before = kept.findings()
    assert before is not None
    assert before.summary.tip == history[known]
    on: Findings = judge(repository, kinds, None, history[-1], before)
    assert on == whole
    assert len(on.docket.proofs) == sign_offs(made_demo)


def test_a_second_process_that_checks_signatures_finds_the_same(
    made_demo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository.open(made_demo.root)
    kinds = load_kinds(search_path(made_demo.root, "schemas"))
    head = made_demo.git("rev-parse", "HEAD").strip()
    alone = judge(repository, kinds, None, head, None)
    asked = []
    submit = ProcessPoolExecutor.submit
    monkeypatch.setattr(ahead, "_PAYS", 1)
    monkeypatch.setattr(ahead, "_PIECE", 50)
    monkeypatch.setattr(
        ProcessPoolExecutor,
        "submit",
        lambda self, *args: (asked.append(args), submit(self, *args))[1],
    )
    assert judge(repository, kinds, None, head, None) == alone
    assert len(asked) > 1


def test_a_second_run_says_the_same(demo: Repo) -> None:
    first = demo.run("verify")
    assert cache(demo).exists()
    second = demo.run("verify")
    assert (first.code, first.out, first.err) == (second.code, second.out, second.err)
    assert told(demo) == told(demo)


def test_what_somebody_wrote_into_the_cache_is_not_believed(demo: Repo) -> None:
    """A cache that came with somebody's folder cannot have been sealed with this user's secret."""
    spoilt = demo.root / "records/events/2021"
    event = next(spoilt.glob("*.yaml"))
    text = event.read_text("utf-8").replace("decision: submit", "decision: withdraw", 1)
    event.write_text(text, "utf-8")
    demo.commit()
    bad = told(demo)
    assert not bad["ok"]
    lines = cache(demo).read_bytes().split(b"\n", 2)
    head, digest = json.loads(lines[1])
    head[-2], head[-1] = [], []  # no unproven sign-offs, no faults
    forged = json.dumps([head, digest], separators=(",", ":")).encode()
    for seal in (lines[0], b"0" * 64, b""):
        cache(demo).write_bytes(b"\n".join([seal, forged, lines[2]]))
        ran = demo.run("verify")
        assert ran.code == 1
        assert told(demo) == bad


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]", b"\x00" * 100])
def test_a_broken_cache_is_made_anew(demo: Repo, content: bytes) -> None:
    before = told(demo)
    cache(demo).write_bytes(content)
    assert told(demo) == before
    assert cache(demo).read_bytes() != content


def test_a_cache_of_another_history_is_not_used(demo: Repo) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    proven = [proof["verdict"] for proof in told(demo)["sign_offs"]].count("proven")
    assert proven == sign_offs(demo)
    text = (demo.root / f"records/events/2021/{event}.yaml").read_bytes()
    demo.git("reset", "-q", "--hard", "HEAD~2")
    (demo.root / f"records/events/2021/{event}.yaml").write_bytes(text)
    demo.commit()  # the same content, the same entry, without its own commit
    found = {proof["record"]: proof["verdict"] for proof in told(demo)["sign_offs"]}
    assert found[event] == "unproven"


def test_only_what_came_after_a_commit_is_told(demo: Repo) -> None:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    assert demo.run("approve", event, "--yes", who=CHAIN[0]).code == 0
    found = told(demo, "--since", "HEAD~1")
    assert [(p["record"], p["stage"]) for p in found["sign_offs"]] == [(event, "host-head")]
    ran = demo.run("verify", "--since", "--output=x")
    assert (ran.code, "没有“--output=x”这个提交" in ran.err) == (2, True)


def test_a_stolen_key_proves_nothing_from_the_named_commit_on(demo: Repo, spoil: Spoil) -> None:
    event = demo.new_event()
    stolen = demo.git("rev-parse", "HEAD").strip()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    before = told(demo)
    person = demo.root / f"records/people/{CLERK}.yaml"
    spoil(person, "keys:\n  - key:", f"keys:\n  - distrust_from: {stolen}\n    key:")
    key = demo.root / ".git/jzy/demo-keys/person-jia"
    demo.git("add", "-A")
    sign = ["-c", f"user.signingkey={key}", "-c", "gpg.format=ssh"]
    demo.git(*sign, "commit", "-q", "-S", "-m", "密钥被盗")
    after = told(demo)
    assert before["ok"]
    bad = [p for p in after["sign_offs"] if p["verdict"] != "proven"]
    assert [(p["record"], p["verdict"]) for p in bad] == [(event, "unproven")]
    assert "须重新签批" in bad[0]["reason"]


# --- receipts ----------------------------------------------------------------------------------


@pytest.fixture
def served(demo: Repo, tmp_path: Path) -> tuple[Repo, Path]:
    """A demo whose server's key is registered, and the server."""
    bare = tmp_path / "server.git"
    demo.git("init", "-q", "--bare", "-b", "main", str(bare))
    root = demo.git("config", "jzy.root").strip()
    ran = demo.run("hook", "install", str(bare), "--root", root)
    assert ran.code == 0, ran.err
    keys = f"receipt_keys=[{{key: {ran.out.strip()}, from: 2020-01-01}}]"
    ran = demo.run("institution", "edit", "institution", "--set", keys, who="person-jia")
    assert ran.code == 0, ran.err
    demo.git("remote", "add", "origin", str(bare))
    return demo, bare


def event_on(demo: Repo, starts: datetime) -> str:
    when = [f"{m:%Y-%m-%d %H:%M}" for m in (starts, starts + timedelta(hours=1))]
    event = demo.new_event("--set", f"starts={when[0]}", "--set", f"ends={when[1]}")
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    return event


def test_receipts_say_what_was_received_before_the_event_began(served: tuple[Repo, Path]) -> None:
    demo, _ = served
    event = event_on(demo, datetime.now() + timedelta(days=30))
    late = event_on(demo, datetime(2021, 5, 20, 14, 30))
    assert {p["timing"] for p in told(demo, event)["sign_offs"]} == {"self_declared"}
    demo.git("push", "-q", "origin", "main")
    demo.git("fetch", "-q", "origin", "refs/jzy/receipts:refs/jzy/receipts")
    found = told(demo)
    assert found["ok"]
    timing = {p["record"]: p["timing"] for p in found["sign_offs"]}
    assert (timing[event], timing[late]) == ("before_start", "after_start")
    assert "在事项开始之前收到" in demo.run("verify", event).out
    assert demo.run("approve", event, "--yes", who=CHAIN[0]).code == 0
    assert [p["timing"] for p in told(demo, event)["sign_offs"]] == [
        "before_start",
        "self_declared",
    ]


def test_receipts_that_the_server_did_not_sign_are_told(served: tuple[Repo, Path]) -> None:
    demo, bare = served
    demo.git("push", "-q", "origin", "main")
    other = bare.with_name("other.git")
    demo.git("init", "-q", "--bare", "-b", "main", str(other))
    root = demo.git("config", "jzy.root").strip()
    assert demo.run("hook", "install", str(other), "--root", root).code == 0
    demo.git("push", "-q", str(other), "main")
    demo.git("fetch", "-q", str(other), "refs/jzy/receipts:refs/jzy/receipts")
    found = told(demo)
    assert "不是本单位登记的服务器密钥签名的" in found["faults"][0]["reason"]
    assert {p["timing"] for p in found["sign_offs"]} == {"self_declared"}


def test_a_server_without_python_takes_nothing_in(served: tuple[Repo, Path]) -> None:
    demo, bare = served
    hook = bare / "hooks/pre-receive"
    hook.write_text(hook.read_text().replace("/bin/python", "/bin/no-python"))
    with pytest.raises(Exception, match="push"):
        demo.git("push", "-q", "origin", "main")
    assert demo.git("ls-remote", str(bare)) == ""
