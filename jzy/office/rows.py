"""A record in one line, as lists show it: found out once, and kept as long as it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from jzy.model.chain import STATE_TITLES, State, replay
from jzy.model.expression import BadExpression
from jzy.model.force import force_of
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind
from jzy.model.moments import day_of
from jzy.model.moves import life_of
from jzy.model.progress import Progress
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import CHANGED, Need, standing
from jzy.model.watched import Watched
from jzy.model.workflow import Workflow
from jzy.office.context import Office

_SETTLED = frozenset({State.DRAFT.value, State.APPROVED.value, State.REJECTED.value})
"""What waits for nobody."""


class Row(NamedTuple):
    """One record as lists across kinds show it; plain data."""

    id: str
    day: str
    """ISO date; empty where it has none."""
    name: str
    unit: str | None
    """The id of the responsible unit."""
    unit_name: str
    units: tuple[Any, ...]
    """All that the property says which names the unit."""
    state: str
    """Key of where its chain stands; empty where nobody signs this kind."""
    life: str
    """Key of its stage of life; empty where it is in none."""
    shown: str
    """State and stage of life in people's words."""


def rows_of(office: Office, kinds: Iterable[Kind]) -> dict[str, list[tuple[str, Row]]]:
    """The rows of the sound records of some kinds, by kind, each with the path of its record."""
    register = Watched(office.register)
    knowledge = Knowledge(register, office.day)
    found = {}
    for kind in kinds:
        topic = office.memory.topic(f"rows/{kind.name}")
        unknown = office.unknown(kind, topic.needs)
        office.fetch_versions(unknown)
        for record in unknown:
            topic.find(record.path, register, partial(_row, register, knowledge, record))
        rows = [(path, Row(*plain)) for path, plain in topic.answers.items()]
        found[kind.name] = sorted(rows, key=lambda each: (each[1].id, each[0]))
    return found


def waiting(office: Office) -> list[Record]:
    """The records whose chains wait for somebody, in the order of their ids."""
    register = Watched(office.register)
    topic = office.memory.topic("waiting")
    unknown = [
        record for kind in office.kinds.values() for record in office.unknown(kind, topic.needs)
    ]
    office.fetch_versions(unknown)
    for record in unknown:
        topic.find(record.path, register, partial(_waiting, register, record))
    found = [office.register.get(each) for each in sorted(set(topic.answers.values()))]
    return [record for record in found if record is not None]


def _waiting(register: Register, record: Record) -> str:
    """The id of a record that waits for somebody; empty where it does not."""
    return record.id if record.sign_offs and _state(register, record) not in _SETTLED else ""


def _state(register: Register, record: Record) -> str:
    progress = replay(register, record)
    if progress.state is State.APPROVED and not standing(register, progress).holds:
        return CHANGED
    return progress.state.value


def _row(register: Register, knowledge: Knowledge, record: Record) -> tuple[Any, ...]:
    kind = register.kind_of(record)
    seen = _seen(knowledge, record)
    state = ""
    if record.sign_offs or kind.name in _signed_kinds(register):
        state = str(seen["_state"])
    life, unit = life_title(register, record), register.unit_of(record)
    shown = life
    if state and not (life and state in (State.APPROVED, State.DRAFT)):
        title = state_title(register, replay(register, record), short=True)
        shown = f"{title} · {life}" if life else title
    value = record.at(kind.unit_property) if kind.unit_property else None
    units = tuple(value) if isinstance(value, list) else (value,)
    row = Row(
        record.id,
        day_text(register, record),
        register.name(record.id),
        unit,
        register.short_name(unit) if unit else "",
        units,
        state,
        str(seen["_life"] or ""),
        shown,
    )
    return tuple(row)


def _seen(knowledge: Knowledge, record: Record) -> Mapping[str, Any]:
    try:
        return knowledge.view(record)
    except BadExpression:  # the kind's schema is to blame, and validation says so
        return {"_state": "", "_life": ""}


def _signed_kinds(register: Register) -> set[str]:
    """The kinds that some workflow is for; a draft of another kind waits for nothing."""
    return {kind for found in register.of("workflow") for kind in Workflow.of(found).kinds}


def day_text(register: Register, record: Record) -> str:
    """The ISO date by which a record is listed: the one that dates its kind, else the first day
    on which it was in force; empty where it has neither."""
    kind = register.kind_of(record)
    value = record.at(kind.date_property) if kind.date_property else None
    if not isinstance(value, str):
        try:
            force = force_of(kind, record)
        except BadExpression:
            return ""
        return force.begins if force else ""
    try:
        return day_of(value, register.time_zone).isoformat()
    except ValueError:
        return ""


def state_title(register: Register, progress: Progress, *, short: bool = False) -> str:
    """Where a record stands, and whether an approval covers it no longer."""
    need = standing(register, progress).need
    if progress.state is not State.APPROVED or need is Need.NOTHING:
        return STATE_TITLES[progress.state]
    if short:
        return "待同意" if need is Need.CONSENT else "已失效"
    return "批准后有改动"


def life_title(register: Register, record: Record) -> str:
    """The stage of life that a record is in, in people's words; empty where there is none."""
    try:
        found = life_of(register.kind_of(record), record.data)
    except BadExpression:  # the schema is to blame, and validation says so
        return ""
    return found.title if found else ""
