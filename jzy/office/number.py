"""The official number of an approved record: given once, by the unit that the workflow names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jzy.model.chain import Progress, State, replay
from jzy.model.errors import Refused
from jzy.model.moments import day_of
from jzy.model.people import Person
from jzy.model.record import Record, path_of
from jzy.model.register import Register
from jzy.model.standing import standing
from jzy.office import authority, create
from jzy.office.context import Office
from jzy.store.editing import set_value

NUMBER = "follow_up.number"
"""Where a record keeps its number."""
TRAILER = "Jzy-Number"
_YEAR, _COUNT = "{year}", "{n}"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number that was given."""

    record: Record
    number: str
    saved: create.Saved


def give(office: Office, record_id: str) -> Numbered:
    """Give a record its number: the next of its year, over all kinds that the workflow covers.

    The year is that of the final approval. The next number is one more than the highest that a
    record holds, so gaps are not filled.

    Args:
        office: the repository.
        record_id: which record.

    Raises:
        Refused: it is not approved, or not any more; it has a number; its workflow gives none;
            or this user has no post in the unit that gives them.
        WrongEnvironment: no git, or no key.
    """
    record = office.record(record_id)
    trusted = authority.registers(office)
    me = authority.me(office, trusted, office.now())
    register = authority.with_record(office, trusted, record)
    progress = replay(register, record)
    rule = _rule(register, progress)
    _check(register, progress)
    _check_right(office, register, me, str(rule["unit"]))
    number = _next(office, register, progress, str(rule["format"]))
    kind = office.kinds[record.kind]
    text = set_value(kind, record.text, path_of(NUMBER), number)
    create.check_edit(office, record, text)
    saved = create.save(office, record, text, verb="编号", trailers={TRAILER: number}, alone=True)
    return Numbered(record, number, saved)


def _rule(register: Register, progress: Progress) -> Mapping[str, Any]:
    """What the workflow, as it stood at submission, says of numbers."""
    record, flow = progress.record, progress.workflow
    kind = register.kind_of(record)
    if kind.property_schema(path_of(NUMBER)) is None:
        raise Refused(f"{kind.title}没有文号", "请核对编号")
    if flow is None:
        raise Refused(
            f"{record.id} 还没有经过审批，不能编号", f"请先报送审批：jzy submit {record.id}"
        )
    version = register.version(flow.id, flow.digest)
    rule: Mapping[str, Any] = version.data.get("number", {}) if version else {}
    if not rule:
        raise Refused(
            f"“{flow.title}”没有规定文号", "请由登记管理员在流程中写明编号的部门和格式（number）"
        )
    if _COUNT not in rule["format"]:
        raise Refused(
            f"“{flow.title}”的文号格式中没有 {_COUNT}", "请由登记管理员更正流程中的文号格式"
        )
    return rule


def _check(register: Register, progress: Progress) -> None:
    record = progress.record
    held = record.at(NUMBER)
    if held:
        raise Refused(
            f"{record.id} 已经有文号：{held}",
            f"文号只给一次；有误的请用 jzy {record.kind} edit {record.id} 更正",
        )
    if progress.breaches:
        first = progress.breaches[0]
        raise Refused(f"{record.id} 的签批有问题：{first.message}", first.advice)
    if progress.state is not State.APPROVED:
        raise Refused(
            f"{record.id} 的审批还没有完成，不能编号", f"请用 jzy log {record.id} 查看经过"
        )
    if not standing(register, progress).holds:
        raise Refused(
            f"{record.id} 批准之后有改动，批准不再有效，不能编号",
            f"请先办完变更的审批：jzy log {record.id}",
        )


def _check_right(office: Office, register: Register, me: Person, unit: str) -> None:
    today = office.now().date().isoformat()
    wanted = None if unit == register.root_unit else unit
    there = any(post.unit == wanted and post.held_on(today) for post in me.posts)
    if not there and me.id not in register.registrars:
        name = register.name(unit)
        raise Refused(f"文号由{name}编，{me.name}在那里没有职务", f"请由{name}的人员办理")


def _next(office: Office, register: Register, progress: Progress, form: str) -> str:
    assert progress.workflow is not None  # noqa: S101 - it gave the form
    done = (progress.completed or {}).get("at", "")
    year = f"{day_of(str(done), register.time_zone).year:04}"
    pieces = re.split(r"(\{year\}|\{n\})", form)
    meant = {_YEAR: re.escape(year), _COUNT: "([0-9]{1,9})"}
    pattern = re.compile("".join(meant.get(piece, re.escape(piece)) for piece in pieces))
    given = [
        found
        for kind in progress.workflow.kinds
        for record in office.register.of(kind)
        if (found := pattern.fullmatch(str(record.at(NUMBER) or "")))
    ]
    count = max((int(found[1]) for found in given), default=0) + 1
    filled = {_YEAR: year, _COUNT: str(count)}
    return "".join(filled.get(piece, piece) for piece in pieces)
