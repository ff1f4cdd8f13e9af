"""Records and registers as they stood at any commit, read from git's objects alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from jzy.git.ahead import MAX_COMMIT, Checked, checked
from jzy.git.history import REGULAR, Objects, PastCommit, merge_base
from jzy.git.repository import Repository
from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import INSTITUTION, Register
from jzy.model.shelf import LazyShelf
from jzy.rules.schema import Judge
from jzy.store.files import NotReadable, decode
from jzy.store.problems import MAX_BYTES
from jzy.store.records import parse

Entry = tuple[str, str, str]
"""Mode, path and object id of a file."""


class Version(NamedTuple):
    """One version of a record, where it can be read again."""

    path: str
    blob: str


class Past:
    """Versions of records, and registers by commit; equal ones are read once.

    Args:
        repository: with or without a working tree.
        kinds: by which everything is read, whatever the schemas of a commit say: a schema that
            is mended later must not make the past unreadable.
        objects: of the same repository.
        signatures: those that were checked already, by commit.
        judges: the schema judges made so far, by kind; more are put in.
    """

    def __init__(
        self,
        repository: Repository,
        kinds: Kinds,
        objects: Objects,
        signatures: Mapping[str, Checked] | None = None,
        judges: dict[str, Judge] | None = None,
    ) -> None:
        self._signatures = signatures or {}
        self.repository = repository
        self.kinds = kinds
        self.objects = objects
        self._judges = {} if judges is None else judges
        self._kind_of: dict[str, Kind | None] = {}
        self._last: dict[str, tuple[str, Record | None]] = {}
        self._content: tuple[str, bytes | None] = ("", None)
        self._kept: dict[Version, Record | None] = {}
        self._ahead: dict[str, bytes | None] = {}
        self._registers: dict[tuple[Entry, ...], Register] = {}
        self._at: dict[str, Register] = {}
        self._merges: dict[str, dict[str, str]] = {}
        self.workflows: dict[tuple[str, str], Version] = {}
        """Every version of a workflow that was met, by id and digest."""

    def kind_of(self, path: str) -> Kind | None:
        """The kind of the record at a path, see :meth:`Kinds.of_path`."""
        if path not in self._kind_of:
            self._kind_of[path] = self.kinds.of_path(path)
        return self._kind_of[path]

    def at(self, commit: str) -> Register:
        """The register at a commit: people, units, workflows, the institution, and the records
        that count by their owner's signature, such as delegations."""
        if commit not in self._at:
            self._at[commit] = self._register(tuple(self._register_folders(commit)))
        return self._at[commit]

    def lazily_at(self, commit: str) -> Register:
        """The same as :meth:`at`; each kind is read when it is first asked for, and the objects must
        be there as long as that."""
        folders: dict[str, list[Entry]] = {}
        for entry in self._register_folders(commit):
            kind = self.kinds.by_folder(entry[1])
            folders.setdefault(kind.name if kind else INSTITUTION, []).append(entry)

        def fetch(kind: str) -> list[Record]:
            return self._sound(
                e for entry in folders.get(kind, ()) for e in self._register_files(*entry)
            )

        return Register.on(self.kinds, LazyShelf(self.kinds, fetch, lambda _: None), _nothing)

    def same_registers(self, commit: str, parent: str) -> None:
        """Take note that a commit changed nothing of what :meth:`at` reads."""
        if parent in self._at:
            self._at[commit] = self._at[parent]

    def load(self, commits: Sequence[PastCommit]) -> None:
        """Read ahead what commits brought, in one go; what was read ahead before is dropped."""
        wanted: dict[str, int | None] = {}
        for commit in commits:
            wanted[commit.id] = MAX_COMMIT
            if len(commit.parents) < 2:
                wanted |= {c.new: MAX_BYTES for c in commit.changes[0] if c.new}
        self._ahead = dict(self.objects.contents(wanted))

    def raw(self, commit: str) -> bytes:
        """A commit's own bytes; none where they are too many."""
        return self._ahead.get(commit) or self.objects.content(commit, MAX_COMMIT) or b""

    def record(self, path: str, blob: str) -> Record | None:
        """One version of a record; ``None`` where it cannot be read or is unsound.

        The last version of each path is kept, for the next commit that changes it.
        """
        held = self._last.get(path)
        if held is None or held[0] != blob:
            held = self._last[path] = (blob, self._read(path, blob))
        return held[1]

    def key_of(self, commit: str) -> Checked:
        """The raw bytes of the key that signed a commit, or a Chinese reason why it proves
        nothing."""
        return self._signatures[commit] if commit in self._signatures else checked(self.raw(commit))

    def content(self, blob: str) -> bytes | None:
        """A version's bytes; ``None`` where there are none, or more than a record may have."""
        if blob in self._ahead:
            return self._ahead[blob]
        if self._content[0] != blob:
            self._content = (blob, self.objects.content(blob, MAX_BYTES))
        return self._content[1]

    def judge(self, kind: Kind) -> Judge:
        """The schema judge of a kind, made once."""
        if kind.name not in self._judges:
            self._judges[kind.name] = Judge(kind)
        return self._judges[kind.name]

    def versions(
        self, known: Mapping[tuple[str, str], Version]
    ) -> Mapping[tuple[str, str], Record]:
        """Earlier versions by id and digest, each read when it is first asked for."""
        return _Versions(self, known)

    def fresh_merge(self, commit: PastCommit) -> dict[str, str]:
        """What a merge did that neither of its sides had done: a Chinese reason by path.

        A merge may only take over what one side changed and the other left alone since they
        parted: anything else is a change of its own, or brings back what was superseded.
        """
        if commit.id not in self._merges:
            self._merges[commit.id] = dict(self._judge_merge(commit))
        return self._merges[commit.id]

    def _judge_merge(self, commit: PastCommit) -> Iterator[tuple[str, str]]:
        sides = [{change.path: change for change in side} for side in commit.changes]
        bases: dict[tuple[int, int], str | None] = {}
        for path in dict.fromkeys(path for side in sides for path in side):
            taken = [number for number, side in enumerate(sides) if path not in side]
            if not taken:
                yield path, f"合并提交自己改动了 {path}"
                continue
            for number, side in enumerate(sides):
                if path not in side:
                    continue
                pair = (taken[0], number)
                if pair not in bases:
                    ends = (commit.parents[index] for index in pair)
                    bases[pair] = merge_base(self.repository, *ends)
                before = self.objects.read(f"{bases[pair]}:{path}") if bases[pair] else None
                if (before[0] if before else None) != side[path].old:
                    yield path, f"合并提交丢弃了一方对 {path} 的改动"

    def _register(self, folders: tuple[Entry, ...]) -> Register:
        """The register that the trees of some folders hold."""
        if folders not in self._registers:
            files = (entry for folder in folders for entry in self._register_files(*folder))
            self._registers[folders] = Register(self.kinds, self._sound(files))
        return self._registers[folders]

    def _sound(self, entries: Iterable[Entry]) -> list[Record]:
        """The sound records of some files."""
        files = list(entries)
        wanted = (blob for _, path, blob in files if Version(path, blob) not in self._kept)
        before, self._ahead = self._ahead, {**self._ahead}
        self._ahead |= self.objects.contents(dict.fromkeys(wanted, MAX_BYTES))
        records = [self._kept_record(path, blob) for _, path, blob in files]
        self._ahead = before
        sound = [record for record in records if record is not None]
        blobs = {path: blob for _, path, blob in files}
        self.workflows |= {
            (r.id, r.digest): Version(r.path, blobs[r.path]) for r in sound if r.kind == "workflow"
        }
        return sound

    def _register_folders(self, commit: str) -> Iterator[Entry]:
        for mode, name, found in self.objects.tree(f"{commit}:records"):
            kind = self.kinds.by_folder(name)
            if name == f"{INSTITUTION}.yaml" or (
                kind is not None and (kind.is_register or kind.owner_property)
            ):
                yield mode, name, found

    def _register_files(self, mode: str, name: str, found: str) -> Iterator[Entry]:
        kind = self.kinds.by_folder(name)
        if mode in REGULAR and name == f"{INSTITUTION}.yaml":
            yield mode, f"records/{name}", found
        elif kind is not None:
            yield from self._files(f"records/{name}", found, kind)

    def _files(self, folder: str, tree: str, kind: Kind) -> Iterator[Entry]:
        for mode, name, found in self.objects.tree(tree):
            path = f"{folder}/{name}"
            if mode in REGULAR and self.kind_of(path) is kind:
                yield mode, path, found
            elif mode == "40000" and kind.date_property and path.count("/") == 2:
                yield from self._files(path, found, kind)

    def _kept_record(self, path: str, blob: str) -> Record | None:
        version = Version(path, blob)
        if version not in self._kept:
            self._kept[version] = self._read(path, blob)
        return self._kept[version]

    def _read(self, path: str, blob: str) -> Record | None:
        kind = self.kind_of(path)
        content = self.content(blob)
        if kind is None or content is None:
            return None
        try:
            found, _ = parse(kind, path, decode(content))
        except NotReadable:
            return None
        if found is None:
            return None
        return found if self.judge(kind).is_sound(found.data) else None


def _nothing(_: str, __: str) -> None:
    """No earlier version is looked for."""


class _Versions(Mapping[tuple[str, str], Record]):
    """Records by id and digest that are read out of history when they are asked for."""

    def __init__(self, past: Past, known: Mapping[tuple[str, str], Version]) -> None:
        self._past = past
        self._known = known
        self._read: dict[tuple[str, str], Record] = {}

    def __getitem__(self, key: tuple[str, str]) -> Record:
        if key not in self._read:
            version = self._known.get(key) or self._past.workflows[key]
            found = self._past._kept_record(*version)
            if found is None or found.digest != key[1]:
                raise KeyError(key)
            self._read[key] = found
        return self._read[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from dict.fromkeys([*self._known, *self._past.workflows])

    def __len__(self) -> int:
        return len(list(iter(self)))


def is_protected(kinds: Kinds, path: str) -> bool:
    """Whether only registrars may change a path: registers, and the schemas that define them."""
    parts = path.split("/")
    if parts[0] == "schemas":
        return True
    if parts[0] != "records" or len(parts) < 2:
        return False
    kind = kinds.by_folder(parts[1]) if len(parts) > 2 else kinds.get(parts[1].rpartition(".")[0])
    return kind is not None and kind.is_register
