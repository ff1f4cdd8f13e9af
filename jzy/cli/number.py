"""``jzy number``: the official number of what has been approved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from jzy.cli import saving, screen
from jzy.cli.commands import Application, Argument, JsonOption, command
from jzy.office.context import Office
from jzy.office.number import give

app = Application("文号")


@command(app, "number", "给已经批准的记录编文号，一份只编一次；由流程规定的部门办理。")
def number(
    record_id: Annotated[str, Argument(metavar="编号", help="记录的编号。")],
    as_json: JsonOption = False,
) -> None:
    """Give a record its number."""
    office = Office.at(Path.cwd())
    given = give(office, record_id)
    if as_json:
        screen.data(
            {
                "ok": True,
                "id": given.record.id,
                "number": given.number,
                "path": given.record.path,
                "commit": given.saved.commit,
            }
        )
        return
    screen.out(given.number)
    name = office.register.name(given.record.id)
    screen.done(
        f"已编文号 {given.number}：{name}{saving.committed(given.saved)}",
        f"jzy {given.record.kind} show {given.record.id}（查看）",
    )
