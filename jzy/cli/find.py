"""``list``, ``search`` and ``show``: finding a record of whatever kind, and looking at it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from jzy.cli import screen, showing
from jzy.cli.commands import Application, Argument, JsonOption, Option, command
from jzy.cli.helptext import columns
from jzy.model.display import one_line, pad, shorten, visible, width
from jzy.model.errors import WrongUsage
from jzy.model.fulltext import spans, words_of
from jzy.model.record import Record, dotted_of
from jzy.office.context import Office
from jzy.office.find import Filter, Found, Hit, Listed, listed, search

app = Application("查找")
_TITLES = ("编号", "日期", "类别", "名称", "部门", "状态")
_ID, _UNIT, _NAME = 20, 12, 8
"""On a terminal, the columns that ids and units take at most, and that a name takes at least;
longer ids stand out."""
_HITS = 3
"""Values shown of each record that was found."""
_BEFORE = 12
"""Columns of a text that are shown before a hit, where not all of it fits."""


class Sort(StrEnum):
    """Orders of a list."""

    DATE = "date"
    ID = "id"


@command(
    app,
    "list",
    "列出各类记录，可按类别、部门、日期、状态、条件筛选。",
    epilog="示例：jzy list event meeting --unit 信息系 --from 2021-01-01 --state 已批准",
)
def list_(  # noqa: PLR0913, PLR0917 - one parameter for each option, as typer has it
    kinds: Annotated[
        list[str] | None, Argument(metavar="类别", help="哪几类；省略则所有类别。")
    ] = None,
    unit: Annotated[
        str | None, Option("--unit", metavar="部门", help="只列一个部门的，写编号或名称。")
    ] = None,
    begins: Annotated[
        str | None, Option("--from", metavar="日期", help="只列这一天及以后的。")
    ] = None,
    ends: Annotated[str | None, Option("--to", metavar="日期", help="只列这一天及以前的。")] = None,
    state: Annotated[
        str | None,
        Option("--state", metavar="状态", help="只列这一状态的，如 审批中、已批准、已举办。"),
    ] = None,
    match: Annotated[
        str | None,
        Option("--match", metavar="条件", help="只列符合 JMESPath 条件的。"),
    ] = None,
    text: Annotated[
        str | None, Option("--text", metavar="词语", help="只列含有这些词语的。")
    ] = None,
    sort: Annotated[Sort, Option("--sort", help="排列的次序。")] = Sort.DATE,
    as_json: JsonOption = False,
) -> None:
    """List records of all kinds."""
    first, last = _day(begins), _day(ends)
    if first and last and last < first:
        raise WrongUsage(f"期末（{last}）早于期初（{first}）", "请核对 --from 和 --to")
    wanted = Filter(kinds or (), unit, first, last, state, match, text, sort is Sort.ID)
    office = Office.at(Path.cwd())
    found, unjudged = listed(office, wanted)
    if as_json:
        screen.data([_plain_listed(each) for each in found])
        return
    _table(
        [
            (
                each.row.id,
                each.row.day,
                office.kinds[each.record.kind].title,
                one_line(each.row.name),
                each.row.unit_name,
                each.row.shown,
            )
            for each in found
        ]
    )
    screen.say(f"共 {len(found)} 条")
    if unjudged:
        screen.say(f"! 条件对 {unjudged} 条记录无法求值，没有列入", "warning")
    showing.left_out(office)


def _day(said: str | None) -> date | None:
    try:
        return date.fromisoformat(said) if said is not None else None
    except ValueError as error:
        raise WrongUsage(f"“{said}”不是日期", "请写作 2021-04-16") from error


def _table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of id, date, kind, name, unit and state; on a terminal each in one line.

    Ids are never cut. Where one is longer than most, that row's name gives way, so that the
    others keep theirs.
    """
    if not sys.stdout.isatty():
        screen.table(_TITLES, rows)
        return
    wide = [
        max([width(title), *(width(row[at]) for row in rows)]) for at, title in enumerate(_TITLES)
    ]
    wide[0] = max([width(_TITLES[0]), *(min(width(row[0]), _ID) for row in rows)])
    wide[4] = min(wide[4], _UNIT)
    left = columns() - wide[4] - wide[5] - 4
    most = left - sum(wide[:3]) - 6
    left -= max(0, most - wide[3])
    for number, row in enumerate((_TITLES, *rows)):
        head = "  ".join(pad(row[at], wide[at]) for at in range(3)) + "  "
        tail = f"{pad(shorten(row[4], wide[4]), wide[4])}  {row[5]}"
        if width(head) + _NAME > left:  # nothing stands in line with an id as long as that
            head = "".join(f"{part}  " for part in row[:3] if part)
            tail = "  ".join(part for part in (shorten(row[4], wide[4]), row[5]) if part)
            line = shorten(row[3], max(columns() - width(head) - width(tail) - 2, _NAME))
            line = f"{head}{line}  {tail}"
        else:
            line = f"{pad(head + shorten(row[3], left - width(head)), left)}  {tail}"
        screen.out(line.rstrip(), "" if number else "strong")


def _plain_listed(each: Listed) -> dict[str, Any]:
    record, row = each.record, each.row
    return {
        "id": record.id,
        "kind": record.kind,
        "path": record.path,
        "date": row.day or None,
        "name": row.name,
        "unit": row.unit,
        "state": row.state or None,
        "life": row.life or None,
    }


# --- show -----------------------------------------------------------------------------------------


@command(
    app,
    "show",
    "查看任何一份记录：内容、签批、经过，以及还缺什么。",
    epilog="编号可由 jzy list 或 jzy search 查到。",
)
def show_(
    record_id: Annotated[str, Argument(metavar="编号", help="记录的编号。")],
    as_json: JsonOption = False,
) -> None:
    """Show a record of whatever kind."""
    office = Office.at(Path.cwd())
    show_record(office, office.record(record_id), as_json=as_json)


def show_record(office: Office, record: Record, *, as_json: bool) -> None:
    """Show a record as a form, or as data for programs."""
    if as_json:
        screen.data(_plain_shown(office, record))
        return
    from jzy.cli import forms  # noqa: PLC0415 - lists and searches need none

    forms.show(office, record)


def _plain_shown(office: Office, record: Record) -> dict[str, Any]:
    # What a record lacks is asked of all rules, which take long to load.
    from jzy.model.moves import life_of  # noqa: PLC0415
    from jzy.office.prospect import Prospect  # noqa: PLC0415

    found = Prospect(office, record)
    progress = found.progress
    life = life_of(found.kind, record.data)
    return {
        "id": record.id,
        "kind": record.kind,
        "path": record.path,
        "digest": record.digest,
        "state": progress.state.value,
        "stage": progress.current.key if progress.current else None,
        "life": life.key if life else None,
        "standing": showing.standing_data(office.register, progress),
        "record": record.data,
        "coming": [
            {
                "position": each.position,
                "stage": each.title,
                "note": each.note,
                "now": each.now,
                "slots": list(each.slots),
                "require_all": each.require_all,
                "people": list(each.people),
            }
            for each in found.coming()
        ],
        "missing": [
            {
                "kind": each.kind,
                "what": each.what,
                "advice": each.advice,
                "severity": each.severity.value,
                "code": each.code or None,
                "at": each.at or None,
                "due": each.due or None,
            }
            for each in found.missing()
        ],
        "next": [{"command": each.command, "title": each.words} for each in found.steps()],
    }


# --- search ---------------------------------------------------------------------------------------


@command(
    app,
    "search",
    "在所有记录的内容中查找词语，不分大小写和全角半角；几个词语须同时出现。",
    epilog="示例：jzy search 公开课 图书馆\n人名、部门名也会找到引用其编号的记录。",
)
def search_(
    texts: Annotated[list[str], Argument(metavar="词语", help="要找的词语，可写几个。")],
    kinds: Annotated[
        list[str] | None,
        Option("--kind", metavar="类别", help="只在这一类中找，可多次使用。"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Search in the values of all records."""
    office = Office.at(Path.cwd())
    found = search(office, texts, kinds or ())
    if as_json:
        screen.data(
            {
                "words": list(words_of(texts)),
                "found": [_plain_found(each) for each in found],
                "left_out": office.left_out,
            }
        )
        return
    for each in found:
        _show_found(office, each, words_of(texts))
    if found:
        screen.say(f"共 {len(found)} 条")
    else:
        screen.say("没有找到")
    showing.left_out(office)


def _plain_found(each: Found) -> dict[str, Any]:
    return {
        "id": each.record.id,
        "kind": each.record.kind,
        "path": each.record.path,
        "date": each.day or None,
        "name": each.name,
        "hits": [
            {"at": dotted_of(hit.at) or "_id", "title": hit.title, "text": hit.text}
            for hit in each.hits
        ],
    }


def _show_found(office: Office, each: Found, words: Sequence[str]) -> None:
    kind = office.kinds[each.record.kind]
    head = "  ".join(part for part in (each.record.id, each.day, kind.title) if part) + "  "
    name = one_line(each.name)
    if sys.stdout.isatty():
        name = shorten(name, max(columns() - width(visible(head)), 8))
    screen.raw(visible(head) + _marked(name, spans(name, words)))
    # The name is in the line above; what stands in it need not be told twice.
    told = [hit for hit in each.hits if hit.at and one_line(hit.text) != one_line(each.name)]
    for hit in told[:_HITS]:
        _show_hit(hit, words)
    if len(told) > _HITS:
        screen.out(f"    …… 另有 {len(told) - _HITS} 处", "dim")


def _show_hit(hit: Hit, words: Sequence[str]) -> None:
    title = f"    {hit.title}："
    text = one_line(hit.text)
    if sys.stdout.isatty():
        text = _excerpt(text, words, max(columns() - width(title), 20))
    screen.raw(visible(title) + _marked(text, spans(text, words)))


def _excerpt(text: str, words: Sequence[str], room: int) -> str:
    """The part of a text around its first hit, as wide as there is room."""
    found = spans(text, words)
    if width(text) <= room or not found:
        return shorten(text, room)
    start = found[0][0]
    while start > 0 and width(text[start - 1 : found[0][0]]) <= _BEFORE:
        start -= 1
    if start == 0:
        return shorten(text, room)
    return "…" + shorten(text[start:], room - 1)


def _marked(text: str, found: Sequence[tuple[int, int]]) -> str:
    """A safe text with what was looked for emphasised."""
    paint, parts, at = screen.painter(), [], 0
    for start, end in found:
        parts += [visible(text[at:start]), paint("hit", visible(text[start:end]))]
        at = end
    return "".join([*parts, visible(text[at:])])
