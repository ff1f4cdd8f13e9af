"""Who may change registers, and how that is changed: by as many of them as the institution says.

Where one suffices, a change is one commit. Where several must agree, each adds their own name to
the proposal with a commit of their own, and the one who completes the number carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jzy.model.errors import Refused
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import INSTITUTION, Register
from jzy.office import authority
from jzy.office.context import Office
from jzy.office.create import Saved, check_edit, save
from jzy.store.editing import remove_value, set_value

PROPOSAL = "registrars_change"


@dataclass(frozen=True, slots=True)
class Registrars:
    """Who they are, and the change that is under way."""

    people: tuple[str, ...]
    """Ids."""
    quorum: int
    """How many of them a change of registrars needs."""
    proposed: tuple[str, ...] = ()
    """Ids of who they shall be; empty where nothing is under way."""
    proposed_quorum: int = 0
    agreed: tuple[str, ...] = ()
    """Ids of the registrars who agreed so far."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one registrar's commit did."""

    saved: Saved
    carried_out: bool
    lacking: int
    """How many still have to agree."""


def registrars(register: Register) -> Registrars:
    """Who may change registers, by a register."""
    data = register.institution
    proposal: Mapping[str, Any] = data.get(PROPOSAL, {})
    quorum = max(int(data.get("registrar_quorum", 1)), 1)
    return Registrars(
        tuple(data.get("registrars", ())),
        quorum,
        tuple(proposal.get("registrars", ())),
        int(proposal.get("registrar_quorum", quorum)) if proposal else 0,
        tuple(proposal.get("agreed", ())),
    )


def change(office: Office, people: Sequence[str], quorum: int | None) -> Step:
    """Propose who the registrars shall be; carried out at once where one registrar suffices.

    Args:
        office: the repository.
        people: ids of all who shall be registrars.
        quorum: how many must agree from then on; as now if absent.

    Raises:
        Refused: the user is no registrar, a person has no key to sign with, there would be fewer
            registrars than must agree, or another change is under way.
    """
    register, me = _mine(office)
    now = registrars(register)
    if now.proposed:
        raise Refused("已有一项变更正在会签", "请先同意它（jzy registrar agree）或取消它")
    wanted = list(dict.fromkeys(people))
    after = max(quorum if quorum is not None else now.quorum, 1)
    day = office.now().date().isoformat()
    for person_id in wanted:
        person = register.people.get(person_id)
        if person is None:
            raise Refused(f"没有编号为 {person_id} 的人员", "请用 jzy person list 查看编号")
        if not any(key.usable_on(day) for key in person.keys):
            raise Refused(f"{person.name}没有可用的公钥", "请先用 jzy key register 登记公钥")
    if len(wanted) < after:
        raise Refused(f"登记管理员只有 {len(wanted)} 人，少于会签人数 {after}", "请增加人员")
    if set(wanted) == set(now.people) and after == now.quorum:
        raise Refused("登记管理员没有变化", "不必办理")
    proposal: dict[str, Any] = {"registrars": wanted}
    if quorum is not None:
        proposal["registrar_quorum"] = after
    return _go_on(office, me, now.quorum, proposal, ())


def agree(office: Office) -> Step:
    """Agree to the change under way; the one who completes the number carries it out.

    Raises:
        Refused: nothing is under way, or the user is no registrar or agreed already.
    """
    register, me = _mine(office)
    now = registrars(register)
    proposal = dict(register.institution.get(PROPOSAL, {}))
    if not proposal:
        raise Refused("没有正在会签的变更", "可用 jzy registrar change 提出")
    if me.id in now.agreed:
        raise Refused(f"{me.name}已经同意", "请等待其他登记管理员")
    agreed = proposal.pop("agreed")
    return _go_on(office, me, now.quorum, proposal, agreed)


def cancel(office: Office) -> Saved:
    """Drop the change under way.

    Raises:
        Refused: nothing is under way, or the user is no registrar.
    """
    register, _ = _mine(office)
    if not registrars(register).proposed:
        raise Refused("没有正在会签的变更", "不必取消")
    record = office.record(INSTITUTION)
    return _saved(office, record, remove_value(office.kinds[INSTITUTION], record.text, PROPOSAL))


def _go_on(
    office: Office, me: Person, quorum: int, proposal: Mapping[str, Any], agreed: Sequence[str]
) -> Step:
    register, _ = _mine(office)
    record = office.record(INSTITUTION)
    kind, text = office.kinds[INSTITUTION], record.text
    names = [*agreed, me.id]
    counted = {*names} & register.registrars
    if len(counted) >= quorum:
        for name, value in proposal.items():
            text = set_value(kind, text, (name,), value)
        if PROPOSAL in record.data:
            text = remove_value(kind, text, PROPOSAL)
    else:
        text = set_value(kind, text, (PROPOSAL,), {**proposal, "agreed": names})
    saved = _saved(office, record, text)
    return Step(saved, len(counted) >= quorum, max(quorum - len(counted), 0))


def _saved(office: Office, record: Record, text: str) -> Saved:
    check_edit(office, record, text)
    return save(office, record, text)


def _mine(office: Office) -> tuple[Register, Person]:
    register = authority.registers(office)
    me = authority.me(office, register, office.now())
    if me.id not in register.registrars:
        raise Refused(f"{me.name}不是登记管理员", "请由登记管理员办理")
    return register, me
