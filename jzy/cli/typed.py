"""Typer, told of jzy's commands: it shows help, and says what is wrong with a command line."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated, Any

import click
import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo

from jzy.cli import commands, screen
from jzy.cli.helptext import columns, rows
from jzy.model.display import wrap
from jzy.model.errors import WrongUsage

_CONTEXT: dict[str, Any] = {"help_option_names": ["--help", "-h"]}


def read(root: commands.Group, arguments: Sequence[str]) -> commands.Call | None:
    """Read a whole command line, and show help if it asks for that.

    Args:
        root: the first level of commands.
        arguments: behind the program's name.

    Returns:
        ``None`` where help was shown.

    Raises:
        WrongUsage: the line is wrong; it says how.
    """
    found = _Group(root, name="jzy")
    try:
        result = found.main(list(arguments), prog_name="jzy", standalone_mode=False)
    except click.ClickException as error:
        raise _usage(error) from error
    if isinstance(result, int) and result:
        raise KeyboardInterrupt  # which is all that typer makes an exit code of here
    return result if isinstance(result, commands.Call) else None


class _Command(TyperCommand):
    """A command whose help is Chinese and fits the terminal."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(page(self, ctx))


class _Group(TyperGroup):
    """A group whose help is Chinese and fits the terminal, and whose commands are made one by one."""

    def __init__(self, told: commands.Group, name: str) -> None:
        super().__init__(
            name=name, help=told.help, no_args_is_help=True, context_settings=dict(_CONTEXT)
        )
        self._told = told

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(page(self, ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return self._told.names()

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        return _made(self._told.find(cmd_name), cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        found = _made(self._told.pick(args), args[0])
        return (args[0], found, args[1:]) if found else super().resolve_command(ctx, args)


def _made(found: commands.Command | commands.Group | None, name: str) -> click.Command | None:
    if isinstance(found, commands.Group):
        return _Group(found, name)
    return command(found) if found else None


def command(told: commands.Command) -> click.Command:
    """Typer's own of one of jzy's commands; invoked, it gives a :class:`~jzy.cli.commands.Call`."""

    def call(**values: Any) -> commands.Call:
        return commands.Call(told.function, values)

    signature = inspect.Signature([_parameter(each) for each in told.parameters])
    call.__signature__ = signature  # type: ignore[attr-defined]
    info = CommandInfo(
        told.name,
        cls=_Command,
        callback=call,
        help=told.help,
        epilog=told.epilog or None,
        context_settings=dict(_CONTEXT),
    )
    return typer.main.get_command_from_info(
        info, pretty_exceptions_short=False, rich_markup_mode=None
    )


def _parameter(told: commands.Parameter) -> inspect.Parameter:
    about = told.about
    how = (
        typer.Argument(metavar=about.metavar, help=about.help)
        if isinstance(about, commands.Argument)
        else typer.Option(
            *about.names,
            metavar=about.metavar or None,
            help=about.help,
            min=about.min,
            max=about.max,
        )
    )
    return inspect.Parameter(
        told.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if told.required else told.default,
        annotation=Annotated[told.hint, how],
    )


# --- help -----------------------------------------------------------------------------------------


def page(found: click.Command, ctx: click.Context) -> str:
    """The help page of a command or group."""
    wide = columns()
    arguments = [p for p in found.params if isinstance(p, click.Argument)]
    options = [p for p in found.get_params(ctx) if isinstance(p, click.Option) and not p.hidden]
    usage = ["用法：" + ctx.command_path]
    if isinstance(found, click.Group):
        usage.append("命令")
    usage += [_argument(p) for p in arguments]
    if options:
        usage.append("[选项]")
    lines = [*wrap(" ".join(usage), wide), ""]
    lines += _wrapped(found.help or "", wide)
    if isinstance(found, click.Group):
        names = found.list_commands(ctx)
        listed = [(name, found.get_command(ctx, name)) for name in names]
        pairs = [(name, (sub.help or "").split("\n")[0]) for name, sub in listed if sub]
        lines += ["", "命令", *rows(pairs, wide)]
    if arguments:
        pairs = [(_argument(p), getattr(p, "help", None) or "") for p in arguments]
        lines += ["", "参数", *rows(pairs, wide)]
    if options:
        lines += ["", "选项", *rows([(_option(p), _words(p)) for p in options], wide)]
    if found.epilog:
        lines += ["", *_wrapped(found.epilog, wide)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _wrapped(text: str, wide: int) -> list[str]:
    return [line for each in text.split("\n") for line in (wrap(each, wide) or [""])]


def _argument(parameter: click.Argument) -> str:
    name = parameter.metavar or (parameter.name or "").upper()
    name += "…" if parameter.nargs == -1 else ""
    return name if parameter.required else f"[{name}]"


def _option(parameter: click.Option) -> str:
    names = ", ".join(sorted(parameter.opts, key=len))
    if parameter.is_flag:
        return names
    return f"{names} {parameter.metavar or '值'}"


def _words(parameter: click.Option) -> str:
    if "--help" in parameter.opts:
        return "显示帮助。"
    words = parameter.help or ""
    if isinstance(parameter.type, click.Choice):
        words += "可选：" + "、".join(str(choice) for choice in parameter.type.choices) + "。"
    return words


# --- what is wrong -------------------------------------------------------------------------------


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
