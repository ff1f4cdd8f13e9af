"""Moves in the life of a record: held, merged, closed, filed. One move, one commit, or nothing.

What a move is its kind's schema says (:mod:`jzy.model.moves`); here it is made. :func:`check_ready`
asks what can be asked before anything is filled in, :func:`plan` everything, changing nothing, and
:func:`carry_out` writes and commits as an edit does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from jzy.model.errors import JzyError, Refused, WrongEnvironment, WrongUsage
from jzy.model.expression import BadExpression, evaluate, holds
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind
from jzy.model.moments import date_cn, stamp
from jzy.model.moves import Mark, Move, Requirement, marks_of
from jzy.model.record import DataPath, Record, dotted_of, path_of
from jzy.model.wording import value_text
from jzy.model.workflow import workflows_for
from jzy.office import create
from jzy.office.context import Office
from jzy.office.values import (
    DEFAULT,
    assignments,
    complete,
    default_of,
    merged,
    nested,
    unnested,
)
from jzy.store.editing import set_value
from jzy.store.records import read_record

_HOLE = re.compile(r"\{([^{}]*)\}")
TRAILER = "Jzy-Move"


@dataclass(frozen=True, slots=True)
class Planned:
    """A move that may be made, and what it makes of the record."""

    record: Record
    move: Move
    values: dict[str, Any]
    """What is filled in, the day among it."""
    changed: Record
    """The record after the move."""


def title_of(kind: Kind, move: Move, name: str) -> str:
    """What people call a property that a move fills."""
    return str((kind.property_schema((*move.place, name)) or {}).get("title", name))


def check_ready(office: Office, record: Record, move: Move, now: datetime | None = None) -> None:
    """Refuse a move that does not fit the record, whatever would be filled in.

    Raises:
        Refused: it has been made already, or the record does not meet what it requires.
        WrongEnvironment: the schema's conditions cannot be understood.
    """
    _Desk(office, record, move, now or office.now()).check_state()


def fits(office: Office, record: Record, move: Move, now: datetime | None = None) -> Refused | None:
    """Why a move cannot be made now, ``None`` where it can, for all that is known yet."""
    try:
        check_ready(office, record, move, now)
    except Refused as error:
        return error
    return None


def given_values(kind: Kind, move: Move, words: Iterable[str]) -> dict[str, Any]:
    """What people wrote with ``--set``, as the values of a move.

    Raises:
        WrongUsage: a value cannot be read, or does not belong to the move.
    """
    known = (*move.names, *([move.day] if move.day else ()))
    found: dict[str, Any] = {}
    for word in words:
        name = re.split(r"[.=]", word.strip(), maxsplit=1)[0]
        if name not in known:
            named = "、".join(f"{n}（{title_of(kind, move, n)}）" for n in known)
            raise WrongUsage(f"“{move.title}”不能填写 {name}", f"可填的属性：{named or '没有'}")
        for path, value in assignments(kind, [word], move.place):
            found = merged(found, [(path, value)])
    return found


def defaults(
    office: Office,
    record: Record,
    move: Move,
    given: Mapping[str, Any],
    now: datetime | None = None,
) -> dict[str, Any]:
    """What the schema offers (``x-jzy-default``) for what a move may be given and was not."""
    return _Desk(office, record, move, now or office.now()).defaults(given)


def missing(move: Move, given: Mapping[str, Any]) -> list[str]:
    """What a move needs and was not given."""
    return [name for name in move.needs if given.get(name) in (None, "", [], {})]


def plan(
    office: Office,
    record: Record,
    move: Move,
    given: Mapping[str, Any],
    *,
    day: str | None = None,
    now: datetime | None = None,
) -> Planned:
    """Everything that has to hold before a move, asked without changing anything.

    Args:
        office: the repository.
        record: which record.
        move: of its kind.
        given: values by name, relative to the place that the move fills.
        day: when it happened, as people write dates; today (or now) if absent.
        now: the present moment, if it is another than the clock's.

    Raises:
        Refused: the record does not allow the move.
        Unsound: the values do not satisfy the schema or the rules.
        WrongUsage: a value is missing.
        WrongEnvironment: the schema's conditions cannot be understood.
    """
    desk = _Desk(office, record, move, now or office.now())
    desk.check_state()
    values = desk.filled(given, day)
    lacking = missing(move, values)
    if lacking:
        titles = "、".join(title_of(desk.kind, move, name) for name in lacking)
        options = " ".join(f"--set {name}=…" for name in lacking)
        raise WrongUsage(f"“{move.title}”须写明{titles}", f"请补上 {options}，或在终端上运行")
    text = desk.text(values)
    if desk.is_sound(text):  # what requires speak of is of the right type, and they say it best
        desk.check_values(values)
    changed = create.check_edit(office, record, text)
    return Planned(record, move, values, changed)


def carry_out(office: Office, planned: Planned, *, commit: bool = True) -> create.Saved:
    """Write a planned move, and commit it where this user can sign.

    Raises:
        Refused: the record has uncommitted changes, which would be swept in, or git refused.
    """
    return create.save(
        office,
        planned.record,
        planned.changed.text,
        verb=planned.move.title,
        trailers={TRAILER: planned.move.name},
        alone=True,
        commit=commit,
    )


@dataclass
class _Desk:
    """A record with a move to be made."""

    office: Office
    record: Record
    move: Move
    now: datetime
    _known: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return self.office.kinds[self.record.kind]

    @cached_property
    def knowledge(self) -> Knowledge:
        today = self.now.astimezone(self.office.register.time_zone).date()
        return Knowledge(self.office.register, today)

    @cached_property
    def view(self) -> dict[str, Any]:
        """What expressions see. What takes a while to find out is there only if one asks."""
        offered = (self._schema_of(name).get(DEFAULT, "") for name in self.move.names)
        asked = " ".join((*self.move.expressions, *offered))
        found = {**self.knowledge.view(self.record), "_with": dict(self.move.given), "_new": {}}
        found["_by"] = _me(self.office) if "_by" in asked else None
        found["_workflow"] = self._workflow() if "_workflow" in asked else None
        return found

    def _workflow(self) -> str | None:
        try:
            found = workflows_for(self.office.register, self.record)
        except BadExpression as error:  # no schema is to blame, and no chain must be taken for none
            what = f"流程的条件无法用于 {self.record.id}：{error}"
            raise Refused(what, "请由登记管理员修改流程（workflow）中的条件") from error
        return found[0].id if found else None

    def check_state(self) -> None:
        """Refuse what does not fit, whatever is filled in."""
        mark = self._made()
        if mark is not None and not self.move.again:
            when = f"（{_day_cn(mark.day)}）" if mark.day else ""
            raise Refused(
                f"{self.record.id} 已经登记过“{self.move.title}”{when}，不能再次登记",
                f"登记有误的，请用 jzy {self.kind.name} edit {self.record.id} 更正",
            )
        self._check([each for each in self.move.requires if not each.sees_values], {})

    def _made(self) -> Mark | None:
        with _schema_blamed(self.kind):
            if not self.move.is_made(self.record.data):
                return None
            marks = [
                m for m in marks_of(self.kind, self.record.data) if m.move.name == self.move.name
            ]
        return marks[-1] if marks else Mark(self.move, "", {})

    def is_sound(self, text: str) -> bool:
        """Whether the record would satisfy its schema with a text."""
        data = read_record(self.kind, text).data
        return self.office.judge(self.kind.name).is_sound(data)

    def check_values(self, values: Mapping[str, Any]) -> None:
        """Refuse what the values given do not allow."""
        self._check([each for each in self.move.requires if each.sees_values], values)

    def _check(self, requirements: Iterable[Requirement], values: Mapping[str, Any]) -> None:
        with _schema_blamed(self.kind):
            seen = {**self.view, "_new": dict(values)}
            for each in requirements:
                if not holds(each.check, seen, self.knowledge.functions):
                    raise Refused(self._said(each.refuse, seen), self._said(each.advice, seen))

    def _said(self, words: str, seen: Mapping[str, Any]) -> str:
        """Words with expressions replaced by their values, ids by names."""

        def value(hole: re.Match[str]) -> str:
            found = evaluate(hole[1], seen, self.knowledge.functions)
            if hole[1].endswith("_id"):  # an id to be typed, not a name to be read
                return "、".join(found) if isinstance(found, list) else str(found)
            return value_text(self.office.register, None, self._readable(found)) or "（未填）"

        return _HOLE.sub(value, words)

    def _readable(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._readable(item) for item in value]
        if isinstance(value, str):
            return (
                self.office.register.name(value)
                if value in self.office.register
                else _day_cn(value)
            )
        return value

    def filled(self, given: Mapping[str, Any], day: str | None) -> dict[str, Any]:
        """The values of the move, with its day and what the schema offers for the rest."""
        values = {name: value for name, value in given.items() if value not in (None, "")}
        name = self.move.day
        if day is not None:
            if name is None:
                raise WrongUsage(f"“{self.move.title}”没有日期", "请去掉 --on")
            values[name] = day
        values |= self.defaults(values)
        if name is not None and name not in values:
            zone = self.office.register.time_zone
            today = self.now.astimezone(zone)
            values[name] = stamp(today, zone) if self.move.moment else today.date().isoformat()
        if name is not None and self.move.moment and ":" not in str(values[name]):
            values[name] = f"{values[name]} 00:00"
        place = self.move.place
        # In the order of the schema, as everything is written.
        order = list((self.kind.property_schema(place) or {}).get("properties", {}))
        values = dict(sorted(values.items(), key=lambda pair: order.index(pair[0])))
        whole = complete(self.office, self.kind, nested(_counted(place), values))
        done: dict[str, Any] = unnested(_counted(place), whole)
        return done

    def defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the schema offers for what may be given and was not, in order."""
        found: dict[str, Any] = {}
        for name in (*([self.move.day] if self.move.day else ()), *self.move.names):
            if name in given:
                continue
            schema = self._schema_of(name)
            seen = {**self.view, "_new": {**given, **found}}
            value = default_of(schema, seen, self.knowledge)
            if value is not None:
                found[name] = value
        return found

    def _schema_of(self, name: str) -> Mapping[str, Any]:
        return self.kind.property_schema((*self.move.place, name)) or {}

    def text(self, values: Mapping[str, Any]) -> str:
        """The record's text after the move."""
        text, place = self.record.text, self.move.into
        if self.move.listed:
            text = set_value(self.kind, text, (*place, self._count()), dict(values))
        else:
            for name, value in values.items():
                text = set_value(self.kind, text, (*place, name), value)
        with _schema_blamed(self.kind):
            seen = {**self.view, "_new": dict(values)}
            results = [
                (path, evaluate(said, seen, self.knowledge.functions))
                for path, said in self.move.sets.items()
            ]
        for path, value in results:
            if value is not None:
                text = set_value(self.kind, text, path_of(path), value)
        return text

    def _count(self) -> int:
        found = self.record.at(dotted_of(self.move.into))
        return len(found) if isinstance(found, list) else 0


class _schema_blamed:
    """Whatever expression fails in here, the kind's schema is to blame."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadExpression):
            name = self._kind.name
            raise WrongEnvironment(
                f"数据格式文件 {name}.schema.json 有误：x-jzy-moves：{error}",
                "请由管理员修正这个文件",
                where=f"schemas/{name}.schema.json",
            ) from error


def _me(office: Office) -> str | None:
    try:
        return office.me.id
    except JzyError:
        return None


def _counted(path: DataPath) -> DataPath:
    """A place in the schema as a place in data that has nothing else."""
    return tuple(0 if part == "*" else part for part in path)


def _day_cn(value: str) -> str:
    try:
        return (
            date_cn(date.fromisoformat(value[:10]))
            if re.match(r"\d{4}-\d\d-\d\d", value)
            else value
        )
    except ValueError:
        return value
