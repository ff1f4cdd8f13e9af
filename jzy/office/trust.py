"""Whether the registers at a commit came about by the signatures of those who may change them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jzy.git.history import PastCommit
from jzy.model.people import Person, fingerprint
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.past import Past, is_protected

if TYPE_CHECKING:
    from jzy.office.docket import Grounds

_NOTHING: frozenset[str] = frozenset()


def signer_of(past: Past, commit: str, register: Register) -> tuple[Person | None, str, str]:
    """Who signed a commit by a register.

    Returns:
        The person, the key's fingerprint, and a Chinese reason why there is no person.
    """
    blob = past.key_of(commit)
    if isinstance(blob, str):
        return None, "", blob
    owners = register.key_owners.get(blob, [])
    if len(owners) != 1:
        why = "签名的密钥不在当时的人员登记簿中" if not owners else "签名的密钥登记给了不止一个人"
        return None, fingerprint(blob), why
    person = register.people[owners[0]]
    if any(key.revoked is not None for key in person.keys if key.blob == blob):
        return None, fingerprint(blob), f"{person.name}的这个密钥当时已经注销"
    return person, fingerprint(blob), ""


class Trust:
    """Judges who changed registers, commit by commit.

    Args:
        past: the history.
        pinned: the fingerprint that the first commit's key must have; ``None`` trusts it as it
            is.
        grounds: what was found out before, to go on from.
    """

    def __init__(self, past: Past, pinned: str | None, grounds: Grounds) -> None:
        self._past = past
        self._pinned = pinned
        self.grounds = grounds

    def add(self, commit: PastCommit) -> None:
        """Judge a commit; its parents were added before."""
        grounds = self.grounds
        if len(commit.parents) == 1 and not any(map(self._counts, commit.paths)):
            self._past.same_registers(commit.id, commit.parents[0])
        inherited = next((grounds.faulted[p] for p in commit.parents if p in grounds.faulted), None)
        reason = self._judge(commit)
        if reason:
            grounds.reasons[commit.id] = reason
        if inherited or reason:
            grounds.faulted[commit.id] = inherited or commit.id
        void = self._void(commit)
        if void:
            grounds.void[commit.id] = void

    def fault_at(self, commit: str) -> str | None:
        """The id of the commit that made the registers at a commit unreliable."""
        return self.grounds.faulted.get(commit)

    def register_at(self, commit: str) -> Register:
        """The register at a commit, less the records that do not count."""
        register = self._past.at(commit)
        void = self.grounds.void.get(commit)
        return register.without(void) if void else register

    def _judge(self, commit: PastCommit) -> str:
        if not commit.parents:
            return self._judge_root(commit)
        if len(commit.parents) > 1:
            made = sorted(self._past.fresh_merge(commit).items())
            return next((why for path, why in made if self._is_protected(path)), "")
        changed = [path for path in commit.paths if self._is_protected(path)]
        if not changed:
            return ""
        register = self._past.at(commit.parents[0])
        person, _, why = signer_of(self._past, commit.id, register)
        if person is None:
            return f"改动了登记簿 {changed[0]}，但{why}"
        if person.id not in register.registrars:
            return f"{person.name}改动了登记簿 {changed[0]}，但不是登记管理员"
        return next(self.against_quorum(commit, person, register), "")

    def _judge_root(self, commit: PastCommit) -> str:
        grounds = self.grounds
        if grounds.first:
            return "历史有两个起点"
        grounds.first = commit.id
        register = self._past.at(commit.id)
        person, grounds.root, why = signer_of(self._past, commit.id, register)
        if self._pinned and grounds.root != self._pinned:
            held = grounds.root or "没有签名"
            return f"第一次提交的密钥（{held}）不是固定的根密钥 {self._pinned}"
        if person is None:
            return f"第一次提交不可信：{why}"
        return "" if person.id in register.registrars else "第一次提交不是登记管理员签名的"

    def against_quorum(self, commit: PastCommit, person: Person, by: Register) -> Iterator[str]:
        """What a rule on changing registrars says against a registrar's commit.

        Where several must agree, one alone can neither change who they are nor slip another of
        them a key, with which he would agree with himself.

        Args:
            commit: with one parent.
            person: who signed it.
            by: the register whose rule counts: the parent's, or that of a tip which receives it.
        """
        quorum = int(by.institution.get("registrar_quorum", 1))
        if quorum < 2:
            return
        before, after = self._past.at(commit.parents[0]), self._past.at(commit.id)
        proposed = dict(before.institution.get("registrars_change", {}))
        agreed = {*proposed.get("agreed", ()), person.id} & by.registrars
        now = dict(after.institution.get("registrars_change", {}))
        rules = [{k: v for k, v in p.items() if k != "agreed"} for p in (proposed, now)]
        joined = set(now.get("agreed", ())) - {person.id}
        if joined and (rules[0] != rules[1] or not joined <= set(proposed.get("agreed", ()))):
            yield "变更登记管理员的提议中替别人写了同意"
        changed = _who_decides(before) != _who_decides(after)
        wanted = (set(proposed.get("registrars", ())), proposed.get("registrar_quorum", quorum))
        if changed and (_who_decides(after) != wanted or len(agreed) < quorum):
            yield f"变更登记管理员须由 {quorum} 位登记管理员同意"
        for other in by.registrars - {person.id}:
            if _keys(before.get(other)) != _keys(after.get(other)):
                yield f"变更登记管理员{by.name(other)}的密钥须由本人办理"

    def _void(self, commit: PastCommit) -> frozenset[str]:
        """The records that count by their owner's signature and lack it at a commit."""
        inherited = [self.grounds.void.get(p, _NOTHING) for p in commit.parents]
        void = frozenset().union(*inherited) if any(inherited) else _NOTHING
        if len(commit.parents) > 1:
            made = [path for path in self._past.fresh_merge(commit) if self._owner_of(path)]
            return void | frozenset(made)
        owned = [change for change in commit.changes[0] if self._owner_of(change.path)]
        if not owned:
            return void
        register = self._past.at(commit.parents[0] if commit.parents else commit.id)
        person, _, _ = signer_of(self._past, commit.id, register)
        for change in owned:
            versions = [
                self._past.record(change.path, blob) for blob in (change.old, change.new) if blob
            ]
            names = {record.at(self._owner_of(change.path)) for record in versions if record}
            mine = person is not None and (person.id in register.registrars or names <= {person.id})
            void = void - {change.path} if mine else void | {change.path}
        return void

    def _owner_of(self, path: str) -> str:
        kind = self._past.kind_of(path)
        return (kind.owner_property or "") if kind else ""

    def _counts(self, path: str) -> bool:
        """Whether a path belongs to what registers are read from."""
        return self._is_protected(path) or bool(self._owner_of(path))

    def _is_protected(self, path: str) -> bool:
        return is_protected(self._past.kinds, path)


def _who_decides(register: Register) -> tuple[set[str], int]:
    return set(register.registrars), int(register.institution.get("registrar_quorum", 1))


def _keys(record: Record | None) -> object:
    return record.data.get("keys") if record else None
