"""What the shell offers when somebody presses the tab key: without typer, without an index.

A record's id is its file's name, so the folders say all there is to offer. What comes from file names
and schemas is offered only where it consists of harmless letters, and descriptions hold nothing that
a terminal obeys; the scripts that call this (:mod:`jzy.cli.completion`) never evaluate either.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jzy.cli.first import kinds_here
from jzy.cli.table import COMMANDS, KIND_COMMANDS, SHELLS, Takes
from jzy.model.display import shorten, visible
from jzy.model.errors import JzyError
from jzy.model.kinds import Kind, Kinds
from jzy.store.places import find_root

if TYPE_CHECKING:
    from jzy.cli.commands import Command, Group

HARMLESS = re.compile("[A-Za-z0-9_][A-Za-z0-9_-]*|-{1,2}[A-Za-z][A-Za-z-]*")
"""What may be offered: no letter of it means anything to any shell."""
MORE = "+"
"""Stands behind what is only the beginning of several ids."""
_MOST = 60
"""Of more ids than this, common beginnings are offered instead."""
_STEPS = (4, 6, 8)
"""Digits of a date after which ids part: year, month, day."""
_NAME_COLUMNS = 36
_HEAD_BYTES = 4_096
_REGISTERS = {"--for": "person", "--unit": "unit"}
"""Options whose value is the id of a record of a register."""


class Offer(NamedTuple):
    """Something that may be typed next."""

    value: str
    words: str = ""
    """What it means, in Chinese."""
    partial: bool = False
    """Whether more must follow."""


def main(arguments: Sequence[str]) -> None:
    """Write what may be typed next, one a line: the value, and after a tab its description.

    Args:
        arguments: the name of the shell, and the words after ``jzy`` up to the one being typed.
    """
    if not arguments:
        return
    shell, words = arguments[0], [*arguments[1:]] or [""]
    words[-1] = "" if words[-1] == '""' else words[-1]  # how PowerShell hands over nothing
    lines = []
    try:
        for offer in offers(words, titles=shell != "bash", grouped=shell in ("bash", "zsh")):
            if HARMLESS.fullmatch(offer.value):
                value = offer.value + (MORE if offer.partial else "")
                said = "" if shell == "bash" else f"\t{visible(offer.words)}"
                lines.append(value + said)
    except (JzyError, OSError):
        return  # pressing the tab key is no occasion for a message
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def offers(words: Sequence[str], *, titles: bool, grouped: bool) -> Iterator[Offer]:
    """What may stand in the place of the last word.

    Args:
        words: after ``jzy``; the last one is being typed, and may be empty.
        titles: whether the shell shows what each record is called.
        grouped: whether the shell can go on typing after the beginning of an id.

    Raises:
        JzyError: the schemas of the repository are broken.
    """
    before, typed = list(words[:-1]), words[-1]
    for offer in _all(before, typed, titles=titles, grouped=grouped):
        if offer.value.startswith(typed):
            yield offer


def _all(before: list[str], typed: str, *, titles: bool, grouped: bool) -> Iterable[Offer]:
    ids = _Ids(typed, titles=titles, grouped=grouped)
    if not before:
        kinds = [Offer(kind.name, kind.title) for kind in ids.kinds.values()]
        return [*(Offer(name, entry.help) for name, entry in COMMANDS.items()), *kinds]
    if before[-1] in _REGISTERS:
        return ids.of(ids.kinds.get(_REGISTERS[before[-1]]))
    if before[-1] == "--stage":
        return _stages(ids)
    plain = [word for word in before if not word.startswith("-")]
    kind = ids.kinds.get(plain[0]) if plain else None
    if typed.startswith("-") or before[-1].startswith("--"):
        found = _options(plain, before[-1], typed)
        if found is not None:
            return found
    if kind is not None and len(plain) > 1 and plain[0] == kind.name:
        return ids.of(kind) if plain[1] not in ("new", "list") else ()
    entry = COMMANDS.get(plain[0]) if plain else None
    of_kind = _of_kind(kind) if kind is not None and len(plain) == 1 else []
    return [*of_kind, *(_taken(entry.takes, plain, ids) if entry else ())]


def _taken(takes: Takes, plain: list[str], ids: _Ids) -> Iterable[Offer]:
    simple: Mapping[Takes, Callable[[], Iterable[Offer]]] = {
        Takes.IDS: lambda: ids.of(None),
        Takes.WAITING: lambda: ids.of(None, first=_waiting(ids.root)),
        Takes.KINDS: lambda: [Offer(kind.name, kind.title) for kind in ids.kinds.values()],
        Takes.REPORTS: lambda: ids.of(ids.kinds.get("report")),
        Takes.CODES: lambda: _codes(ids.kinds),
        Takes.SHELLS: lambda: [Offer(shell) for shell in SHELLS],
        Takes.COMMANDS: lambda: _commands(plain) if len(plain) == 1 else (),
    }
    return [each for each in simple.get(takes, tuple)() if each.value not in plain]


def _of_kind(kind: Kind) -> list[Offer]:
    from jzy.model.moves import moves_of  # noqa: PLC0415 - only where a kind's commands are asked for

    moves = [Offer(move.name, move.title) for move in moves_of(kind)]
    return [*(Offer(name, words) for name, words in KIND_COMMANDS), *moves]


class _Ids:
    """The ids of a repository, out of the names of its files."""

    def __init__(self, typed: str, *, titles: bool, grouped: bool) -> None:
        self._typed, self._titles, self._grouped = typed, titles, grouped
        self.kinds: Kinds = kinds_here()
        try:
            self.root: Path | None = find_root(Path.cwd())
        except JzyError:
            self.root = None

    def of(self, kind: Kind | None, first: Sequence[str] = ()) -> list[Offer]:
        """The ids that begin as typed, of one kind or of all; some of them first."""
        chosen = [kind] if kind is not None else [*self.kinds.values()]
        found: dict[str, tuple[Kind, str]] = {}
        for each in chosen:
            # Part of the prefix may be typed, or more than it.
            if each.prefix.startswith(self._typed) or self._typed.startswith(each.prefix):
                found |= {name: (each, path) for name, path in self._files(each)}
        ahead = [name for name in first if name in found]
        rest = [name for name in sorted(found) if name not in ahead]
        if len(rest) <= _MOST or not self._grouped:
            return [self._offer(name, *found[name]) for name in [*ahead, *rest]]
        return [*(self._offer(name, *found[name]) for name in ahead), *self._beginnings(rest)]

    def _files(self, kind: Kind) -> Iterator[tuple[str, str]]:
        if self.root is None:
            return
        folders = [self.root / "records" / kind.folder]
        if kind.date_property:
            folders = [folders[0] / name for name in _listed(folders[0]) if name.isdecimal()]
        for folder in folders:
            for name in _listed(folder):
                stem = name.removesuffix(kind.suffix)
                fits = stem != name and stem.startswith(self._typed)
                if fits and kind.id_pattern.fullmatch(stem):
                    yield stem, f"{folder}/{name}"

    def _beginnings(self, names: list[str]) -> Iterator[Offer]:
        """The next places at which these ids part: prefix, year, month, day."""
        for cut in (self._cut(names[0], step) for step in (0, *_STEPS)):
            groups: dict[str, int] = {}
            for name in names:
                groups[name[:cut] if cut else f"{name.partition('-')[0]}-"] = (
                    groups.get(name[:cut] if cut else f"{name.partition('-')[0]}-", 0) + 1
                )
            if len(groups) > 1 or (not cut and len(self._typed) < len(next(iter(groups)))):
                for beginning, count in groups.items():
                    yield Offer(beginning, f"{count} 份", partial=beginning not in names)
                return
        yield from (Offer(name) for name in names)

    @staticmethod
    def _cut(name: str, digits: int) -> int:
        return len(name.partition("-")[0]) + 1 + digits if digits else 0

    def _offer(self, name: str, kind: Kind, path: str) -> Offer:
        return Offer(name, _title(kind, path) if self._titles else "")


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names will do, and there may be many
    except OSError:
        return []


def _title(kind: Kind, path: str) -> str:
    """What a record is called, as far as its first lines say so without being read as YAML."""
    name = str(kind.schema.get("x-jzy-name", "title"))
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            head = stream.read(_HEAD_BYTES).decode("utf-8-sig", "replace")
    except (OSError, AttributeError):
        return ""
    hit = re.search(rf"^{re.escape(name)}: *(.+?) *\r?$", head, re.MULTILINE)
    return shorten(visible(hit[1].strip("'\"")), _NAME_COLUMNS) if hit else ""


def _waiting(root: Path | None) -> list[str]:
    """What waited for this user when they last looked into their inbox."""
    from jzy.office.waiting import remembered  # noqa: PLC0415 - only for the commands that decide

    return remembered(root) if root is not None else []


def _stages(ids: _Ids) -> Iterator[Offer]:
    from jzy.store.records import load  # noqa: PLC0415 - few ask for stages, and files are read

    if ids.root is None:
        return
    only = Kinds({name: kind for name, kind in ids.kinds.items() if name == "workflow"})
    for record in load(ids.root, only).records:
        stages = record.data.get("stages")
        for stage in stages if isinstance(stages, list) else ():
            if isinstance(stage, dict) and isinstance(stage.get("key"), str):
                yield Offer(stage["key"], str(stage.get("title", "")))


def _codes(kinds: Kinds) -> list[Offer]:
    from jzy.office.validate import rule_texts  # noqa: PLC0415 - loads every rule

    return [Offer(code, text.title) for code, text in sorted(rule_texts(kinds).items())]


def _commands(plain: list[str]) -> list[Offer]:
    from jzy.cli.commands import Application  # noqa: PLC0415 - few ask, and it loads `typing`

    found = _meant(plain)
    if not isinstance(found, Application):
        return []
    told = [(name, each.help) for name in found.names() if (each := found.find(name))]
    return [Offer(name, words.split("\n")[0]) for name, words in told]


def _options(plain: list[str], last: str, typed: str) -> list[Offer] | None:
    """The options of a command, or the choices of the one just typed; ``None`` where neither is
    meant. Only this imports the command."""
    from jzy.cli.commands import Command, Option  # noqa: PLC0415 - as above

    found = _meant(plain)
    if found is None:
        return []
    told = [
        (each.about, each.type)
        for each in (found.parameters if isinstance(found, Command) else ())
        if isinstance(each.about, Option)
    ]
    for option, kind in told:
        if last in option.names and kind is not bool:
            return [Offer(str(each.value)) for each in kind] if issubclass(kind, Enum) else []
    if not typed.startswith("-"):
        return None
    return [*(Offer(option.long, option.help) for option, _ in told), Offer("--help", "显示帮助")]


def _meant(plain: list[str]) -> Command | Group | None:
    from jzy.cli.tree import walk  # noqa: PLC0415 - as above

    return walk(plain)[0]
