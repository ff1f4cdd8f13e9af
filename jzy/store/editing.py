"""Changing a record's text without touching a byte that is not meant.

The text is read with positions and spliced there, so comments, order and layout of everything
else survive. Each function re-reads its result and compares it with what was asked for; a
difference is refused and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jzy.model.errors import Refused
from jzy.model.kinds import Kind
from jzy.model.record import DataPath, dotted_of
from jzy.store.dumping import block, dump, ordered
from jzy.store.frontmatter import Parts, split
from jzy.store.records import read_record
from jzy.store.yamltext import Reading, Span

TRAILING = ("follow_up", "sign_offs")
"""The last properties of a file, in this order."""


def append_sign_off(kind: Kind, text: str, entry: Mapping[str, Any]) -> str:
    """A record's text with one entry more at the end of ``sign_offs``; lines are only added.

    Raises:
        Refused: the file ends in a way that an entry cannot follow.
    """
    reading = _sound(kind, text)
    before = reading.data.get("sign_offs")
    end = _yaml_end(kind, text)
    item = dump([ordered(kind.property_schema(("sign_offs", "*")) or {}, dict(entry))])
    if before is None:
        added = _indent(item, 2)
        title = str(kind.properties.get("sign_offs", {}).get("title", "sign_offs"))
        added = f"\n# {title}\nsign_offs:\n{added}"
    else:
        span = reading.spans[("sign_offs",)]
        last = _last_property(reading)
        if last != "sign_offs" or span.flow or not before:
            raise Refused(
                "sign_offs 不是文件的最后一项，或不是逐行书写的列表，无法追加签批",
                "请把 sign_offs 移到文件末尾，写成逐条的列表",
            )
        added = _indent(item, span.column - 1)
    if "\r\n" in text:
        added = added.replace("\n", "\r\n")
    changed = text[:end] + added + text[end:]
    wanted = {**reading.data, "sign_offs": [*(before or []), dict(entry)]}
    return _checked(kind, changed, wanted)


def set_value(kind: Kind, text: str, path: DataPath, value: Any) -> str:
    """A record's text with the value at a path replaced or added.

    An absent property is added where the schema has it; a list takes a new item at the position
    after its last.

    Raises:
        Refused: the path leads through something that is not there or not a collection.
    """
    reading = _sound(kind, text)
    wanted = _with(reading.data, path, value)
    if kind.suffix == ".md" and path == ("body",):
        parts = split(text)
        assert isinstance(parts, Parts)  # noqa: S101 - it was read a moment ago
        start = len(text) - len(parts.body)
        return _checked(kind, text[:start] + _lines(str(value), text), wanted)
    # The smallest value around the path that is there in block style is written anew; all
    # that lies outside it stays as it is.
    depth = len(path)
    while depth and path[:depth] not in reading.spans:
        depth -= 1
    if depth == 0 or (depth < len(path) and _can_insert(reading, path[:depth])):
        added = _insert(kind, text, reading, path[: depth + 1], wanted)
        return _checked(kind, added, wanted)
    while depth > 1 and _inside_flow(reading, path[:depth]):
        depth -= 1
    place = path[:depth]
    return _checked(kind, _replace(kind, text, reading, place, wanted), wanted)


def remove_value(kind: Kind, text: str, name: str) -> str:
    """A record's text without one top-level property and the comment lines right above it."""
    reading = _sound(kind, text)
    if (name,) not in reading.spans:
        return text
    start, end = _block(kind, text, reading, name)
    wanted = {key: value for key, value in reading.data.items() if key != name}
    return _checked(kind, text[:start] + text[end:], wanted)


def property_block(kind: Kind, text: str, name: str) -> str:
    """The lines of one top-level property with the comments above it; empty where absent."""
    reading = _sound(kind, text)
    if (name,) not in reading.spans:
        return ""
    start, end = _block(kind, text, reading, name)
    return text[start:end].strip("\r\n") + "\n"


def _block(kind: Kind, text: str, reading: Reading, name: str) -> tuple[int, int]:
    """Where a top-level property begins and ends, with its comments and the empty line that sets
    it off from its neighbour."""
    starts = sorted(
        _block_start(text, span) for path, span in reading.spans.items() if len(path) == 1
    )
    start = _block_start(text, reading.spans[(name,)])
    following = [other for other in starts if other > start]
    if following:
        return start, following[0]
    return len(text[:start].rstrip("\r\n")) + (2 if "\r\n" in text else 1), _yaml_end(kind, text)


def _sound(kind: Kind, text: str) -> Reading:
    reading = read_record(kind, text, spans=True)
    if reading.problems:
        problem = reading.problems[0]
        raise Refused(problem.message, problem.advice, where=f"{problem.line}:{problem.column}")
    return reading


def _checked(kind: Kind, text: str, wanted: Mapping[str, Any]) -> str:
    found = read_record(kind, text)
    if found.problems or found.data != wanted:
        raise Refused(
            "这份文件的写法使改动无法准确写入，没有改动", "请把末尾的文字块改为普通写法后再试"
        )
    return text


def _replace(kind: Kind, text: str, reading: Reading, place: DataPath, wanted: Any) -> str:
    span = reading.spans[place]
    value = ordered(kind.property_schema(place) or {}, _get(wanted, place))
    end = span.start + len(text[span.start : span.end].rstrip("\r\n"))
    if isinstance(value, dict | list) and value:
        if isinstance(place[-1], int):
            new = _indent(dump(value), span.column - 1).lstrip().rstrip("\n")
        else:
            new = "\n" + _indent(dump(value), span.key_column + 1).rstrip("\n")
        start = span.start
        if isinstance(place[-1], str):
            colon = text.index(":", span.key_start + len(str(place[-1])))
            start = colon + 1
    elif isinstance(value, dict | list):
        new, start = " {}" if isinstance(value, dict) else " []", span.start
        if isinstance(place[-1], str):
            start = text.index(":", span.key_start + len(str(place[-1]))) + 1
        else:
            new = new.strip()
    else:
        column = span.key_column if span.key_column else span.column
        new, start = _scalar(value, column - 1), span.start
        if span.start > 0 and text[span.start - 1] == ":":  # an empty value has no place of its own
            new = " " + new
        if "\n" in text[span.key_start if span.key_start >= 0 else start : start]:
            start = text.index(":", span.key_start + len(str(place[-1]))) + 1
            new = " " + new
    return text[:start] + _lines(new, text) + text[end:]


def _insert(kind: Kind, text: str, reading: Reading, place: DataPath, wanted: Any) -> str:
    """Add a property or a list item that is not there yet to a block collection that is."""
    parent, name = place[:-1], place[-1]
    value = ordered(kind.property_schema(place) or {}, _get(wanted, place))
    if not parent:
        return _insert_top(kind, text, reading, str(name), value)
    span = reading.spans[parent]
    indent = span.column - 1
    new = dump({name: value}) if isinstance(name, str) else dump([value])
    added = "\n" + _indent(new, indent).rstrip("\n")
    end = span.start + len(text[span.start : span.end].rstrip("\r\n"))
    end = text.find("\n", end)  # a comment after the last value stays with it
    end = len(text) if end < 0 else end - (text[end - 1] == "\r")
    return text[:end] + _lines(added, text) + text[end:]


def _insert_top(kind: Kind, text: str, reading: Reading, name: str, value: Any) -> str:
    order = [n for n in kind.properties if n not in TRAILING]
    order += [n for n in TRAILING if n in kind.properties]
    later = order[order.index(name) + 1 :] if name in order else list(TRAILING)
    added = block(kind, name, value)
    for other in later:
        if (other,) in reading.spans:
            at = _block_start(text, reading.spans[(other,)])
            return text[:at] + _lines(added + "\n", text) + text[at:]
    at = _yaml_end(kind, text)
    return text[:at] + _lines("\n" + added, text) + text[at:]


def _can_insert(reading: Reading, parent: DataPath) -> bool:
    span = reading.spans.get(parent)
    value = _get(reading.data, parent)
    return (
        span is not None
        and isinstance(value, dict | list)
        and bool(value)
        and not span.flow
        and not _inside_flow(reading, parent)
    )


def _inside_flow(reading: Reading, path: DataPath) -> bool:
    return any(
        (span := reading.spans.get(path[:depth])) is not None and span.flow
        for depth in range(1, len(path))
    )


def _block_start(text: str, span: Span) -> int:
    """Where the lines of a top-level property begin, with the comments right above it."""
    start = span.key_start
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].startswith("#"):
            break
        if above == 0 and start > 0:
            return start  # the comment at the top belongs to the file, not to a property
        start = above
    return start


def _yaml_end(kind: Kind, text: str) -> int:
    if kind.suffix == ".md":
        parts = split(text)
        if isinstance(parts, Parts):
            return parts.close
    return len(text)


def _last_property(reading: Reading) -> str:
    places = [(span.start, path[0]) for path, span in reading.spans.items() if len(path) == 1]
    return str(max(places)[1]) if places else ""


def _scalar(value: Any, indent: int) -> str:
    if isinstance(value, str) and "\n" in value:
        whole = dump({"x": value}).removeprefix("x: ").rstrip("\n")
        head, _, rest = whole.partition("\n")
        return head + "\n" + _indent(rest, indent).rstrip("\n")
    return dump({"x": value}).removeprefix("x: ").rstrip("\n")


def _indent(text: str, width: int) -> str:
    pad = " " * width
    return "".join(pad + line if line.strip() else line for line in text.splitlines(keepends=True))


def _lines(added: str, text: str) -> str:
    return added.replace("\n", "\r\n") if "\r\n" in text else added


def _get(data: Any, path: DataPath) -> Any:
    for part in path:
        data = data[part]
    return data


def _with(data: Any, path: DataPath, value: Any) -> Any:
    """The data with the value at a path set, as a new structure."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        items = list(data) if isinstance(data, list) else []
        if (data is not None and not isinstance(data, list)) or head > len(items):
            raise Refused(f"“{dotted_of(path)}”处没有第 {head + 1} 项可以填写", "请按次序填写列表")
        item = _with(items[head] if head < len(items) else None, rest, value)
        return [*items[:head], item, *items[head + 1 :]]
    if data is not None and not isinstance(data, dict):
        raise Refused(f"“{dotted_of(path)}”不能填在这里", "请核对属性名")
    return {**(data or {}), head: _with((data or {}).get(head), rest, value)}
