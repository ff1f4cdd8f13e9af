"""The root command: finds a command in the table, imports only that, and ends in one place."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time

import click
import typer

from jzy.cli import screen
from jzy.cli.commands import Group, single
from jzy.cli.first import is_kind, kinds_here
from jzy.cli.table import COMMANDS
from jzy.model.errors import JzyError, WrongEnvironment, WrongUsage, os_reason

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
        result = Root(name="jzy").main(arguments, prog_name="jzy", standalone_mode=False)
        sys.stdout.flush()
        return _ended(result if isinstance(result, int) else 0)
    except JzyError as error:
        screen.fail(error, as_json=as_json)
        return error.exit_code
    except click.exceptions.Exit as error:
        return _ended(error.exit_code)
    except (click.Abort, KeyboardInterrupt, EOFError):
        return _ended(INTERRUPTED)
    except click.ClickException as error:
        screen.fail(_usage(error), as_json=as_json)
        return WrongUsage.exit_code
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


def _ended(code: int) -> int:
    """The exit code; typer turns an interruption into a mere code, and a person is told."""
    if code == INTERRUPTED:
        screen.say("已中断，未完成的操作没有留下改动。")
    return code


class Root(Group):
    """Commands from the table, then kinds by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of the first level."""
        return [*COMMANDS, *(kind for kind in kinds_here() if kind not in COMMANDS)]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """A command, imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is not None:
            app = importlib.import_module(entry.module).app
            return single(app, cmd_name) or typer.main.get_command(app)
        return _kind_command(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """``jzy report new`` is the kind's, ``jzy report rpt-…`` the command's."""
        if len(args) > 1 and args[0] in COMMANDS and is_kind(args[0]):
            found = _kind_command(args[0])
            if isinstance(found, click.Group) and args[1] in found.list_commands(ctx):
                return args[0], found, args[1:]
        return super().resolve_command(ctx, args)


def _kind_command(name: str) -> click.Command | None:
    kinds = kinds_here()
    if name not in kinds:
        return None
    from jzy.cli.kind import KindGroup  # noqa: PLC0415 - only where a kind is asked for

    return KindGroup(kinds[name])


def _usage(error: click.ClickException) -> WrongUsage:
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "jzy"
    advice = f"用法见 {path} --help"
    if isinstance(error, click.NoSuchOption):
        near = f"，是否应为 {error.possibilities[0]}？" if error.possibilities else ""
        return WrongUsage(f"没有 {error.option_name} 这个选项{near}", advice)
    if isinstance(error, click.MissingParameter):
        parameter = error.param
        return WrongUsage(f"缺少 {_name_of(parameter)}", advice)
    if isinstance(error, click.BadParameter):
        parameter = error.param
        return WrongUsage(f"{_name_of(parameter)} 的值不对：{error.message}", advice)
    message = error.format_message()
    if message.startswith("No such command"):
        import difflib  # noqa: PLC0415

        wrong = message.split("'")[1] if "'" in message else ""
        group = ctx.command if ctx else None
        known = group.list_commands(ctx) if ctx and isinstance(group, click.Group) else []
        close = difflib.get_close_matches(wrong, known, n=1)
        return WrongUsage(
            f"没有“{wrong}”这个命令" + (f"，是否应为 {close[0]}？" if close else ""), advice
        )
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        screen.raw(message)
        return WrongUsage("请写明要做什么", advice)
    if "unexpected extra argument" in message:
        return WrongUsage("参数太多了", advice)
    if "requires an argument" in message:
        return WrongUsage(f"选项 {getattr(error, 'option_name', '')} 缺少值", advice)
    return WrongUsage(message, advice)


def _name_of(parameter: click.Parameter | None) -> str:
    if parameter is None:
        return "参数"
    if isinstance(parameter, click.Option):
        return "/".join(parameter.opts)
    return str(getattr(parameter, "metavar", None) or str(parameter.name).upper())


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
