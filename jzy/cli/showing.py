"""What is said of records on the terminal: cells of lists, sign-offs, standing, differences."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jzy.cli import screen
from jzy.cli.helptext import columns
from jzy.model.chain import DECISION_TITLES, Progress, State, replay, slot_titles
from jzy.model.display import one_line, pad, width, wrap
from jzy.model.errors import WrongEnvironment
from jzy.model.expression import BadExpression
from jzy.model.kinds import Kind
from jzy.model.moments import moment_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import POLICY_TITLES, Need, Policy, Standing, standing
from jzy.model.wording import value_text
from jzy.model.workflow import workflows_for
from jzy.office.context import Office
from jzy.office.rows import life_title, state_title

if TYPE_CHECKING:
    from jzy.office.follow import Difference
    from jzy.office.lives import Lived

_INDENT = 18
"""As wide as the moment of a sign-off and the space behind it."""


def cell(register: Register, kind: Kind, record: Record, dotted: str) -> str:
    """One column of a list: short names for ids, short dates."""
    if dotted == "_state":
        return _state_cell(register, record)
    schema = kind.property_schema(tuple(dotted.split("."))) or {}
    value = record.at(dotted)
    if schema.get("format") == "date-time" and isinstance(value, str):
        return _moment(register, value)
    if schema.get("x-jzy-ref") and isinstance(value, str):
        return register.short_name(value)
    return value_text(register, schema, value)


def _state_cell(register: Register, record: Record) -> str:
    """Where a record stands, as briefly as a list wants it: its stage of life says more than that
    it was approved, or that nobody ever submitted it."""
    life = life_title(register, record)
    progress = replay(register, record)
    if not record.sign_offs and (life or not _has_chain(register, record)):
        return life
    state = state_title(register, progress, short=True)
    if life and progress.state is State.APPROVED and standing(register, progress).holds:
        return life
    return " · ".join(filter(None, (state, life)))


def _has_chain(register: Register, record: Record) -> bool:
    try:
        return bool(workflows_for(register, record))
    except BadExpression:  # the workflow is to blame, and validation says so
        return False


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


def stage_of_life(register: Register, record: Record) -> None:
    """Say which stage of life a record is in, where its kind has any."""
    life = life_title(register, record)
    if life:
        _hanging("办理：", life)


def sign_offs(register: Register, progress: Progress, moves: Sequence[Lived] = ()) -> None:
    """The sign-offs so far, whether they still stand, and what is still to come.

    Args:
        register: the records.
        progress: where the chain of a record stands.
        moves: what else the record went through, shown among them in the order of time.
    """
    titles = {s.key: s.title for s in (progress.workflow.stages if progress.workflow else ())}
    mark, narrow = _mark(register, progress), sys.stdout.isatty()
    names = [who_signed(register, entry) for entry in progress.entries]
    wide = max([8, *map(width, names), *(width(_who(each)) for each in moves)])
    shown: list[tuple[str, list[str]]] = []
    for index, entry in enumerate(progress.entries):
        when = _moment(register, entry.get("at"))
        title = titles.get(str(entry.get("stage")), "")
        decision = DECISION_TITLES.get(str(entry.get("decision")), str(entry.get("decision")))
        opinion = entry.get("opinion")
        said = f"{title}{'：' if title else ''}{decision}"
        said += f"（{one_line(opinion)}）" if opinion else ""
        here = f"  {mark}" if mark and index in progress.counted else ""
        shown.append((when, _lines(f"{when}  {pad(names[index], wide)} ", said + here, narrow)))
    shown += [_lived(register, progress.record, each, wide) for each in moves]
    for _, lines in sorted(shown, key=lambda pair: pair[0]):
        for line in lines:
            screen.out(line)
    if progress.entries:
        _hanging("状态：", standing_text(register, progress))


def _lived(register: Register, record: Record, each: Lived, wide: int) -> tuple[str, list[str]]:
    """By what a move is placed in time, and its lines."""
    kind, move = register.kind_of(record), each.mark.move
    day = _moment(register, each.mark.day) if move.moment else each.mark.day
    values = []
    for name, value in each.mark.values.items():
        schema = kind.property_schema((*move.place, name)) or {}
        if name in (*move.needs, *move.asks) and not isinstance(value, list | dict):
            values.append(f"{schema.get('title', name)} {value_text(register, schema, value)}")
    said = move.title + (f"（{one_line('，'.join(values))}）" if values else "")
    head = f"{pad(day, _INDENT - 2)}  {pad(_who(each), wide)} "
    lines = _lines(head, said, sys.stdout.isatty())
    # What has a day and no time comes after all that was signed on it.
    return (day if move.moment else f"{day} ~"), lines


def _who(each: Lived) -> str:
    return each.name or ("（未提交）" if each.commit is None else "（未签名）")


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


def _moment(register: Register, value: Any) -> str:
    try:
        return f"{moment_of(str(value), register.time_zone):%Y-%m-%d %H:%M}"
    except ValueError:
        return str(value)
