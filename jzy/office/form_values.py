"""The values of a record as a printed form shows them: names for ids, Chinese dates, boxes to tick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import east_asian_width

from jzy.model.attachments import ANNOTATION as ATTACHMENT
from jzy.model.kinds import Kinds
from jzy.model.moments import date_cn
from jzy.model.people import fingerprint, parse_key
from jzy.model.register import Register
from jzy.model.wording import value_text
from jzy.store.attachments import megabytes

TICKED, EMPTY = "√", "□"
"""☑ is in no font that such papers are printed with."""
GAP = "　"
_SHORT_HASH = 12
_LONG_ITEM = 15
"""Characters from which the items of a list have a line each."""
_CHOICE_LINES = 2


@dataclass(frozen=True, slots=True)
class Values:
    """Values in people's words.

    Args:
        register: for the names of what is referred to.
        kinds: for the titles of kinds.
    """

    register: Register
    kinds: Kinds

    def lines(self, schema: Mapping[str, Any], value: Any, room: float) -> list[str]:
        """A value as the lines of a cell; none where there is no value and nothing to tick.

        Args:
            schema: of the value.
            value: ``None`` where the record has none.
            room: how many Chinese characters a line of the cell holds.
        """
        choices = self._choices(schema, value, room)
        if choices:
            return choices
        if value is None:
            return []
        if isinstance(value, list):
            return self._listed(schema, value)
        if isinstance(value, Mapping) and not is_flat(schema, value):
            return [f"{title}：{text}" for title, text in self.parts(schema, value)]
        return self.text(schema, value).split("\n")

    def text(self, schema: Mapping[str, Any], value: Any) -> str:
        """A value in one text."""
        if isinstance(value, Mapping):
            if schema.get(ATTACHMENT) is True:
                return self._attachment(schema, value)
            return "，".join(f"{title} {text}" for title, text in self.parts(schema, value))
        if isinstance(value, list):
            inner = schema.get("items") or {}
            sign = "；" if any(isinstance(each, Mapping) for each in value) else "、"
            return sign.join(self.text(inner, each) for each in value)
        if isinstance(value, str):
            return self._word(schema, value)
        return value_text(self.register, schema, value)

    def parts(
        self, schema: Mapping[str, Any], value: Mapping[str, Any]
    ) -> Iterator[tuple[str, str]]:
        """The title and text of each part of an object that has a value."""
        for name, inner in members(schema, value):
            if name in value:
                yield title_of(inner, name), self.text(inner, value[name])

    def leaf(self, around: Mapping[str, Any], name: str, value: Any) -> str:
        """A part of an object as the cell of a table; sizes and hashes of attachments in short."""
        schema = member(around, name)
        if value is None:
            return EMPTY if schema.get("type") == "boolean" else ""
        if isinstance(value, bool):
            return TICKED if value else EMPTY
        if around.get(ATTACHMENT) is True:
            if name == "size" and isinstance(value, int):
                return megabytes(value)
            if name == "sha256":
                return str(value)[:_SHORT_HASH]
        return self.text(schema, value)

    def _word(self, schema: Mapping[str, Any], value: str) -> str:
        if schema.get("format") == "date":
            try:
                return date_cn(date.fromisoformat(value))
            except ValueError:
                return value
        if schema.get("x-jzy-key"):
            try:
                return fingerprint(parse_key(value)[1])
            except ValueError:
                return value
        if schema.get("x-jzy-kind-name") and value in self.kinds:
            return self.kinds[value].title
        return value_text(self.register, schema, value)

    def _attachment(self, schema: Mapping[str, Any], value: Mapping[str, Any]) -> str:
        more = [self.leaf(schema, name, value[name]) for name in ("type", "size") if name in value]
        more += [f"SHA-256 {self.leaf(schema, 'sha256', value.get('sha256', ''))}"]
        more += [str(value["note"])] if "note" in value else []
        return f"{value.get('name', '')}（{'，'.join(more)}）"

    def _listed(self, schema: Mapping[str, Any], value: Sequence[Any]) -> list[str]:
        inner = schema.get("items") or {}
        pairs = [self._pair(inner, each) for each in value]
        if pairs and all(pairs):
            return ["；".join(pairs)]
        texts = [self.text(inner, each).replace("\n", " ") for each in value]
        objects = any(isinstance(each, Mapping) for each in value)
        if len(texts) > 1 and (objects or any(len(each) > _LONG_ITEM for each in texts)):
            return [f"{number}. {each}" for number, each in enumerate(texts, 1)]
        return ["、".join(texts)] if texts else []

    def _pair(self, schema: Mapping[str, Any], item: Any) -> str:
        """An object of one or two short values, as ``场地：总务处``; empty for any other."""
        if not isinstance(item, Mapping) or not 1 <= len(item) <= 2 or schema.get(ATTACHMENT):
            return ""
        if any(isinstance(each, Mapping | list | bool) for each in item.values()):
            return ""
        texts = [text for _, text in self.parts(schema, item)]
        return "：".join(texts) if all(len(text) <= _LONG_ITEM for text in texts) else ""

    def _choices(self, schema: Mapping[str, Any], value: Any, room: float) -> list[str]:
        """The values that may be chosen, each with its box; none where they take too much room."""
        if schema.get("type") == "boolean":
            named: list[tuple[Any, str]] = [(True, "是"), (False, "否")]
        else:
            titles = schema.get("x-jzy-titles", {})
            named = [(each, str(titles.get(each, each))) for each in schema.get("enum", ())]
        lines: list[str] = []
        for each, title in named:
            box = (TICKED if value is not None and each == value else EMPTY) + title
            if lines and width(lines[-1] + GAP + box) <= room:
                lines[-1] += GAP + box
            else:
                lines.append(box)
        fits = len(lines) <= _CHOICE_LINES and all(width(each) <= room for each in lines)
        return lines if fits else []


def members(
    schema: Mapping[str, Any], value: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The parts of an object in the order of its schema, then those that only the value has."""
    names = dict.fromkeys([*schema.get("properties", {}), *value])
    for name in names:
        yield name, member(schema, name)


def member(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The schema of a part of an object; empty where it says nothing."""
    found: Any = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
    return found if isinstance(found, Mapping) else {}


def title_of(schema: Mapping[str, Any], name: str) -> str:
    """What people call a property."""
    return str(schema.get("title", name))


def is_flat(schema: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Whether an object holds nothing but single short values, or is an attachment."""
    if schema.get(ATTACHMENT) is True:
        return True
    return not any(
        isinstance(each, Mapping | list) or (isinstance(each, str) and len(each) > _LONG_ITEM * 2)
        for each in value.values()
    )


def width(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1 if east_asian_width(sign) in "WFA" else 0.5 for sign in text)
