"""A chain moves only by entries that hold, and a chain that was tampered with says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jzy.model.chain import (
    SUBMITTABLE,
    State,
    fitting_slots,
    may_submit,
    same_person,
    wanted_versions,
)
from jzy.model.workflow import Slot, Workflow, workflows_for
from tests.unit.model.chains import (
    POSTS,
    STAGES,
    Chain,
    plain,
    record,
    rewritten,
    whole,
    workflow,
)

# --- in order ----------------------------------------------------------------------------------


def test_a_chain_goes_through_its_stages_and_is_then_approved() -> None:
    chain = Chain.new()
    assert (chain.state, chain.current) == (State.DRAFT, None)
    chain = chain.submit()
    assert (chain.state, chain.current) == (State.IN_REVIEW, "host")
    chain = chain.add("head-a", "host")
    assert chain.current == "partners"
    chain = chain.add("head-c", "partners")
    assert chain.current == "partners"
    assert chain.replay().open_slots(chain.replay().stages[1]) == [Slot("head", "unit-b")]
    chain = chain.add("head-b", "partners")
    assert chain.current == "told"
    chain = chain.add("leader", "told", "note")
    assert chain.current == "top"
    chain = chain.add("president", "top")
    assert (chain.state, chain.current) == (State.APPROVED, None)
    assert chain.replay().completed == chain.entries[-1]
    assert chain.replay().submitter == "person-clerk"


def test_one_person_with_two_posts_fills_both_signatures_of_a_stage_at_once() -> None:
    chain = Chain.new().submit().add("head-a", "host").add("head-bc", "partners")
    assert chain.current == "told"


def test_nobody_signs_one_stage_twice() -> None:
    chain = Chain.new().submit().add("head-a", "host").add("head-b", "partners")
    again = chain.add("head-b", "partners")
    assert again.breach == ("JZY406", "by")
    assert again.replay().current == chain.replay().current


def test_any_of_several_signers_is_enough() -> None:
    told = plain().submit().add("head-a", "host")
    assert told.add("leader", "told", "note").state is State.APPROVED
    assert told.add("president", "told", "note").state is State.APPROVED
    assert told.add("president", "told", "note").add("leader", "told", "note").breach[0] == "JZY412"


@pytest.mark.parametrize(
    ("paper", "stages"),
    [
        ({"partners": [], "count": 500}, ["host", "told"]),
        ({"partners": [], "count": 501}, ["host", "told", "top"]),
        ({"partners": ["unit-b"], "count": 1}, ["host", "partners", "told"]),
    ],
)
def test_stages_whose_condition_does_not_hold_are_left_out(
    paper: dict[str, Any], stages: list[str]
) -> None:
    assert [stage.key for stage in Chain.new(**paper).submit().replay().stages] == stages


def test_what_happened_afterwards_opens_no_stage() -> None:
    flow = workflow(stages=[{**STAGES[0], "condition": "follow_up"}, STAGES[2]])
    chain = Chain.new(flow, follow_up={"held": True}).submit()
    assert chain.current == "told"


def test_the_special_chain_comes_before_the_general_one() -> None:
    general = workflow(applies_to={"kinds": ["paper"], "condition": "count > `500`"})
    special = rewritten(general, dict(general.data), "workflow-big")
    for count, chosen in ((600, "workflow-big"), (1, "workflow-paper")):
        chain = Chain.new(count=count)
        register = chain.register.with_record(special)
        assert [found.id for found in workflows_for(register, chain.paper)] == [chosen]


# --- back and again ----------------------------------------------------------------------------


def test_a_returned_paper_is_submitted_again_and_starts_from_the_first_stage() -> None:
    chain = Chain.new().submit().add("head-a", "host").add("head-b", "partners", "return")
    assert (chain.state, chain.current) == (State.RETURNED, None)
    again = chain.submit()
    assert (again.state, again.current) == (State.IN_REVIEW, "host")
    assert again.replay().filled == {}
    assert chain.add("head-c", "partners").breach == ("JZY412", "decision")


def test_a_paper_changed_between_two_rounds_is_judged_as_it_is_in_the_second() -> None:
    chain = Chain.new().submit().add("head-a", "host", "return")
    first = chain.paper.digest
    changed = rewritten(chain.paper, {**chain.paper.data, "partners": [], "count": 1})
    earlier = {("paper-x", first): chain.paper}
    chain = Chain(chain.register.with_record(changed).with_earlier(earlier), changed).submit()
    chain = chain.add("head-a", "host").add("leader", "told", "note")
    assert chain.state is State.APPROVED
    assert chain.replay().digest == changed.digest != first


def test_a_paper_changed_while_in_review_skips_no_stage_of_the_version_submitted() -> None:
    chain = Chain.new().submit().add("head-a", "host")
    changed = rewritten(chain.paper, {**chain.paper.data, "partners": [], "count": 1})
    later = Chain(chain.register.with_record(changed), changed)
    assert wanted_versions(later.register) == {("paper-x", chain.paper.digest)}
    known = later.register.with_earlier({("paper-x", chain.paper.digest): chain.paper})
    later = Chain(known, changed)
    assert later.current == "partners"
    assert later.replay().digest != changed.digest  # by which the rules tell of the change
    assert later.add("leader", "told", "note").breach == ("JZY405", "stage")


def test_only_who_submitted_withdraws_and_only_while_in_review() -> None:
    chain = Chain.new().submit()
    back = chain.add("clerk", "submission", "withdraw")
    assert back.state is State.WITHDRAWN
    assert back.submit().state is State.IN_REVIEW
    assert back.add("clerk", "submission", "withdraw").breach == ("JZY412", "decision")
    other = chain.add("head-a", "submission", "withdraw")
    assert other.breach == ("JZY406", "by")
    assert other.replay().state is State.IN_REVIEW
    assert whole().add("clerk", "submission", "withdraw").breach == ("JZY412", "decision")


def test_a_rejected_paper_stays_rejected() -> None:
    chain = Chain.new().submit().add("head-a", "host", "reject")
    assert chain.state is State.REJECTED
    assert chain.submit().breach == ("JZY412", "decision")
    assert chain.submit().replay().state is State.REJECTED


def test_an_approved_paper_may_be_submitted_anew_but_not_one_in_review() -> None:
    assert whole().submit().state is State.IN_REVIEW
    assert whole().submit().replay().completed is None
    assert Chain.new().submit().submit().breach == ("JZY412", "decision")


# --- what does not hold ------------------------------------------------------------------------

OTHER = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("spoilt", "breach"),
    [
        (lambda c: c.add("head-b", "partners"), ("JZY405", "stage")),  # a stage skipped
        (lambda c: c.add("head-a", "nowhere"), ("JZY405", "stage")),
        (lambda c: c.add("head-a", "submission"), ("JZY405", "stage")),
        (lambda c: c.add("head-a", "host", "note"), ("JZY405", "decision")),
        (lambda c: c.add("head-b", "host"), ("JZY406", "by")),
        (lambda c: c.add("stranger", "host"), ("JZY406", "by")),
        (lambda c: c.add("nobody", "host"), ("JZY406", "by")),
        (lambda c: c.add("stranger", "host", "return"), ("JZY406", "by")),
        (lambda c: c.add("stranger", "host", "reject"), ("JZY406", "by")),
        (lambda c: c.add("head-a", "host", on_behalf_of="person-head-b"), ("JZY406", "on_behalf_of")),
        (lambda c: c.add("leader", "host", on_behalf_of="person-head-a"), ("JZY406", "on_behalf_of")),
        (lambda c: c.add("head-a", "host", digest=OTHER), ("JZY407", "digest")),
        (lambda c: c.add("head-a", "host", digest=None), ("JZY407", "digest")),
        (lambda c: c.add("head-a", "host", "consent"), ("JZY412", "decision")),
        (lambda c: c.add("head-a", "host", "unheard-of"), ("JZY412", "decision")),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_hold_is_told_and_moves_nothing(
    spoilt: Callable[[Chain], Chain], breach: tuple[str, str]
) -> None:
    chain = spoilt(Chain.new().submit())
    assert chain.breach == breach
    progress = chain.replay()
    assert progress.state is State.IN_REVIEW
    assert progress.current is progress.stages[0]
    assert progress.filled == {}


def test_a_note_taking_stage_takes_note_and_does_not_approve() -> None:
    chain = plain().submit().add("head-a", "host")
    assert chain.add("leader", "told", "approve").breach == ("JZY405", "decision")
    assert chain.add("leader", "told", "return").state is State.RETURNED


@pytest.mark.parametrize(
    ("more", "breach"),
    [
        ({"by": "person-stranger"}, ("JZY406", "by")),
        ({"by": "person-nobody"}, ("JZY406", "by")),
        ({"stage": "host"}, ("JZY405", "stage")),
        ({"workflow": "workflow-none"}, ("JZY411", "workflow")),
        ({"workflow": "person-clerk", "workflow_digest": OTHER}, ("JZY411", "workflow")),
        ({"workflow_digest": OTHER}, ("JZY411", "workflow")),
        ({"workflow": None}, ("JZY411", "workflow")),
        # A submission that does not say which version it means would follow every later change.
        ({"workflow_digest": None}, ("JZY411", "workflow")),
    ],
)
def test_a_submission_that_does_not_hold_is_told(
    more: dict[str, Any], breach: tuple[str, str]
) -> None:
    assert Chain.new().submit(**more).breach == breach


def test_a_person_is_no_workflow() -> None:
    chain = Chain.new()
    clerk = chain.register.get("person-clerk")
    assert clerk is not None
    chain = chain.submit(workflow=clerk.id, workflow_digest=clerk.digest)
    assert chain.breach == ("JZY411", "workflow")


def test_a_workflow_for_another_kind_or_another_condition_does_not_carry_a_paper() -> None:
    for applies in ({"kinds": ["essay"]}, {"kinds": ["paper"], "condition": "count > `9999`"}):
        assert Chain.new(workflow(applies_to=applies)).submit().breach == ("JZY411", "workflow")


def test_a_chain_without_any_stage_approves_nothing() -> None:
    chain = Chain.new(workflow(stages=[{**STAGES[0], "condition": "`false`"}])).submit()
    assert chain.breach == ("JZY411", "workflow")
    assert chain.replay().state is State.IN_REVIEW


def test_without_its_workflows_version_nothing_is_approved_and_history_mends_it() -> None:
    old = Chain.new().submit().add("head-a", "host")
    changed = Chain(old.register.with_record(workflow(own_record="allow")), old.paper)
    progress = changed.replay()
    assert [breach.code for breach in progress.breaches] == ["JZY411"]
    assert (progress.state, progress.current, progress.filled) == (State.IN_REVIEW, None, {})
    first = old.register.get("workflow-paper")
    assert first is not None
    wanted = {("workflow-paper", first.digest)}
    assert wanted_versions(changed.register) == wanted
    known = Chain(changed.register.with_earlier({next(iter(wanted)): first}), old.paper)
    assert known.current == "partners"
    assert wanted_versions(known.register) == set()


def test_a_condition_that_fails_is_told_and_not_taken_for_false() -> None:
    flow = workflow(stages=[{**STAGES[0], "condition": "length(count) > `1`"}, STAGES[2]])
    chain = Chain.new(flow).submit()
    assert chain.breach[0] == "JZY413"
    assert chain.add("leader", "told", "note").replay().state is State.IN_REVIEW


# --- people ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2021-03-18T23:59:59+08:00", True),
        ("2021-03-19T00:00:00+08:00", False),
        ("2021-03-18T17:00:00+00:00", False),  # already the 19th in the institution's time zone
        ("2021-03-19T00:30:00+09:00", True),
        ("2019-12-31T23:59:59+08:00", False),
    ],
)
def test_a_post_counts_on_the_day_of_signing_in_the_institutions_time_zone(
    at: str, held: bool
) -> None:
    chain = plain().submit(at="2019-01-01T09:00:00+08:00")
    post = {"post": "head", "unit": "unit-a", "from": "2020-01-01", "until": "2021-03-18"}
    head = record("person", "person-head-a", name="head-a", unit="unit-a", posts=[post])
    chain = Chain(chain.register.with_record(head), chain.paper).add("head-a", "host", at=at)
    assert (chain.current == "told") if held else (chain.breach == ("JZY406", "by"))


def test_one_person_at_two_consecutive_stages_only_where_the_workflow_allows_it() -> None:
    both = [{**STAGES[0], "signers": [{"post": "leader", "unit": "unit-a"}]}, STAGES[2]]
    chain = plain(stages=both).submit().add("leader", "host").add("leader", "told", "note")
    assert chain.breach == ("JZY409", "by")
    assert chain.replay().state is State.IN_REVIEW
    chain = plain(stages=both, consecutive="allow").submit().add("leader", "host")
    assert chain.add("leader", "told", "note").state is State.APPROVED


def test_a_stage_that_is_left_out_does_not_part_two_signatures_of_one_person() -> None:
    stages = [
        {**STAGES[0], "signers": [{"post": "leader", "unit": "unit-a"}]},
        STAGES[1],
        STAGES[2],
    ]
    chain = plain(stages=stages).submit().add("leader", "host")
    assert chain.add("leader", "told", "note").breach == ("JZY409", "by")


def test_nobody_approves_an_own_record_unless_the_workflow_allows_it() -> None:
    for decision in ("approve", "return", "reject"):
        chain = plain().submit("head-a").add("head-a", "host", decision)
        assert chain.breach == ("JZY410", "by")
        assert chain.replay().state is State.IN_REVIEW
    chain = plain(own_record="allow").submit("head-a").add("head-a", "host")
    assert chain.current == "told"


def test_who_may_submit() -> None:
    chain = Chain.new()
    flow = chain.register.get("workflow-paper")
    assert flow is not None
    for lines, who, expected in (
        ([{"unit_of": "host"}], "clerk", True),
        ([{"unit_of": "host"}], "stranger", False),
        ([{"unit": "unit-b"}], "leader", True),  # by a post there
        ([{"post": "head", "unit": "unit-a"}], "clerk", False),
        ([{"post": "head", "unit": "unit-b"}, {"unit": "unit-z"}], "stranger", True),
        ([{"unit_of": "nothing"}], "clerk", False),
        ([], "stranger", True),
        ([], "nobody", False),
    ):
        changed = Workflow.of(workflow(submitters=lines))
        found = may_submit(chain.register, chain.paper, changed, f"person-{who}", "2021-03-18")
        assert found is expected, (lines, who)


# --- the thread from entry to entry ------------------------------------------------------------


def test_entries_must_be_linked_and_in_time() -> None:
    chain = Chain.new().submit()
    for prev in (OTHER, None):
        broken = chain.add("head-a", "host", prev=prev)
        assert broken.breach == ("JZY408", "prev" if prev else "")
    assert Chain.new().submit(prev=OTHER).breach == ("JZY408", "prev")
    early = chain.add("head-a", "host", at="2021-03-01T08:59:59+08:00")
    assert early.breach == ("JZY414", "at")
    # The same moment in another offset is not earlier.
    assert chain.add("head-a", "host", at="2021-03-01T01:00:00+00:00").current == "partners"


def test_an_entry_without_a_moment_counts_for_nothing() -> None:
    chain = Chain.new().submit().add("head-a", "host", at="昨天")
    progress = chain.replay()
    assert progress.current is progress.stages[0]
    assert progress.filled == {}


def test_removing_swapping_or_editing_any_entry_of_a_complete_chain_shows() -> None:
    chain = whole()
    assert chain.state is State.APPROVED
    assert_tampering_shows(chain)
    for index in range(len(chain.entries) - 1):
        entries = [dict(entry) for entry in chain.entries]
        entries[index]["opinion"] = "事后添加"
        codes = [b.code for b in chain.with_entries(entries).replay().breaches]
        assert codes == ["JZY408"]


def assert_tampering_shows(chain: Chain) -> None:
    entries = chain.entries
    for index in range(len(entries) - 1):
        removed = chain.with_entries(entries[:index] + entries[index + 1 :])
        assert "JZY408" in {breach.code for breach in removed.replay().breaches}
    # The last entry has none after it: without it the chain is sound, and no longer complete.
    shorter = chain.with_entries(entries[:-1]).replay()
    assert shorter.breaches == []
    assert shorter.state is State.IN_REVIEW
    for one in range(len(entries)):
        for other in range(one + 1, len(entries)):
            swapped = list(entries)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert chain.with_entries(swapped).replay().breaches
        doubled = chain.with_entries([*entries[: one + 1], entries[one], *entries[one + 1 :]])
        assert doubled.replay().breaches


# --- whatever people try -----------------------------------------------------------------------

flows = st.fixed_dictionaries(
    {
        "consecutive": st.sampled_from(["allow", "refuse"]),
        "own_record": st.sampled_from(["allow", "refuse"]),
        "stages": st.permutations(STAGES).map(lambda order: list(order)[:3]),
    }
)
papers = st.fixed_dictionaries(
    {
        "partners": st.sampled_from([[], ["unit-b"], ["unit-b", "unit-c"]]),
        "count": st.sampled_from([1, 501]),
    }
)
acts = ["sign"] * 8 + ["return", "reject", "withdraw", "submit"]
attempts = st.lists(
    st.tuples(st.permutations(sorted(POSTS)), st.sampled_from(acts)), min_size=5, max_size=20
)


def attempt(chain: Chain, who: str, act: str, day: str) -> Chain:
    """Do what jzy would let this person do, or nothing."""
    progress = chain.replay()
    at, by = f"{day}T09:00:00+08:00", f"person-{who}"
    if progress.state in SUBMITTABLE:
        (flow,) = workflows_for(chain.register, chain.paper)
        # Most attempts are to sign, so any attempt at a paper at rest tries to submit it.
        allowed = flow.stages_for(chain.paper) and may_submit(
            chain.register, chain.paper, flow, by, day
        )
        return chain.submit(who, at=at) if allowed else chain
    stage = progress.current
    if stage is None or act == "submit":
        return chain
    if act == "withdraw":
        mine = by == progress.submitter
        return chain.add(who, "submission", "withdraw", at=at) if mine else chain
    if same_person(progress, by) or not fitting_slots(chain.register, progress, stage, by, day):
        return chain
    decision = ("note" if stage.note else "approve") if act == "sign" else act
    return chain.add(who, stage.key, decision, at=at)


@given(flows, papers, attempts)
@settings(max_examples=150, deadline=None)
def test_what_the_guards_let_through_the_replay_accepts_and_no_stage_is_skipped(
    flow: dict[str, Any], paper: dict[str, Any], tries: list[tuple[list[str], str]]
) -> None:
    chain = Chain.new(workflow(**flow), **paper)
    for number, (people, act) in enumerate(tries):
        day = (date(2021, 1, 1) + timedelta(days=number)).isoformat()
        count = len(chain.entries)
        for who in people:  # until one of them is let through
            if len(chain.entries) == count:
                chain = attempt(chain, who, act, day)
        progress = chain.replay()
        assert progress.breaches == []
        done = [progress.is_done(stage) for stage in progress.stages]
        assert done == sorted(done, reverse=True)
        if progress.state is State.APPROVED:
            assert done
            assert all(done)
            assert_tampering_shows(chain)
            assert_signed_by_the_right_people(chain, flow)
            break


def assert_signed_by_the_right_people(chain: Chain, flow: dict[str, Any]) -> None:
    """Said again without the code under test: who holds what, stage after stage."""
    start = max(i for i, entry in enumerate(chain.entries) if entry["decision"] == "submit")
    submitter, before = chain.entries[start]["by"], set[str]()
    signed: dict[str, list[str]] = {}
    for entry in chain.entries[start + 1 :]:
        signed.setdefault(entry["stage"], []).append(entry["by"].removeprefix("person-"))
    data = chain.paper.data
    for stage in flow["stages"]:
        if stage["key"] == "partners" and not data["partners"]:
            continue
        if stage["key"] == "top" and data["count"] <= 500:
            continue
        by = signed.pop(stage["key"])
        held = {post for name in by for post in POSTS[name]}
        if stage["key"] == "host":
            assert ("head", "unit-a") in held
        elif stage["key"] == "partners":
            assert {("head", unit) for unit in data["partners"]} <= held
        elif stage["key"] == "told":
            assert held & {("leader", "unit-a"), ("president", None)}
        else:
            assert ("president", None) in held
        if flow["consecutive"] == "refuse":
            assert not before & set(by)
        if flow["own_record"] == "refuse":
            assert submitter.removeprefix("person-") not in by
        before = set(by)
    assert signed == {}
