"""Which approvals history proves: what reports may call proven.

What ``jzy verify`` found out and keeps under its seal is used, so that a report costs no second
reading of history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from jzy.git.repository import Repository
from jzy.model.chain import State, replay
from jzy.model.errors import WrongEnvironment
from jzy.model.record import Record
from jzy.model.standing import standing
from jzy.office.committed import Committed
from jzy.office.context import Office
from jzy.office.docket import Proof, Verdict
from jzy.office.verify import Asked, verify

_UNSAVED = "有尚未提交的改动"


@dataclass(frozen=True)
class Proofs:
    """What history has to say against the sign-offs of records."""

    against: Mapping[str, str] = field(default_factory=dict)
    """By path, why a record's sign-offs are not all proven; records without fault are absent."""
    missing: str = ""
    """Why there is no history to prove anything by; empty where there is."""
    pinned: bool = False
    """Whether the key that signed the first commit was compared with a fingerprint."""
    committed: Committed | None = None
    """What HEAD has; ``None`` where there is no history."""
    head: str = ""
    """The commit that history was read from."""
    root: str = ""
    """Fingerprint of the key that signed the first commit; empty where nobody did."""
    repository: Repository | None = field(default=None, repr=False, compare=False)
    """Where history can be asked again, about each sign-off."""

    @cached_property
    def entries(self) -> Mapping[tuple[str, int], Proof]:
        """The verdict on each sign-off of HEAD, by the record's path and the entry's position.

        Loaded when it is first asked for: most of what asks for proofs wants a record's as a whole.
        """
        if self.repository is None:
            return {}
        found = verify(self.repository, self.repository.configured("jzy.root"), Asked(each=True))
        return {(proof.path, proof.position): proof for proof in found.proofs}

    def unsaved(self, path: str) -> str:
        """Why history says nothing of the sign-offs that a record has now, a Chinese phrase; empty
        where HEAD has the record as it lies there."""
        if self.missing:
            return self.missing
        return "" if self.committed is not None and self.committed.holds(path) else _UNSAVED

    def why(self, path: str) -> str:
        """Why the sign-offs of a record are not proven, a Chinese phrase; empty where they are."""
        if self.missing or path in self.against:
            return self.missing or self.against[path]
        # Whatever hides a file from git's status: history speaks of what HEAD has, and of nothing else.
        return self.unsaved(path)


def proofs_of(office: Office) -> Proofs:
    """Ask history about every sign-off.

    Without a repository, or with a history that was cut off, nothing is proven. A record that
    differs from HEAD is not either: history speaks of another text.
    """
    try:
        repository = office.repository
        pinned = repository.configured("jzy.root")
        found = verify(repository, pinned, Asked())
    except WrongEnvironment as error:
        return Proofs(missing=error.what)
    against = dict.fromkeys(found.unsaved, _UNSAVED)
    against |= {fault.path: fault.reason for fault in found.faults if fault.path}
    against |= {
        proof.path: proof.reason for proof in found.proofs if proof.verdict is not Verdict.PROVEN
    }
    return Proofs(
        against,
        pinned=pinned is not None,
        committed=Committed(repository),
        head=found.summary.tip,
        root=found.summary.root,
        repository=repository,
    )


def is_proven(office: Office, proofs: Proofs, record: Record) -> bool:
    """Whether a record's chain of approval is complete, covers what it says, and is proven."""
    progress = replay(office.register, record)
    return (
        progress.state is State.APPROVED
        and not progress.breaches
        and standing(office.register, progress).holds
        and not proofs.why(record.path)
    )
