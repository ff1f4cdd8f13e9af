"""Delegations: the holder of a post lets another person sign for that post for a time.

A delegation gives what its giver holds in person and nothing else, so that what somebody has by
delegation cannot be passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from jzy.model.people import Person
from jzy.model.record import Record

if TYPE_CHECKING:  # a register groups its delegations, and so needs this module first
    from jzy.model.register import Register
    from jzy.model.workflow import Slot

DELEGATION = "delegation"
"""The kind whose records are delegations."""


class Delegation(NamedTuple):
    """Who lets whom sign for which post, on which days and for which kinds of records."""

    id: str
    principal: str
    """The id of the person who delegates."""
    delegate: str
    """The id of the person who may sign."""
    post: str
    unit: str | None
    """``None`` for posts of the institution as a whole."""
    begins: str
    ends: str
    """The last day, inclusive, as an ISO date."""
    revoked: str | None
    """The first day on which it does not count any more, where it was ended early."""
    kinds: tuple[str, ...]
    """Only these kinds of records; all if empty."""

    @classmethod
    def of(cls, record: Record, root: str | None = None) -> Delegation:
        """Read from a record that satisfies its schema.

        Args:
            record: the delegation's record.
            root: the id of the root unit; a post there is one of the institution as a whole.
        """
        data = record.data
        unit = data.get("unit")
        return cls(
            id=record.id,
            principal=data["from_person"],
            delegate=data["to_person"],
            post=data["post"],
            unit=None if unit == root else unit,
            begins=data["from"],
            ends=data["until"],
            revoked=data.get("revoked"),
            kinds=tuple(data.get("kinds", ())),
        )

    def runs_on(self, day: str) -> bool:
        """Whether it is in force on an ISO date."""
        return self.begins <= day <= self.ends and (self.revoked is None or day < self.revoked)

    def names(self, slot: Slot, root: str | None = None) -> bool:
        """Whether it is for the post of a slot."""
        unit = None if slot.unit == root else slot.unit
        return slot.post == self.post and unit == self.unit

    def covers(self, slot: Slot, kind: str, day: str, root: str | None = None) -> bool:
        """Whether it lets the delegate fill a slot of a record of a kind on an ISO date."""
        return (
            self.principal != self.delegate
            and self.names(slot, root)
            and self.runs_on(day)
            and (not self.kinds or kind in self.kinds)
        )


def delegations(register: Register, to: str) -> Sequence[Delegation]:
    """The delegations of a register to one person, in the order of their ids."""
    return register.delegated.get(to, ())


def entrusted(
    register: Register, slots: list[Slot], kind: str, who: str, day: str
) -> list[tuple[Delegation, list[Slot]]]:
    """What a person may sign for others: each delegation that counts, with the slots it covers.

    Args:
        register: people and delegations.
        slots: the signatures that are waited for.
        kind: of the record to be signed.
        who: the id of the person who would sign.
        day: an ISO date, on which the one who delegates must hold the post in person.
    """
    found = []
    for each in delegations(register, who) if who in register.people else ():
        principal = register.people.get(each.principal)
        if principal is None:
            continue
        mine = [
            slot
            for slot in slots
            if each.covers(slot, kind, day, register.root_unit)
            and principal.holds(slot.post, slot.unit, day)
        ]
        if mine:
            found.append((each, mine))
    return found


def why_not(
    register: Register, slots: list[Slot], kind: str, who: str, principal: str, day: str
) -> str:
    """Why nobody may sign for another: one Chinese sentence, empty where they may.

    Args: as for :func:`entrusted`, and the id of the person who would have delegated.
    """
    names = register.name(principal), register.name(who)
    if any(each.principal == principal for each, _ in entrusted(register, slots, kind, who, day)):
        return ""
    given = [each for each in delegations(register, who) if each.principal == principal]
    if not given or who not in register.people:
        return f"没有{names[0]}给{names[1]}的委托"
    root = register.root_unit
    named = [each for each in given if any(each.names(slot, root) for slot in slots)]
    if not named:
        return f"{names[0]}给{names[1]}的委托（{given[-1].id}）不包括这一环节的职务"
    running = [each for each in named if each.runs_on(day)]
    last = (running or named)[-1]
    if not running:
        if last.revoked is not None and last.revoked <= day:
            return f"{names[0]}给{names[1]}的委托（{last.id}）已于{last.revoked}终止"
        span = f"{last.begins}至{last.ends}"
        return f"{names[0]}给{names[1]}的委托（{last.id}）只在{span}有效"
    if not any(not each.kinds or kind in each.kinds for each in running):
        title = register.kinds[kind].title if kind in register.kinds else kind
        return f"{names[0]}给{names[1]}的委托（{last.id}）不包括“{title}”"
    return f"{names[0]}当日自己并不担任所委托的职务，委托（{last.id}）不成立"


def held_throughout(person: Person, delegation: Delegation) -> bool:
    """Whether a person holds the delegated post on every day on which the delegation runs."""
    ends = delegation.ends
    changes = {delegation.begins} | {
        day
        for post in person.posts
        for day in (post.begins, _after(post.ends))
        if day is not None and delegation.begins <= day <= ends
    }
    running = (day for day in changes if delegation.runs_on(day))
    return all(person.holds(delegation.post, delegation.unit, day) for day in running)


def _after(day: str | None) -> str | None:
    if day is None:
        return None
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return None  # the last day there is, or none: nothing comes after it
