"""The root command: finds a command in the table, imports only that, and ends in one place."""

from __future__ import annotations

import contextlib
import sys
import time

from jzy.cli import screen, swift
from jzy.cli.commands import Call, Command, Ended
from jzy.cli.tree import Root, walk
from jzy.model.errors import JzyError, WrongEnvironment, os_reason

FAULT = 70
INTERRUPTED = 130


def run(arguments: list[str]) -> int:
    """Run one command line.

    Returns:
        The exit code, design §8.
    """
    screen.prepare()
    as_json = "--json" in arguments
    try:
        code = _carry_out(_understood(arguments))
        sys.stdout.flush()
        return code
    except JzyError as error:
        screen.fail(error, as_json=as_json)
        return error.exit_code
    except (KeyboardInterrupt, EOFError):
        screen.say("已中断，未完成的操作没有留下改动。")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away, as `head` does: nothing is wrong.
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0
    except OSError as error:
        # A full disk, a folder that may not be written: the machine's matter, not a fault of jzy's.
        name = f"（{error.filename}）" if isinstance(error.filename, str) else ""
        what = f"系统拒绝了这一操作：{os_reason(error)}{name}"
        screen.fail(WrongEnvironment(what, "请检查文件夹的权限和磁盘空间后再试"), as_json=as_json)
        return WrongEnvironment.exit_code
    except Exception:  # noqa: BLE001 - the last handler: whatever is left is jzy's own fault
        return _fault(arguments)


def _understood(arguments: list[str]) -> Call | None:
    """What a command line asks for; ``None`` where typer answered it itself, by showing help.

    Raises:
        WrongUsage: it is wrong.
    """
    found, rest = walk(arguments)
    if isinstance(found, Command):
        values = swift.read(found.parameters, rest)
        if values is not None:
            return Call(found.function, values)
    from jzy.cli import typed  # noqa: PLC0415 - typer, which plain lines do without

    return typed.read(Root(), arguments)


def _carry_out(call: Call | None) -> int:
    try:
        if call is not None:
            call.function(**call.values)
    except Ended as end:
        return end.code
    return 0


def _fault(arguments: list[str]) -> int:
    """One sentence for the user, and everything needed for a report in a file."""
    import tempfile  # noqa: PLC0415 - only where something went wrong
    import traceback  # noqa: PLC0415 - as above

    from jzy import __version__  # noqa: PLC0415

    name = f"jzy-{time.strftime('%Y%m%d-%H%M%S')}-"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix=name, suffix=".log", delete=False
    ) as log:
        log.write(f"jzy {__version__}, Python {sys.version}\n{sys.platform}\n")
        log.write(f"jzy {' '.join(arguments)}\n\n{traceback.format_exc()}")
    screen.say("✗ jzy 自身出错了，没有完成这一操作。", "error")
    screen.say(f"  → 请把 {log.name} 连同您的操作一并报告给维护者。")
    return FAULT
