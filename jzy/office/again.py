"""A sign-off of mine made again after somebody else's, or the reason why it does not hold.

Nothing is signed again but what was signed: the same person's same decision on the same content,
in a round of the same workflow, at its turn. Only the link to the entry before, and a time that
would run backwards, are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jzy.git.bench import Entry, Written
from jzy.git.commits import Author
from jzy.git.history import REGULAR, FileChange
from jzy.model.chain import STATE_TITLES, SUBMITTABLE, Progress, State, replay
from jzy.model.digest import entry_digest
from jzy.model.errors import Refused
from jzy.model.expression import BadExpression
from jzy.model.moments import moment_of, stamp
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import workflows_for
from jzy.office.newbase import BOM, NewBase, Void, without_entries
from jzy.office.past import Past
from jzy.store.editing import append_sign_off
from jzy.store.records import parse


def sign_off_in(past: Past, found: Sequence[FileChange]) -> tuple[Record, Record] | None:
    """The record before and after, where a commit adds one entry to it and does nothing else.

    Args:
        past: the history.
        found: what the commit changes.
    """
    if len(found) != 1 or found[0].mode not in REGULAR:
        return None
    path, before, after, _ = found[0]
    kind = past.kind_of(path)
    if kind is None or kind.is_register or before is None or after is None:
        return None
    old, new = past.record(path, before), past.record(path, after)
    if old is None or new is None or without_entries(old) != without_entries(new):
        return None
    alone = len(new.sign_offs) == len(old.sign_offs) + 1
    return (old, new) if alone and new.sign_offs[:-1] == old.sign_offs else None


def sign_off_again(
    base: NewBase, me: Person, written: Written, old: Record, new: Record
) -> tuple[dict[str, Entry | None], Written]:
    """My sign-off on what its record holds now.

    Args:
        base: the files and registers as they stand now.
        me: by these registers.
        written: what the commit says that made the sign-off.
        old: the record before it.
        new: the record with it.

    Returns:
        The file, and what the new commit shall say; no file where the record has my sign-off.

    Raises:
        Void: the sign-off does not hold any more.
    """
    path, mine = new.path, new.sign_offs[-1]
    here = base.entry(path)
    record = base.past.record(path, here.blob) if here else None
    if here is None or record is None:
        raise Void("服务器上已没有这份记录，或它不能读取")
    if _meaning(mine) in [_meaning(e) for e in record.sign_offs if e not in old.sign_offs]:
        return {}, written  # made twice, on two machines: once is enough
    _check_round(base, me, record, old, mine)
    kind, zone = base.kinds[record.kind], base.register.time_zone
    entry = {name: value for name, value in mine.items() if name != "prev"}
    if record.sign_offs:
        last = record.sign_offs[-1]
        entry["prev"] = entry_digest(last)
        if moment_of(entry["at"], zone) < moment_of(last["at"], zone):
            entry["at"] = stamp(base.now, zone)
    try:
        text = append_sign_off(kind, record.text, entry)
    except Refused as error:
        raise Void(error.what, error.advice) from error
    changed, _ = parse(kind, path, text)
    assert changed is not None  # noqa: S101 - append_sign_off read it a moment ago
    _check_chain(base, changed)
    # The signature is made today, so the right to sign must be there today as well.
    today = {**entry, "at": stamp(base.now, zone)}
    data = {**changed.data, "sign_offs": [*record.sign_offs, today]}
    _check_chain(base, Record(changed.kind, changed.id, path, data, text))
    mark = BOM if (base.past.content(here.blob) or b"").startswith(BOM) else b""
    blob = base.bench.blob(mark + text.encode("utf-8"))
    if entry["at"] != mine["at"]:
        when = moment_of(entry["at"], zone)
        written = Written(written.message, Author(me.id, me.name).environment(when))
    # The message stays: it repeats nothing of an entry but what is the same as before.
    return {path: Entry(here.mode, blob)}, written


def _check_round(
    base: NewBase, me: Person, record: Record, old: Record, mine: Mapping[str, Any]
) -> None:
    if mine.get("by") != me.id:
        raise Void("这条签批写的不是您本人")
    whole = base.whole(record)
    before = replay(whole, record)
    if before.breaches:
        raise Void(f"记录已有的签批有问题：{before.breaches[0].message}")
    reason = _not_its_turn(whole, before, mine)
    if reason:
        raise Void(reason)
    if mine.get("digest") != record.digest:
        raise Void("记录的内容与您签批时不同", "请查看改动后的内容，再决定是否签批")
    if mine.get("decision") != "submit":
        if _round(old.sign_offs) != _round(record.sign_offs):
            raise Void("这份记录已按另一流程重新报送")
        return
    try:
        fitting = [(workflow.id, workflow.digest) for workflow in workflows_for(whole, record)]
    except BadExpression as error:
        raise Void(f"流程的适用条件有误：{error}", "请由管理员修改流程") from error
    if fitting != [_round([mine])]:
        raise Void("审批流程已有变动，不能按原来的流程报送", "请按现行流程重新报送")


def _check_chain(base: NewBase, changed: Record) -> None:
    """Refuse a record whose last entry the chain does not allow."""
    last = len(changed.sign_offs) - 1
    breaches = replay(base.whole(changed), changed).breaches
    found = [breach for breach in breaches if breach.entry == last]
    if found:
        raise Void(found[0].message)


def _meaning(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in ("at", "prev")}


def _round(entries: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
    """The workflow of the last submission, and its version."""
    for entry in reversed(entries):
        if entry.get("decision") == "submit":
            return entry.get("workflow"), entry.get("workflow_digest")
    return None, None


def _not_its_turn(register: Register, before: Progress, mine: Mapping[str, Any]) -> str:
    """Why an entry cannot come next, in words that fit the situation; the chain itself is the
    judge of everything else."""
    state, decision = STATE_TITLES[before.state], mine.get("decision")
    if decision == "submit":
        if before.state not in SUBMITTABLE:
            return f"这份记录现在“{state}”，不能再次报送"
        if before.state is State.APPROVED and before.digest == before.record.digest:
            return "这份记录已批准，内容没有变化，不必再报送"
        return ""
    if decision not in ("approve", "note", "return", "reject", "withdraw"):
        return ""
    stage = before.current
    if stage is None:
        return f"这份记录现在“{state}”，不再等待签批"
    signed = before.filled.get(str(mine.get("stage")), ())
    if stage.key != mine.get("stage") and signed:
        title = next((s.title for s in before.stages if s.key == mine.get("stage")), "")
        who = "、".join(register.name(str(entry.get("by"))) for entry, _ in signed)
        return f"“{title}”环节已由{who}签批，不再等待您签批"
    return ""
