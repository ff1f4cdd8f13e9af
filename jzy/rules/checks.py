"""The checks that the schemas of the kinds hold, carried out over a case.

They are data: what a kind's records must satisfy is written in its schema as ``x-jzy-checks``, see
:mod:`jzy.model.checks`. Here is only what finds out whether it is so. A check that is written
wrongly is itself a finding, so that a mistake in one never hides what the others find.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

from jzy.model.checks import Check, checks_of, spread
from jzy.model.columns import schema_at
from jzy.model.errors import WrongEnvironment
from jzy.model.expression import BadExpression, check, evaluate, holds
from jzy.model.findings import RuleText
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind, Kinds
from jzy.model.moments import date_cn
from jzy.model.record import Record, path_of
from jzy.model.register import Register
from jzy.model.wording import value_text
from jzy.rules.base import RULES, Breach, Case, source, words

MISTAKE = "JZY314"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 60
"""Most characters of a value that a message repeats."""

words(
    MISTAKE,
    "检查写错了",
    "格式文件的 x-jzy-checks 写明对记录内容的检查，其中的表达式应能够理解，也能对每份记录求值。",
    "请由管理员修正格式文件中这条检查的表达式。",
)


def all_checks(kinds: Kinds) -> list[tuple[Kind, Check]]:
    """Every check of the kinds, in the order of kinds and codes.

    A code means one thing: a schema made from another may keep its checks, but none may have the
    code of a check or a rule that says something else.

    Raises:
        WrongEnvironment: one has.
    """
    found: list[tuple[Kind, Check]] = []
    owners: dict[str, tuple[Kind, Check]] = {}
    for kind in kinds.values():
        for each in checks_of(kind):
            code = each.text.code
            owner, first = owners.setdefault(code, (kind, each))
            if code in RULES or first.text._replace(kind="") != each.text._replace(kind=""):
                other = "jzy" if code in RULES else file_of(owner)
                raise WrongEnvironment(
                    f"数据格式文件 {file_of(kind)} 有误：x-jzy-checks 的 {code} 在 {other} 中已有",
                    "请为本单位的检查另取代码",
                    where=f"schemas/{file_of(kind)}",
                )
            found.append((kind, each))
    return found


def file_of(kind: Kind) -> str:
    """The file's name in which an office wrote into a kind's schema: the overlay, if it has one."""
    return PurePath(kind.overlay or kind.source or f"{kind.name}.schema.json").name


def mistakes(kinds: Kinds) -> dict[tuple[str, str], str]:
    """What is wrong with the checks that fit no record, by kind and code."""
    return _wrong(kinds, all_checks(kinds))


def _wrong(kinds: Kinds, among: Iterable[tuple[Kind, Check]]) -> dict[tuple[str, str], str]:
    functions = Knowledge(Register(kinds, ()), date.min).functions
    found = {}
    for kind, each in among:
        code, title = each.text.code, each.text.title
        try:
            for expression in each.expressions:
                check(expression, functions)
        except BadExpression as error:
            found[kind.name, code] = f"{kind.title}的检查 {code}（{title}）：{error}"
    return found


@source
def run_checks(
    case: Case, record: Record, codes: Container[str] | None = None
) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach in a record of the checks that its kind's schema holds.

    Args:
        case: what to judge.
        record: which record.
        codes: only these checks; all if absent.

    Raises:
        WrongEnvironment: see :func:`all_checks`.
    """
    if codes is not None and not any(each.text.code in codes for _, each in _all_checks(case)):
        return  # whether the others can be judged by need not be looked at
    checks = [
        each for each in _usable(case, record.kind) if codes is None or each.text.code in codes
    ]
    if not checks:
        return
    try:
        view = case.knowledge.view(record)
    except BadExpression as error:
        yield RULES[MISTAKE].text, Breach(record, (), f"x-jzy-active：{error}")
        return
    for each in checks:
        try:
            for breach in _breaches(case, record, view, each):
                yield each.text, breach
        except BadExpression as error:
            what = f"{each.text.code}（{each.text.title}）不能用于这份记录：{error}"
            yield RULES[MISTAKE].text, Breach(record, (), what)


def _usable(case: Case, kind: str) -> list[Check]:
    """The checks of a kind that can be judged by; found once."""
    found: list[Check] | None = case.memory.get((_usable, kind))
    if found is None:
        mine = [each for each in _all_checks(case) if each[0].name == kind]
        broken = _wrong(case.register.kinds, mine)
        found = [each for _, each in mine if (kind, each.text.code) not in broken]
        case.memory[_usable, kind] = found
    return found


def _all_checks(case: Case) -> list[tuple[Kind, Check]]:
    """The checks of all kinds; found once."""
    found: list[tuple[Kind, Check]] | None = case.memory.get(all_checks)
    if found is None:
        found = case.memory[all_checks] = all_checks(case.register.kinds)
    return found


def _breaches(case: Case, record: Record, view: Mapping[str, Any], each: Check) -> Iterator[Breach]:
    functions = case.knowledge.functions
    seen = {**view, "_with": each.given} if each.given else view
    if each.when is not None and not holds(each.when, seen, functions):
        return
    if not each.each:
        if not holds(each.condition, seen, functions):
            yield Breach(record, each.at, _message(case, record, seen, each))
        return
    items = record.at(each.each)
    for position, item in enumerate(items if isinstance(items, list) else ()):
        inside = {**seen, "_item": item, "_number": position + 1}
        if not holds(each.condition, inside, functions):
            at = (*path_of(each.each), position, *each.at)
            yield Breach(record, at, _message(case, record, inside, each))


def _message(case: Case, record: Record, view: Mapping[str, Any], each: Check) -> str:
    parts = [
        _words(case, record, view, each, part) if place % 2 else part
        for place, part in enumerate(each.message)
    ]
    return "".join(parts)


def _words(
    case: Case, record: Record, view: Mapping[str, Any], each: Check, expression: str
) -> str:
    value = evaluate(expression, view, case.knowledge.functions)
    if value is None:
        return "（未填）"
    schema = _schema(case.register.kind_of(record), each, spread(expression.strip()))
    text = value_text(case.register, schema, _readable(case.register, value))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _schema(kind: Kind, each: Check, names: tuple[str, ...]) -> Mapping[str, Any] | None:
    if names[:1] == ("_item",):
        names = (*each.each.split("."), *names[1:])
    return schema_at(kind.schema, ".".join(names)) if names else None


def _readable(register: Register, value: Any) -> Any:
    """Names for ids and Chinese dates, wherever they stand in a value."""
    if isinstance(value, list):
        return [_readable(register, item) for item in value]
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            try:
                return date_cn(date.fromisoformat(value))
            except ValueError:
                return value
        return register.name(value) if value in register else value
    return value
