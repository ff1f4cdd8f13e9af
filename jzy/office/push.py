"""A push, and the server that receives it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jzy.git.repository import Repository
from jzy.office.verdicts import Verdicts
from jzy.store.places import shipped
from jzy.store.schemas import schema_files
from jzy.store.sealed import secret_at


@dataclass(frozen=True, slots=True)
class Update:
    """One line of what git tells a hook: which ref shall name what."""

    old: str
    new: str
    ref: str

    @property
    def creates(self) -> bool:
        """Whether the ref did not exist."""
        return not self.old.strip("0")

    @property
    def deletes(self) -> bool:
        """Whether the ref shall be gone."""
        return not self.new.strip("0")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a push is not taken in."""

    reason: str
    path: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """A bare repository and what its own configuration says."""

    repository: Repository
    branch: str
    """The full name of the one ref that may be pushed."""
    pinned: str
    """The fingerprint that the first commit's key must have."""

    def verdicts(self, schemas: Path) -> Verdicts:
        """What was found out before, by the schemas in a folder."""
        folder = self.repository.folder / "jzy"
        secret = secret_at(folder / "seal")
        files = schema_files([schemas, shipped("schemas")])
        return Verdicts(self.repository, secret, self.pinned, files)
