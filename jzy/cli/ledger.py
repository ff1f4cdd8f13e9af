"""``ledger``: records as a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from jzy.cli import screen, showing
from jzy.cli.commands import Application, Argument, JsonOption, Option, command
from jzy.model.errors import WrongUsage
from jzy.model.periods import Period
from jzy.office.context import Office
from jzy.office.ledger import Written, write_ledgers

app = Application("台账")


@command(
    app,
    "ledger",
    "把记录写成 Excel 台账，一类一页，可打印、可筛选。",
    epilog="示例：jzy ledger event meeting --from 2021-01-01 -o 台账.xlsx",
)
def ledger(
    output: Annotated[Path, Option("--output", "-o", metavar="文件", help="写入的 .xlsx 文件。")],
    kinds: Annotated[
        list[str] | None, Argument(metavar="类别", help="哪几类；省略则所有有记录的类别。")
    ] = None,
    begins: Annotated[
        str | None,
        Option("--from", metavar="日期", help="只列这一天及以后的；没有日期的类别全部列出。"),
    ] = None,
    ends: Annotated[str | None, Option("--to", metavar="日期", help="只列这一天及以前的。")] = None,
    on: Annotated[
        str | None,
        Option("--on", metavar="日期", help="填报日期；省略则为今天，但不晚于记录截至的日期。"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write ledgers."""
    period, day = _period(begins, ends), _day(on) if on else None
    office = Office.at(Path.cwd())
    written = write_ledgers(office, kinds or [], output, period=period, day=day)
    showing.left_out(office)
    showing.uncommitted(office, "台账")
    if as_json:
        _data(office, output, written, period)
        return
    undated = [each.kind.title for each in written.ledgers if each.undated]
    if undated:
        screen.say(f"没有日期可依的类别未按期间筛选，全部列出：{'、'.join(undated)}")
    rows = sum(len(each.sheet.rows) for each in written.ledgers)
    screen.done(f"台账已写入 {output}（{len(written.ledgers)} 页，{rows} 行）")


def _data(office: Office, output: Path, written: Written, period: Period | None) -> None:
    within = {
        "from": period.begins.isoformat() if period and period.begins > date.min else None,
        "until": period.ends.isoformat() if period and period.ends < date.max else None,
    }
    screen.data(
        {
            "version": 1,
            "output": str(output),
            "commit": written.commit,
            "on": written.day.isoformat(),
            "period": within if period else None,
            "left_out": office.left_out,
            "sheets": [
                {
                    "kind": each.kind.name,
                    "title": each.sheet.heading,
                    "rows": len(each.sheet.rows),
                    "in_period": period is not None and not each.undated,
                }
                for each in written.ledgers
            ],
        }
    )


def _period(begins: str | None, ends: str | None) -> Period | None:
    if begins is None and ends is None:
        return None
    first = _day(begins) if begins is not None else date.min
    last = _day(ends) if ends is not None else date.max
    if last < first:
        raise WrongUsage(f"期末（{last}）早于期初（{first}）", "请核对 --from 和 --to")
    return Period(first, last)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise WrongUsage(f"“{said}”不是日期", "请写作 2021-04-16") from error
