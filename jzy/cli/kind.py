"""``jzy KIND …``: the same commands for every kind, from its schema, each made when it is asked for.

What only looks at records stands here; what writes them, and loads all that this takes, in
:mod:`jzy.cli.writing` and :mod:`jzy.cli.moves`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from jzy.cli import screen, showing
from jzy.cli.commands import (
    Application,
    Argument,
    Command,
    Group,
    JsonOption,
    Option,
    command,
)
from jzy.cli.table import KIND_COMMANDS
from jzy.model.errors import WrongUsage
from jzy.model.expression import BadExpression
from jzy.model.indicators import select
from jzy.model.kinds import Kind
from jzy.model.moves import moves_of
from jzy.office.context import Office
from jzy.office.rows import life_title

IdArgument = Annotated[str, Argument(metavar="编号", help="记录的编号。")]


class KindGroup(Group):
    """The commands of a kind: those that every kind has, and its own moves.

    Args:
        kind: whose.
    """

    def __init__(self, kind: Kind) -> None:
        self.help = f"{kind.title}：{kind.schema.get('description', '')}"
        self._kind = kind

    def names(self) -> list[str]:
        """Of the commands."""
        names = [name for name, _ in KIND_COMMANDS]
        return [*names, *(move.name for move in moves_of(self._kind))]

    def find(self, name: str) -> Command | None:
        """A command, made now."""
        if name not in self.names():
            return None
        found = Application()
        if name in _LOOKING:
            _LOOKING[name](found, self._kind)
        elif name in ("new", "edit"):
            from jzy.cli import writing  # noqa: PLC0415 - only looking at records needs less

            (writing.add_new if name == "new" else writing.add_edit)(found, self._kind)
        else:
            from jzy.cli.moves import add_moves  # noqa: PLC0415 - as above

            add_moves(found, self._kind, name)
        return found.find(name)


def _add_list(found: Application, kind: Kind) -> None:
    @command(found, "list", f"列出{kind.title}。")
    def list_(
        match: Annotated[
            str | None,
            Option(
                "--match",
                metavar="条件",
                help="只列出符合 JMESPath 条件的，如 \"host=='unit-a'\"。",
            ),
        ] = None,
        as_json: JsonOption = False,
    ) -> None:
        """List the records of a kind."""
        office = Office.at(Path.cwd())
        register = office.register
        try:
            records = select(register, kind.name, match=match)
        except BadExpression as error:
            raise WrongUsage(str(error), "条件使用 JMESPath 语法，文字用单引号") from error
        if as_json:
            screen.data([{"id": r.id, "path": r.path, **r.data} for r in records])
            return
        dotted = list(kind.columns) or [str(kind.schema.get("x-jzy-name", "title"))]
        titles = ["编号", *(kind.path_title(tuple(column.split("."))) for column in dotted)]
        signed = any(record.sign_offs or life_title(register, record) for record in records)
        lines = [
            [r.id, *(showing.cell(register, kind, r, column) for column in dotted)]
            + ([showing.cell(register, kind, r, "_state")] if signed else [])
            for r in records
        ]
        screen.table([*titles, "状态"] if signed else titles, lines)
        screen.say(f"共 {len(records)} 条")
        showing.left_out(office)


def _add_show(found: Application, kind: Kind) -> None:
    @command(found, "show", f"查看{kind.title}及其签批，以及还缺什么。")
    def show(record_id: IdArgument, as_json: JsonOption = False) -> None:
        """Show a record."""
        # A form loads what nothing else here needs.
        from jzy.cli import saving  # noqa: PLC0415
        from jzy.cli.find import show_record  # noqa: PLC0415

        office = Office.at(Path.cwd())
        show_record(office, saving.of_kind(office, kind, record_id), as_json=as_json)


_LOOKING = {"list": _add_list, "show": _add_show}
