"""The checks of a kind's content, as a schema names them in ``x-jzy-checks``.

A check has a code, its words, and a condition that must hold of every record of the kind::

    "JZY456": {
      "title": "统计数对不上",
      "description": "期末数等于期初数加新增数，减合并数和解散数。",
      "advice": "请核对各数。",
      "severity": "error",
      "when": "opening",
      "check": "closing == minus(sum([opening, added]), sum([merged, dissolved]))",
      "at": "closing",
      "message": "期末数是 {closing}，与期初数 {opening} 对不上"
    }

``when`` says whether a record is judged at all. ``each`` names a list: its items are judged one
after another, with ``_item`` and ``_number`` (from 1) beside the record's own properties, and
``at`` leads on from the item. ``with`` gives numbers and lists that an office may want otherwise;
conditions and words see them as ``_with``, so that another number is another number everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from jzy.model.columns import schema_at
from jzy.model.findings import RuleText, Severity
from jzy.model.kinds import Kind
from jzy.model.record import DataPath, dotted_of, path_of

ANNOTATION = "x-jzy-checks"
CODE = re.compile("[A-Z]{2,10}[0-9]{3}")
"""What a code looks like. Those that begin with ``JZY`` are jzy's own."""
_WORDS = ("title", "description", "advice", "check", "message")
_MORE = ("severity", "when", "each", "at", "with")
_HOLE = re.compile(r"\{([^{}]*)\}")
_GIVEN = re.compile(r"\{_with\.([^{}]*)\}")


class Check(NamedTuple):
    """One check of a kind."""

    text: RuleText
    condition: str
    """JMESPath; must hold."""
    message: tuple[str, ...]
    """Words and expressions in turn, beginning with words."""
    when: str | None
    each: str
    """Dotted path of the list whose items are judged; empty for the record itself."""
    at: DataPath
    """Where a finding points, from the record or from the item."""
    given: Mapping[str, Any]
    """What conditions see as ``_with``."""

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression of the check."""
        return (self.condition, *self.message[1::2], *([self.when] if self.when else []))


def checks_of(kind: Kind) -> tuple[Check, ...]:
    """The checks that the schema of a kind holds, in the order of their codes."""
    named: Mapping[str, Mapping[str, Any]] = kind.schema.get(ANNOTATION, {})
    return tuple(_check(kind, code, said) for code, said in sorted(named.items()))


def _check(kind: Kind, code: str, said: Mapping[str, Any]) -> Check:
    given = said.get("with", {})
    title, description, advice = (
        _filled(said[name], given) for name in ("title", "description", "advice")
    )
    severity = Severity(said.get("severity", Severity.ERROR))
    return Check(
        RuleText(code, title, description, advice, severity, kind.name),
        said["check"],
        tuple(_HOLE.split(said["message"])),
        said.get("when"),
        said.get("each", ""),
        path_of(said.get("at", "")),
        given,
    )


def _filled(words: str, given: Mapping[str, Any]) -> str:
    """Words with the numbers and lists of ``with`` in their places."""

    def value(hole: re.Match[str]) -> str:
        found = given[hole[1]]
        return "、".join(map(str, found)) if isinstance(found, list) else str(found)

    return _GIVEN.sub(value, words)


def why_broken(schema: Mapping[str, Any]) -> str:
    """What is wrong with the ``x-jzy-checks`` of a schema, for people; empty if nothing.

    Whether the expressions can be understood is not judged here, because that takes time and few
    commands need it: ``jzy validate`` says so in a finding.
    """
    named = schema.get(ANNOTATION, {})
    if not isinstance(named, dict):
        return f"{ANNOTATION} 应以代码列出各条检查"
    for code, said in named.items():
        if not CODE.fullmatch(code):
            return f"{ANNOTATION} 的代码“{code}”应是大写字母加三位数字，如 XY101"
        why = _why_check(schema, said)
        if why:
            return f"{ANNOTATION} 的 {code}：{why}"
    return ""


def _why_check(schema: Mapping[str, Any], said: Any) -> str:
    if not isinstance(said, dict) or not set(said) <= {*_WORDS, *_MORE}:
        return f"应写明 {'、'.join((*_WORDS, *_MORE))}，没有别的属性"
    for name in _WORDS:
        if not isinstance(said.get(name), str) or not said[name].strip():
            return f"缺少 {name}，应是文字"
    for name in ("when", "each", "at"):
        if name in said and (not isinstance(said[name], str) or not said[name].strip()):
            return f"{name} 应是文字"
    if said.get("severity", "error") not in list(Severity):
        return f"severity 应是其中之一：{'、'.join(Severity)}"
    given = said.get("with", {})
    if not isinstance(given, dict):
        return "with 应是一组属性"
    return _why_words(said, given) or _why_place(schema, said)


def _why_words(said: Mapping[str, str], given: Mapping[str, Any]) -> str:
    for name in ("title", "description", "advice"):
        unknown = next((hole for hole in _GIVEN.findall(said[name]) if hole not in given), None)
        if unknown is not None:
            return f"{name} 提到的“{unknown}”不在 with 中"
    around = _HOLE.split(said["message"])
    if any("{" in words or "}" in words for words in around[::2]):
        return "message 的花括号没有成对"
    if not all(hole.strip() for hole in around[1::2]):
        return "message 的花括号之间应是表达式"
    return ""


def _why_place(schema: Mapping[str, Any], said: Mapping[str, str]) -> str:
    here: Mapping[str, Any] = schema
    each = said.get("each", "")
    for name in each.split(".") if each else ():
        found = here.get("properties", {}).get(name)
        if not isinstance(found, Mapping):
            return f"each：没有“{each}”这一属性"
        here = found
    if each:
        if not isinstance(here.get("items"), Mapping):
            return f"each：“{each}”不是列表"
        here = here["items"]
    named = dotted_of(tuple(part for part in path_of(said.get("at", "")) if isinstance(part, str)))
    if named and schema_at(here, named) is None:
        return f"at：没有“{named}”这一属性"
    return ""


@lru_cache(maxsize=1_024)
def spread(expression: str) -> tuple[str, ...]:
    """The names of a plain dotted path, empty for any other expression."""
    return tuple(expression.split(".")) if re.fullmatch(r"\w+(?:\.\w+)*", expression) else ()
