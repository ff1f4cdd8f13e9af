"""The one expression language of conditions: JMESPath over a record (design §4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MAX_LENGTH = 2_000
"""Longest expression in characters; the parser is recursive, so the length bounds its depth."""


class BadExpression(ValueError):
    """An expression that cannot be parsed, or that fails on a record."""


@lru_cache(maxsize=1_024)
def _compiled(expression: str) -> Any:
    import jmespath  # noqa: PLC0415 - takes a while to load, and many commands ask no condition
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    if len(expression) > MAX_LENGTH:
        raise BadExpression(f"表达式超过 {MAX_LENGTH} 个字符")
    try:
        return jmespath.compile(expression)
    except (JMESPathError, RecursionError) as error:
        raise BadExpression(f"表达式无法理解：{_first_line(error)}") from error


def check(expression: str) -> None:
    """Raise :class:`BadExpression` unless the expression can be parsed."""
    _compiled(expression)


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
        if functions is None:
            return _compiled(expression).search(data)
        from jmespath import Options  # noqa: PLC0415 - see _compiled

        return _compiled(expression).search(data, Options(custom_functions=functions))
    except BadExpression:
        raise
    except (ValueError, RecursionError, TypeError) as error:  # JMESPath's own are ValueErrors
        raise BadExpression(f"表达式“{expression}”无法求值：{_first_line(error)}") from error


def holds(expression: str | None, data: Mapping[str, Any], functions: Any = None) -> bool:
    """Whether a condition holds; no condition always does. Truth is JMESPath's own.

    Raises:
        BadExpression: see :func:`evaluate`.
    """
    if expression is None:
        return True
    value = evaluate(expression, data, functions)
    return not (value is None or value is False or value in ("", [], {}))


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
