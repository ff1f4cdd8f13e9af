"""Lists that conditions ask for again and again, and what of them holds a text at a path.

In a corpus of many records ``where(naming('media_stat', 'covers', covers), 'account', account)`` is
asked by each record of a week, and gives a few of as many. Here such a list is made once for those
that ask one after another, and grouped once for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from jzy.model.record import value_at
from jzy.model.register import Register

MOST_ITEMS = 4_000
"""How many items the lists hold together before all are let go of."""
_Groups = dict[str, dict[str, list[Any]]]
"""The items of a list by path and by the text that they hold there."""


class Lists:
    """Lists of records as conditions see them, and their groups.

    What it gives belongs to it, and is not to be changed by who asks.

    Args:
        register: which notes what a list rests on.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._made: dict[Any, Any] = {}
        self._groups: dict[int, tuple[list[Any], _Groups]] = {}
        self._items = 0

    def get(self, key: tuple[str, ...], make: Callable[[], list[Any]]) -> list[Any]:
        """A list by its key, made where it is not kept; what it rests on is noted each time."""
        if self._items > MOST_ITEMS:
            self.clear()
        return self._register.once(self._made, key, lambda: self._kept(make()))

    def clear(self) -> None:
        """Let go of all."""
        self._made.clear()
        self._groups.clear()
        self._items = 0

    def where(self, items: list[Any], path: str, value: Any) -> list[Any]:
        """Those of a list that hold a value at a dotted path, which is not ``None``.

        A list that was given from here is grouped, so that nobody goes over it again.
        """
        kept = self._groups.get(id(items))
        if kept is None or not isinstance(value, str):
            return [item for item in items if value_at(item, path) == value]
        groups = kept[1].get(path)
        if groups is None:
            groups = kept[1][path] = self._grouped(items, path)
        return groups.get(value) or []

    def _grouped(self, items: list[Any], path: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for item in items:
            held = value_at(item, path)
            if isinstance(held, str):  # nothing else is the same as a text
                found[held].append(item)
        return {held: self._kept(some) for held, some in found.items()}

    def _kept(self, items: list[Any]) -> list[Any]:
        # The list itself is held, so that no other can have its id.
        self._groups[id(items)] = (items, {})
        self._items += len(items) + 1
        return items
