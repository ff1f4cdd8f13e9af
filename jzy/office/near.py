"""One record with what it takes to judge it: the registers of HEAD, and whatever else it names.

A sign-off speaks of one record. To read all the others for it would take as long as there are many.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from jzy.model.kinds import Kind
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.store.files import NotReadable, decode, read_bytes
from jzy.store.records import parse

_YEAR = re.compile("[0-9]{4}")


def record(office: Office, record_id: str) -> Record:
    """A record that must be there and sound, from its one file.

    Raises:
        Refused: see :meth:`Office.record`.
    """
    found = _files(office, record_id)
    only = _read(office, *found[0]) if len(found) == 1 else None
    # Whatever is out of the ordinary is explained by looking at all there is.
    return only or office.record(record_id)


class Near(Register):
    """The registers of HEAD, one record to go through, and others that are read when they are named.

    Args:
        office: in whose working tree other records are looked up.
        trusted: the registers.
        record: the one.
    """

    def __init__(self, office: Office, trusted: Register, record: Record) -> None:
        self.__dict__.update(vars(trusted.with_record(record)))
        self._office = office
        self._mine = record
        self._looked_up: dict[str, Record | None] = {}

    def __iter__(self) -> Iterator[Record]:
        return iter((self._mine,))

    def __len__(self) -> int:
        return 1  # a list of this asks beforehand, and registers are not read for the answer

    def __contains__(self, record_id: object) -> bool:
        return isinstance(record_id, str) and self.get(record_id) is not None

    def get(self, record_id: str | None) -> Record | None:
        """The record with an id, ``None`` where there is none."""
        found = super().get(record_id)
        if found is not None or not record_id:
            return found
        if record_id not in self._looked_up:
            files = _files(self._office, record_id)
            self._looked_up[record_id] = _read(self._office, *files[-1]) if files else None
        return self._looked_up[record_id]


def _files(office: Office, record_id: str) -> list[tuple[Kind, str]]:
    """The paths at which the record with an id lies in the working tree; more than one is a mistake."""
    kind = office.kinds.of_id(record_id)
    if kind is None:
        return []
    years = [""]
    if kind.date_property:
        try:
            listed = os.listdir(office.root / "records" / kind.folder)  # noqa: PTH208 - names will do
        except OSError:
            return []
        years = sorted(name for name in listed if _YEAR.fullmatch(name))
    paths = [kind.record_path(record_id, year) for year in years]
    return [(kind, path) for path in paths if os.path.lexists(office.root / path)]


def _read(office: Office, kind: Kind, path: str) -> Record | None:
    """The record in a file; ``None`` where it cannot be read or does not satisfy its schema."""
    if any((office.root / folder).is_symlink() for folder in list(Path(path).parents)[:-1]):
        return None
    try:
        found, _ = parse(kind, path, decode(read_bytes(office.root / path)))
    except NotReadable:
        return None
    return found if found is not None and office.judge(kind.name).is_sound(found.data) else None
