"""The quick reader never says anything else than typer: over the real commands, all of them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jzy.cli import swift, typed
from jzy.cli.commands import Call, Command, Group, Option
from jzy.cli.first import kinds_here
from jzy.cli.kind import KindGroup
from jzy.cli.table import COMMANDS
from jzy.cli.tree import Root

KIND = "event"


def commands_of(group: Group, names: list[str], path: str = "") -> Iterator[tuple[str, Command]]:
    """All commands in a group, with what is typed to get there."""
    for name in names:
        found = group.find(name)
        if isinstance(found, Command):
            yield f"{path}{name}", found
        elif isinstance(found, Group):
            yield from commands_of(found, found.names(), f"{path}{name} ")


ALL = dict(commands_of(Root(), [*COMMANDS, KIND]))
"""Every command of the table and of one kind."""
VALUES = st.sampled_from(
    ["event", "a=b", "-", "-1", "--", "", "date", "2", "你好", " ", "=", "x y"]
)


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command, and words behind it such as people type, of which at most one is odd."""
    name = draw(st.sampled_from(sorted(ALL)))
    parameters = ALL[name].parameters
    known = [option for each in parameters for option in names_of(each.about)]
    option = st.sampled_from([*known, *known, "--help", "--nix", "-x"])
    odd = st.one_of(
        VALUES.map(lambda value: [value]),
        option.map(lambda said: [said]),
        option.map(lambda said: [said[:-1]]),
        st.tuples(option, VALUES).map(list),
        *(st.tuples(option, VALUES).map(sign.join).map(lambda said: [said]) for sign in ("=", "")),
    )
    pieces = [draw(plain_of(each)) for each in parameters if each.required]
    some = st.lists(st.sampled_from(parameters), max_size=4) if parameters else st.just([])
    pieces += [draw(plain_of(each)) for each in draw(some)]
    pieces += draw(st.lists(odd, max_size=1))
    return name, [word for piece in draw(st.permutations(pieces)) for word in piece]


def names_of(about: object) -> tuple[str, ...]:
    return about.names if isinstance(about, Option) else ()


def plain_of(parameter: Any) -> st.SearchStrategy[list[str]]:
    """Words that are right for a parameter."""
    kind = parameter.type
    value = st.sampled_from(
        [each.value for each in kind] if issubclass(kind, Enum) else ["7", "甲"]
    )
    if not names_of(parameter.about):
        return value.map(lambda said: [said])
    option = st.sampled_from(names_of(parameter.about))
    return option.map(lambda said: [said]) if kind is bool else st.tuples(option, value).map(list)


def by_typer(command: Command, words: list[str]) -> Any:
    """What typer makes of the words: the values, or ``None`` where it shows help or refuses them."""
    try:
        found = typed.command(command).main(words, prog_name="jzy", standalone_mode=False)
    except click.ClickException:
        return None
    return dict(found.values) if isinstance(found, Call) else None


@given(lines())
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_quickly_is_what_typer_reads(line: tuple[str, list[str]]) -> None:
    name, words = line
    values = swift.read(ALL[name].parameters, words)
    if values is not None:
        expected = by_typer(ALL[name], words)
        assert values == expected
        assert {key: type(each) for key, each in values.items()} == {
            key: type(each) for key, each in expected.items()
        }


@pytest.mark.parametrize(
    ("name", "line", "values"),
    [
        ("inbox", "", {"as_json": False}),
        ("list", "event meeting --unit=信息系 --sort id --json", {
            "kinds": ["event", "meeting"], "unit": "信息系", "sort": "id", "as_json": True,
        }),
        ("status", "--on 2021-04-16 --all", {"on": "2021-04-16", "everything": True}),
        ("approve", "evt-1 -y evt-2 -m 同意", {
            "ids": ["evt-1", "evt-2"], "yes": True, "opinion": "同意",
        }),
        ("event new", "--set title=甲 --set=venue=乙", {"given": ["title=甲", "venue=乙"]}),
        ("event show", "evt-1", {"record_id": "evt-1"}),
    ],
)  # fmt: skip
def test_what_people_type_every_day_is_read_quickly(
    name: str, line: str, values: dict[str, Any]
) -> None:
    found = swift.read(ALL[name].parameters, line.split())
    assert found is not None
    assert {key: found[key] for key in values} == values


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("inbox", "--help"), ("inbox", "-h"), ("inbox", "evt-1"), ("inbox", "--jso"),
        ("inbox", "--json=1"), ("inbox", "--"), ("approve", ""), ("approve", "evt-1 -ym"),
        ("approve", "evt-1 -m"), ("approve", "evt-1 -m -y"), ("approve", "evt-1 -m=同意"),
        ("list", "--sort name"), ("list", "--unit"), ("list", "--unit="), ("list", "-"),
        ("show", "evt-1 evt-2"), ("registrar change", "person-jia --quorum 2"),
    ],
)  # fmt: skip
def test_whatever_is_not_plain_is_left_to_typer(name: str, line: str) -> None:
    assert swift.read(ALL[name].parameters, line.split()) is None


def test_every_kind_has_its_commands_without_typer() -> None:
    kinds = kinds_here()
    group = KindGroup(kinds[KIND])
    assert all(isinstance(group.find(name), Command) for name in group.names())
    assert group.find("nix") is None
