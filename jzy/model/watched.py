"""A register that notes what it is asked for, so that an answer is known by what it rests on.

What was found out about a record stays true until something changes that was looked at for it. A
rule does not have to say what that is, and so cannot say it wrongly: it is noted when it asks. A
*need* is one of

- an id: the record that has it, or that none has it;
- ``("kind", name)``: all records of a kind;
- ``("naming", kind, path, id)``: the records of a kind that name something at a path;
- ``("version", id, digest, found)``: an earlier version, or that there is none (``""``);
- :data:`jzy.model.register.DAY` and other facts from outside the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from jzy.model.delegation import DELEGATION, Delegation
from jzy.model.kinds import Kind
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import DAY, Need, Register, Value

EVERY: Need = ("every",)
"""Which records there are at all."""


class Watched(Register):
    """A register that notes what is asked of it.

    Args:
        register: which answers.
    """

    def __init__(self, register: Register) -> None:
        self.__dict__.update(vars(register))
        self._asked = register
        self._notes: set[Need] = set()

    def during(self, make: Callable[[], Value]) -> tuple[Value, set[Need]]:
        """What is made, and all that it rests on."""
        before, self._notes = self._notes, set()
        try:
            made = make()
        except BaseException:
            self._notes |= before  # whoever looks after the failure rests on it all the same
            raise
        mine, self._notes = self._notes, before
        return made, mine

    def note(self, *needs: Need) -> None:
        """Note that something was looked at."""
        self._notes.update(needs)

    def once(self, kept: dict[Any, Any], key: Any, make: Callable[[], Value]) -> Value:
        """See :meth:`Register.once`; what it rested on when it was made counts each time."""
        found: tuple[Value, set[Need]] | None = kept.get(key)
        if found is None:
            found = kept[key] = self.during(make)
        self._notes |= found[1]
        return found[0]

    # --- what is asked --------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Record]:
        self.note(EVERY)
        return iter(self._asked)

    def __len__(self) -> int:
        self.note(EVERY)
        return len(self._asked)

    def __contains__(self, record_id: object) -> bool:
        if record_id and isinstance(record_id, str):
            self._notes.add(record_id)
        return record_id in self._asked

    def get(self, record_id: str | None) -> Record | None:
        """See :meth:`Register.get`."""
        if record_id:
            self._notes.add(record_id)
        return self._asked.get(record_id)

    def of(self, kind: str) -> list[Record]:
        """See :meth:`Register.of`."""
        self._notes.add(("kind", kind))
        return self._asked.of(kind)

    def naming(self, kind: str, path: str, record_id: str) -> list[Record]:
        """See :meth:`Register.naming`."""
        self._notes.add(("naming", kind, path, record_id))
        return self._asked.naming(kind, path, record_id)

    def at_hand(self, record_id: str, digest: str | None) -> Record | None:
        """See :meth:`Register.at_hand`."""
        return self._version(record_id, digest, self._asked.at_hand)

    def version(self, record_id: str, digest: str | None) -> Record | None:
        """See :meth:`Register.version`."""
        return self._version(record_id, digest, self._asked.version)

    def _version(
        self, record_id: str, digest: str | None, ask: Callable[[str, str | None], Record | None]
    ) -> Record | None:
        self._notes.add(record_id)
        found = ask(record_id, digest)
        if digest is not None and (found is None or found is not self._asked.get(record_id)):
            self._notes.add(("version", record_id, digest, "found" if found else ""))
        return found

    def with_record(self, record: Record) -> Register:
        """See :meth:`Register.with_record`; the other register notes nothing, so all is noted."""
        self.note(EVERY, DAY)
        return self._asked.with_record(record)

    def without(self, paths: Any) -> Register:
        """See :meth:`Register.without`, and above."""
        self.note(EVERY, DAY)
        return self._asked.without(paths)

    def with_earlier(self, earlier: Mapping[tuple[str, str], Record]) -> Register:
        """See :meth:`Register.with_earlier`, and above."""
        self.note(EVERY, DAY)
        return self._asked.with_earlier(earlier)

    def kind_of(self, record: Record) -> Kind:
        """See :meth:`Register.kind_of`."""
        return self._asked.kind_of(record)

    # --- what it found out itself ---------------------------------------------------------------

    @property
    def institution(self) -> Mapping[str, Any]:
        """See :attr:`Register.institution`."""
        self._notes.add(_INSTITUTION)
        return self._asked.institution

    @property
    def time_zone(self) -> ZoneInfo:
        """See :attr:`Register.time_zone`."""
        self._notes.add(_INSTITUTION)
        return self._asked.time_zone

    @property
    def posts(self) -> dict[str, str]:
        """See :attr:`Register.posts`."""
        self._notes.add(_INSTITUTION)
        return self._asked.posts

    @property
    def registrars(self) -> frozenset[str]:
        """See :attr:`Register.registrars`."""
        self._notes.add(_INSTITUTION)
        return self._asked.registrars

    @property
    def people(self) -> dict[str, Person]:
        """See :attr:`Register.people`."""
        self._notes |= _PEOPLE
        return self._asked.people

    @property
    def root_unit(self) -> str | None:
        """See :attr:`Register.root_unit`."""
        self._notes.add(_UNITS)
        return self._asked.root_unit

    @property
    def delegated(self) -> dict[str, list[Delegation]]:
        """See :attr:`Register.delegated`."""
        self._notes |= _DELEGATIONS
        return self._asked.delegated

    @property
    def key_owners(self) -> dict[bytes, list[str]]:
        """See :attr:`Register.key_owners`."""
        self._notes |= _PEOPLE
        return self._asked.key_owners


_INSTITUTION: Need = ("kind", "institution")
_UNITS: Need = ("kind", "unit")
_DELEGATIONS: frozenset[Need] = frozenset({("kind", DELEGATION), _UNITS})
_PEOPLE: frozenset[Need] = frozenset({("kind", "person"), _UNITS})
