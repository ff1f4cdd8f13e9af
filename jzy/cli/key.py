"""``key``: who I am, everyone's public keys, and the registrars' work on them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jzy.cli import screen
from jzy.cli.commands import JsonOption, application, command
from jzy.git.keys import allowed_signers
from jzy.model.errors import WrongUsage
from jzy.office import keyring
from jzy.office.context import Office
from jzy.office.create import Saved

app = application("签名密钥与公钥名单")


@command(app, "allowed-signers", "输出公钥名单，可用作 git 的 gpg.ssh.allowedSignersFile。")
def allowed() -> None:
    """Print the allowed signers."""
    office = Office.at(Path.cwd())
    for line in allowed_signers(office.register.people.values()):
        screen.out(line)
    screen.say(
        "用法：jzy key allowed-signers > 文件，再执行 git config gpg.ssh.allowedSignersFile 文件"
    )


@command(app, "list", "列出人员登记的公钥。")
def list_(as_json: JsonOption = False) -> None:
    """List everyone's keys."""
    office = Office.at(Path.cwd())
    found = [(person, key) for person in office.register.people.values() for key in person.keys]
    if as_json:
        screen.data(
            [
                {
                    "person": person.id,
                    "name": person.name,
                    "fingerprint": key.fingerprint,
                    "key": key.line,
                    "from": key.begins,
                    "until": key.ends,
                    "revoked": key.revoked,
                }
                for person, key in found
            ]
        )
        return
    rows = [
        [person.id, person.name, key.begins, key.revoked or key.ends or "", key.fingerprint]
        for person, key in found
    ]
    screen.table(["编号", "姓名", "启用", "停用", "指纹"], rows)


@command(app, "show", "显示我的密钥，以及登记簿认定我是谁。")
def show(as_json: JsonOption = False) -> None:
    """Show who I am."""
    office = Office.at(Path.cwd())
    key = office.key
    me = office.me
    if as_json:
        screen.data(
            {"person": me.id, "name": me.name, "fingerprint": key.fingerprint, "key": key.location}
        )
        return
    screen.out(f"{me.name}（{me.id}）")
    screen.out(key.fingerprint)


PersonArgument = Annotated[str, typer.Argument(metavar="人员", help="人员的编号，如 person-jia。")]
FileArgument = Annotated[
    str, typer.Argument(metavar="公钥文件", help=".pub 文件；写 - 则从标准输入读取。")
]


@command(app, "register", "为一名人员登记公钥（登记管理员办理）。")
def register(person: PersonArgument, file: FileArgument, as_json: JsonOption = False) -> None:
    """Register a key."""
    office = Office.at(Path.cwd())
    saved = keyring.register(office, person, _line(file))
    _done(office, person, "已登记公钥", saved, as_json=as_json)


@command(app, "rotate", "为一名人员更换公钥：登记新的，停用现用的；以前的签批仍然有效。")
def rotate(person: PersonArgument, file: FileArgument, as_json: JsonOption = False) -> None:
    """Rotate a key."""
    office = Office.at(Path.cwd())
    saved = keyring.rotate(office, person, _line(file))
    _done(office, person, "已更换公钥", saved, as_json=as_json)


@command(app, "revoke", "注销一名人员的公钥：此后它不再证明任何签批。")
def revoke(
    person: PersonArgument,
    which: Annotated[str, typer.Argument(metavar="指纹", help="密钥的指纹，或指纹的开头部分。")],
    reason: Annotated[str, typer.Option("--message", "-m", metavar="原因", help="注销的原因。")],
    as_json: JsonOption = False,
) -> None:
    """Revoke a key."""
    office = Office.at(Path.cwd())
    saved = keyring.revoke(office, person, which, reason)
    _done(office, person, "已注销公钥", saved, as_json=as_json)


def _line(name: str) -> str:
    try:
        text = sys.stdin.read(20_000) if name == "-" else Path(name).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{name} 无法读取", "请写 .pub 公钥文件的路径") from error
    if "PRIVATE KEY" in text:
        raise WrongUsage(f"{name} 是私钥", "请改用同名的 .pub 公钥文件；私钥不要交给任何人")
    return text.strip()


def _done(office: Office, person: str, words: str, saved: Saved, *, as_json: bool) -> None:
    if as_json:
        screen.data({"ok": True, "person": person, "commit": saved.commit})
        return
    commit = f"（提交 {saved.commit[:10]}）" if saved.commit else f"，尚未提交：{saved.why}"
    screen.done(f"{words}：{office.register.name(person)}{commit}", "jzy key list（查看公钥名单）")
