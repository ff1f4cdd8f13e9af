"""Jinja2 for templates that are not trusted: no reach, no endless work, no silent gaps.

Reach: only what is on a list. Attributes are open on records (:class:`~jzy.render.trace.View`),
figures, dataclasses, mappings and a few methods of text; functions, classes and everything else
show nothing. There is no ``attr`` or ``format`` filter, and no way to a file.

Work: see :mod:`jzy.render.budget`. The parsed template is rewritten so that each body of a loop or
macro first pays for what it holds, and comparisons, joins and slices go through functions that
know how much they cost. Constants are not folded, or a template could do its work at compile time.

Gaps: what is not defined, is ``None`` or has no form as text is an error when printed.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from jinja2 import (
    StrictUndefined,
    TemplateRuntimeError,
    Undefined,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.loaders import BaseLoader
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from markupsafe import Markup

from jzy.model.errors import JzyError
from jzy.model.moments import date_cn
from jzy.render.budget import Budget
from jzy.render.claimed import Claimed
from jzy.render.escape import Markdown, as_markdown, escape
from jzy.render.metering import Metering
from jzy.render.trace import Figure, RecordView, TracedNumber, View

_SCALARS = (str, int, Figure, date, type(None))
_LOOP = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"}
    | {"previtem", "nextitem"}
)
_TEXT = frozenset(
    {"startswith", "endswith", "strip", "lstrip", "rstrip", "lower", "upper", "isdigit"}
)
_MAPPING = frozenset({"items", "keys", "values"})
_FIGURE = frozenset({"value", "text", "key", "title", "definition", "unit", "records"})
_DATE = frozenset({"year", "month", "day", "hour", "minute", "isoformat", "weekday", "isoweekday"})
_WIDEST = 1 << 63
_CALL_COST = 50


class HostFault(Exception):
    """Wraps an exception of jzy's own code, lest it be taken for a fault of the template."""


class Missing(StrictUndefined):
    """What a template asked for and did not get; says so in Chinese as soon as it is used."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name = self._undefined_name
        if not isinstance(self._undefined_obj, type) and isinstance(self._undefined_obj, View):
            return f"记录中没有“{name}”这一项"
        if repr(self._undefined_obj) == "missing":
            return f"“{name}”没有定义"
        return f"{_what(self._undefined_obj)}没有“{name}”这一项"


def _what(value: object) -> str:
    if isinstance(value, str):
        return "文字"
    if isinstance(value, list | tuple):
        return "列表"
    if value is None:
        return "空值"
    return f"“{type(value).__name__}”"


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of one rendering."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%", "**"])
    intercepted_unops = frozenset(["+", "-"])

    def __init__(self, loader: BaseLoader, budget: Budget) -> None:
        super().__init__(
            loader=loader,
            undefined=Missing,
            finalize=pass_context(lambda _, value: self.printed(value)),
            # Not HTML: with it on, what macros give back is marked as written already.
            autoescape=True,
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            cache_size=64,
            auto_reload=False,
        )
        self.budget = budget
        self.globals = {"range": self.counted_range, "namespace": Namespace}
        self.globals.update({"true": True, "false": False, "none": None})
        self._own = {"tick", "compare", "glue", "slice_of"}

    # --- what the rewritten template calls ------------------------------------------------------

    def tick(self, cost: int) -> bool:
        """Pay for a body; always true, so that it can stand in a condition."""
        self.budget.spend(cost)
        return True

    def compare(self, left: Any, *rest: Any) -> bool:
        """``a < b <= c``: operator names and operands in turn.

        Two lists are not compared: nested ones could take for ever.
        """
        for name, right in zip(rest[::2], rest[1::2], strict=True):
            self.budget.spend(1)
            if not compared(name, left, right):
                return False
            left = right
        return True

    def glue(self, *parts: Any) -> str:
        """``a ~ b``: plain text as long as all parts are; otherwise Markdown that is written."""
        if not any(
            isinstance(part, Figure | Claimed | TracedNumber | Markup | Markdown) for part in parts
        ):
            texts = [plain_text(part) for part in parts]
            self.budget.text(sum(map(len, texts)))
            return "".join(texts)
        return Markup("").join(self.printed(part) for part in parts)

    def slice_of(self, value: Any, start: Any, stop: Any, step: Any) -> Any:
        """``a[b:c]``, which costs as much as it may give."""
        if not isinstance(value, str | list | tuple):
            self._undefined(value)
            raise TypeError("只有文字和列表可以取一段")
        self.budget.spend(len(value))
        return value[start:stop:step]

    def counted_range(self, *bounds: int) -> range:
        """``range`` with a bound on its length."""
        found = range(*bounds)
        if abs(found.stop - found.start) > self.budget.limits.loop * max(abs(found.step), 1):
            raise JzyError(f"range 超过 {self.budget.limits.loop} 项，已停止")
        return found

    def printed(self, value: Any) -> Markup:
        """A value as Markdown.

        Raises:
            TemplateRuntimeError: it has no form as text.
        """
        value = _whole_figure(value)
        if isinstance(value, Undefined):
            # Raises, unless it is what an ``if`` without ``else`` left over, which is nothing.
            value = str(value)
        if isinstance(value, Markup):
            text: str = value
        elif isinstance(value, Figure):
            text = value.token
        elif isinstance(value, Claimed):
            text = value.markup
        elif isinstance(value, Markdown):
            text = as_markdown(value)
        elif isinstance(value, str):
            text = escape(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        elif isinstance(value, date):
            text = escape(date_cn(value))
        else:
            raise TemplateRuntimeError(f"{_what(value)}不能直接写进文稿")
        self.budget.text(len(text) + 1)
        return Markup(text)  # noqa: S704 - the one place where text becomes Markdown

    # --- what Jinja2 asks -----------------------------------------------------------------------

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return Metering(self, name).metered(tree)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``a.b``; on a mapping its own key comes first, so that ``x.items`` may be a property."""
        self.budget.spend(1)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``a[b]``; the key is one value, for hashing nested ones could take for ever."""
        self.budget.spend(1)
        if not isinstance(argument, str | int | Undefined):
            raise TypeError("方括号中只能是名称或序号")
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read this attribute: only what is listed."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, RecordView | View | Namespace):
            return True
        for kind, names in (
            (Figure, _FIGURE),
            (LoopContext, _LOOP),
            (Markup, frozenset[str]()),
            (str, _TEXT),
            (datetime | date, _DATE),
            (Mapping, _MAPPING),
        ):
            if isinstance(obj, kind):
                return attr in names
        if is_dataclass(obj) and not isinstance(obj, type):
            declared = inspect.getattr_static(type(obj), attr, None)
            return any(each.name == attr for each in fields(obj)) or isinstance(
                declared, property | cached_property
            )
        # Modules that were imported as templates: their macros.
        return isinstance(value, Macro)

    def wrap_str_format(self, value: Any) -> None:
        """No ``format`` of text at all: a width in it makes a text of any length at once.

        Jinja2 would hand a wrapper out before it asks :meth:`is_safe_attribute`.
        """

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """What stands for an attribute that a template may not read."""
        return self.undefined(
            f"模板不得使用{_what(obj)}的“{attribute}”",
            obj=obj,
            name=attribute,
            exc=SecurityError,
        )

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call something; functions of jzy's own work on a clock of their own."""
        self = __self
        if getattr(__obj, "__self__", None) is self and __obj.__name__ in self._own:
            return __obj(*args)
        self.budget.spend(_CALL_COST)
        if isinstance(__obj, Undefined):
            self._undefined(__obj)
        ours = isinstance(__obj, Macro | LoopContext | BlockReference)
        if ours or __obj in (Namespace, self.counted_range):
            return super().call(__context, __obj, *args, **kwargs)
        if isinstance(__obj, type) or not callable(__obj):
            raise SecurityError(f"模板不得调用{_what(__obj)}")
        if isinstance(getattr(__obj, "__self__", None), str | Mapping | date):
            found = super().call(__context, __obj, *args, **kwargs)
            return found if isinstance(found, str | int) else list(found)
        # Jinja2 hands a loop's variables to functions that take the context; ours do not.
        named = {key: value for key, value in kwargs.items() if not key.startswith("_")}
        return self._host(__context, __obj, args, named)

    def _host(self, context: Context, function: Any, args: Any, kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            self._undefined(value)
            if isinstance(value, list | tuple | dict) and any(
                isinstance(item, list | tuple | dict) for item in value
            ):
                raise TypeError("函数的参数中不能有层层相套的列表")
        try:
            inspect.signature(function).bind(*args, **kwargs)
        except (TypeError, ValueError) as error:
            name = getattr(function, "__name__", "")
            raise TypeError(f"函数“{name}”的参数不对：{error}") from None
        with self.budget.host():
            try:
                return super().call(context, function, *args, **kwargs)
            except (JzyError, TemplateError, RecursionError):
                raise
            except Exception as error:
                raise HostFault from error

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """``+`` joins like with like; all else is for whole numbers and figures."""
        self.budget.spend(1)
        del context
        left, right = _whole_figure(left), _whole_figure(right)
        if operator == "+" and not isinstance(left, int | Figure):
            if isinstance(left, str) and isinstance(right, str):
                return self.glue(left, right)
            if isinstance(left, list) and isinstance(right, list):
                self.budget.items(len(left) + len(right))
                return left + right
        return self._computed(operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """A sign before a whole number."""
        return self.call_binop(context, operator, 0, int(arg) if isinstance(arg, Figure) else arg)

    def _computed(self, sign: str, left: Any, right: Any) -> Any:
        for side in (left, right):
            self._undefined(side)
            if isinstance(side, bool) or not isinstance(side, int | Figure):
                raise TypeError(f"{_what(side)}不能用“{sign}”计算")
        compute = _ARITHMETIC.get(sign)
        if compute is None:
            raise TypeError(f"模板中没有“{sign}”这种运算，比例请用 percent")
        if sign not in "+-":
            left, right = int(left), int(right)
        found = compute(left, right)
        if abs(int(found)) >= _WIDEST:
            raise TypeError("算出的数太大")
        return found

    def _undefined(self, value: Any) -> None:
        """Raise what an undefined value has to say, if it is one."""
        if isinstance(value, Undefined):
            str(value)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


def compared(name: str, left: Any, right: Any) -> bool:
    """One comparison, by its name in Jinja2's syntax tree.

    Raises:
        TypeError: two lists, whose nesting could make it take for ever.
    """
    for side in (left, right):
        if isinstance(side, Undefined):
            str(side)
    if not isinstance(left, _SCALARS):
        raise TypeError(f"{_what(left)}不能直接比较，请比较其中的项目或项数")
    if name in ("in", "notin"):
        if not isinstance(right, str | list | tuple | range | Mapping | View):
            raise TypeError(f"“in”的右边应为文字或列表，而不是{_what(right)}")
        found = (str(left) if isinstance(right, str) else left) in right
        return found is (name == "in")
    if not isinstance(right, _SCALARS):
        raise TypeError(f"{_what(right)}不能直接比较，请比较其中的项目或项数")
    return bool(_COMPARISONS[name](left, right))


def plain_text(value: Any) -> str:
    """A single value as text.

    Raises:
        TypeError: a list or anything else that is not one value.
    """
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, str | int | Figure | date):
        raise TypeError(f"{_what(value)}不能当作文字")
    return date_cn(value) if isinstance(value, date) else str(value)


def _whole_figure(value: Any) -> Any:
    return value.figure if isinstance(value, TracedNumber) else value
