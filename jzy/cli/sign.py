"""``submit approve return reject withdraw inbox log``: the chain of approval at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jzy.cli import screen, showing
from jzy.cli.commands import JsonOption, YesOption, application, command
from jzy.model.chain import DECISION_TITLES, STATE_TITLES, replay, slot_title
from jzy.model.errors import Refused, WrongUsage
from jzy.office.context import Office
from jzy.office.follow import changes_since, inbox
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


_DECISIONS = (
    ("submit", "报送记录，开始审批。尚未提交的新稿一并提交。"),
    ("approve", "同意（阅知环节记为阅知）。"),
    ("return", "退回报送人修改，须用 -m 说明理由。"),
    ("reject", "不同意，须用 -m 说明理由。"),
    ("withdraw", "撤回自己报送、尚未批完的记录。"),
)


def _add(decision: str, words: str) -> None:
    @command(app, decision, words)
    def sign(
        ids: IdsArgument,
        opinion: OpinionOption = None,
        stage: StageOption = None,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Sign records off."""
        _sign(decision, ids, opinion, stage, yes=yes, as_json=as_json)


for _decision, _words in _DECISIONS:
    _add(_decision, _words)


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
                }
                for waiting in found
            ]
        )
        return
    showing.left_out(office)
    words = {"sign": "待我签批", "mend": "待我修改", "elsewhere": "我报送的，等待他人"}
    if not found:
        screen.say(f"{me.name}，现在没有等待您办理的事项。")
        return
    for what, title in words.items():
        rows = [
            [
                waiting.record.id,
                office.register.name(waiting.record.id),
                waiting.waiting_for,
                waiting.since[:10],
            ]
            for waiting in found
            if waiting.what == what
        ]
        if rows:
            screen.out(f"{title}（{len(rows)}）", "strong")
            screen.table(["编号", "名称", "环节", "日期"], rows)
            screen.out()
    first = next((waiting for waiting in found if waiting.what == "sign"), None)
    if first:
        screen.say(f"下一步：jzy approve {first.record.id}（同意）")
        screen.say(f"    或：jzy return {first.record.id} -m 理由（退回）")


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
    if as_json:
        screen.data(
            {
                "id": record.id,
                "state": progress.state.value,
                "sign_offs": progress.entries,
                "commits": [commit._asdict() for commit in commits],
            }
        )
        return
    screen.out(f"{office.register.name(record.id)}  {record.id}", "strong")
    if record.sign_offs:
        showing.sign_offs(office.register, progress)
        screen.out()
    screen.table(
        ["提交", "日期", "署名", "说明"],
        [[c.id[:10], c.date[:16].replace("T", " "), c.author, c.subject] for c in commits],
        fixed=2,
    )


def _sign(
    decision: str,
    ids: list[str],
    opinion: str | None,
    stage: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    office = Office.at(Path.cwd())
    if not yes and not as_json and not screen.interactive():
        # Without anyone to ask there is nobody to confirm; the signature itself is the consent,
        # and a script says so with --yes.
        raise WrongUsage("这里不是终端，无法确认", "在程序中使用请加 --yes")
    wanted = list(dict.fromkeys(ids))
    # All are planned before the first is signed: if one is refused, none is signed.
    acts = [plan(office, each, decision, opinion=opinion, stage=stage) for each in wanted]
    done = []
    for number, record_id in enumerate(wanted):
        # After a commit the next one is planned again, on what is there now.
        act = (
            acts[0]
            if number == 0
            else plan(office, record_id, decision, opinion=opinion, stage=stage)
        )
        if not as_json:
            for warning in act.warnings:
                screen.say(f"! 提前量不足：{warning}", "warning")
        if not yes and not as_json:
            _show(office, act)
            from jzy.cli.asking import confirm  # noqa: PLC0415 - loads a prompt library

            if not confirm(f"以{act.by.name}的名义{DECISION_TITLES[act.decision]}吗？"):
                raise Refused("没有签批", "随时可以再来办理")
        commit = carry_out(office, act)
        done.append(_result(office, act, commit))
        if not as_json:
            screen.done(_sentence(office, act, commit), _following(office, act))
    if as_json:
        screen.data(done if len(done) > 1 else done[0])


def _show(office: Office, act: Act) -> None:
    showing.form(office.register, act.record)
    changed = changes_since(office, act.before)
    if changed is not None:
        showing.differences(office.register, changed)
    screen.say()


def _sentence(office: Office, act: Act, commit: str) -> str:
    title = office.register.name(act.record.id)
    said = DECISION_TITLES[act.decision]
    stage = f"以“{act.stage.title}”的身份" if act.stage else ""
    return f"{act.by.name}已{stage}{said}：{title}（提交 {commit[:10]}）"


def _following(office: Office, act: Act) -> str:
    current = act.after.current
    if current is None:
        if act.decision == "return":
            return f"{office.register.name(act.after.submitter)}修改后重新报送"
        return f"{STATE_TITLES[act.after.state]}；jzy log {act.record.id} 查看经过"
    waiting = "、".join(slot_title(office.register, slot) for slot in act.after.open_slots(current))
    return f"等待{waiting}签批"


def _result(office: Office, act: Act, commit: str) -> dict[str, object]:
    current = act.after.current
    return {
        "ok": True,
        "id": act.record.id,
        "decision": act.decision,
        "stage": act.entry["stage"],
        "by": act.by.id,
        "commit": commit,
        "digest": act.entry["digest"],
        "state": act.after.state.value,
        "next_stage": current.key if current else None,
        "title": office.register.name(act.record.id),
        "warnings": act.warnings,
    }
