"""``jzy report --check``: what a signed report says that the records do not say any more, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from jzy.git.history import Objects
from jzy.git.repository import Repository
from jzy.model.chain import replay, wanted_versions
from jzy.model.display import shorten
from jzy.model.document import Document
from jzy.model.errors import JzyError, Refused
from jzy.model.expression import BadExpression
from jzy.model.functions import Knowledge
from jzy.model.indicators import part
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.snapshot import PROPERTY, Drift, drifts
from jzy.model.wording import value_text
from jzy.office.context import Office
from jzy.office.follow import differences
from jzy.office.judging import changed_files
from jzy.office.past import Past
from jzy.office.proofs import Proofs
from jzy.office.report import compose
from jzy.store.index import Index
from jzy.store.loaded import Loaded
from jzy.store.records import parse

_MOST, _LONGEST = 6, 60
"""Changes of a record that are told, and columns of a value."""


class Commit(NamedTuple):
    """A commit since the report was submitted, by whose hand records are others now."""

    id: str
    """Empty for what is not committed."""
    date: str
    """Of the author, as the commit says."""
    author: str
    subject: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A record that changed since, and how."""

    record: str
    name: str
    commits: tuple[Commit, ...]
    """Newest first."""
    changes: tuple[str, ...]
    """What changed, a phrase each."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """A figure or claim that does not match the records, with what made it so."""

    drift: Drift
    causes: tuple[Cause, ...]
    then: str = ""
    """What the records of the day of the submission give, where that is not what was signed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A report, held against the records."""

    record: Record
    """As it was signed."""
    submitted: Commit | None
    """The commit of its submission; ``None`` where history has none."""
    figures: int
    claims: int
    drifted: tuple[Drifted, ...]


def check(office: Office, record: Record) -> Checked:
    """Compare what a report's sign-offs cover with what the records say.

    Raises:
        Refused: the report holds no snapshot.
        JzyError: see :func:`jzy.office.report.compose`.
    """
    progress = replay(office.register, record)
    signed = office.register.version(record.id, progress.digest) or record
    held = signed.data.get(PROPERTY)
    if held is None:
        raise Refused(
            f"{record.id} 还没有报送，没有可以核对的数据",
            f"报送时会保存当时的数据：jzy submit {record.id}",
        )
    found = drifts(held, compose(office, signed))
    submitted = _submission(office, signed)
    drifted: tuple[Drifted, ...] = ()
    if found:
        drifted = tuple(_Inquest(office, signed, submitted).explain(found))
    return Checked(signed, submitted, len(held["figures"]), len(held["claims"]), drifted)


def _submission(office: Office, record: Record) -> Commit | None:
    """The commit that brought the last submission of a record."""
    entries = replay(office.register, record).entries
    last = max((n for n, e in enumerate(entries) if e.get("decision") == "submit"), default=-1)
    kind = office.kinds[record.kind]
    for each in office.repository.commits_of(record.path):
        content = office.repository.content(record.path, each.id) or b""
        version, _ = parse(kind, record.path, content.decode("utf-8-sig", "replace"))
        if version is not None and len(version.sign_offs) > last >= 0:
            return Commit(each.id, each.date, each.author, each.subject)
    return None


class _Inquest:
    """Looks for the reasons of drifts in what happened since the submission."""

    def __init__(self, office: Office, record: Record, submitted: Commit | None) -> None:
        self._office, self._record = office, record
        self._before: Office | None = None
        self._document: Document | None = None
        self._since: dict[str, list[Commit]] = {}
        if submitted is not None:
            self._since = _commits_since(office.repository, submitted.id)
            self._before = _as_it_was(office, submitted.id)
            try:
                # For the records behind the figures; claims are not judged by it.
                self._document = compose(self._before, record, proofs=Proofs())
            except JzyError:
                self._document = None  # today's template asks for what was not there
        for path in office.repository.status():
            if office.kinds.of_path(path):
                self._since.setdefault(path, []).insert(0, Commit("", "", "", ""))

    def explain(self, found: Sequence[Drift]) -> Iterator[Drifted]:
        """Each drift with its causes."""
        held = self._record.data[PROPERTY]
        then = {d.key: d for d in drifts(held, self._document)} if self._document else {}
        claims = {each["claim"] for each in held["claims"]}
        for drift in found:
            paths = self._paths(drift)
            changed = [path for path in self._since if path in paths]
            mattered = [path for path in changed if self._mattered(drift, _stem(path))]
            causes = tuple(self._cause(path) for path in mattered or changed)
            at_the_time = then.get(drift.key) if drift.key not in claims else None
            yield Drifted(drift, causes, at_the_time.now if at_the_time else "")

    def _paths(self, drift: Drift) -> Collection[str]:
        """The files that a figure or claim rests on, then or now, and its own definition."""
        ids = {drift.key, *drift.now_on}
        for each in self._document.evidence if self._document else ():
            if drift.key in (each.key, each.title):
                ids |= {record.id for record in each.records}
        for claim in self._document.claims if self._document else ():
            if claim.id == drift.key:
                ids |= {record.id for record in claim.records} | {e.key for e in claim.asked}
        found = set()
        for office in filter(None, (self._office, self._before)):
            records = (office.register.get(each) for each in ids)
            found |= {record.path for record in records if record is not None}
        return found

    def _mattered(self, drift: Drift, record_id: str) -> bool:
        """Whether a changed record can have changed an indicator: it is counted and was not, or the
        other way round, or what is summed of it is another."""
        indicator = self._office.register.get(drift.key)
        if indicator is None or indicator.kind != "indicator" or record_id == drift.key:
            return True
        evidence = self._document.evidence if self._document else ()
        then = {r.id for each in evidence if each.key == drift.key for r in each.records}
        if (record_id in then) != (record_id in drift.now_on):
            return True
        parts = [
            self._part(office, indicator, record_id) for office in (self._before, self._office)
        ]
        return bool(parts[0] != parts[1])

    def _part(self, office: Office | None, indicator: Record, record_id: str) -> Any:
        record = office.register.get(record_id) if office else None
        if office is None or record is None:
            return None
        functions = Knowledge(
            office.register, date.fromisoformat(self._record.data["date"])
        ).functions
        try:
            return part(office.register, indicator, record, functions)
        except BadExpression:
            return None

    def _cause(self, path: str) -> Cause:
        stem = _stem(path)
        now = self._office.register.get(stem)
        old = self._before.register.get(stem) if self._before else None
        register = self._office.register if now else (self._before or self._office).register
        return Cause(
            stem,
            register.name(stem),
            tuple(self._since[path]),
            tuple(_changes(self._office, old, now)),
        )


def _changes(office: Office, old: Record | None, new: Record | None) -> Iterator[str]:
    """What became of a record, in people's words."""
    if old is None or new is None:
        yield "新登记" if new else "已删除，或者不再合乎格式"
        return
    kind = office.kinds[new.kind]
    found = differences(old.data, new.data, ())
    for path, before, after in found[:_MOST]:
        schema = kind.property_schema(path)
        words = [_words(office, schema, value) for value in (before, after)]
        yield f"{kind.path_title(path)}：{words[0]} → {words[1]}"
    if len(found) > _MOST:
        yield f"等 {len(found)} 处"


def _words(office: Office, schema: Mapping[str, Any] | None, value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return f"{len(value)} 条"
    return shorten(value_text(office.register, schema, value), _LONGEST) or "（空）"


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _commits_since(repository: Repository, since: str) -> dict[str, list[Commit]]:
    """The commits after one that changed each record, newest first."""
    said = repository.run(
        "log", "-z", "--format=%x01%H%x09%as%x09%an%x09%s", "--name-only", "--no-renames",
        "--diff-merges=first-parent", f"{since}..HEAD", "--", "records",
    )  # fmt: skip
    found: dict[str, list[Commit]] = {}
    commit = Commit("", "", "", "")
    for piece in said.decode("utf-8", "surrogateescape").split("\0"):
        part = piece.lstrip("\n")
        if part.startswith("\x01"):
            commit = Commit(*part[1:].split("\t", 3))
        elif part:
            found.setdefault(part, []).append(commit)
    return found


def _as_it_was(office: Office, commit: str) -> Office:
    """The office with the records of a commit, read by the schemas of today."""
    with Objects(office.repository) as objects:
        past = Past(office.repository, office.kinds, objects)
        listed = changed_files(office.repository, "", commit)
        read = [past.record(path, blob) for path, blob in listed if past.kind_of(path)]
    records = [record for record in read if record is not None]
    register = Register(office.kinds, records)
    wanted = wanted_versions(register)
    if wanted:
        register = register.with_earlier(office.earlier(register, wanted))
    found = Office(office.root)
    # What an office reads when it is first asked, here out of history.
    found.__dict__ |= {
        "kinds": office.kinds, "repository": office.repository, "register": register,
        "index": Index(None, ""), "loaded": Loaded(records, records), "left_out": [],
    }  # fmt: skip
    return found
