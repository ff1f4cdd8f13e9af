"""``setup``: who I am, with which key I sign, and git told of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from jzy.cli import screen, setup_words
from jzy.cli.commands import Application, JsonOption, Option, YesOption, command
from jzy.cli.helptext import columns
from jzy.cli.options import fingerprint
from jzy.git.keys import make_key
from jzy.git.keysearch import Available, Found, Unusable, find_keys, key_named, ssh_folder
from jzy.git.trial import WrongPassphrase, try_key
from jzy.model.display import one_line, shorten
from jzy.model.errors import JzyError, Refused, WrongUsage
from jzy.model.people import Person
from jzy.office import authority
from jzy.office import setup as office_setup
from jzy.office.context import Office

if TYPE_CHECKING:
    from jzy.model.register import Register

app = Application("设置")
_NEW = "new"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    """The command line."""

    person: str | None
    key: str | None
    new_key: Path | None
    no_passphrase: bool
    root: str | None
    yes: bool
    as_json: bool

    @property
    def asks(self) -> bool:
        """Whether there is somebody to ask."""
        return screen.interactive() and not self.as_json


@command(
    app,
    "setup",
    "在新克隆的仓库里设置：您是谁、用哪个密钥签批，并试签一次；公钥尚未登记的，写出登记申请。\n"
    "只改本仓库的 git 设置，写入之前先列出来询问；可以反复执行。",
    epilog="示例：jzy setup --root SHA256:…\n"
    "供程序使用：jzy setup --person person-jia --key ~/.ssh/id_ed25519 --yes",
)
def setup(
    person: Annotated[
        str | None, Option("--person", metavar="人员编号", help="您是谁，如 person-jia。")
    ] = None,
    key: Annotated[
        str | None,
        Option("--key", metavar="文件", help="签名私钥；也可写 ssh-agent 中的公钥。"),
    ] = None,
    new_key: Annotated[
        Path | None,
        Option("--new-key", metavar="文件", help="新生成一个密钥，私钥存入这个文件。"),
    ] = None,
    no_passphrase: Annotated[
        bool, Option("--no-passphrase", help="新密钥不设口令（只宜用于程序）。")
    ] = False,
    root: Annotated[
        str | None,
        Option("--root", metavar="指纹", help="登记管理员告知的根密钥指纹，核对后固定。"),
    ] = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Set this clone up."""
    wish = _Wish(person, key, new_key, no_passphrase, root, yes, as_json)
    _check(wish)
    office = Office.at(Path.cwd())
    known = office_setup.check_root(office.repository, root)
    register = authority.registers(office)
    found = find_keys() if wish.asks else None
    me = _who(office, register, wish, found)
    if root is None and known.pinned is None and wish.asks:
        root = _ask_root()
        office_setup.check_root(office.repository, root)
    mine, made = _key(office, register, wish, me, found)
    planned = office_setup.plan(office, register, me, mine.key, root)
    _try(mine, asks=wish.asks)
    if planned.changes:
        if not wish.as_json:
            setup_words.show_plan(planned)
        if not wish.yes and wish.asks:
            _confirm(made=made)
        office_setup.carry_out(office, planned)
    if wish.as_json:
        screen.data(setup_words.plain(planned, made=made))
    else:
        setup_words.tell(register, planned)


def _check(wish: _Wish) -> None:
    """Everything about the command line that can be said before anything is made."""
    if wish.key and wish.new_key:
        raise WrongUsage("--key 与 --new-key 只能用一个", "用已有的密钥，或新生成一个")
    if wish.no_passphrase and not wish.new_key:
        raise WrongUsage("--no-passphrase 是生成新密钥时用的", "请与 --new-key 一起使用")
    if wish.root is not None:
        fingerprint(wish.root)
    if wish.asks:
        return
    lacking = [name for name, given in (("--person", wish.person),) if not given]
    lacking += [] if wish.key or wish.new_key else ["--key（或 --new-key）"]
    lacking += [] if wish.yes or wish.as_json else ["--yes"]
    if lacking:
        raise WrongUsage(
            f"这里不是终端，无法询问，缺少 {'、'.join(lacking)}",
            "例如 jzy setup --person person-jia --key ~/.ssh/id_ed25519 --yes",
        )
    if wish.new_key and not wish.no_passphrase:
        raise WrongUsage(
            "这里不是终端，无法询问新密钥的口令",
            "请在终端中执行；确实不要口令的，请写明 --no-passphrase",
        )


def _who(office: Office, register: Register, wish: _Wish, found: Found | None) -> Person:
    if wish.person is not None or found is None:
        return office_setup.person_named(register, str(wish.person))
    from jzy.cli.asking import choose  # noqa: PLC0415 - loads a prompt library

    if not register.people:
        raise Refused("人员登记簿中还没有人", "请联系登记管理员登记")
    blobs = [each.key.blob for each in found.usable]
    likely = office_setup.likely_person(office, register, blobs)
    choices = [(_person_words(register, each), each.id) for each in register.people.values()]
    return register.people[choose("您是谁？", choices, likely)]


def _person_words(register: Register, person: Person) -> str:
    day = office_setup.today(register)
    posts = [
        (register.short_name(post.unit) if post.unit and post.unit != person.unit else "")
        + register.posts.get(post.post, post.post)
        for post in person.posts
        if post.held_on(day)
    ]
    unit = register.name(person.unit)
    words = f"{person.name}（{person.id}）{unit} {'、'.join(dict.fromkeys(posts))}"
    return shorten(one_line(words), columns() - 12)


def _key(
    office: Office, register: Register, wish: _Wish, me: Person, found: Found | None
) -> tuple[Available, bool]:
    """The key, and whether it was made just now."""
    if wish.key is not None:
        return key_named(wish.key), False
    place = wish.new_key
    if place is None and found is not None:
        chosen = _choose_key(office, register, me, found)
        if chosen is not None:
            return chosen, False
        place = _free_place()
    assert place is not None  # noqa: S101 - checked with the command line
    path = place.expanduser().absolute()
    office_setup.check_outside(office.repository, path)
    asks = wish.asks and not wish.no_passphrase
    if asks:
        screen.hanging("  ", f"生成新密钥 {_short(path)}。请设一个口令，防止电脑遗失时他人冒用；")
        screen.hanging("  ", "ssh-keygen 会询问两次（Enter passphrase），输入时屏幕不显示。")
    make_key(path, me.id, ask=asks)
    return key_named(str(path)), True


def _choose_key(office: Office, register: Register, me: Person, found: Found) -> Available | None:
    """One of the keys at hand, ``None`` for a new one."""
    from jzy.cli.asking import choose  # noqa: PLC0415 - loads a prompt library

    for each in found.unusable:
        _tell_unusable(each)
    choices: list[tuple[str, object]] = [
        (_key_words(register, me, each), each.key.blob) for each in found.usable
    ]
    choices.append((f"新生成一个：{_short(_free_place())}", _NEW))
    now = office.repository.configured("user.signingkey")
    mine = [each for each in found.usable if me.id in _owners(register, each)]
    mine += [each for each in found.usable if each.key.location == now]
    answer = choose("用哪个密钥签批？", choices, mine[0].key.blob if mine else None)
    return next((each for each in found.usable if each.key.blob == answer), None)


def _tell_unusable(each: Unusable) -> None:
    place = each.place.replace(str(Path.home()), "~", 1)
    screen.hanging("  ", f"{place} 不能用：{each.reason}", "dim")


def _key_words(register: Register, me: Person, each: Available) -> str:
    said = [_short(each.file) if each.file else f"ssh-agent 中的 {each.comment or '密钥'}"]
    if each.hardware:
        said.append("硬件密钥")
    elif each.in_agent and each.file:
        said.append("已载入 ssh-agent")
    elif each.locked:
        said.append("有口令")
    owners = _owners(register, each)
    if owners:
        names = ["您" if owner == me.id else register.name(owner) for owner in owners]
        said.append(f"已登记给{'、'.join(names)}")
    words = f"{'，'.join(said)}  {each.key.fingerprint[:15]}…"
    return shorten(one_line(words), columns() - 20)


def _owners(register: Register, each: Available) -> list[str]:
    return register.key_owners.get(each.key.blob, [])


def _free_place() -> Path:
    first = ssh_folder() / "jzy_ed25519"
    number, place = 2, first
    while os.path.lexists(place) or os.path.lexists(f"{place}.pub"):
        place, number = first.with_name(f"{first.name}_{number}"), number + 1
    return place


def _short(path: Path) -> str:
    return str(path).replace(str(Path.home()), "~", 1)


def _ask_root() -> str | None:
    """The root key's fingerprint; whoever does not know it goes on without."""
    from jzy.cli.asking import ask_line  # noqa: PLC0415 - loads a prompt library

    def check(text: str) -> str:
        try:
            return "" if not text else fingerprint(text) and ""
        except JzyError as error:
            return f"{error.what}；{error.advice}"

    return ask_line("登记管理员告知的根密钥指纹（还不知道请直接回车）", check) or None


def _try(mine: Available, *, asks: bool) -> None:
    """Sign something worthless; whoever mistypes a passphrase may try again."""
    for left in reversed(range(_TRIES)):
        if asks and mine.hardware:
            screen.say("  试签一次：请触碰硬件密钥。")
        elif asks and mine.locked and not mine.in_agent:
            screen.say("  试签一次，请输入这个密钥的口令（Enter passphrase）。")
        try:
            try_key(mine.key, ask=asks)
        except WrongPassphrase as error:
            if not asks or not left:
                raise
            screen.say(f"! {error.what}，请再试一次", "warning")
        else:
            return


def _confirm(*, made: bool) -> None:
    from jzy.cli.asking import confirm  # noqa: PLC0415 - loads a prompt library

    if not confirm("写入吗？"):
        kept = "；新密钥已保留，下次可以直接选用" if made else ""
        raise Refused(f"没有写入任何设置{kept}", "随时可以再执行 jzy setup")
