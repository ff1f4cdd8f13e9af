"""``jzy list`` and ``jzy search``: finding records of every kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from jzy.model.errors import WrongUsage
from jzy.model.expression import BadExpression, check, holds
from jzy.model.fulltext import fold, leaves, spans, texts_of, words_of
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind
from jzy.model.moves import moves_of
from jzy.model.progress import STATE_TITLES
from jzy.model.record import DataPath, Record
from jzy.model.register import Register
from jzy.model.standing import CHANGED
from jzy.model.wording import value_text
from jzy.office.context import Office
from jzy.office.rows import Row, day_text, rows_of

CHANGED_TITLES = ("已失效", "待同意", "批准后有改动")
"""What people call an approval that does not cover the record any more."""


class Filter(NamedTuple):
    """Which records are wanted; what is ``None`` or empty asks nothing."""

    kinds: Sequence[str] = ()
    unit: str | None = None
    """Id or title."""
    begins: date | None = None
    ends: date | None = None
    state: str | None = None
    """Key or title of a state, or of a stage of life."""
    match: str | None = None
    """JMESPath."""
    text: str | None = None
    """Words that must all occur."""
    by_id: bool = False
    """Sorted by id; by date if false."""


class Listed(NamedTuple):
    """A record as lists across kinds show it."""

    record: Record
    row: Row


class Hit(NamedTuple):
    """A value in which a word was found."""

    at: DataPath
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    """Where the words stand in the text."""


class Found(NamedTuple):
    """A record in which all words were found."""

    record: Record
    day: str
    name: str
    hits: tuple[Hit, ...]


# --- list -----------------------------------------------------------------------------------------


def listed(office: Office, wanted: Filter) -> tuple[list[Listed], int]:
    """The records that fit, of all kinds or of some.

    Returns:
        The records, and how many the condition cannot be evaluated on, which do not fit: what is
        a text in one kind may be absent in another.

    Raises:
        WrongUsage: no such kind, unit or state, or the condition cannot be understood.
    """
    register = office.register
    kinds = kinds_named(office, wanted.kinds)
    unit = unit_named(register, wanted.unit) if wanted.unit is not None else None
    states, lives = _state_named(kinds, wanted.state) if wanted.state is not None else ((), ())
    knowledge = Knowledge(register, office.day)
    if wanted.match is not None:
        _check_match(wanted.match, knowledge)
    found, unjudged = [], 0
    searcher = _Searcher(office, words_of([wanted.text])) if wanted.text else None
    for kind, rows in rows_of(office, kinds).items():
        by_path = {record.path: record for record in office.loaded.sound_of(kind)}
        for path, row in rows:
            if not _within(row.day, wanted) or (unit and unit not in row.units):
                continue
            if wanted.state is not None and row.state not in states and row.life not in lives:
                continue
            record = by_path[path]
            if searcher is not None and not (searcher.may_hold(record) and searcher.hits(record)):
                continue
            fits = _matches(knowledge, wanted.match, record)
            unjudged += fits is None
            if fits:
                found.append(Listed(record, row))
    found.sort(key=lambda each: ("" if wanted.by_id else each.row.day, each.row.id))
    office.memory.keep()
    return found, unjudged


def kinds_named(office: Office, names: Sequence[str]) -> list[Kind]:
    """Kinds by name or by title; all if none is named.

    Raises:
        WrongUsage: there is no such kind.
    """
    kinds = office.kinds
    titles = {kind.title: kind for kind in kinds.values()}
    found = {}
    for name in names:
        kind = kinds.get(name) or titles.get(name)
        if kind is None:
            known = "、".join(f"{kind.name}（{kind.title}）" for kind in kinds.values())
            raise WrongUsage(f"没有“{name}”这一类记录", f"可用的类别：{known}")
        found[kind.name] = kind
    return list(found.values()) or list(kinds.values())


def unit_named(register: Register, said: str) -> str:
    """The id of a unit by id, title or short title.

    Raises:
        WrongUsage: no such unit.
    """
    units = register.of("unit")
    for unit in units:
        if said in (unit.id, register.name(unit.id), register.short_name(unit.id)):
            return unit.id
    known = "、".join(f"{register.short_name(unit.id)}（{unit.id}）" for unit in units[:12])
    raise WrongUsage(f"没有“{said}”这个部门", f"现有部门：{known}")


def _within(day: str, wanted: Filter) -> bool:
    if wanted.begins is None and wanted.ends is None:
        return True
    first = wanted.begins.isoformat() if wanted.begins else ""
    return bool(day) and first <= day and (wanted.ends is None or day <= wanted.ends.isoformat())


def _state_named(kinds: Iterable[Kind], said: str) -> tuple[Collection[str], Collection[str]]:
    """What people call a state, as keys of states and of stages of life.

    Raises:
        WrongUsage: there is neither.
    """
    states: dict[str, tuple[str, ...]] = {
        state.value: (title,) for state, title in STATE_TITLES.items()
    }
    states[CHANGED] = CHANGED_TITLES
    lives: dict[str, set[str]] = {}
    for kind in kinds:
        for move in moves_of(kind):
            if move.life is not None:
                lives.setdefault(move.life.key, set()).add(move.life.title)
    found = (
        [key for key, titles in states.items() if said == key or said in titles],
        [key for key, titles in lives.items() if said == key or said in titles],
    )
    if not any(found):
        known = [*(titles[0] for titles in states.values())]
        known += sorted({title for titles in lives.values() for title in titles})
        raise WrongUsage(f"没有“{said}”这种状态", f"可用的状态：{'、'.join(known)}")
    return found


def _check_match(match: str, knowledge: Knowledge) -> None:
    try:
        check(match, knowledge.functions)
    except BadExpression as error:
        raise WrongUsage(str(error), "条件使用 JMESPath 语法，文字用单引号") from error


def _matches(knowledge: Knowledge, match: str | None, record: Record) -> bool | None:
    """Whether a condition holds; ``None`` where it cannot be evaluated on the record."""
    if match is None:
        return True
    try:
        return holds(match, knowledge.view(record), knowledge.functions)
    except BadExpression:
        return None


# --- search ---------------------------------------------------------------------------------------


def search(office: Office, texts: Sequence[str], kinds: Sequence[str] = ()) -> list[Found]:
    """The records that hold all of some words, also those that do not satisfy their schema.

    Values are searched, and the names of what they refer to; never the names of properties,
    digests or keys.

    Raises:
        WrongUsage: no word, or no such kind.
    """
    words = words_of(texts)
    if not words:
        raise WrongUsage("请写明要找的词语", "例如 jzy search 公开课 信息系")
    chosen = {kind.name for kind in kinds_named(office, kinds)}
    searcher = _Searcher(office, words)
    found = []
    for record in office.loaded.records:
        if record.kind in chosen and searcher.may_hold(record):
            hits = searcher.hits(record)
            if hits:
                found.append(searcher.found(record, hits))
    office.memory.keep()
    return sorted(found, key=lambda each: (each.day, each.record.id))


class _Searcher:
    """Looks for words in records: first in all texts of a record at once, then in each.

    Args:
        office: the repository.
        words: as :func:`jzy.model.fulltext.words_of` gives them.
    """

    def __init__(self, office: Office, words: Sequence[str]) -> None:
        self._office = office
        self._words = words
        self._spoken: dict[str, Mapping[str, str]] = {}

    @cached_property
    def _register(self) -> Register:
        """Names and no earlier versions, which nobody asks for here."""
        return Register(self._office.kinds, self._office.sound)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """What people call each record, with what they call it for short."""
        register = self._register
        found = {}
        for record in register:
            long, short = register.name(record.id), register.short_name(record.id)
            found[record.id] = long if long == short else f"{long}（{short}）"
        return found

    def may_hold(self, record: Record) -> bool:
        """Whether all words may be in a record; whatever :meth:`hits` finds is let through."""
        said = texts_of(record.data, [record.id])
        names, spoken = self._names, self._spoken_of(record.kind)
        said += [more for text in said for more in (names.get(text), spoken.get(text)) if more]
        whole = fold("\n".join(said))
        return all(word in whole for word in self._words)

    def _spoken_of(self, kind: str) -> Mapping[str, str]:
        """What people say for the keys that values of a kind may be."""
        found = self._spoken.get(kind)
        if found is None:
            gathered: dict[str, list[str]] = {}
            for said in (_titles(self._office.kinds[kind].schema), self._register.posts.items()):
                for key, title in said:
                    gathered.setdefault(key, []).append(title)
            found = self._spoken[kind] = {key: "\n".join(each) for key, each in gathered.items()}
        return found

    def hits(self, record: Record) -> list[Hit]:
        """The values in which words stand; empty unless each word stands in one of them."""
        kind = self._office.kinds[record.kind]
        left, found = set(self._words), []
        for path, raw in self._values(record):
            schema = kind.property_schema(path) or {}
            text = self._shown(schema, raw) if path else raw
            here = [word for word in self._words if word in fold(text)]
            if not here and text != raw:
                here, text = [word for word in self._words if word in fold(raw)], raw
            if here:
                left -= set(here)
                title = kind.path_title(path) or "编号"
                found.append(Hit(path, title, text, tuple(spans(text, here))))
        return [] if left else found

    def _values(self, record: Record) -> Iterator[tuple[DataPath, str]]:
        yield (), record.id
        yield from leaves(record.data)

    def _shown(self, schema: Mapping[str, Any], raw: str) -> str:
        """A value as people read it; ids with the name of what they are of."""
        if raw in self._names:
            return self._names[raw]
        # Dates are compared as records write them.
        return raw if schema.get("format") else value_text(self._register, schema, raw)

    def found(self, record: Record, hits: Sequence[Hit]) -> Found:
        """A record with its hits."""
        register, kind = self._register, self._office.kinds[record.kind]
        name = kind.name_of(record.data) or record.id
        return Found(record, day_text(register, record), name, tuple(hits))


def _titles(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, title in schema.get("x-jzy-titles", {}).items():
        yield str(key), str(title)
    for child in schema.get("properties", {}).values():
        yield from _titles(child)
    if isinstance(schema.get("items"), Mapping):
        yield from _titles(schema["items"])
