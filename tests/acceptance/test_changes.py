"""After approval a title, a venue and a remark mean three things; every screen says which."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.conftest import CHAIN, CLERK, Repo

LAST = CHAIN[-1]
"""Who signs the last stage, and so consents to changes."""


@pytest.fixture
def approved(demo: Repo) -> tuple[Repo, str]:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in CHAIN:
        assert demo.run("approve", event, "--yes", who=who).code == 0
    return demo, event


def edit(repo: Repo, event: str, *assignments: str) -> str:
    """Edit, and give what was said about it."""
    options = [word for each in assignments for word in ("--set", each)]
    ran = repo.run("event", "edit", event, *options, who=CLERK)
    assert ran.code == 0, ran.err
    return ran.err


def standing(repo: Repo, event: str) -> tuple[str, list[str]]:
    found = json.loads(repo.run("event", "show", event, "--json").out)
    assert found["state"] == "approved"
    assert found["standing"]["holds"] is (found["standing"]["needed"] == "nothing")
    return found["standing"]["needed"], [c["property"] for c in found["standing"]["changed"]]


def refused(repo: Repo, *args: str, who: str, code: int = 1) -> str:
    before = repo.state()
    ran = repo.run(*args, who=who)
    assert ran.code == code, ran.out + ran.err
    assert repo.state() == before
    return ran.err


def marks(repo: Repo, event: str) -> list[str]:
    """What stands beside the five approvals."""
    lines = repo.run("event", "show", event).out.splitlines()
    return [line.split("同意（同意。）  ")[1] for line in lines if "同意（同意。）  " in line]


def test_an_approval_of_what_is_still_there_stands(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    assert marks(repo, event) == ["有效"] * 5
    assert standing(repo, event) == ("nothing", [])


def test_a_new_title_ends_the_approval(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    said = edit(repo, event, "title=文献检索公开课")
    assert "改动了“活动名称”，须重新审批" in said
    assert "示例己、示例丁、示例丙、示例乙、示例戊" in said
    assert f"jzy submit {event}" in said
    assert standing(repo, event) == ("reapprove", ["title"])
    out = repo.run("event", "show", event).out
    assert out.count("已失效（改动了“活动名称”，须重新审批）") == 5
    assert "原来的批准已失效" in out
    assert "已失效" in repo.run("event", "list").out
    assert event in repo.run("inbox", who=CLERK).out
    assert event not in repo.run("inbox", who=LAST).out
    assert "须重新审批" in refused(repo, "approve", event, "--yes", who=LAST)
    found = repo.run("validate").out
    assert found.count("JZY415") == 1
    assert "批准之后改动了“活动名称”，须重新审批" in found
    assert f"jzy submit {event}" in found
    assert repo.run("verify").code == 1
    # And then the whole way once more.
    assert repo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in CHAIN:
        assert repo.run("approve", event, "--yes", who=who).code == 0
    assert marks(repo, event)[-5:] == ["有效"] * 5
    assert (repo.run("validate").code, repo.run("verify").code) == (0, 0)


def test_a_new_venue_needs_the_consent_of_the_last_who_approved(
    approved: tuple[Repo, str],
) -> None:
    repo, event = approved
    said = edit(repo, event, "venue=礼堂")
    assert "改动了“地点”，须经同意" in said
    assert f"请主要领导执行 jzy approve {event}" in said
    assert standing(repo, event) == ("consent", ["venue"])
    assert marks(repo, event) == ["待同意"] * 5
    assert "等待主要领导同意变更（改动了“地点”）" in repo.run("event", "show", event).out
    assert "须经同意" in repo.run("validate").out
    assert repo.run("verify").code == 1

    said = refused(repo, "submit", event, "--yes", who=CLERK)
    assert "只需同意" in said
    assert f"请由主要领导执行 jzy approve {event}" in said
    assert "不能同意这份记录的变更" in refused(repo, "approve", event, "--yes", who=CHAIN[0])
    assert "恢复原来的内容" in refused(repo, "reject", event, "--yes", "-m", "不", who=LAST)

    assert "待我同意" in repo.run("inbox", who=LAST).out
    assert "主要领导" in repo.run("inbox", who=CLERK).out
    ran = repo.run("approve", event, "--yes", who=LAST)
    assert ran.code == 0, ran.err
    assert "同意变更" in ran.err
    assert event not in repo.run("inbox", who=LAST).out
    assert standing(repo, event) == ("nothing", [])
    assert marks(repo, event) == ["有效"] * 5
    trailers = repo.git("log", "-1", "--format=%(trailers:only,unfold)").splitlines()
    assert trailers[1:3] == ["Jzy-Stage: principal-leader", "Jzy-Decision: consent"]
    assert (repo.run("validate").code, repo.run("verify").code) == (0, 0)


def test_a_remark_is_told_and_nothing_more(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    said = edit(repo, event, "remark=请提前到场")
    assert "批准仍然有效" in said
    assert "请将改动告知示例己、示例丁、示例丙、示例乙、示例戊" in said
    assert standing(repo, event) == ("nothing", ["remark"])
    assert marks(repo, event) == ["有效"] * 5
    assert event not in repo.run("inbox", who=LAST).out
    assert "告知即可" in refused(repo, "submit", event, "--yes", who=CLERK)
    assert "告知即可" in refused(repo, "approve", event, "--yes", who=LAST)
    assert (repo.run("validate").code, repo.run("verify").code) == (0, 0)


def test_what_happened_afterwards_is_no_change(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    edit(repo, event, "follow_up.outcome.held_on=2021-05-20")
    assert standing(repo, event) == ("nothing", [])


def test_consent_does_not_carry_a_new_title_along(approved: tuple[Repo, str]) -> None:
    repo, event = approved
    edit(repo, event, "venue=礼堂", "title=文献检索公开课")
    assert "须重新审批" in refused(repo, "approve", event, "--yes", who=LAST)
    # Neither does a title pass that was changed after the consent.
    edit(repo, event, "title=检索方法公开课")
    assert repo.run("approve", event, "--yes", who=LAST).code == 0
    edit(repo, event, "title=文献检索公开课")
    assert standing(repo, event) == ("reapprove", ["title"])


def test_a_consent_typed_in_by_hand_does_not_hold(approved: tuple[Repo, str]) -> None:
    """The rule and the replay that judges it are one: what may not be signed is found."""
    repo, event = approved
    edit(repo, event, "venue=礼堂")
    assert repo.run("approve", event, "--yes", who=LAST).code == 0
    path = repo.root / f"records/events/2021/{event}.yaml"
    text = path.read_text("utf-8")
    head, last = text[: text.rindex("  - stage:")], text[text.rindex("  - stage:") :]
    path.write_text(head + last.replace(LAST, CHAIN[0]), "utf-8")
    repo.commit()
    assert "JZY406" in repo.run("validate").out
    assert repo.run("verify").code == 1


def test_figures_count_only_approvals_that_stand(made_demo: Repo, demo: Repo) -> None:
    match = ("event", "list", "--json", "--match", "_state=='approved'")
    before = {each["id"] for each in json.loads(made_demo.run(*match).out)}
    event = sorted(before)[0]
    edit(demo, event, "title=另一个名称")
    after = {each["id"] for each in json.loads(demo.run(*match).out)}
    assert before - after == {event}
    # Told once: the event was approved before it was held, and is not any more.
    found = demo.run("validate", "--format", "json").out
    assert {each["code"] for each in json.loads(found)["findings"]} == {"JZY415"}
