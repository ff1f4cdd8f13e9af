"""``key``: who I am, everyone's public keys, and the registrars' work on them."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import Annotated

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, JsonOption, Option, YesOption, command
from jzy.git.keys import allowed_signers, read_key_file
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage
from jzy.model.people import Person, fingerprint
from jzy.office import authority, keyring
from jzy.office.context import Office
from jzy.office.keyring import Done, Entry, KeyState

app = Application("签名密钥与公钥名单；一切以已提交的登记簿为准。")
_LONGEST = 20_000
_STATES = {
    KeyState.USED: ("现用", "good"),
    KeyState.COMING: ("未启用", "dim"),
    KeyState.ENDED: ("已停用", "dim"),
    KeyState.REVOKED: ("已注销", "error"),
}


@command(app, "allowed-signers", "输出公钥名单，可用作 git 的 gpg.ssh.allowedSignersFile。")
def allowed() -> None:
    """Print the allowed signers."""
    register = authority.registers(Office.at(Path.cwd()))
    for line in allowed_signers(register.people.values()):
        screen.out(line)
    screen.hanging(
        "  ", "jzy setup 会写好这份名单并设置 git；它只供 git log --show-signature 使用，"
    )
    screen.hanging("  ", "git 按提交自己写的日期判断停用的密钥；证明签批请用 jzy verify。")


@command(app, "list", "列出人员登记的公钥：现用、已停用（更换）、已注销。")
def list_(as_json: JsonOption = False) -> None:
    """List everyone's keys."""
    office = Office.at(Path.cwd())
    register = authority.registers(office)
    found = keyring.entries(register)
    if as_json:
        screen.data([_plain(entry) for entry in found])
        return
    for person, entries in groupby(found, key=lambda entry: entry.person):
        screen.out(f"{person.name}（{person.id}）", "strong")
        for entry in entries:
            _show(entry)
    without = [each.name for each in register.people.values() if not each.keys]
    if without:
        screen.hanging("  ", f"还没有登记公钥：{'、'.join(without)}")
    changed = [path for path in office.repository.status() if path.startswith("records/people/")]
    if changed:
        words = f"{len(changed)} 份人员记录有尚未提交的改动（{min(changed)}），不算数，没有列出"
        screen.hanging("! ", words, "warning")


def _show(entry: Entry) -> None:
    """A key within 80 columns: state, fingerprint, the date that matters."""
    key, (title, role) = entry.key, _STATES[entry.state]
    when = f"自 {key.begins}"
    if key.revoked or key.ends:
        when = f"于 {key.revoked}" if key.revoked else f"至 {key.ends}"
    screen.out(f"  {title}{' ' * (6 - 2 * len(title))}  {key.fingerprint}  {when}", role)
    if entry.reason:
        screen.out(f"          原因：{entry.reason}", "dim")
    if key.distrust_from:
        screen.out(f"          自提交 {key.distrust_from[:10]} 起不可信，须重新签批", "error")


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "person": entry.person.id,
        "name": entry.person.name,
        "state": entry.state.value,
        "fingerprint": entry.key.fingerprint,
        "key": entry.key.line,
        "from": entry.key.begins,
        "until": entry.key.ends,
        "revoked": entry.key.revoked,
        "reason": entry.reason or None,
        "distrust_from": entry.key.distrust_from,
    }


@command(app, "show", "显示我的密钥，以及登记簿认定我是谁。")
def show(as_json: JsonOption = False) -> None:
    """Show who I am."""
    office = Office.at(Path.cwd())
    key = office.key
    me = authority.me(office, authority.registers(office), office.now())
    if as_json:
        screen.data(
            {"person": me.id, "name": me.name, "fingerprint": key.fingerprint, "key": key.location}
        )
        return
    screen.out(f"{me.name}（{me.id}）")
    screen.out(key.fingerprint)


PersonArgument = Annotated[str, Argument(metavar="人员", help="人员的编号，如 person-jia。")]
LineArgument = Annotated[
    str,
    Argument(
        metavar="公钥",
        help="公钥本身（ssh-ed25519 AAAA…，加引号），或 .pub 文件；写 - 则从标准输入读取。",
    ),
]


@command(app, "register", "为一名人员登记公钥（登记管理员办理）；请先与本人核对指纹。")
def register(
    person: PersonArgument, key: LineArgument, yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Register a key."""
    office = Office.at(Path.cwd())
    line = _line(key)
    who = keyring.subject(office, person)
    _ask(office, who, line, "登记", yes=yes or as_json or key == "-")
    _done("已登记公钥", keyring.register(office, person, line), as_json=as_json)


@command(app, "rotate", "为一名人员更换公钥：登记新的，现用的用到今天为止；以前的签批仍然有效。")
def rotate(
    person: PersonArgument, key: LineArgument, yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Rotate a key."""
    office = Office.at(Path.cwd())
    line = _line(key)
    who = keyring.subject(office, person)
    _ask(office, who, line, "更换", yes=yes or as_json or key == "-")
    _done("已更换公钥", keyring.rotate(office, person, line), as_json=as_json)


@command(
    app,
    "revoke",
    "注销一名人员的公钥：此后它不再证明任何签批，以前的仍然有效。\n"
    "密钥被盗的，用 --distrust-from 注明自哪次提交起（含这一次）不可信，那以后的须重新签批。",
)
def revoke(
    person: PersonArgument,
    which: Annotated[str, Argument(metavar="指纹", help="密钥的指纹，或指纹的开头部分。")],
    reason: Annotated[str, Option("--message", "-m", metavar="原因", help="注销的原因。")],
    since: Annotated[
        str | None,
        Option(
            "--distrust-from",
            metavar="提交",
            help="密钥被盗之后的第一次提交，写 git log 中的编号。",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a key."""
    office = Office.at(Path.cwd())
    done = keyring.revoke(office, person, which, reason, since)
    words = "已注销公钥" if done.key.revoked is None else "已注明公钥自何时起不可信"
    _done(words, done, as_json=as_json)
    if not as_json and since is not None:
        screen.say("  须重新签批的，由 jzy verify 列出")


def _line(named: str) -> str:
    if named.startswith(("ssh-", "sk-ssh-", "ecdsa-")) and len(named.split()) > 1:
        return named.strip()
    try:
        text = sys.stdin.read(_LONGEST) if named == "-" else _file(named)
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{named} 不是公钥文件", "请写 .pub 公钥文件的路径") from error
    except WrongEnvironment as error:
        raise WrongUsage(error.what, "请写公钥本身（加引号），或 .pub 公钥文件的路径") from error
    if "PRIVATE KEY" in text:
        raise WrongUsage(f"{named} 是私钥", "请改用同名的 .pub 公钥文件；私钥不要交给任何人")
    return text.strip()


def _file(named: str) -> str:
    return read_key_file(Path(named).expanduser()).decode("utf-8-sig")


def _ask(office: Office, who: Person, line: str, verb: str, *, yes: bool) -> None:
    """At a terminal the registrar compares fingerprints before anything is written."""
    _, blob = keyring.checked_line(office, who.id, line)
    if yes or not screen.interactive():
        return
    from jzy.cli.asking import confirm  # noqa: PLC0415 - loads a prompt library

    screen.say(f"为{who.name}（{who.id}）{verb}公钥，指纹：")
    screen.say(f"  {fingerprint(blob)}", "strong")
    if not confirm(f"已与{who.name}当面或电话核对，指纹相同吗？"):
        raise Refused(f"没有{verb}", "请核对指纹之后再办理")


def _done(words: str, done: Done, *, as_json: bool) -> None:
    saved = done.saved
    if as_json:
        screen.data(
            {
                "ok": True,
                "person": done.person.id,
                "fingerprint": done.key.fingerprint,
                "ended": [key.fingerprint for key in done.ended],
                "commit": saved.commit,
            }
        )
        return
    commit = f"（提交 {saved.commit[:10]}）" if saved.commit else f"，尚未提交：{saved.why}"
    screen.done(f"{words}：{done.person.name}{commit}")
    screen.say(f"  指纹 {done.key.fingerprint}")
    screen.say("  下一步：jzy sync（上传，使各人的电脑都知道），jzy key list（查看公钥名单）")
