"""Goes through history once and says of each sign-off what history proves.

Author names, committer names and dates prove nothing and are never asked: only keys, trees and
ancestry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jzy.git.history import REGULAR, FileChange, PastCommit
from jzy.git.message import BadTrailers, trailers_of
from jzy.model.chain import replay
from jzy.model.digest import entry_digest
from jzy.model.entitlement import entitled, slot_title
from jzy.model.expression import BadExpression
from jzy.model.moments import day_of
from jzy.model.people import Person
from jzy.model.progress import Progress
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workflow import Slot, workflows_for
from jzy.office.docket import Docket, Fault, Proof, Verdict
from jzy.office.past import Past, Version
from jzy.office.trust import Trust, signer_of

_BEGINNING = date.min.toordinal()


class Court:
    """Hears commits, parents before children.

    Args:
        past: the history.
        pinned: the fingerprint of the key that must have signed the first commit.
        docket: what was found out before, to go on from; it is added to.
    """

    def __init__(self, past: Past, pinned: str | None, docket: Docket) -> None:
        self.past = past
        self.docket = docket
        self.trust = Trust(past, pinned, docket.grounds)
        past.workflows |= docket.workflows
        self._signs: dict[str, bool] = {}
        self._known = {
            (proof.record, proof.digest): Version(proof.path, proof.blob)
            for proof in docket.proofs.values()
            if proof.blob
        }

    def hear(self, commit: PastCommit) -> None:
        """Take in one commit."""
        docket = self.docket
        self.trust.add(commit)
        days = docket.days
        days[commit.id] = max((days[p] for p in commit.parents), default=_BEGINNING)
        docket.tip = commit.id
        docket.commits += 1
        if len(commit.parents) > 1:
            docket.faults += [
                Fault(commit.id, path, why)
                for path, why in self.past.fresh_merge(commit).items()
                if self._is_work(path)
            ]
            return
        void = docket.grounds.void.get(commit.id, frozenset())
        for change in commit.changes[0]:
            kind = self.past.kind_of(change.path)
            if change.path in void and kind is not None:
                owner = kind.path_title((kind.owner_property or "",))
                why = f"“{kind.title}”须由{owner}或登记管理员签名提交，这一份不作数"
                docket.faults.append(Fault(commit.id, change.path, why))
            if self._is_work(change.path):
                self._take_in(commit, change)

    def close(self) -> Docket:
        """The docket, complete for the tip."""
        self.docket.workflows = self.past.workflows
        return self.docket

    def full(self, register: Register, record: Record) -> Register:
        """A register with one record, and with the earlier versions that its entries speak of."""
        return register.with_record(record).with_earlier(self.past.versions(self._known))

    def may_have_sign_offs(self, blob: str) -> bool:
        """Whether a version may hold sign-offs; asked before it is parsed, for most hold none.

        YAML can write a property's name with escapes, so a backslash means maybe.
        """
        if blob not in self._signs:
            content = self.past.content(blob) or b""
            self._signs[blob] = b"sign_offs" in content or b"\\" in content
        return self._signs[blob]

    def second_opinion(self, proof: Proof, register: Register, tip: str) -> str:
        """What the server's tip says against a proven sign-off that does not come after it.

        Args:
            proof: of the sign-off.
            register: of that tip.
            tip: the commit; the latest day of its history counts too, because nobody can show
                that what arrives after it was signed before.

        Returns:
            A Chinese reason, empty where nothing speaks against it.
        """
        person, finger, why = signer_of(self.past, proof.commit, register)
        if person is None:
            return why
        if person.id != proof.by:
            return "签名的密钥现已登记给别人"
        new = self.past.record(proof.path, proof.blob)
        if new is None:
            return "记录无法读取"
        days = self.docket.days
        ordinal = max(
            day_of(proof.at, register.time_zone).toordinal(), days[proof.commit], days[tip]
        )
        day = date.fromordinal(ordinal)
        _, against = self._chain(register, new, proof.position, person, day)
        return against or _key_fault(person, finger, day)

    def _take_in(self, commit: PastCommit, change: FileChange) -> None:
        faults = self.docket.faults
        if change.new is None:
            if change.old and self._has_sign_offs(change.path, change.old):
                faults.append(Fault(commit.id, change.path, "删除了带有签批的记录"))
        elif change.mode not in REGULAR:
            faults.append(Fault(commit.id, change.path, "记录不是普通文件"))
        elif self.may_have_sign_offs(change.new) or (
            change.old and self.may_have_sign_offs(change.old)
        ):
            old = self.past.record(change.path, change.old) if change.old else None
            new = self.past.record(change.path, change.new)
            if new is not None:
                self._compare(commit, change, old, new)

    def _compare(
        self, commit: PastCommit, change: FileChange, old: Record | None, new: Record
    ) -> None:
        docket = self.docket
        before = old.sign_offs if old else []
        after = new.sign_offs
        if before == after:
            return
        if old is not None and old.signed == new.signed:
            new.__dict__.setdefault("digest", old.digest)  # equal parts, equal digests
        if after[: len(before)] != before:
            why = "改动、删除或调换了已有的签批"
            docket.faults.append(Fault(commit.id, new.path, why))
        for index in range(min(len(before), len(after)), len(after)):
            proof = self._judge(commit, change, old, new, index)
            if proof.digest == new.digest:
                self._known.setdefault((new.id, new.digest), Version(new.path, proof.blob))
            known = docket.proofs.get(proof.key)
            if known is None or known.verdict is not Verdict.PROVEN:
                docket.proofs[proof.key] = proof

    def _judge(
        self, commit: PastCommit, change: FileChange, old: Record | None, new: Record, index: int
    ) -> Proof:
        known: dict[str, str] = {"commit": commit.id, "blob": change.new or ""}

        def found(verdict: Verdict, reason: str = "", post: str = "") -> Proof:
            return proof_of(new, index, verdict, reason, entitled_by=post, **known)

        if not commit.parents or old is None:
            return found(Verdict.UNPROVEN, "记录第一次提交时就带着签批，不能证明")
        added = len(new.sign_offs) - len(old.sign_offs)
        if added != 1 or commit.paths != [new.path] or _rest(old) != _rest(new):
            return found(Verdict.UNPROVEN, "这次提交除了加入一条签批，还改动了别的内容")
        parent = commit.parents[0]
        known["judged_by"] = parent
        fault = self.trust.fault_at(parent)
        if fault:
            return found(Verdict.UNPROVEN, f"当时的登记簿不可信（见提交 {fault[:10]}）")
        register = self.trust.register_at(parent)
        person, known["fingerprint"], why = signer_of(self.past, commit.id, register)
        if person is None:
            return found(Verdict.UNPROVEN, why)
        known["person"] = person.id
        entry = new.sign_offs[index]
        if person.id != entry.get("by"):
            said = register.name(entry.get("by"))
            what = f"由{person.name}的密钥签名，签批却写着{said}"
            return found(Verdict.BROKEN, what)
        why = _trailer_fault(self.past.raw(commit.id), new, entry)
        if why:
            return found(Verdict.BROKEN, why)
        days = self.docket.days
        ordinal = max(day_of(str(entry["at"]), register.time_zone).toordinal(), days[parent])
        day = date.fromordinal(ordinal)
        post, why = self._chain(register, new, index, person, day)
        why = why or _key_fault(person, known["fingerprint"], day)
        if why:
            return found(Verdict.BROKEN, why)
        days[commit.id] = ordinal
        return found(Verdict.PROVEN, "", post)

    def _chain(
        self, register: Register, new: Record, index: int, person: Person, day: date
    ) -> tuple[str, str]:
        """The post that entitles a signer on the day that ancestry allows, and what the chain,
        as it stands by a register, says against the entry."""
        entry = new.sign_offs[index]
        full = self.full(register, new)
        if entry.get("decision") == "submit":
            try:
                fitting = [(w.id, w.digest) for w in workflows_for(register, new)]
            except BadExpression as error:
                return "", f"流程的条件无法求值：{error}"
            if fitting != [(entry.get("workflow"), entry.get("workflow_digest"))]:
                return "", "报送所写的流程不是当时适用的流程"
        if entry.get("digest") != new.digest:
            return "", "签批的摘要与当时的内容不符"
        slots: list[Slot] = []

        def look(progress: Progress) -> None:
            slots.extend(entitled(full, progress, entry, day.isoformat()))

        breaches = [b for b in replay(full, new, look).breaches if b.entry == index]
        if breaches:
            return "", breaches[0].message
        if entry.get("decision") in ("submit", "withdraw"):
            return "", ""
        if not slots:
            return "", f"{person.name}当时已无权签批“{entry.get('stage')}”环节"
        return "、".join(slot_title(register, slot) for slot in slots), ""

    def _has_sign_offs(self, path: str, blob: str) -> bool:
        record = self.past.record(path, blob)
        return record is not None and bool(record.sign_offs)

    def _is_work(self, path: str) -> bool:
        kind = self.past.kind_of(path)
        return kind is not None and not kind.is_register


def proof_of(record: Record, index: int, verdict: Verdict, reason: str, **known: str) -> Proof:
    """A verdict on one entry of a record.

    Args:
        record: which holds the entry.
        index: of the entry.
        verdict: on it.
        reason: why it is not proven.
        known: whatever else of :class:`Proof` was found out.
    """
    entry: Mapping[str, Any] = record.sign_offs[index]
    return Proof(
        path=record.path,
        position=index,
        entry=entry_digest(entry),
        stage=str(entry.get("stage") or ""),
        decision=str(entry.get("decision") or ""),
        by=str(entry.get("by") or ""),
        on_behalf_of=str(entry.get("on_behalf_of") or ""),
        at=str(entry.get("at") or ""),
        digest=str(entry.get("digest") or ""),
        verdict=verdict,
        reason=reason,
        **known,
    )


def _rest(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.data.items() if name != "sign_offs"}


def _key_fault(person: Person, finger: str, day: date) -> str:
    key = next(key for key in person.keys if key.fingerprint == finger)
    late = key.ends is not None and key.ends < day.isoformat()
    return f"{person.name}的密钥当时已经停用" if late else ""


def _trailer_fault(raw: bytes, record: Record, entry: Mapping[str, Any]) -> str:
    return next(_contradictions(raw, record, entry), "")


def _contradictions(raw: bytes, record: Record, entry: Mapping[str, Any]) -> Iterator[str]:
    try:
        said = trailers_of(raw)
    except BadTrailers as error:
        yield str(error)
        return
    wanted = {
        "Jzy-Record": record.id,
        "Jzy-Stage": entry.get("stage"),
        "Jzy-Decision": entry.get("decision"),
        "Jzy-Digest": entry.get("digest"),
    }
    for name, value in wanted.items():
        if said[name] != value:
            yield f"提交说明中的 {name} 与签批不一致"
