"""``attach``: files as evidence of records, and whether all of it is still there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from jzy.cli import saving, screen, showing
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.model.chain import replay
from jzy.model.errors import WrongUsage
from jzy.model.record import dotted_of
from jzy.office import create
from jzy.office.attach import Checked, Done, Keeping, Looked, Wish, attach, check
from jzy.office.context import Office
from jzy.store.attachments import State, megabytes

app = Application("附件")
_TITLES = {State.PRESENT: "在", State.MISSING: "缺失", State.DIFFERENT: "不符"}
_SIGNS = {State.MISSING: "!", State.DIFFERENT: "✗"}
_ROLES = {State.MISSING: "warning", State.DIFFERENT: "error"}


@command(
    app,
    "attach",
    "为记录登记附件：记下名称、大小和哈希，副本存入不进历史的 attachments/。",
    epilog=(
        "示例：jzy attach 编号 签到表.pdf --type 签到表\n"
        "      jzy attach --check（核对全部附件的副本）\n"
        "已登记而副本缺失的，用同一文件再执行一次，即可补回副本。"
    ),
)
def run(
    words: Annotated[
        list[str] | None,
        Argument(metavar="编号 文件", help="记录的编号和一个或几个文件；--check 时只写编号。"),
    ] = None,
    to: Annotated[
        str | None,
        Option(
            "--to",
            metavar="属性",
            help="登记在哪一属性，如 follow_up.attachments；能确定时可省略。",
        ),
    ] = None,
    type_: Annotated[
        str | None, Option("--type", metavar="类型", help="材料的类型，如 签到表、照片。")
    ] = None,
    replace: Annotated[
        bool, Option("--replace", help="更换属性中原有的附件（原有的副本仍保留）。")
    ] = False,
    checking: Annotated[
        bool, Option("--check", help="核对副本是否都在、内容是否相符；不写编号则核对全部。")
    ] = False,
    strict: Annotated[
        bool, Option("--strict", help="与 --check 同用：有副本缺失时也以 1 结束。")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Attach files to a record, or check what is attached."""
    words = words or []
    if checking:
        if to or type_ is not None or replace:
            raise WrongUsage("--check 只核对，不登记", "请去掉 --to、--type、--replace")
        _check(words, strict=strict, as_json=as_json)
        return
    if strict:
        raise WrongUsage("--strict 只与 --check 同用", "请加上 --check，或去掉 --strict")
    if len(words) < 2:
        what = "请写明记录的编号和要登记的文件"
        raise WrongUsage(what, "例如 jzy attach 编号 签到表.pdf")
    office = Office.at(Path.cwd())
    record = office.record(words[0])
    try:
        done = attach(office, record, [Path(word) for word in words[1:]], Wish(to, type_, replace))
    except create.Unsound as error:
        saving.show_findings(error, as_json=as_json)
        raise Ended(1) from error
    if as_json:
        screen.data(_plain(office, done))
    else:
        _tell(office, done)


def _plain(office: Office, done: Done) -> dict[str, Any]:
    progress = replay(office.register, done.record) if done.record.sign_offs else None
    return {
        "ok": True,
        "id": done.record.id,
        "path": done.record.path,
        "to": dotted_of(done.to) if done.to is not None else None,
        "commit": done.saved.commit if done.saved else None,
        "keeping": done.keeping.value,
        "files": [
            {
                "name": each.name,
                "size": each.size,
                "sha256": each.sha256,
                "type": each.type or None,
                "copy": each.copy,
                "restored": each.restored,
                "elsewhere": list(each.elsewhere),
            }
            for each in done.files
        ],
        "standing": showing.standing_data(office.register, progress) if progress else None,
    }


def _tell(office: Office, done: Done) -> None:
    name = office.register.name(done.record.id)
    for each in done.files:
        screen.out(each.copy)
        if each.restored:
            screen.hanging("✓ ", f"{each.name} 此前已经登记，现已补回副本", "good")
        if each.elsewhere:
            others = "、".join(each.elsewhere[:3]) + ("等" if len(each.elsewhere) > 3 else "")
            screen.hanging("! ", f"{each.name} 也登记在 {others}", "warning")
    if done.saved is None or done.to is None:
        return
    fresh = [each for each in done.files if not each.restored]
    title = office.kinds[done.record.kind].path_title(done.to)
    listed = "、".join(f"{each.name}（{megabytes(each.size)}）" for each in fresh)
    progress = replay(office.register, done.record) if done.record.sign_offs else None
    following = ""
    if progress is not None and done.to[0] != "follow_up":
        following = showing.after_change(office.register, progress)
    if done.keeping is Keeping.LFS:
        paths = " ".join(each.copy for each in fresh)
        following = following or f"git add -f {paths} 并提交（副本由 Git LFS 保管）"
    following = following or f"jzy show {done.record.id}（查看）"
    said = f"已在“{name}”的“{title}”登记 {listed}{saving.committed(done.saved)}"
    screen.done(said, following)


# --- checking -------------------------------------------------------------------------------------


def _check(ids: list[str], *, strict: bool, as_json: bool) -> None:
    office = Office.at(Path.cwd())
    found = check(office, ids)
    missing, different = found.of(State.MISSING), found.of(State.DIFFERENT)
    failed = bool(different) or (strict and bool(missing))
    if as_json:
        screen.data(
            {
                "ok": not failed,
                "named": len(found.named),
                "present": len(found.of(State.PRESENT)),
                "missing": [_plain_looked(each) for each in missing],
                "different": [_plain_looked(each) for each in different],
                "strays": list(found.strays),
                "left_out": office.left_out,
            }
        )
    else:
        _tell_checked(office, found)
    if failed:
        raise Ended(1)


def _plain_looked(each: Looked) -> dict[str, Any]:
    return {
        "id": each.record.id,
        "path": each.record.path,
        "at": dotted_of(each.attachment.at),
        "name": each.attachment.name,
        "sha256": each.attachment.sha256,
        "copy": each.copy,
        "why": each.why,
    }


def _tell_checked(office: Office, found: Checked) -> None:
    for state in (State.DIFFERENT, State.MISSING):
        for each in found.of(state):
            why = f"（{each.why}，{each.copy}）" if each.why else ""
            title = office.kinds[each.record.kind].path_title(each.attachment.at)
            what = f"{_TITLES[state]}  {each.record.id}  {title}：{each.attachment.name}{why}"
            screen.out_hanging(f"{_SIGNS[state]} ", what, _ROLES[state])
    for path in found.strays:
        screen.out_hanging("· ", f"多余  {path}（没有记录提到它）")
    counts = {state: len(found.of(state)) for state in State}
    showing.left_out(office)
    said = f"登记的附件 {len(found.named)} 个，副本在库 {counts[State.PRESENT]} 个"
    said += f"，缺失 {counts[State.MISSING]} 个" if counts[State.MISSING] else ""
    said += f"，不符 {counts[State.DIFFERENT]} 个" if counts[State.DIFFERENT] else ""
    said += f"；多余的文件 {len(found.strays)} 个" if found.strays else ""
    if counts[State.DIFFERENT]:
        screen.hanging("✗ ", said, "error")
        screen.hanging("  → ", "请移走不符的文件，再用原件补回：jzy attach 编号 文件")
    elif counts[State.MISSING]:
        screen.hanging("! ", said, "warning")
        if any(each.why for each in found.of(State.MISSING)):
            screen.hanging("  → ", "由 Git LFS 保管的，用 git lfs pull 取回")
        screen.hanging("  → ", "副本可能在别的电脑上；有原件的，用 jzy attach 编号 文件 补回")
    else:
        screen.done(said)
