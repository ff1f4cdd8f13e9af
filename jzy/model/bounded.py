"""JMESPath that comes to an end: an expression spends steps, and stops when none are left.

An expression in a template, a claim or a schema is somebody's file. It cannot loop, but lists within
lists multiply (``records('unit')[].records('unit')[]…``), and a text or a list that is put twice into
itself at each stage of a pipe doubles at each. So the parsed expression is rewritten: what is done
for each item of a list pays for it, and what makes a list or a text at once pays for its length. What
has neither costs nothing more than before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any

from jmespath.visitor import TreeInterpreter

MOST_STEPS = 5_000_000
"""Of one evaluation, where nobody gives less; an expression over ten thousand records needs some ten
thousand."""
MOST_COPIES = 1_000_000
"""How often the lists and groups of an expression may put a value into one another; comparing two such
values goes through all of it at once, in one step."""
_FOR_EACH: Mapping[str, tuple[int, ...]] = {
    "projection": (1,), "filter_projection": (1, 2), "value_projection": (1,), "expref": (0,),
}  # fmt: skip
"""Which children of a node are evaluated for each item."""
_AT_ONCE = frozenset({"function_expression", "flatten", "slice"})
"""Nodes that make a list or a text in one go."""
_NAMES = frozenset({"field", "path"})
"""Nodes that go from a value to what it has under a name, or under names one after another."""

_EACH_TIME = 4
_left: list[int] = []
"""The steps left, of the innermost purse last."""


class TooMuch(ValueError):
    """No steps are left."""


class Purse:
    """Steps for several evaluations together.

    Args:
        steps: items that are gone through, an eighth of the lengths of lists and texts that are made,
            and some for each evaluation.
    """

    def __init__(self, steps: int) -> None:
        self.left = steps

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Evaluate in here from this purse."""
        _left.append(self.left)
        try:
            yield
        finally:
            self.left = _left.pop()


def metered(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parsed expression in which everything that can multiply pays."""
    paid = _FOR_EACH.get(node["type"], ())
    children = [
        _around("each", metered(child)) if at in paid else metered(child)
        for at, child in enumerate(node["children"])
        if isinstance(child, dict)
    ]
    if len(children) != len(node["children"]):  # a slice has numbers there
        children = node["children"]
    found = {**node, "children": children}
    if node["type"] == "subexpression" and all(child["type"] in _NAMES for child in children):
        names = [name for child in children for name in _names_of(child)]
        return {"type": "path", "children": [], "value": names}
    return _around("made", found) if node["type"] in _AT_ONCE else found


def _names_of(node: Mapping[str, Any]) -> list[str]:
    names: str | list[str] = node["value"]
    return [names] if isinstance(names, str) else names


def _around(kind: str, child: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": kind, "children": [child]}


def copies(node: Mapping[str, Any]) -> int:
    """How many times an expression may put one value into another, at most."""
    wide = max(len(node["children"]), 1) if node["type"].startswith("multi_select") else 1
    inside = (copies(child) for child in node["children"] if isinstance(child, dict))
    return wide * prod(inside)


def _spend(steps: int) -> None:
    _left[-1] -= steps
    if _left[-1] < 0:
        raise TooMuch("表达式要算的太多，已停止")


class Bounded(TreeInterpreter):  # type: ignore[misc]
    """The interpreter of metered expressions.

    Every record is asked some ten conditions, so what is asked for each node is short here.
    """

    def visit(self, node: Mapping[str, Any], value: Any) -> Any:
        """The value of one node."""
        method = self._method_cache.get(node["type"])
        return method(node, value) if method is not None else super().visit(node, value)

    def visit_path(self, node: Mapping[str, Any], value: Any) -> Any:
        """A plain path, the commonest of all, in one step."""
        for name in node["value"]:
            try:
                value = value.get(name)
            except AttributeError:
                return None
        return value

    def _is_false(self, value: Any) -> bool:
        return not value and (value is None or value is False or value in ("", [], {}))

    def value(self, node: Mapping[str, Any], data: Any) -> Any:
        """The value of a whole expression, from the purse that is open or one of its own.

        Raises:
            TooMuch: no steps are left.
        """
        if _left:
            _spend(_EACH_TIME)
            return self.visit(node, data)
        _left.append(MOST_STEPS)
        try:
            return self.visit(node, data)
        finally:
            _left.pop()

    def visit_each(self, node: Mapping[str, Any], value: Any) -> Any:
        """What is done for one item of a list."""
        _spend(1)
        return self.visit(node["children"][0], value)

    def visit_made(self, node: Mapping[str, Any], value: Any) -> Any:
        """What makes a list or a text at once."""
        found = self.visit(node["children"][0], value)
        _spend(1 + (len(found) >> 3 if isinstance(found, list | str) else 0))
        return found
