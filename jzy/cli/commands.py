"""Commands as jzy writes them down: functions whose parameters say what the command line may give them.

Nothing here loads a library. Plain command lines are read by :mod:`jzy.cli.swift`; help, and whatever is
wrong with a line, is typer's, to whom :mod:`jzy.cli.typed` tells the same descriptions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints


class Argument(NamedTuple):
    """What stands on the command line without a name."""

    metavar: str
    help: str


class Option(NamedTuple):
    """What stands on the command line behind a name; where the type is ``bool``, only the name does."""

    long: str
    short: str = ""
    metavar: str = ""
    help: str = ""
    min: int | None = None
    """Least value, where the type is ``int``."""
    max: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """How it is written, the long name first."""
        return (self.long, self.short) if self.short else (self.long,)


JsonOption = Annotated[bool, Option("--json", help="以 JSON 输出，供程序读取。")]
YesOption = Annotated[bool, Option("--yes", "-y", help="不再询问，直接办理。")]


class Parameter(NamedTuple):
    """A parameter of a command's function."""

    name: str
    about: Argument | Option
    type: type
    """Of one value: ``str``, ``bool``, ``int``, ``Path`` or an ``Enum``."""
    many: bool
    """Whether there may be several values, which the function gets as a list."""
    required: bool
    default: Any
    """``...`` where it is required."""
    hint: Any
    """The annotation without its description: ``str | None``, ``list[str]``."""


class Call(NamedTuple):
    """A command line that was understood."""

    function: Callable[..., None]
    values: Mapping[str, Any]
    """A value for each parameter, by its name."""


class Command(NamedTuple):
    """A command.

    Every parameter of its function is annotated with ``Annotated[type, Argument(…)]`` or
    ``Annotated[type, Option(…)]``.
    """

    name: str
    help: str
    function: Callable[..., None]
    epilog: str = ""

    @property
    def parameters(self) -> list[Parameter]:
        """Those of the function; its annotations are looked at now and not before."""
        hints = get_type_hints(self.function, include_extras=True)
        code = self.function.__code__
        defaults = self.function.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount]
        absent: list[Any] = [...] * (len(names) - len(defaults))
        return [
            _parameter(name, hints[name], default)
            for name, default in zip(names, [*absent, *defaults], strict=True)
        ]


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    inner, about = hint.__origin__, hint.__metadata__[0]
    one = next((each for each in get_args(inner) if each is not type(None)), inner)
    many = list[str] in (inner, one)
    return Parameter(name, about, str if many else one, many, default is ..., default, inner)


class Group(ABC):
    """Commands, and groups of them, by name."""

    help = ""
    """What they are about."""

    @abstractmethod
    def names(self) -> list[str]:
        """Of all that is in it, in the order of the help page."""

    @abstractmethod
    def find(self, name: str) -> Command | Group | None:
        """What has a name, made or imported now."""

    def pick(self, words: Sequence[str]) -> Command | Group | None:
        """What is meant by the first of some words, of which there is at least one."""
        return self.find(words[0])


class Application(Group):
    """The commands of a module."""

    def __init__(self, help_text: str = "") -> None:
        self.help = help_text
        self._commands: dict[str, Command] = {}

    def names(self) -> list[str]:
        """Of the commands, as they were added."""
        return list(self._commands)

    def find(self, name: str) -> Command | None:
        """One of the commands."""
        return self._commands.get(name)

    def add(self, added: Command) -> None:
        """Take a command in."""
        self._commands[added.name] = added


def command(
    where: Application, name: str, help_text: str, *, epilog: str = ""
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command with Chinese help."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        where.add(Command(name, help_text, function, epilog))
        return function

    return add


class Ended(Exception):
    """A command is at its end, with another exit code than 0.

    Args:
        code: design §8.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
