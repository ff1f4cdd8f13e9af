"""JZY2xx: whether a record satisfies the schema of its kind.

``jsonschema-rs`` gives the verdict for every record, because it is a hundred times as fast;
``jsonschema`` explains the few that failed. If the two disagree, that itself is a finding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from itertools import islice
from typing import Any, NamedTuple

from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind
from jzy.model.record import DataPath
from jzy.rules.base import words

MESSAGE = "x-jzy-message"
"""Beside a condition between properties: what is to be said where it does not hold."""
MAX_ERRORS = 200
"""How many errors of one record are explained."""
TYPE_TITLES = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "true 或 false",
    "array": "列表",
    "object": "一组属性",
    "null": "空值",
}
FORMAT_TITLES = {
    "date": ("日期", "2021-03-18"),
    "date-time": ("日期和时间", "2021-03-18T14:30:00+08:00"),
    "email": ("邮箱", ""),
    "uri": ("网址", "https://example.edu.cn"),
}

words("JZY201", "缺少必填的属性", "这类记录必须填写某些属性。", "请补上缺少的属性。")
words(
    "JZY202",
    "没有这个属性",
    "记录只能有该类格式规定的属性；多出的往往是写错了名字。",
    "请改正属性名，或删去它；确有需要时由管理员修改 schemas/ 中的格式。",
)
words(
    "JZY203",
    "值的类型不对",
    "属性的值应是规定的类型，例如文字、整数、列表。",
    "请按规定的类型填写。",
)
words(
    "JZY204",
    "值不合要求",
    "值的写法、长度、范围或选项不符合该属性的规定。",
    "请按所说的要求改写。",
)
words("JZY205", "属性之间不相配", "某些属性要一起填写，或不能一起填写。", "请核对相关的几个属性。")
words(
    "JZY206",
    "两种校验的结论不一致",
    "两个校验程序对同一份记录的结论不同，说明格式文件用了它们理解不一的写法。",
    "请把这份记录和格式文件一并报告给 jzy 的维护者。",
)


class SchemaBreach(NamedTuple):
    """One place where the data does not satisfy the schema."""

    code: str
    at: DataPath
    message: str
    advice: str
    on_key: bool = False


class Judge:
    """Judges records of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @cached_property
    def _fast(self) -> Any:
        import jsonschema_rs  # noqa: PLC0415

        try:
            return jsonschema_rs.Draft202012Validator(
                dict(self._kind.schema), validate_formats=True
            )
        except ValueError as error:
            what = f"“{self._kind.title}”的格式文件不是有效的 JSON Schema"
            said = str(error).splitlines()[0]
            files = f"{self._kind.name}.schema.json"
            if self._kind.overlay:
                files += f" 或 {self._kind.name}.overlay.json"
            raise WrongEnvironment(what, f"请修正 {files}：{said}") from error

    @cached_property
    def _slow(self) -> Any:
        from jsonschema import Draft202012Validator, validators  # noqa: PLC0415

        # Regular expressions are a language of their own in each program (a `$` of Python's lets a
        # line's end pass), and so are formats. What decides is explained.
        own = {
            "pattern": _as_decided("pattern"),
            "format": _as_decided("format"),
            "uniqueItems": _unique,
        }
        extended: Any = validators.extend(Draft202012Validator, own)  # type: ignore[no-untyped-call]
        return extended(dict(self._kind.schema))

    def is_sound(self, data: Mapping[str, Any]) -> bool:
        """Whether the data satisfies the schema."""
        return bool(self._fast.is_valid(data))

    def breaches(self, data: Mapping[str, Any]) -> list[SchemaBreach]:
        """Every place where the data does not satisfy the schema; empty if it does."""
        if self.is_sound(data):
            return []
        # Of very many errors the first are enough: all would take minutes to explain and to read.
        errors = list(islice(self._slow.iter_errors(data), MAX_ERRORS))
        cut = len(errors) == MAX_ERRORS
        errors.sort(key=lambda e: [(isinstance(p, str), p) for p in e.absolute_path])
        # A date of the wrong form breaks both its pattern and its format; one of them says it.
        formats = {tuple(e.absolute_path) for e in errors if e.validator == "format"}
        errors = [
            e for e in errors if e.validator != "pattern" or tuple(e.absolute_path) not in formats
        ]
        told = (breach for error in errors for breach in self._explain(error))
        found = list(dict.fromkeys(islice(told, MAX_ERRORS)))
        if found and (cut or len(found) == MAX_ERRORS):
            what = f"{found[-1].message}（这份记录的问题太多，其余没有列出）"
            found[-1] = found[-1]._replace(message=what)
        if found:
            return found
        words = "快速校验认为这份记录不合格式，详细校验却没有发现问题"
        return [SchemaBreach("JZY206", (), words, "请把这份记录报告给 jzy 的维护者")]

    def _explain(self, error: Any) -> Iterator[SchemaBreach]:
        at = tuple(error.absolute_path)
        rule = str(error.validator)
        name = self._kind.path_title(at)
        if isinstance(error.schema, Mapping) and MESSAGE in error.schema:
            yield SchemaBreach("JZY205", at, str(error.schema[MESSAGE]), "")
        elif rule in ("required", "additionalProperties", "propertyNames", "uniqueItems"):
            yield from self._explain_parts(error, rule, at)
        elif "propertyNames" in error.relative_schema_path:
            yield from self._explain_parts(error, "propertyNames", at)
        elif rule in ("allOf", "anyOf", "oneOf", "if", "not", "then", "else", "dependencies"):
            yield from self._explain_combination(error, at)
        elif rule == "type":
            wanted = error.validator_value
            kinds = [wanted] if isinstance(wanted, str) else list(wanted)
            titles = "或".join(TYPE_TITLES.get(kind, kind) for kind in kinds)
            yield SchemaBreach("JZY203", at, f"“{name}”应是{titles}", _example(error.schema))
        else:
            example = "" if rule == "format" else _example(error.schema)
            said = _requirement(rule, error.validator_value)
            if rule == "enum":
                said = _choices(error.validator_value, error.schema.get("x-jzy-titles", {}))
            elif rule == "pattern" and isinstance(error.instance, str):
                said = _form(error.instance, str(error.schema.get("format", "")))
            yield SchemaBreach("JZY204", at, f"“{name}”{said}", example)

    def _explain_parts(self, error: Any, rule: str, at: DataPath) -> Iterator[SchemaBreach]:
        """Errors that concern a property or an item of the value which they are found at."""
        value, whole = error.instance, self._kind.path_title(at) or self._kind.title
        if rule == "required":
            for key in (key for key in error.validator_value if key not in value):
                words = f"缺少“{self._kind.path_title((*at, key))}”（{key}）"
                yield SchemaBreach("JZY201", (*at, key), words, f"请填写 {key}")
        elif rule == "additionalProperties":
            known = error.schema.get("properties", {})
            for key in (key for key in value if key not in known):
                words = f"“{whole}”没有“{_shown(key)}”这个属性"
                yield SchemaBreach("JZY202", (*at, key), words, _nearest(key, known), True)
        elif rule == "uniqueItems":
            for first, second in _repeated(value):
                words = f"“{whole}”的第 {second + 1} 项与第 {first + 1} 项重复"
                yield SchemaBreach("JZY204", (*at, second), words, "请只保留一项")
        else:
            words = f"“{whole}”之下不能有“{_shown(str(value))}”这个属性"
            advice = "属性名用小写字母、数字和下划线，以字母开头"
            yield SchemaBreach("JZY202", (*at, value), words, advice, True)

    def _explain_combination(self, error: Any, at: DataPath) -> Iterator[SchemaBreach]:
        inner = [breach for child in error.context or () for breach in self._explain(child)]
        if inner:
            yield from inner
        else:
            name = self._kind.path_title(at) or self._kind.title
            yield SchemaBreach("JZY205", at, f"“{name}”的几个属性不相配", "请核对相关的属性")


def _requirement(rule: str, wanted: Any) -> str:
    if rule == "format":
        title, example = FORMAT_TITLES.get(wanted, (str(wanted), ""))
        return f"应是有效的{title}" + (f"，如 {example}" if example else "")
    said: dict[str, Callable[[], str]] = {
        "const": lambda: f"应是“{_plain(wanted)}”",
        "pattern": lambda: "的写法不对",
        "minLength": lambda: f"至少要有 {wanted} 个字" if wanted > 1 else "不能为空",
        "maxLength": lambda: f"不能超过 {wanted} 个字",
        "minimum": lambda: f"不能小于 {wanted}",
        "maximum": lambda: f"不能大于 {wanted}",
        "exclusiveMinimum": lambda: f"应大于 {wanted}",
        "exclusiveMaximum": lambda: f"应小于 {wanted}",
        "minItems": lambda: f"至少要有 {wanted} 项",
        "maxItems": lambda: f"不能超过 {wanted} 项",
        "minProperties": lambda: f"至少要填 {wanted} 个属性",
        "maxProperties": lambda: f"不能超过 {wanted} 个属性",
        "dependentRequired": lambda: "的几个属性要一起填写",
        "None": lambda: "不应填写",
    }
    return said[rule]() if rule in said else f"不合格式的要求（{rule}）"


def _choices(wanted: list[Any], titles: Mapping[str, str]) -> str:
    named = [(_plain(item), titles.get(str(item), "")) for item in wanted]
    said = "、".join(f"{text}（{title}）" if title else text for text, title in named)
    return f"应是其中之一：{said}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _repeated(items: list[Any]) -> Iterator[tuple[int, int]]:
    """Where items stand that are written a second time: first and later position."""
    seen: dict[str, int] = {}
    for position, item in enumerate(items):
        first = seen.setdefault(json.dumps(item, sort_keys=True), position)
        if first != position:
            yield first, position


@cache
def _decides(rule: str, wanted: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415

    return jsonschema_rs.Draft202012Validator({rule: wanted}, validate_formats=True)


def _as_decided(rule: str) -> Callable[..., Iterator[Any]]:
    """A keyword about texts for ``jsonschema`` that agrees with ``jsonschema-rs``."""

    def judge(_: Any, wanted: str, value: Any, __: Any) -> Iterator[Any]:
        from jsonschema import ValidationError  # noqa: PLC0415

        if isinstance(value, str) and not _decides(rule, wanted).is_valid(value):
            yield ValidationError(f"{rule}: {wanted}")

    return judge


def _unique(_: Any, wanted: bool, value: Any, __: Any) -> Iterator[Any]:
    """What ``jsonschema`` finds by comparing each item with each, which takes hours for many."""
    from jsonschema import ValidationError  # noqa: PLC0415

    if wanted and isinstance(value, list) and next(_repeated(value), None):
        yield ValidationError("uniqueItems")


def _form(value: str, form: str) -> str:
    """What is wrong with the form of a text, as far as it can be told."""
    if form == "date":  # a day that there is, for otherwise the format would have been told
        return "的年份不在可用的范围之内"
    if not value.strip():
        return "不能只有空格"
    if any(sign in value for sign in "\n\r\t"):
        return "应写在一行里，不能换行或用制表符"
    return "的写法不对"


def _example(schema: Any) -> str:
    examples = schema.get("examples") if isinstance(schema, Mapping) else None
    if not examples:
        return ""
    first = examples[0]
    return f"例如：{_shown(first if isinstance(first, str) else json.dumps(first, ensure_ascii=False))}"


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    import difflib  # noqa: PLC0415

    near = difflib.get_close_matches(key, list(known), n=1)
    if near:
        return f"是否应为 {near[0]}（{known[near[0]].get('title', near[0])}）？"
    return "可用的属性：" + "、".join(list(known)[:12])


def _shown(text: str) -> str:
    text = " ".join(text.split()) or "（空白）"
    return text if len(text) <= 60 else text[:60] + "…"
