"""Creating and editing records of any kind, from its schema alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jzy.git.commits import Author, Change, commit_file, recover
from jzy.git.undo import is_record
from jzy.model.chain import SUBMITTABLE, State, replay
from jzy.model.errors import JzyError, Refused, WrongEnvironment, WrongUsage, os_reason
from jzy.model.findings import Finding
from jzy.model.kinds import Kind
from jzy.model.moments import day_of
from jzy.model.people import Person
from jzy.model.record import DataPath, Record
from jzy.office import authority
from jzy.office.context import Office
from jzy.office.sign import draft_message
from jzy.office.validate import problems_of
from jzy.office.values import complete, nested, unnested, with_defaults
from jzy.store.dumping import new_text
from jzy.store.editing import set_value
from jzy.store.files import replace
from jzy.store.records import parse, read_record

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: no letters that are taken for digits or for one another."""

LONGEST_ID = 80
"""What the schemas allow where a record names another."""


class Unsound(JzyError):
    """Data that may not be written; ``findings`` say why."""

    exit_code = 1

    def __init__(self, what: str, findings: list[Finding]) -> None:
        super().__init__(what, "请按下列提示改正后再试，没有写入任何文件")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Draft:
    """A new record that is sound and not written yet."""

    kind: Kind
    id: str
    path: str
    text: str


def draft(office: Office, kind: Kind, data: Mapping[str, Any], *, slug: str | None = None) -> Draft:
    """A new record from its data, checked and not written.

    Args:
        office: the repository.
        kind: the kind.
        data: the properties.
        slug: last part of the id of a kind with slug ids; made from the name if absent.

    Raises:
        Unsound: the data does not satisfy the schema or the rules.
        WrongUsage: the slug cannot be used.
        Refused: the record exists already.
    """
    whole = complete(office, kind, with_defaults(office, kind, data))
    record_id = _new_id(office, kind, whole, slug)
    day = _day(office, kind, whole)
    path = kind.record_path(record_id, f"{day.year:04}")
    if (office.root / path).exists() or record_id in office.register:
        raise Refused(
            f"{record_id} 已经存在", f"请用 jzy {kind.name} edit {record_id} 修改，或另取编号"
        )
    head = ["示例数据"] if whole.get("synthetic") is True else []
    text = new_text(kind, whole, head=head)
    record, problems = parse(kind, path, text)
    if record is None:
        what = problems[0].message if problems else "内容无法写成记录"
        raise Refused(what, problems[0].advice if problems else "")
    findings = problems_of(office, record)
    if findings:
        raise Unsound(f"这份{kind.title}还不符合要求", findings)
    return Draft(kind, record_id, path, text)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a written record."""

    commit: str | None
    """The commit's id, ``None`` where the file was only written."""
    why: str = ""
    """Why it was not committed, in one Chinese sentence."""


def write(office: Office, made: Draft, *, commit: bool = True) -> Saved:
    """Write a draft into the working tree, and commit it where this user can sign."""
    data = read_record(made.kind, made.text).data
    record = Record(made.kind.name, made.id, made.path, data, made.text)
    name = made.kind.name_of(data) or made.id
    message = draft_message(f"新建{made.kind.title}", record, name)
    return _store(office, record, made.text, message, commit=commit)


def save(
    office: Office,
    record: Record,
    text: str,
    *,
    verb: str = "修改",
    trailers: Mapping[str, str] | None = None,
    alone: bool = False,
    commit: bool = True,
) -> Saved:
    """Write an edited record, and commit it where this user can sign.

    Args:
        office: the repository.
        record: as it was.
        text: as it shall be.
        verb: what is done, the first word of the commit's message.
        trailers: what the message says at its end beside the record's id.
        alone: refuse where the file holds changes that no commit has yet, which would be swept in.
        commit: false to write the file only.
    """
    message = draft_message(verb, record, office.register.name(record.id))
    message += "".join(f"{name}: {value}\n" for name, value in (trailers or {}).items())
    return _store(office, record, text, message, alone=alone, commit=commit)


def _store(
    office: Office, record: Record, text: str, message: str, *, alone: bool = False, commit: bool
) -> Saved:
    """Write a record's text and commit exactly that file.

    Who has no key yet, or works outside git, keeps the file as it is written; who has a key but
    may not change this record is refused before anything is written.
    """
    file = office.root / record.path
    if not is_record(office.root, record.path):
        raise Refused(f"{record.path} 的路径上有链接，不能写入", "请用普通文件夹代替链接")
    was, content = (
        authority.in_file(office, record, text) if file.exists() else (None, text.encode())
    )
    me, why = None, "按要求没有提交"
    if commit:
        me, why = _signer(office)
    if me is not None:
        _check_right(office, me, record, text)
        _check_seen(office, record, alone=alone)
    made: str | None = None
    if me is None:
        try:
            replace(office.root / record.path, content)
        except OSError as error:
            what = f"无法写入 {record.path}：{os_reason(error)}"
            raise WrongEnvironment(what, "请检查文件夹的权限") from error
    else:
        if recover(office.repository):
            office.forget()
            raise Refused("上一次操作中途停止，刚刚已恢复原状", "请再执行一次")
        if office.repository.content(record.path) == content:
            replace(office.root / record.path, content)
        else:
            author = Author(me.id, me.name)
            made = commit_file(
                office.repository,
                Change(record.path, content, message, author, office.key, office.now(), was),
            )
    office.forget()
    return Saved(made, why)


def _check_seen(office: Office, record: Record, *, alone: bool) -> None:
    """Refuse to sign along what somebody left uncommitted in a record that gives rights."""
    kind = office.kinds[record.kind]
    alone = alone or kind.is_register or bool(kind.owner_property)
    if alone and authority.is_saved(office, record) is False:
        raise Refused(
            f"{record.path} 有尚未提交的改动，会被一并提交",
            f"请先查看并提交或放弃这些改动（git diff -- {record.path}）",
            where=record.path,
        )


def _signer(office: Office) -> tuple[Person | None, str]:
    try:
        return authority.me(office, authority.registers(office), office.now()), ""
    except JzyError as error:
        return None, error.what


def _check_right(office: Office, me: Person, record: Record, text: str) -> None:
    """Refuse who may not change a register, or a record that counts by its owner's signature."""
    kind = office.kinds[record.kind]
    owner = kind.owner_property
    if not (kind.is_register or owner) or me.id in authority.registers(office).registrars:
        return
    if owner is None:
        raise Refused(f"{me.name}不是登记管理员，不能修改登记簿", "请由登记管理员办理")
    versions = [read_record(kind, text).data]
    before = authority.committed(office, record)
    if before is not None:
        versions.append(before.data)
    others = {data.get(owner) for data in versions} - {me.id}
    if others:
        names = "、".join(sorted(office.register.name(str(other)) for other in others))
        raise Refused(
            f"{kind.title}只由{kind.path_title((owner,))}本人办理，{me.name}不能代{names}办理",
            f"请由{names}本人或登记管理员办理",
        )


def edited(office: Office, record: Record, changes: Iterable[tuple[DataPath, Any]]) -> str:
    """A record's text with some values changed, checked and not written.

    Raises:
        Unsound: the result does not satisfy the schema or the rules.
        Refused: the record is in review or rejected and its signed part would change.
    """
    kind = office.kinds[record.kind]
    text = record.text
    for path, value in changes:
        done = complete(office, kind, nested(path, value))
        text = set_value(kind, text, path, unnested(path, done))
    check_edit(office, record, text)
    return text


def check_edit(office: Office, record: Record, text: str) -> Record:
    """Refuse an edit that the record's state does not allow, or that makes it unsound.

    Returns:
        The record with the new text.
    """
    kind = office.kinds[record.kind]
    changed, problems = parse(kind, record.path, text)
    if changed is None:
        first = problems[0]
        raise Refused(
            first.message, first.advice, where=f"{record.path}:{first.line}:{first.column}"
        )
    findings = problems_of(office, changed)
    if findings:
        raise Unsound(f"这样修改后 {record.id} 不符合要求", findings)
    try:
        before = authority.committed(office, record)
    except WrongEnvironment:  # outside git there is nothing else to compare with
        before = record
    if changed.sign_offs != (before.sign_offs if before else []):
        raise Refused("签批不能手工改动", "请使用 jzy submit、jzy approve 等命令")
    before = before or changed
    state = replay(office.register.with_record(before), before).state
    if changed.digest != before.digest and state not in SUBMITTABLE:
        advice = f"请先撤回：jzy withdraw {record.id}" if state is State.IN_REVIEW else "请另拟一份"
        raise Refused(f"{record.id} 正在审批或已办结，内容不能修改", advice)
    return changed


def slug_of(name: str) -> str:
    """A slug from a Chinese name, by its pinyin; empty where nothing remains."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take a moment to load

    spelled = "".join(lazy_pinyin(name, errors=lambda text: f"-{text}-"))
    return re.sub(r"[^a-z0-9]+", "-", spelled.lower()).strip("-")[:40].strip("-")


def _new_id(office: Office, kind: Kind, data: Mapping[str, Any], slug: str | None) -> str:
    if kind.singleton:
        return kind.name
    if kind.date_property:
        if slug:
            raise WrongUsage(f"{kind.title}的编号由日期和随机字母组成，不能指定", "请去掉 --id")
        day = _day(office, kind, data)
        while True:
            tail = "".join(secrets.choice(_BASE32) for _ in range(4))
            record_id = f"{kind.prefix}-{day:%Y%m%d}-{tail}"
            if record_id not in office.register:
                return record_id
    wanted = (slug or slug_of(kind.name_of(data))).removeprefix(f"{kind.prefix}-")
    if not wanted and not slug:
        wanted = "".join(secrets.choice(_BASE32) for _ in range(6))
    record_id = f"{kind.prefix}-{wanted}"
    if len(record_id) > LONGEST_ID:
        raise WrongUsage(f"编号太长，最多 {LONGEST_ID} 个字符", "请另取较短的编号：--id 编号")
    if not kind.id_pattern.fullmatch(record_id):
        raise WrongUsage(
            f"“{slug}”不能用作编号", "编号只能用小写字母、数字和短横线，例如 --id xuanchuanbu"
        )
    taken, number = record_id, 2
    while not slug and taken in office.register:
        taken, number = f"{record_id}-{number}", number + 1
    return taken


def _day(office: Office, kind: Kind, data: Mapping[str, Any]) -> date:
    value = data.get(kind.date_property) if kind.date_property else None
    try:
        return day_of(str(value), office.register.time_zone)
    except ValueError:
        return office.now().date()
