"""The moves in the life of a record, as a schema names them in ``x-jzy-moves``.

A move fills a part of what follows approval, and with that says how far the record has come::

    "hold": {
      "title": "举办",
      "help": "登记活动已经举办。",
      "into": "follow_up.outcome",
      "day": "held_on",
      "needs": ["actual_headcount"],
      "asks": ["incidents"],
      "takes": ["attachments"],
      "requires": [{"check": "_state == 'approved'", "refuse": "还没有批准", "advice": "请先报送审批"}],
      "life": {"key": "held", "title": "已举办"},
      "next": "close"
    }

- ``into`` is a dotted path to an object that is filled, or to a list of objects that gets one item
  more; without it the record's own properties are filled.
- ``day`` is the date or the date-time in it; today unless somebody says otherwise.
- ``needs`` must be given, ``asks`` are asked for on a terminal and may be left out, ``takes`` may be
  given. Nothing else can be set by the move.
- ``sets`` maps dotted paths of the record to expressions: what else becomes of the record.
- ``requires`` must hold, in order: the first that does not refuses the move with its words.
- ``again``: true where the move may be made more than once.
- ``made``: a condition over the record for having made the move, where ``into`` and ``day`` being
  there does not say it.
- ``life`` is the stage that the record is in after it, ``next`` the move that mostly follows, if
  there is one of that name.
- ``with`` gives numbers and lists that an office may want otherwise, as in ``x-jzy-checks``.

Expressions are JMESPath over :func:`jzy.model.indicators.view` and ``_new`` (the values given),
``_with``, ``_by`` (the id of who makes the move, null where nobody can tell) and ``_workflow`` (the
id of the chain that applies to the record, null if none); ``made`` sees the record alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jzy.model.columns import schema_at
from jzy.model.expression import holds
from jzy.model.kinds import EVERY, Kind
from jzy.model.record import DataPath, path_of, value_at

ANNOTATION = "x-jzy-moves"
RESERVED = frozenset({"new", "list", "show", "edit"})
"""What no move can be called: the commands of every kind."""
_NAME = re.compile("[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_WORDS = ("title", "help")
_TEXTS = ("into", "day", "made", "next")
_NAMES = ("needs", "asks", "takes")
_KEYS = frozenset({*_WORDS, *_TEXTS, *_NAMES, "sets", "requires", "again", "life", "with"})
_DATES = ("date", "date-time")


class Life(NamedTuple):
    """A stage of life."""

    key: str
    title: str


class Requirement(NamedTuple):
    """What must hold before a move."""

    check: str
    refuse: str
    """Why not, one Chinese sentence; expressions in braces are replaced by their values."""
    advice: str

    @property
    def sees_values(self) -> bool:
        """Whether it speaks of the values given, and so cannot be judged before there are any."""
        return "_new" in self.check


class Move(NamedTuple):
    """One move of a kind."""

    name: str
    title: str
    help: str
    path: str
    """``into`` as the schema writes it; empty for the record itself."""
    listed: bool
    """Whether ``into`` is a list that gets one item more."""
    day: str | None
    moment: bool
    """Whether ``day`` holds a date-time."""
    needs: tuple[str, ...]
    asks: tuple[str, ...]
    takes: tuple[str, ...]
    sets: Mapping[str, str]
    requires: tuple[Requirement, ...]
    again: bool
    made: str | None
    life: Life | None
    next: str | None
    given: Mapping[str, Any]
    """What expressions see as ``_with``."""

    @property
    def into(self) -> DataPath:
        """The place that is filled."""
        return path_of(self.path)

    @property
    def names(self) -> tuple[str, ...]:
        """The properties that may be given, beside the day; those that must be come first."""
        return tuple(dict.fromkeys((*self.needs, *self.asks, *self.takes)))

    @property
    def place(self) -> DataPath:
        """Where the schema describes what is filled: ``into``, or an item of it."""
        return (*self.into, EVERY) if self.listed else self.into

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression of the move but ``made``."""
        return (*self.sets.values(), *(each.check for each in self.requires))

    def is_made(self, data: Mapping[str, Any]) -> bool:
        """Whether a record has made the move.

        Raises:
            BadExpression: ``made`` cannot be evaluated.
        """
        if self.made is not None:
            return holds(self.made, data)
        found = value_at(data, self.path)
        if self.day and not self.listed:
            found = found.get(self.day) if isinstance(found, Mapping) else None
        return found not in (None, "", [], {})


class Mark(NamedTuple):
    """What one move left in a record."""

    move: Move
    day: str
    """Date or date-time; empty where the record does not say."""
    values: Mapping[str, Any]
    """What else it wrote into its place, by name."""


def moves_of(kind: Kind) -> tuple[Move, ...]:
    """The moves of a kind, in the order of its schema; read once."""
    known: tuple[Move, ...] | None = kind.__dict__.get("moves")
    if known is None:
        named: Mapping[str, Any] = kind.schema.get(ANNOTATION, {})
        known = tuple(_move(kind.schema, name, said) for name, said in named.items() if said)
        kind.__dict__["moves"] = known
    return known


def life_of(kind: Kind, data: Mapping[str, Any]) -> Life | None:
    """The stage of life that a record is in: that of the last move, in the order of the schema,
    that it has made; ``None`` where it has made none.

    Raises:
        BadExpression: the ``made`` of a move cannot be evaluated.
    """
    for move in reversed(moves_of(kind)):
        life: Life | None = move.life
        if life is not None and move.is_made(data):
            return life
    return None


def marks_of(kind: Kind, data: Mapping[str, Any]) -> list[Mark]:
    """What the moves of a record left in it, each item of a list for itself.

    Raises:
        BadExpression: the ``made`` of a move cannot be evaluated.
    """
    return [
        _mark(move, item)
        for move in moves_of(kind)
        for item in _filled(move, data)
        if isinstance(item, Mapping)
    ]


def _filled(move: Move, data: Mapping[str, Any]) -> list[Any]:
    """What a move has filled in a record: the items of its list, or its object."""
    place = value_at(data, move.path)
    if move.listed:
        return place if isinstance(place, list) else []
    return [place] if move.is_made(data) else []


def _mark(move: Move, item: Mapping[str, Any]) -> Mark:
    below = {path_of(path)[-1] for path in move.sets if path_of(path)[:-1] == move.into}
    names = dict.fromkeys((*move.names, *map(str, below)))
    values = {name: item[name] for name in names if name in item and name != move.day}
    return Mark(move, str(item.get(move.day, "")) if move.day else "", values)


def _move(schema: Mapping[str, Any], name: str, said: Mapping[str, Any]) -> Move:
    into = said.get("into", "")
    place: Mapping[str, Any] = (schema_at(schema, into) if into else schema) or {}
    listed = place.get("type") == "array"
    inside = place["items"] if listed else place
    day = said.get("day")
    life = said.get("life")
    return Move(
        name=name,
        title=said["title"],
        help=said["help"],
        path=into,
        listed=listed,
        day=day,
        moment=bool(day) and inside["properties"][day].get("format") == "date-time",
        needs=tuple(said.get("needs", ())),
        asks=tuple(said.get("asks", ())),
        takes=tuple(said.get("takes", ())),
        sets=said.get("sets", {}),
        requires=tuple(
            Requirement(each["check"], each["refuse"], each["advice"])
            for each in said.get("requires", ())
        ),
        again=bool(said.get("again", False)),
        made=said.get("made"),
        life=Life(life["key"], life["title"]) if life else None,
        next=said.get("next"),
        given=said.get("with", {}),
    )


# --- what is wrong with a schema ------------------------------------------------------------------


def why_broken(schema: Mapping[str, Any]) -> str:
    """What is wrong with the ``x-jzy-moves`` of a schema, for people; empty if nothing.

    Whether the expressions can be understood is not judged here, because that takes time and few
    commands need it.
    """
    named = schema.get(ANNOTATION, {})
    if not isinstance(named, dict):
        return f"{ANNOTATION} 应以名称列出各个办理事项"
    for name, said in named.items():
        if not _NAME.fullmatch(name) or name in RESERVED:
            return f"{ANNOTATION} 的名称“{name}”不能用：应是小写英文，且不是 {'、'.join(sorted(RESERVED))}"
        why = next(_faults(schema, said), "")
        if why:
            return f"{ANNOTATION} 的 {name}：{why}"
    return ""


def _faults(schema: Mapping[str, Any], said: Any) -> Iterator[str]:
    if not isinstance(said, dict):
        yield "应是一组属性"
        return
    unknown = sorted(set(said) - _KEYS)
    if unknown:
        yield f"没有“{unknown[0]}”这一项"
    for name in _WORDS:
        if not _is_text(said.get(name)):
            yield f"缺少 {name}，应是文字"
    yield from (f"{name} 应是文字" for name in _TEXTS if name in said and not _is_text(said[name]))
    if not isinstance(said.get("again", False), bool):
        yield "again 应是 true 或 false"
    if not isinstance(said.get("with", {}), dict):
        yield "with 应是一组属性"
    yield from _faulty_place(schema, said)
    yield from _faulty_rest(schema, said)


def _faulty_place(schema: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    into = said.get("into", "")
    place: Mapping[str, Any] | None = schema
    for name in into.split(".") if into else ():
        properties = place.get("properties", {}) if place is not None else {}
        place = properties.get(name)
    if place is None or into.partition(".")[0] == "sign_offs":
        yield f"into：没有“{into}”这一属性"
        return
    inside: Any = place.get("items") if place.get("type") == "array" else place
    if not isinstance(inside, Mapping) or not isinstance(inside.get("properties"), Mapping):
        yield f"into：“{into}”应是一组属性，或其列表"
        return
    properties = inside["properties"]
    day = said.get("day")
    if day is not None and properties.get(day, {}).get("format") not in _DATES:
        yield f"day：“{day}”应是日期，或日期和时间"
    for key in _NAMES:
        names = said.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            yield f"{key} 应是属性名的列表"
            return
        yield from (f"{key}：没有“{name}”这一属性" for name in names if name not in properties)


def _faulty_rest(schema: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    sets = said.get("sets", {})
    if not isinstance(sets, dict) or not all(_is_text(value) for value in sets.values()):
        yield "sets 应以属性路径列出表达式"
        return
    for path in sets:
        if path.partition(".")[0] == "sign_offs" or schema_at(schema, path) is None:
            yield f"sets：没有“{path}”这一属性"
    requires = said.get("requires", [])
    wanted = {"check", "refuse", "advice"}
    if not isinstance(requires, list) or not all(
        isinstance(each, dict) and set(each) == wanted and all(map(_is_text, each.values()))
        for each in requires
    ):
        yield "requires 应是列表，每项写明 check、refuse、advice"
    life = said.get("life")
    if life is not None and not (
        isinstance(life, dict)
        and set(life) == {"key", "title"}
        and all(map(_is_text, life.values()))
    ):
        yield "life 应写明 key 和 title"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
