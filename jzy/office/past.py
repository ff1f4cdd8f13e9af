"""The registers as they stood at any commit, and whether one may rely on them."""

from __future__ import annotations

from collections.abc import Iterator

from jzy.git.history import REGULAR, Objects, PastCommit, merge_base
from jzy.git.signature import BadSignature, check_commit
from jzy.model.kinds import Kind, Kinds
from jzy.model.people import Person, fingerprint
from jzy.model.record import Record
from jzy.model.register import INSTITUTION, Register
from jzy.office.context import Office
from jzy.store.records import parse


class PastRegisters:
    """Registers read from the trees of commits; equal trees are read once."""

    def __init__(self, office: Office, objects: Objects) -> None:
        self._office = office
        self._objects = objects
        self._registers: dict[tuple[tuple[str, str], ...], Register] = {}
        self._records: dict[tuple[str, str], Record | None] = {}
        self._merges: dict[str, dict[str, str]] = {}
        self.workflows: dict[tuple[str, str], Record] = {}
        """Every version of a workflow that was met, by id and digest."""

    @property
    def kinds(self) -> Kinds:
        """The kinds of the repository today."""
        return self._office.kinds

    def at(self, commit: str) -> Register:
        """The register of people, units, workflows and the institution at a commit."""
        folders = {kind.folder: kind for kind in self.kinds.values() if kind.is_register}
        entries = [
            (name, found)
            for mode, name, found in self._objects.tree(f"{commit}:records")
            if name in folders or (name == f"{INSTITUTION}.yaml" and mode in REGULAR)
        ]
        key = tuple(entries)
        if key not in self._registers:
            self._registers[key] = Register(self.kinds, self._read(entries, folders))
        return self._registers[key]

    def record(self, kind: Kind, path: str, blob: str) -> Record | None:
        """One version of a record; ``None`` where it cannot be read or is unsound."""
        key = (path, blob)
        if key not in self._records:
            content = self._objects.content(blob) or b""
            try:
                found, _ = parse(kind, path, content.decode("utf-8"))
            except UnicodeDecodeError:
                found = None
            if found is not None and not self._office.judge(kind.name).is_sound(found.data):
                found = None
            self._records[key] = found
        return self._records[key]

    def merge_faults(self, commit: PastCommit) -> dict[str, str]:
        """What a merge did that neither of its sides had done, by path.

        A merge may only take over what one side changed and the other left alone since they
        parted: anything else is a change of its own, or brings back what was superseded.
        """
        if commit.id not in self._merges:
            self._merges[commit.id] = dict(self._judge_merge(commit))
        return self._merges[commit.id]

    def _judge_merge(self, commit: PastCommit) -> Iterator[tuple[str, str]]:
        sides = [{change.path: change for change in side} for side in commit.changes]
        for path in dict.fromkeys(path for side in sides for path in side):
            taken = [number for number, side in enumerate(sides) if path not in side]
            if not taken:
                yield path, f"合并提交自己改动了 {path}"
                continue
            for number, side in enumerate(sides):
                if path not in side:
                    continue
                base = merge_base(
                    self._office.repository, commit.parents[taken[0]], commit.parents[number]
                )
                before = self._objects.read(f"{base}:{path}") if base else None
                if (before[0] if before else None) != side[path].old:
                    yield path, f"合并提交丢弃了一方对 {path} 的改动"

    def _read(self, entries: list[tuple[str, str]], folders: dict[str, Kind]) -> list[Record]:
        records = []
        for name, blob in entries:
            if name == f"{INSTITUTION}.yaml":
                records.append(self.record(self.kinds[INSTITUTION], f"records/{name}", blob))
                continue
            kind = folders[name]
            for mode, file, found in self._objects.tree(blob):
                path = f"records/{name}/{file}"
                if mode in REGULAR and self.kinds.of_path(path) is kind:
                    records.append(self.record(kind, path, found))
        sound = [record for record in records if record is not None]
        self.workflows |= {(r.id, r.digest): r for r in sound if r.kind == "workflow"}
        return sound


def is_protected(kinds: Kinds, path: str) -> bool:
    """Whether only registrars may change a path: registers, and the schemas that define them."""
    parts = path.split("/")
    if parts[0] == "schemas":
        return True
    if parts[0] != "records" or len(parts) < 2:
        return False
    kind = kinds.by_folder(parts[1]) if len(parts) > 2 else kinds.get(parts[1].rpartition(".")[0])
    return kind is not None and kind.is_register


def signer_of(raw: bytes, register: Register) -> tuple[Person | None, str, str]:
    """Who signed a commit by a register.

    Returns:
        The person, the key's fingerprint, and a Chinese reason why there is no person.
    """
    try:
        blob = check_commit(raw)
    except BadSignature as error:
        return None, "", str(error)
    owners = register.key_owners.get(blob, [])
    if len(owners) != 1:
        why = "签名的密钥不在当时的人员登记簿中" if not owners else "签名的密钥登记给了不止一个人"
        return None, fingerprint(blob), why
    person = register.people[owners[0]]
    if any(key.revoked is not None for key in person.keys if key.blob == blob):
        return None, fingerprint(blob), f"{person.name}的这个密钥当时已经注销"
    return person, fingerprint(blob), ""


class Trust:
    """Whether the registers at a commit came about by registrars' signatures alone.

    Args:
        pinned: the fingerprint that the first commit's key must have; ``None`` trusts it as it
            is.
    """

    def __init__(self, past: PastRegisters, objects: Objects, pinned: str | None) -> None:
        self._past = past
        self._objects = objects
        self._pinned = pinned
        self._faults: dict[str, str] = {}
        self.root = ""
        """The fingerprint of the key that signed the first commit."""
        self.reasons: dict[str, str] = {}
        """By commit that broke the trust: why."""

    def add(self, commit: PastCommit) -> None:
        """Judge a commit; its parents were added before."""
        inherited = next((self._faults[p] for p in commit.parents if p in self._faults), None)
        reason = self._judge(commit)
        if reason:
            self.reasons[commit.id] = reason
        if inherited or reason:
            self._faults[commit.id] = inherited or commit.id

    def fault_before(self, commit: str) -> str | None:
        """The id of the commit that made the registers at a commit unreliable."""
        return self._faults.get(commit)

    def _judge(self, commit: PastCommit) -> str:
        if not commit.parents:
            return self._judge_root(commit)
        if len(commit.parents) > 1:
            return self._judge_merge(commit)
        changed = [p for p in commit.paths if is_protected(self._past.kinds, p)]
        if not changed:
            return ""
        register = self._past.at(commit.parents[0])
        raw = self._objects.content(commit.id) or b""
        person, _, why = signer_of(raw, register)
        if person is None:
            return f"改动了登记簿 {changed[0]}，但{why}"
        if person.id not in register.registrars:
            return f"{person.name}改动了登记簿 {changed[0]}，但不是登记管理员"
        return ""

    def _judge_root(self, commit: PastCommit) -> str:
        if self.root:
            return "历史有两个起点"
        register = self._past.at(commit.id)
        raw = self._objects.content(commit.id) or b""
        person, self.root, why = signer_of(raw, register)
        if self._pinned and self.root != self._pinned:
            return f"第一次提交的密钥（{self.root or '没有签名'}）不是固定的根密钥 {self._pinned}"
        if person is None:
            return f"第一次提交不可信：{why}"
        return "" if person.id in register.registrars else "第一次提交不是登记管理员签名的"

    def _judge_merge(self, commit: PastCommit) -> str:
        for path, reason in sorted(self._past.merge_faults(commit).items()):
            if is_protected(self._past.kinds, path):
                return reason
        return ""
