"""What a template may spend: steps, sizes and time.

A template is somebody's file, and may loop for ever or grow without end. A watchdog alone is no
answer: a thread cannot stop a C call such as ``10 ** 10 ** 9``, a signal works only in the main
thread and not on Windows, a child process would have to take the records along. So both halves of
the problem are bounded, see :mod:`jzy.render.sandbox`:

* every loop pass, call, filter, test, comparison and printed value first *spends*: a count that
  is the same on every machine, and a look at the clock as the last net;
* no single operation between two such steps can take long, because every value that a template
  can make is bounded in size and charged for, and operations that grow faster are not there.

The time that jzy's own functions need to compute figures is counted apart from the template's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from jzy.model.errors import JzyError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a template may use."""

    steps: int = 5_000_000
    """Steps, and characters and items made; a report of ten pages needs some 20,000."""
    seconds: float = 1.2
    """The template's own time."""
    host_seconds: float = 60.0
    """Time of the functions that it calls."""
    output: int = 2_000_000
    """Characters of the whole output."""
    text: int = 200_000
    """Characters of a text that a template makes."""
    items: int = 100_000
    """Items of a list that a template makes or handles."""
    loop: int = 10_000
    """Items of a ``range``."""
    source: int = 65_536
    """Characters of a template file."""
    sources: int = 262_144
    """Characters of all template files of a document."""


class Budget:
    """What is left to one rendering."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._steps = limits.steps
        self._deadline = monotonic() + limits.seconds
        self._host = limits.host_seconds
        self._sources = limits.sources

    def spend(self, steps: int) -> None:
        """Take steps off.

        Raises:
            JzyError: nothing is left.
        """
        self._steps -= steps
        if self._steps < 0:
            raise JzyError(
                f"模板执行的步骤超过 {self.limits.steps} 步，已停止",
                "请检查模板中的循环是否没有尽头，或者重复得太多。",
            )
        if monotonic() > self._deadline:
            raise JzyError(
                f"模板运行超过 {self.limits.seconds:g} 秒，已停止",
                "请检查模板中的循环是否没有尽头，或者重复得太多。",
            )

    def text(self, length: int) -> None:
        """Charge for a text of so many characters, before it is made if possible."""
        if length > self.limits.text:
            raise JzyError(
                f"模板生成的一段文字超过 {self.limits.text} 个字符，已停止",
                "请检查模板是否在循环中把文字不断加长。",
            )
        self.spend(length)

    def items(self, length: int) -> None:
        """Charge for a list of so many items."""
        if length > self.limits.items:
            raise JzyError(
                f"模板中的一个列表超过 {self.limits.items} 项，已停止",
                "请先用条件缩小范围，再在模板中使用。",
            )
        self.spend(length)

    def source(self, length: int) -> None:
        """Charge for a template file of so many characters."""
        self._sources -= length
        if length > self.limits.source or self._sources < 0:
            raise JzyError(
                f"模板文件过长：一个文件不超过 {self.limits.source} 个字符，"
                f"合计不超过 {self.limits.sources} 个字符",
                "请把模板拆分或精简。",
            )

    @contextmanager
    def host(self) -> Iterator[None]:
        """While jzy's own functions work, the template's clock stands still."""
        started = monotonic()
        try:
            yield
        finally:
            used = monotonic() - started
            self._deadline += used
            self._host -= used
        if self._host < 0:
            raise JzyError(
                f"计算模板所需的数据超过 {self.limits.host_seconds:g} 秒，已停止",
                "请减少模板中重复的统计，或者缩短统计时段。",
            )
