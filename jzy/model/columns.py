"""The columns of a ledger, as a schema names them in ``x-jzy-ledger`` (domain notes §5).

An entry is a dotted path, or an object that says more::

    "starts"
    {"path": "starts", "title": "日期"}
    {"path": "speakers", "show": ["employer", "position"], "title": "单位职务"}
    {"path": "due", "of": "measure.findings", "title": "时限"}

``show`` names the parts of an object, or of each of several, that make up the cell: whole numbers
are added up, anything else stands side by side. ``of`` takes the value from the records of another
kind that name this record in a property. ``_state``, ``_approved_on`` and ``_active`` are what jzy
knows of a record, as in conditions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind, Kinds

STATE, APPROVED_ON, ACTIVE = "_state", "_approved_on", "_active"
KNOWN: Mapping[str, str] = {STATE: "审批状态", APPROVED_ON: "批准日期", ACTIVE: "状态"}
"""What jzy knows of a record beside its properties, with the titles."""
_KEYS = frozenset({"path", "title", "show", "of"})


class Column(NamedTuple):
    """One column of a ledger."""

    path: str
    """Dotted, or one of :data:`KNOWN`."""
    title: str
    schema: Mapping[str, Any]
    """Of the value at the path; empty for what is :data:`KNOWN`."""
    show: tuple[str, ...] = ()
    """Parts of the value, dotted."""
    of: tuple[str, str] | None = None
    """The kind whose records hold the value, and the property in which they name this record."""


def columns_of(kinds: Kinds, kind: Kind) -> tuple[Column, ...]:
    """The columns of a kind's ledger: ``x-jzy-ledger``, else what a list shows, else the required.

    Raises:
        WrongEnvironment: a column comes from another kind that this repository lacks, or that has
            no such property.
    """
    named: Sequence[Any] = kind.schema.get("x-jzy-ledger") or kind.columns or kind.required
    return tuple(_column(kinds, kind, entry) for entry in named)


def why_broken(schema: Mapping[str, Any]) -> str:
    """What is wrong with the ``x-jzy-ledger`` of a schema, for people; empty if nothing.

    Whether another kind has what ``of`` asks for is not judged here, because that kind may be an
    office's own: :func:`columns_of` does.
    """
    if "x-jzy-ledger" not in schema:
        return ""
    entries = schema["x-jzy-ledger"]
    if not isinstance(entries, list) or not entries:
        return "x-jzy-ledger 应是台账各栏的列表，至少一栏"
    for number, entry in enumerate(entries, 1):
        why = _why_entry(schema, entry)
        if why:
            return f"x-jzy-ledger 第 {number} 栏：{why}"
    return ""


def schema_at(schema: Mapping[str, Any], dotted: str) -> Mapping[str, Any] | None:
    """The schema of what a dotted path leads to, through lists; ``None`` if it leads nowhere."""
    found: Any = schema
    for name in dotted.split("."):
        found = _of_items(found).get("properties", {}).get(name)
        if not isinstance(found, Mapping):
            return None
    return found  # type: ignore[no-any-return]


def _of_items(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while isinstance(schema.get("items"), Mapping):
        schema = schema["items"]
    return schema


def _why_entry(schema: Mapping[str, Any], entry: Any) -> str:
    if isinstance(entry, str):
        entry = {"path": entry}
    if not isinstance(entry, dict) or not set(entry) <= _KEYS:
        return "应是属性路径，或写明 path、title、show、of 的一组属性"
    path, show, of = entry.get("path"), entry.get("show", []), entry.get("of", "a.b")
    if not isinstance(path, str) or not isinstance(entry.get("title", ""), str):
        return "path 和 title 应是文字"
    if not isinstance(of, str) or not all(of.partition(".")[::2]):
        return "of 应写作“类别.属性”"
    if not isinstance(show, list) or not all(isinstance(part, str) for part in show):
        return "show 应是属性路径的列表"
    if path in KNOWN:
        return "这一栏不能带 show 或 of" if {"show", "of"} & set(entry) else ""
    if "of" in entry:
        return ""
    return _why_path(schema, path, show)


def _why_path(schema: Mapping[str, Any], path: str, show: Sequence[str]) -> str:
    found = schema_at(schema, path)
    if found is None:
        return f"没有“{path}”这一属性"
    missing = next((part for part in show if schema_at(found, part) is None), None)
    return f"“{path}”之下没有“{missing}”这一属性" if missing is not None else ""


def _column(kinds: Kinds, kind: Kind, entry: Any) -> Column:
    if isinstance(entry, str):
        entry = {"path": entry}
    path, show = entry["path"], tuple(entry.get("show", ()))
    if path in KNOWN:
        return Column(path, entry.get("title", KNOWN[path]), {})
    schema, of = kind.schema, None
    if "of" in entry:
        other, _, back = entry["of"].partition(".")
        of = (other, back)
        schema = kinds[other].schema if other in kinds else {}
        lost = f"{other} 没有“{back}”这一属性" if schema_at(schema, back) is None else ""
        why = lost or _why_path(schema, path, show)
        if why:
            raise WrongEnvironment(
                f"数据格式文件 {kind.name}.schema.json 有误：x-jzy-ledger：{why}",
                "请修正这个文件",
                where=f"schemas/{kind.name}.schema.json",
            )
    title = entry.get("title") or " · ".join(_titles(schema, path))
    return Column(path, title, schema_at(schema, path) or {}, show, of)


def _titles(schema: Mapping[str, Any], path: str) -> list[str]:
    parts = path.split(".")
    found = (schema_at(schema, ".".join(parts[:n])) or {} for n in range(1, len(parts) + 1))
    return [str(each.get("title", part)) for each, part in zip(found, parts, strict=True)]
