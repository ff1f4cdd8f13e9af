"""A record laid out in the rows of a form: labels beside values, lists as tables within the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jzy.model.attachments import ANNOTATION as ATTACHMENT
from jzy.model.columns import schema_at
from jzy.model.document import Cell
from jzy.model.formplan import (
    FOLLOW_UP,
    NOTICE,
    REST,
    SIGN_OFFS,
    Field,
    Form,
    Heading,
    Marked,
    main_form,
    rows_of,
)
from jzy.model.kinds import Kind
from jzy.model.record import value_at
from jzy.office.form_sheet import LABELS, UNITS, Sheet, label, room, runs, units_for
from jzy.office.form_values import Values, is_flat, members, title_of, width

_MOST_COLUMNS = 7
_HAND = 7
"""Millimetres of a line of handwriting."""
_PROSE = 5_000
"""Length from which a schema's texts stand below the grid."""


class Layout:
    """A record, or none, in the rows of a form.

    Args:
        kind: the kind of the record.
        form: which form.
        values: how values are shown.
        data: of the record; empty for a form to be filled in by hand.
        blank: whether it is one.
    """

    def __init__(
        self, kind: Kind, form: Form, values: Values, data: Mapping[str, Any], *, blank: bool
    ) -> None:
        self.kind, self.form, self.values, self.data, self.blank = kind, form, values, data, blank
        self.prose: list[tuple[str, str, bool]] = []
        """Title and text of what stands below the grid, and whether it is Markdown."""
        self._sheet = Sheet(least=_HAND if blank else 0)
        self._heading = ""
        self._followed = False

    def fill(self, sign_offs: Sequence[tuple[tuple[Cell, ...], int]]) -> Sheet:
        """Lay down every row.

        Args:
            sign_offs: the rows of the signatures, with their heights.
        """
        rows = list(rows_of(self.kind, self.form, None if self.blank else self.data))
        main = self.form is main_form(self.kind)
        if main and Marked(SIGN_OFFS) not in rows:
            rows.append(Marked(SIGN_OFFS))
        named = {each.path for row in rows if isinstance(row, tuple) for each in row}
        whole = main or Marked(REST) in rows
        rest = list(self._unnamed(self.kind.schema, self.data, "", named)) if whole else []
        for row in rows:
            if isinstance(row, Heading):
                self._heading = row.title
            elif isinstance(row, tuple):
                self._row(row)
            elif row.what == SIGN_OFFS:
                self._heading = ""
                self._rest([each for each in rest if not _follows(each)])
                rest = [each for each in rest if _follows(each)]
                for cells, height in sign_offs:
                    self._sheet.add(*cells, height=height)
            else:
                self._rest([each for each in rest if not _follows(each)])
                rest = [each for each in rest if _follows(each)]
        self._heading = ""
        self._rest(rest)
        return self._sheet

    # --- what no row names ----------------------------------------------------------------------

    def _unnamed(
        self, schema: Mapping[str, Any], data: Mapping[str, Any], path: str, named: set[str]
    ) -> Iterator[str]:
        """The paths of values that no row names."""
        for name, inner in members(schema, data):
            here = f"{path}.{name}" if path else name
            if name not in data or here in (SIGN_OFFS, NOTICE) or inner.get("x-jzy-machine"):
                continue
            deeper = here == FOLLOW_UP or any(each.startswith(here + ".") for each in named)
            if here not in named and deeper and isinstance(data[name], Mapping):
                yield from self._unnamed(inner, data[name], here, named)
            elif here not in named:
                yield here

    def _rest(self, paths: list[str]) -> None:
        """The values at some paths, short ones two in a row, what follows approval under a title."""
        waiting: list[Field] = []
        for path in paths:
            if _follows(path) and not self._followed and FOLLOW_UP in self.kind.properties:
                self._heading = title_of(self.kind.properties[FOLLOW_UP], FOLLOW_UP)
                self._followed = True
            found = self._lines(Field(path), LABELS[2] * 2)
            if found and len(found) == 1 and width(found[0]) <= room(8) and not self._ruled(path):
                waiting.append(Field(path))
            elif waiting:
                self._row(tuple(waiting))
                waiting = []
                self._row((Field(path),))
            else:
                self._row((Field(path),))
            if len(waiting) == 2:
                self._row(tuple(waiting))
                waiting = []
        if waiting:
            self._row(tuple(waiting))

    # --- rows -----------------------------------------------------------------------------------

    def _row(self, fields: tuple[Field, ...]) -> None:
        kept = [each for each in fields if not each.optional or self.blank or self._has(each)]
        kept = [each for each in kept if each.way != "none"]
        if not kept:
            return
        if self._heading:
            self._sheet.add(label(self._heading, UNITS))
            self._heading = ""
        if len(kept) == 1 and self._whole(kept[0]):
            return
        part = UNITS // len(kept)
        head = LABELS[len(kept)]
        cells: list[Cell] = []
        for each in kept:
            lines = self._lines(each, part - head)
            cells += (
                label(self._title(each), head),
                Cell(tuple(map(runs, lines)), across=part - head),
            )
        self._sheet.add(*cells, height=max(each.height for each in kept))

    def _whole(self, each: Field) -> bool:
        """Lay down a value that takes more than a cell; false where a cell does."""
        schema, value = self._schema(each), value_at(self.data, each.path)
        if each.way in ("prose", "markdown") or (
            not each.way and schema.get("maxLength", 0) > _PROSE
        ):
            if value is None:
                return False
            self.prose.append((self._title(each), str(value), each.way == "markdown"))
            return True
        listed = isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
        wanted = self.blank and _is_table(schema)
        if each.way != "text" and (listed or wanted or each.lines):
            rows = self._table(each, schema, value if isinstance(value, list) else [])
            if rows:
                self._sheet.beside(self._title(each), rows, each.height)
                return True
        if isinstance(value, Mapping) and each.way != "text" and not is_flat(schema, value):
            self._sheet.beside(self._title(each), list(self._group(schema, value)), each.height)
            return True
        return False

    def _group(
        self, schema: Mapping[str, Any], value: Mapping[str, Any]
    ) -> Iterator[tuple[Cell, ...]]:
        """The parts of an object, a row each."""
        for name, inner in members(schema, value):
            if name in value:
                wide = UNITS - 2 * LABELS[1]
                lines = self.values.lines(inner, value[name], room(wide))
                yield (
                    label(title_of(inner, name), LABELS[1]),
                    Cell(tuple(map(runs, lines)), across=wide),
                )

    # --- tables ---------------------------------------------------------------------------------

    def _table(
        self, each: Field, schema: Mapping[str, Any], items: Sequence[Any]
    ) -> list[tuple[Cell, ...]]:
        """A list of objects: titles, a row for each, empty rows, and what has no column."""
        inner: Mapping[str, Any] = schema.get("items") or {}
        named = [path for path in each.show if schema_at(inner, path) is not None]
        shown = named or _columns_of(inner, items)
        if not shown or len(shown) > _MOST_COLUMNS:
            return []
        texts = [[self._part(inner, item, path) for path in shown] for item in items]
        titles = [title_of(schema_at(inner, path) or {}, path) for path in shown]
        wide = _shared(titles, texts, UNITS - LABELS[1])
        head = tuple(label(title, units) for title, units in zip(titles, wide, strict=True))
        rows = [head]
        rows += [
            tuple(_inside(text, units) for text, units in zip(row, wide, strict=True))
            for row in texts
        ]
        least = each.lines or (3 if self.blank else 0)
        rows += [tuple(Cell(across=units) for units in wide)] * max(least - len(texts), 0)
        more = [line for item in items for line in self._left_over(inner, item, shown)]
        if more:
            rows.append((Cell(tuple(map(runs, more)), across=UNITS - LABELS[1]),))
        return rows

    def _part(self, schema: Mapping[str, Any], item: Any, path: str) -> str:
        around, _, name = path.rpartition(".")
        value = value_at(item, path) if isinstance(item, Mapping) else None
        inner = schema_at(schema, around) if around else schema
        return self.values.leaf(inner or {}, name, value).replace("\n", " ")

    def _left_over(
        self, schema: Mapping[str, Any], item: Any, shown: Sequence[str]
    ) -> Iterator[str]:
        """What an item holds that has no column, in a line."""
        if not isinstance(item, Mapping):
            return
        parts = list(self._others(schema, item, "", shown))
        if parts:
            yield f"{self._part(schema, item, shown[0])}：{'；'.join(parts)}"

    def _others(
        self, schema: Mapping[str, Any], item: Mapping[str, Any], path: str, shown: Sequence[str]
    ) -> Iterator[str]:
        for name, inner in members(schema, item):
            here = f"{path}.{name}" if path else name
            if name not in item or here in shown:
                continue
            if any(each.startswith(here + ".") for each in shown):
                yield from self._others(inner, item[name], here, shown)
            else:
                yield f"{title_of(inner, name)}（{self.values.text(inner, item[name])}）"

    # --- fields ---------------------------------------------------------------------------------

    def _schema(self, each: Field) -> Mapping[str, Any]:
        return schema_at(self.kind.schema, each.path) or {}

    def _ruled(self, path: str) -> bool:
        schema = schema_at(self.kind.schema, path) or {}
        return schema.get("type") in ("array", "object") and schema.get(ATTACHMENT) is not True

    def _has(self, each: Field) -> bool:
        return value_at(self.data, each.path) not in (None, [], {})

    def _title(self, each: Field) -> str:
        return each.title or title_of(self._schema(each), each.path.rpartition(".")[2])

    def _lines(self, each: Field, units: int) -> list[str]:
        schema, value = self._schema(each), value_at(self.data, each.path)
        return self.values.lines(schema, value, room(units))


def _follows(path: str) -> bool:
    return path.partition(".")[0] == FOLLOW_UP


def _is_table(schema: Mapping[str, Any]) -> bool:
    inner = schema.get("items")
    return (
        isinstance(inner, Mapping) and "properties" in inner and inner.get(ATTACHMENT) is not True
    )


def _columns_of(schema: Mapping[str, Any], items: Sequence[Any]) -> list[str]:
    """The columns of a table that names none: what any item holds, or all where there is none."""
    names = [name for name, _ in members(schema, {})]
    held = {name for item in items if isinstance(item, Mapping) for name in item}
    return [name for name in names if name in held] if held else names


def _shared(titles: Sequence[str], texts: Sequence[Sequence[str]], units: int) -> list[int]:
    """The units of each column: what its longest text takes, and where there is not enough for
    all, the widest give way first."""
    columns = list(zip(titles, *texts, strict=True))
    wide = [max(2, min(units_for(max(map(width, column))), units // 2)) for column in columns]
    while sum(wide) > units:
        wide[wide.index(max(wide))] -= 1
    while sum(wide) < units:
        wide[wide.index(min(wide))] += 1
    return wide


def _inside(text: str, units: int) -> Cell:
    short = width(text) <= room(units)
    return Cell((runs(text),) if text else (), across=units, align="center" if short else "left")
