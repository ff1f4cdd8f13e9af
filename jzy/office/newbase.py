"""What the files and registers hold while my commits are made again one by one on a new base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from jzy.git.bench import Bench, Entry
from jzy.git.history import FileChange
from jzy.model.chain import wanted_versions
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.office.past import Past

LOOK_AGAIN = "请查看最新的记录，需要时重新办理"
BOM = b"\xef\xbb\xbf"


class Void(Exception):
    """A commit of mine does not hold any more.

    Args:
        reason: why, one Chinese sentence.
        advice: what to do, another.
    """

    def __init__(self, reason: str, advice: str = LOOK_AGAIN) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class NewBase:
    """The state after the new base and those of my commits that were made again so far.

    Args:
        office: the repository.
        past: the history, to read any version.
        bench: which starts from the new base.
        onto: the new base, a commit's id.
        theirs: what others changed since we parted, by path.
    """

    def __init__(
        self, office: Office, past: Past, bench: Bench, onto: str, theirs: Mapping[str, FileChange]
    ) -> None:
        self.kinds = office.kinds
        self.past = past
        self.bench = bench
        self.tree = bench.put({})
        self.now = datetime.now(self.register.time_zone)
        """The moment at which all is judged."""
        self._repository = office.repository
        self._onto = onto
        self._theirs = theirs
        self._here: dict[str, Entry | None] = {}
        self._made: dict[tuple[str, str], Record] = {}

    def touch(self, change: FileChange) -> None:
        """Note what the new base has at a path, when one of my commits touches it first."""
        theirs = self._theirs.get(change.path)
        if theirs is not None:
            first = Entry(theirs.mode, theirs.new) if theirs.new else None
        else:
            first = Entry(change.mode, change.old) if change.old else None
        self._here.setdefault(change.path, first)

    def entry(self, path: str) -> Entry | None:
        """What a path that was touched holds now."""
        return self._here[path]

    def blob(self, path: str) -> str | None:
        """The object id of what a path that was touched holds now."""
        entry = self._here[path]
        return entry.blob if entry else None

    def put(self, entries: Mapping[str, Entry | None]) -> bool:
        """Go on to a state with some files changed.

        Returns:
            Whether that is another state at all.
        """
        tree = self.bench.put(entries) if entries else self.tree
        if tree == self.tree:
            return False
        self.tree = tree
        self._here |= entries
        for path, entry in entries.items():
            record = self.past.record(path, entry.blob) if entry else None
            if record is not None:
                self._made[record.id, record.digest] = record
        return True

    @property
    def register(self) -> Register:
        """People, units, workflows and the institution as they stand now."""
        return self.past.at(self.tree)

    def me_is_registrar(self, me: Person) -> bool:
        """Whether a person may change registers now."""
        return me.id in self.register.registrars

    def whole(self, record: Record) -> Register:
        """The register with one record, and with the earlier versions that its entries speak of."""
        whole = self.register.with_record(record)
        earlier = {}
        for wanted in wanted_versions(whole):
            found = self._made.get(wanted) or self._from_history(whole, *wanted)
            if found is not None:
                earlier[wanted] = found
        return whole.with_earlier(earlier) if earlier else whole

    def _from_history(self, register: Register, target: str, digest: str) -> Record | None:
        today = register.get(target)
        versions = self._versions(today.path) if today else iter(())
        return next((version for version in versions if version.digest == digest), None)

    def _versions(self, path: str) -> Iterator[Record]:
        listed = self._repository.run(
            "log", "--format=%H", "--full-history", self._onto, "--", path
        )
        for commit in listed.decode("ascii").split():
            found = self.past.objects.read(f"{commit}:{path}")
            version = self.past.record(path, found[0]) if found else None
            if version is not None:
                yield version


def without_entries(record: Record) -> dict[str, object]:
    """A record's data but its sign-offs."""
    return {name: value for name, value in record.data.items() if name != "sign_offs"}
