"""Extreme values that the schemas allow: the first and the last day, the longest text, and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.unit.badinput.places import Data, Schema, has, places, put, sound

Extreme = Callable[[Schema], Any]


def of_format(day: str, moment: str) -> Extreme:
    chosen = {"date": day, "date-time": moment}
    return lambda schema: chosen.get(schema.get("format", ""))


def number(name: str) -> Extreme:
    return lambda schema: schema.get(name)


def text(said: str) -> Extreme:
    def fill(schema: Schema) -> str | None:
        free = schema["type"] == "string" and not {"format", "enum", "x-jzy-ref"} & set(schema)
        return (said * schema["maxLength"])[: schema["maxLength"]] if free else None

    return fill


def expression(said: str) -> Extreme:
    return lambda schema: said if schema.get("x-jzy-expression") else None


EXTREMES: dict[str, Extreme] = {
    "first day": of_format("1900-01-01", "1900-01-01T00:00:00+23:59"),
    "last day": of_format("2199-12-31", "2199-12-31T23:59:59-23:59"),
    "least": number("minimum"),
    "most": number("maximum"),
    "long": text("长"),
    "emoji": text("👩‍👩‍👧".replace("\u200d", "")),
    "markup": text("{{x}}<b>{_id}[a](b)|*`_ "),
    "formula": text("=1+1 "),
    "letters": text("zz"),
    "whole record": expression("@"),
    "everything": expression("[*, keys(@), values(@), to_string(@)]"),
    "wrong type": expression("length(`1`) > abs('a')"),
    "far away": expression("shift('9999-12-31', `9007199254740991`, 'working_days')"),
    "many": expression("records('event')[].record(_id).naming('person', 'unit', _id)"),
    "list": expression('`[[1], {"a": null}]`'),
}


def extreme(kind: str, base: Data, change: Extreme) -> Data:
    """A record with an extreme value wherever its schema allows it."""
    for place in places(kind):
        value = change(place.schema)
        if value is not None and place.path[0] != "sign_offs" and has(base, place.at):
            value = value[:-1] if place.is_body else value  # a line's end closes the file
            changed = put(base, place.at, value)
            base = changed if sound(kind, changed) else base
    return base
