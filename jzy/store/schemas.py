"""Schema files to kinds: found, read, references inlined, overlays laid on, checked."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kind, Kinds
from jzy.store import overlay
from jzy.store.files import NotReadable, decode, read_bytes
from jzy.store.places import shipped

SUFFIX = ".schema.json"
_MAX_DEPTH = 30
_MAX_NODES = 50_000
_COMMON = "common" + SUFFIX
_SHELF = ("definitions", "$defs")


def load_kinds(folders: Sequence[Path]) -> Kinds:
    """All kinds that the schema files and overlays of some folders describe.

    What ships with jzy is believed, because its tests check it, and its references are followed
    only where somebody looks; whatever an office wrote itself is checked before anything is
    judged by it.

    Args:
        folders: looked through in order; of two files of one name the first counts.

    Raises:
        WrongEnvironment: a schema file or an overlay is broken; it says which and why. A schema
            decides what is valid, so nothing is judged with a broken one.
    """
    files, overlays = _found(folders)
    raw = {name: _read(path) for name, path in files.items()}
    own = _own(files, overlays, raw)
    kinds = {}
    for name, schema in raw.items():
        if "x-jzy-kind" not in schema:
            continue
        kind = str(schema["x-jzy-kind"])
        if name != kind + SUFFIX:
            raise _broken(files[name], f"x-jzy-kind 应与文件名一致（{name.removesuffix(SUFFIX)}）")
        if name not in own:
            kinds[kind] = Kind(kind, _Shipped(schema, name, raw), str(files[name]))
            continue
        try:
            whole: Any = inline(schema, name, raw)
        except (KeyError, TypeError, IndexError, RecursionError) as error:
            raise _broken(files[name], f"$ref 无法解析：{error}") from error
        _check_shape(whole, files[name])
        _add_sign_offs(whole["properties"], raw)
        over = overlays.pop(kind + overlay.SUFFIX, None)
        if over is not None:
            whole = _overlaid(whole, over, raw)
        kinds[kind] = Kind(kind, whole, str(files[name]), overlay=str(over or ""))
    for path in overlays.values():
        raise _broken(path, f"没有 {path.name.removesuffix(overlay.SUFFIX)} 这一类记录")
    if own:
        _check_distinct(kinds, files)
    return Kinds(kinds)


def schema_files(folders: Sequence[Path]) -> list[Path]:
    """The schema files and overlays that count; of two of one name that of the first folder.

    Together they are what a set of schemas is known by.
    """
    files, overlays = _found(folders)
    return [*files.values(), *overlays.values()]


def _found(folders: Sequence[Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """The schema files and the overlays that count, by name in its order."""
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        try:
            names = os.listdir(folder)  # noqa: PTH208 - making paths of them all takes longer
        except OSError:
            continue
        found |= {name: folder / name for name in names if name.endswith((SUFFIX, overlay.SUFFIX))}
    listed = sorted(found.items())
    return (
        {name: path for name, path in listed if name.endswith(SUFFIX)},
        {name: path for name, path in listed if name.endswith(overlay.SUFFIX)},
    )


def _own(
    files: Mapping[str, Path], overlays: Mapping[str, Path], raw: Mapping[str, Any]
) -> set[str]:
    """The names of the schema files whose kinds an office has had a hand in."""
    home = shipped("schemas")
    own = {name for name, path in files.items() if path.parent != home}
    if any("x-jzy-kind" not in raw[name] for name in own):
        return set(files)  # a shelf that others refer to
    return own | {name.removesuffix(overlay.SUFFIX) + SUFFIX for name in overlays}


class _Shipped(Mapping[str, Any]):
    """A schema that ships with jzy, each part with its references followed once it is looked at."""

    def __init__(self, schema: Mapping[str, Any], name: str, files: Mapping[str, Any]) -> None:
        self._raw = {key: value for key, value in schema.items() if key not in _SHELF}
        self._name, self._files = name, files
        self._done: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._done:
            found = self._raw[key]
            if isinstance(found, dict | list) and key != "examples":
                found = _inline(found, self._name, self._files, 1, iter(range(_MAX_NODES)))
            if key == "properties":
                _add_sign_offs(found, self._files)
            self._done[key] = found
        return self._done[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


def _overlaid(schema: dict[str, Any], path: Path, files: Mapping[str, Any]) -> dict[str, Any]:
    patch = _read(path)
    try:
        whole = inline(patch, path.name, {**files, path.name: patch})
        found = overlay.laid_over(schema, whole)
    except overlay.BadOverlay as error:
        raise _broken(path, str(error)) from error
    except (KeyError, TypeError, IndexError, RecursionError) as error:
        raise _broken(path, f"$ref 无法解析：{error}") from error
    _check_shape(found, path)
    return found


def inline(schema: Any, name: str, files: Mapping[str, Any]) -> Any:
    """A schema with each ``$ref`` replaced by what it names; properties beside it override.

    Raises:
        KeyError: the reference leads nowhere.
        RecursionError: references go round in a circle, or multiply without end.
    """
    return _inline(schema, name, files, 0, iter(range(_MAX_NODES)))


def _inline(
    schema: Any, name: str, files: Mapping[str, Any], depth: int, budget: Iterator[int]
) -> Any:
    if depth > _MAX_DEPTH or next(budget, None) is None:
        raise RecursionError("引用成环、过深或过多")
    if isinstance(schema, list):
        return [_inline(item, name, files, depth + 1, budget) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # `definitions` at the top is a shelf; inside `properties` it would be a property's name.
    shelf = _SHELF if depth == 0 else ()
    here = {
        key: value if key == "examples" else _inline(value, name, files, depth + 1, budget)
        for key, value in schema.items()
        if key not in ("$ref", *shelf)
    }
    if "$ref" not in schema:
        return here
    file, _, pointer = str(schema["$ref"]).partition("#")
    target = file or name
    found: Any = files[target]
    for part in pointer.strip("/").split("/"):
        found = found[part]
    return {**_inline(found, target, files, depth + 1, budget), **here}


def _check_shape(schema: Any, path: Path) -> None:
    """Refuse what the rest of jzy could not read, so that it need not ask again."""
    if (
        not isinstance(schema, dict)
        or schema.get("type") != "object"
        or not isinstance(schema.get("properties"), dict)
    ):
        raise _broken(path, "顶层应是 type: object 并列出 properties")
    for name in (
        "x-jzy-prefix", "x-jzy-folder", "x-jzy-date", "x-jzy-name", "x-jzy-unit", "x-jzy-owner",
        "title",
    ):  # fmt: skip
        if not isinstance(schema.get(name, ""), str):
            raise _broken(path, f"{name} 应是文字")
    for name in ("x-jzy-carried-out",):
        if not isinstance(schema.get(name, {}), dict):
            raise _broken(path, f"{name} 应是一组属性")
    shown = schema.get("x-jzy-columns", [])
    if not isinstance(shown, list) or not all(isinstance(item, str) for item in shown):
        raise _broken(path, "x-jzy-columns 应是属性路径的列表")
    _check_parts(schema, path)
    # Their grammars are loaded only where an office has a schema of its own.
    from jzy.model import checks, columns, force, formplan, moves  # noqa: PLC0415

    judges = (columns, checks, force, moves, formplan)
    why = next(filter(None, (each.why_broken(schema) for each in judges)), "")
    if why:
        raise _broken(path, why)


def _check_parts(schema: Any, path: Path) -> None:
    if not isinstance(schema, dict):
        raise _broken(path, "每个属性的格式应是一个 JSON 对象")
    properties, required = schema.get("properties", {}), schema.get("required", [])
    references = schema.get("x-jzy-ref", "")
    listed = references if isinstance(references, list) else [references]
    if not isinstance(properties, dict):
        raise _broken(path, "properties 应是一个 JSON 对象")
    if not isinstance(required, list) or not all(isinstance(item, str) for item in required):
        raise _broken(path, "required 应是属性名的列表")
    if not all(isinstance(item, str) for item in listed):
        raise _broken(path, "x-jzy-ref 应是类别的名称，或名称的列表")
    titles = schema.get("x-jzy-titles", {})
    if not isinstance(titles, dict) or not all(isinstance(item, str) for item in titles.values()):
        raise _broken(path, "x-jzy-titles 应给出每个取值的名称")
    if not isinstance(schema.get("examples", []), list):
        raise _broken(path, "examples 应是列表")
    if not isinstance(schema.get("x-jzy-default", ""), str):
        raise _broken(path, "x-jzy-default 应是表达式")
    for child in properties.values():
        _check_parts(child, path)
    if "items" in schema:
        _check_parts(schema["items"], path)


def _add_sign_offs(properties: dict[str, Any], files: Mapping[str, Any]) -> None:
    """Any kind can be signed off: whether it is, a workflow says, not its schema."""
    common = files.get(_COMMON, {}).get("definitions", {})
    last = properties.pop("sign_offs", None)
    if last is None and "sign_offs" in common:
        last = inline(common["sign_offs"], _COMMON, files)
    if last is not None:
        properties["sign_offs"] = last


def _check_distinct(kinds: Mapping[str, Kind], files: Mapping[str, Path]) -> None:
    for attribute in ("prefix", "folder"):
        seen: dict[str, str] = {}
        for kind in kinds.values():
            value = str(getattr(kind, attribute))
            if value and value in seen:
                other = f"{seen[value]} 与 {kind.name} 的 x-jzy-{attribute} 都是“{value}”"
                raise _broken(files[kind.name + SUFFIX], other)
            # An id is taken apart at its first dash, so a prefix has none.
            plain = value.replace("_", "") if attribute == "prefix" else re.sub("[-_]", "", value)
            if value and not (plain.isascii() and plain.isalnum()):
                raise _broken(files[kind.name + SUFFIX], f"x-jzy-{attribute} 不合要求：{value}")
            seen[value] = kind.name


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(decode(read_bytes(path)))
    except NotReadable as error:
        raise _broken(path, error.problem.message) from error
    except (json.JSONDecodeError, RecursionError) as error:
        line = f"第 {error.lineno} 行" if isinstance(error, json.JSONDecodeError) else ""
        raise _broken(path, f"不是可读的 JSON {line}") from error
    if not isinstance(found, dict):
        raise _broken(path, "应是一个 JSON 对象")
    return found


def _broken(path: Path, why: str) -> WrongEnvironment:
    return WrongEnvironment(
        f"数据格式文件 {path.name} 有误：{why}", "请修正这个文件", where=f"schemas/{path.name}"
    )
