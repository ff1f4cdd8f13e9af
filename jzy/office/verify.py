"""``jzy verify``: sign-offs proven again, from history alone.

Author names, committer names and dates prove nothing and are never asked: only keys, trees and
ancestry. What is not proven is never called proven.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from jzy.git.history import REGULAR, Objects, PastCommit, is_incomplete, walk
from jzy.git.message import BadTrailers, trailers_of
from jzy.model.chain import replay, slot_title
from jzy.model.digest import entry_digest
from jzy.model.errors import WrongEnvironment
from jzy.model.expression import BadExpression
from jzy.model.kinds import Kind
from jzy.model.moments import day_of
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import workflows_for
from jzy.office.context import Office
from jzy.office.past import PastRegisters, Trust, signer_of


class Verdict(StrEnum):
    """What history says of a sign-off."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    """History does not show it; nothing says that it is false."""
    BROKEN = "broken"
    """History contradicts it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict on one sign-off."""

    record: str
    path: str
    index: int
    entry: dict[str, Any]
    verdict: Verdict
    reason: str = ""
    """Why it is not proven, one Chinese sentence."""
    commit: str = ""
    """The commit that introduced it."""
    fingerprint: str = ""
    """Of the key that signed that commit."""
    person: str = ""
    """The id of the key's owner by the register of the commit's parent."""
    entitled_by: str = ""
    """The post that entitled the person, in people's words."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about a commit that is not about one sign-off."""

    commit: str
    path: str
    reason: str


@dataclass(slots=True)
class Verification:
    """What ``verify`` found."""

    head: str
    root: str
    pinned: bool
    commits: int
    proofs: list[Proof] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    """Records that differ from HEAD and were judged as HEAD has them."""

    @property
    def holds(self) -> bool:
        """Whether every sign-off is proven and nothing else was found."""
        return not self.faults and all(p.verdict is Verdict.PROVEN for p in self.proofs)


def verify(office: Office, pinned: str | None, only: Collection[str] = ()) -> Verification:
    """Prove every sign-off of HEAD again.

    Args:
        office: the repository.
        pinned: the fingerprint of the key that must have signed the first commit; ``None``
            takes it on trust, and the caller says so.
        only: ids of records to tell about; all if empty. History is read whole either way.

    Raises:
        WrongEnvironment: no repository, no commit, or a history that was cut off.
    """
    repository = office.repository
    head = repository.head()
    if head is None:
        raise WrongEnvironment("仓库还没有提交", "请先提交记录")
    if is_incomplete(repository):
        raise WrongEnvironment(
            "这是不完整的历史（浅克隆），不能证明签批", "请先取回完整的历史：git fetch --unshallow"
        )
    with Objects(repository) as objects:
        court = _Court(office, objects, pinned)
        commits = walk(repository, head)
        for commit in commits:
            court.hear(commit)
        found = Verification(head, court.trust.root, pinned is not None, len(commits))
        court.conclude(head, found, only)
    found.unsaved = sorted(p for p in repository.status() if office.kinds.of_path(p))
    return found


class _Court:
    """Goes through history once and keeps what each commit proves."""

    def __init__(self, office: Office, objects: Objects, pinned: str | None) -> None:
        self._office = office
        self._objects = objects
        self._past = PastRegisters(office, objects)
        self.trust = Trust(self._past, objects, pinned)
        self._proofs: dict[tuple[str, int, str], Proof] = {}
        """By path, index and digest of the entry: the best that history has."""
        self._faults: list[Fault] = []
        self._versions: dict[tuple[str, str], Record] = {}
        self._latest: dict[str, date] = {}
        """By commit: the latest day that a sign-off on the way to it speaks of. Whoever signs
        after that cannot have signed before it, whatever the entry says."""

    def hear(self, commit: PastCommit) -> None:
        """Take in one commit; its parents came before."""
        self.trust.add(commit)
        self._latest[commit.id] = max((self._latest[p] for p in commit.parents), default=date.min)
        if len(commit.parents) > 1:
            self._faults += [
                Fault(commit.id, path, reason)
                for path, reason in self._past.merge_faults(commit).items()
                if self._work_kind(path)
            ]
            return
        for change in commit.changes[0]:
            kind = self._work_kind(change.path)
            if kind is None:
                continue
            old = self._past.record(kind, change.path, change.old) if change.old else None
            if change.new is None:
                if old is not None and old.sign_offs:
                    self._faults.append(Fault(commit.id, change.path, "删除了带有签批的记录"))
                continue
            if change.mode not in REGULAR:
                self._faults.append(Fault(commit.id, change.path, "记录不是普通文件"))
                continue
            new = self._past.record(kind, change.path, change.new)
            if new is not None:
                self._versions[new.id, new.digest] = new
                self._compare(commit, old, new)

    def conclude(self, head: str, found: Verification, only: Collection[str]) -> None:
        """Judge what stands at HEAD by what was heard."""
        for commit, reason in self.trust.reasons.items():
            found.faults.append(Fault(commit, "", reason))
        listed = self._office.repository.run("ls-tree", "-r", "-z", head, "--", "records")
        blobs: dict[str, str] = {}
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            if line:
                meta, _, path = line.partition("\t")
                blobs[path] = meta.split()[2]
        for path, blob in blobs.items():
            kind = self._work_kind(path)
            record = self._past.record(kind, path, blob) if kind else None
            if record is not None and record.sign_offs and (not only or record.id in only):
                found.proofs += self._of_record(record)
        found.faults += [f for f in self._faults if not only or _stem(f.path) in only]

    def _of_record(self, record: Record) -> list[Proof]:
        proofs: list[Proof] = []
        sound = True
        for index, entry in enumerate(record.sign_offs):
            proof = self._proofs.get((record.path, index, entry_digest(entry)))
            if proof is None:
                why = "历史中没有一次提交单独加入这条签批（可能是手工填写，或经过压缩、变基）"
                proof = Proof(record.id, record.path, index, entry, Verdict.UNPROVEN, why)
            elif proof.verdict is Verdict.PROVEN and not sound:
                why = "它之前的签批没有得到证明"
                proof = Proof(
                    record.id, record.path, index, entry, Verdict.UNPROVEN, why, proof.commit
                )
            sound = sound and proof.verdict is Verdict.PROVEN
            proofs.append(proof)
        return proofs

    def _compare(self, commit: PastCommit, old: Record | None, new: Record) -> None:
        before = old.sign_offs if old else []
        after = new.sign_offs
        if before == after:
            return
        if after[: len(before)] != before:
            why = "改动、删除或调换了已有的签批"
            self._faults.append(Fault(commit.id, new.path, why))
        for index in range(min(len(before), len(after)), len(after)):
            proof = self._judge(commit, old, new, index, len(after) - len(before))
            key = (new.path, index, entry_digest(after[index]))
            known = self._proofs.get(key)
            if known is None or known.verdict is not Verdict.PROVEN:
                self._proofs[key] = proof

    def _judge(
        self, commit: PastCommit, old: Record | None, new: Record, index: int, added: int
    ) -> Proof:
        entry = new.sign_offs[index]

        def verdict(
            kind: Verdict, reason: str, finger: str = "", who: str = "", post: str = ""
        ) -> Proof:
            return Proof(new.id, new.path, index, entry, kind, reason, commit.id, finger, who, post)

        if not commit.parents or old is None:
            return verdict(Verdict.UNPROVEN, "记录第一次提交时就带着签批，不能证明")
        if added != 1 or commit.paths != [new.path] or _rest(old) != _rest(new):
            return verdict(Verdict.UNPROVEN, "这次提交除了加入一条签批，还改动了别的内容")
        parent = commit.parents[0]
        fault = self.trust.fault_before(parent)
        if fault:
            return verdict(Verdict.UNPROVEN, f"当时的登记簿不可信（见提交 {fault[:10]}）")
        register = self._past.at(parent)
        raw = self._objects.content(commit.id) or b""
        person, finger, why = signer_of(raw, register)
        if person is None:
            return verdict(Verdict.UNPROVEN, why, finger)
        if person.id != entry.get("by"):
            said = register.name(entry.get("by"))
            return verdict(
                Verdict.BROKEN, f"由{person.name}的密钥签名，签批却写着{said}", finger, person.id
            )
        why = _trailer_fault(raw, new, entry) or self._chain_fault(register, new, index)
        day = max(day_of(str(entry["at"]), register.time_zone), self._latest[parent])
        post, late = self._entitlement(register, new, index, (person, finger), day)
        why = why or late
        if why:
            return verdict(Verdict.BROKEN, why, finger, person.id)
        self._latest[commit.id] = day
        return verdict(Verdict.PROVEN, "", finger, person.id, post)

    def _chain_fault(self, register: Register, new: Record, index: int) -> str:
        """What the chain, as it stood before the commit, says against an entry."""
        entry = new.sign_offs[index]
        full = register.with_record(new).with_earlier({**self._versions, **self._past.workflows})
        if entry.get("decision") == "submit":
            try:
                fitting = [(w.id, w.digest) for w in workflows_for(register, new)]
            except BadExpression as error:
                return f"流程的条件无法求值：{error}"
            if fitting != [(entry.get("workflow"), entry.get("workflow_digest"))]:
                return "报送所写的流程不是当时适用的流程"
        if entry.get("digest") != new.digest:
            return "签批的摘要与当时的内容不符"
        breaches = [b for b in replay(full, new).breaches if b.index == index]
        return breaches[0].message if breaches else ""

    def _entitlement(
        self, register: Register, new: Record, index: int, signer: tuple[Person, str], day: date
    ) -> tuple[str, str]:
        """The post that entitles a signer on the day that ancestry allows, and what is wrong."""
        entry = new.sign_offs[index]
        person, finger = signer
        key = next(key for key in person.keys if key.fingerprint == finger)
        if key.ends is not None and key.ends < day.isoformat():
            return "", f"{person.name}的密钥当时已经停用"
        before = dict(new.data) | {"sign_offs": new.sign_offs[:index]}
        earlier = Record(new.kind, new.id, new.path, before, new.text)
        full = register.with_record(earlier).with_earlier(
            {**self._versions, **self._past.workflows}
        )
        progress = replay(full, earlier)
        stage = progress.current
        if stage is None or entry.get("decision") in ("submit", "withdraw"):
            return "", ""
        slots = [
            slot
            for slot in progress.open_slots(stage)
            if person.holds(slot.post, slot.unit, day.isoformat())
        ]
        if not slots:
            return "", f"{person.name}当时已不任“{stage.title}”环节要求的职务"
        return "、".join(slot_title(register, slot) for slot in slots), ""

    def _work_kind(self, path: str) -> Kind | None:
        kind = self._office.kinds.of_path(path)
        return kind if kind is not None and not kind.is_register else None


def _rest(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.data.items() if name != "sign_offs"}


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _trailer_fault(raw: bytes, record: Record, entry: dict[str, Any]) -> str:
    try:
        said = trailers_of(raw)
    except BadTrailers as error:
        return str(error)
    wanted = {
        "Jzy-Record": record.id,
        "Jzy-Stage": entry.get("stage"),
        "Jzy-Decision": entry.get("decision"),
        "Jzy-Digest": entry.get("digest"),
    }
    for name, value in wanted.items():
        if said[name] != value:
            return f"提交说明中的 {name} 与签批不一致"
    return ""
