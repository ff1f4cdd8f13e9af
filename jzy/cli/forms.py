"""A record drawn on the terminal as an office paper: ruled, titles beside values, ids as names."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jzy.cli import screen, showing
from jzy.cli.helptext import columns
from jzy.model.attachments import ANNOTATION
from jzy.model.display import one_line, pad, width, wrap
from jzy.model.expression import BadExpression
from jzy.model.findings import Severity
from jzy.model.fulltext import is_machines
from jzy.model.kinds import Kind
from jzy.model.moments import date_cn
from jzy.model.people import fingerprint, parse_key
from jzy.model.record import DataPath, Record
from jzy.model.wording import value_text
from jzy.model.workflow import Workflow
from jzy.office.context import Office
from jzy.office.follow import changes_since
from jzy.office.lives import Lived, lived
from jzy.office.prospect import Coming, Lack, Prospect, referring
from jzy.office.rows import day_text
from jzy.store.attachments import megabytes

_LABEL = 24
"""Columns that a label takes at most before its value begins on the next line."""
_FEW = 4
"""Properties that may stand in one line, and records of a kind that are named."""
_SHORT = 12
"""Characters of a digest that people see."""
_SIGNS = {Severity.ERROR: "✗ ", Severity.WARNING: "! ", Severity.NOTE: "· "}
_ROLES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form; without a label a text that takes the whole width."""

    label: str
    text: str


@dataclass(slots=True)
class Block:
    """Rows between two rules."""

    title: str
    rows: list[Row] = field(default_factory=list)


def show(office: Office, record: Record) -> None:
    """Draw a record with everything that belongs to it and everything that it lacks."""
    found = Prospect(office, record)
    form(office, record, found)
    changed = changes_since(office, found.progress)
    if changed:
        showing.differences(office.register, changed)
    _referring(office, record)
    _missing(found.missing())
    _rule("下一步")
    for step in found.steps():
        screen.out_hanging("  ", f"{step.command}（{step.words}）")


def form(office: Office, record: Record, found: Prospect | None = None) -> None:
    """Draw a record with its sign-offs, those to come, and where it stands."""
    found = found or Prospect(office, record)
    kind = office.kinds[record.kind]
    screen.out_hanging(f"{kind.title}  ", kind.name_of(record.data) or record.id, "strong")
    screen.out_hanging(f"{record.id}  ", record.path, "dim")
    _draw(_Form(office, record, found).blocks())
    moves = _lived(office, record)
    coming = found.coming()
    if record.sign_offs or moves or coming:
        _rule("审批与办理" if moves else "审批")
        showing.sign_offs(office.register, found.progress, moves)
        showing.stage_of_life(office.register, record)
        _coming(found, coming)


def _lived(office: Office, record: Record) -> list[Lived]:
    try:
        return lived(office, record)
    except BadExpression:  # the kind's schema is to blame, and validation says so
        return []


# --- what the record says -------------------------------------------------------------------------


class _Form:
    """The values of a record as blocks of rows, in the order of its schema."""

    def __init__(self, office: Office, record: Record, found: Prospect) -> None:
        self.register = office.register
        self.record = record
        self.kind = office.kinds[record.kind]
        self.matters = _matters(self.kind, found.workflow)
        self.copies = {each.attachment.at: each for each in found.copies}
        self.room = columns() - _LABEL - 3

    def blocks(self) -> list[Block]:
        """The blocks of the form."""
        data = self.record.data
        found = [Block("")]
        names = dict.fromkeys([*self.kind.properties, *data])
        for name in names:
            if name == "sign_offs" or self.kind.properties.get(name, {}).get("x-jzy-machine"):
                continue  # what jzy wrote for itself, to be held against the records
            if name == "follow_up" and isinstance(data.get(name), Mapping):
                self._inside(found, (name,), data[name])
            elif name in data:
                self._add(found, (name,), data[name])
            elif name in self.matters:
                found[-1].rows.append(Row(self.kind.path_title((name,)), ""))
        return [block for block in found if block.rows]

    def _inside(self, found: list[Block], path: DataPath, values: Mapping[str, Any]) -> None:
        """What follows approval, each part under a title of its own."""
        found.append(Block(self.kind.path_title(path)))
        schema = self.kind.property_schema(path) or {}
        for name in dict.fromkeys([*schema.get("properties", {}), *values]):
            here, value = (*path, name), values.get(name)
            if isinstance(value, Mapping) and value:
                found += [Block(self.kind.path_title(here), list(self._rows(here, value)))]
                found += [Block(self.kind.path_title(path))]
            elif name in values:
                self._add(found, here, value)

    def _add(self, found: list[Block], path: DataPath, value: Any) -> None:
        title = self._title(path)
        if isinstance(value, str) and "\n" in value.rstrip("\n"):
            found += [Block(title, [Row("", value.rstrip("\n"))]), Block("")]
        elif isinstance(value, Mapping) and value and not self._fits(path, value):
            found += [Block(title, list(self._rows(path, value))), Block("")]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, item in enumerate(value):
                if self._fits((*path, number), item):
                    row = Row(f"{title} {number + 1}", self._text((*path, number), item))
                    found[-1].rows.append(row)
                else:
                    rows = list(self._rows((*path, number), item))
                    found += [Block(f"{title} {number + 1}", rows), Block("")]
        else:
            found[-1].rows.append(Row(title, self._text(path, value)))

    def _rows(self, path: DataPath, values: Mapping[str, Any], depth: int = 0) -> Iterator[Row]:
        schema = self.kind.property_schema(path) or {}
        indent = "  " * depth
        for name in dict.fromkeys([*schema.get("properties", {}), *values]):
            if name not in values:
                continue
            value, here = values[name], (*path, name)
            label = indent + self._title(here)
            if isinstance(value, Mapping) and not self._fits(here, value):
                yield Row(label, "")
                yield from self._rows(here, value, depth + 1)
            elif isinstance(value, list) and value and isinstance(value[0], Mapping):
                for number, item in enumerate(value):
                    if self._fits((*here, number), item):
                        text = self._text((*here, number), item)
                        yield Row(f"{label} {number + 1}", text)
                    else:
                        yield Row(f"{label} {number + 1}", "")
                        yield from self._rows((*here, number), item, depth + 1)
            else:
                yield Row(label, self._text(here, value))

    def _title(self, path: DataPath) -> str:
        schema = self.kind.property_schema(path) or {}
        return one_line(str(schema.get("title", path[-1])))

    def _fits(self, path: DataPath, value: Mapping[str, Any]) -> bool:
        """Whether a group of values can stand in one line."""
        if (self.kind.property_schema(path) or {}).get(ANNOTATION) is True:
            return True
        plain = not any(isinstance(item, Mapping) for item in value.values())
        nested = any(
            isinstance(item, list) and item and isinstance(item[0], Mapping)
            for item in value.values()
        )
        text = self._text(path, value) if plain and not nested and len(value) <= _FEW else ""
        return bool(text) and "\n" not in text and width(text) <= self.room

    def _text(self, path: DataPath, value: Any) -> str:
        schema = self.kind.property_schema(path) or {}
        if path in self.copies:
            return self._attachment(path)
        if isinstance(value, Mapping):
            return "，".join(
                f"{self._title((*path, name))} {self._text((*path, name), item)}"
                for name, item in value.items()
            )
        if isinstance(value, list):
            return "、".join(self._text((*path, at), item) for at, item in enumerate(value))
        if isinstance(value, str) and is_machines(value):
            return _shortened(value)
        if isinstance(value, str) and schema.get("format") == "date":
            try:
                return date_cn(date.fromisoformat(value))
            except ValueError:
                return value
        return value_text(self.register, schema, value)

    def _attachment(self, path: DataPath) -> str:
        copy = self.copies[path]
        each = copy.attachment
        size = megabytes(each.size) if each.size is not None else ""
        said = (each.type, size, "副本在" if copy.at_hand else "副本不在本机")
        return f"{each.name}（{'，'.join(part for part in said if part)}）"


def _matters(kind: Kind, workflow: Workflow | None) -> set[str]:
    """The properties that a reader looks for, and which stand empty where nothing was filled in:
    those that lists and ledgers show, and those that the workflow speaks of."""
    found = {*kind.required, *kind.columns}
    for column in kind.schema.get("x-jzy-ledger", ()):
        found.add(str(column if isinstance(column, str) else column.get("path", "")))
    if workflow is not None:
        found |= {condition.at for condition in workflow.preconditions}
        for names in workflow.changes.values():
            found |= set(names) if isinstance(names, list | tuple) else set()
    return {path.partition(".")[0] for path in found} - {"follow_up", "sign_offs"}


def _shortened(value: str) -> str:
    """A digest by its beginning, a public key by its fingerprint."""
    try:
        return fingerprint(parse_key(value)[1])
    except ValueError:
        return value.removeprefix("sha256:")[:_SHORT] + "…"


def _draw(blocks: list[Block]) -> None:
    labels = [width(row.label) for block in blocks for row in block.rows if row.label]
    wide = min(max([*labels, 8]), _LABEL)
    bar = _plain("│", "|")
    for block in blocks:
        _rule(block.title)
        for row in block.rows:
            if not row.label:
                for line in _lines(row.text, columns()):
                    screen.out(line)
                continue
            lines = _lines(row.text, columns() - wide - 3)
            if width(row.label) > wide:
                screen.out(f"{row.label} {bar}")
            else:
                screen.out(f"{pad(row.label, wide)} {bar} {lines.pop(0)}".rstrip())
            for line in lines:
                screen.out(f"{' ' * wide} {bar} {line}".rstrip())


def _lines(text: str, room: int) -> list[str]:
    """A text in lines that fit; whole paragraphs where nobody looks."""
    parts = [one_line(part) if part.strip() else "" for part in text.split("\n")]
    if not sys.stdout.isatty():
        return parts
    return [line for part in parts for line in (wrap(part, max(room, 20)) or [""])]


def _rule(title: str = "") -> None:
    line = _plain("─", "-")
    head = f"{line * 2} {title} " if title else ""
    screen.out(head + line * max(columns() - width(head), 2), "dim" if not title else "")


def _plain(sign: str, instead: str) -> str:
    """A sign, or another where the output's encoding lacks it."""
    try:
        sign.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return instead
    return sign


# --- what is still to come ------------------------------------------------------------------------


def _coming(found: Prospect, coming: list[Coming]) -> None:
    if not coming:
        return
    if not found.record.sign_offs:
        screen.out("状态：拟稿，还没有报送", "strong")
    submitted = any(each.now for each in coming)
    screen.out("尚待签批：" if submitted else "报送之后依次签批：")
    for each in coming:
        slots = ("、" if each.require_all else " 或 ").join(each.slots) or "没有可签的职务"
        who = "、".join(each.people) or "现无人可签"
        verb = "阅知" if each.note else "签批"
        now = f"  ← 现在待{verb}" if each.now else ""
        more = "，都须签批" if each.require_all and len(each.slots) > 1 else ""
        text = f"{each.title}{'（阅知）' if each.note else ''}：{slots}{more}（{who}）{now}"
        screen.out_hanging(f"{each.position:>3} ", text)


def _missing(lacking: list[Lack]) -> None:
    _rule("还缺什么")
    if not lacking:
        screen.out("没有缺项", "good")
    for each in lacking:
        code = f"{each.code} " if each.code else ""
        screen.out_hanging(_SIGNS[each.severity], code + each.what, _ROLES[each.severity])
        if each.advice:
            screen.out_hanging("  → ", each.advice)


def _referring(office: Office, record: Record) -> None:
    """The records that name this one, a few of each kind."""
    found = referring(office.register, record)
    if not found:
        return
    _rule("提到它的记录")
    for name, records in found.items():
        latest = sorted(records, key=lambda each: day_text(office.register, each), reverse=True)
        title = office.kinds[name].title
        screen.out(f"{title} {len(records)} 份")
        for each in latest[:_FEW]:
            screen.out_hanging(f"  {each.id}  ", office.register.name(each.id))
        if len(records) > _FEW:
            screen.out(f"  …… 另有 {len(records) - _FEW} 份", "dim")
