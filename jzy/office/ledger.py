"""Ledgers: the records of a kind as a sheet that an office can file, print and filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jzy.model.chain import STATE_TITLES, State, replay
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage, os_reason
from jzy.model.kinds import Kind
from jzy.model.moments import date_cn, moment_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import standing
from jzy.model.wording import value_text
from jzy.office.context import Office
from jzy.render.xlsx import Sheet, Value, write
from jzy.store.files import replace


def write_ledgers(
    office: Office, kinds: Sequence[str], path: Path, day: date | None
) -> list[Sheet]:
    """Write ledgers into a workbook, a sheet a kind.

    Args:
        office: the repository.
        kinds: names of kinds; all that have records and are no registers if empty.
        path: where to; it must end with ``.xlsx``.
        day: the date of filling in; today if absent.

    Raises:
        WrongUsage: another suffix.
        WrongEnvironment: no such kind, or the file cannot be written.
        Refused: there is nothing to list.
    """
    if path.suffix.lower() != ".xlsx":
        raise WrongUsage(f"台账只能写成 .xlsx，不能写成 {path.name}", "请写作 -o 台账.xlsx")
    register = office.register
    named = [office.kind(name) for name in dict.fromkeys(kinds)]
    chosen = named or [k for k in office.kinds.values() if not k.is_register]
    sheets = [
        ledger(register, kind, day or office.now().date())
        for kind in chosen
        if named or register.of(kind.name)
    ]
    if not sheets:
        raise Refused("没有可以列入台账的记录", "请先用 jzy 类别 new 新建记录")
    content = write(sheets, str(register.institution.get("name", "")), _moment(office))
    try:
        replace(path, content)
    except OSError as error:
        what = f"无法写入 {path}：{os_reason(error)}"
        raise WrongEnvironment(what, "请检查文件夹的权限") from error
    return sheets


def ledger(register: Register, kind: Kind, day: date) -> Sheet:
    """The ledger of a kind in the columns that its schema names.

    Args:
        register: the records.
        kind: which kind; ``x-jzy-ledger`` lists dotted paths, else ``x-jzy-columns`` counts.
        day: the date of filling in.
    """
    named = kind.schema.get("x-jzy-ledger") or kind.columns or kind.required
    records = register.of(kind.name)
    signed = any(record.sign_offs for record in records)
    titles = [kind.path_title(tuple(column.split("."))) for column in named]
    rows = []
    for number, record in enumerate(records, 1):
        values = [_value(register, kind, record, column) for column in named]
        ends = list(_approval(register, record)) if signed else []
        rows.append((number, record.id, *values, *ends))
    unit = register.institution
    return Sheet(
        kind.title,
        f"{unit.get('short_name') or unit.get('name', '')}{kind.title}台账",
        f"填报单位：{register.name(unit.get('competent_unit'))}    填报日期：{date_cn(day)}",
        ("序号", "编号", *titles, *(("审批状态", "批准日期") if signed else ())),
        tuple(rows),
    )


def _approval(register: Register, record: Record) -> tuple[str, Value]:
    progress = replay(register, record)
    if progress.state is State.APPROVED and not standing(register, progress).holds:
        return "批准后有改动", None
    done = progress.completed
    at = moment_of(str(done["at"]), register.time_zone).date() if done else None
    return STATE_TITLES[progress.state], at


def _value(register: Register, kind: Kind, record: Record, dotted: str) -> Value:
    schema = kind.property_schema(tuple(dotted.split("."))) or {}
    value: Any = record.at(dotted)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and schema.get("format") in ("date", "date-time"):
        try:
            if len(value) == len("2021-03-18"):
                return date.fromisoformat(value)
            return moment_of(value, register.time_zone).replace(tzinfo=None)
        except ValueError:
            return value
    return value_text(register, schema, value)


def _moment(office: Office) -> datetime:
    """When HEAD was committed, so that the same commit gives the same bytes."""
    said = office.repository.run("show", "--no-patch", "--format=%cI", "HEAD").decode("ascii")
    return datetime.fromisoformat(said.strip())
