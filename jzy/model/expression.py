"""The one expression language of conditions: JMESPath over a record (design §4)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

MAX_LENGTH = 2_000
"""Longest expression in characters; the parser is recursive, so the length bounds its depth."""

_FAILURES = (
    ValueError,  # JMESPath's own are ValueErrors
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)
"""What an expression may end in that meets values it was not written for."""


class BadExpression(ValueError):
    """An expression that cannot be parsed, or that fails on a record."""


@lru_cache(maxsize=1_024)
def _compiled(expression: str) -> Any:
    """The syntax tree of an expression, in which what can multiply pays."""
    import jmespath  # noqa: PLC0415 - takes a while to load, and many commands ask no condition
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    from jzy.model.bounded import MOST_COPIES, copies, metered  # noqa: PLC0415

    if len(expression) > MAX_LENGTH:
        raise BadExpression(f"表达式超过 {MAX_LENGTH} 个字符")
    try:
        with warnings.catch_warnings():
            # Older JMESPath took `text` between backticks that is no JSON, and only warns of it.
            warnings.simplefilter("error", PendingDeprecationWarning)
            parsed = jmespath.compile(expression).parsed
        if copies(parsed) > MOST_COPIES:
            raise BadExpression("表达式太复杂")
        return metered(parsed)
    except PendingDeprecationWarning as error:
        raise BadExpression("表达式无法理解：反引号之内不是 JSON，文字请用单引号") from error
    except (JMESPathError, RecursionError) as error:
        raise BadExpression(f"表达式无法理解：{_reason(error)}") from error


def check(expression: str, functions: Any = None) -> None:
    """Raise :class:`BadExpression` unless the expression can be parsed.

    Args:
        expression: JMESPath.
        functions: where they are given, every function that the expression names must be among
            them and be called with as many arguments as it takes.
    """
    parsed = _compiled(expression)
    if functions is not None:
        try:
            _check_calls(parsed, functions.FUNCTION_TABLE)
        except RecursionError as error:
            raise BadExpression("表达式层次过深") from error


def _check_calls(node: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if node["type"] == "function_expression":
        found = known.get(node["value"])
        if found is None:
            raise BadExpression(f"表达式中没有“{node['value']}”这个函数")
        wanted, given = found["signature"], len(node["children"])
        more = bool(wanted) and bool(wanted[-1].get("variadic"))
        if given < len(wanted) or (given > len(wanted) and not more):
            raise BadExpression(f"函数“{node['value']}”应有 {len(wanted)} 个参数，却有 {given} 个")
    for child in node["children"]:
        if isinstance(child, dict):
            _check_calls(child, known)


def calls(expression: str) -> Iterator[tuple[str, str]]:
    """Each function that an expression calls with a literal text as its first argument: its name
    and that text.

    Raises:
        BadExpression: it cannot be parsed.
    """
    waiting = [_compiled(expression)]
    while waiting:
        node = waiting.pop()
        inside = [child for child in node["children"] if isinstance(child, dict)]
        if node["type"] == "function_expression" and inside and inside[0]["type"] == "literal":
            said = inside[0]["value"]
            if isinstance(said, str):
                yield node["value"], said
        waiting += inside


@lru_cache(maxsize=4)
def _interpreter(functions: Any) -> Any:
    """Made once for many expressions, because making it takes longer than a short expression."""
    from jmespath import Options  # noqa: PLC0415 - see _compiled

    from jzy.model.bounded import Bounded  # noqa: PLC0415

    return Bounded(Options(custom_functions=functions))


def evaluate(expression: str, data: Mapping[str, Any], functions: Any = None) -> Any:
    """The value of an expression over plain data.

    Args:
        expression: JMESPath.
        data: plain values.
        functions: further functions, see :attr:`jzy.model.functions.Knowledge.functions`.

    Raises:
        BadExpression: it cannot be parsed, or a function met a value of the wrong type.
    """
    try:
        return _interpreter(functions).value(_compiled(expression), data)
    except BadExpression:
        raise
    except _FAILURES as error:
        raise BadExpression(f"表达式“{expression}”无法求值：{_reason(error)}") from error


def holds(expression: str | None, data: Mapping[str, Any], functions: Any = None) -> bool:
    """Whether a condition holds; no condition always does. Truth is JMESPath's own.

    Raises:
        BadExpression: see :func:`evaluate`.
    """
    if expression is None:
        return True
    value = evaluate(expression, data, functions)
    return not (value is None or value is False or value in ("", [], {}))


def _reason(error: Exception) -> str:
    """Why, in Chinese: JMESPath gives its reasons in English."""
    said = str(error).strip()
    function = re.search(r"(?:Unknown function: |In function |for function )(\w+)\(\)", said)
    position = getattr(error, "lex_position", None)
    token = getattr(error, "token_value", None)
    if function:
        why = "没有这个函数" if "Unknown" in said else "用的值不合要求"
        return f"函数“{function[1]}”{why}"
    if position is not None and token is not None:
        return f"第 {position + 1} 个字符“{str(token)[:20]}”处写法不对"
    if position is not None:
        return "没有写完"
    if any("\u4e00" <= each <= "\u9fff" for each in said):
        return said.splitlines()[0]
    return "是空的" if "empty" in said else "值的类型或大小不合要求"
