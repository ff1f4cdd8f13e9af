"""``ledger``: records as a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jzy.cli import screen, showing
from jzy.cli.commands import JsonOption, application, command
from jzy.model.errors import WrongUsage
from jzy.office.context import Office
from jzy.office.ledger import write_ledgers

app = application("台账")


@command(
    app,
    "ledger",
    "把记录写成 Excel 台账，一类一页，可打印、可筛选。",
    epilog="示例：jzy ledger event meeting -o 台账.xlsx",
)
def ledger(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="文件", help="写入的 .xlsx 文件。")
    ],
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="类别", help="哪几类；省略则所有有记录的类别。")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="日期", help="填报日期；省略则为今天。")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write ledgers."""
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError as error:
        raise WrongUsage(f"“{on}”不是日期", "请写作 2021-04-16") from error
    office = Office.at(Path.cwd())
    showing.left_out(office)
    sheets = write_ledgers(office, kinds or [], output, day)
    if as_json:
        listed = [{"title": sheet.heading, "rows": len(sheet.rows)} for sheet in sheets]
        screen.data({"version": 1, "output": str(output), "sheets": listed})
        return
    rows = sum(len(sheet.rows) for sheet in sheets)
    screen.done(f"台账已写入 {output}（{len(sheets)} 页，{rows} 行）")
