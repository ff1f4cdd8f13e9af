"""``submit approve return reject withdraw``: the chain of approval at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, JsonOption, Option, YesOption, command
from jzy.model.chain import DECISION_TITLES, slot_title, slot_titles
from jzy.model.errors import Refused, WrongUsage
from jzy.model.workflow import Slot
from jzy.office.context import Office
from jzy.office.sign import Act, carry_out, plan

app = Application("审批")
IdsArgument = Annotated[list[str], Argument(metavar="编号", help="记录的编号，可写几个。")]
OpinionOption = Annotated[str | None, Option("--message", "-m", metavar="意见", help="签批意见。")]
StageOption = Annotated[
    str | None,
    Option("--stage", metavar="环节", help="指明签批的环节；不是当前环节时不予办理。"),
]


ForOption = Annotated[
    str | None,
    Option("--for", metavar="人员编号", help="受委托代谁签批；只有一份委托时可以不写。"),
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


class _Wish(NamedTuple):
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
            for line in _mandate(act):
                screen.say(line, "warning")
        if not yes and not as_json:
            from jzy.cli.asking import confirm  # noqa: PLC0415 - loads a prompt library

            behalf = f"代{act.behalf.name}" if act.behalf else ""
            said = DECISION_TITLES[act.decision]
            if not confirm(f"以{act.by.name}的名义{behalf}{said}吗？"):
                raise Refused("没有签批", "随时可以再来办理")
        commit = carry_out(office, act)
        done.append(_result(act, commit))
        if not as_json:
            screen.done(_sentence(act, commit), _following(act))
    if as_json:
        screen.data(done if len(done) > 1 else done[0])


def _show(office: Office, act: Act) -> None:
    # A form says all that there is to say of a record, and loads what that takes.
    from jzy.cli import forms, showing  # noqa: PLC0415
    from jzy.office.follow import changes_since  # noqa: PLC0415

    forms.form(office, act.record)
    changed = changes_since(office, act.before)
    if changed is not None:
        showing.differences(office.register, changed)
    screen.say()


def _mandate(act: Act) -> list[str]:
    """For whom, and by which delegation, someone signs for another."""
    if act.behalf is None or act.mandate is None:
        return []
    slot = slot_title(act.register, Slot(act.mandate.post, act.mandate.unit))
    return [
        f"! 您将代{act.behalf.name}签批（{slot}）",
        f"  依据委托 {act.mandate.id}，{act.mandate.begins}至{act.mandate.ends}",
    ]


def _sentence(act: Act, commit: str) -> str:
    title = act.register.name(act.record.id)
    said = DECISION_TITLES[act.decision]
    stage = f"以“{act.stage.title}”的身份" if act.stage else ""
    behalf = f"代{act.behalf.name}" if act.behalf else ""
    return f"{act.by.name}已{behalf}{stage}{said}：{title}（提交 {commit[:10]}）"


def _following(act: Act) -> str:
    current = act.after.current
    if current is None:
        if act.decision == "return":
            return f"{act.register.name(act.after.submitter)}修改后重新报送"
        from jzy.office.rows import state_title  # noqa: PLC0415 - only where a chain has ended

        state = state_title(act.register, act.after)
        return f"{state}；jzy log {act.record.id} 查看经过"
    return f"等待{slot_titles(act.register, act.after, current)}签批"


def _result(act: Act, commit: str) -> dict[str, object]:
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
        "title": act.register.name(act.record.id),
        "warnings": act.warnings,
    }
