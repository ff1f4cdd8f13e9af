"""Where the quick reader answers, typer would give the same values; of all else it says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from jzy.cli import swift, typed
from jzy.cli.commands import Application, Command, Option
from jzy.cli.table import COMMANDS
from jzy.cli.tree import Root, walk
from jzy.model.errors import WrongUsage


def _all() -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command of the table and of three kinds, and the words that lead to it."""
    for name in (*COMMANDS, "event", "group", "report"):
        first = Root().find(name) if name != "report" else Root().pick(["report", "new"])
        if isinstance(first, Command):
            yield (name,), first
        elif first is not None:
            for inner in first.names():
                found = first.find(inner)
                assert isinstance(found, Command)
                yield (name, inner), found
    assert isinstance(Root().find("key"), Application)


ALL = dict(_all())
VALUES = (
    "event",
    "evt-20210520-abcd",
    "同意",
    "a b",
    "a=b",
    "",
    "-",
    "-x",
    "--",
    "--yes",
    "2021-04-16",
)


@st.composite
def lines(draw: DrawFn) -> tuple[tuple[str, ...], list[str]]:
    """A command, and words behind it: right, wrong and in between."""
    path = draw(st.sampled_from(sorted(ALL)))
    parameters = ALL[path].parameters
    options = [each for each in parameters if isinstance(each.about, Option)]
    names = [
        name for each in options for name in each.about.names if isinstance(each.about, Option)
    ]
    choices = [
        str(one.value) for each in options if issubclass(each.type, Enum) for one in each.type
    ]
    words: list[str] = []
    for _ in range(draw(st.integers(0, 4))):
        value = draw(st.sampled_from([*VALUES, *choices]))
        name = draw(st.sampled_from([*names, "--json", "-y", "--nothing", "-h"]))
        words += draw(
            st.sampled_from(
                [[value], [name], [name, value], [f"{name}={value}"], [name[:-1]], [name + value]]
            )
        )
    return path, words


@settings(max_examples=1500, deadline=None)
@given(lines())
def test_what_is_read_quickly_is_read_the_same(line: tuple[tuple[str, ...], list[str]]) -> None:
    path, words = line
    quickly = swift.read(ALL[path].parameters, words)
    if quickly is None:
        return
    call = typed.read(Root(), [*path, *words])  # it would raise if anything was wrong with the line
    assert call is not None
    assert dict(call.values) == quickly
    assert call.function.__code__ is ALL[path].function.__code__


@pytest.mark.parametrize(
    "line",
    [
        "list event", "inbox", "inbox --json", "status --on 2021-04-16 --all", "validate --strict",
        "approve evt-20210520-abcd evt-20210521-abcd --yes -m 同意", "show evt-20210520-abcd",
        "event new --set title=测试 --set host=unit-a --no-commit", "report -o a.md --strict",
    ],
)  # fmt: skip
def test_plain_lines_are_read_quickly(line: str) -> None:
    found, words = walk(line.split())
    assert isinstance(found, Command)
    assert swift.read(found.parameters, words) is not None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("approve", "缺少"),
        ("inbox more", "参数太多了"),
        ("status --on", "缺少值"),
        ("status --onn 2021-04-16", "没有 --onn 这个选项，是否应为 --on？"),
        ("lst event", "没有“lst”这个命令，是否应为 list？"),
    ],
)
def test_what_is_wrong_is_left_to_typer(line: str, said: str) -> None:
    found, words = walk(line.split())
    if isinstance(found, Command):
        assert swift.read(found.parameters, words) is None
    with pytest.raises(WrongUsage, match=said):
        typed.read(Root(), line.split())
