"""``hook``: the server's door and its receipts."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.cli.options import fingerprint
from jzy.model.errors import JzyError
from jzy.office import server
from jzy.office.gate import examine
from jzy.office.push import Refusal, Update

app = Application("服务器：检查推送的内容，写收到的回执。")
_SHOWN = 30
_SECONDS = 600


@command(
    app,
    "install",
    "在裸仓库装上检查和回执：此后只收得到证明的签批、合格的记录。",
    epilog="示例：jzy hook install /srv/records.git --root SHA256:…",
)
def install(
    folder: Annotated[Path, Argument(metavar="裸仓库", help="服务器上的裸仓库。")],
    root: Annotated[str, Option("--root", metavar="指纹", help="第一次提交的密钥的指纹。")],
    branch: Annotated[
        str, Option("--branch", metavar="分支", help="接受推送的唯一分支。")
    ] = "main",
    key: Annotated[
        Path | None,
        Option("--key", metavar="文件", help="服务器签回执的私钥；省略则新建一个。"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Install the hooks."""
    done = server.install(folder, fingerprint(root), branch, key)
    if as_json:
        screen.data(
            {
                "version": 1,
                "folder": str(done.folder),
                "branch": done.branch,
                "key": done.key.line,
                "fingerprint": done.key.fingerprint,
                "commits": done.commits,
            }
        )
        return
    screen.out(done.key.line)
    said = f"，已有的 {done.commits} 次提交检查无误" if done.commits else ""
    screen.done(f"已在 {done.folder} 装上检查与回执{said}")
    screen.say(f"  服务器密钥：{done.key.fingerprint}" + ("（新建）" if done.made_key else ""))
    screen.say("  请登记管理员把上面一行公钥写入单位信息的 receipt_keys，回执才算数：")
    screen.say("  jzy institution edit institution --set 'receipt_keys=[{key: 公钥, from: 日期}]'")


@command(app, "pre-receive", "由 git 在收下推送之前调用：从标准输入读取各引用的新旧提交。")
def pre_receive() -> None:
    """Judge a push."""
    _speak_plainly()
    _end_in_time()
    updates = _updates()
    found = examine(server.server_at(Path.cwd()), updates, datetime.now(UTC))
    if not found:
        return
    screen.say("✗ 服务器没有收下这次推送，仓库没有任何改动：", "error")
    for refusal in found[:_SHOWN]:
        screen.say(f"  {_line(refusal)}")
    if len(found) > _SHOWN:
        screen.say(f"  ……其余 {len(found) - _SHOWN} 处")
    screen.say("  → 请在本地用 jzy verify、jzy validate 查看并改正后再上传")
    raise Ended(1)


@command(app, "post-receive", "由 git 在收下推送之后调用：写回执。")
def post_receive() -> None:
    """Write receipts."""
    _speak_plainly()
    try:
        when = server.receive(server.server_at(Path.cwd()), _updates())
    except JzyError as error:
        screen.say(f"! 已收下，但没有写成回执：{error.what}；{error.advice}", "warning")
        raise Ended(1) from error
    if when is not None:
        screen.say(f"✓ 服务器已于 {when:%Y-%m-%d %H:%M:%S} UTC 收到，并写了回执")


def _line(refusal: Refusal) -> str:
    commit = f"提交 {refusal.commit[:10]} " if refusal.commit else ""
    return f"{commit}{refusal.path + '：' if refusal.path else ''}{refusal.reason}"


def _updates() -> list[Update]:
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    found = []
    for line in text.splitlines():
        old, new, ref = line.split(" ", 2)
        found.append(Update(old, new, ref))
    return found


def _speak_plainly() -> None:
    """What a hook says goes to the pusher's terminal, whatever the server's own language is."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def _end_in_time() -> None:
    """A push that cannot be judged in time is refused."""
    seconds = int(os.environ.get("JZY_HOOK_SECONDS", _SECONDS))
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, _too_late)
        signal.alarm(seconds)


def _too_late(*_: object) -> None:
    screen.say("✗ 服务器没有在规定的时间内检查完，没有收下这次推送", "error")
    screen.say("  → 请分几次上传，或联系服务器管理员")
    os._exit(1)
