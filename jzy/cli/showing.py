"""Records as forms on the terminal: titles beside values, ids as names, sign-offs as a list."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jzy.cli import screen
from jzy.cli.helptext import columns
from jzy.model.chain import DECISION_TITLES, STATE_TITLES, Progress, State, replay, slot_titles
from jzy.model.display import one_line, pad, width, wrap
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import POLICY_TITLES, Need, Policy, Standing, standing
from jzy.model.wording import value_text
from jzy.office.context import Office
from jzy.office.follow import Difference

_LABEL = 18
_INDENT = 18
"""As wide as the moment of a sign-off and the space behind it."""


def cell(register: Register, kind: Kind, record: Record, dotted: str) -> str:
    """One column of a list: short names for ids, short dates."""
    if dotted == "_state":
        return state_title(register, replay(register, record), short=True)
    schema = kind.property_schema(tuple(dotted.split("."))) or {}
    value = record.at(dotted)
    if schema.get("format") == "date-time" and isinstance(value, str):
        return _moment(register, value)
    if schema.get("x-jzy-ref") and isinstance(value, str):
        return register.short_name(value)
    return value_text(register, schema, value)


def state_title(register: Register, progress: Progress, *, short: bool = False) -> str:
    """Where a record stands, and whether an approval covers it no longer."""
    need = standing(register, progress).need
    if progress.state is not State.APPROVED or need is Need.NOTHING:
        return STATE_TITLES[progress.state]
    if short:
        return "待同意" if need is Need.CONSENT else "已失效"
    return "批准后有改动"


def standing_text(register: Register, progress: Progress) -> str:
    """Where a record stands, whether its approval holds, and what it waits for, in one line."""
    found = standing(register, progress)
    state = state_title(register, progress)
    changed = found.why or (_changed(register, progress, found) if found.changed else "")
    stage = progress.current or progress.consenting
    waiting = (slot_titles(register, progress, stage) if stage else "") or "有权签批的人员"
    if progress.state is State.APPROVED:
        said = {
            Need.NOTHING: f"批准仍然有效（{changed}，告知即可）" if changed else "批准有效",
            Need.CONSENT: f"等待{waiting}同意变更（{changed}）",
            Need.REAPPROVE: f"须重新审批，原来的批准已失效（{changed}）",
        }
        return f"{state}，{said[found.need]}"
    if stage is not None:
        at = progress.stages.index(stage) + 1
        state += f"，第 {at}/{len(progress.stages)} 步“{stage.title}”，等待{waiting}"
    return state + ("" if found.holds else f"；报送之后{changed}，须撤回后重新报送")


def standing_data(register: Register, progress: Progress) -> dict[str, object] | None:
    """The same for programs; ``None`` where there is nothing to stand."""
    if progress.state not in (State.APPROVED, State.IN_REVIEW):
        return None
    found = standing(register, progress)
    kind = register.kind_of(progress.record)
    return {
        "holds": found.holds,
        "needed": found.need.value,
        "changed": [
            {"property": name, "title": kind.path_title((name,)), "policy": policy.value}
            for name, policy in found.changed
        ],
        "why": found.why,
    }


def after_change(register: Register, progress: Progress) -> str:
    """Say what a change ends of an approval.

    Returns:
        The next step; empty where the record is not approved.
    """
    if progress.state is not State.APPROVED:
        return ""
    found, record = standing(register, progress), progress.record
    if found.holds and not found.changed:
        return f"jzy {record.kind} show {record.id}（查看）"
    entries = [progress.entries[position] for position in progress.counted]
    names = "、".join(dict.fromkeys(who_signed(register, entry) for entry in entries))
    changed = _changed(register, progress, found)
    if found.need is Need.REAPPROVE:
        why = f"；{found.why}" if found.why else ""
        _warn(f"{changed}，须重新审批{why}。以下人员的签批不再有效：{names}")
        return f"jzy submit {record.id}（重新报送审批）"
    if found.need is Need.CONSENT:
        stage = progress.consenting
        who = (slot_titles(register, progress, stage) if stage else "") or "有权签批的人员"
        _warn(f"{changed}，须经同意。同意之前，以下人员的签批不能作数：{names}")
        return f"请{who}执行 jzy approve {record.id}（同意变更）"
    screen.say(f"{changed}，告知即可，批准仍然有效")
    return f"请将改动告知{names}"


def who_signed(register: Register, entry: Mapping[str, Any]) -> str:
    """Who signed an entry, and for whom: ``某某（代某某）``."""
    behalf = entry.get("on_behalf_of")
    return register.name(entry.get("by")) + (f"（代{register.name(behalf)}）" if behalf else "")


def left_out(office: Office) -> None:
    """Say that files are missing from what was just shown."""
    if office.left_out:
        first, count = office.left_out[0], len(office.left_out)
        screen.say(
            f"! 有 {count} 个文件不能读取或不合格式，没有列入（{first}），详见 jzy validate",
            "warning",
        )


def uncommitted(office: Office, what: str) -> None:
    """Say that records were changed since the last commit, which nobody else has yet."""
    try:
        changed = [path for path in office.repository.status() if office.kinds.of_path(path)]
    except WrongEnvironment:
        return
    if changed:
        screen.say(
            f"! {len(changed)} 份记录有尚未提交的改动（{changed[0]}），{what}按现在的内容列出",
            "warning",
        )


def form(register: Register, record: Record) -> None:
    """Draw a record as a form with its sign-offs and where it stands."""
    kind = register.kind_of(record)
    screen.out(f"{kind.title}  {record.id}", "strong")
    screen.out(record.path, "dim")
    screen.out("─" * min(columns(), 72), "dim")
    for name, value in record.data.items():
        if name != "sign_offs":
            _property(register, kind.schema, name, value, 0)
    if record.sign_offs:
        progress = replay(register, record)
        screen.out("─" * min(columns(), 72), "dim")
        sign_offs(register, progress)


def sign_offs(register: Register, progress: Progress) -> None:
    """The sign-offs so far, whether they still stand, and what is still to come."""
    titles = {s.key: s.title for s in (progress.workflow.stages if progress.workflow else ())}
    mark = _mark(register, progress)
    names = [who_signed(register, entry) for entry in progress.entries]
    wide = max([8, *map(width, names)])
    for index, entry in enumerate(progress.entries):
        when = _moment(register, entry.get("at"))
        title = titles.get(str(entry.get("stage")), "")
        decision = DECISION_TITLES.get(str(entry.get("decision")), str(entry.get("decision")))
        head = f"{when}  {pad(names[index], wide)} {title}{'：' if title else ''}{decision}"
        opinion = entry.get("opinion")
        head += f"（{one_line(opinion)}）" if opinion else ""
        here = mark if index in progress.counted else ""
        if here and width(f"{head}  {here}") <= columns():
            head, here = f"{head}  {here}", ""
        screen.out(head)
        for line in wrap(here, columns() - _INDENT) if here else ():
            screen.out(" " * _INDENT + line)
    _hanging("状态：", standing_text(register, progress))


def _mark(register: Register, progress: Progress) -> str:
    """What is to be said beside each approval of the current round."""
    found = standing(register, progress)
    if found.need is Need.REAPPROVE:
        return f"已失效（{found.why or _changed(register, progress, found)}，须重新审批）"
    if found.need is Need.CONSENT:
        return "待同意"
    return "有效" if progress.state in (State.APPROVED, State.IN_REVIEW) else ""


def _changed(register: Register, progress: Progress, found: Standing) -> str:
    """The changed properties that matter for what is needed: ``改动了“主讲人”``."""
    kind = register.kind_of(progress.record)
    wanted = {Need.REAPPROVE: Policy.REAPPROVE, Need.CONSENT: Policy.CONSENT}.get(found.need)
    names = [name for name, policy in found.changed if policy is wanted]
    names = names or [name for name, _ in found.changed]
    return f"改动了“{'”“'.join(kind.path_title((name,)) for name in names)}”"


def _hanging(sign: str, text: str) -> None:
    """A line whose further lines stand under its text; one line where nobody looks."""
    for line in _lines(sign, text, sys.stdout.isatty()):
        screen.out(line, "strong")


def _lines(sign: str, text: str, narrow: bool) -> list[str]:
    lines = wrap(text, columns() - width(sign)) if narrow else [text]
    return [(" " * width(sign) if number else sign) + line for number, line in enumerate(lines)]


def _warn(text: str) -> None:
    for line in _lines("! ", text, sys.stderr.isatty()):
        screen.say(line, "warning")


def differences(register: Register, found: list[Difference]) -> None:
    """What changed since the last returned or approved version."""
    after = any(difference.policy for difference in found)
    screen.say("批准之后的改动：" if after else "与上次相比的改动：", "strong")
    if not found:
        screen.say("  （没有改动）")
    for difference in found:
        before = value_text(register, None, difference.before) or "（空）"
        now = value_text(register, None, difference.after) or "（空）"
        means = f"（{POLICY_TITLES[difference.policy]}）" if difference.policy else ""
        screen.say(f"  {difference.title}{means}：{one_line(before)} → {one_line(now)}")


def _property(
    register: Register, schema: Mapping[str, Any], name: str, value: Any, depth: int
) -> None:
    child = schema.get("properties", {}).get(name, {})
    title = "  " * depth + str(child.get("title", name))
    if isinstance(value, Mapping) and value:
        screen.out(title)
        for inner, item in value.items():
            _property(register, child, inner, item, depth + 1)
        return
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, item in enumerate(value, 1):
            screen.out(f"{title} {number}")
            for inner, part in item.items():
                _property(register, child.get("items", {}), inner, part, depth + 1)
        return
    label = pad(title, _LABEL) if width(title) <= _LABEL else title + " "
    room = max(columns() - width(label) - 1, 20)
    lines = wrap(value_text(register, child, value).rstrip("\n"), room) or [""]
    screen.out(f"{label} {lines[0]}")
    for line in lines[1:]:
        screen.out(" " * (width(label) + 1) + line)


def _moment(register: Register, value: Any) -> str:
    try:
        return f"{datetime.fromisoformat(str(value)).astimezone(register.time_zone):%Y-%m-%d %H:%M}"
    except ValueError:
        return str(value)
