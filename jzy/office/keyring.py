"""Public keys of people: registered, rotated, revoked, each by a registrar's commit.

A rotated key still proves what it signed; a revoked key proves nothing after its revocation in
history. Neither is ever deleted, and no key is given to a second person.
"""

from __future__ import annotations

from jzy.model.errors import Refused, WrongUsage
from jzy.model.people import BadKey, Key, fingerprint, parse_key
from jzy.model.record import DataPath, Record
from jzy.office.context import Office
from jzy.office.create import Saved, edited, save


def register(office: Office, person_id: str, line: str) -> Saved:
    """Give a person a first or a further key, usable from today on.

    Args:
        office: the repository.
        person_id: whose key it is.
        line: the public key as OpenSSH writes it; a comment is dropped.

    Raises:
        WrongUsage: the line is no usable key.
        Refused: somebody has the key already, or the user is no registrar.
    """
    record = _person(office, person_id)
    changes: list[tuple[DataPath, object]] = [_added(office, record, line)]
    return save(office, record, edited(office, record, changes))


def rotate(office: Office, person_id: str, line: str) -> Saved:
    """Give a person a new key and end those in use today; what they signed stays proven.

    Raises:
        see :func:`register`.
    """
    record = _person(office, person_id)
    changes: list[tuple[DataPath, object]] = [
        (("keys", position, "until"), _today(office))
        for position, entry in enumerate(record.data.get("keys", ()))
        if "until" not in entry and "revoked" not in entry
    ]
    changes.append(_added(office, record, line))
    return save(office, record, edited(office, record, changes))


def revoke(office: Office, person_id: str, which: str, reason: str) -> Saved:
    """Revoke a key of a person: from this commit on it proves nothing any more.

    Args:
        office: the repository.
        person_id: whose key it is.
        which: the key's fingerprint, or its beginning, unique among the person's keys.
        reason: why, for the record.

    Raises:
        Refused: the person has no such key, or it is revoked already.
    """
    record = _person(office, person_id)
    keys = office.register.people[person_id].keys
    found = [key for key in keys if key.fingerprint.startswith(which)]
    if len(found) != 1:
        listed = "、".join(key.fingerprint for key in keys) or "没有登记密钥"
        raise Refused(f"{person_id} 没有指纹为 {which} 的密钥", f"登记的密钥：{listed}")
    if found[0].revoked is not None:
        raise Refused(f"这个密钥已于 {found[0].revoked} 注销", "不必再注销")
    position = _position(record, found[0])
    changes: list[tuple[DataPath, object]] = [
        (("keys", position, "revoked"), _today(office)),
        (("keys", position, "reason"), reason),
    ]
    return save(office, record, edited(office, record, changes))


def _added(office: Office, record: Record, line: str) -> tuple[DataPath, object]:
    try:
        clean, blob = parse_key(line)
    except BadKey as error:
        advice = "请提供 .pub 文件的内容，不要提供私钥"
        raise WrongUsage(f"公钥不可用：{error}", advice) from error
    owners = office.register.key_owners.get(blob, [])
    if owners:
        names = "、".join(office.register.name(owner) for owner in owners)
        raise Refused(
            f"这个公钥（{fingerprint(blob)}）已登记给{names}", "一个密钥只属于一个人，请另生成一个"
        )
    entry = {"key": clean, "from": _today(office)}
    return ("keys", len(record.data.get("keys", ()))), entry


def _person(office: Office, person_id: str) -> Record:
    record = office.record(person_id)
    if record.kind != "person":
        raise Refused(f"{person_id} 不是人员", "请用 jzy person list 查看人员的编号")
    return record


def _position(record: Record, key: Key) -> int:
    keys = record.data.get("keys", ())
    return next(i for i, entry in enumerate(keys) if key.line in entry["key"])


def _today(office: Office) -> str:
    return office.now().date().isoformat()
