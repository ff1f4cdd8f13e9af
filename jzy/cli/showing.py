"""Records as forms on the terminal: titles beside values, ids as names, sign-offs as a list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jzy.cli import screen
from jzy.cli.helptext import columns
from jzy.model.chain import DECISION_TITLES, STATE_TITLES, Progress, State, replay, slot_title
from jzy.model.display import one_line, pad, width, wrap
from jzy.model.kinds import Kind
from jzy.model.moments import moment_cn
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.office.follow import Difference

_LABEL = 18


def value_text(register: Register, schema: Mapping[str, Any] | None, value: Any) -> str:
    """A plain value in people's words: names for ids, Chinese dates, yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        items = (schema or {}).get("items")
        return "、".join(value_text(register, items, item) for item in value)
    if isinstance(value, Mapping):
        properties = (schema or {}).get("properties", {})
        return "，".join(
            f"{properties.get(name, {}).get('title', name)} {value_text(register, properties.get(name), item)}"
            for name, item in value.items()
        )
    text = str(value)
    if (schema or {}).get("x-jzy-ref"):
        return register.name(text)
    if (schema or {}).get("format") == "date-time":
        try:
            return moment_cn(datetime.fromisoformat(text).astimezone(register.time_zone))
        except ValueError:
            return text
    return text


def cell(register: Register, kind: Kind, record: Record, dotted: str) -> str:
    """One column of a list: short names for ids, short dates."""
    if dotted == "_state":
        return state_title(replay(register, record))
    schema = kind.property_schema(tuple(dotted.split("."))) or {}
    value = record.at(dotted)
    if schema.get("format") == "date-time" and isinstance(value, str):
        return _moment(register, value)
    if schema.get("x-jzy-ref") and isinstance(value, str):
        return register.short_name(value)
    return value_text(register, schema, value)


def state_title(progress: Progress) -> str:
    """Where a record stands, with what an approval no longer covers."""
    if progress.state is State.APPROVED and progress.digest != progress.record.digest:
        return "批准后有改动"
    return STATE_TITLES[progress.state]


def left_out(office: Office) -> None:
    """Say that files are missing from what was just shown."""
    if office.left_out:
        first, count = office.left_out[0], len(office.left_out)
        screen.say(
            f"! 有 {count} 个文件不能读取或不合格式，没有列入（{first}），详见 jzy validate",
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
    """The sign-offs so far, and what is still to come."""
    titles = {s.key: s.title for s in (progress.workflow.stages if progress.workflow else ())}
    for entry in progress.entries:
        when = _moment(register, entry.get("at"))
        title = titles.get(str(entry.get("stage")), "")
        decision = DECISION_TITLES.get(str(entry.get("decision")), str(entry.get("decision")))
        head = f"{when}  {pad(register.name(entry.get('by')), 8)} {title}{'：' if title else ''}{decision}"
        opinion = entry.get("opinion")
        screen.out(head + (f"（{one_line(opinion)}）" if opinion else ""))
    stage = progress.current
    state = state_title(progress)
    if stage is not None:
        waiting = "、".join(slot_title(register, slot) for slot in progress.open_slots(stage))
        at = progress.stages.index(stage) + 1
        screen.out(
            f"状态：{state}，第 {at}/{len(progress.stages)} 步“{stage.title}”，等待{waiting}",
            "strong",
        )
    else:
        screen.out(f"状态：{state}", "strong")


def differences(register: Register, found: list[Difference]) -> None:
    """What changed since the last returned or approved version."""
    screen.say("与上次相比的改动：", "strong")
    if not found:
        screen.say("  （没有改动）")
    for difference in found:
        before = value_text(register, None, difference.before) or "（空）"
        after = value_text(register, None, difference.after) or "（空）"
        screen.say(f"  {difference.title}：{one_line(before)} → {one_line(after)}")


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
