"""All commands: from the table, then kinds by name; each imported only when somebody asks for it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import cast

from jzy.cli.commands import Application, Command, Group
from jzy.cli.first import is_kind, kinds_here
from jzy.cli.table import COMMANDS


class Root(Group):
    """The first level."""

    def names(self) -> list[str]:
        """Commands of the table, and kinds."""
        return [*COMMANDS, *(kind for kind in kinds_here() if kind not in COMMANDS)]

    def find(self, name: str) -> Command | Group | None:
        """A command, a group of them, or a kind; the table comes first."""
        entry = COMMANDS.get(name)
        if entry is None:
            return _kind(name)
        app = cast(Application, importlib.import_module(entry.module).app)
        return app.find(name) or app

    def pick(self, words: Sequence[str]) -> Command | Group | None:
        """``jzy report new`` is the kind's, ``jzy report rpt-…`` the command's."""
        if len(words) > 1 and words[0] in COMMANDS and is_kind(words[0]):
            found = _kind(words[0])
            if found is not None and words[1] in found.names():
                return found
        return self.find(words[0])


def walk(words: Sequence[str]) -> tuple[Command | Group | None, Sequence[str]]:
    """Go from the root as far as words lead.

    Returns:
        What they lead to (``None`` where a group has nothing of that name), and the words behind.
    """
    found: Command | Group | None = Root()
    while isinstance(found, Group) and words:
        found, words = found.pick(words), words[1:]
    return found, words


def _kind(name: str) -> Group | None:
    kinds = kinds_here()
    if name not in kinds:
        return None
    from jzy.cli.kind import KindGroup  # noqa: PLC0415 - only where a kind is asked for

    return KindGroup(kinds[name])
