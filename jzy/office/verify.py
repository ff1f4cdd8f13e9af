"""``jzy verify``: sign-offs proven again, from history alone. What is not proven is never called
proven."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from jzy.git import receipts
from jzy.git.history import Objects, is_incomplete
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment, WrongUsage
from jzy.office.docket import Fault, Findings, Proof, Summary, Timing, Verdict, stem
from jzy.office.formats import written_out
from jzy.office.verdicts import Verdicts
from jzy.store.schemas import load_kinds, schema_files
from jzy.store.sealed import user_secret

Found = TypeVar("Found")


@dataclass(slots=True)
class Verification:
    """What ``verify`` found."""

    summary: Summary
    pinned: bool
    counts: dict[str, int]
    """How many of each verdict, and of each word on their time."""
    proofs: list[Proof] = field(default_factory=list)
    """Those that were asked for; without being asked only those that are not proven."""
    timing: dict[tuple[str, int, str], Timing] = field(default_factory=dict)
    """What receipts say of the time of each."""
    faults: list[Fault] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    """Records and schemas that differ from HEAD and were judged as HEAD has them."""

    @property
    def holds(self) -> bool:
        """Whether every sign-off that was asked for is proven and nothing else was found."""
        return not self.faults and all(p.verdict is Verdict.PROVEN for p in self.proofs)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to tell about; history is judged whole either way."""

    ids: frozenset[str] = frozenset()
    """Ids of records; all if empty."""
    since: str = ""
    """A commit: only what came after it; empty for all."""
    each: bool = False
    """Every sign-off, not only those that are not proven."""


def verify(repository: Repository, pinned: str | None, asked: Asked) -> Verification:
    """Prove every sign-off of HEAD again.

    What was found out before is used, and where there is nothing new nothing else is loaded.

    Args:
        repository: of the records; they are read by the schemas that HEAD has.
        pinned: the fingerprint of the key that must have signed the first commit; ``None``
            takes it on trust, and the caller says so.
        asked: what to tell about.

    Raises:
        WrongEnvironment: no commit, or a history that was cut off.
    """
    status = _beside(repository.status)  # takes as long as all the rest, where nothing is new
    head = repository.head()
    if head is None:
        raise WrongEnvironment("仓库还没有提交", "请先提交记录")
    if is_incomplete(repository):
        raise WrongEnvironment(
            "这是不完整的历史（浅克隆），不能证明签批", "请先取回完整的历史：git fetch --unshallow"
        )
    with tempfile.TemporaryDirectory(prefix="jzy-") as folder:
        found = _found(repository, pinned, asked, head, Path(folder))
    found.unsaved = sorted(p for p in status() if p.startswith(("records/", "schemas/")))
    return found


def _found(
    repository: Repository, pinned: str | None, asked: Asked, head: str, folder: Path
) -> Verification:
    with Objects(repository) as objects:
        formats = written_out(objects, head, folder)
    verdicts = Verdicts(repository, user_secret(), pinned, schema_files(formats))
    summary = verdicts.summary()
    fresh = summary is not None and (summary.tip, summary.receipts) == (
        head,
        receipts.tip(repository),
    )
    if summary is not None and fresh and asked == Asked():
        faults = summary.faults
        return Verification(summary, pinned is not None, summary.counts, summary.bad, {}, faults)
    findings = verdicts.findings() if summary is not None else None
    if findings is None or not fresh:
        from jzy.office.judging import judge  # noqa: PLC0415 - only for what is new

        findings = judge(repository, load_kinds(formats), pinned, head, findings)
        verdicts.keep(findings)
    return _told(repository, findings, asked, pinned=pinned is not None)


def _beside(action: Callable[[], Found]) -> Callable[[], Found]:
    """Do something in a thread of its own; what is returned waits for it and gives its result."""
    results: list[Found] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(action())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def wait() -> Found:
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    return wait


def _told(
    repository: Repository, findings: Findings, asked: Asked, *, pinned: bool
) -> Verification:
    """What was asked for, out of all that was found out."""
    from jzy.office.judging import all_proofs_of, changed_files, timing  # noqa: PLC0415 - as above

    found = Verification(findings.summary, pinned, {})
    head = findings.summary.tip
    after, touched = None, set()
    if asked.since:
        listed = repository.run("rev-list", f"{asked.since}..{head}")
        after = set(listed.decode("ascii").split())
        touched = {path for path, _ in changed_files(repository, asked.since, head)}
    counts: Counter[str] = Counter()
    for path in sorted(findings.standing):
        if asked.ids and stem(path) not in asked.ids:
            continue
        for proof in all_proofs_of(findings, path):
            if after is None or proof.commit in after or (not proof.commit and path in touched):
                word = timing(proof, findings.standing[path])
                counts.update((proof.verdict.value, word.value))
                found.proofs.append(proof)
                found.timing[proof.key] = word
    found.counts = dict(counts)
    found.faults = [
        fault
        for fault in findings.summary.faults
        if (not asked.ids or not fault.path or stem(fault.path) in asked.ids)
        and (after is None or fault.commit in after or (not fault.commit and fault.path in touched))
    ]
    return found


def resolve(repository: Repository, revision: str) -> str:
    """The full id of the commit that a person names.

    Raises:
        WrongUsage: there is none.
    """
    try:
        said = repository.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except GitFailed as error:
        raise WrongUsage(f"没有“{revision}”这个提交", "请写提交的编号、分支或标签") from error
    return said.decode("ascii").strip().splitlines()[-1]
