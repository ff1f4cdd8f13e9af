"""``key allowed-signers | list | show``: public keys, for git and for people."""

from __future__ import annotations

from pathlib import Path

from jzy.cli import screen
from jzy.cli.commands import JsonOption, application, command
from jzy.git.keys import allowed_signers
from jzy.office.context import Office

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
