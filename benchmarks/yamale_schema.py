"""A kind's schema in yamale's words, so that it is asked for what jzy's schemas ask for.

Types, required and optional properties, lists, nesting, choices and limits are carried over;
what yamale has no word for (formats, conditions) it is not asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_DATES = ("date", "date-time")
_LIMITS = {
    "minimum": "min", "maximum": "max", "minLength": "min", "maxLength": "max",
    "minItems": "min", "maxItems": "max",
}  # fmt: skip

_PLAIN = {"string": "str", "integer": "int", "number": "num", "boolean": "bool"}


def yamale_of(schema: Schema) -> str:
    """A schema file for yamale: one document for the record, and one for each object within."""
    parts: list[str] = []
    top = _properties(schema, parts)
    return "\n---\n".join([top, *parts]) + "\n"


def _properties(schema: Schema, parts: list[str]) -> str:
    wanted = schema.get("required", ())
    lines = [
        f"{json.dumps(name, ensure_ascii=False)}: {_word(inner, parts, required=name in wanted)}"
        for name, inner in schema["properties"].items()
    ]
    return "\n".join(lines)


def _word(schema: Schema | bool, parts: list[str], *, required: bool = True) -> str:
    said = [] if required else ["required=False"]
    if not isinstance(schema, Mapping):
        return _called("any", said)
    if "enum" in schema or "const" in schema:
        choices = schema.get("enum", [schema.get("const")])
        return _called("enum", [*map(repr, choices), *said])
    limits = [f"{word}={schema[name]}" for name, word in _LIMITS.items() if name in schema]
    kind = schema.get("type")
    match kind:
        case "string" if schema.get("format") in _DATES:
            # PyYAML makes dates of what looks like one.
            return _called("any", ["str()", "day()", "timestamp()", *said])
        case "string" if "pattern" in schema:
            return _called("regex", [repr(schema["pattern"]), *said])
        case "string" | "integer" | "number" | "boolean":
            return _called(_PLAIN[kind], [*limits, *said])
        case "array":
            return _called("list", [_word(schema.get("items", True), parts), *limits, *said])
        case "object" if "properties" in schema:
            name = f"part{len(parts)}"
            parts.append("")
            place = len(parts) - 1
            parts[place] = f"{name}:\n" + "\n".join(
                f"  {line}" for line in _properties(schema, parts).splitlines()
            )
            return _called("include", [repr(name), *said])
    return _called("any", said)


def _called(word: str, arguments: list[str]) -> str:
    return f"{word}({', '.join(arguments)})"
