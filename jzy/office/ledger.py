"""Ledgers: the records of a kind as a sheet that an office can file, print and filter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from jzy.git.plumbing import GitFailed
from jzy.model.chain import STATE_TITLES, State, replay
from jzy.model.columns import ACTIVE, APPROVED_ON, KNOWN, STATE, Column, columns_of, schema_at
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage, os_reason
from jzy.model.expression import BadExpression, holds
from jzy.model.indicators import select
from jzy.model.kinds import Kind
from jzy.model.moments import date_cn, moment_of
from jzy.model.periods import Period
from jzy.model.record import Record, value_at
from jzy.model.register import Register
from jzy.model.standing import CHANGED, shown_state
from jzy.model.wording import value_text
from jzy.office.context import Office
from jzy.render.xlsx import Sheet, Value, write
from jzy.store.files import replace

_MARKS = frozenset("，、；。,;\n")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of a kind."""

    kind: Kind
    sheet: Sheet
    undated: bool
    """Whether a period was asked for and the kind has no date to go by, so that all are listed."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    ledgers: tuple[Ledger, ...]
    day: date
    """The date of filling in."""
    commit: str
    """HEAD; empty where there is none."""


def write_ledgers(
    office: Office,
    kinds: Sequence[str],
    path: Path,
    *,
    period: Period | None = None,
    day: date | None = None,
) -> Written:
    """Write ledgers into a workbook, a sheet a kind.

    Records that cannot be read or do not satisfy their schema are left out, see
    :attr:`Office.left_out`.

    Args:
        office: the repository.
        kinds: names of kinds; all that have records and are no registers if empty.
        path: where to; it must end with ``.xlsx``.
        period: only records whose own date lies in it; kinds without a date are listed whole.
        day: the date of filling in; today if absent, but not later than ``records_until``.

    Raises:
        WrongUsage: another suffix.
        WrongEnvironment: no such kind, a schema's columns are broken, or the file cannot be
            written.
        Refused: there is nothing to list.
    """
    if path.suffix.lower() != ".xlsx":
        raise WrongUsage(f"台账只能写成 .xlsx，不能写成 {path.name}", "请写作 -o 台账.xlsx")
    named = [office.kind(name) for name in dict.fromkeys(kinds)]
    chosen = named or [kind for kind in office.kinds.values() if not kind.is_register]
    filled = day or office.day
    ledgers = [ledger(office.register, kind, filled, period) for kind in chosen]
    office.memory.keep()
    if not named:
        ledgers = [each for each in ledgers if each.sheet.rows]
    if not ledgers:
        when = "这段期间" if period else ""
        raise Refused(f"{when}没有可以列入台账的记录", "请核对期间，或先用 jzy 类别 new 新建记录")
    commit, moment = _head(office, filled)
    institution = office.register.institution
    content = write([each.sheet for each in ledgers], str(institution.get("name", "")), moment)
    try:
        replace(path, content)
    except OSError as error:
        what = f"无法写入 {path}：{os_reason(error)}"
        raise WrongEnvironment(what, "请检查文件夹的权限") from error
    return Written(tuple(ledgers), filled, commit)


def ledger(register: Register, kind: Kind, day: date, period: Period | None = None) -> Ledger:
    """The ledger of a kind in the columns that its schema names.

    Where the kind goes through a workflow, the state and the date of approval are among the
    columns, at the end if the schema does not say where.

    Args:
        register: the records.
        kind: which kind.
        day: the date of filling in.
        period: only records whose own date lies in it.

    Raises:
        WrongEnvironment: see :func:`jzy.model.columns.columns_of`.
    """
    dated = kind.date_property
    records = select(register, kind.name, date_path=dated, period=period)
    if dated:
        records.sort(key=lambda record: (str(record.at(dated)), record.id))
    columns = _columns(register, kind, records)
    desk = _Desk(register, kind, _pointers(register, columns))
    rows = tuple(
        (number, *desk.row(record, columns), record.id) for number, record in enumerate(records, 1)
    )
    unit = register.institution
    name = unit.get("short_name") or unit.get("name", "")
    sample = "（示例数据）" if unit.get("synthetic") is True else ""
    left = f"填报单位：{register.name(unit.get('competent_unit')) or unit.get('name', '')}"
    if period and dated:
        left += f"    期间：{_period_title(period)}"
    sheet = Sheet(
        kind.title,
        f"{name}{kind.title}台账{sample}",
        left,
        f"填报日期：{date_cn(day)}",
        ("序号", *(column.title for column in columns), "记录编号"),
        rows,
    )
    return Ledger(kind, sheet, bool(period and not dated))


def _columns(register: Register, kind: Kind, records: Sequence[Record]) -> list[Column]:
    found = columns_of(register.kinds, kind)
    chain = any(
        kind.name in workflow.data["applies_to"]["kinds"] for workflow in register.of("workflow")
    ) or any(record.sign_offs for record in records)
    if not chain:
        return [column for column in found if column.path not in (STATE, APPROVED_ON)]
    missing = {STATE, APPROVED_ON} - {column.path for column in found}
    return [*found, *(Column(path, KNOWN[path], {}) for path in KNOWN if path in missing)]


def _period_title(period: Period) -> str:
    begins = f"{date_cn(period.begins)}起" if period.begins > date.min else ""
    ends = f"至{date_cn(period.ends)}止" if period.ends < date.max else ""
    return begins.removesuffix("起") + ends.removesuffix("止") if begins and ends else begins + ends


_Pointers = Mapping[tuple[str, str], Mapping[str, Sequence[Record]]]


def _pointers(register: Register, columns: Sequence[Column]) -> _Pointers:
    """The records that name others, by kind and property, and by whom they name."""
    found: dict[tuple[str, str], dict[str, list[Record]]] = {}
    for of in {column.of for column in columns if column.of}:
        found[of] = defaultdict(list)
        for record in register.of(of[0]):
            named = record.at(of[1])
            for each in named if isinstance(named, list) else [named]:
                if isinstance(each, str):
                    found[of][each].append(record)
    return found


@dataclass(frozen=True, slots=True)
class _Desk:
    register: Register
    kind: Kind
    pointers: _Pointers

    def row(self, record: Record, columns: Sequence[Column]) -> list[Value]:
        """What stands in each column for a record."""
        known = self._known(record, {column.path for column in columns})
        return [
            known[column.path] if column.path in known else self._cell(record, column)
            for column in columns
        ]

    def _known(self, record: Record, wanted: set[str]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        if ACTIVE in wanted:
            found[ACTIVE] = self._active(record)
        if STATE in wanted:
            found[STATE], found[APPROVED_ON] = self._approval(record)
        return found

    def _active(self, record: Record) -> str:
        try:
            return "在用" if holds(self.kind.schema.get("x-jzy-active"), record.data) else "停用"
        except BadExpression:
            return ""

    def _approval(self, record: Record) -> tuple[str, Value]:
        """Where the chain stands, and when it was approved; no date for what does not stand."""
        progress = replay(self.register, record)
        state = shown_state(self.register, progress)
        title = "批准后有改动" if state == CHANGED else STATE_TITLES[State(state)]
        if progress.breaches:
            return f"{title}（签批有误）", None
        done = progress.completed
        if state != State.APPROVED or done is None:
            return title, None
        return title, moment_of(str(done["at"]), self.register.time_zone).date()

    def _cell(self, record: Record, column: Column) -> Value:
        if column.of is None:
            return self._value(column.schema, record.at(column.path), column.show)
        holders = self.pointers[column.of].get(record.id, ())
        found = [self._value(column.schema, h.at(column.path), column.show) for h in holders]
        # A line a record, also where it says nothing, so that the columns read across.
        if len(found) == 1:
            return found[0]
        return "\n".join(" ".join(_text(each).split("\n")) for each in found) or None

    def _value(self, schema: Mapping[str, Any], value: Any, show: Sequence[str] = ()) -> Value:
        """A value typed as a spreadsheet knows it: whole number, date, moment, else people's words."""
        if isinstance(value, list):
            items = schema.get("items", schema)
            found = [self._value(items, item, show) for item in value]
            return _joined([each for each in found if each not in (None, "")])
        if isinstance(value, Mapping) and show:
            return self._shown(schema, value, show)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and schema.get("format") in ("date", "date-time"):
            return self._dated(value)
        return value_text(self.register, schema, value).strip() or None

    def _shown(
        self, schema: Mapping[str, Any], value: Mapping[str, Any], show: Sequence[str]
    ) -> Value:
        schemas = [schema_at(schema, part) or {} for part in show]
        pairs = zip(schemas, show, strict=True)
        found = [self._value(each, value_at(value, part)) for each, part in pairs]
        said = [each for each in found if each not in (None, "")]
        if all(each.get("type") == "integer" for each in schemas):
            return sum(each for each in said if isinstance(each, int)) if said else None
        return said[0] if len(said) == 1 else " ".join(map(_text, said)) or None

    def _dated(self, value: str) -> Value:
        try:
            if len(value) == len("2021-03-18"):
                return date.fromisoformat(value)
            return moment_of(value, self.register.time_zone).replace(tzinfo=None)
        except ValueError:
            return value


def _joined(values: Sequence[Value]) -> Value:
    """``甲、乙``; where an item holds such a mark itself, each stands on a line of its own."""
    if len(values) < 2:
        return values[0] if values else None
    texts = [_text(value) for value in values]
    return ("\n" if any(_MARKS & set(text) for text in texts) else "、").join(texts)


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return "" if value is None else str(value)


def _head(office: Office, day: date) -> tuple[str, datetime]:
    """HEAD and when it was committed, so that the same commit gives the same bytes.

    Without a commit: the date of filling in.
    """
    midnight = datetime.combine(day, time(), UTC)
    try:
        commit = office.repository.head()
    except WrongEnvironment:
        return "", midnight
    if commit is None:
        return "", midnight
    try:
        said = office.repository.run("show", "--no-patch", "--format=%cI", commit)
        return commit, datetime.fromisoformat(said.decode("ascii").strip()).astimezone(UTC)
    except (GitFailed, ValueError, OverflowError):  # whoever commits may write any date
        return commit, midnight
