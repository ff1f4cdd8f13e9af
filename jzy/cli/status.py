"""``status``: the board of what the office owes."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

from jzy.cli import screen, showing
from jzy.cli.commands import Application, Ended, JsonOption, Option, command
from jzy.cli.helptext import columns
from jzy.model.display import one_line, pad, width, wrap
from jzy.model.errors import WrongUsage
from jzy.model.owing import DutyState, Instance
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.office.status import (
    SOON,
    Board,
    Group,
    board,
    days_text,
    grouped,
    next_step,
    plain,
    weekday_cn,
    what_of,
)  # fmt: skip

app = Application("完成情况")
_FEW = 5
"""Times of one duty, or records of one time, that are listed without ``--all``."""
_URGENT = 14
"""Days within which something falls due that is to stand out."""


@command(
    app,
    "status",
    "各项制度要求完成得怎样：没有完成的、将要到期的、已经完成的。",
    epilog="示例：jzy status --on 2021-04-16 --unit 信息系",
)
def status(
    on: Annotated[
        str | None,
        Option(
            "--on", metavar="日期", help="看这一天的情况；省略则为今天，但不晚于记录截至的日期。"
        ),
    ] = None,
    unit: Annotated[
        str | None,
        Option("--unit", metavar="部门", help="只看一个部门的，写编号或名称。"),
    ] = None,
    everything: Annotated[bool, Option("--all", help="全部列出，包括已经完成的。")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the office owes."""
    day = _day(on) if on is not None else None
    office = Office.at(Path.cwd())
    found = board(office, day, unit, settled=everything or as_json)
    showing.left_out(office)
    if as_json:
        screen.data({**plain(office.register, found), "left_out": office.left_out})
    else:
        _Page(office.register, found, everything).show()
    if not found.holds:
        raise Ended(1)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise WrongUsage(f"“{said}”不是日期", "请写作 2021-04-16") from error


class _Page:
    """The board on the terminal."""

    def __init__(self, register: Register, found: Board, everything: bool) -> None:
        self.register = register
        self.board = found
        self.everything = everything
        self.narrow = sys.stdout.isatty()
        self.steps: set[str] = set()
        """The next steps that the section named already."""

    def show(self) -> None:
        """Write the page."""
        found = self.board
        whose = str(self.register.institution.get("short_name", ""))
        whose = self.register.short_name(found.unit) if found.unit else whose
        screen.out(
            f"{whose + ' ' if whose else ''}制度要求完成情况　{weekday_cn(found.day)}", "strong"
        )
        self._faults()
        self._section("没有完成", found.missed, "✗", "error")
        self._section("期限之内", found.due, "·")
        self._section("有效期将满", found.ending, "!", "warning")
        if self.everything:
            self._section("逾期完成", grouped(found.of(DutyState.LATE)), "-")
            self._done(found.of(DutyState.MET))
        self._end(found.count(DutyState.LATE), found.count(DutyState.MET))

    # --- parts ----------------------------------------------------------------------------------

    def _faults(self) -> None:
        if not self.board.faults:
            return
        self._head("无法判断", len(self.board.faults))
        for fault in self.board.faults[: None if self.everything else _FEW]:
            of = f"（{fault.record.id}）" if fault.record else ""
            self._line("✗ ", f"{fault.duty.data['title']}{of}：{fault.why}", "error")
        self._more(len(self.board.faults), "项")
        self._line("  → ", "jzy validate（查看要改正的地方）")

    def _section(self, title: str, groups: list[Group], sign: str, role: str = "") -> None:
        if not groups:
            return
        self._head(title, sum(len(group.instances) for group in groups))
        self.steps.clear()
        told: dict[str, int] = {}
        for group in groups:
            count = told[group.duty.id] = told.get(group.duty.id, 0) + 1
            if count <= _FEW or self.everything:
                self._group(group, sign, role)
        hidden = sum(count - _FEW for count in told.values() if count > _FEW)
        if hidden and not self.everything:
            self._line("  ", f"另有 {hidden} 次，用 --all 全部列出", "dim")

    def _group(self, group: Group, sign: str, role: str) -> None:
        day, due = self.board.day, group.due
        state = group.instances[0].state
        missed = state is DutyState.MISSED
        when = f"{sign} {due.isoformat()}  "
        if state is not DutyState.LATE:
            when += pad(days_text(day, due, missed=missed) + "  ", 13)
        urgent = state is DutyState.DUE and (due - day).days <= _URGENT
        what = what_of(self.register, group)
        title = group.duty.data["title"] + (f"（{what}）" if what else "")
        self._line(when, title, "warning" if urgent else role)
        if missed or due - day <= SOON or self.everything:
            self._names(group)
        step = next_step(self.register, group)
        if state is not DutyState.LATE and (missed or due - day <= SOON) and step not in self.steps:
            self._line("    → ", step)
            self.steps.add(step)

    def _names(self, group: Group) -> None:
        """The units or records that owe, where there are several."""
        if len(group.instances) == 1:
            return
        if group.instances[0].unit is not None:
            names = [self.register.short_name(each.unit or "") for each in group.instances]
            self._line("    ", "、".join(names))
            return
        shown = group.instances[: None if self.everything else _FEW]
        for each in shown:
            if each.subject is not None:
                name = self.register.name(each.subject.id)
                at = "" if each.due == group.due else f"（{each.due.isoformat()}）"
                self._line(f"    {each.subject.id}  ", f"{name}{at}")
        self._more(len(group.instances), "项", "    ")

    def _done(self, met: list[Instance]) -> None:
        if not met:
            return
        self._head("按期完成", len(met))
        by_duty: dict[str, list[Group]] = {}
        for group in grouped(met, by_due=False):
            by_duty.setdefault(group.duty.id, []).append(group)
        for groups in by_duty.values():
            count = sum(len(group.instances) for group in groups)
            self._line("✓ ", f"{groups[0].duty.data['title']}　{count} 项", "good")
            for group in groups:
                title = group.instances[0].period.title
                self._line("    " + (f"{title}  " if title else ""), self._what_met(group))

    def _what_met(self, group: Group) -> str:
        """The records that meet a duty, each with the unit that it is for."""
        names = []
        for each in group.instances:
            whose = f"{self.register.short_name(each.unit)} " if each.unit else ""
            names.append(whose + " ".join(record.id for record in each.records))
        return "、".join(names)

    def _end(self, late: int, met: int) -> None:
        found = self.board
        if not found.instances and not found.faults and not late + met:
            self._nothing()
            return
        if not self.everything:
            screen.out()
            words = [f"按期完成 {met} 项"] + ([f"逾期完成 {late} 项"] if late else [])
            words += ["用 --all 全部列出"] if met or late else []
            self._line("✓ ", "，".join(words), "good")
        missed = len(found.of(DutyState.MISSED))
        if missed:
            screen.hanging("✗ ", f"有 {missed} 项没有完成", "error")
        elif not found.faults:
            screen.done("没有遗漏")

    def _nothing(self) -> None:
        if not self.board.duties:
            screen.done("还没有登记制度要求", "jzy duty new")
        else:
            screen.done("这一天没有要办的事项")

    # --- lines ----------------------------------------------------------------------------------

    def _head(self, title: str, count: int) -> None:
        screen.out()
        screen.out(f"{title}　{count} 项", "strong")

    def _more(self, count: int, measure: str, indent: str = "  ") -> None:
        if count > _FEW and not self.everything:
            self._line(indent, f"…… 共 {count} {measure}，用 --all 全部列出", "dim")

    def _line(self, sign: str, text: str, role: str = "") -> None:
        """A line whose further lines stand under its text; one line where nobody looks."""
        text = one_line(text)
        lines = wrap(text, columns() - width(sign)) if self.narrow else [text]
        for number, line in enumerate(lines or [""]):
            screen.out((" " * width(sign) if number else sign) + line, role)
