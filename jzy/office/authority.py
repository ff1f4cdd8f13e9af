"""Who may do what, by the registers as HEAD has them.

What lies in the working tree decides nothing here: a person's file, a workflow or a unit that
somebody edited and did not commit gives nobody a right, whether git's status shows it or not.
"""

from __future__ import annotations

from datetime import datetime

from jzy.git.history import Objects
from jzy.model.chain import wanted_versions
from jzy.model.errors import Refused
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.office.past import Past
from jzy.office.trust import signer_of
from jzy.store.records import parse

_BOM = b"\xef\xbb\xbf"


def registers(office: Office) -> Register:
    """People, units, workflows and the institution at HEAD.

    Raises:
        Refused: there is no commit yet.
    """
    return with_content(office, "")[0]


def with_content(office: Office, path: str) -> tuple[Register, bytes | None]:
    """The registers at HEAD, each kind of which is read when it is asked for, and a file's bytes
    there.

    Args:
        office: the repository.
        path: relative to the root.

    Returns:
        The registers, and the bytes; ``None`` where HEAD has no such file.

    Raises:
        Refused: there is no commit yet.
    """
    objects = office.repository.objects
    head = objects.read("HEAD")
    if head is None:
        raise Refused("仓库还没有提交，登记簿尚未生效", "请由登记管理员先提交登记簿")
    content = objects.content(f"{head[0]}:{path}") if path else None
    past = Past(office.repository, office.kinds, objects, judges=office.judges)
    return past.lazily_at(head[0]), content


def with_record(office: Office, found: Register, record: Record) -> Register:
    """The registers with one record, and with the earlier versions that its entries speak of."""
    whole = found.with_record(record)
    wanted = wanted_versions(whole, [record])
    return whole.with_earlier(office.earlier(whole, wanted)) if wanted else whole


def me(office: Office, found: Register, moment: datetime) -> Person:
    """Who this user is, with a key that is in use.

    Raises:
        Refused: the key belongs to nobody, to two, or is not in use.
        WrongEnvironment: there is no key.
    """
    owners = found.key_owners.get(office.key.blob, [])
    if len(owners) > 1:
        raise Refused("您的密钥登记给了不止一个人，无法确定您是谁", "请联系登记管理员更正")
    if not owners:
        raise Refused(
            f"人员登记簿中没有您的密钥（{office.key.fingerprint}）",
            "请把公钥交给登记管理员，登记到您名下后再试",
        )
    person = found.people[owners[0]]
    mine = [key for key in person.keys if key.blob == office.key.blob]
    if not all(key.usable_on(moment.date().isoformat()) for key in mine):
        raise Refused(f"{person.name}的这个密钥已停用或尚未启用", "请使用登记簿中现用的密钥")
    return person


def committed(office: Office, record: Record) -> Record | None:
    """The record as HEAD has it, ``None`` where it has none that can be read."""
    content = office.repository.content(record.path)
    if content is None:
        return None
    found, _ = parse(office.kinds[record.kind], record.path, _text(content))
    return found


def is_saved(office: Office, record: Record) -> bool | None:
    """Whether the record is what HEAD has, to the byte but for line ends; ``None`` if HEAD has
    none."""
    return is_same(record, office.repository.content(record.path))


def is_same(record: Record, content: bytes | None) -> bool | None:
    """The same of the bytes that HEAD has."""
    if content is None:
        return None
    return _text(content).replace("\r\n", "\n") == record.text.replace("\r\n", "\n")


def vouched_for(office: Office, record: Record) -> bool:
    """Whether the last commit that changed a record, which counts by its owner's signature, is
    signed by that owner or a registrar.

    Args:
        office: the repository.
        record: of a kind with an owner, as HEAD has it.
    """
    owner = office.kinds[record.kind].owner_property
    commits = office.repository.commits_of(record.path)
    if not commits or not owner:
        return False
    last = commits[-1].id
    with Objects(office.repository) as objects:
        past = Past(office.repository, office.kinds, objects)
        raw = past.raw(last)
        parent = f"{last}^" if b"\nparent " in raw.partition(b"\n\n")[0] else last
        found = objects.read(f"{parent}:{record.path}")
        before = past.record(record.path, found[0]) if found else None
        register = past.at(parent)
        person, _, _ = signer_of(past, last, register)
        names = {version.at(owner) for version in (before, record) if version is not None}
    return person is not None and (person.id in register.registrars or names <= {person.id})


def in_file(office: Office, record: Record, text: str) -> tuple[bytes, bytes]:
    """What a record's file must hold now, and what it shall hold, with its byte order mark."""
    mark = _BOM if (office.root / record.path).read_bytes().startswith(_BOM) else b""
    return mark + record.text.encode("utf-8"), mark + text.encode("utf-8")


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig", "replace")
