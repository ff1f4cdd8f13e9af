"""``report``: the self-check, from records to paper; what is behind it, and whether it still holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from jzy.cli import reporting, screen
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.model.document import Document
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.report import SUFFIXES, check_suffix, compose, latest, rendered, write

if TYPE_CHECKING:
    from jzy.office.bundle import Bundled

app = Application("报告")


@command(
    app,
    "report",
    "由记录生成报告：每个数字都由记录算出，每条断言都有依据，得不到记录支持的不写。",
    epilog="报告本身也是一类记录：jzy report new | list | show | edit。",
)
def report(  # noqa: PLR0913, PLR0917 - a parameter an option
    record_id: Annotated[
        str | None, Argument(metavar="编号", help="报告的编号；省略则用最近的一份。")
    ] = None,
    output: Annotated[
        str | None,
        Option(
            "--output",
            "-o",
            metavar="文件",
            help=f"写入文件，后缀定格式（{'、'.join(SUFFIXES)}）；省略则输出 Markdown。",
        ),
    ] = None,
    begins: Annotated[
        str | None, Option("--from", metavar="日期", help="改用这一天作为期初。")
    ] = None,
    ends: Annotated[str | None, Option("--to", metavar="日期", help="改用这一天作为期末。")] = None,
    against: Annotated[
        str | None,
        Option(
            "--compare",
            metavar="期间",
            help="与另一期间对比：2019、2019-2020（学年）、2020-H1、2020-Q2、2020-05，"
            "或 2019-04-01..2020-03-31。",
        ),
    ] = None,
    bundle: Annotated[
        Path | None,
        Option(
            "--bundle",
            metavar="文件夹",
            help="写出佐证材料：空文件夹，或 .zip 文件；含报告、各份记录的表单和附件、目录、"
            "校验值，以及可供核验的提交历史。",
        ),
    ] = None,
    explain: Annotated[
        bool, Option("--explain", help="列出每个数据和断言的口径、数值、记录和提交。")
    ] = False,
    check: Annotated[
        bool,
        Option("--check", help="核对报送时保存的数据与现在的记录是否一致；不一致则退出码为 1。"),
    ] = False,
    strict: Annotated[
        bool, Option("--strict", help="有得不到记录支持的断言时，退出码为 1。")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute a report."""
    _one_of(explain=explain, check=check, compare=against is not None, bundle=bundle is not None)
    office = Office.at(Path.cwd())
    record = office.record(record_id) if record_id else latest(office)
    if record.kind != "report":
        raise Refused(f"{record.id} 不是报告", "请用 jzy report list 查看报告的编号")
    if check:
        _check(office, record, as_json=as_json)
        return
    period = _period(begins, ends, record.data["period"])
    if output:
        check_suffix(Path(output).suffix.lower())
    bundled = _bundled(office, record, bundle, period) if bundle else None
    document = bundled.document if bundled else _composed(office, record, period, against)
    if output:
        write(document, Path(output))
    unsupported = reporting.unsupported(document)
    if as_json:
        told = reporting.plain(record, document, output)
        if bundled:
            told["bundle"] = reporting.plain_bundle(bundled, str(bundle))
        screen.data(told)
    elif explain:
        reporting.explain(document)
    else:
        if output:
            count = len(document.evidence)
            screen.done(f"报告已写入 {output}（{count} 个数据，均附依据）")
        if bundled:
            reporting.show_bundle(bundled, str(bundle))
        elif not output:
            screen.document(rendered(document, ".md"))
        reporting.warn(unsupported, strict=strict)
    if strict and unsupported:
        raise Ended(1)


def _one_of(**chosen: bool) -> None:
    named = [f"--{name}" for name, wanted in chosen.items() if wanted]
    if len(named) > 1:
        raise WrongUsage(f"{'、'.join(named)} 不能同时使用", "请分别执行")


def _bundled(office: Office, record: Record, target: Path, period: Period | None) -> Bundled:
    from jzy.office.bundle import write_bundle  # noqa: PLC0415 - only where it is asked

    return write_bundle(office, record, target, period=period)


def _composed(
    office: Office, record: Record, period: Period | None, against: str | None
) -> Document:
    _warn(office)
    if against is None:
        return compose(office, record, period=period)
    from jzy.office.comparison import compare, period_of  # noqa: PLC0415 - as above

    return compare(office, record, period_of(office, against), period)


def _check(office: Office, record: Record, *, as_json: bool) -> None:
    from jzy.office.drift import check as compared  # noqa: PLC0415 - as above

    found = compared(office, record)
    if as_json:
        screen.data(reporting.plain_check(found))
    else:
        reporting.show_check(found)
    if found.drifted:
        raise Ended(1)


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
