"""``jzy doctor``: whether this machine and this clone are fit for signing. It looks and changes
nothing, and runs nothing that the repository's own configuration names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from jzy.git import receipts, settings, tools, undo
from jzy.git.keys import KEY_VARIABLE, SigningKey, my_key
from jzy.git.keysearch import Agent, Available, agent, key_named
from jzy.git.plumbing import GitFailed
from jzy.git.remote import Remote
from jzy.git.repository import Repository
from jzy.git.trial import try_key
from jzy.model.errors import JzyError, Refused, WrongEnvironment
from jzy.model.people import BadKey, parse_key
from jzy.model.register import DEFAULT_TIME_ZONE, Register
from jzy.office import authority
from jzy.office.context import Office
from jzy.office.setup import root_of, signers_text
from jzy.store.places import find_root

_SLACK = timedelta(minutes=5)


class State(StrEnum):
    """How a thing stands."""

    GOOD = "ok"
    ATTENTION = "warning"
    """Signing works, something should be done."""
    BAD = "error"
    """Signing or checking does not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    """For programs."""
    state: State
    what: str
    """How it stands, in Chinese."""
    advice: str = ""


@dataclass(slots=True)
class Diagnosis:
    """Everything that was looked at."""

    checks: list[Check] = field(default_factory=list)
    found: bool = False
    """Whether there is a records repository at all."""

    @property
    def exit_code(self) -> int:
        """0 if nothing is bad, 3 without a repository, else 1."""
        if not self.found:
            return WrongEnvironment.exit_code
        return int(any(check.state is State.BAD for check in self.checks))


Checks = Iterator[Check]


def examine(start: Path) -> Diagnosis:
    """Look at everything that can be looked at.

    Args:
        start: a folder in the clone.
    """
    done = Diagnosis()
    _add(done, "git", _git)
    _add(done, "ssh-keygen", _keygen)
    office: Office | None = None
    repository: Repository | None = None
    try:
        office = Office.at(start)
        repository = office.repository
        done.found = True
        done.checks.append(Check("repository", State.GOOD, f"记录仓库：{office.root}"))
    except JzyError as error:
        done.checks.append(Check("repository", State.BAD, error.what, error.advice))
    if office is not None:
        here = office
        _add(done, "schemas", lambda: _schemas(here))
    held = agent()
    if office is None or repository is None:
        _add(done, "agent", lambda: _agent(held))
        return done
    place, root = repository, office.root
    register: Register | None = None
    try:
        register = authority.registers(office)
    except JzyError as error:
        done.checks.append(Check("registers", State.BAD, error.what, error.advice))
    people = register
    _add(done, "work-tree", lambda: _work_tree(place))
    _add(done, "programs", lambda: _programs(place))
    _add(done, "key", lambda: _key(place, people, held))
    _add(done, "agent", lambda: _agent(held))
    _add(done, "root", lambda: _root(place))
    if people is not None:
        known = people
        _add(done, "allowed-signers", lambda: _signers(place, known))
    _add(done, "remote", lambda: _remote(place))
    if people is not None:
        _add(done, "receipts", lambda: _receipts(place, known))
        _add(done, "clock", lambda: _clock(place, known))
    assert root == place.root  # noqa: S101
    return done
