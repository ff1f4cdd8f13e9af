"""An approval covers what was approved, and of later changes only what the workflow lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jzy.model.chain import State
from jzy.model.indicators import view
from jzy.model.standing import Need, Policy, shown_state, standing
from tests.unit.model.chains import STAGES, Chain, plain, workflow

CHANGES = {
    "reapprove": ["title", "host"],
    "consent": ["venue", "count"],
    "notify": ["remark"],
    "otherwise": "consent",
}


def approved(**flow: Any) -> Chain:
    """A paper of one unit, approved by its head and noted by the leader."""
    chain = plain(changes=CHANGES, **flow).submit().add("head-a", "host")
    return chain.add("leader", "told", "note") if "stages" not in flow else chain


def need(chain: Chain) -> Need:
    return standing(chain.register, chain.replay()).need


# --- what a change asks for --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Need.NOTHING),
        ({"remark": "早到"}, Need.NOTHING),
        ({"follow_up": {"held_on": "2021-04-01"}}, Need.NOTHING),
        ({"venue": "礼堂"}, Need.CONSENT),
        ({"partners": None}, Need.CONSENT),  # taken out, and named in no line
        ({"venue": "礼堂", "remark": "早到"}, Need.CONSENT),
        ({"title": "讲座"}, Need.REAPPROVE),
        ({"title": "讲座", "venue": "礼堂", "remark": "早到"}, Need.REAPPROVE),
    ],
)
def test_each_property_means_what_the_workflow_says(
    changes: dict[str, Any], expected: Need
) -> None:
    chain = approved().edited(**changes)
    assert chain.state is State.APPROVED
    found = standing(chain.register, chain.replay())
    assert found.need is expected
    assert {name for name, _ in found.changed} == set(changes) - {"follow_up"}
    # Figures count what is approved, and this is only where the approval still covers it.
    shown = "approved" if expected is Need.NOTHING else "changed"
    assert shown_state(chain.register, chain.replay()) == shown
    assert view(chain.register, chain.paper)["_state"] == shown


def test_what_was_changed_back_is_as_it_was_approved() -> None:
    chain = approved()
    assert need(chain.edited(title="讲座").edited(title=chain.paper.data["title"])) is Need.NOTHING


def test_without_a_policy_every_change_asks_for_approval_again() -> None:
    chain = plain().submit().add("head-a", "host").add("leader", "told", "note")
    assert need(chain.edited(remark="早到")) is Need.REAPPROVE


def test_of_two_lines_that_name_a_property_the_stricter_one_counts() -> None:
    flow = {"changes": {"notify": ["venue"], "consent": ["venue"]}}
    chain = plain(**flow).submit().add("head-a", "host").add("leader", "told", "note")
    assert need(chain.edited(venue="礼堂")) is Need.CONSENT


def test_a_number_is_not_a_truth_value() -> None:
    chain = plain(changes=CHANGES, stages=STAGES[:1])
    chain = chain.edited(count=1).submit().add("head-a", "host")
    assert need(chain.edited(count=True)) is Need.CONSENT


def test_while_in_review_every_change_asks_for_a_new_submission() -> None:
    chain = plain(changes=CHANGES).submit().add("head-a", "host").edited(remark="早到")
    assert (chain.state, need(chain)) == (State.IN_REVIEW, Need.REAPPROVE)


def test_a_version_that_cannot_be_had_is_never_taken_for_unchanged() -> None:
    chain = approved()
    changed = chain.edited(remark="早到")
    forgotten = Chain(chain.register.with_record(changed.paper), changed.paper)
    found = standing(forgotten.register, forgotten.replay())
    assert (found.need, found.changed) == (Need.REAPPROVE, ())
    assert "无法取得" in found.why


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"stages": [STAGES[0], STAGES[3]]}, "还须经“主要领导”环节"),
        ({"applies_to": {"kinds": ["paper"], "condition": "count < `500`"}}, "不再适用"),
    ],
)
def test_consent_does_not_replace_a_stage_that_was_never_asked(
    more: dict[str, Any], words: str
) -> None:
    chain = plain(changes=CHANGES, **more).submit().add("head-a", "host")
    chain = chain if "stages" in more else chain.add("leader", "told", "note")
    assert chain.state is State.APPROVED
    assert need(chain.edited(count=20)) is Need.CONSENT
    larger = chain.edited(count=600)
    found = standing(larger.register, larger.replay())
    assert found.need is Need.REAPPROVE
    assert words in found.why
    assert larger.consent("head-a", "host").breach == ("JZY412", "decision")


# --- consent -----------------------------------------------------------------------------------


def test_with_consent_the_approval_covers_the_change_and_later_changes_count_from_there() -> None:
    chain = approved().edited(venue="礼堂").consent("head-a", "host")
    progress = chain.replay()
    assert (chain.state, need(chain)) == (State.APPROVED, Need.NOTHING)
    assert (progress.digest, progress.judged) == (chain.paper.digest, chain.paper)
    assert progress.counted == [1, 2, 3]
    again = chain.edited(venue="操场")
    found = standing(again.register, again.replay())
    assert found.changed == (("venue", Policy.CONSENT),)
    assert need(again.consent("head-a", "host")) is Need.NOTHING
    # What was there before the first consent is not what is approved now.
    assert need(chain.edited(venue=None)) is Need.CONSENT


def test_a_changed_record_may_be_submitted_again_after_a_consent() -> None:
    chain = approved().edited(venue="礼堂").consent("head-a", "host").edited(title="讲座")
    assert (
        chain.submit().add("head-a", "host").add("leader", "told", "note").state is State.APPROVED
    )


def test_the_last_stage_that_approves_consents_and_not_one_that_takes_note() -> None:
    changed = approved().edited(venue="礼堂")
    assert changed.consent("leader", "told").breach == ("JZY405", "stage")
    assert changed.consent("leader", "host").breach == ("JZY406", "by")
    assert changed.consent("head-b", "host").breach == ("JZY406", "by")


def test_a_delegate_consents_like_the_one_who_delegated() -> None:
    changed = approved().edited(venue="礼堂").delegated("head-a", "stranger")
    consented = changed.consent("stranger", "host", on_behalf_of="person-head-a")
    assert (consented.state, need(consented)) == (State.APPROVED, Need.NOTHING)
    late = changed.consent(
        "stranger", "host", on_behalf_of="person-head-a", at="2021-04-01T09:00:00+08:00"
    )
    assert late.breach == ("JZY406", "on_behalf_of")


@pytest.mark.parametrize("own", ["refuse", "allow"])
def test_who_submitted_a_record_does_not_consent_to_its_change(own: str) -> None:
    flow = workflow(own_record=own, changes=CHANGES, stages=[STAGES[0]], submitters=[])
    chain = Chain.new(flow, partners=[], count=10).delegated("head-a", "clerk")
    chain = chain.submit().add("head-a", "host").edited(venue="礼堂")
    chain = chain.consent("clerk", "host", on_behalf_of="person-head-a")
    if own == "allow":
        assert chain.state is State.APPROVED
    else:
        assert chain.breach == ("JZY410", "by")


def test_consent_comes_after_approval_and_to_a_change_that_it_may_cover() -> None:
    chain = approved()
    misplaced = ("JZY412", "decision")
    assert chain.consent("head-a", "host").breach == misplaced  # nothing changed
    assert chain.edited(title="讲座").consent("head-a", "host").breach == misplaced
    assert plain(changes=CHANGES).submit().consent("head-a", "host").breach == misplaced
    returned = plain(changes=CHANGES).submit().add("head-a", "host", "return")
    assert returned.edited(venue="礼堂").consent("head-a", "host").breach == misplaced


def test_consent_to_a_text_that_nobody_can_read_any_more_counts_for_nothing() -> None:
    chain = approved().edited(venue="礼堂")
    assert chain.consent("head-a", "host", digest="sha256:" + "0" * 64).breach == (
        "JZY412",
        "digest",
    )
    # Neither does consent count where the approved text is missing.
    bare = Chain(approved().register.with_record(chain.paper), chain.paper)
    assert bare.consent("head-a", "host").breach == ("JZY412", "digest")


# --- laws --------------------------------------------------------------------------------------

texts = st.sampled_from(["甲", "乙", "丙", None])
notices = st.fixed_dictionaries({}, optional={"remark": texts})
agreed = st.fixed_dictionaries({}, optional={"venue": texts, "note": texts, "remark": texts})
anything = st.fixed_dictionaries(
    {}, optional={"title": st.sampled_from(["公开课", "讲座"]), "venue": texts, "remark": texts}
)


@given(st.lists(notices, max_size=5))
def test_changing_what_is_only_to_be_told_never_ends_an_approval(
    edits: list[dict[str, Any]],
) -> None:
    chain = approved()
    for changes in edits:
        chain = chain.edited(**changes)
        assert (chain.state, need(chain)) == (State.APPROVED, Need.NOTHING)


@given(st.lists(st.tuples(anything, st.booleans()), max_size=6))
@settings(max_examples=60, deadline=None)
def test_consent_never_revives_an_approval_that_must_be_given_again(
    steps: list[tuple[dict[str, Any], bool]],
) -> None:
    chain = approved()
    title = chain.paper.data["title"]
    agreed_to = chain.paper
    for changes, consents in steps:
        chain = chain.edited(**changes)
        wanted = need(chain)
        # Whatever was consented to on the way, the approved title is the only one that stands.
        assert (wanted is Need.REAPPROVE) == (chain.paper.data["title"] != title)
        if consents and wanted is Need.REAPPROVE:
            assert chain.consent("head-a", "host").breach == ("JZY412", "decision")
        elif consents and wanted is Need.CONSENT:
            chain = chain.consent("head-a", "host")
            agreed_to = chain.paper
            assert need(chain) is Need.NOTHING
        assert chain.replay().digest == agreed_to.digest
        if wanted is Need.NOTHING:
            assert chain.paper.data.get("venue") == agreed_to.data.get("venue")


@given(agreed)
def test_a_change_and_its_way_back_need_the_same(changes: dict[str, Any]) -> None:
    there = approved().edited(**changes)
    if need(there) is Need.CONSENT:
        consented = there.consent("head-a", "host")
        back = {name: approved().paper.data.get(name) for name in changes}
        assert need(consented.edited(**back)) is Need.CONSENT
