"""What people type, as the values that a schema wants: ``--set a.b=c``, dates, files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jzy.model.errors import WrongUsage
from jzy.model.expression import BadExpression, evaluate
from jzy.model.functions import Knowledge, text_sha256
from jzy.model.kinds import Kind
from jzy.model.record import DataPath, dotted_of, path_of
from jzy.office.context import Office
from jzy.store.files import NotReadable, decode, read_bytes
from jzy.store.records import in_words_of, read_record
from jzy.store.yamltext import read

DEFAULT = "x-jzy-default"
"""The annotation that offers a value for a property, as an expression over the record."""
_TRUE = frozenset({"true", "yes", "y", "是", "1", "对"})
_LONGEST_NUMBER = 16
_FALSE = frozenset({"false", "no", "n", "否", "0", "不"})


def assignments(
    kind: Kind, words: Iterable[str], below: DataPath = ()
) -> list[tuple[DataPath, Any]]:
    """``a.b=c`` as places and values, the values read as the schema wants them there.

    Args:
        kind: whose schema counts.
        words: what people wrote.
        below: the place in the schema from which the places are counted.

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
        schema = kind.property_schema((*below, *path))
        if schema is None or not path:
            known = _known(kind, (*below, *path))
            raise WrongUsage(f"{kind.title}没有 {dotted.strip()} 这个属性", known)
        if (*below, *path)[0] == "sign_offs":
            raise WrongUsage("签批不能手工填写", "请使用 jzy submit、jzy approve 等命令")
        title = kind.path_title((*below, *path))
        found.append((path, value_of(schema, text, dotted_of(path), title)))
    return found


def _known(kind: Kind, path: DataPath) -> str:
    """What may stand at the deepest place of a path that exists."""
    depth = len(path) - 1
    while depth > 0 and kind.property_schema(path[:depth]) is None:
        depth -= 1
    here = kind.property_schema(path[:depth]) or kind.schema
    inside = here.get("items", here) if depth else here
    names = [
        f"{name}（{child.get('title', name)}）"
        for name, child in inside.get("properties", {}).items()
        if name != "sign_offs"
    ]
    where = f"{dotted_of(path[:depth])} 之下" if depth else ""
    return f"{where}可用的属性：{'、'.join(names)}" if names else f"{where}不能再有下级属性"


def value_of(schema: Mapping[str, Any], text: str, name: str, title: str = "") -> Any:
    """What a person typed as the value that a schema wants.

    Text stays text; whole numbers, yes and no are read as such; ``2021-03-18 14:30`` becomes a
    date-time with the offset of this machine's zone left to :func:`complete`; lists and groups of
    properties are read as YAML. Where the schema wants the hash of a text (``x-jzy-file``),
    ``@FILE`` stands for that of a file.

    Raises:
        WrongUsage: the text cannot be read as what is wanted.
    """
    wanted = schema.get("type")
    if schema.get("x-jzy-file") == "sha256" and text.startswith("@"):
        return _hash_of(text[1:].strip())
    title = f"“{title or schema.get('title', name)}”"
    if wanted == "integer":
        if not re.fullmatch(r"[-+]?\d+", text.strip()):
            raise WrongUsage(f"{title}应是整数，却是“{_short(text)}”", f"例如 --set {name}=40")
        if len(text.strip()) > _LONGEST_NUMBER:
            raise WrongUsage(f"{title}的数字太大：{_short(text)}", f"请核对 {name}")
        return int(text)
    if wanted == "boolean":
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            what = f"{title}应是 true 或 false，却是“{_short(text)}”"
            raise WrongUsage(what, f"例如 --set {name}=true")
        return word in _TRUE
    if wanted in ("array", "object"):
        reading = read(f"value: {text}\n" if "\n" not in text else f"value:\n{_indented(text)}\n")
        if reading.problems:
            advice = "列表请写作 [甲, 乙]，一组属性请写作 {name: 甲}"
            what = f"{title}（{name}）的值无法读取：{reading.problems[0].message}"
            raise WrongUsage(what, advice)
        return reading.data["value"]
    return text


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:40] + "…"


def _hash_of(name: str) -> str:
    """The hash of a text file, as :mod:`jzy.model.functions` has it of a text."""
    try:
        return text_sha256(decode(read_bytes(Path(name).expanduser())))
    except NotReadable as error:
        raise WrongUsage(
            f"{name} 无法读取：{error.problem.message}", error.problem.advice
        ) from error


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


def with_defaults(office: Office, kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a new record with what the schema offers for properties that it lacks.

    A property's ``x-jzy-default`` is an expression that sees what stands before it, and whatever
    was given; where it has no value, the property stays absent.
    """
    whole = dict(data)
    knowledge = knowledge_of(office)
    for name, schema in kind.properties.items():
        if name not in whole and DEFAULT in schema:
            value = default_of(schema, complete(office, kind, whole), knowledge)
            if value is not None:
                whole[name] = value
    return whole


def knowledge_of(office: Office) -> Knowledge:
    """What expressions may ask today."""
    return Knowledge(office.register, office.now().date())


def default_of(schema: Mapping[str, Any], seen: Mapping[str, Any], knowledge: Knowledge) -> Any:
    """What a schema offers for a property, ``None`` where it offers nothing.

    Args:
        schema: of the property.
        seen: what the expression sees.
        knowledge: its functions.
    """
    said = schema.get(DEFAULT)
    if said is None:
        return None
    try:
        value = evaluate(said, seen, knowledge.functions)
    except BadExpression:  # what is there already is of the wrong type, and its check says so
        return None
    return None if value in ("", [], {}) else value


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
    if kind.suffix == ".md" and text.startswith("---"):
        reading = read_record(kind, text)
    else:
        reading = in_words_of(kind, read(text))
    if reading.problems:
        first, *others = reading.problems
        more = f"（此后还有 {len(others)} 处问题）" if others else ""
        what = f"{name}:{first.line}:{first.column} {first.message}{more}"
        raise WrongUsage(what, first.advice)
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


def _date(value: str, wanted: str, zone: Any) -> str:
    # Full-width digits and colons are how an input method writes them.
    text = unicodedata.normalize("NFKC", value.strip())
    text = re.sub("[/年月]", "-", text).replace("日", "")
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


def nested(path: DataPath, value: Any) -> dict[str, Any]:
    """A value inside the smallest data that has it at a path; list items stand alone."""
    for part in reversed(path):
        value = [value] if isinstance(part, int) else {part: value}
    found: dict[str, Any] = value
    return found


def unnested(path: DataPath, data: Any) -> Any:
    """The value that :func:`nested` wrapped."""
    for part in path:
        data = data[0] if isinstance(part, int) else data[part]
    return data


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.split("\n"))
