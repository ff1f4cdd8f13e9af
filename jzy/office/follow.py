"""Following a record: what waits for whom, how it went so far, what changed since."""

from __future__ import annotations

from typing import Any, NamedTuple

from jzy.model.chain import (
    Progress,
    State,
    fitting_slots,
    mandates,
    replay,
    same_person,
    slot_titles,
)
from jzy.model.people import Person
from jzy.model.record import DataPath, Record
from jzy.model.standing import Need, Policy, standing
from jzy.model.workflow import Stage
from jzy.office.context import Office
from jzy.office.rows import waiting


class Waiting(NamedTuple):
    """A record that waits for someone."""

    record: Record
    progress: Progress
    what: str
    """``sign`` (my turn), ``consent`` (a change waits for me), ``mend`` (returned to me, or to be
    submitted again) or ``elsewhere`` (mine, waiting for others)."""
    since: str
    """Date-time of the last entry."""
    waiting_for: str
    """The stage or the slots, in people's words."""
    behalf: tuple[str, ...] = ()
    """The ids of those who delegated this to me; empty where it is my own."""


class Difference(NamedTuple):
    """A value that differs between two versions of a record."""

    title: str
    before: Any
    after: Any
    policy: Policy | None = None
    """What the change means, where it came after approval."""


def inbox(office: Office, me: Person) -> list[Waiting]:
    """What waits for a person, and what they submitted and waits for others; oldest first."""
    day = office.now().date().isoformat()
    found = []
    open_ = waiting(office)
    office.fetch_versions(open_)
    for record in open_:
        one = _waiting(office, record, me, day)
        if one is not None:
            found.append(one)
    office.memory.keep()
    order = {"sign": 0, "consent": 1, "mend": 2, "elsewhere": 3}
    return sorted(found, key=lambda one: (order[one.what], one.since))


def _waiting(office: Office, record: Record, me: Person, day: str) -> Waiting | None:
    progress = replay(office.register, record)
    since = str(progress.entries[-1].get("at", ""))
    stage, what = progress.current, "sign"
    mine = progress.submitter == me.id
    if progress.state is State.APPROVED:
        need = standing(office.register, progress).need
        if need is Need.REAPPROVE and mine:
            return Waiting(record, progress, "mend", since, "批准后有改动，重新报送")
        stage, what = (progress.consenting, "consent") if need is Need.CONSENT else (None, what)
    if stage is None:
        again = progress.state in (State.RETURNED, State.WITHDRAWN) and mine
        return Waiting(record, progress, "mend", since, "修改后重新报送") if again else None
    may, behalf = _mine(office, progress, stage, me, day)
    if may:
        return Waiting(record, progress, what, since, stage.title, behalf)
    titles = slot_titles(office.register, progress, stage)
    return Waiting(record, progress, "elsewhere", since, titles) if mine else None


def _mine(
    office: Office, progress: Progress, stage: Stage, me: Person, day: str
) -> tuple[bool, tuple[str, ...]]:
    """Whether a stage waits for a person, and on whose behalf where it is not their own."""
    if fitting_slots(office.register, progress, stage, me.id, day):
        return True, ()
    found = mandates(office.register, progress, stage, me.id, day)
    names = dict.fromkeys(each.principal for each in found)
    free = tuple(name for name in names if not same_person(progress, me.id, name))
    return bool(free), free


def changes_since(office: Office, progress: Progress) -> list[Difference] | None:
    """What changed between the last returned, withdrawn or approved version and today's.

    Returns:
        ``None`` where there is no earlier version, or none that history still holds, or where
        the record is as it was approved.
    """
    record = progress.record
    today = record.digest
    approved = progress.state is State.APPROVED
    if approved:
        earlier = [progress.digest] if progress.digest != today else []
    else:
        earlier = [entry["digest"] for entry in progress.entries if entry.get("digest") != today]
    before = office.register.version(record.id, earlier[-1]) if earlier else None
    if before is None:
        return None
    kind = office.kinds[record.kind]
    policies = dict(standing(office.register, progress).changed) if approved else {}
    return [
        Difference(kind.path_title(path), old, new, policies.get(str(path[0])))
        for path, old, new in differences(before.signed, record.signed, ())
    ]


def differences(old: Any, new: Any, path: DataPath) -> list[tuple[DataPath, Any, Any]]:
    """Each place at which two plain values differ, with both values.

    Args:
        old: one value.
        new: another.
        path: where they stand.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys([*old, *new])
        return [d for n in names for d in differences(old.get(n), new.get(n), (*path, n))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            d
            for position, (a, b) in enumerate(zip(old, new, strict=True))
            for d in differences(a, b, (*path, position))
        ]
    return [] if old == new else [(path, old, new)]
