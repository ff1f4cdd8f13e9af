"""``validate`` and ``explain``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from jzy import __version__
from jzy.cli import screen
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.cli.first import kinds_here
from jzy.cli.helptext import columns
from jzy.model.display import wrap
from jzy.model.errors import WrongUsage
from jzy.model.findings import Severity
from jzy.office.context import Office
from jzy.office.validate import rule_texts, validate
from jzy.render.findings import FORMATS, render_text
from jzy.render.handbook import CHANGEABLE, rules_page

app = Application("检查")
_SEVERITIES = {"error": "错误", "warning": "警告", "note": "提示"}


@command(
    app,
    "validate",
    "检查全部记录：能否读取、是否合乎格式、引用与组织、审批与期限、制度要求、个人信息。",
)
def validate_(
    paths: Annotated[
        list[str] | None,
        Argument(metavar="文件", help="只列出这些文件或文件夹的问题；省略则列出全部。"),
    ] = None,
    form: Annotated[
        str,
        Option("--format", metavar="格式", help=f"输出格式：{'、'.join(FORMATS)}。"),
    ] = "text",
    on: Annotated[
        str | None,
        Option("--on", metavar="日期", help="按这一天判断期限，如 2021-04-16；省略为今天。"),
    ] = None,
    strict: Annotated[bool, Option("--strict", help="有警告时也以 1 退出。")] = False,
    as_json: JsonOption = False,
) -> None:
    """Validate all records."""
    chosen = "json" if as_json else form
    if chosen not in FORMATS:
        raise WrongUsage(f"没有“{chosen}”这种格式", f"可用的格式：{'、'.join(FORMATS)}")
    office = Office.at(Path.cwd())
    findings = validate(office, _relative(office, paths or []), _day(on))
    texts = rule_texts(office.kinds)
    if chosen == "text":
        wide = columns()
        screen.raw(render_text(findings, texts, wide, screen.painter()))
    else:
        screen.raw(FORMATS[chosen].render(findings, texts, tool_version=__version__))
    weighty = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(finding.severity in weighty for finding in findings):
        raise Ended(1)
    if chosen == "text":
        screen.done(f"{len(office.register)} 份记录均符合要求" if not findings else "没有错误")


@command(app, "explain", "解释一条规则：要求什么，为什么，怎样改正。")
def explain(
    code: Annotated[
        str | None, Argument(metavar="代码", help="如 JZY401；省略则列出全部规则。")
    ] = None,
    as_markdown: Annotated[
        bool, Option("--markdown", help="以 Markdown 输出全部规则，文档由此生成。")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Explain a rule."""
    texts = rule_texts(kinds_here())
    if as_markdown:
        screen.raw(rules_page(texts))
        return
    if code is None:
        if as_json:
            screen.data([_plain(text) for text in texts.values()])
            return
        rows = [
            [c, _SEVERITIES[text.severity.value], text.title] for c, text in sorted(texts.items())
        ]
        screen.table(["代码", "程度", "规则"], rows)
        return
    wanted = code.upper()
    if wanted not in texts:
        raise WrongUsage(f"没有 {wanted} 这条规则", "用 jzy explain 列出全部规则")
    text = texts[wanted]
    if as_json:
        screen.data(_plain(text))
        return
    screen.out(f"{text.code}  {text.title}（{_SEVERITIES[text.severity.value]}）", "strong")
    for line in wrap(text.description, columns()):
        screen.out(line)
    for line in wrap("→ " + text.advice, columns()):
        screen.out(line)
    if text.kind:
        where = f"这是对“{text.kind}”一类记录的检查，写在格式文件的 x-jzy-checks 中，"
        for line in wrap(where + CHANGEABLE.format(kind=text.kind), columns()):
            screen.out(line, "dim")


def _plain(text: object) -> dict[str, str]:
    names = ("code", "title", "description", "advice", "severity", "kind")
    return {name: str(getattr(text, name)) for name in names}


def _relative(office: Office, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        whole = (Path.cwd() / path).resolve()
        if not whole.is_relative_to(office.root.resolve()) or not (Path.cwd() / path).exists():
            raise WrongUsage(f"记录仓库中没有 {path}", "请写仓库中文件或文件夹的路径")
        found.append(whole.relative_to(office.root.resolve()).as_posix())
    return [path for path in found if path != "."]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongUsage(f"“{text}”不是日期", "请写作 2021-04-16") from error
