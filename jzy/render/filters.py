"""The filters and tests that templates may use; there are no others.

Those of Jinja2 that format, pad, repeat or nest are missing: each can make one value grow without
bound in a single call, see :mod:`jzy.render.budget`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial, update_wrapper
from itertools import islice
from typing import TYPE_CHECKING, Any

from jinja2.environment import Environment
from jinja2.filters import FILTERS, make_attrgetter
from jinja2.filters import sync_do_map as do_map
from jinja2.tests import TESTS
from jinja2.utils import pass_environment
from markupsafe import Markup

from jzy.model.moments import date_cn as written_date
from jzy.render.escape import Markdown
from jzy.render.sandbox import Sandbox, compared, plain_text
from jzy.render.trace import Figure, TracedNumber, View

if TYPE_CHECKING:
    from jzy.render.budget import Budget

_DIGITS = "〇一二三四五六七八九"
_PLACES = ("", "十", "百", "千")


def _figure(value: Any) -> Any:
    return value.figure if isinstance(value, TracedNumber) else value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Figure):
        plain_text(value)
        raise TypeError(f"“{value}”不是整数")
    return int(value)


# --- dates, numbers, lists ----------------------------------------------------------------------


def date_cn(value: date | str) -> str:
    """``2021年4月16日``; takes a date, an ISO date or a date-time, whose own day counts."""
    if isinstance(value, date):
        return written_date(value)
    return written_date(date.fromisoformat(plain_text(value)[:10]))


def cn_number(value: int | Figure) -> str | Figure:
    """``十二``; a figure stays a figure. From 0 to 9999."""
    value = _figure(value)
    number = _whole(value)
    if not 0 <= number <= 9999:
        raise ValueError(f"{number} 不能写成中文数字")
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("〇" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = bool(text) and not digit
    if text.startswith("一十"):
        text = text[1:]
    text = text or _DIGITS[0]
    return value.shown_as(text) if isinstance(value, Figure) else text


def percent(value: int | Figure, whole: int | Figure | None = None) -> str | Figure:
    """``85%``: a figure that is a percentage already, or a part of a whole, rounded down."""
    value, whole = _figure(value), _figure(whole)
    number = _whole(value)
    if whole is not None:
        total = _whole(whole)
        if total <= 0:
            raise ValueError("总数为零，无法计算百分比")
        number = number * 100 // total
        if isinstance(value, Figure):
            value = value.derived(whole, number, "÷", "%")
    return value.shown_as(f"{number}%") if isinstance(value, Figure) else f"{number}%"


def with_unit(value: Figure) -> Figure:
    """``44人``: the figure with its unit as one run."""
    value = _figure(value)
    return value.shown_as(f"{value}{value.unit}")


def says(value: Figure, phrase: str) -> Figure:
    """A phrase that the figure proves, printed in its place and traced like it."""
    return Figure.shown_as(_figure(value), plain_text(phrase))


def markdown(value: str) -> Markdown:
    """A text that a person wrote as Markdown."""
    if not isinstance(value, str):
        raise TypeError("只有文字可以当作 Markdown")
    return Markdown(value)


def integer(value: Any) -> int:
    """A whole number; a figure's value, which is still traced when printed."""
    if isinstance(value, Figure):
        value = value.value
    if isinstance(value, TracedNumber):
        return value
    return int(plain_text(value))


def _text_filter(change: Callable[[str], str]) -> Callable[[Any], str]:
    def filtered(value: Any) -> str:
        return change(value if isinstance(value, str) else plain_text(value))

    return filtered


def replaced(value: str, old: str, new: str) -> str:
    """The text with one part replaced by another, everywhere."""
    old, new = plain_text(old), plain_text(new)
    if isinstance(value, Markup) or not old:
        raise TypeError("replace 只用于普通文字，且要替换的部分不能为空")
    value = plain_text(value)
    if len(value) + value.count(old) * len(new) > 200_000:
        raise ValueError("替换后的文字太长")
    return value.replace(old, new)


@pass_environment
def joined(
    environment: Environment, values: Iterable[Any], between: str = "", attribute: Any = None
) -> str:
    """The values in a row; figures among them stay figures."""
    assert isinstance(environment, Sandbox)  # noqa: S101 - for the type checker
    parts: list[Any] = []
    getter = make_attrgetter(environment, attribute) if attribute is not None else None
    for value in values:
        parts += [between] if parts else []
        parts.append(getter(value) if getter else value)
    return environment.glue(*parts)


@pass_environment
def joined_cn(environment: Environment, values: Iterable[Any], last: str = "、") -> str:
    """``甲、乙、丙``; ``last`` stands before the last: ``甲、乙和丙``."""
    listed = list(values)
    head = joined(environment, listed[:-1], "、")
    if len(listed) < 2:
        return joined(environment, listed)
    assert isinstance(environment, Sandbox)  # noqa: S101 - for the type checker
    return environment.glue(head, last, listed[-1])


# --- filters that look at keys ------------------------------------------------------------------


def _keyed(environment: Environment, values: Iterable[Any], attribute: Any) -> list[Any]:
    getter = make_attrgetter(environment, attribute) if attribute is not None else None
    found = []
    for value in values:
        key = getter(value) if getter else value
        if not isinstance(key, str | int | date | Figure):
            plain_text(key)
        found.append((key, value))
    return found


@pass_environment
def ordered(
    environment: Environment, values: Iterable[Any], reverse: bool = False, attribute: Any = None
) -> list[Any]:
    """Sorted by themselves or by an attribute; equal ones stay in order."""
    pairs = _keyed(environment, values, attribute)
    return [value for _, value in sorted(pairs, key=lambda pair: pair[0], reverse=bool(reverse))]


@pass_environment
def distinct(environment: Environment, values: Iterable[Any], attribute: Any = None) -> list[Any]:
    """The first of each, in order."""
    found: dict[Any, Any] = {}
    for key, value in _keyed(environment, values, attribute):
        found.setdefault(key, value)
    return list(found.values())


@pass_environment
def grouped(environment: Environment, values: Iterable[Any], attribute: Any) -> list[Any]:
    """Pairs of a key and the list of what has it, sorted by key."""
    found: dict[Any, list[Any]] = {}
    for key, value in _keyed(environment, values, attribute):
        found.setdefault(key, []).append(value)
    return [(key, found[key]) for key in sorted(found)]


def smallest(values: Iterable[Any]) -> Any:
    """The least of some numbers, dates or texts."""
    return min(_checked(values))


def largest(values: Iterable[Any]) -> Any:
    """The greatest of some numbers, dates or texts."""
    return max(_checked(values))


def _checked(values: Iterable[Any]) -> list[Any]:
    listed = list(values)
    for value in listed:
        plain_text(value)
    return listed


@pass_environment
def total(environment: Environment, values: Iterable[Any], attribute: Any = None) -> Any:
    """The sum of whole numbers; figures give a figure that rests on all of them."""
    found: Any = None
    for number, _ in _keyed(environment, values, attribute):
        each = _figure(number)
        _whole(each)
        if found is None:
            found = each
        elif isinstance(each, Figure) and not isinstance(found, Figure):
            found = each + found
        else:
            found = found + each
    return 0 if found is None else found


# --- what there is ------------------------------------------------------------------------------

_FILTERS: Mapping[str, Callable[..., Any]] = {
    **{
        name: FILTERS[name]
        for name in (
            "default", "d", "first", "last", "length", "count", "list", "reverse",
            "select", "reject", "selectattr", "rejectattr",
        )
    },
    "map": do_map,
    "date_cn": date_cn,
    "cn_number": cn_number,
    "percent": percent,
    "with_unit": with_unit,
    "says": says,
    "markdown": markdown,
    "int": integer,
    "string": plain_text,
    "trim": _text_filter(str.strip),
    "upper": _text_filter(str.upper),
    "lower": _text_filter(str.lower),
    "replace": replaced,
    "join": joined,
    "join_cn": joined_cn,
    "sort": ordered,
    "unique": distinct,
    "groupby": grouped,
    "min": smallest,
    "max": largest,
    "sum": total,
}  # fmt: skip

_JINJA_TESTS: Mapping[str, Any] = TESTS
_TESTS: Mapping[str, Callable[..., Any]] = {
    **{
        name: _JINJA_TESTS[name]
        for name in (
            "defined", "undefined", "none", "number", "integer", "string", "mapping", "iterable",
            "boolean", "true", "false",
        )
    },
    "even": lambda value: _whole(value) % 2 == 0,
    "odd": lambda value: _whole(value) % 2 == 1,
    "divisibleby": lambda value, by: _whole(value) % _whole(by) == 0,
    "in": lambda value, values: compared("in", value, values),
    **{
        alias: partial(compared, name)
        for name, aliases in {
            "eq": ("eq", "equalto", "=="),
            "ne": ("ne", "!="),
            "lt": ("lt", "lessthan", "<"),
            "lteq": ("le", "<="),
            "gt": ("gt", "greaterthan", ">"),
            "gteq": ("ge", ">="),
        }.items()
        for alias in aliases
    },
}  # fmt: skip


def equip(environment: Sandbox) -> None:
    """Give a sandbox its filters and tests, each of which pays for what it takes and makes."""
    budget = environment.budget
    environment.filters = {name: _metered(each, budget) for name, each in _FILTERS.items()}
    environment.tests = {name: _metered(each, budget) for name, each in _TESTS.items()}


def _metered(function: Callable[..., Any], budget: Budget) -> Callable[..., Any]:
    def paid(*args: Any, **kwargs: Any) -> Any:
        budget.spend(5 + sum(_size(arg) for arg in args))
        found = function(*args, **kwargs)
        if hasattr(found, "__next__"):
            # What is computed later would be computed outside of any step.
            found = list(islice(found, budget.limits.items + 1))
        if isinstance(found, str):
            budget.text(len(found))
        elif isinstance(found, list | tuple):
            budget.items(len(found))
        return found

    # Keeps the mark by which Jinja2 knows that a filter wants the environment.
    return update_wrapper(paid, function)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict | range | View) else 0
