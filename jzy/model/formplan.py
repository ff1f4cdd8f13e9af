"""The printed forms of a kind, as a schema names them in ``x-jzy-form``; docs/forms.md is the reference.

::

    "x-jzy-form": {
      "main": {
        "title": "讲座论坛管理表",
        "rows": [
          "title",
          ["host", "starts"],
          {"path": "abstract", "height": 20},
          {"path": "speakers", "show": ["name", "employer"], "lines": 2},
          "sign_offs",
          {"heading": "举办情况"},
          ["follow_up.outcome.held_on", "follow_up.outcome.actual_headcount"]
        ]
      },
      "pledge": {"title": "承诺书", "template": "pledge.md.j2", "each": "speakers"}
    }

The first form is the main one. A kind that names none has one all the same, which shows every
property in the order of the schema. The main form leaves nothing out: what a record holds and no row
names is added where ``"..."`` stands, or before the sign-offs, and so are the sign-offs. Other forms
show what they name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jzy.model.columns import schema_at
from jzy.model.kinds import Kind

ANNOTATION = "x-jzy-form"
TEMPLATE = "form.md.j2"
"""The template of a form that names none."""
SIGN_OFFS, REST = "sign_offs", "..."
"""The rows that stand for the blocks of signatures, and for what no other row names."""
FOLLOW_UP = "follow_up"
NOTICE = "synthetic"
"""The property that says that a record is a sample; forms say so in a notice."""
WAYS = ("text", "table", "prose", "markdown", "none")
"""How a value may be shown, where its schema shall not decide."""
_NAME = re.compile("[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FORM_KEYS = frozenset(
    {"title", "help", "template", "rows", "each", "only", "retention", "note", "sign"}
)
_FIELD_KEYS = frozenset({"path", "title", "show", "as", "height", "lines", "optional"})
_SIGN_KEYS = frozenset({"count", "columns", "lines", "most", "height"})
_SIDE_BY_SIDE = 4
_TALLEST = 200
MOST_LINES = 300


@dataclass(frozen=True, slots=True)
class Field:
    """A property in a form."""

    path: str
    """Dotted."""
    title: str = ""
    """Empty for the schema's own."""
    show: tuple[str, ...] = ()
    """Of a list of objects: the columns, dotted; all of them if empty."""
    way: str = ""
    """One of :data:`WAYS`; empty where the schema decides."""
    height: int = 0
    """At least, in millimetres."""
    lines: int = 0
    """Rows that a table has at least, empty ones to be filled in by hand included."""
    optional: bool = False
    """Whether it is left out where the record has no value."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title across the form, left out where nothing follows it."""

    title: str


@dataclass(frozen=True, slots=True)
class Marked:
    """:data:`SIGN_OFFS` or :data:`REST`."""

    what: str


Row = tuple[Field, ...] | Heading | Marked


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sheet on which those who come sign."""

    count: tuple[str, ...] = ()
    """Dotted paths of numbers that are added up: for so many there are lines."""
    columns: tuple[str, ...] = ("姓名", "部门", "签名")
    lines: int = 30
    """Lines where the record gives no number."""
    most: int = MOST_LINES
    height: int = 9
    """Of a line, in millimetres."""


@dataclass(frozen=True, slots=True)
class Form:
    """One printed form of a kind."""

    name: str
    title: str
    help: str = ""
    template: str = TEMPLATE
    rows: tuple[Row, ...] | None = None
    """``None`` where the schema's properties give them."""
    each: str = ""
    """A list of objects: the form is one page for each of them."""
    only: str = ""
    """A condition over an item of ``each``."""
    retention: str = ""
    """How long the paper is kept, as printed."""
    note: str = ""
    """A remark below the form."""
    sign: SignIn = field(default_factory=SignIn)


def forms_of(kind: Kind) -> Mapping[str, Form]:
    """The forms of a kind by name, the main one first; read once."""
    known: dict[str, Form] | None = kind.__dict__.get("forms")
    if known is None:
        said = {name: each for name, each in kind.schema.get(ANNOTATION, {}).items() if each}
        known = {
            name: _form(name, each)
            for name, each in said.items()
            if not each.get("each") or schema_at(kind.schema, each["each"]) is not None
        }
        if not known:
            title = kind.title if kind.title.endswith("表") else f"{kind.title}登记表"
            known = {"main": Form("main", title)}
        kind.__dict__["forms"] = known
    return known


def main_form(kind: Kind) -> Form:
    """The form that is meant where no name is given."""
    return next(iter(forms_of(kind).values()))


def _form(name: str, said: Mapping[str, Any]) -> Form:
    rows = said.get("rows")
    sign = said.get("sign", {})
    usual = SignIn()
    return Form(
        name,
        said["title"],
        said.get("help", ""),
        said.get("template", TEMPLATE),
        None if rows is None else tuple(map(_row, rows)),
        said.get("each", ""),
        said.get("only", ""),
        said.get("retention", ""),
        said.get("note", ""),
        SignIn(
            tuple(sign.get("count", ())),
            tuple(sign.get("columns", usual.columns)),
            sign.get("lines", usual.lines),
            sign.get("most", usual.most),
            sign.get("height", usual.height),
        ),
    )


def _row(said: Any) -> Row:
    if said in (SIGN_OFFS, REST):
        return Marked(said)
    if isinstance(said, Mapping) and "heading" in said:
        return Heading(said["heading"])
    return tuple(map(_field, said if isinstance(said, list) else [said]))


def _field(said: Any) -> Field:
    if isinstance(said, str):
        return Field(said)
    return Field(
        said["path"],
        said.get("title", ""),
        tuple(said.get("show", ())),
        said.get("as", ""),
        said.get("height", 0),
        said.get("lines", 0),
        said.get("optional", False),
    )


# --- what is wrong with a schema ------------------------------------------------------------------


def why_broken(schema: Mapping[str, Any]) -> str:
    """What is wrong with the ``x-jzy-form`` of a schema, for people; empty if nothing.

    A property that is not there is no fault: an office that takes one out of a kind need not lay out
    its forms anew. See :func:`gone_from`.
    """
    named = schema.get(ANNOTATION, {})
    if not isinstance(named, dict):
        return f"{ANNOTATION} 应以名称列出各种表单"
    for name, said in named.items():
        if not _NAME.fullmatch(name):
            return f"{ANNOTATION} 的名称“{name}”不能用：应是小写英文"
        why = next(_faults(schema, said), "")
        if why:
            return f"{ANNOTATION} 的 {name}：{why}"
    return ""


def _faults(schema: Mapping[str, Any], said: Any) -> Iterator[str]:
    if not isinstance(said, dict):
        yield "应是一组属性"
        return
    yield from _unknown(said, _FORM_KEYS)
    if not str(said.get("title", "")).strip():
        yield "缺少 title，应是文字"
    for name in ("title", "help", "template", "each", "only", "retention", "note"):
        if not isinstance(said.get(name, ""), str):
            yield f"{name} 应是文字"
            return
    if said.get("each") and "items" not in (schema_at(schema, said["each"]) or {"items": 1}):
        yield f"each：“{said['each']}”应是列表"
    rows = said.get("rows", [])
    if not isinstance(rows, list):
        yield "rows 应是列表"
        return
    for row in rows:
        yield from _faulty_row(row)
    yield from _faulty_sign(said.get("sign", {}))


def _unknown(said: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    unknown = sorted(set(said) - known)
    if unknown:
        yield f"没有“{unknown[0]}”这一项"


def _faulty_row(row: Any) -> Iterator[str]:
    if row in (SIGN_OFFS, REST):
        return
    if isinstance(row, dict) and "heading" in row:
        if set(row) != {"heading"} or not isinstance(row["heading"], str):
            yield '标题行应写作 {"heading": "…"}'
        return
    fields = row if isinstance(row, list) else [row]
    if not 1 <= len(fields) <= _SIDE_BY_SIDE:
        yield f"一行应有一到 {_SIDE_BY_SIDE} 项"
    for each in fields:
        yield from _faulty_field({"path": each} if isinstance(each, str) else each)


def _faulty_field(said: Any) -> Iterator[str]:
    if not isinstance(said, dict) or not isinstance(said.get("path"), str):
        yield "rows 的每一项应写明属性的路径（path）"
        return
    yield from _unknown(said, _FIELD_KEYS)
    if not isinstance(said.get("title", ""), str):
        yield "title 应是文字"
    if said.get("as", WAYS[0]) not in WAYS:
        yield f"as 应是 {'、'.join(WAYS)} 之一"
    for name, most in (("height", _TALLEST), ("lines", MOST_LINES)):
        if not _is_count(said.get(name, 0), most):
            yield f"{name} 应是不超过 {most} 的整数"
    if not isinstance(said.get("optional", False), bool):
        yield "optional 应是 true 或 false"
    shown = said.get("show", [])
    if not isinstance(shown, list) or not all(isinstance(each, str) for each in shown):
        yield "show 应是属性路径的列表"


def _faulty_sign(said: Any) -> Iterator[str]:
    if not isinstance(said, dict):
        yield "sign 应是一组属性"
        return
    yield from _unknown(said, _SIGN_KEYS)
    for name in ("count", "columns"):
        listed = said.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            yield f"sign 的 {name} 应是文字的列表"
            return
    if not 1 <= len(said.get("columns", ["姓名"])) <= _SIDE_BY_SIDE:
        yield f"sign 的 columns 应有一到 {_SIDE_BY_SIDE} 列"
    for name, most in (("lines", MOST_LINES), ("most", MOST_LINES), ("height", _TALLEST)):
        if not _is_count(said.get(name, 1), most) or not said.get(name, 1):
            yield f"sign 的 {name} 应是不超过 {most} 的正整数"


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


# --- a form out of nothing ------------------------------------------------------------------------


def rows_of(kind: Kind, form: Form, data: Mapping[str, Any] | None) -> Sequence[Row]:
    """The rows of a form.

    Where it names none: every property in the order of the schema, short ones side by side, then
    the signatures; what is neither there nor looked for is left out.

    Args:
        kind: the kind.
        form: one of its forms.
        data: of the record; ``None`` for a form to be filled in by hand, which has every property.
    """
    if form.rows is not None:
        return [row for row in (_there(kind, each) for each in form.rows) if row]
    found: list[Row] = []
    pending: list[Field] = []
    for name, schema in kind.properties.items():
        wanted = data is None or name in data or name in kind.required or name in kind.columns
        if name in (SIGN_OFFS, FOLLOW_UP, NOTICE) or schema.get("x-jzy-machine") or not wanted:
            continue
        if is_short(schema):
            pending.append(Field(name))
        if pending and (len(pending) == 2 or not is_short(schema)):
            found.append(tuple(pending))
            pending = []
        if not is_short(schema):
            found.append((Field(name),))
    if pending:
        found.append(tuple(pending))
    return (*found, Marked(SIGN_OFFS))


def _there(kind: Kind, row: Row) -> Row:
    """A row without what the kind does not have."""
    if not isinstance(row, tuple):
        return row
    return tuple(each for each in row if schema_at(kind.schema, each.path) is not None)


def gone_from(kind: Kind, form: Form) -> list[str]:
    """The paths that a form names and its kind does not have; they are left out of the paper."""
    found = list(form.sign.count)
    for row in form.rows or ():
        for each in row if isinstance(row, tuple) else ():
            found += [each.path, *(f"{each.path}.{shown}" for shown in each.show)]
    return [path for path in dict.fromkeys(found) if schema_at(kind.schema, path) is None]


def is_short(schema: Mapping[str, Any]) -> bool:
    """Whether values of a schema fit half a line, as far as it says."""
    if schema.get("type") in ("object", "array"):
        return False
    few = sum(len(str(each)) + 2 for each in schema.get("enum", ())) <= 24
    reference = bool(schema.get("x-jzy-ref") or schema.get("format") or schema.get("x-jzy-post"))
    return few and (reference or schema.get("maxLength", 0) <= 60)
