"""Signing for somebody who never let one, or no longer does.

The head of the host delegates; the clerk's deputy wants more than that. Each test is named by what
the attacker wants.
"""

from __future__ import annotations

import pytest

from tests.attacks.office import HEAD, REGISTRAR, SUBMITTED, Office

DEPUTY = "person-zi"
DAY = SUBMITTED[:10]
PATH = "records/delegations/2021/dlg-20210417-aaaa.yaml"


def delegation(until: str = DAY) -> str:
    return (
        f"from_person: {HEAD}\nto_person: {DEPUTY}\npost: head\nunit: unit-xinxixi\n"
        f"from: {DAY}\nuntil: {until}\n"
    )


def delegated(office: Office, signed_by: str | None, until: str = DAY) -> None:
    office.put(PATH, delegation(until))
    office.commit("委托", key=office.key(signed_by) if signed_by else None)


def sign(office: Office) -> None:
    office.forge(DEPUTY, by=DEPUTY, on_behalf_of=HEAD)


@pytest.mark.parametrize("who", [HEAD, REGISTRAR])
def test_whom_the_holder_of_the_post_lets_sign_may_sign(office: Office, who: str) -> None:
    delegated(office, who)
    sign(office)
    assert office.last() == ("proven", "")
    office.taken()


@pytest.mark.parametrize("who", [None, DEPUTY])
def test_let_myself_sign(office: Office, who: str | None) -> None:
    delegated(office, who)
    before = office.repo.state()
    ran = office.repo.run("approve", office.event, "--yes", who=DEPUTY)
    assert (ran.code, office.repo.state()) == (1, before)
    sign(office)
    office.fails("有效的委托")


def test_have_it_last_longer_than_it_was_given(office: Office) -> None:
    delegated(office, HEAD, until="2021-04-16")
    delegated(office, DEPUTY, until="2021-12-31")
    sign(office)
    office.fails("有效的委托")


def test_bring_back_a_delegation_that_was_ended(office: Office) -> None:
    delegated(office, HEAD)
    delegated(office, HEAD, until="2021-04-16")
    delegated(office, None)
    sign(office)
    office.fails("有效的委托")


def test_take_the_longer_side_of_a_merge(office: Office) -> None:
    delegated(office, HEAD)
    office.repo.git("checkout", "-q", "-b", "side")
    delegated(office, DEPUTY, until="2021-12-31")
    side = office.repo.git("rev-parse", "HEAD").strip()
    office.repo.git("checkout", "-q", "main")
    office.repo.git("merge", "-q", "--no-ff", "--no-edit", "--no-gpg-sign", side)
    sign(office)
    office.fails("有效的委托")


def test_pass_on_what_was_delegated_to_me(office: Office) -> None:
    delegated(office, HEAD)
    third = "person-mao"
    office.put(
        PATH.replace("aaaa", "bbbb"),
        delegation().replace(DEPUTY, third).replace(HEAD, DEPUTY),
    )
    office.commit("再委托", key=office.key(DEPUTY))
    office.forge(third, by=third, on_behalf_of=DEPUTY)
    office.fails("有效的委托")
