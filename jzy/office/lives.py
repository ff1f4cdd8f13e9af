"""The moves that a record has made, each with the commit that brought it and who signed that.

Who made a move says history, never the record: the commit with which the mark of the move first
appears, and the key that signed it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from jzy.git.history import Objects
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind
from jzy.model.moves import Mark, marks_of
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.past import Past
from jzy.office.trust import signer_of

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lived:
    """A move that a record has made."""

    mark: Mark
    commit: str | None = None
    """The commit that brought it, ``None`` where none has."""
    when: str = ""
    """The date of that commit, ISO 8601."""
    by: str | None = None
    """The id of the person whose key signed it, ``None`` where nobody can be named."""
    name: str = ""
    """That person's name."""


def lived(office: Office, record: Record) -> list[Lived]:
    """The moves that a record has made, in the order of their days.

    A move that may be made again and keeps only its last day shows the days before as well, as
    far as history has them.

    Args:
        office: the repository.
        record: as the working tree has it.

    Raises:
        BadExpression: the schema's moves cannot be evaluated.
    """
    kind = office.kinds[record.kind]
    now = _keyed(kind, record)
    try:
        found = _attributed(office, kind, record) if kind.schema.get("x-jzy-moves") else {}
    except WrongEnvironment:  # outside git there is no history
        found = {}
    known = [
        each for key, each in found.items() if key in now or (each.mark.move.again and each.by)
    ]
    known += [Lived(mark) for key, mark in now.items() if key not in found]
    return sorted(known, key=lambda each: each.mark.day[:10] or each.when[:10])


def _keyed(kind: Kind, record: Record) -> dict[_Key, Mark]:
    """Each mark by what tells it from others: its item in a list, else its day."""
    return {
        (
            mark.move.name,
            mark.day + json.dumps(mark.values, sort_keys=True) if mark.move.listed else mark.day,
        ): mark
        for mark in marks_of(kind, record.data)
    }


def _attributed(office: Office, kind: Kind, record: Record) -> dict[_Key, Lived]:
    """Each mark that ever was, with the last commit that brought it."""
    found: dict[_Key, Lived] = {}
    commits = office.repository.commits_of(record.path)
    with Objects(office.repository) as objects:
        past = Past(office.repository, office.kinds, objects)
        before: set[_Key] = set()
        for commit in commits:
            blob = objects.read(f"{commit.id}:{record.path}")
            version = past.record(record.path, blob[0]) if blob else None
            if version is None:
                continue
            now = _keyed(kind, version)
            for key in now.keys() - before:
                by, name = _signer(past, commit.id)
                found[key] = Lived(now[key], commit.id, commit.date, by, name)
            before = set(now)
    return found


def _signer(past: Past, commit: str) -> tuple[str | None, str]:
    """Who signed a commit, by the register of its parent."""
    raw = past.raw(commit)
    parent = f"{commit}^" if b"\nparent " in raw.partition(b"\n\n")[0] else commit
    person, _, _ = signer_of(past, commit, past.at(parent))
    return (person.id, person.name) if person else (None, "")
