"""What ``setup`` shows: the settings before they are written, and what comes next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jzy.cli import screen
from jzy.git.keys import KEY_VARIABLE, key_at
from jzy.model.errors import JzyError
from jzy.office.setup import ROOT, Plan

if TYPE_CHECKING:
    from jzy.model.register import Register


def show_plan(planned: Plan) -> None:
    """What will be written."""
    changing = [each for each in planned.settings if each.changes]
    if changing:
        screen.say("将写入本仓库的 git 设置（.git/config）：")
    for each in changing:
        before = f"（原为 {each.old}）" if each.old is not None else ""
        screen.hanging(f"  {each.name} = ", f"{each.new}{before}")
    same = len(planned.settings) - len(changing)
    if changing and same:
        screen.say(f"  其余 {same} 项不变", "dim")
    if planned.signers_change:
        count = planned.signers.count(b"\n")
        verb = "以及" if changing else "将更新"
        screen.say(f"{verb}公钥名单 .git/jzy/allowed-signers（{count} 个公钥）")


def tell(register: Register, planned: Plan) -> None:
    """What was done, and what to do next."""
    name = planned.person.name
    done = "设置完成" if planned.changes else "设置没有变化"
    if planned.registered:
        screen.done(f"{done}：{name}已可签批（密钥试签正常，公钥已登记）")
    else:
        screen.done(f"{done}，密钥试签正常；公钥还没有登记，登记之后才能签批")
    _tell_root(planned)
    _warn_of_variable(planned)
    if planned.registered:
        screen.say("  下一步：jzy inbox（查看待办）")
        return
    _request(register, planned)


def _tell_root(planned: Plan) -> None:
    pinned = any(each.name == ROOT for each in planned.settings)
    if pinned or planned.root.pinned:
        screen.say(f"  根密钥已核对并固定：{planned.root.actual}")
        return
    screen.say("! 没有固定根密钥，还不能确认这就是本单位的仓库", "warning")
    screen.hanging("  → ", "请当面或电话向登记管理员询问根密钥指纹，再执行 jzy setup --root 指纹")
    screen.say(f"    这个仓库的是 {planned.root.actual or '（没有有效的签名）'}")


def _warn_of_variable(planned: Plan) -> None:
    named = os.environ.get(KEY_VARIABLE)
    if not named:
        return
    try:
        other = key_at(Path(named).expanduser().absolute()).blob != planned.key.blob
    except JzyError:
        other = True
    if other:
        screen.hanging("! ", f"环境变量 {KEY_VARIABLE} 指定了另一个密钥，jzy 会优先用它", "warning")


def _request(register: Register, planned: Plan) -> None:
    """What to send to a registrar, on standard output."""
    me = planned.person
    names = "、".join(each.name for each in planned.registrars) or "（登记簿中没有）"
    screen.say()
    screen.hanging("  ", f"请把下面几行发给登记管理员（{names}，任何一位即可）：")
    screen.say()
    screen.out(f"{me.name}（{me.id}，{register.name(me.unit)}）申请登记签名公钥：")
    screen.out(planned.key.line)
    screen.out(f"指纹：{planned.key.fingerprint}")
    screen.out("请核对指纹后执行：")
    screen.out(_register_command(planned))
    screen.say()
    screen.hanging("  ", "再当面或电话把指纹念给登记管理员核对：信件可能被改动，声音不易冒充。")
    if planned.others:
        listed = "、".join(key.fingerprint for key in planned.others)
        screen.hanging(
            "  ",
            f"您另有现用的密钥（{listed}）；不再使用的，请登记管理员改用 jzy key rotate 更换。",
        )
    screen.say("  登记之后的下一步：jzy sync，再 jzy inbox（查看待办）")


def _register_command(planned: Plan) -> str:
    # Double quotes: of a shell's single ones Windows' command line knows nothing.
    return f'jzy key register {planned.person.id} "{planned.key.line}"'


def plain(planned: Plan, *, made: bool) -> dict[str, object]:
    """The same for programs."""
    changed = [each.name for each in planned.settings if each.changes]
    pinned = next((s.new for s in planned.settings if s.name == ROOT), None)
    request = None
    if not planned.registered:
        request = {"line": planned.key.line, "command": _register_command(planned)}
    return {
        "version": 1,
        "ok": True,
        "exit_code": 0,
        "person": planned.person.id,
        "name": planned.person.name,
        "key": planned.key.location,
        "public_key": planned.key.line,
        "fingerprint": planned.key.fingerprint,
        "made": made,
        "registered": planned.registered,
        "changed": changed + (["allowed-signers"] if planned.signers_change else []),
        "root": {"actual": planned.root.actual, "pinned": pinned or planned.root.pinned},
        "registrars": [{"id": each.id, "name": each.name} for each in planned.registrars],
        "request": request,
    }
