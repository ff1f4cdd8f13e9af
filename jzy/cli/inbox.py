"""``inbox`` and ``log``: what waits for me, and how a record went."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from jzy.cli import screen, showing
from jzy.cli.commands import Application, Argument, JsonOption, command
from jzy.model.chain import replay
from jzy.office.context import Office
from jzy.office.follow import Waiting, inbox
from jzy.office.waiting import remember

app = Application("审批")


@command(app, "inbox", "列出等待我办理的事项，以及我报送后尚未批完的事项。")
def inbox_(as_json: JsonOption = False) -> None:
    """Show what waits."""
    office = Office.at(Path.cwd())
    me = office.me
    found = inbox(office, me)
    remember(
        office.root, [each.record.id for each in found if each.what in ("sign", "consent", "mend")]
    )
    if as_json:
        screen.data(
            [
                {
                    "id": waiting.record.id,
                    "kind": waiting.record.kind,
                    "title": office.register.name(waiting.record.id),
                    "what": waiting.what,
                    "waiting_for": waiting.waiting_for,
                    "since": waiting.since,
                    "on_behalf_of": list(waiting.behalf),
                }
                for waiting in found
            ]
        )
        return
    showing.left_out(office)
    words = {
        "sign": "待我签批",
        "consent": "批准后有改动，待我同意",
        "mend": "待我修改",
        "elsewhere": "我报送的，等待他人",
    }
    if not found:
        screen.say(f"{me.name}，现在没有等待您办理的事项。")
        return
    for what, title in words.items():
        rows = [
            [
                waiting.record.id,
                office.register.name(waiting.record.id),
                _stage_of(office, waiting),
                waiting.since[:10],
            ]
            for waiting in found
            if waiting.what == what
        ]
        if rows:
            screen.out(f"{title}（{len(rows)}）", "strong")
            screen.table(["编号", "名称", "环节", "日期"], rows)
            screen.out()
    first = next((waiting for waiting in found if waiting.what in ("sign", "consent")), None)
    if first and first.what == "sign":
        screen.say(f"下一步：jzy approve {first.record.id}（同意）")
        screen.say(f"    或：jzy return {first.record.id} -m 理由（退回）")
    elif first:
        screen.say(f"下一步：jzy approve {first.record.id}（先看改动，再同意变更）")


def _stage_of(office: Office, waiting: Waiting) -> str:
    behalf = "、".join(office.register.name(each) for each in waiting.behalf)
    return waiting.waiting_for + (f"（代{behalf}）" if behalf else "")


@command(app, "log", "查看一份记录的办理经过。")
def log(
    record_id: Annotated[str, Argument(metavar="编号", help="记录的编号。")],
    as_json: JsonOption = False,
) -> None:
    """Show the life of a record."""
    # The life of a record is read out of history, which nothing else here needs.
    from jzy.model.moves import life_of  # noqa: PLC0415
    from jzy.office.lives import lived  # noqa: PLC0415

    office = Office.at(Path.cwd())
    record = office.record(record_id)
    commits = office.repository.commits_of(record.path)
    progress = replay(office.register, record)
    moves = lived(office, record)
    if as_json:
        life = life_of(office.kinds[record.kind], record.data)
        screen.data(
            {
                "id": record.id,
                "state": progress.state.value,
                "life": life.key if life else None,
                "sign_offs": progress.entries,
                "moves": [
                    {
                        "move": each.mark.move.name,
                        "title": each.mark.move.title,
                        "on": each.mark.day or None,
                        "values": each.mark.values,
                        "by": each.by,
                        "commit": each.commit,
                    }
                    for each in moves
                ],
                "commits": [commit._asdict() for commit in commits],
            }
        )
        return
    screen.out(f"{office.register.name(record.id)}  {record.id}", "strong")
    if record.sign_offs or moves:
        showing.sign_offs(office.register, progress, moves)
        showing.stage_of_life(office.register, record)
        screen.out()
    screen.table(
        ["提交", "日期", "署名", "说明"],
        [[c.id[:10], c.date[:16].replace("T", " "), c.author, c.subject] for c in commits],
        fixed=2,
    )
