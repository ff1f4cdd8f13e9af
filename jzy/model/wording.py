"""Plain values in people's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jzy.model.moments import moment_cn, moment_of
from jzy.model.register import Register


def value_text(register: Register, schema: Mapping[str, Any] | None, value: Any) -> str:
    """A plain value in people's words: names for ids and keys, Chinese dates, yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        items = (schema or {}).get("items")
        return "、".join(value_text(register, items, item) for item in value)
    if isinstance(value, Mapping):
        properties = (schema or {}).get("properties", {})
        return "，".join(
            f"{properties.get(name, {}).get('title', name)} {value_text(register, properties.get(name), item)}"
            for name, item in value.items()
        )
    text = str(value)
    titles = (schema or {}).get("x-jzy-titles", {})
    if text in titles:
        return str(titles[text])
    if (schema or {}).get("x-jzy-ref"):
        return register.name(text)
    if (schema or {}).get("x-jzy-post"):
        return register.posts.get(text, text)
    if (schema or {}).get("format") == "date-time":
        try:
            return moment_cn(moment_of(text, register.time_zone))
        except ValueError:
            return text
    return text
