"""``registrar``: who may change registers, and changing that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, JsonOption, Option, command
from jzy.model.register import Register
from jzy.office import registrars as office_registrars
from jzy.office.context import Office
from jzy.office.registrars import Step

app = Application("登记管理员：可以修改登记簿的人；变更他们，须有规定人数的登记管理员同意。")


@command(app, "list", "列出登记管理员、会签人数和正在会签的变更。")
def list_(as_json: JsonOption = False) -> None:
    """List them."""
    register = Office.at(Path.cwd()).register
    now = office_registrars.registrars(register)
    if as_json:
        screen.data(
            {
                "version": 1,
                "registrars": now.people,
                "quorum": now.quorum,
                "proposed": now.proposed,
                "proposed_quorum": now.proposed_quorum,
                "agreed": now.agreed,
            }
        )
        return
    screen.out(f"登记管理员：{_names(register, now.people)}", "strong")
    screen.out(f"变更须有 {now.quorum} 位登记管理员同意")
    if now.proposed:
        screen.out(f"正在会签：变更为{_names(register, now.proposed)}", "warning")
        screen.out(
            f"  此后须有 {now.proposed_quorum} 位同意；已同意：{_names(register, now.agreed)}"
        )


@command(
    app,
    "change",
    "提出由哪些人担任登记管理员；须会签的，其他登记管理员同意后才生效。",
    epilog="示例：jzy registrar change person-jia person-gui person-yi --quorum 2",
)
def change(
    people: Annotated[list[str], Argument(metavar="人员编号", help="变更后的全部登记管理员。")],
    quorum: Annotated[
        int | None,
        Option("--quorum", metavar="人数", min=1, max=20, help="此后变更须会签的人数。"),
    ] = None,
) -> None:
    """Propose a change."""
    _tell(office_registrars.change(Office.at(Path.cwd()), people, quorum))


@command(app, "agree", "同意正在会签的变更；人数足够时随即生效。")
def agree() -> None:
    """Agree."""
    _tell(office_registrars.agree(Office.at(Path.cwd())))


@command(app, "cancel", "取消正在会签的变更。")
def cancel() -> None:
    """Cancel."""
    saved = office_registrars.cancel(Office.at(Path.cwd()))
    screen.done("已取消正在会签的变更" + (f"（提交 {saved.commit[:10]}）" if saved.commit else ""))


def _tell(step: Step) -> None:
    where = f"（提交 {step.saved.commit[:10]}）" if step.saved.commit else ""
    if step.carried_out:
        screen.done(f"登记管理员已变更{where}", "jzy registrar list")
    else:
        following = "由其他登记管理员执行 jzy registrar agree"
        screen.done(f"已记下您的同意，还须 {step.lacking} 位登记管理员同意{where}", following)


def _names(register: Register, people: tuple[str, ...]) -> str:
    return "、".join(f"{register.name(person)}（{person}）" for person in people)
