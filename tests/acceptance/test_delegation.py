"""A leader who is away lets somebody sign, for some days and one post; and nobody else may."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.conftest import CHAIN, CLERK, EVENT, Ran, Repo

LEADER, DEPUTY, HEAD, OTHER = "person-yi", "person-zi", "person-bing", "person-mao"
"""The competent unit's leader; who signs for him; that unit's head, who signs just before him."""
UNIT = "unit-xuanchuanbu"


def day(offset: int) -> str:
    """A day by the institution's calendar, counted from today."""
    return (datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(offset)).isoformat()


def delegate(repo: Repo, *more: str, to: str = DEPUTY, who: str = LEADER) -> Ran:
    """The leader delegates from yesterday for a week; ``more`` changes it."""
    given = [
        f"from_person={LEADER}", f"to_person={to}", "post=supervising_leader", f"unit={UNIT}",
        f"from={day(-1)}", f"until={day(6)}", "title=外出学习期间委托签批", *more,
    ]  # fmt: skip
    return repo.run("delegation", "new", *(x for g in given for x in ("--set", g)), who=who)


def made(repo: Repo, *more: str, to: str = DEPUTY) -> str:
    ran = delegate(repo, *more, to=to)
    assert ran.code == 0, ran.err
    return Path(ran.out.strip()).stem


@pytest.fixture
def waiting(demo: Repo) -> tuple[Repo, str]:
    """An event that waits for the leader's signature."""
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    for who in CHAIN[:3]:
        assert demo.run("approve", event, "--yes", who=who).code == 0
    return demo, event


def refused(repo: Repo, *args: str, who: str, code: int = 1) -> str:
    """Run a command that must be refused and must leave everything as it was."""
    before = repo.state()
    ran = repo.run(*args, who=who)
    assert ran.code == code, ran.out + ran.err
    assert repo.state() == before
    return ran.err


def test_a_deputy_signs_for_the_leader_and_everything_says_so(waiting: tuple[Repo, str]) -> None:
    repo, event = waiting
    delegation = made(repo)
    assert "（代示例乙）" in repo.run("inbox", who=DEPUTY).out
    assert event in repo.run("inbox", who=LEADER).out
    ran = repo.run("approve", event, "--yes", who=DEPUTY)
    assert ran.code == 0, ran.err
    assert "! 您将代示例乙签批（党委宣传部分管领导）" in ran.err
    assert delegation in ran.err
    assert "示例子已代示例乙以“主管部门分管领导”的身份同意" in ran.err
    assert event not in repo.run("inbox", who=DEPUTY).out

    entry = json.loads(repo.run("event", "show", event, "--json").out)["record"]["sign_offs"][-1]
    assert (entry["by"], entry["on_behalf_of"]) == (DEPUTY, LEADER)
    assert "示例子（代示例乙）" in repo.run("log", event).out
    assert "示例子（代示例乙）" in repo.run("event", "show", event).out
    said = repo.git("log", "-1", "--format=%an%n%B").splitlines()
    assert said[:2] == ["示例子", "代示例乙同意：检索方法公开课（主管部门分管领导）"]
    trailers = repo.git("log", "-1", "--format=%(trailers:only,unfold)").split()
    assert trailers[::2] == ["Jzy-Record:", "Jzy-Stage:", "Jzy-Decision:", "Jzy-Digest:"]

    assert repo.run("approve", event, "--yes", who=CHAIN[-1]).code == 0
    assert repo.run("validate").code == 0
    assert repo.run("verify").code == 0


def test_the_leaders_own_signature_still_counts(waiting: tuple[Repo, str]) -> None:
    repo, event = waiting
    made(repo)
    ran = repo.run("approve", event, "--yes", "--json", who=LEADER)
    assert json.loads(ran.out)["on_behalf_of"] is None


def test_a_deputy_returns_and_the_leaders_name_is_beside_it(waiting: tuple[Repo, str]) -> None:
    repo, event = waiting
    made(repo)
    ran = repo.run("return", event, "--yes", "--json", "-m", "请更换场地", who=DEPUTY)
    found = json.loads(ran.out)
    assert (found["state"], found["on_behalf_of"]) == ("returned", LEADER)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ([f"from={day(1)}"], "只在"),
        ([f"from={day(-9)}", f"until={day(-2)}"], "只在"),
        ([f"revoked={day(0)}"], "终止"),
        (["kinds=[publicity]"], "不包括“活动”"),
    ],
)
def test_outside_its_days_and_its_scope_a_delegation_gives_nothing(
    waiting: tuple[Repo, str], more: list[str], why: str
) -> None:
    repo, event = waiting
    made(repo, *more)
    assert event not in repo.run("inbox", who=DEPUTY).out
    assert why in refused(repo, "approve", event, "--yes", who=DEPUTY)
    assert why in refused(repo, "approve", event, "--yes", "--for", LEADER, who=DEPUTY)


def test_a_delegation_of_another_post_gives_nothing(waiting: tuple[Repo, str]) -> None:
    repo, event = waiting
    ran = delegate(repo, "from_person=person-ji", "post=head", "unit=unit-xinxixi", who="person-ji")
    assert ran.code == 0, ran.err
    said = refused(repo, "approve", event, "--yes", "--for", "person-ji", who=DEPUTY)
    assert "不包括这一环节的职务" in said
    assert "不能签批" in refused(repo, "approve", event, "--yes", who=DEPUTY)


def test_a_delegate_can_neither_pass_it_on_nor_be_helped_to(waiting: tuple[Repo, str]) -> None:
    repo, event = waiting
    given = made(repo)
    onward = ["from_person=" + DEPUTY]
    # Neither by jzy …
    assert "JZY312" in delegate(repo, *onward, to=OTHER, who=DEPUTY).err
    # … nor by a file that was written without it.
    first = next((repo.root / "records/delegations").rglob(f"{given}.yaml"))
    text = first.read_text("utf-8").replace(DEPUTY, OTHER).replace(LEADER, DEPUTY)
    first.with_name(first.name[:-9] + "zzzz.yaml").write_text(text, "utf-8")
    repo.commit()
    assert "没有示例乙给示例卯的委托" in refused(
        repo, "approve", event, "--yes", "--for", LEADER, who=OTHER
    )
    assert "自己并不担任" in refused(repo, "approve", event, "--yes", "--for", DEPUTY, who=OTHER)


def test_who_signed_the_stage_before_does_not_sign_this_one_for_another(
    waiting: tuple[Repo, str],
) -> None:
    repo, event = waiting
    made(repo, to=HEAD)
    assert event not in repo.run("inbox", who=HEAD).out
    assert "连续签批" in refused(repo, "approve", event, "--yes", who=HEAD)
    assert "连续签批" in refused(repo, "approve", event, "--yes", "--for", LEADER, who=HEAD)


def test_of_several_who_delegated_one_must_be_named(demo: Repo) -> None:
    second = next((demo.root / "records/people").glob("person-mao.yaml"))
    post = "  - post: supervising_leader\n    unit: unit-xuanchuanbu\n    from: 2018-09-01\n"
    second.write_text(second.read_text("utf-8").replace("posts:\n", "posts:\n" + post), "utf-8")
    demo.commit()
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    for who in CHAIN[:3]:
        assert demo.run("approve", event, "--yes", who=who).code == 0
    made(demo)
    assert delegate(demo, f"from_person={OTHER}", who=OTHER).code == 0
    said = refused(demo, "approve", event, "--yes", who=DEPUTY, code=2)
    assert f"示例乙（{LEADER}）" in said
    assert f"示例卯（{OTHER}）" in said
    assert "--for" in said
    ran = demo.run("approve", event, "--yes", "--json", "--for", OTHER, who=DEPUTY)
    assert json.loads(ran.out)["on_behalf_of"] == OTHER


def test_for_whom_must_make_sense(waiting: tuple[Repo, str]) -> None:
    repo, event = waiting
    refused(repo, "approve", event, "--yes", "--for", "person-nobody", who=DEPUTY, code=2)
    refused(repo, "approve", event, "--yes", "--for", LEADER, who=LEADER, code=2)
    refused(repo, "submit", event, "--yes", "--for", LEADER, who=LEADER, code=2)


def test_only_the_one_who_delegates_or_a_registrar_makes_and_ends_a_delegation(
    demo: Repo,
) -> None:
    before = demo.state()
    ran = delegate(demo, who=DEPUTY)
    assert ran.code == 1
    assert "示例子不能代示例乙办理" in ran.err
    assert demo.state() == before
    by_leader, by_registrar = made(demo), Path(delegate(demo, who="person-jia").out.strip()).stem
    for record in (by_leader, by_registrar):
        longer = ("delegation", "edit", record, "--set", f"until={day(300)}")
        refused(demo, *longer, who=DEPUTY)
        # Nor does it help to make the record one's own first.
        refused(demo, *longer, "--set", f"from_person={DEPUTY}", who=DEPUTY)
        ended = demo.run("delegation", "edit", record, "--set", f"revoked={day(0)}", who=LEADER)
        assert ended.code == 0, ended.err
    assert demo.run("validate").code == 0


def test_a_delegation_must_make_sense(demo: Repo) -> None:
    for more, code in (
        ([f"to_person={LEADER}"], "JZY312"),
        (["post=principal_leader"], "JZY312"),
        (["kinds=[events]"], "JZY315"),
        ([f"until={day(-2)}"], "JZY307"),
        (["to_person=person-nobody"], "JZY301"),
    ):
        before = demo.state()
        ran = delegate(demo, *more)
        assert ran.code == 1
        assert code in ran.err
        assert demo.state() == before


def test_a_submitter_gains_nothing_from_a_delegation(demo: Repo) -> None:
    event = Path(demo.run("event", "new", *EVENT, who=CLERK).out.strip()).stem
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    ran = delegate(
        demo, "from_person=person-ji", "post=head", "unit=unit-xinxixi", to=CLERK, who="person-ji"
    )
    assert ran.code == 0, ran.err
    assert "自己报送" in refused(demo, "approve", event, "--yes", who=CLERK)
