"""``demo`` and ``init``: new repositories of records."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.git.keys import KEY_VARIABLE, SigningKey, configured_key, key_at, make_key
from jzy.git.plumbing import GitFailed, git
from jzy.model.errors import WrongEnvironment, WrongUsage

app = Application("开始")
TargetArgument = Annotated[str, Argument(metavar="文件夹", help="新建的文件夹，须为空或不存在。")]


@command(
    app, "demo", "生成示例仓库：把示例年度的工作逐次提交，每人用自己的密钥签名，并生成自查报告。"
)
def demo(target: TargetArgument, as_json: JsonOption = False) -> None:
    """Replay the sample year."""
    from jzy.office.context import Office  # noqa: PLC0415 - imported when something is to be done
    from jzy.office.demo import demo as replay  # noqa: PLC0415
    from jzy.office.report import SUFFIXES, latest, write_report  # noqa: PLC0415
    from jzy.office.validate import validate  # noqa: PLC0415

    folder = Path(target)
    with _progress() as progress:
        founded = replay(folder, progress)
    office = Office(founded.root.resolve())
    errors = [finding for finding in validate(office) if finding.severity == "error"]
    report = latest(office)
    written = []
    for suffix in SUFFIXES:
        path = founded.root / "out" / f"self-check-{report.data['date'][:4]}{suffix}"
        try:
            write_report(office, report, path)
        except WrongEnvironment as error:
            if suffix != ".pdf":  # which alone needs fonts; the sample year is whole without it
                raise
            screen.hanging("! ", f"没有生成 {path.name}：{error.what}；{error.advice}", "warning")
            continue
        written.append(str(path))
    if as_json:
        screen.data(
            {
                "ok": not errors,
                "path": str(folder),
                "root": founded.fingerprint,
                "commits": founded.commits,
                "reports": written,
            }
        )
    else:
        screen.done(
            f"示例仓库已生成：{folder}（{founded.commits} 次提交，{len(office.register)} 份记录）"
        )
        for name in written:
            screen.out(name)
        screen.say(f"  根密钥指纹：{founded.fingerprint}")
        screen.say(f"  下一步：cd {folder}，再试 jzy inbox、jzy validate、jzy report")
    if errors:
        raise Ended(1)


@command(
    app,
    "init",
    "为本单位新建记录仓库：单位、部门、第一位登记管理员（您）、可修改的流程与制度要求。",
)
def init(
    target: TargetArgument,
    institution: Annotated[
        str | None, Option("--institution", metavar="名称", help="单位全称。")
    ] = None,
    person: Annotated[str | None, Option("--person", metavar="姓名", help="您的姓名。")] = None,
    office_name: Annotated[
        str,
        Option("--office", metavar="名称", help="主管部门的名称；不写则与示例年度的相同。"),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Start a repository."""
    from jzy.office.begin import Beginning  # noqa: PLC0415
    from jzy.office.begin import init as begin  # noqa: PLC0415
    from jzy.office.demo import check_empty  # noqa: PLC0415

    folder = Path(target)
    check_empty(folder)
    asked = screen.interactive() and not as_json
    names = {"--institution": institution, "--person": person}
    missing = [name for name, value in names.items() if not value]
    if missing and not asked:
        raise WrongUsage(
            f"缺少 {'、'.join(missing)}",
            f"例如 jzy init {target} --institution 某某学院 --person 张三",
        )
    if missing:
        from jzy.cli.asking import ask_line  # noqa: PLC0415 - loads a prompt library

        institution = institution or ask_line("单位全称")
        person = person or ask_line("您的姓名")
    key, made = _my_key(ask=asked)
    founded = begin(folder, Beginning(institution or "", office_name, person or ""), key)
    if as_json:
        screen.data(
            {
                "ok": True,
                "path": str(folder),
                "root": founded.fingerprint,
                "key": key.location,
                "made": made,
            }
        )
        return
    if made:
        screen.say(f"  已为您生成签名密钥：{key.location}（请妥善保管，不要交给他人）")
    screen.done(f"记录仓库已建立：{folder}")
    screen.out(founded.fingerprint)
    screen.say(
        "  上面是根密钥指纹，请记在仓库之外；在其他电脑上用 git config jzy.root 指纹 加以固定。"
    )
    screen.say(
        f"  下一步：cd {folder}，阅读 README.md，登记部门（jzy unit new）和人员（jzy person new）"
    )


def _my_key(*, ask: bool) -> tuple[SigningKey, bool]:
    """The key named by the environment or by git, else a new one, and whether it is new."""
    named = os.environ.get(KEY_VARIABLE)
    if not named:
        try:
            named = git(Path.cwd(), "config", "--get", "user.signingkey").decode().strip()
        except GitFailed:
            named = ""
    if named:
        return configured_key(named), False
    path = Path.home() / ".ssh" / "jzy_ed25519"
    if path.exists():
        return key_at(path), False
    return make_key(path, "jzy", ask=ask), True


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on a terminal; nothing into a pipe."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal shows the bar
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, words: str) -> None:
            bar.update(task, completed=done, total=total, description=words)

        yield show
