"""Five people sign an event off; whoever may not is refused, and then nothing has changed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .conftest import CHAIN, CLERK, EVENT, Repo


def test_an_event_goes_through_five_stages_one_commit_and_one_file_each(demo: Repo) -> None:
    before = demo.git("rev-list", "--count", "HEAD")
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in CHAIN:
        assert event in demo.run("inbox", who=who).out
        assert demo.run("approve", event, "--yes", "-m", "同意", who=who).code == 0
        assert event not in demo.run("inbox", who=who).out
    assert int(demo.git("rev-list", "--count", "HEAD")) == int(before) + 7
    stat = demo.git("log", "-6", "--numstat", "--format=").split("\n")
    assert {line.split("\t")[2] for line in stat if line} == {f"records/events/2021/{event}.yaml"}
    assert {line.split("\t")[1] for line in stat if line} == {"0"}
    shown = json.loads(demo.run("event", "show", event, "--json").out)
    assert shown["state"] == "approved"
    assert demo.git("log", "-6", "--format=%G?").split() == ["G"] * 6
    assert demo.run("validate").code == 0


@pytest.fixture
def submitted(demo: Repo) -> tuple[Repo, str]:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    return demo, event


def refused(repo: Repo, *args: str, who: str | None, code: int = 1) -> str:
    """Run a command that must be refused and must leave everything as it was."""
    before = repo.state()
    ran = repo.run(*args, who=who)
    assert ran.code == code, ran.out + ran.err
    assert repo.state() == before
    assert ran.err.startswith("✗")
    assert "→" in ran.err
    assert "Traceback" not in ran.err
    return ran.err


def test_wrong_person(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    assert "不能签批" in refused(repo, "approve", event, "--yes", who="person-yin")


def test_own_turn_not_yet_come(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    assert "还没有轮到您" in refused(repo, "approve", event, "--yes", who="person-wu")


def test_wrong_stage(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    said = refused(repo, "approve", event, "--yes", "--stage", "principal-leader", who="person-ji")
    assert "现在轮到“主办部门负责人”" in said


def test_already_signed_and_already_decided(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    repo.run("approve", event, "--yes", who="person-ji")
    assert "不必再签" in refused(repo, "approve", event, "--yes", who="person-ji")
    assert "不能再次报送" in refused(repo, "submit", event, "--yes", who=CLERK)
    repo.run("reject", event, "--yes", "-m", "条件不具备", who="person-ding")
    assert "未批准" in refused(repo, "approve", event, "--yes", who="person-ding")


def test_precondition_missing(demo: Repo) -> None:
    event = demo.new_event("--set", "speakers=[{name: 示例主讲, external: true}]")
    said = refused(demo, "submit", event, "--yes", who=CLERK)
    assert "校外主讲人经所在单位同意" in said
    assert "主讲人签署承诺书" in said


def test_record_changed_and_not_committed(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    path = repo.root / f"records/events/2021/{event}.yaml"
    path.write_text(path.read_text().replace("图书馆报告厅", "礼堂"))
    assert "尚未提交的改动" in refused(repo, "approve", event, "--yes", who="person-ji")


def test_content_changed_after_submission(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    path = repo.root / f"records/events/2021/{event}.yaml"
    path.write_text(path.read_text().replace("图书馆报告厅", "礼堂"))
    repo.commit()
    assert "报送之后内容有改动" in refused(repo, "approve", event, "--yes", who="person-ji")


def test_record_invalid(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    path = repo.root / f"records/events/2021/{event}.yaml"
    path.write_text(path.read_text().replace("unit-xinxixi", "unit-nowhere"))
    repo.commit()
    assert f"records/events/2021/{event}.yaml:" in refused(
        repo, "approve", event, "--yes", who="person-ji"
    )


def test_key_unknown_missing_or_of_another_type(
    submitted: tuple[Repo, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, event = submitted
    for kind, code in (("ed25519", 1), ("rsa", 3)):
        key = tmp_path / kind
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(key)], check=True)
        monkeypatch.setenv("JZY_SIGNING_KEY", str(key))
        refused(repo, "approve", event, "--yes", who=None, code=code)
    monkeypatch.setenv("JZY_SIGNING_KEY", str(tmp_path / "none"))
    refused(repo, "approve", event, "--yes", who=None, code=3)


def test_several_at_once_are_all_refused_if_one_is(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    other = repo.new_event()
    assert "拟稿" in refused(repo, "approve", event, other, "--yes", who="person-ji")


def test_without_a_terminal_consent_must_be_given_by_option(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    assert "--yes" in refused(repo, "approve", event, who="person-ji", code=2)


def test_a_return_needs_a_reason_and_gives_the_record_back(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    assert "-m" in refused(repo, "return", event, "--yes", who="person-ji", code=2)
    assert repo.run("return", event, "--yes", "-m", "请更换场地", who="person-ji").code == 0
    assert event in repo.run("inbox", who=CLERK).out
    refused(repo, "approve", event, "--yes", who="person-ji")
    assert repo.run("event", "edit", event, "--set", "venue=礼堂", who=CLERK).code == 0
    assert repo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in CHAIN:
        assert repo.run("approve", event, "--yes", who=who).code == 0
    assert "图书馆报告厅" not in repo.run("event", "show", event).out
    assert repo.run("validate").code == 0


def test_only_the_submitter_withdraws(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    assert "只有报送人" in refused(repo, "withdraw", event, "--yes", who="person-ji")
    assert repo.run("withdraw", event, "--yes", who=CLERK).code == 0
    assert repo.run("submit", event, "--yes", who=CLERK).code == 0


def test_nobody_approves_their_own_record(demo: Repo) -> None:
    ran = demo.run("event", "new", *EVENT, who="person-ji")
    event = Path(ran.out.strip()).stem
    assert demo.run("submit", event, "--yes", who="person-ji").code == 0
    assert "自己报送" in refused(demo, "approve", event, "--yes", who="person-ji")


def test_a_draft_that_was_never_committed_is_committed_by_its_submission(demo: Repo) -> None:
    ran = demo.run("event", "new", *EVENT, "--no-commit", who=CLERK)
    event = Path(ran.out.strip()).stem
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    subjects = demo.git("log", "-2", "--format=%s").splitlines()
    assert [subject[:2] for subject in subjects] == ["报送", "拟稿"]


def test_other_changes_are_never_swept_in(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    (repo.root / "staged.txt").write_text("staged")
    repo.git("add", "staged.txt")
    meeting = next((repo.root / "records/meetings").rglob("*.yaml"))
    meeting.write_text(meeting.read_text() + "# 备注\n")
    before = repo.git("status", "--porcelain")
    assert repo.run("approve", event, "--yes", who="person-ji").code == 0
    assert repo.git("status", "--porcelain") == before


def test_the_trailers_repeat_the_entry(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    repo.run(
        "approve", event, "--yes", "-m", "同意\n\nJzy-Record: evt-20200101-aaaa", who="person-ji"
    )
    said = repo.git("log", "-1", "--format=%(trailers:only,unfold)").strip().splitlines()
    assert said[:3] == [f"Jzy-Record: {event}", "Jzy-Stage: host-head", "Jzy-Decision: approve"]
    shown = json.loads(repo.run("event", "show", event, "--json").out)
    assert said[3:] == [f"Jzy-Digest: {shown['digest']}"]
