"""Versions of records that are kept beside a sample, in ``records/.replay/<id>@<n>``.

A sample that is no history of its own keeps there what the signed part of a record said before it
was changed, the first version as number 1. A version counts by its digest, wherever it is read.
"""

from __future__ import annotations

from pathlib import Path

from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.store.files import NotReadable, decode, read_bytes
from jzy.store.records import parse

FOLDER = ".replay"


def earlier_texts(root: Path, record: Record, kind: Kind) -> list[str]:
    """The texts that are kept of a record, without its sign-offs, oldest first.

    Args:
        root: the folder that holds ``records/``.
        record: whose versions.
        kind: its kind.
    """
    found: list[str] = []
    folder = root / "records" / FOLDER
    while (path := folder / f"{record.id}@{len(found) + 1}{kind.suffix}").is_file():
        try:
            found.append(decode(read_bytes(path)))
        except NotReadable:
            break
    return found


def versions_beside(
    root: Path, kinds: Kinds, register: Register, wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], Record]:
    """The versions that are kept, by id and digest.

    Args:
        root: the folder that holds ``records/``.
        kinds: by which they are read.
        register: today's records.
        wanted: the ids and digests of the versions that are looked for.
    """
    if not (root / "records" / FOLDER).is_dir():
        return {}
    found = {}
    for record_id in {record_id for record_id, _ in wanted}:
        record = register.get(record_id)
        kind = kinds.get(record.kind) if record else None
        if record is None or kind is None:
            continue
        for text in earlier_texts(root, record, kind):
            version, _ = parse(kind, record.path, text)
            if version is not None and (record_id, version.digest) in wanted:
                found[record_id, version.digest] = version
    return found
