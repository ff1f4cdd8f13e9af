"""``sync``: this clone and the server brought together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from jzy.cli import screen
from jzy.cli.commands import Application, Ended, JsonOption, Option, YesOption, command
from jzy.model.errors import Refused, WrongUsage
from jzy.office.context import Office
from jzy.office.reapply import Lost, Redone
from jzy.office.sync import Outcome, Receipts, sync

app = Application("同步")
_MOST = 10
_REJECTED = {
    "pre-receive hook declined": "服务器的检查没有通过",
    "branch is currently checked out": "服务器上的仓库正在使用这个分支，应改用裸仓库（git init --bare）",
}


@command(
    app,
    "sync",
    "与服务器同步：取回他人的提交，把本人尚未上传的提交重放在其后（重新签名），再上传。\n"
    "他人的提交从不改写；重放之前的提交保留在 refs/jzy/before-sync 之下。",
)
def sync_(
    remote: Annotated[
        str, Option("--remote", metavar="名称", help="远程仓库，默认为 origin。")
    ] = "origin",
    yes: YesOption = False,
    drop: Annotated[
        bool, Option("--drop", help="放弃已不成立的签批和无法合并的改动，不再询问。")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring both sides together."""
    office = Office.at(Path.cwd())
    asked = screen.interactive() and not as_json

    def consent(redone: Redone) -> None:
        if redone.lost and not as_json:
            _show_lost(redone)
        if redone.lost and not drop and (yes or not asked):
            _refuse(redone, as_json=as_json)
        if (redone.lost and not drop) or (redone.steps and not yes and not as_json):
            _ask(redone, asked=asked)

    def tell(words: str) -> None:
        if asked:
            screen.say(words, "dim")

    done = sync(office, remote, ask=asked, consent=consent, tell=tell)
    if as_json:
        screen.data(_plain(done))
    else:
        _show(done)
    if not done.holds:
        raise Ended(1)


def _show_lost(redone: Redone) -> None:
    screen.say(f"! 与服务器的最新记录相比，您有 {len(redone.lost)} 次提交已不成立：", "warning")
    for lost in redone.lost:
        screen.hanging("  ", lost.subject, "strong")
        screen.say(f"    提交 {lost.commit[:10]}  {lost.path}", "dim")
        screen.hanging("    原因：", lost.reason)
        screen.hanging("    办法：", lost.advice)


def _refuse(redone: Redone, *, as_json: bool) -> None:
    error = Refused(
        f"有 {len(redone.lost)} 次提交已不成立，没有同步，也没有任何改动",
        "查看后如同意放弃这些提交，请执行 jzy sync --yes --drop",
    )
    if not as_json:
        raise error
    found = {"what": error.what, "advice": error.advice, "where": ""}
    screen.data(
        {
            "version": 1,
            "ok": False,
            "exit_code": 1,
            "error": found,
            "lost": [_lost(lost) for lost in redone.lost],
            "replayable": [step.commit for step in redone.steps],
        }
    )
    raise Ended(1)


def _ask(redone: Redone, *, asked: bool) -> None:
    parts = []
    if redone.lost:
        parts.append(f"放弃以上 {len(redone.lost)} 次提交")
    if redone.steps:
        rest = "其余 " if redone.lost else " "
        parts.append(f"用{redone.me.name}的密钥重新签名{rest}{len(redone.steps)} 次提交")
        if asked:
            screen.say("以下提交将重放在他人的提交之后：")
        for step in redone.steps[:_MOST] if asked else ():
            screen.hanging("  ", step.written.subject)
        if asked and len(redone.steps) > _MOST:
            screen.say(f"  …… 共 {len(redone.steps)} 次")
    if not asked:
        raise WrongUsage(
            f"需要重新签名 {len(redone.steps)} 次提交，这里不是终端，无法确认",
            "在程序中使用请加 --yes",
        )
    from jzy.cli.asking import confirm  # noqa: PLC0415 - loads a prompt library

    if not confirm(f"{'，并'.join(parts)}，然后同步吗？"):
        raise Refused("没有同步，也没有任何改动", "随时可以再来办理")


def _show(done: Outcome) -> None:
    for ref in done.kept:
        screen.say(f"  原来的提交保留在 {ref}（可用 git log 查看）", "dim")
    for warning in done.warnings:
        screen.say(f"! {warning}", "warning")
    if done.receipts is Receipts.MISSING:
        screen.say("! 服务器上没有回执，本机已有的回执予以保留", "warning")
    if done.receipts is Receipts.CONTRADICTING:
        screen.fail(
            Refused(
                "服务器的回执与本机已有的回执不相衔接，可能被改写过；本机的回执予以保留",
                "请与服务器的管理员核对，不要删除本机的回执",
            )
        )
    parts = _parts(done)
    if done.rejection is not None:
        if parts:
            screen.say(f"  已{'，'.join(parts)}")
        if done.rejection.lines:
            screen.say("  服务器说：")
        for line in done.rejection.lines:
            screen.hanging("    ", line)
        why = _REJECTED.get(done.rejection.reason, done.rejection.reason)
        screen.fail(
            Refused(
                f"服务器没有接受您的提交：{why}",
                "您的提交都保存在本机；请按服务器的说明处理后，再执行 jzy sync",
            )
        )
        return
    where = f"{done.remote} 的 {done.branch}"
    if not parts:
        screen.done(f"与 {where} 一致，没有需要同步的内容", "jzy inbox（查看待办）")
        return
    following = "jzy inbox（查看待办）"
    if done.lost:
        following = "查看最新的记录，需要时重新办理；jzy inbox 查看待办"
    screen.done(f"已与 {where} 同步：{'，'.join(parts)}", following)


def _parts(done: Outcome) -> list[str]:
    counts = (
        (done.received, "取回 {} 次提交"),
        (len(done.replayed), "重放并重新签名 {} 次"),
        (len(done.lost), "放弃 {} 次"),
        (done.present, "省去他人已作过的 {} 次"),
        (done.sent, "上传 {} 次提交"),
    )
    return [words.format(number) for number, words in counts if number]


def _plain(done: Outcome) -> dict[str, Any]:
    found = done.rejection
    return {
        "version": 1,
        "ok": done.holds,
        "exit_code": 0 if done.holds else 1,
        "remote": done.remote,
        "branch": done.branch,
        "before": done.before,
        "head": done.head,
        "received": done.received,
        "sent": done.sent,
        "replayed": [{"from": old, "to": new} for old, new in done.replayed.items()],
        "lost": [_lost(lost) for lost in done.lost],
        "present": done.present,
        "kept": done.kept,
        "receipts": done.receipts.value,
        "rejected": {"reason": found.reason, "server": list(found.lines)} if found else None,
        "warnings": done.warnings,
    }


def _lost(lost: Lost) -> dict[str, object]:
    return {
        "commit": lost.commit,
        "subject": lost.subject,
        "path": lost.path,
        "title": lost.title,
        "sign_off": lost.sign_off,
        "reason": lost.reason,
        "advice": lost.advice,
    }
