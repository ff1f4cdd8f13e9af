"""Signing off: submit, approve, return, reject, withdraw. One act, one commit, or nothing.

:func:`plan` asks every question first and changes nothing; :func:`carry_out` makes the commit.
What the chain says of a decision is asked in :mod:`jzy.office.signer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from jzy.git.commits import Author, Change, commit_file, recover
from jzy.model.chain import DECISION_TITLES, Progress, mandates, replay
from jzy.model.delegation import Delegation
from jzy.model.errors import Refused, WrongUsage
from jzy.model.moments import moment_of
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workdays import WorkCalendar, shortfalls
from jzy.model.workflow import Stage
from jzy.office import authority, near
from jzy.office.context import Office
from jzy.office.signer import MAX_OPINION, Signer
from jzy.office.snapshots import computed
from jzy.office.validate import problems_of
from jzy.store.editing import append_sign_off
from jzy.store.records import parse


class Act(NamedTuple):
    """A sign-off that may be made: what will be added, and what to show before asking."""

    record: Record
    stage: Stage | None
    """``None`` for submissions and withdrawals."""
    decision: str
    by: Person
    entry: dict[str, Any]
    text: str
    """The file's text with the entry appended."""
    first: str
    """The verb of the commit that has to come first, because the record was never committed or
    its figures have to go into it; empty where none has to."""
    was: Record
    """The record as its file holds it."""
    before: Progress
    after: Progress
    register: Register
    """By which it was judged: that of HEAD, with the record as it will be."""
    warnings: Sequence[str]
    behalf: Person | None = None
    """For whom it is signed; ``None`` by a post of the signer's own."""
    mandate: Delegation | None = None
    """The delegation by which it is signed for another."""

    @property
    def stage_title(self) -> str:
        """The stage in people's words."""
        return self.stage.title if self.stage else DECISION_TITLES[self.decision]


def plan(
    office: Office,
    record_id: str,
    decision: str,
    *,
    opinion: str | None = None,
    stage: str | None = None,
    behalf: str | None = None,
    now: datetime | None = None,
) -> Act:
    """Everything that has to hold before a sign-off, asked without changing anything.

    Args:
        office: the repository.
        record_id: which record.
        decision: ``submit approve return reject withdraw``. To approve what is approved already
            is to consent to a change.
        opinion: what the signer says; ``return`` and ``reject`` must say why.
        stage: the stage that the signer means; refused if it is another one's turn.
        behalf: the id of the person for whom the signer means to sign.
        now: the moment of signing; the present if absent.

    Raises:
        Refused: the record, the workflow or the register do not allow it.
        WrongUsage: an opinion is missing or too long.
        WrongEnvironment: no git, no repository, no key.
    """
    if recover(office.repository):
        office.forget()
    office.repository.check_ready()
    record = near.record(office, record_id)
    trusted, content = authority.with_content(office, record.path)
    moment = now or datetime.now(trusted.time_zone)
    me = authority.me(office, trusted, moment)
    first = "拟稿" if _check_saved(record, content, decision) else ""
    _check_sound(office, trusted, record)
    was = record
    if decision == "submit":
        record = computed(office, record) or record
        first = first or ("" if record is was else "计算数据")
    register = authority.with_record(office, trusted, record)
    progress = replay(register, record)
    if progress.breaches:
        breach = progress.breaches[0]
        raise Refused(
            f"{record.id} 已有的签批有问题：{breach.message}", breach.advice, where=record.path
        )
    if stage is not None and decision in ("submit", "withdraw"):
        raise WrongUsage("报送和撤回不分环节", "请去掉 --stage")
    if behalf is not None and decision in ("submit", "withdraw"):
        raise WrongUsage("报送和撤回须由本人办理", "请去掉 --for")
    signer = Signer(register, record, progress, me, moment)
    here, principal = None, None
    if decision == "submit":
        entry = signer.submission(opinion)
    elif decision == "withdraw":
        entry = signer.withdrawal(opinion)
    else:
        entry, here, principal = signer.decision(decision, opinion, stage, behalf)
    text = append_sign_off(office.kinds[record.kind], record.text, entry)
    changed, problems = parse(office.kinds[record.kind], record.path, text)
    if changed is None or problems:
        raise AssertionError("a sign-off made the record unreadable")
    _check_sound(office, trusted, changed)
    becoming = register.with_record(changed)
    after = replay(becoming, changed)
    if after.breaches:
        raise Refused(f"这一签批不成立：{after.breaches[0].message}", after.breaches[0].advice)
    warnings: list[str] = []
    if decision == "submit" and after.workflow is not None:
        calendar = WorkCalendar(register)
        warnings = shortfalls(register, calendar, after.workflow, record, moment)
    mandate = None
    if principal is not None and here is not None:
        found = mandates(register, progress, here, me.id, signer.day)
        mandate = _vouched(office, register, principal, found)
    return Act(
        record, here, entry["decision"], me, entry, text, first, was, progress, after, becoming,
        warnings, principal, mandate,
    )  # fmt: skip


def _vouched(
    office: Office, register: Register, principal: Person, found: Sequence[Delegation]
) -> Delegation:
    """The delegation by which somebody signs for another, which that other or a registrar signed."""
    mine = [each for each in found if each.principal == principal.id]
    for each in mine:
        record = register.get(each.id)
        if record is not None and authority.vouched_for(office, record):
            return each
    raise Refused(
        f"委托 {mine[0].id} 不是由{principal.name}或登记管理员签名提交的，不作数",
        f"请由{principal.name}本人提交委托：jzy delegation edit {mine[0].id}",
    )


def carry_out(office: Office, act: Act) -> str:
    """Make the commit of a planned act, preceded by that of the draft or of the figures, where
    these are not in history yet.

    Args:
        office: the repository.
        act: from :func:`plan`, moments ago.

    Returns:
        The id of the sign-off's commit, dated as the entry is.

    Raises:
        Refused: git could not commit, or the record changed since; nothing was done, but for
            the commit that has to come first where there was one.
        WrongEnvironment: the key cannot sign.
    """
    was, before = authority.in_file(office, act.was, act.record.text)
    _, content = authority.in_file(office, act.was, act.text)
    author = Author(act.by.id, act.by.name)
    title = act.register.name(act.record.id)
    when = moment_of(act.entry["at"], act.register.time_zone)
    if act.first:
        message = draft_message(act.first, act.record, title)
        commit_file(
            office.repository,
            Change(act.record.path, before, message, author, office.key, when, was),
        )
    behalf = act.behalf.name if act.behalf else ""
    stage = act.stage.title if act.stage else ""
    said = commit_message(act.record.id, title, act.entry, stage, behalf)
    change = Change(act.record.path, content, said, author, office.key, when, before)
    commit = commit_file(office.repository, change)
    office.forget()
    return commit


def draft_message(verb: str, record: Record, title: str) -> str:
    """The message of a commit that is no sign-off: what was done to which record."""
    return f"{verb}：{_one_line(title, 50)}\n\nJzy-Record: {record.id}\n"


def commit_message(
    record_id: str, title: str, entry: Mapping[str, Any], stage_title: str, behalf: str = ""
) -> str:
    """The message of a sign-off's commit, with the trailers that repeat the entry for people.

    Args:
        record_id: which record.
        title: what people call it.
        entry: the entry of ``sign_offs`` that the commit adds.
        stage_title: the stage in people's words, empty for submissions and withdrawals.
        behalf: the name of the person for whom it is signed; empty where the signer holds the
            post.
    """
    said = f"（{stage_title}）" if stage_title else ""
    done = (f"代{_one_line(behalf, 20)}" if behalf else "") + DECISION_TITLES[entry["decision"]]
    lines = [f"{done}：{_one_line(title, 40)}{said}", ""]
    if entry.get("opinion"):
        lines += [f"意见：{_one_line(entry['opinion'], MAX_OPINION)}", ""]
    lines += [
        f"Jzy-Record: {record_id}",
        f"Jzy-Stage: {entry['stage']}",
        f"Jzy-Decision: {entry['decision']}",
        f"Jzy-Digest: {entry['digest']}",
    ]
    return "\n".join(lines) + "\n"


def _one_line(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _check_saved(record: Record, content: bytes | None, decision: str) -> bool:
    """Refuse a record that is not what HEAD has.

    Args:
        record: as its file holds it.
        content: what HEAD has; ``None`` for nothing.
        decision: what is to be signed.

    Returns:
        Whether the record was never committed, which a first submission does.
    """
    saved = authority.is_same(record, content)
    if saved is None and decision == "submit" and not record.sign_offs:
        return True
    if not saved:
        raise Refused(
            f"{record.id} 有尚未提交的改动，不能签批",
            f"请由经办人保存或放弃改动（jzy {record.kind} edit {record.id}，或 git restore）",
            where=record.path,
        )
    return False


def _check_sound(office: Office, trusted: Register, record: Record) -> None:
    findings = problems_of(office, record, near.Near(office, trusted, record))
    if findings:
        first = findings[0]
        raise Refused(
            f"{record.id} 不符合要求，不能签批：{first.message}",
            first.advice,
            where=f"{first.path}:{first.line}:{first.column}",
        )
