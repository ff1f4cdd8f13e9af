"""Public keys of people: registered, rotated, revoked, each by a registrar's commit.

A rotated key still proves what it signed; a revoked key proves nothing after its revocation in
history, and from an earlier commit on where it was stolen. Neither is ever deleted, and no key is
given to a second person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jzy.git.bench import leads_to
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.model.errors import Refused, WrongUsage
from jzy.model.people import BadKey, Key, Person, fingerprint, parse_key
from jzy.model.record import DataPath, Record
from jzy.model.register import Register
from jzy.office import authority
from jzy.office.context import Office
from jzy.office.create import Saved, edited, save
from jzy.office.setup import refresh_signers, today

_HEX = re.compile(r"[0-9a-f]{7,64}")
_LEAST = 4


class KeyState(StrEnum):
    """What a registered key may be used for."""

    USED = "in_use"
    """It signs."""
    COMING = "not_yet"
    ENDED = "ended"
    """Rotated: it proves what it signed and signs nothing more."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered key, and how it stands today."""

    person: Person
    key: Key
    state: KeyState
    reason: str
    """Why it was revoked; empty where nobody says."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a change."""

    person: Person
    saved: Saved
    key: Key
    ended: tuple[Key, ...] = ()
    """The keys that the change took out of use."""


def entries(register: Register) -> list[Entry]:
    """Everybody's keys, with how they stand today.

    Args:
        register: as HEAD has it.
    """
    day = today(register)
    found = []
    for person in register.people.values():
        record = register.get(person.id)
        raw = record.data.get("keys", ()) if record else ()
        for key in person.keys:
            position = _position(raw, key)
            reason = raw[position].get("reason", "") if position is not None else ""
            found.append(Entry(person, key, _state(key, day), str(reason)))
    return found


def subject(office: Office, person_id: str) -> Person:
    """The person whose keys this user is about to change.

    Raises:
        Refused: there is no such person, this user may not change their keys, or the record
            holds something that was never committed and would be committed along.
        WrongEnvironment: no git, or no key.
    """
    register = authority.registers(office)
    _check_right(office, register, person_id)
    _committed(office, person_id)
    return register.people[person_id]


def checked_line(office: Office, person_id: str, line: str) -> tuple[str, bytes]:
    """A public key that a person may be given: the line without its comment, and its raw bytes.

    Args:
        office: the repository.
        person_id: whose it shall be.
        line: as OpenSSH writes it.

    Raises:
        WrongUsage: it is no usable key.
        Refused: somebody has it already.
    """
    if len([each for each in line.splitlines() if each.strip()]) > 1:
        raise WrongUsage("公钥不止一行，不能确定用哪一个", "一次登记一个公钥，只写一行")
    try:
        clean, blob = parse_key(line)
    except BadKey as error:
        advice = "请提供 .pub 文件的内容，不要提供私钥"
        raise WrongUsage(f"公钥不可用：{error}", advice) from error
    # What lies in the working tree gives nobody a key, and may still be committed soon.
    for register in (authority.registers(office), office.register):
        owners = register.key_owners.get(blob, [])
        if owners:
            raise _taken(register, owners, person_id, blob)
    return clean, blob


def register(office: Office, person_id: str, line: str) -> Done:
    """Give a person a first or a further key, usable from today on.

    Args:
        office: the repository.
        person_id: whose key it is.
        line: the public key as OpenSSH writes it; a comment is dropped.

    Raises:
        WrongUsage: the line is no usable key.
        Refused: see :func:`subject` and :func:`checked_line`.
    """
    return _given(office, person_id, line, ())


def rotate(office: Office, person_id: str, line: str) -> Done:
    """Give a person a new key and end those in use today; what they signed stays proven.

    Raises:
        see :func:`register`.
    """
    person = subject(office, person_id)
    day = today(authority.registers(office))
    used = [key for key in person.keys if _state(key, day) is KeyState.USED]
    return _given(office, person_id, line, used)


def revoke(
    office: Office, person_id: str, which: str, reason: str, stolen_since: str | None = None
) -> Done:
    """Revoke a key of a person: from this commit on it proves nothing any more.

    Args:
        office: the repository.
        person_id: whose key it is.
        which: the key's fingerprint, or its beginning, unique among the person's keys.
        reason: why, for the record.
        stolen_since: the first commit, by its id or the beginning of it, that the key's owner
            may not have made; what the key signed from there on must be approved again. A key
            that is revoked already may still be given one, or an earlier one.

    Raises:
        Refused: the person has no such key, it is revoked already, history has no such commit,
            or too few registrars would be left.
        WrongUsage: the fingerprint is too short or fits several keys; this is no commit's id.
    """
    person = subject(office, person_id)
    record = office.record(person_id)
    key = _key_named(person, which)
    raw = record.data.get("keys", ())
    position = _position(raw, key)
    assert position is not None  # noqa: S101 - the record is what HEAD has
    here: DataPath = ("keys", position)
    since = None if stolen_since is None else _commit(office.repository, stolen_since)
    changes: list[tuple[DataPath, object]] = []
    if key.revoked is None:
        _check_left(office, person, [key])
        changes += [((*here, "revoked"), _today(office)), ((*here, "reason"), reason)]
    elif since is None:
        advice = "不必再注销；密钥被盗的，可加 --distrust-from 注明自哪次提交起不可信"
        raise Refused(f"这个密钥已于 {key.revoked} 注销", advice)
    if since is not None:
        _check_earlier(office.repository, key, since)
        changes.append(((*here, "distrust_from"), since))
    saved = _saved(office, record, changes)
    return Done(person, saved, key, (key,))


def _given(office: Office, person_id: str, line: str, ending: Sequence[Key]) -> Done:
    person = subject(office, person_id)
    clean, blob = checked_line(office, person_id, line)
    record = office.record(person_id)
    raw = record.data.get("keys", ())
    day = _today(office)
    positions = [_position(raw, key) for key in ending]
    changes: list[tuple[DataPath, object]] = [
        (("keys", at, "until"), day) for at in positions if at is not None
    ]
    changes.append((("keys", len(raw)), {"key": clean, "from": day}))
    saved = _saved(office, record, changes)
    return Done(person, saved, Key(clean, blob, day, None, None), tuple(ending))


def _saved(office: Office, record: Record, changes: Iterable[tuple[DataPath, object]]) -> Saved:
    saved = save(office, record, edited(office, record, changes))
    if saved.commit:
        refresh_signers(office, authority.registers(office))
    return saved


def _check_right(office: Office, found: Register, person_id: str) -> None:
    """Whoever changes keys is a registrar; where several must agree on who the registrars are,
    one cannot give another of them a key, because with it he would agree with himself."""
    me = authority.me(office, found, office.now())
    if me.id not in found.registrars:
        raise Refused(f"{me.name}不是登记管理员，不能修改登记簿", "请由登记管理员办理")
    if person_id not in found.people:
        office.record(person_id)  # which says more of what the id might be
        raise Refused(f"{person_id} 不是已登记的人员", "请用 jzy person list 查看人员的编号")
    quorum = int(found.institution.get("registrar_quorum", 1))
    if quorum > 1 and person_id in found.registrars and person_id != me.id:
        raise Refused(
            f"变更登记管理员须由 {quorum} 位会签，所以{found.name(person_id)}的密钥只能由本人办理",
            "本人的密钥遗失或被盗的，请先用 jzy registrar change 会签，使其不再担任登记管理员",
        )


def _committed(office: Office, person_id: str) -> None:
    """Refuse what a registrar would sign along without having seen it."""
    record = office.record(person_id)
    if not authority.is_saved(office, record):
        raise Refused(
            f"{record.path} 有尚未提交的改动，会被一并提交",
            f"请先查看并提交或放弃这些改动（git diff -- {record.path}）",
            where=record.path,
        )


def _check_left(office: Office, person: Person, going: Sequence[Key]) -> None:
    """Refuse to leave an office without enough registrars who can sign: nobody could mend that."""
    found = authority.registers(office)
    if person.id not in found.registrars:
        return
    day = today(found)
    gone = {key.blob for key in going}
    left = [
        each
        for each in found.registrars
        if each in found.people
        and any(
            _state(key, day) is KeyState.USED and not (each == person.id and key.blob in gone)
            for key in found.people[each].keys
        )
    ]
    needed = max(int(found.institution.get("registrar_quorum", 1)), 1)
    if len(left) < needed:
        raise Refused(
            "注销之后，有密钥可用的登记管理员不够，登记簿再也无法修改",
            f"请先为{person.name}登记新的密钥（jzy key rotate），再注销这一个",
        )


def _key_named(person: Person, which: str) -> Key:
    wanted = which.strip().removeprefix("SHA256:")
    if len(wanted) < _LEAST:
        raise WrongUsage("指纹太短，容易弄错", f"请写 SHA256: 之后的至少 {_LEAST} 个字符")
    found = [key for key in person.keys if key.fingerprint.startswith(f"SHA256:{wanted}")]
    if not found:
        listed = "、".join(key.fingerprint for key in person.keys) or "没有登记密钥"
        raise Refused(f"{person.name}没有指纹为 {which} 的密钥", f"登记的密钥：{listed}")
    if len(found) > 1:
        raise WrongUsage(f"{person.name}有几个密钥的指纹以 {which} 开头", "请把指纹写全")
    return found[0]


def _commit(repository: Repository, named: str) -> str:
    """The full id of a commit on the way to HEAD, by its beginning."""
    wanted = named.strip().lower()
    if not _HEX.fullmatch(wanted):
        raise WrongUsage(
            f"“{named}”不是提交的编号", "请写 git log 中的编号（至少 7 位十六进制数字）"
        )
    try:
        said = repository.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted}^{{commit}}"
        )
    except GitFailed as error:
        raise Refused(
            f"历史中没有编号为 {named} 的提交，或有几个", "请用 git log 查看，把编号写全"
        ) from error
    found = said.decode("ascii").split()[-1]
    # A branch or tag may be named like the beginning of an id, and git would believe it.
    if not found.startswith(wanted):
        raise Refused(f"{named} 是分支或标签的名称", "请写提交的完整编号")
    if not leads_to(repository, found, "HEAD"):
        raise Refused(f"提交 {found[:10]} 不在现在的历史中", "请写 git log 列出的提交")
    return found


def _check_earlier(repository: Repository, key: Key, since: str) -> None:
    """A commit once named may move back in history and never forward, which would restore trust."""
    before = key.distrust_from
    if before is None:
        return
    if before == since:
        raise Refused(f"这个密钥已注明自提交 {since[:10]} 起不可信", "不必再办理")
    if not leads_to(repository, since, before):
        raise Refused(f"这个密钥已注明自更早的提交 {before[:10]} 起不可信，不能改晚", "不必再办理")


def _taken(found: Register, owners: Sequence[str], person_id: str, blob: bytes) -> Refused:
    print_ = fingerprint(blob)
    if list(owners) == [person_id]:
        keys = [key for key in found.people[person_id].keys if key.blob == blob]
        if any(_state(key, today(found)) in (KeyState.ENDED, KeyState.REVOKED) for key in keys):
            advice = "停用或注销的密钥不再启用，请另生成一个"
            return Refused(f"这个公钥（{print_}）曾登记给{found.name(person_id)}", advice)
        return Refused(f"这个公钥（{print_}）已登记给{found.name(person_id)}", "不必再登记")
    names = "、".join(found.name(owner) for owner in owners)
    return Refused(f"这个公钥（{print_}）已登记给{names}", "一个密钥只属于一个人，请另生成一个")


def _position(raw: Sequence[dict[str, str]], key: Key) -> int | None:
    """Where among a record's keys one stands; malformed ones are passed over."""
    for at, entry in enumerate(raw):
        try:
            if parse_key(entry["key"])[1] == key.blob:
                return at
        except BadKey:
            continue
    return None


def _state(key: Key, day: str) -> KeyState:
    if key.revoked is not None:
        return KeyState.REVOKED
    if key.ends is not None and key.ends < day:
        return KeyState.ENDED
    return KeyState.USED if key.begins <= day else KeyState.COMING


def _today(office: Office) -> str:
    return office.now().date().isoformat()
