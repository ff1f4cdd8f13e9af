"""What history proves, as plain data: verdicts on sign-offs, and all that they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from jzy.office.past import Version


class Verdict(StrEnum):
    """What history says of a sign-off."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    """History does not show it; nothing says that it is false."""
    BROKEN = "broken"
    """History contradicts it."""


class Timing(StrEnum):
    """What the server's receipts say of when a sign-off was given."""

    BEFORE = "before_start"
    """Received before the matter began."""
    AFTER = "after_start"
    RECEIVED = "received"
    """Received; nothing of the record has a beginning."""
    SELF_DECLARED = "self_declared"
    """Nobody but the signer says when."""


class Proof(NamedTuple):
    """The verdict on one sign-off."""

    path: str
    position: int
    """Of the entry, from 0."""
    entry: str
    """Digest of the whole entry."""
    stage: str
    decision: str
    by: str
    on_behalf_of: str
    at: str
    digest: str
    """What the entry says that it speaks of."""
    verdict: Verdict
    reason: str = ""
    """Why it is not proven, one Chinese sentence."""
    commit: str = ""
    """The commit that introduced it."""
    judged_by: str = ""
    """The commit whose registers it was judged by: the parent of the one that introduced it."""
    blob: str = ""
    """The record's version that brought it."""
    fingerprint: str = ""
    """Of the key that signed that commit."""
    person: str = ""
    """The id of the key's owner by those registers."""
    entitled_by: str = ""
    """The post that entitled the person, in people's words."""
    received: str = ""
    """When the server received that commit, by its own signed word; empty where nobody knows."""

    @property
    def record(self) -> str:
        """The record's id."""
        return stem(self.path)

    @property
    def key(self) -> tuple[str, int, str]:
        """Path, position and digest of the entry: the same entry elsewhere is another one."""
        return self.path, self.position, self.entry


class Fault(NamedTuple):
    """Something about a commit that is not about one sign-off."""

    commit: str
    path: str
    reason: str


@dataclass(slots=True)
class Grounds:
    """What :class:`Trust` has found out, by commit; only what departs from the ordinary."""

    root: str = ""
    """The fingerprint of the key that signed the first commit."""
    first: str = ""
    """The id of the first commit."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a commit broke the trust."""
    faulted: dict[str, str] = field(default_factory=dict)
    """The commit that made the registers at a commit unreliable."""
    void: dict[str, frozenset[str]] = field(default_factory=dict)
    """Paths of records at a commit that do not count, because their owner did not sign them."""


@dataclass(slots=True)
class Docket:
    """All that was found out on the way to a commit; enough to go on from there."""

    tip: str = ""
    commits: int = 0
    grounds: Grounds = field(default_factory=Grounds)
    days: dict[str, int] = field(default_factory=dict)
    """By commit: the latest day, as an ordinal, that a sign-off on the way to it speaks of.
    Whoever signs after that cannot have signed before it, whatever the entry says."""
    proofs: dict[tuple[str, int, str], Proof] = field(default_factory=dict)
    """The best that history has for each entry."""
    faults: list[Fault] = field(default_factory=list)
    workflows: dict[tuple[str, str], Version] = field(default_factory=dict)


@dataclass(slots=True)
class Summary:
    """What there is to say about a commit without going into every sign-off."""

    tip: str
    root: str
    commits: int
    receipts: str
    """The last receipt that was taken into account."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many sign-offs there are of each verdict, and of each word on their time."""
    bad: list[Proof] = field(default_factory=list)
    """Sign-offs that are not proven."""
    faults: list[Fault] = field(default_factory=list)


class Standing(NamedTuple):
    """What a record at the tip says, as far as its sign-offs go."""

    blob: str
    entries: tuple[str, ...]
    """The digest of each entry."""
    missing: tuple[Proof, ...] = ()
    """A verdict on each entry for which history has none."""
    starts: str = ""
    """The moment before which it had to be approved, as the record writes it."""
    fault: str = ""
    """What is wrong with it as a whole: changed after it was approved."""


@dataclass(slots=True)
class Findings:
    """A summary with all that it rests on."""

    summary: Summary
    docket: Docket
    standing: dict[str, Standing] = field(default_factory=dict)
    """By path."""
    received: dict[str, str] = field(default_factory=dict)
    """When the server received a commit that brought a sign-off."""
    distrusted: dict[str, str] = field(default_factory=dict)
    """Why what a commit brought has to be signed again: its key was stolen by then."""


def stem(path: str) -> str:
    """The id of the record at a path."""
    return path.rpartition("/")[2].rpartition(".")[0]
