"""Following a record: what waits for whom, how it went so far, what changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jzy.model.chain import Progress, State, fitting_slots, replay, slot_title
from jzy.model.people import Person
from jzy.model.record import DataPath, Record
from jzy.office.context import Office


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits for someone."""

    record: Record
    progress: Progress
    what: str
    """``sign`` (my turn), ``mend`` (returned to me) or ``elsewhere`` (mine, waiting for others)."""
    since: str
    """Date-time of the last entry."""
    waiting_for: str
    """The stage or the slots, in people's words."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs between two versions of a record."""

    title: str
    before: Any
    after: Any


def inbox(office: Office, me: Person) -> list[Waiting]:
    """What waits for a person, and what they submitted and waits for others; oldest first."""
    day = office.now().date().isoformat()
    found = []
    for record in office.register:
        if not record.sign_offs:
            continue
        progress = replay(office.register, record)
        since = str(progress.entries[-1].get("at", ""))
        stage = progress.current
        if stage is not None:
            mine = bool(fitting_slots(office.register, progress, stage, me.id, day))
            titles = [slot_title(office.register, slot) for slot in progress.open_slots(stage)]
            if mine:
                found.append(Waiting(record, progress, "sign", since, stage.title))
            elif progress.submitter == me.id:
                found.append(Waiting(record, progress, "elsewhere", since, "、".join(titles)))
        elif progress.submitter == me.id and progress.state in (State.RETURNED, State.WITHDRAWN):
            found.append(Waiting(record, progress, "mend", since, "修改后重新报送"))
    order = {"sign": 0, "mend": 1, "elsewhere": 2}
    return sorted(found, key=lambda waiting: (order[waiting.what], waiting.since))


def changes_since(office: Office, progress: Progress) -> list[Difference] | None:
    """What changed between the last returned, withdrawn or approved version and today's.

    Returns:
        ``None`` where there is no earlier version, or none that history still holds.
    """
    record = progress.record
    today = record.digest
    earlier = [entry["digest"] for entry in progress.entries if entry.get("digest") != today]
    if not earlier:
        return None
    before = office.register.version(record.id, earlier[-1])
    if before is None:
        return None
    kind = office.kinds[record.kind]
    return [
        Difference(kind.path_title(path), old, new)
        for path, old, new in _differences(before.signed, record.signed, ())
    ]


def _differences(old: Any, new: Any, path: DataPath) -> list[tuple[DataPath, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys([*old, *new])
        return [d for n in names for d in _differences(old.get(n), new.get(n), (*path, n))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            d
            for position, (a, b) in enumerate(zip(old, new, strict=True))
            for d in _differences(a, b, (*path, position))
        ]
    return [] if old == new else [(path, old, new)]
