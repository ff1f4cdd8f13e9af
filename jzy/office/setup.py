"""``jzy setup``: who I am in this clone, with which key I sign, and what git has to know of it.

:func:`plan` asks every question and changes nothing; :func:`carry_out` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jzy.git import settings
from jzy.git.commits import MAIL_HOST
from jzy.git.history import is_incomplete
from jzy.git.keys import SigningKey, allowed_signers
from jzy.git.repository import Repository
from jzy.git.signature import BadSignature, check_commit
from jzy.git.tools import NEEDED_GIT, git_version
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage
from jzy.model.people import Key, Person, fingerprint
from jzy.model.register import Register
from jzy.office.context import Office

ROOT = "jzy.root"


@dataclass(frozen=True, slots=True)
class Root:
    """Where trust in this repository begins."""

    actual: str
    """The fingerprint of the key that signed the first commit; empty where none did."""
    pinned: str | None
    """What it has to be, by git's ``jzy.root``."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of git's configuration that will be written."""

    name: str
    old: str | None
    """What the repository's own file says now, ``None`` where it says nothing."""
    new: str

    @property
    def changes(self) -> bool:
        """Whether anything has to be written."""
        return self.old != self.new


@dataclass(frozen=True, slots=True)
class Plan:
    """What a setup would do, and what it found."""

    person: Person
    key: SigningKey
    settings: tuple[Setting, ...]
    signers: bytes
    signers_change: bool
    registered: bool
    """Whether the register gives the key to the person."""
    others: tuple[Key, ...]
    """The person's other keys that are in use."""
    registrars: tuple[Person, ...]
    root: Root

    @property
    def changes(self) -> bool:
        """Whether anything has to be written."""
        return self.signers_change or any(setting.changes for setting in self.settings)


def plan(
    office: Office, register: Register, person: Person, key: SigningKey, root: str | None
) -> Plan:
    """What is to be written so that somebody signs with a key, without writing it.

    Args:
        office: the repository.
        register: as HEAD has it.
        person: who.
        key: with what.
        root: the fingerprint that the registrar named for the first commit's key; ``None`` where
            it is not known.

    Raises:
        Refused: the register gives the key to somebody else or no longer to this person, the
            key lies among the records, or the first commit's key is not the one named.
        WrongEnvironment: git is too old.
    """
    _check_git()
    _check_place(office.repository, key)
    found = check_root(office.repository, root)
    registered = is_registered(register, person, key)
    repository = office.repository
    wanted = {
        "gpg.format": "ssh",
        "user.signingkey": key.location,
        "user.name": person.name,
        "user.email": f"{person.id}@{MAIL_HOST}",
        "commit.gpgsign": "true",
        "gpg.ssh.allowedSignersFile": str(settings.signers_file(repository)),
    }
    if root is not None:
        wanted[ROOT] = root
    own = settings.own(repository)
    signers = signers_text(register)
    day = today(register)
    return Plan(
        person,
        key,
        tuple(Setting(name, _only(own.get(settings.plain(name))), wanted[name]) for name in wanted),
        signers,
        settings.read_signers(repository) != signers,
        registered,
        tuple(each for each in person.keys if each.usable_on(day) and each.blob != key.blob),
        tuple(register.people[i] for i in sorted(register.registrars) if i in register.people),
        found,
    )


def carry_out(office: Office, planned: Plan) -> None:
    """Write what was planned, and look whether git goes by it.

    Raises:
        Refused: a link stands in the way.
        WrongEnvironment: another program is writing, or another file overrides a setting.
    """
    repository = office.repository
    if planned.signers_change:
        settings.write_signers(repository, planned.signers)
    changed = {each.name: each.new for each in planned.settings if each.changes}
    if changed:
        settings.write(repository, changed)
    now = settings.effective(repository)
    for each in planned.settings:
        if now.get(settings.plain(each.name), [""])[-1] != each.new:
            raise WrongEnvironment(
                f"已写入 {each.name}，但另一处设置覆盖了它，没有生效",
                f"请用 git config --show-origin --get-all {each.name} 查看是哪一处，改正后再试",
            )


def signers_text(register: Register) -> bytes:
    """The file of allowed signers by a register."""
    lines = allowed_signers(register.people.values())
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def refresh_signers(office: Office, register: Register) -> None:
    """Bring the file of allowed signers up to date, where there is one."""
    repository = office.repository
    content = signers_text(register)
    if settings.read_signers(repository) not in (None, content):
        settings.write_signers(repository, content)


def person_named(register: Register, person_id: str) -> Person:
    """Somebody of the register.

    Raises:
        WrongUsage: there is nobody of that id.
    """
    person = register.people.get(person_id)
    if person is None:
        raise WrongUsage(
            f"人员登记簿中没有 {person_id}",
            "请用 jzy person list 查看编号；还没有登记的，请联系登记管理员",
        )
    return person


def is_registered(register: Register, person: Person, key: SigningKey) -> bool:
    """Whether a register gives a key to a person, to use today.

    Raises:
        Refused: it gives it to somebody else, or to the person no longer.
    """
    owners = register.key_owners.get(key.blob, [])
    others = [register.name(owner) for owner in owners if owner != person.id]
    if others:
        raise Refused(
            f"这个密钥（{key.fingerprint}）已登记给{'、'.join(others)}",
            "一个密钥只属于一个人：请核对您选的人员，或另生成一个密钥",
        )
    mine = [each for each in person.keys if each.blob == key.blob]
    day = today(register)
    if any(each.revoked is not None for each in mine):
        raise Refused("这个密钥已经注销，不能再用来签批", "请另生成一个密钥")
    if any(each.ends is not None and each.ends < day for each in mine):
        raise Refused("这个密钥已经停用，不能再用来签批", "请使用更换后的密钥，或另生成一个")
    return bool(mine)


def today(register: Register) -> str:
    """The institution's date, ISO."""
    return datetime.now(register.time_zone).date().isoformat()


def check_root(repository: Repository, named: str | None) -> Root:
    """Compare the first commit's key with what it has to be.

    Args:
        repository: the repository.
        named: the fingerprint that the registrar named; ``None`` where it is not known.

    Raises:
        Refused: it is another key, or the name contradicts what is pinned already.
        WrongEnvironment: history was cut off, so that the first commit is not here.
    """
    root = root_of(repository)
    for wanted, whence in ((named, "所给的指纹"), (root.pinned, "这里先前固定的")):
        if wanted and wanted != root.actual:
            raise Refused(
                f"警报：这个仓库不是登记管理员所说的那一个。第一次提交的密钥应是 {wanted}（{whence}），"
                f"实际是 {root.actual or '没有有效的签名'}",
                "请先不要在这里签批；与登记管理员当面或电话核对指纹和服务器地址，再重新克隆",
            )
    return root


def root_of(repository: Repository) -> Root:
    """The first commit's key, and the one that is pinned.

    Raises:
        Refused: history has several beginnings, or none.
        WrongEnvironment: history was cut off.
    """
    if repository.head() is None:
        raise Refused("仓库还没有提交，登记簿尚未生效", "请由登记管理员先提交登记簿")
    if is_incomplete(repository):
        raise WrongEnvironment(
            "这是不完整的历史（浅克隆），看不到第一次提交",
            "请取回完整的历史：git fetch --unshallow",
        )
    # A commit-graph is a cache that a folder may bring along, and says what the parents are.
    said = repository.run(
        "-c", "core.commitGraph=false", "rev-list", "--max-parents=0", "HEAD", "--"
    ).split()  # fmt: skip
    if len(said) != 1:
        raise Refused("历史有几个起点，不能确定以哪一个为准", "请与登记管理员核对，重新克隆")
    raw = repository.run("cat-file", "commit", said[0].decode("ascii"))
    try:
        actual = fingerprint(check_commit(raw))
    except BadSignature:
        actual = ""
    return Root(actual, repository.configured(ROOT))


def likely_person(office: Office, register: Register, blobs: Sequence[bytes]) -> str | None:
    """The id of who most likely sits here: the owner of the key that git goes by or that lies at
    hand, or whom an earlier setup named."""
    configured = settings.own(office.repository)
    for blob in blobs:
        owners = register.key_owners.get(blob, [])
        if len(owners) == 1:
            return owners[0]
    named = (_only(configured.get("user.email")) or "").removesuffix(f"@{MAIL_HOST}")
    return named if named in register.people else None


def _only(values: Sequence[str] | None) -> str | None:
    """The one value; several are as good as none, because they have to be replaced."""
    return values[0] if values and len(values) == 1 else None


def _check_git() -> None:
    found = git_version()
    if found is not None and found[0] < NEEDED_GIT:
        raise WrongEnvironment(
            f"git 的版本（{found[1]}）太旧，不能用 SSH 密钥签名", "请安装 2.34 或更新的版本"
        )


def _check_place(repository: Repository, key: SigningKey) -> None:
    """A private key among the records would be uploaded with them sooner or later."""
    if key.location.startswith("key::"):
        return
    check_outside(repository, Path(key.location))


def check_outside(repository: Repository, path: Path) -> None:
    """Refuse a private key's place inside the work tree.

    Raises:
        Refused: it lies there.
    """
    place, root = path.resolve(), repository.root.resolve()
    if place.is_relative_to(root) and not place.is_relative_to(repository.folder.resolve()):
        raise Refused(
            f"私钥 {path.name} 在记录仓库的文件夹里，会随记录一起上传",
            "请放到仓库之外，例如 ~/.ssh/jzy_ed25519",
        )
