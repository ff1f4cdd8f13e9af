"""Typer with Chinese help: the classes and helpers that all command modules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import click
import typer
from typer.core import TyperCommand, TyperGroup

from jzy.cli.helptext import columns, rows
from jzy.model.display import wrap

JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取。")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="不再询问，直接办理。")]


class Command(TyperCommand):
    """A command whose help is Chinese and fits the terminal."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help page."""
        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """A group whose help is Chinese and fits the terminal."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help page."""
        formatter.write(page(self, ctx))


CONTEXT: Mapping[str, Any] = {"help_option_names": ["--help", "-h"]}


def application(help_text: str = "") -> typer.Typer:
    """An empty Typer application in the house's manner."""
    return typer.Typer(
        cls=Group,
        help=help_text,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=dict(CONTEXT),
    )


def command(
    where: typer.Typer, name: str, help_text: str, **more: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command with Chinese help."""
    return where.command(
        name,
        cls=Command,
        help=help_text,
        context_settings=dict(CONTEXT),
        **more,
    )


def single(where: typer.Typer, name: str) -> click.Command | None:
    """One command of an application; the others, whose options take time to look at, are not made.

    Returns:
        ``None`` where the application has none of that name.
    """
    for info in where.registered_commands:
        if info.name == name:
            return typer.main.get_command_from_info(
                info, pretty_exceptions_short=False, rich_markup_mode=None
            )
    return None


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
