"""``jzy attach``: files become evidence by name, size and hash; the files stay out of history.

A file is copied first (:mod:`jzy.store.attachments`) and then written into the record, which is
saved as an edit is. Whatever is refused on the way leaves neither behind.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from jzy.git.plumbing import GitFailed
from jzy.model.attachments import Attachment, Place, named_in, places_of
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage
from jzy.model.kinds import EVERY, Kind
from jzy.model.moves import moves_of
from jzy.model.record import DataPath, Record, dotted_of, path_of
from jzy.office import create
from jzy.office.context import Office
from jzy.office.shape import misnamed
from jzy.rules.personal import found_in
from jzy.store.attachments import Shelf, State, Taken

DEFAULT_LIMIT = 100
"""The most that an attachment may weigh, in MB, where the institution's record does not say."""
_MEGABYTE = 1_000_000


class Keeping(StrEnum):
    """How the copies are kept."""

    IGNORED = "ignored"
    """git leaves them out."""
    LFS = "lfs"
    """.gitattributes gives them to Git LFS."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of one file."""

    name: str
    size: int
    sha256: str
    type: str
    copy: str
    """Of the copy, relative to the root."""
    restored: bool
    """Whether the record named it already and only the copy was missing."""
    elsewhere: tuple[str, ...] = ()
    """The ids of other records that name the same content."""


@dataclass(frozen=True, slots=True)
class Done:
    """What ``jzy attach`` did."""

    record: Record
    to: DataPath | None
    """The property that was filled; ``None`` where only copies were put back."""
    files: tuple[Attached, ...]
    saved: create.Saved | None
    keeping: Keeping


@dataclass(frozen=True, slots=True)
class Looked:
    """An attachment that a record names, and what there is of it."""

    record: Record
    attachment: Attachment
    state: State
    copy: str
    """Of the copy, or where it should be."""
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``jzy attach --check`` found."""

    named: tuple[Looked, ...]
    strays: tuple[str, ...] = ()
    """Files among the copies that no record names; not looked for where ids were given."""

    def of(self, state: State) -> list[Looked]:
        """Those in a state."""
        return [each for each in self.named if each.state is state]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to record beside a file."""

    to: str | None = None
    """Dotted path of the property; found out if absent."""
    type: str | None = None
    replace: bool = False
    """Whether what a property of one attachment holds may be replaced."""


def attach(office: Office, record: Record, sources: Sequence[Path], wish: Wish) -> Done:
    """Record files as attachments and copy them; all of them or none.

    Args:
        office: the repository.
        record: which record.
        sources: the files.
        wish: where they belong and what to say of them.

    Raises:
        Refused: a file, its name or the record's state do not allow it.
        Unsound: the record would not satisfy its schema or the rules.
        WrongUsage: no such property, or it cannot be found out which is meant.
    """
    kind = office.kinds[record.kind]
    shelf = Shelf(office.root)
    chosen = place_named(kind, record, wish.to) if wish.to else None
    names = [checked_name(source) for source in sources]
    most = int(office.register.institution.get("attachment_limit", DEFAULT_LIMIT)) * _MEGABYTE
    known = list(named_in(kind, record))
    made: list[str] = []
    with ExitStack() as stack:
        taken = [stack.enter_context(shelf.taking(source, most)) for source in sources]
        fresh = _fresh(shelf, kind, known, names, taken, chosen)
        place = (chosen or default_place(kind, record)) if any(fresh) else None
        text = _text(office, record, place, _entries(names, taken, fresh, wish), wish)
        keeping = kept_by(office, shelf.path_of(taken[0].sha256, names[0]))
        try:
            files = []
            for name, each, is_fresh in zip(names, taken, fresh, strict=True):
                copy, is_new = shelf.put(each, name)
                if is_new:
                    made.append(copy)
                others = _others(office, record, each.sha256)
                files.append(
                    Attached(
                        name, each.size, each.sha256, wish.type or "", copy, not is_fresh, others
                    )
                )
            saved = create.save(office, record, text, verb="附件", alone=True) if place else None
        except BaseException:
            for copy in made:
                shelf.take_back(copy)
            raise
    now = office.record(record.id)
    return Done(now, place.path if place else None, tuple(files), saved, keeping)


def check(office: Office, ids: Sequence[str] = ()) -> Checked:
    """Look at the copy of every attachment that records name, reading each once.

    Args:
        office: the repository.
        ids: of records; all, also those that do not satisfy their schema, if empty.

    Raises:
        Refused: an id names no record.
    """
    shelf = Shelf(office.root)
    records = [office.record(each) for each in dict.fromkeys(ids)] or office.loaded.records
    seen: dict[str, tuple[State, str, str]] = {}
    named = []
    for record in records:
        for each in named_in(office.kinds[record.kind], record):
            if each.sha256 not in seen:
                found = shelf.find(each.sha256, each.name)
                seen[each.sha256] = found.state, found.path, found.why
            state, copy, why = seen[each.sha256]
            if state is State.PRESENT and each.size is not None:
                size = (office.root / copy).stat().st_size
                if size != each.size:
                    state, why = State.DIFFERENT, f"登记的大小是 {each.size} 字节，实际 {size} 字节"
            named.append(Looked(record, each, state, copy, why))
    strays = () if ids else tuple(path for path, sha in shelf.copies() if sha not in seen)
    return Checked(tuple(named), strays)


def kept_by(office: Office, path: str) -> Keeping:
    """How copies are kept here; where nothing keeps them out of history, see to it.

    Args:
        office: the repository.
        path: of a copy, relative to the root.
    """
    try:
        said = office.repository.run("check-attr", "-z", "filter", "--", path)
        if said.split(b"\0")[2:3] == [b"lfs"]:
            return Keeping.LFS
        office.repository.run("check-ignore", "--quiet", "--", path)
    except (GitFailed, WrongEnvironment):  # not ignored yet, or not in git yet
        Shelf(office.root).keep_out()
    return Keeping.IGNORED


# --- names ----------------------------------------------------------------------------------------


def checked_name(source: Path) -> str:
    """The name under which a file is recorded.

    Raises:
        Refused: the name holds personal data, or what no file's name should hold.
    """
    name = unicodedata.normalize("NFC", source.name)
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        raise Refused(f"“{name}”的文件名不是 UTF-8 编码", "请改名后再登记")
    wrong = misnamed(name) if name else "文件名不能用"
    if wrong:
        raise Refused(f"“{name}”不能登记：{wrong}", "请改名后再登记")
    found = found_in(name)
    if found:
        what = f"“{name}”的文件名里有{'、'.join(found)}"
        raise Refused(what, "请改名后再登记；附件的内容也不应含有不必要的个人信息")
    return name


# --- places ---------------------------------------------------------------------------------------


def place_named(kind: Kind, record: Record, dotted: str) -> Place:
    """The place of a record that a person named.

    Raises:
        WrongUsage: it is none.
    """
    path = path_of(dotted)
    wanted = tuple(EVERY if isinstance(part, int) else part for part in path)
    found = next((each for each in places_of(kind) if each.path == wanted), None)
    if found is None:
        raise WrongUsage(f"{dotted} 不是登记附件的属性", _listed(kind, record))
    for depth, part in enumerate(path):
        if isinstance(part, int):
            items = _value(record, path[:depth])
            if not isinstance(items, list) or part >= len(items):
                title = kind.path_title(path[: depth + 1])
                raise WrongUsage(f"{record.id} 没有“{title}”", _listed(kind, record))
    return Place(path, found.listed)


def default_place(kind: Kind, record: Record) -> Place:
    """The only place for attachments, or the only list of them in what follows approval.

    Raises:
        Refused: the kind has none.
        WrongUsage: it has several.
    """
    places = places_of(kind)
    if not places:
        raise Refused(
            f"{kind.title}没有登记附件的属性",
            f"请由管理员在 schemas/{kind.name}.overlay.json 中增加",
        )
    after = [each for each in places if each.path[0] == "follow_up" and each.listed]
    chosen = [each for each in (after or places) if EVERY not in each.path]
    if len(chosen) != 1:
        raise WrongUsage("请写明登记在哪一属性", _listed(kind, record))
    return chosen[0]


def _listed(kind: Kind, record: Record) -> str:
    """The places that a record has, for people."""
    names = [
        f"{dotted_of(path)}（{kind.path_title(path)}）"
        for each in places_of(kind)
        for path in _concrete(record.data, each.path, ())
    ]
    return f"可用 --to 写明：{'、'.join(names)}" if names else f"{kind.title}没有登记附件的属性"


def _concrete(data: Any, path: DataPath, done: DataPath) -> list[DataPath]:
    """A place of the schema as places of a record, one for each item of the lists on the way."""
    if not path:
        return [done]
    head, rest = path[0], path[1:]
    if head == EVERY:
        count = len(data) if isinstance(data, list) else 0
        return [each for at in range(count) for each in _concrete(data[at], rest, (*done, at))]
    inner = data.get(head) if isinstance(data, dict) else None
    return _concrete(inner, rest, (*done, head))


def _check_parents(kind: Kind, record: Record, place: Place) -> None:
    """Refuse to begin a group of properties that must hold more than attachments."""
    for depth in range(1, len(place.path)):
        path = place.path[:depth]
        needed = (kind.property_schema(path) or {}).get("required", [])
        if _value(record, path) is not None or not needed:
            continue
        title = kind.path_title(path)
        move = next((each for each in moves_of(kind) if each.into == path), None)
        step = f"jzy {kind.name} edit {record.id} --set {dotted_of(path)}.{needed[0]}=…"
        if move is not None:
            step = f"jzy {kind.name} {move.name} {record.id}（{move.title}）"
        raise Refused(f"还没有登记“{title}”，附件无处可放", f"请先登记：{step}")


# --- what is written ------------------------------------------------------------------------------


def _fresh(
    shelf: Shelf,
    kind: Kind,
    known: Sequence[Attachment],
    names: Sequence[str],
    taken: Sequence[Taken],
    chosen: Place | None,
) -> list[bool]:
    """For each file whether it is new to the record; the others' copies are missing."""
    found = []
    seen: dict[str, str] = {}
    for name, each in zip(names, taken, strict=True):
        if each.sha256 in seen:
            raise Refused(f"{name} 与 {seen[each.sha256]} 内容相同", "请只登记其中一个")
        seen[each.sha256] = name
        same = [one for one in known if one.sha256 == each.sha256 and _is_at(one, chosen)]
        if same and shelf.find(each.sha256, name).state is State.PRESENT:
            title = kind.path_title(same[0].at)
            what = f"{name} 已经登记过：{title}“{same[0].name}”，内容相同，副本也在"
            raise Refused(what, "不必再登记")
        found.append(not same)
    return found


def _is_at(attachment: Attachment, chosen: Place | None) -> bool:
    if chosen is None:
        return True
    return (attachment.at[:-1] if chosen.listed else attachment.at) == chosen.path


def _entries(
    names: Sequence[str], taken: Sequence[Taken], fresh: Sequence[bool], wish: Wish
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            **({"type": wish.type} if wish.type is not None else {}),
            "size": each.size,
            "sha256": each.sha256,
        }
        for name, each, is_fresh in zip(names, taken, fresh, strict=True)
        if is_fresh
    ]


def _text(
    office: Office,
    record: Record,
    place: Place | None,
    entries: Sequence[dict[str, Any]],
    wish: Wish,
) -> str:
    """The record's text with the entries, checked."""
    if place is None:
        return record.text
    kind = office.kinds[record.kind]
    _check_parents(kind, record, place)
    here = _value(record, place.path)
    title = kind.path_title(place.path)
    if place.listed:
        count = len(here) if isinstance(here, list) else 0
        changes = [((*place.path, count + at), entry) for at, entry in enumerate(entries)]
        return create.edited(office, record, changes)
    if len(entries) > 1:
        raise WrongUsage(f"“{title}”只能登记一个附件", "请一次登记一个文件")
    if here and not wish.replace:
        name = here.get("name", "") if isinstance(here, dict) else ""
        raise Refused(f"“{title}”已经登记了“{name}”", "确需更换的，请加 --replace")
    return create.edited(office, record, [(place.path, entries[0])])


def _value(record: Record, path: DataPath) -> Any:
    """The value at a path of a sound record, ``None`` where it is absent."""
    here: Any = record.data
    for part in path:
        here = here[part] if isinstance(part, int) else (here or {}).get(part)
    return here


def _others(office: Office, record: Record, sha256: str) -> tuple[str, ...]:
    """Other records that name the same content."""
    return tuple(
        other.id
        for other in office.register
        if other.id != record.id
        and any(each.sha256 == sha256 for each in named_in(office.kinds[other.kind], other))
    )
