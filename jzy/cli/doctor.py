"""``doctor``: whether this machine and this clone are fit for signing."""

from __future__ import annotations

import sys
from pathlib import Path

from jzy.cli import screen
from jzy.cli.commands import Application, Ended, JsonOption, command
from jzy.cli.helptext import columns
from jzy.model.display import visible, wrap
from jzy.office.doctor import Diagnosis, State, examine

app = Application("检查环境")
_SIGNS = {State.GOOD: "✓ ", State.ATTENTION: "! ", State.BAD: "✗ "}
_ROLES = {State.GOOD: "good", State.ATTENTION: "warning", State.BAD: "error"}


@command(
    app,
    "doctor",
    "检查本机与仓库的环境：程序、仓库、密钥、根密钥、服务器、时间。只看不改，不连接服务器。",
    epilog="✓ 正常，! 应当处理，✗ 不能签批或不能证明。没有 ✗ 时退出码为 0，没有记录仓库时为 3。",
)
def doctor(as_json: JsonOption = False) -> None:
    """Look at everything."""
    found = examine(Path.cwd())
    if as_json:
        screen.data(_plain(found))
    else:
        for check in found.checks:
            _line(_SIGNS[check.state], check.what, _ROLES[check.state])
            if check.advice:
                _line("  → ", check.advice)
        _sum_up(found)
    if found.exit_code:
        raise Ended(found.exit_code)


def _sum_up(found: Diagnosis) -> None:
    bad = sum(check.state is State.BAD for check in found.checks)
    attention = sum(check.state is State.ATTENTION for check in found.checks)
    screen.out()
    if bad:
        screen.out(f"{bad} 处不能签批或证明，{attention} 处应当处理；请按箭头后的提示办理", "error")
    elif attention:
        screen.out(f"可以使用；{attention} 处应当处理", "warning")
    else:
        screen.out("一切正常", "good")


def _line(sign: str, text: str, role: str = "") -> None:
    """What was asked for goes to standard output, with its further lines under its first."""
    lines = [visible(text)]
    if sys.stdout.isatty():
        lines = wrap(lines[0], columns() - len(sign)) or [""]
    for number, line in enumerate(lines):
        screen.out((" " * len(sign) if number else sign) + line, role)


def _plain(found: Diagnosis) -> dict[str, object]:
    return {
        "version": 1,
        "ok": found.exit_code == 0,
        "exit_code": found.exit_code,
        "checks": [
            {
                "name": check.name,
                "state": check.state.value,
                "what": check.what,
                "advice": check.advice,
            }
            for check in found.checks
        ],
    }
