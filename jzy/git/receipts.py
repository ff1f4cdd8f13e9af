"""Receipts: when the server received which commits, by its own signed word.

``refs/jzy/receipts`` names a chain of commits without files, each signed with the server's key;
its message is one JSON object. git does not let a hook move refs before a push is accepted, so the
server writes them right after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jzy.git.history import Objects
from jzy.git.keys import SigningKey
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.git.signature import BadSignature, check_commit

REF = "refs/jzy/receipts"
SERVER = ("jzy", "server@jzy.invalid")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """One push that the server accepted."""

    id: str
    """The receipt's own commit."""
    ref: str
    old: str
    """The commit that the ref named before; zeros where there was none."""
    new: str
    time: datetime
    """In UTC, to the second, by the server's clock."""


class BadReceipts(ValueError):
    """The chain of receipts is not what the server wrote; the text is a Chinese reason."""


def tip(repository: Repository) -> str:
    """The id of the last receipt; empty where there is none here."""
    try:
        said = repository.run("rev-parse", "--verify", "--quiet", REF + "^{commit}")
    except GitFailed:
        return ""
    return said.decode("ascii").strip()


def append(repository: Repository, key: SigningKey, old: str, new: str, ref: str) -> str:
    """Write a receipt for one accepted push.

    Two pushes may end at once: whoever comes second goes after the first.

    Returns:
        The receipt's commit.

    Raises:
        GitFailed: git or the key refused.
    """
    tree = repository.run("mktree", stdin=b"").decode("ascii").strip()
    name, mail = SERVER
    for left in reversed(range(_TRIES)):
        before = tip(repository)
        now = datetime.now(UTC).replace(microsecond=0)
        if before:
            now = max(now, _time_of(repository, before))
        moment = now.isoformat().replace("+00:00", "Z")
        said = {"v": 1, "ref": ref, "old": old, "new": new, "time": moment}
        env = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", mail), ("DATE", moment))
        }
        made = repository.run(
            "-c", f"user.signingkey={key.location}", "commit-tree", "-S", tree,
            *(["-p", before] if before else []),
            stdin=(json.dumps(said, separators=(",", ":")) + "\n").encode("utf-8"), env=env,
        ).decode("ascii").strip()  # fmt: skip
        try:
            repository.run("update-ref", "--create-reflog", REF, made, before or "0" * len(made))
        except GitFailed:
            if not left:
                raise
        else:
            return made
    raise AssertionError("unreachable")


def read(repository: Repository, keys: Collection[bytes]) -> list[Receipt]:
    """The chain of receipts, oldest first.

    Args:
        repository: the repository.
        keys: raw bytes of the server's public keys that the institution registered.

    Raises:
        BadReceipts: a receipt is not signed by one of them, has two parents, or does not go on
            from the one before.
    """
    last = tip(repository)
    if not last:
        return []
    listed = repository.run("rev-list", "--topo-order", "--reverse", "--parents", last)
    found: list[Receipt] = []
    state: dict[str, str] = {}
    with Objects(repository) as objects:
        for line in listed.decode("ascii").splitlines():
            commit, *parents = line.split()
            if parents != ([found[-1].id] if found else []):
                raise BadReceipts(f"回执 {commit[:10]} 没有接在前一份之后")
            raw = objects.content(commit) or b""
            try:
                signer = check_commit(raw)
            except BadSignature as error:
                raise BadReceipts(f"回执 {commit[:10]} 不可信：{error}") from error
            if signer not in keys:
                raise BadReceipts(f"回执 {commit[:10]} 不是本单位登记的服务器密钥签名的")
            receipt = _parsed(commit, raw)
            if state.get(receipt.ref, receipt.old) != receipt.old or (
                found and receipt.time < found[-1].time
            ):
                raise BadReceipts(f"回执 {commit[:10]} 与前一份不相衔接")
            state[receipt.ref] = receipt.new
            found.append(receipt)
    return found


def received(
    receipts: Collection[Receipt], parents: Mapping[str, Collection[str]]
) -> dict[str, datetime]:
    """When each commit was first received.

    Args:
        receipts: oldest first.
        parents: the parents of every commit that matters.
    """
    found: dict[str, datetime] = {}
    for receipt in receipts:
        waiting = [receipt.new]
        while waiting:
            commit = waiting.pop()
            if commit in parents and commit not in found:
                found[commit] = receipt.time
                waiting += parents[commit]
    return found


def _time_of(repository: Repository, commit: str) -> datetime:
    try:
        return _parsed(commit, repository.run("cat-file", "commit", commit)).time
    except BadReceipts:
        return datetime.min.replace(tzinfo=UTC)


def _parsed(commit: str, raw: bytes) -> Receipt:
    bad = BadReceipts(f"回执 {commit[:10]} 的内容无法读取")
    try:
        said = json.loads(raw.partition(b"\n\n")[2])
        ref, old, new = str(said["ref"]), str(said["old"]), str(said["new"])
        time = datetime.fromisoformat(said["time"])
    except (ValueError, KeyError, TypeError) as error:
        raise bad from error
    if said.get("v") != 1 or time.tzinfo is None or not (_ID.fullmatch(old) and _ID.fullmatch(new)):
        raise bad
    return Receipt(commit, ref, old, new, time)
