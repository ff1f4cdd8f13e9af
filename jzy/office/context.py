"""The office at work: a records repository with its kinds, its register and its user.

Everything is read when it is first asked for, so that a command pays only for what it needs.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jzy.git.keys import SigningKey, my_key
from jzy.git.repository import Repository
from jzy.model.chain import wanted_versions
from jzy.model.errors import Refused, WrongEnvironment
from jzy.model.findings import Finding
from jzy.model.kinds import Kind, Kinds
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.shelf import LazyShelf
from jzy.office.memory import Memory, World
from jzy.office.today import day_by
from jzy.store.index import Index, mark_of
from jzy.store.loaded import Loaded
from jzy.store.places import find_root, search_path
from jzy.store.records import load
from jzy.store.schemas import load_kinds, schema_files

if TYPE_CHECKING:
    from jzy.rules.schema import Judge

_MANY_VERSIONS = 4
"""Finding so many one by one takes as long as finding those of ten thousand records at once."""


class Office:
    """A records repository as the use cases see it.

    Args:
        root: the folder that holds ``records/``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.judges: dict[str, Judge] = {}

    @classmethod
    def at(cls, start: Path) -> Office:
        """The office whose records lie at or above a folder.

        Raises:
            WrongEnvironment: no records repository there.
        """
        return cls(find_root(start))

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds, from the repository's own schemas and the shipped ones."""
        return load_kinds(search_path(self.root, "schemas"))

    @cached_property
    def mark(self) -> str:
        """What the set of schemas and overlays is known by, for whatever depends on them."""
        return mark_of(schema_files(search_path(self.root, "schemas")))

    @cached_property
    def index(self) -> Index:
        """What the files held when they were read last."""
        folder = self.root / ".git"  # a further work tree has a file there, and no index
        return Index(folder if folder.is_dir() else None, self.mark)

    @cached_property
    def loaded(self) -> Loaded:
        """Every record file, read once; what has not changed comes from the index."""
        return load(self.root, self.kinds, self._is_sound, self.index)

    @cached_property
    def memory(self) -> Memory:
        """What was found out about records before, and still holds."""
        world = World(self.root, self.day, self.templates, lambda: self.repository)
        return Memory(self.index, self.loaded, self.kinds, world)

    def _is_sound(self, record: Record) -> bool:
        return self.judge(record.kind).is_sound(record.data)

    def unknown(self, kind: Kind, known: Container[str]) -> list[Record]:
        """The sound records of a kind whose paths are not known, in the order of their paths.

        Records that nothing has to be found out about are not even taken from the index.
        """
        folders, mine = self.index.files.items(), f"records/{kind.folder}/"
        if kind.singleton:
            name = kind.name + kind.suffix
            paths = (f"{folder}/{name}" for folder, names in folders if name in names)
        else:
            paths = (
                f"{folder}/{name}"
                for folder, names in folders
                if f"{folder}/".startswith(mine)
                for name in names
            )
        missing = any(path not in known for path in paths)
        if missing or any(record.kind == kind.name for record in self.loaded.fresh):
            return [r for r in self.loaded.sound_of(kind.name) if r.path not in known]
        return []

    @property
    def sound(self) -> list[Record]:
        """The records that satisfy their schema; only these enter the register."""
        return self.loaded.sound

    @cached_property
    def left_out(self) -> list[str]:
        """Files that hold no sound record and are therefore missing from every list and figure."""
        fresh = {record.path for record in self.loaded.fresh if not self.loaded.is_sound(record)}
        known = self.index.unsound - self.index.stale
        return sorted(fresh | known | {path for path, _ in self.loaded.problems})

    @cached_property
    def register(self) -> Register:
        """The register; earlier versions that sign-offs speak of are found when they are asked
        for."""
        loaded = self.loaded
        changed = {kind.name for kind in map(self.kinds.of_path, self.index.stale) if kind}
        changed |= {record.kind for record in loaded.fresh}

        def count(kind: str) -> int | None:
            return None if kind in changed else self.index.count(kind)

        shelf = LazyShelf(self.kinds, loaded.sound_of, count)
        return Register.on(self.kinds, shelf, self._version)

    @cached_property
    def _versions(self) -> dict[tuple[str, str], Record | None]:
        return {}

    @cached_property
    def _missed(self) -> list[tuple[str, str]]:
        return []

    def _version(self, record_id: str, digest: str) -> Record | None:
        """An earlier version of a record. What the records speak of that were read now is fetched
        at once; whoever goes on to ask for many more has all fetched."""
        wanted = (record_id, digest)
        if wanted not in self._versions:
            self._missed.append(wanted)
            if len(self._missed) == 1:
                self.fetch_versions(filter(self.loaded.is_sound, self.loaded.fresh))
            elif len(self._missed) == _MANY_VERSIONS:
                self.fetch_versions(self.register)
            self._fetch({wanted})
        return self._versions[record_id, digest]

    def fetch_versions(self, records: Iterable[Record]) -> None:
        """Find at once the earlier versions that the sign-offs of some records speak of."""
        self._fetch(wanted_versions(self.register, records))

    def _fetch(self, wanted: set[tuple[str, str]]) -> None:
        missing = wanted - set(self._versions)
        if missing:
            found = self.earlier(self.register, missing)
            self._versions.update({pair: found.get(pair) for pair in missing})

    @cached_property
    def day(self) -> date:
        """The day of judgement: today, or the day until which the records of a closed repository
        are kept."""
        return day_by(self.register)

    def templates(self) -> list[str]:
        """The names of the files in the folders of templates."""
        folders = search_path(self.root, "templates")
        return sorted({path.name for folder in folders for path in folder.glob("*")})

    @cached_property
    def repository(self) -> Repository:
        """The git repository.

        Raises:
            WrongEnvironment: see :meth:`Repository.open`.
        """
        return Repository.open(self.root)

    @cached_property
    def key(self) -> SigningKey:
        """The key that this user signs with.

        Raises:
            WrongEnvironment: see :func:`jzy.git.keys.my_key`.
        """
        return my_key(self.repository)

    @cached_property
    def me(self) -> Person:
        """Who this user is: the one person to whom the register gives the signing key.

        Raises:
            Refused: the key belongs to nobody, or to two.
        """
        owners = self.register.key_owners.get(self.key.blob, [])
        if len(owners) == 1:
            return self.register.people[owners[0]]
        if owners:
            raise Refused("您的密钥登记给了不止一个人，无法确定您是谁", "请联系登记管理员更正")
        raise Refused(
            f"人员登记簿中没有您的密钥（{self.key.fingerprint}）",
            "请把公钥交给登记管理员，登记到您名下后再试",
        )

    def judge(self, kind: str) -> Judge:
        """The schema judge of a kind, made once."""
        if kind not in self.judges:
            from jzy.rules.schema import Judge  # noqa: PLC0415 - what the index knows needs none

            self.judges[kind] = Judge(self.kinds[kind])
        return self.judges[kind]

    def now(self) -> datetime:
        """The present moment in the institution's time zone."""
        return datetime.now(self.register.time_zone)

    def record(self, record_id: str) -> Record:
        """A record that must be there and sound.

        Raises:
            Refused: there is none, or it cannot be read or does not satisfy its schema.
        """
        found = self.register.get(record_id)
        if found is not None:
            return found
        kind = self.kinds.of_id(record_id)
        path = next((r.path for r in self.loaded.records if r.id == record_id), None)
        path = path or next(
            (
                p
                for p, _ in self.loaded.problems
                if p.rpartition("/")[2].startswith(record_id + ".")
            ),
            None,
        )
        if path:
            raise Refused(
                f"记录 {record_id} 不符合格式，不能办理",
                f"请先用 jzy validate {path} 查看问题并改正",
                where=path,
            )
        bare = record_id.rpartition("/")[2].removesuffix(".yaml").removesuffix(".md")
        near = [record.id for record in self.register if bare and record.id.startswith(bare)]
        if near and len(near) <= 5:
            raise Refused(f"没有编号为 {record_id} 的记录", f"是否为 {'、'.join(near)}？编号须写全")
        if kind is None:
            raise Refused(f"“{record_id}”不是记录的编号", "请用 jzy 类别 list 查看编号")
        raise Refused(
            f"没有编号为 {record_id} 的{kind.title}", f"请用 jzy {kind.name} list 查看编号"
        )

    def kind(self, name: str) -> Kind:
        """A kind by name.

        Raises:
            WrongEnvironment: this repository has no such kind.
        """
        if name not in self.kinds:
            raise WrongEnvironment(f"没有“{name}”这一类记录", "可用的类别见 jzy --help")
        return self.kinds[name]

    def forget(self) -> None:
        """Drop what was read of the records, after a change."""
        for name in (
            "index",
            "loaded",
            "memory",
            "left_out",
            "register",
            "_versions",
            "_missed",
            "day",
            "me",
        ):
            self.__dict__.pop(name, None)

    def earlier(
        self, register: Register, wanted: set[tuple[str, str]]
    ) -> dict[tuple[str, str], Record]:
        """Earlier versions of records, by id and digest: kept beside them, else out of history.

        Versions that neither holds, or that cannot be read any more, are left out.
        """
        from jzy.office.beside import versions_beside  # noqa: PLC0415 - only a sample has them
        from jzy.office.versions import earlier_versions  # noqa: PLC0415 - not many have any

        found = versions_beside(self.root, self.kinds, register, wanted)
        try:
            repository = self.repository
        except WrongEnvironment:
            return found
        missing = wanted - set(found)
        found |= earlier_versions(repository, self.kinds, self.judges, register, missing, self.mark)
        return found


def source_line(text: str, line: int) -> str:
    """One line of a text, without its line end; empty where there is none."""
    lines = _lines(text)
    return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """The lines of a text; a record may have a thousand findings, each on a line of it."""
    return text.split("\n")


def summary(findings: list[Finding]) -> dict[str, int]:
    """How many findings of each severity."""
    counts = {"error": 0, "warning": 0, "note": 0}
    for finding in findings:
        counts[finding.severity.value] += 1
    return counts
