"""A workbench for commits: built in the object database alone.

Neither the work tree nor the index nor any branch is touched; whatever is left unfinished is
nobody's and goes with git's next clean-up.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jzy.git import undo
from jzy.git.history import FileChange
from jzy.git.keys import SigningKey
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.git.signature import BadSignature, check_commit
from jzy.model.errors import Refused, WrongEnvironment

_PERSON = re.compile(rb"^(author|committer) (.*) ?<(.*)> (\d+) ([+-]\d{4})$", re.MULTILINE)
_STALE = 24 * 3600


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as a tree has it."""

    mode: str
    blob: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit says beside its tree: its message, and who made it when."""

    message: bytes
    who: Mapping[str, str]
    """git's variables for author and committer, with their dates."""

    @classmethod
    def of(cls, raw: bytes) -> Written:
        """Out of a commit object's bytes."""
        header, _, message = raw.partition(b"\n\n")
        who: dict[str, str] = {}
        for role, name, mail, seconds, zone in _PERSON.findall(header):
            start = f"GIT_{role.decode().upper()}"
            who[f"{start}_NAME"] = name.decode("utf-8", "surrogateescape").strip()
            who[f"{start}_EMAIL"] = mail.decode("utf-8", "surrogateescape")
            who[f"{start}_DATE"] = f"@{seconds.decode()} {zone.decode()}"
        return cls(message, who)

    @property
    def subject(self) -> str:
        """The message's first line."""
        return self.message.split(b"\n", 1)[0].decode("utf-8", "replace")


class Bench:
    """An index of its own that starts from a commit and moves on change by change.

    Args:
        repository: whose object database is used.
        folder: an empty folder for the index and for files that are being merged.
        start: the commit to start from.
    """

    def __init__(self, repository: Repository, folder: Path, start: str) -> None:
        self._repository = repository
        self._folder = folder
        self._index = {"GIT_INDEX_FILE": str(folder / "index")}
        self._run("read-tree", start)

    def put(self, entries: Mapping[str, Entry | None]) -> str:
        """Set files, or remove those given as ``None``.

        Returns:
            The id of the tree that results.

        Raises:
            Refused: a file would have to be a folder at once.
        """
        nothing = Entry("0", "0" * 40)
        lines = (
            f"{(entry or nothing).mode} {(entry or nothing).blob}\t{path}\0"
            for path, entry in entries.items()
        )
        listed = "".join(lines).encode("utf-8", "surrogateescape")
        try:
            self._run("update-index", "-z", "--index-info", stdin=listed)
            return self._run("write-tree").decode("ascii").strip()
        except GitFailed as error:
            raise Refused(
                "您和他人的改动放不到一起：同一个名字，一方是文件，另一方是文件夹",
                "请先与对方商定，改名后再执行 jzy sync",
            ) from error

    def blob(self, content: bytes) -> str:
        """Store a file's bytes as they are, and give their object id."""
        return self._run("hash-object", "-w", "--stdin", stdin=content).decode("ascii").strip()

    def merged(self, mine: bytes, before: bytes, theirs: bytes) -> bytes | None:
        """Both sides' changes to a text together, ``None`` where they touch the same lines."""
        names = []
        for name, content in (("mine", mine), ("before", before), ("theirs", theirs)):
            (self._folder / name).write_bytes(content)
            names.append(str(self._folder / name))
        try:
            return self._run("merge-file", "-p", "--diff3", "--", *names)
        except GitFailed:
            return None

    def commit(self, tree: str, parent: str, written: Written, key: SigningKey | None) -> str:
        """Make a commit and check what came about.

        Args:
            tree: a tree's id.
            parent: a commit's id.
            written: its message, kept to the letter, and its people and dates.
            key: signs it; ``None`` leaves it unsigned.

        Returns:
            The commit's id.

        Raises:
            WrongEnvironment: git could not sign with the key.
        """
        before = ["-c", f"user.signingkey={key.location}"] if key else []
        sign = ["-S"] if key else ["--no-gpg-sign"]
        try:
            said = self._repository.run(
                *before, "commit-tree", *sign, "-p", parent, tree,
                stdin=written.message, env=written.who,
            )  # fmt: skip
        except GitFailed as error:
            if key is None:
                raise Refused("git 没有完成提交", "请按 git 的提示处理后再试") from error
            raise WrongEnvironment(
                "git 无法用您的密钥签名", "请确认私钥可读、口令正确，或 ssh-agent 中已载入该密钥"
            ) from error
        made = said.decode("ascii").strip()
        if key is not None:
            raw = self._repository.run("cat-file", "commit", made)
            wanted = f"tree {tree}\nparent {parent}\nauthor ".encode()
            if signer_blob(raw) != key.blob or not raw.startswith(wanted):
                raise WrongEnvironment(
                    "重新签名的提交不能通过检验", "请检查 ssh-keygen，以及私钥与公钥是否成对"
                )
        return made

    def _run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        return self._repository.run(*arguments, stdin=stdin, env=self._index)


def signer_blob(raw: bytes) -> bytes | None:
    """The public key that signed a commit, ``None`` where no good signature does."""
    try:
        return check_commit(raw)
    except BadSignature:
        return None


def changes(repository: Repository, old: str, new: str) -> list[FileChange]:
    """The files that differ between two commits or trees."""
    said = repository.run(
        "diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-ext-diff", old, new
    )
    pieces = said.decode("utf-8", "surrogateescape").split("\0")
    found = []
    for meta, path in zip(pieces[::2], pieces[1::2], strict=False):
        _, mode, before, after, _ = meta[1:].split(" ")
        found.append(FileChange(path, _id(before), _id(after), mode))
    return found


def count(repository: Repository, tip: str, without: Sequence[str]) -> int:
    """How many commits lead to a tip and not to others."""
    said = repository.run("rev-list", "--count", tip, *(f"^{commit}" for commit in without))
    return int(said)


def leads_to(repository: Repository, old: str, new: str) -> bool:
    """Whether a commit is another, or lies on the way to it."""
    try:
        repository.run("merge-base", "--is-ancestor", old, new)
    except GitFailed:
        return False
    return True


@contextlib.contextmanager
def working_folder(repository: Repository) -> Iterator[Path]:
    """A folder inside git's own that is gone afterwards; those of killed processes are cleared."""
    place = undo.folder(repository)
    for left in place.glob("sync-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="sync-", dir=place) as found:
        yield Path(found)


def _id(name: str) -> str | None:
    return name if name.strip("0") else None
