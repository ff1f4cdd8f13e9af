"""Running git safely (sign-off protocol, "Running git safely").

Whatever a records repository, its configuration or the environment say, no program of theirs is
started: hooks, filters, file-system monitors, pagers, editors and signing programs are switched
off in a way that no configuration can override.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from jzy.model.errors import WrongEnvironment

_KEPT = frozenset(
    {"GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"}
)
"""Of git's own variables only those without which a hook cannot see the objects just pushed."""

SAFE_CONFIGURATION: Mapping[str, str] = {
    "core.hooksPath": os.devnull,
    # The graph is a cache of who is whose parent, which git believes without looking.
    "core.commitGraph": "false",
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.quotePath": "false",
    "core.pager": "cat",
    "core.editor": "false",
    "diff.external": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.graftFileDeprecated": "false",
    "commit.template": "",
    "commit.status": "false",
    "protocol.allow": "never",
    "protocol.ext.allow": "never",
    "protocol.file.allow": "never",
    "protocol.git.allow": "never",
    "protocol.http.allow": "never",
    "protocol.https.allow": "never",
    "protocol.ssh.allow": "never",
    "core.sshCommand": "false",
    "log.showSignature": "false",
    "i18n.commitEncoding": "UTF-8",
    "gpg.format": "ssh",
    "gpg.ssh.program": "ssh-keygen",
    "gpg.ssh.defaultKeyCommand": "",
    "diff.ignoreSubmodules": "all",
    "submodule.recurse": "false",
}


class GitFailed(Exception):
    """git ended with an error; ``stderr`` holds what it said."""

    def __init__(self, arguments: Sequence[str], code: int, stderr: str) -> None:
        super().__init__(f"git {arguments[0] if arguments else ''} ended with {code}: {stderr}")
        self.code = code
        self.stderr = stderr


def environment(
    extra: Mapping[str, str] | None = None, config: Mapping[str, str] | None = None
) -> dict[str, str]:
    """This process's environment without git's variables, plus what is given.

    Hooks export ``GIT_DIR``, ``GIT_INDEX_FILE`` and friends, which would point every command at
    another repository.

    Args:
        extra: more variables.
        config: more configuration. It goes into the environment like :data:`SAFE_CONFIGURATION`,
            where it overrides every file; as ``-c name=value`` a name that holds a ``=``, such as
            that of a filter called ``a=b``, would be taken apart wrongly.
    """
    found = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT
    }
    found |= {
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
    }
    settings = {**SAFE_CONFIGURATION, **(config or {})}
    found["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (name, value) in enumerate(settings.items()):
        found[f"GIT_CONFIG_KEY_{number}"] = name
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    if "SSH_ASKPASS" not in found and sys.stdin is not None and sys.stdin.isatty():
        # git gives ssh-keygen no terminal as input; on a desktop it would then look for a window
        # to ask for the passphrase in, which is rarely installed, instead of asking right here.
        found.setdefault("SSH_ASKPASS_REQUIRE", "never")
    return found | dict(extra or {})


SAFE_OPTIONS = ("--no-pager", "--no-replace-objects", "--literal-pathspecs")
"""Options before every git command."""


_AT_ONCE = 4_000
"""As many bytes as a pipe takes without anybody reading from it, on every system."""


class Running:
    """A git at work, while Python goes on; whoever starts one asks for its :meth:`result`, and where
    anything may fail before that, does so in ``with``, so that no git goes on alone.

    Args:
        root: the working directory.
        arguments: the command and its arguments, see :func:`git`.
        stdin: what git reads; nothing where absent.
        env: more environment variables.
        config: more configuration, overriding every file.

    Raises:
        WrongEnvironment: git is not installed.
    """

    def __init__(
        self,
        root: Path,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        config: Mapping[str, str] | None = None,
    ) -> None:
        import subprocess  # noqa: PLC0415 - lists ask git nothing

        self._arguments = arguments
        try:
            self._process = subprocess.Popen(
                ["git", *SAFE_OPTIONS, *arguments],  # noqa: S607 - git is found on PATH
                cwd=root,
                env=environment(env, config),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise no_git() from error
        self._left: bytes | None = stdin
        if stdin and len(stdin) <= _AT_ONCE and (into := self._process.stdin):
            # Any pipe holds as much, so that git goes on at once and nobody waits for it.
            with contextlib.suppress(BrokenPipeError):  # it ended before, and will say why
                into.write(stdin)
                into.close()
            self._process.stdin = self._left = None

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if (
            kind is not None
        ):  # whoever interrupts Python means git, too, which then takes back its locks
            self._process.terminate()
            self._process.communicate()

    def result(self) -> bytes:
        """What git wrote, when it has ended; asked for once.

        Raises:
            GitFailed: git ended with an error.
        """
        with self:
            said, wrong = self._process.communicate(self._left)
        code = self._process.returncode
        if code:
            raise GitFailed(self._arguments, code, wrong.decode("utf-8", "replace").strip())
        return said


class Talking:
    """A git that is asked and answers, many times; use it in ``with``.

    Args:
        root: the working directory.
        arguments: the command and its arguments, see :func:`git`.
        tells: whether what it says of errors is wanted, of which there must be little.
    """

    def __init__(self, root: Path, *arguments: str, tells: bool = False) -> None:
        import subprocess  # noqa: PLC0415 - lists ask git nothing

        self._process = subprocess.Popen(
            ["git", *SAFE_OPTIONS, *arguments],  # noqa: S607 - git is found on PATH
            cwd=root,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if tells else subprocess.DEVNULL,
        )
        assert self._process.stdin is not None  # noqa: S101 - they are pipes
        assert self._process.stdout is not None  # noqa: S101
        self.into, self.out = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def git(
    root: Path,
    *arguments: str,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
) -> bytes:
    """Run git in a folder and give its output.

    Args:
        root: the working directory.
        arguments: the command and its arguments; the caller puts ``--`` before paths and hands
            in no person's text as a revision or an option.
        stdin: what git reads; nothing where absent.
        env: more environment variables.
        config: more configuration, overriding every file.

    Raises:
        GitFailed: git ended with an error.
        WrongEnvironment: git is not installed.
    """
    return Running(root, *arguments, stdin=stdin, env=env, config=config).result()


def no_git() -> WrongEnvironment:
    """The error for a machine without git."""
    return WrongEnvironment("找不到 git 程序", "请先安装 git（2.34 或更新的版本）")
