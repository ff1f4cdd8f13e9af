"""``jzy KIND MOVE ID``: the moves in the life of a record, each as its kind's schema says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from jzy.cli import saving, screen, showing
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.cli.helptext import columns, rows
from jzy.model.chain import replay
from jzy.model.kinds import Kind
from jzy.model.moves import Move, life_of, moves_of
from jzy.model.record import Record
from jzy.office import create, move
from jzy.office.context import Office

OnOption = Annotated[
    str | None,
    Option("--on", metavar="日期", help="实际的日期，省略为今天（或规定的日期）。"),
]
ValueOption = Annotated[
    list[str] | None,
    Option("--set", metavar="属性=值", help="填写一个属性，可多次使用。"),
]
IdArgument = Annotated[str, Argument(metavar="编号", help="记录的编号。")]


def add_moves(found: Application, kind: Kind, name: str) -> None:
    """Give an application the command of one of a kind's moves."""
    for each in moves_of(kind):
        if each.name == name:
            _add(found, kind, each)


def _add(found: Application, kind: Kind, made: Move) -> None:
    words = f"{made.title}：{made.help}"

    if made.day is None:

        @command(found, made.name, words, epilog=_properties(kind, made))
        def undated(
            record_id: IdArgument, given: ValueOption = None, as_json: JsonOption = False
        ) -> None:
            """Make a move that has no date."""
            _make(kind, made, record_id, None, given or [], as_json=as_json)

        return

    @command(found, made.name, words, epilog=_properties(kind, made))
    def dated(
        record_id: IdArgument,
        on: OnOption = None,
        given: ValueOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make a move."""
        _make(kind, made, record_id, on, given or [], as_json=as_json)


def _properties(kind: Kind, made: Move) -> str:
    """What can be filled in, for the help page."""
    found = [
        (f"{name}{' *' if name in made.needs else ''}", move.title_of(kind, made, name))
        for name in made.names
    ]
    return "\n".join(["可填的属性（* 必填）", *rows(found, columns())]) if found else ""


def _make(
    kind: Kind, made: Move, record_id: str, on: str | None, words: list[str], *, as_json: bool
) -> None:
    office = Office.at(Path.cwd())
    record = saving.of_kind(office, kind, record_id)
    # What does not fit at all is refused before anybody is asked anything.
    move.check_ready(office, record, made)
    given = move.given_values(kind, made, words)
    if screen.interactive() and not as_json:
        _ask(office, record, made, given, on)
    try:
        planned = move.plan(office, record, made, given, day=on)
    except create.Unsound as error:
        saving.show_findings(error, as_json=as_json)
        raise Ended(1) from error
    saved = move.carry_out(office, planned)
    _tell(office, kind, made, record.id, saved, as_json=as_json)


def _ask(office: Office, record: Record, made: Move, given: dict[str, Any], on: str | None) -> None:
    kind = office.kinds[record.kind]
    offered = move.defaults(office, record, made, given)
    names = [name for name in (*made.needs, *made.asks) if name not in given]
    if made.day is not None and on is None and made.day not in given and names:
        names.insert(0, made.day)
        offered.setdefault(made.day, office.now().date().isoformat())
    if not names:
        return
    from jzy.cli.asking import ask_properties  # noqa: PLC0415 - loads a prompt library

    screen.say(f"{made.title}：{office.register.name(record.id)}。直接回车表示不填，Ctrl+C 放弃。")
    wanted = {name: name in made.needs or name == made.day for name in names}
    ask_properties(office, kind, made.place, wanted, given, offered)


def _tell(
    office: Office,
    kind: Kind,
    made: Move,
    record_id: str,
    saved: create.Saved,
    *,
    as_json: bool,
) -> None:
    record = office.record(record_id)
    life = life_of(kind, record.data)
    progress = replay(office.register, record) if record.sign_offs else None
    if as_json:
        screen.data(
            {
                "ok": True,
                "id": record.id,
                "move": made.name,
                "path": record.path,
                "commit": saved.commit,
                "life": life.key if life else None,
                "standing": showing.standing_data(office.register, progress) if progress else None,
                "next": _following(office, kind, made, record),
            }
        )
        return
    said = f"已登记“{made.title}”：{office.register.name(record.id)}{saving.committed(saved)}"
    following = ""
    if progress is not None and made.sets:
        following = showing.after_change(office.register, progress)
    screen.done(said, following or _following(office, kind, made, record))


def _following(office: Office, kind: Kind, made: Move, record: Record) -> str:
    """The move that mostly comes next, with what it still waits for; else a look at the record."""
    following = next((each for each in moves_of(kind) if each.name == made.next), None)
    if following is None or (following.is_made(record.data) and not following.again):
        return f"jzy log {record.id}（查看经过）"
    step = f"jzy {kind.name} {following.name} {record.id}（{following.title}）"
    why = move.fits(office, record, following)
    return f"{why.what}，{why.advice}；然后 {step}" if why else step
