"""Creating and editing records of any kind, from its schema alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jzy.git.commits import Author, Change, commit_file, recover
from jzy.model.chain import SUBMITTABLE, State, replay
from jzy.model.errors import JzyError, Refused, WrongEnvironment, WrongUsage
from jzy.model.findings import Finding
from jzy.model.kinds import Kind
from jzy.model.moments import day_of
from jzy.model.people import Person
from jzy.model.record import DataPath, Record, dotted_of, path_of
from jzy.office.context import Office
from jzy.office.sign import draft_message
from jzy.office.validate import problems_of
from jzy.store.dumping import new_text
from jzy.store.editing import set_value
from jzy.store.files import NotReadable, decode, read_bytes, replace
from jzy.store.records import parse, read_record
from jzy.store.yamltext import read

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: no letters that are taken for digits or for one another."""
_TRUE = frozenset({"true", "yes", "y", "是", "1", "对"})
_FALSE = frozenset({"false", "no", "n", "否", "0", "不"})


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


def assignments(kind: Kind, words: Iterable[str]) -> list[tuple[DataPath, Any]]:
    """``a.b=c`` as places and values, the values read as the schema wants them there.

    Raises:
        WrongUsage: no ``=``, no such property, or a value that cannot be read.
    """
    found = []
    for word in words:
        dotted, equals, text = word.partition("=")
        if not equals or not dotted.strip():
            raise WrongUsage(
                f"--set {word} 的写法不对", "请写作 --set 属性=值，例如 --set title=公开课"
            )
        path = path_of(dotted.strip())
        schema = kind.property_schema(path)
        if schema is None or not path:
            known = "、".join(name for name in kind.properties if name != "sign_offs")
            raise WrongUsage(f"{kind.title}没有 {dotted.strip()} 这个属性", f"可用的属性：{known}")
        if path[0] == "sign_offs":
            raise WrongUsage("签批不能手工填写", "请使用 jzy submit、jzy approve 等命令")
        found.append((path, value_of(schema, text, dotted_of(path))))
    return found


def value_of(schema: Mapping[str, Any], text: str, name: str) -> Any:
    """What a person typed as the value that a schema wants.

    Text stays text; whole numbers, yes and no are read as such; ``2021-03-18 14:30`` becomes a
    date-time with the offset of this machine's zone left to :func:`complete`; lists and groups of
    properties are read as YAML.

    Raises:
        WrongUsage: the text cannot be read as what is wanted.
    """
    wanted = schema.get("type")
    if wanted == "integer":
        if not re.fullmatch(r"[-+]?\d{1,15}", text.strip()):
            raise WrongUsage(f"{name} 应是整数，却是“{text}”", f"例如 --set {name}=40")
        return int(text)
    if wanted == "boolean":
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise WrongUsage(f"{name} 应是 true 或 false，却是“{text}”", f"例如 --set {name}=true")
        return word in _TRUE
    if wanted in ("array", "object"):
        reading = read(f"value: {text}\n" if "\n" not in text else f"value:\n{_indented(text)}\n")
        if reading.problems:
            advice = "列表请写作 [甲, 乙]，一组属性请写作 {name: 甲}"
            raise WrongUsage(f"{name} 的值无法读取：{reading.problems[0].message}", advice)
        return reading.data["value"]
    return text


def complete(office: Office, kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
    """Dates and times as people write them, in the form that records keep.

    ``2021/3/18`` becomes ``2021-03-18``, ``2021-03-18 14:30`` gets seconds and the offset of the
    institution's time zone.
    """
    zone = office.register.time_zone

    def walk(schema: Mapping[str, Any], value: Any) -> Any:
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            return {name: walk(properties.get(name, {}), item) for name, item in value.items()}
        if isinstance(value, list):
            return [walk(schema.get("items", {}), item) for item in value]
        if isinstance(value, str) and schema.get("format") in ("date", "date-time"):
            return _date(value, schema["format"], zone)
        return value

    done: dict[str, Any] = walk(kind.schema, data)
    return done


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
    whole = complete(office, kind, dict(data))
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
    return _store(office, record, made.text, f"新建{made.kind.title}", name, commit=commit)


def save(office: Office, record: Record, text: str) -> Saved:
    """Write an edited record, and commit it where this user can sign."""
    name = office.register.name(record.id)
    return _store(office, record, text, "修改", name, commit=True)


def _store(
    office: Office, record: Record, text: str, verb: str, name: str, *, commit: bool
) -> Saved:
    """Write a record's text and commit exactly that file.

    Who has no key yet, or works outside git, keeps the file as it is written; who has a key but
    may not change registers is refused before anything is written.
    """
    content = text.encode("utf-8")
    me, why = None, "按要求没有提交"
    if commit:
        me, why = _signer(office)
    if me is not None and office.kinds[record.kind].is_register:
        _check_registrar(office, me)
    made: str | None = None
    if me is None:
        try:
            replace(office.root / record.path, content)
        except OSError as error:
            what = f"无法写入 {record.path}：{error.strerror}"
            raise WrongEnvironment(what, "请检查文件夹的权限") from error
    else:
        recover(office.repository)
        if office.repository.content(record.path) == content:
            replace(office.root / record.path, content)
        else:
            message = draft_message(verb, record, name)
            author = Author(me.id, me.name)
            made = commit_file(
                office.repository,
                Change(record.path, content, message, author, office.key, office.now()),
            )
    office.forget()
    return Saved(made, why)


def _signer(office: Office) -> tuple[Person | None, str]:
    try:
        return office.me, ""
    except JzyError as error:
        return None, error.what


def _check_registrar(office: Office, me: Person) -> None:
    if me.id not in office.register.registrars:
        raise Refused(f"{me.name}不是登记管理员，不能修改登记簿", "请由登记管理员办理")


def edited(office: Office, record: Record, changes: Iterable[tuple[DataPath, Any]]) -> str:
    """A record's text with some values changed, checked and not written.

    Raises:
        Unsound: the result does not satisfy the schema or the rules.
        Refused: the record is in review or rejected and its signed part would change.
    """
    kind = office.kinds[record.kind]
    text = record.text
    for path, value in changes:
        done = complete(office, kind, _nested(path, value))
        text = set_value(kind, text, path, _unnested(path, done))
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
    if changed.sign_offs != record.sign_offs:
        raise Refused("签批不能手工改动", "请使用 jzy submit、jzy approve 等命令")
    state = replay(office.register, record).state
    if changed.digest != record.digest and state not in SUBMITTABLE:
        advice = f"请先撤回：jzy withdraw {record.id}" if state is State.IN_REVIEW else "请另拟一份"
        raise Refused(f"{record.id} 正在审批或已办结，内容不能修改", advice)
    return changed


def read_file(kind: Kind, name: str) -> dict[str, Any]:
    """The data of a file given with ``--from``: YAML, JSON (which YAML contains), or Markdown.

    Raises:
        WrongUsage: the file cannot be read.
    """
    path = Path(name).expanduser()
    try:
        text = decode(read_bytes(path))
    except NotReadable as error:
        raise WrongUsage(
            f"{name} 无法读取：{error.problem.message}", error.problem.advice
        ) from error
    text = text if text.endswith("\n") else text + "\n"
    reading = read_record(kind, text) if kind.suffix == ".md" else read(text)
    if reading.problems:
        first = reading.problems[0]
        raise WrongUsage(f"{name}:{first.line}:{first.column} {first.message}", first.advice)
    data: dict[str, Any] = dict(reading.data)
    if "sign_offs" in data:
        raise WrongUsage(f"{name} 中带有签批", "请删去 sign_offs；签批由 jzy submit 等命令记录")
    return data


def merged(data: Mapping[str, Any], changes: Iterable[tuple[DataPath, Any]]) -> dict[str, Any]:
    """Data with the values of some places set.

    Raises:
        WrongUsage: a list position beyond the end.
    """
    whole: dict[str, Any] = dict(data)
    for path, value in changes:
        whole = _put(whole, path, value, path)
    return whole


def _put(data: Any, path: DataPath, value: Any, whole: DataPath) -> Any:
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        items = list(data) if isinstance(data, list) else []
        if head > len(items):
            raise WrongUsage(f"{dotted_of(whole)} 跳过了前面的项", "请从 0 起按次序填写列表")
        item = _put(items[head] if head < len(items) else None, rest, value, whole)
        return [*items[:head], item, *items[head + 1 :]]
    known = dict(data) if isinstance(data, Mapping) else {}
    return {**known, head: _put(known.get(head), rest, value, whole)}


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


def _date(value: str, wanted: str, zone: Any) -> str:
    text = value.strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    found = re.fullmatch(
        r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?",
        text,
    )
    if not found:
        return value
    year, month, day, hour, minute, second, offset = found.groups()
    whole = f"{year}-{int(month):02}-{int(day):02}"
    if wanted == "date" or hour is None:
        return whole if hour is None else value
    moment = f"{whole}T{int(hour):02}:{minute}:{second or '00'}"
    if offset:
        return moment + offset
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=zone).isoformat(timespec="seconds")
    except ValueError:
        return value


def _nested(path: DataPath, value: Any) -> dict[str, Any]:
    for part in reversed(path):
        value = [value] if isinstance(part, int) else {part: value}
    found: dict[str, Any] = value
    return found


def _unnested(path: DataPath, data: Any) -> Any:
    for part in path:
        data = data[0] if isinstance(part, int) else data[part]
    return data


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.split("\n"))
