"""A record laid out as a grid: labels beside values, lists as tables within the form.

The form is divided into 24 equal units across; what no cell ends at is taken out again, so that the
paper has only the columns that it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from jzy.model.attachments import ANNOTATION as ATTACHMENT
from jzy.model.columns import schema_at
from jzy.model.document import Cell, Grid, Runs, Text
from jzy.model.formplan import FOLLOW_UP, NOTICE, SIGN_OFFS, Field, Form, Heading, Marked, rows_of
from jzy.model.kinds import Kind
from jzy.model.record import value_at
from jzy.office.form_values import Values, is_flat, members, title_of, width

UNITS = 24
LABELS = {1: 4, 2: 4, 3: 4, 4: 3}
"""Units of a label, by how many fields stand in the row."""
_WIDTH = 165.0
"""Of the form, in millimetres."""
_CHARACTER, _PADDING = 4.24, 2.9
"""Width of a character of 小四, and what a cell keeps free, in millimetres."""
_MOST_COLUMNS = 7
_BESIDE = 15
"""Rows of a table up to which its label stands beside it; a longer one has it above, because it
goes on over pages."""
_NOT_BEFORE = "，。、；：）》”人"
_BREAKS = re.compile(
    "(?=（|负责人|(?:分管|主要)领导|意见|单位|日期|时间|情况|阅知|部门意见)|(?<=部门)"
)


def room(units: int) -> float:
    """How many Chinese characters a line of a cell holds."""
    return (_WIDTH * units / UNITS - _PADDING) / _CHARACTER


def runs(text: str) -> Runs:
    """A text as the inline runs of a line."""
    return (Text(text),)


def label(title: str, units: int, down: int = 1, across: int | None = None) -> Cell:
    """A label, broken by meaning where it does not fit one line."""
    lines = tuple(runs(line) for line in broken(title, int(room(units))))
    return Cell(lines, across=across or units, down=down, align="center", label=True)


def broken(title: str, most: int) -> list[str]:
    """A label in lines of at most so many characters, parted between its words where it can be."""
    if width(title) <= most:
        return [title]
    places = {hit.start() for hit in _BREAKS.finditer(title)}
    # The cheapest way to each place: a line costs 2, one that parts a word 3 more.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(title) + 1):
        ways = [(999.0, end - 1)]
        for start in range(end):
            if width(title[start:end]) <= most:
                torn = 3 if end < len(title) and end not in places else 0
                torn += 9 if end < len(title) and title[end] in _NOT_BEFORE else 0
                uneven = (most - width(title[start:end])) ** 2 / 100
                ways.append((best[start][0] + 2 + torn + uneven, start))
        best.append(min(ways))
    lines: list[str] = []
    end = len(title)
    while end > 0:
        lines.append(title[best[end][1] : end])
        end = best[end][1]
    return lines[::-1]


@dataclass(slots=True)
class Sheet:
    """The rows of a grid as they are laid down."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)

    def add(self, *cells: Cell, height: int = 0) -> None:
        """One more row; cells count in units."""
        self.rows.append(cells)
        self.heights.append(height)

    def beside(self, title: str, rows: list[tuple[Cell, ...]], height: int = 0) -> None:
        """Rows with one label at their left, or above them where they are many."""
        if len(rows) > _BESIDE:
            self.add(label(title, UNITS))
            for row in rows:
                self.add(*_stretched(row))
            return
        for number, row in enumerate(rows):
            head = (label(title, LABELS[1], len(rows)),) if number == 0 else ()
            self.add(*head, *row, height=-(-height // len(rows)))

    def grid(self, head: int = 0) -> Grid | None:
        """The grid with only the columns that it needs; ``None`` where there are no rows."""
        if not self.rows:
            return None
        whole = Grid((1,) * UNITS, tuple(self.rows), tuple(self.heights), head)
        places = whole.places()
        ends = sorted({place.column + place.cell.across for row in places for place in row})
        widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        rows = tuple(
            tuple(
                replace(place.cell, across=_columns(ends, place.column, place.cell.across))
                for place in row
                if place.first
            )
            for row in places
        )
        return Grid(tuple(widths), rows, tuple(self.heights), head)


def _columns(ends: Sequence[int], start: int, across: int) -> int:
    return sum(1 for end in ends if start < end <= start + across)


def _stretched(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """A row of what stands beside a label, over the whole width."""
    last = row[-1]
    return (*row[:-1], replace(last, across=last.across + LABELS[1]))


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
        self._sheet = Sheet()
        self._heading = ""

    def fill(self, sign_offs: Sequence[tuple[tuple[Cell, ...], int]]) -> Sheet:
        """Lay down every row.

        Args:
            sign_offs: the rows of the signatures, with their heights.
        """
        rows = list(rows_of(self.kind, self.form, None if self.blank else self.data))
        if Marked(SIGN_OFFS) not in rows:
            rows.append(Marked(SIGN_OFFS))
        named = {each.path for row in rows if isinstance(row, tuple) for each in row}
        rest = list(self._unnamed(self.kind.schema, self.data, "", named))
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
            if _follows(path) and not self._heading and FOLLOW_UP in self.kind.properties:
                self._heading = title_of(self.kind.properties[FOLLOW_UP], FOLLOW_UP)
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
            not each.way and schema.get("maxLength", 0) > 5_000
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
        shown = list(each.show) or _columns_of(inner, items)
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
    """The units of each column, by what it has to hold; each has at least two."""
    columns = list(zip(titles, *texts, strict=True))
    wanted = [min(max(map(width, column)), 14.0) + 1 for column in columns]
    least = min(2, units // len(titles))
    free = units - least * len(titles)
    bounds = [round(free * part / sum(wanted)) for part in accumulate(wanted)]
    return [least + end - start for start, end in zip([0, *bounds], bounds, strict=False)]


def _inside(text: str, units: int) -> Cell:
    short = width(text) <= room(units)
    return Cell((runs(text),) if text else (), across=units, align="center" if short else "left")
