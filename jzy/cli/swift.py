"""Plain command lines, read without a library: whoever asks for a list waits for nothing else.

This reader knows what most people write most of the time. Of anything else, and of all that is wrong, it
says nothing, and typer is asked. Where it answers, typer would give the same values, of which
``tests/unit/cli/test_swift.py`` makes sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from jzy.cli.commands import Option, Parameter


def read(parameters: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any] | None:
    """The value of each parameter.

    Args:
        parameters: of the command.
        words: behind the command's name.

    Returns:
        ``None`` where the line is not plain: help is asked for, something is unknown, missing, too
        much, empty or joined together, a value begins with a hyphen or is of a type that needs
        a library's judgement.
    """
    options = {
        name: each
        for each in parameters
        if isinstance(each.about, Option)
        for name in each.about.names
    }
    sorted_out = _sorted_out(options, words)
    if sorted_out is None:
        return None
    given, loose = sorted_out
    for each in parameters:
        if not isinstance(each.about, Option):
            # One that takes all there is leaves nothing, and no others may follow.
            given[each.name] = loose if each.many else loose[:1]
            loose = [] if each.many else loose[1:]
    if loose:
        return None
    values: dict[str, Any] = {}
    for each in parameters:
        said = given.get(each.name)
        values[each.name] = _value(each, said) if said else each.default
        if values[each.name] is ...:  # missing, or for typer to judge
            return None
    return values


def _sorted_out(
    options: Mapping[str, Parameter], words: Sequence[str]
) -> tuple[dict[str, list[str]], list[str]] | None:
    """What was said for each option, by its parameter's name, and the words without one."""
    given: dict[str, list[str]] = {}
    loose: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            if not word:
                return None
            loose.append(word)
            continue
        name, equals, value = word.partition("=")
        found = options.get(name)
        if found is None or (equals and not name.startswith("--")):
            return None
        if found.type is bool:
            if equals:
                return None
            value = name
        elif not equals:
            value = next(rest, "")
        if not value or (value.startswith("-") and found.type is not bool):
            return None
        given.setdefault(found.name, []).append(value)
    return given, loose


def _value(parameter: Parameter, said: list[str]) -> Any:
    """What the function is to get; ``...`` where typer is to say so."""
    if parameter.type is bool:
        return True
    if parameter.type is str:
        return list(said) if parameter.many else said[-1]
    if issubclass(parameter.type, Enum):
        return {each.value: each for each in parameter.type}.get(said[-1], ...)
    return ...
