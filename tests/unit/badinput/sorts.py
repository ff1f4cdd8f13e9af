"""The sorts of bad value that a place can be given, each derived from the place's own schema.

A sort is a function from a place to bad data: what it is called, the record with it, where the
finding must point, which codes it may have, and a word that its sentence must hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jzy.model.record import DataPath
from tests.unit.badinput.places import (
    DELETED,
    KINDS,
    Data,
    Place,
    Raw,
    Schema,
    Twice,
    id_of,
    specimen,
)


@dataclass(frozen=True)
class Bad:
    """Bad data, and what must be said of it."""

    what: str
    data: Data
    at: DataPath
    codes: frozenset[str]
    said: str
    """A word of the sentence: the title of the property."""


Sort = Callable[[Place], Iterator[Bad]]
READING = frozenset({f"JZY1{number:02}" for number in range(1, 13)})
VALUES: dict[str, Any] = {
    "string": "文字", "integer": 7, "boolean": True, "null": None, "array": ["文字"],
    "object": {"a": "文字"},
}  # fmt: skip
UNSEEN = "\0\1\x08\x0b\x0c\x1b\x7f\x80\x85\x9f\u200b\u200d\u200e\u2028\u2029\u202e\u2066\ufeff\ue000\U000e0041"
"""Of each sort of character that nobody sees one or more."""
WRITTEN_WRONGLY = {
    "零宽字符（转义）": '"甲\\u200b乙"',
    "NUL（转义）": '"甲\\0乙"',
    "退格（转义）": '"甲\\b乙"',
    "响铃（转义）": '"甲\\x07乙"',
    "C1（转义）": '"甲\\N乙"',
    "方向（转义）": '"甲\\u202e乙"',
    "单个代理": '"\\uD800"',
    "一对代理": '"\\uD83D\\uDE00"',
    "超出 Unicode": '"\\UFFFFFFFF"',
    "未知转义": '"\\q"',
    "非 NFC": "e\u0301",
    "非 NFC（转义）": '"e\\u0301"',
    "兼容汉字": "\uf900",
    "小数": "1.5",
    "科学记数": "1e3",
    "无穷": "-.inf",
    "非数": ".nan",
    "大整数": "9007199254740992",
    "极大整数": "9" * 5000,
    "负的大整数": "-9007199254740992",
    "十六进制大整数": "0x20000000000000",
    "过深的列表": "[" * 60 + "]" * 60,
    "过深的对象": "{a: " * 60 + "1" + "}" * 60,
    "锚点": "&a 甲",
    "锚点在列表": "[&a 甲]",
    "别名": "*a",
    "标签": "!!str 甲",
    "自定标签": "!甲 甲",
    "Python 标签": "!!python/object/apply:os.system [ls]",
    "二进制标签": "!!binary aGVsbG8=",
    "空标签": "! 甲",
    "复杂的键": "{? [甲] : 乙}",
    "并入键": "{<<: *a}",
    "重复的键": "{a: 1, a: 2}",
    "未闭合的引号": '"甲',
    "未闭合的括号": "[甲",
    "多一个括号": "[甲]]",
    "又一个冒号": "甲: 乙: 丙",
    "保留字符": "@甲",
    "反引号": "`甲`",
    "百分号": "%甲",
    "制表符": "\t- 甲",
}
DATES = (
    "2021-02-30", "2021-02-29", "2021-13-01", "2021-00-10", "2021-01-00", "2021-1-2", "20210102",
    "2021/01/02", "0000-01-01", "1899-12-31", "3021-03-18", "-2021-01-01", "+2021-01-01", "12021-01-01",
    "2021-01-02T00:00:00+08:00", "2021-W01-1", "2021-001", "２０２１-０１-０２", "2021-01-02\n", "2021-01-02 ",
    "二〇二一", "today",
)  # fmt: skip
MOMENTS = (
    "2021-02-30T10:00:00+08:00", "2021-03-18T24:00:00+08:00", "2021-03-18T25:00:00+08:00",
    "2021-03-18T10:60:00+08:00", "2021-03-18T10:00:60+08:00", "2021-12-31T23:59:60Z",
    "2021-03-18T10:00:00", "2021-03-18T10:00+08:00", "2021-03-18 10:00:00+08:00",
    "2021-03-18t10:00:00z", "2021-03-18T10:00:00+0800", "2021-03-18T10:00:00+24:00",
    "2021-03-18T10:00:00+08:60", "2021-03-18T10:00:00.5+08:00", "0000-01-01T00:00:00Z", "3021-03-18T10:00:00+08:00",
    "2021-03-18", "10:00", "2021-03-18T10:00:00+08:00\n", "２０２１-03-18T10:00:00Z",
)  # fmt: skip
FORMATS = {"date": DATES, "date-time": MOMENTS}
MISFITS = (
    "", " ", "!", "甲\n乙", "\t", "A B", "-", "a--b", "甲 ", "文字", "a" * 63, "x", "__", "1..2", "Z" * 64,
)  # fmt: skip


def _is(value: Any, schema: Schema) -> bool:
    tests = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
        "null": value is None,
    }
    wanted = schema["type"]
    return any(tests[name] for name in ([wanted] if isinstance(wanted, str) else wanted))


def _bad(place: Place, what: str, value: Any, *codes: str) -> Bad:
    return Bad(what, place.but(value), place.at, frozenset(codes), place.title)


def wrong_type(place: Place) -> Iterator[Bad]:
    """Each type of value that the schema does not allow."""
    for name, value in VALUES.items():
        if not _is(value, place.schema) and not place.is_body:
            yield _bad(place, f"类型 {name}", value, "JZY203")


def missing(place: Place) -> Iterator[Bad]:
    """A property left out that must be there."""
    if place.required and not place.is_body:
        yield _bad(place, "缺少", DELETED, "JZY201")


def out_of_range(place: Place) -> Iterator[Bad]:
    """Too long, too short, too many, too few, too large, too small, the same twice."""
    schema = place.schema
    if "maxLength" in schema:
        yield _bad(place, "过长", "长" * (schema["maxLength"] + 1), "JZY204")
    if schema.get("minLength"):
        yield _bad(place, "过短", "短" * (schema["minLength"] - 1), "JZY204")
    if "maximum" in schema and schema["maximum"] < 2**53 - 1:
        yield _bad(place, "过大", schema["maximum"] + 1, "JZY204")
    if "minimum" in schema:
        yield _bad(place, "过小", schema["minimum"] - 1, "JZY204")
    if schema["type"] == "array":
        item = specimen(schema["items"])
        yield _bad(place, "项数过多", [item] * (schema["maxItems"] + 1), "JZY204")
        if schema.get("minItems"):
            yield _bad(place, "项数过少", [item] * (schema["minItems"] - 1), "JZY204")
        if schema.get("uniqueItems"):
            twice = [item, item]
            yield Bad(
                "重复的项", place.but(twice), (*place.at, 1), frozenset({"JZY204"}), place.title
            )
    if "maxProperties" in schema:
        value = value_at(place.base, place.at)
        item = next(iter(value.values()))
        many = {f"n{number}": item for number in range(schema["maxProperties"] + 1)}
        yield _bad(place, "属性过多", many, "JZY204")
    if schema.get("minProperties"):
        yield _bad(place, "没有属性", {}, "JZY204")


def wrong_form(place: Place) -> Iterator[Bad]:
    """Not in the enumeration, not of the pattern, not of the format."""
    schema = place.schema
    if "enum" in schema:
        for value in (
            "不在其中",
            "",
            str(schema["enum"][0]) + " ",
            str(schema["enum"][0]).upper() + "X",
        ):
            yield _bad(place, f"选项 {value!r}", value, "JZY204")
    if "pattern" in schema and "format" not in schema:
        pattern, most = re.compile(schema["pattern"]), schema.get("maxLength", 1000)
        misfits = [text for text in MISFITS if not pattern.search(text) and len(text) <= most]
        assert misfits, f"no misfit for {schema['pattern']}"
        for value in misfits:
            yield _bad(place, f"写法 {value!r}", value, "JZY204")
    for value in FORMATS.get(schema.get("format", ""), ()):
        yield _bad(place, f"写法 {value!r}", value, "JZY204")
    assert schema.get("format") in (None, *FORMATS), f"no bad values known for {schema['format']}"


def unknown_property(place: Place) -> Iterator[Bad]:
    """A property that the schema does not know, in each object."""
    if place.schema["type"] != "object":
        return
    names = ["多余", "A", "__proto__", "$ref", " ", "a.b", "0", ""]
    if "properties" in place.schema:
        known = next(iter(place.schema["properties"]))
        names += [known + "x", known.upper()]
    for name in names:
        data = place.but({**value_at(place.base, place.at), name: "文字"})
        yield Bad(
            f"多余的属性 {name!r}", data, (*place.at, name), frozenset({"JZY202"}), place.title
        )


def doubled(place: Place) -> Iterator[Bad]:
    """A property written twice."""
    if isinstance(place.at[-1], str) and not place.is_body:
        yield _bad(place, "写了两次", Twice(value_at(place.base, place.at)), "JZY103")


def unseen(place: Place) -> Iterator[Bad]:
    """A character that nobody sees, as it is."""
    sign = UNSEEN[sum(map(ord, str(place))) % len(UNSEEN)]
    yield _bad(place, f"字符 {ord(sign):04x}", Raw(f"甲{sign}乙"), "JZY107")


def written_wrongly(place: Place) -> Iterator[Bad]:
    """What YAML knows and a record has no use for; two of them a place, each in its turn."""
    if place.is_body:
        return
    names = list(WRITTEN_WRONGLY)
    turn = sum(map(ord, str(place)))
    for step in range(3):
        name = names[(turn + step * 13) % len(names)]
        yield _bad(place, name, Raw(WRITTEN_WRONGLY[name]), *READING)


def blank(place: Place) -> Iterator[Bad]:
    """A text of which nothing is to be seen."""
    if place.schema["type"] == "string" and "x-jzy-ref" not in place.schema:
        for value in (" ", "\u3000", "\n", "\t \n"):
            yield _bad(place, f"空白 {value!r}", value, "JZY204")


def wrong_reference(place: Place) -> Iterator[Bad]:
    """An id that does not exist, an id of a kind that is not allowed, and what is no id at all."""
    allowed = place.schema.get("x-jzy-ref", [])
    allowed = [allowed] if isinstance(allowed, str) else allowed
    nowhere = ("JZY301", "JZY204")
    for kind in map(KINDS.get, allowed):
        assert kind is not None, f"{place} refers to a kind that there is not"
        unused = kind.prefix + ("-20991231-zzzz" if kind.date_property else "-meiyou")
        for value in (unused, f"{kind.prefix}-", f" {id_of(kind)}"):
            yield _bad(place, f"引用 {value!r}", value, *nowhere)
    if allowed:
        others = [kind for name, kind in sorted(KINDS.items()) if name not in allowed]
        yield from (_bad(place, f"引用 {k.name}", id_of(k), "JZY302", "JZY204") for k in others[:1])
        for value in ("", "不是编号", "../../etc/passwd"):
            yield _bad(place, f"引用 {value!r}", value, *nowhere)


def wrong_post(place: Place) -> Iterator[Bad]:
    """A post that the institution does not know."""
    if place.schema.get("x-jzy-post"):
        yield _bad(place, "职务", "meiyou_zhege_zhiwu", "JZY304")


def wrong_kind_name(place: Place) -> Iterator[Bad]:
    """The name of a kind that there is not."""
    if place.schema.get("x-jzy-kind-name"):
        yield _bad(place, "类别", "meiyou", "JZY315")


def wrong_expression(place: Place) -> Iterator[Bad]:
    """What is no JMESPath."""
    if place.schema.get("x-jzy-expression"):
        for value in ("a b", "length(", "a[", "'a", "a.?", "文字", "{a", "@@", "`{", "a ||", "[?"):
            yield _bad(place, f"表达式 {value!r}", value, "JZY308")


def wrong_key(place: Place) -> Iterator[Bad]:
    """What is no public key."""
    if place.schema.get("x-jzy-key"):
        blob = place.schema["examples"][0].split()[1]
        for value in (
            "文字",
            "ssh-ed25519",
            f"ssh-rsa {blob}",
            f"ssh-ed25519 {blob[:-4]}",
            f"ssh-ed25519 {blob}AAAA",
            f"command=ls ssh-ed25519 {blob}",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        ):
            yield _bad(place, f"公钥 {value!r}", value, "JZY305", "JZY204")


SORTS: tuple[Sort, ...] = (
    wrong_type, missing, out_of_range, wrong_form, unknown_property, doubled, unseen, written_wrongly,
    blank, wrong_reference, wrong_post, wrong_kind_name,
    wrong_expression,
    wrong_key,
)  # fmt: skip


def value_at(data: Any, at: DataPath) -> Any:
    """The value at a place that data has."""
    for part in at:
        data = data[part]
    return data
