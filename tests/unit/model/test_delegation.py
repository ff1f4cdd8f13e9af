"""Who signs for another may do so by a delegation that fits to the day, and by nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.chain import State, entitled, fitting_slots, mandates, same_person
from jzy.model.delegation import Delegation, delegations, entrusted, held_throughout, why_not
from jzy.model.people import Person
from jzy.model.register import Register
from jzy.model.watched import Watched
from jzy.model.workflow import Slot
from tests.unit.model.chains import KINDS, STAGES, Chain, person, plain, record

FOR_HEAD = {"on_behalf_of": "person-head-a"}


def told(chain: Chain) -> str:
    """The words of the one breach, which is about the one on whose behalf it was signed."""
    (breach,) = chain.replay().breaches
    assert (breach.code, breach.key) == ("JZY406", "on_behalf_of")
    return breach.message


# --- what a delegation gives -------------------------------------------------------------------


def test_a_delegate_fills_the_slot_of_the_one_who_delegated() -> None:
    chain = plain().delegated("head-a", "stranger").submit().add("stranger", "host", **FOR_HEAD)
    assert chain.current == "told"
    progress = chain.replay()
    assert [slots for _, slots in progress.filled["host"]] == [[Slot("head", "unit-a")]]
    assert progress.previous_signers == {"person-stranger", "person-head-a"}
    assert chain.add("leader", "told", "note").state is State.APPROVED


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_a_delegate_may_also_return_and_reject(decision: str) -> None:
    chain = plain().delegated("head-a", "stranger").submit()
    assert chain.add("stranger", "host", decision, **FOR_HEAD).replay().breaches == []


def test_nobody_submits_or_withdraws_for_another() -> None:
    chain = plain().delegated("clerk", "stranger").delegated("head-a", "stranger")
    assert chain.submit("stranger", on_behalf_of="person-clerk").breach == ("JZY406", "by")
    # Who may submit by themselves may not do it in another's name either.
    assert chain.submit("head-a", on_behalf_of="person-clerk").breach == ("JZY406", "by")
    withdrawn = chain.submit().add(
        "stranger", "submission", "withdraw", on_behalf_of="person-clerk"
    )
    assert withdrawn.breach == ("JZY406", "by")


def test_a_delegation_does_not_sign_by_itself() -> None:
    chain = plain().delegated("head-a", "stranger").submit()
    # Without saying for whom, the delegate is a stranger.
    assert chain.add("stranger", "host").breach == ("JZY406", "by")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"from_person": "person-head-b"}, "没有head-a给stranger的委托"),
        ({"to_person": "person-clerk"}, "没有head-a给stranger的委托"),
        ({"post": "leader"}, "不包括这一环节的职务"),
        ({"unit": "unit-b"}, "不包括这一环节的职务"),
        ({"unit": None}, "不包括这一环节的职务"),
        ({"from": "2021-03-03"}, "只在2021-03-03至2021-03-31有效"),
        ({"until": "2021-03-01"}, "只在2021-03-01至2021-03-01有效"),
        ({"revoked": "2021-03-02"}, "已于2021-03-02终止"),
        ({"kinds": ["unit"]}, "不包括“paper”"),
    ],
)
def test_a_delegation_that_does_not_fit_is_refused_with_the_reason(
    more: dict[str, Any], words: str
) -> None:
    chain = plain().delegated("head-a", "stranger", **more).submit()
    assert words in told(chain.add("stranger", "host", **FOR_HEAD))


@pytest.mark.parametrize(
    "more",
    [
        {"from": "2021-03-02", "until": "2021-03-02"},
        {"revoked": "2021-03-03"},
        {"kinds": ["unit", "paper"]},
    ],
)
def test_a_delegation_counts_on_its_first_and_last_day(more: dict[str, Any]) -> None:
    chain = plain().delegated("head-a", "stranger", **more).submit()
    assert chain.add("stranger", "host", **FOR_HEAD).current == "told"


def test_what_one_has_by_delegation_cannot_be_passed_on() -> None:
    chain = plain().delegated("head-a", "stranger").delegated("stranger", "clerk")
    chain = chain.submit("leader").add("clerk", "host", on_behalf_of="person-stranger")
    assert "stranger当日自己并不担任所委托的职务" in told(chain)


def test_a_post_that_was_lost_meanwhile_is_not_delegated_any_more() -> None:
    chain = plain().delegated("head-a", "stranger").submit()
    post = {"post": "head", "unit": "unit-a", "from": "2020-01-01", "until": "2021-03-01"}
    head = record("person", "person-head-a", name="head-a", unit="unit-a", posts=[post])
    chain = Chain(chain.register.with_record(head), chain.paper)
    assert "当日自己并不担任" in told(chain.add("stranger", "host", **FOR_HEAD))


def test_nobody_delegates_to_themselves() -> None:
    chain = plain().delegated("head-a", "head-a").submit()
    assert told(chain.add("head-a", "host", **FOR_HEAD))


def test_a_delegate_must_be_in_the_people_register() -> None:
    chain = plain().delegated("head-a", "nobody").submit()
    assert "没有head-a给person-nobody的委托" in told(chain.add("nobody", "host", **FOR_HEAD))


def test_a_post_in_the_root_unit_is_one_of_the_institution_as_a_whole() -> None:
    for unit in ("unit-a", None):
        named = {"unit": unit} if unit else {}
        data = {"from_person": "person-president", "to_person": "person-clerk", "post": "president"}
        made = record(
            "delegation", "dlg-1", **data, **named, **{"from": "2021-03-01", "until": "2021-03-31"}
        )
        found = Delegation.of(made, root="unit-a")
        for asked in (None, "unit-a"):
            slot = Slot("president", asked)
            assert found.covers(slot, "paper", "2021-03-02", "unit-a")
        assert not found.covers(Slot("president", "unit-b"), "paper", "2021-03-02", "unit-a")


# --- the same person ---------------------------------------------------------------------------


def two_stages(**flow: Any) -> Chain:
    """A paper that the leader of unit a signs after its head."""
    second = {"key": "second", "title": "分管", "signers": [{"post": "leader", "unit": "unit-a"}]}
    return plain(stages=[STAGES[0], second], **flow)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # the delegate signed the stage before in person
        (("head-a", {}), ("head-a", {"on_behalf_of": "person-leader"})),
        # the leader signed the stage before for the head
        (("leader", FOR_HEAD), ("leader", {})),
        # one delegate for both
        (("stranger", FOR_HEAD), ("stranger", {"on_behalf_of": "person-leader"})),
    ],
)
def test_two_consecutive_stages_by_one_person_also_where_one_is_signed_for_another(
    first: tuple[str, dict[str, str]], second: tuple[str, dict[str, str]]
) -> None:
    for consecutive in ("refuse", "allow"):
        chain = two_stages(consecutive=consecutive).delegated("head-a", "leader")
        chain = chain.delegated("head-a", "stranger")
        for delegate in ("head-a", "stranger"):
            chain = chain.delegated("leader", delegate, post="leader")
        chain = chain.submit().add(first[0], "host", **first[1])
        assert chain.current == "second"
        chain = chain.add(second[0], "second", **second[1])
        if consecutive == "allow":
            assert chain.state is State.APPROVED
        else:
            assert chain.breach == ("JZY409", "by")


def test_who_was_signed_for_has_signed() -> None:
    """A head and a leader who are one person gain nothing from a delegate in between."""
    both = [
        {"key": "host", "title": "主办", "signers": [{"post": "head", "unit": "unit-b"}]},
        {"key": "second", "title": "协办", "signers": [{"post": "head", "unit": "unit-c"}]},
    ]
    chain = plain(stages=both).delegated("head-bc", "stranger", unit="unit-b")
    chain = chain.submit().add("stranger", "host", on_behalf_of="person-head-bc")
    assert chain.add("head-bc", "second").breach == ("JZY409", "by")


@pytest.mark.parametrize(
    ("submitter", "signer"), [("stranger", "stranger"), ("head-a", "stranger")]
)
def test_an_own_record_is_not_approved_by_way_of_a_delegation(submitter: str, signer: str) -> None:
    for own in ("refuse", "allow"):
        chain = plain(own_record=own, submitters=[]).delegated("head-a", "stranger")
        chain = chain.submit(submitter).add(signer, "host", **FOR_HEAD)
        if own == "allow":
            assert chain.current == "told"
        else:
            assert chain.breach == ("JZY410", "by")


# --- the same answer everywhere ----------------------------------------------------------------


def test_signing_and_proving_ask_the_same_question() -> None:
    chain = plain().delegated("head-a", "stranger").submit()
    progress = chain.replay()
    stage = progress.current
    assert stage is not None
    for day, slots in (("2021-03-31", [Slot("head", "unit-a")]), ("2021-04-01", [])):
        entry = {"stage": "host", "decision": "approve", "by": "person-stranger", **FOR_HEAD}
        assert entitled(chain.register, progress, entry, day) == slots
        mine = fitting_slots(
            chain.register, progress, stage, "person-stranger", day, "person-head-a"
        )
        assert mine == slots
        found = mandates(chain.register, progress, stage, "person-stranger", day)
        assert [each.principal for each in found] == ["person-head-a"] * len(slots)
    assert fitting_slots(chain.register, progress, stage, "person-stranger", "2021-03-02") == []
    assert same_person(progress, "person-stranger", "person-head-a") == []


days = st.integers(0, 40).map(lambda number: (date(2021, 3, 1) + timedelta(number)).isoformat())


@given(days, days, st.none() | days, days, st.lists(st.tuples(days, st.none() | days), max_size=4))
def test_a_delegation_never_gives_more_than_its_giver_holds(
    begins: str, ends: str, revoked: str | None, day: str, posts: list[tuple[str, str | None]]
) -> None:
    held = [
        {"post": "head", "unit": "unit-a", "from": start, **({"until": end} if end else {})}
        for start, end in posts
    ]
    giver = record("person", "person-head-a", name="head-a", unit="unit-a", posts=held)
    data: dict[str, Any] = {"from_person": "person-head-a", "to_person": "person-stranger"}
    data |= {"post": "head", "unit": "unit-a", "from": begins, "until": ends}
    made = record("delegation", "dlg-1", **data, **({"revoked": revoked} if revoked else {}))
    register = Register(KINDS, [giver, person("stranger"), made])
    slot = Slot("head", "unit-a")
    why = why_not(register, [slot], "paper", "person-stranger", "person-head-a", day)
    running = begins <= day <= ends and (revoked is None or day < revoked)
    holds = any(start <= day and (end is None or day <= end) for start, end in posts)
    assert (why == "") is (running and holds)
    # The rule looks at every day at once, and must come to the same end as day after day.
    whole = all(
        any(start <= each and (end is None or each <= end) for start, end in posts)
        for each in ((date(2021, 3, 1) + timedelta(n)).isoformat() for n in range(41))
        if begins <= each <= ends and (revoked is None or each < revoked)
    )
    assert held_throughout(Person.of(giver), Delegation.of(made)) is whole


@pytest.mark.parametrize("count", [10, 100])
def test_what_is_delegated_is_read_once_however_many_sign(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = plain()
    for number in range(count):
        chain = chain.delegated("head-a", "stranger" if number % 2 else "clerk")
    read = 0
    of = Delegation.of

    def counted(*arguments: Any) -> Delegation:
        nonlocal read
        read += 1
        return of(*arguments)

    monkeypatch.setattr(Delegation, "of", counted)
    register = Register(KINDS, chain.register)
    for _ in range(count):
        for who in ("stranger", "clerk", "leader"):
            given = entrusted(
                register, [Slot("head", "unit-a")], "paper", f"person-{who}", "2021-03-05"
            )
            assert len(given) == (0 if who == "leader" else count // 2)
    assert read == count


def test_another_register_has_its_own_delegations() -> None:
    chain = plain().delegated("head-a", "stranger")
    assert len(delegations(chain.register, "person-stranger")) == 1
    more = chain.delegated("head-a", "stranger")
    assert len(delegations(more.register, "person-stranger")) == 2
    assert len(delegations(chain.register, "person-stranger")) == 1
    watched = Watched(more.register)
    found, needs = watched.during(lambda: delegations(watched, "person-stranger"))
    assert len(found) == 2
    assert needs == {("kind", "delegation"), ("kind", "unit")}
