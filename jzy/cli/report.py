"""``report``: the yearly self-check, from records to paper."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jzy.cli import screen
from jzy.cli.commands import JsonOption, application, command
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage
from jzy.model.periods import Period
from jzy.office.context import Office
from jzy.office.report import SUFFIXES, compose, latest, render_report, write_report

app = application("报告")


@command(
    app,
    "report",
    "由记录生成报告：每个数字都由记录算出，并列出所依据的记录和提交。",
    epilog="报告本身也是一类记录：jzy report new | list | show | edit。",
)
def report(
    record_id: Annotated[
        str | None, typer.Argument(metavar="编号", help="报告的编号；省略则用最近的一份。")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="文件",
            help=f"写入文件，后缀定格式（{'、'.join(SUFFIXES)}）；省略则输出 Markdown。",
        ),
    ] = None,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="日期", help="改用这一天作为期初。")
    ] = None,
    ends: Annotated[
        str | None, typer.Option("--to", metavar="日期", help="改用这一天作为期末。")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compute a report."""
    office = Office.at(Path.cwd())
    record = office.record(record_id) if record_id else latest(office)
    if record.kind != "report":
        raise Refused(f"{record.id} 不是报告", "请用 jzy report list 查看报告的编号")
    period = _period(begins, ends, record.data["period"])
    _warn(office)
    if output:
        path = Path(output)
        document = write_report(office, record, path, period=period)
        if not as_json:
            screen.done(f"报告已写入 {path}（{len(document.evidence)} 个数据，均附依据）")
            return
    elif not as_json:
        content, _ = render_report(office, record, ".md", period=period)
        screen.document(content)
        return
    else:
        document = compose(office, record, period=period)
    screen.data(
        {
            "id": record.id,
            "title": document.title,
            "commit": document.meta.commit,
            "output": output,
            "figures": [
                {
                    "key": entry.key,
                    "title": entry.title,
                    "definition": entry.definition,
                    "value": entry.value,
                    "unit": entry.unit,
                    "records": [
                        {"id": r.id, "path": r.path, "commit": r.commit} for r in entry.records
                    ],
                }
                for entry in document.evidence
            ],
        }
    )


def _period(begins: str | None, ends: str | None, own: dict[str, str]) -> Period | None:
    if begins is None and ends is None:
        return None
    try:
        first = date.fromisoformat(begins or own["from"])
        last = date.fromisoformat(ends or own["until"])
    except ValueError as error:
        raise WrongUsage("日期的写法不对", "请写作 2020-04-01") from error
    if last < first:
        raise WrongUsage(
            f"期末（{last}）早于期初（{first}）",
            f"省略的一端取报告登记的期间（{own['from']} 至 {own['until']}），请把两端都写出",
        )
    return Period(first, last)


def _warn(office: Office) -> None:
    """A report of what is not committed cannot be proven, and its reader should know."""
    try:
        changed = [p for p in office.repository.status() if office.kinds.of_path(p)]
    except WrongEnvironment:
        return
    if changed:
        screen.say(
            f"! {len(changed)} 份记录有尚未提交的改动（{changed[0]}），报告按现在的内容计算",
            "warning",
        )
