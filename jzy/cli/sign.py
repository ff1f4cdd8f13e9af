"""``submit approve return reject withdraw inbox log``: the chain of approval at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jzy.cli import forms, screen, showing
from jzy.cli.commands import JsonOption, YesOption, application, command
from jzy.model.chain import DECISION_TITLES, replay, slot_title, slot_titles
from jzy.model.errors import Refused, WrongUsage
from jzy.model.moves import life_of
from jzy.model.workflow import Slot
from jzy.office.context import Office
from jzy.office.follow import Waiting, changes_since, inbox
from jzy.office.lives import lived
from jzy.office.rows import state_title
from jzy.office.sign import Act, carry_out, plan

app = application("审批")
IdsArgument = Annotated[list[str], typer.Argument(metavar="编号", help="记录的编号，可写几个。")]
OpinionOption = Annotated[
    str | None, typer.Option("--message", "-m", metavar="意见", help="签批意见。")
]
StageOption = Annotated[
    str | None,
    typer.Option("--stage", metavar="环节", help="指明签批的环节；不是当前环节时不予办理。"),
]


ForOption = Annotated[
    str | None,
    typer.Option("--for", metavar="人员编号", help="受委托代谁签批；只有一份委托时可以不写。"),
]

_OWN = (
    ("submit", "报送记录，开始审批。尚未提交的新稿一并提交。"),
    ("withdraw", "撤回自己报送、尚未批完的记录。"),
)
_DECISIONS = (
    ("approve", "同意（阅知环节记为阅知；已批准的记录有改动须经同意的，同意变更）。"),
    ("return", "退回报送人修改，须用 -m 说明理由。"),
    ("reject", "不同意，须用 -m 说明理由。"),
)


def _add_own(decision: str, words: str) -> None:
    @command(app, decision, words)
    def sign(
        ids: IdsArgument,
        opinion: OpinionOption = None,
        stage: StageOption = None,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Submit or withdraw records."""
        _sign(_Wish(decision, opinion, stage, None), ids, yes=yes, as_json=as_json)


def _add_decision(decision: str, words: str) -> None:
    @command(app, decision, words)
    def sign(
        ids: IdsArgument,
        opinion: OpinionOption = None,
        stage: StageOption = None,
        behalf: ForOption = None,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Decide on records."""
        _sign(_Wish(decision, opinion, stage, behalf), ids, yes=yes, as_json=as_json)


for _decision, _words in _OWN:
    _add_own(_decision, _words)
for _decision, _words in _DECISIONS:
    _add_decision(_decision, _words)


@command(app, "inbox", "列出等待我办理的事项，以及我报送后尚未批完的事项。")
def inbox_(as_json: JsonOption = False) -> None:
    """Show what waits."""
    office = Office.at(Path.cwd())
    me = office.me
    found = inbox(office, me)
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
    record_id: Annotated[str, typer.Argument(metavar="编号", help="记录的编号。")],
    as_json: JsonOption = False,
) -> None:
    """Show the life of a record."""
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What someone asked for on the command line."""

    decision: str
    opinion: str | None
    stage: str | None
    behalf: str | None

    def plan(self, office: Office, record_id: str) -> Act:
        return plan(
            office,
            record_id,
            self.decision,
            opinion=self.opinion,
            stage=self.stage,
            behalf=self.behalf,
        )


def _sign(wish: _Wish, ids: list[str], *, yes: bool, as_json: bool) -> None:
    office = Office.at(Path.cwd())
    if not yes and not as_json and not screen.interactive():
        # Without anyone to ask there is nobody to confirm; the signature itself is the consent,
        # and a script says so with --yes.
        raise WrongUsage("这里不是终端，无法确认", "在程序中使用请加 --yes")
    wanted = list(dict.fromkeys(ids))
    # All are planned before the first is signed: if one is refused, none is signed.
    acts = [wish.plan(office, each) for each in wanted]
    done = []
    for number, record_id in enumerate(wanted):
        # After a commit the next one is planned again, on what is there now.
        act = wish.plan(office, record_id) if number else acts[0]
        if not as_json:
            for warning in act.warnings:
                screen.say(f"! 提前量不足：{warning}", "warning")
            if not yes:
                _show(office, act)
            for line in _mandate(office, act):
                screen.say(line, "warning")
        if not yes and not as_json:
            from jzy.cli.asking import confirm  # noqa: PLC0415 - loads a prompt library

            behalf = f"代{act.behalf.name}" if act.behalf else ""
            said = DECISION_TITLES[act.decision]
            if not confirm(f"以{act.by.name}的名义{behalf}{said}吗？"):
                raise Refused("没有签批", "随时可以再来办理")
        commit = carry_out(office, act)
        done.append(_result(office, act, commit))
        if not as_json:
            screen.done(_sentence(office, act, commit), _following(office, act))
    if as_json:
        screen.data(done if len(done) > 1 else done[0])


def _show(office: Office, act: Act) -> None:
    forms.form(office, act.record)
    changed = changes_since(office, act.before)
    if changed is not None:
        showing.differences(office.register, changed)
    screen.say()


def _mandate(office: Office, act: Act) -> list[str]:
    """For whom, and by which delegation, someone signs for another."""
    if act.behalf is None or act.mandate is None:
        return []
    slot = slot_title(office.register, Slot(act.mandate.post, act.mandate.unit))
    return [
        f"! 您将代{act.behalf.name}签批（{slot}）",
        f"  依据委托 {act.mandate.id}，{act.mandate.begins}至{act.mandate.ends}",
    ]


def _sentence(office: Office, act: Act, commit: str) -> str:
    title = office.register.name(act.record.id)
    said = DECISION_TITLES[act.decision]
    stage = f"以“{act.stage.title}”的身份" if act.stage else ""
    behalf = f"代{act.behalf.name}" if act.behalf else ""
    return f"{act.by.name}已{behalf}{stage}{said}：{title}（提交 {commit[:10]}）"


def _following(office: Office, act: Act) -> str:
    current = act.after.current
    if current is None:
        if act.decision == "return":
            return f"{office.register.name(act.after.submitter)}修改后重新报送"
        state = state_title(office.register, act.after)
        return f"{state}；jzy log {act.record.id} 查看经过"
    return f"等待{slot_titles(office.register, act.after, current)}签批"


def _result(office: Office, act: Act, commit: str) -> dict[str, object]:
    current = act.after.current
    return {
        "ok": True,
        "id": act.record.id,
        "decision": act.decision,
        "stage": act.entry["stage"],
        "by": act.by.id,
        "on_behalf_of": act.behalf.id if act.behalf else None,
        "commit": commit,
        "digest": act.entry["digest"],
        "state": act.after.state.value,
        "next_stage": current.key if current else None,
        "title": office.register.name(act.record.id),
        "warnings": act.warnings,
    }
