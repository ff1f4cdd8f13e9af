"""A repository's own git configuration: read as it stands, and changed in one step.

Values go to git as arguments and nowhere else, so that blanks, quotes, ``#``, ``%`` and Chinese
are git's to write down. Reading it runs none of the programs that it names.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from jzy.git import undo
from jzy.git.plumbing import git
from jzy.git.repository import Repository
from jzy.model.errors import Refused, WrongEnvironment

Values = dict[str, list[str]]
"""Every value of each setting, in the order in which git reads them: the last one counts."""
SIGNERS = "allowed-signers"
_NO_OVERRIDES = {"GIT_CONFIG_COUNT": "0"}
_RUNS_A_PROGRAM = re.compile(
    r"core\.(fsmonitor|hookspath|sshcommand|editor|pager|askpass|gitproxy|alternaterefscommand)"
    r"|gpg\.(.+\.)?(program|defaultkeycommand)|diff\.(.+\.)?(external|command|textconv)"
    r"|filter\..+\.(clean|smudge|process)|merge\..+\.driver|trailer\..+\.(command|cmd)"
    r"|(mergetool|difftool|guitool|browser|man)\..+\.(cmd|path)|(pager|alias)\..+|tar\..+\.command"
    r"|remote\..+\.(uploadpack|receivepack|vcs)|credential\.(.+\.)?helper|submodule\..+\.update"
    r"|sequence\.editor|interactive\.difffilter|uploadpack\.packobjectshook"
    r"|gc\.recentobjectshook|include\.path|includeif\..+\.path"
)
_ONLY_WITH_MARK = ("alias.", "submodule.")
"""Whose values run a program only where they begin with an exclamation mark."""
_SWITCHES = ("true", "false", "")


def own(repository: Repository) -> Values:
    """What the repository's own file says, without what it includes."""
    return _listed(repository, "--file", str(file_of(repository)))


def effective(repository: Repository) -> Values:
    """What git goes by here: the machine's, the user's and the repository's files together."""
    return _listed(repository)


def write(repository: Repository, wanted: Mapping[str, str]) -> None:
    """Set some settings in the repository's own file: all of them, or none.

    Args:
        repository: the repository.
        wanted: the one value that each shall have.

    Raises:
        Refused: the file is a link, which would lead somewhere else.
        WrongEnvironment: another program is changing it.
    """
    file = file_of(repository)
    if file.is_symlink() or file.parent.is_symlink():
        raise Refused("仓库的 git 设置文件（.git/config）是链接，不能写入", "请换用重新克隆的仓库")
    before = file.read_bytes()
    with tempfile.TemporaryDirectory(prefix="jzy-") as folder:
        draft = Path(folder) / "config"
        draft.write_bytes(before)
        for name, value in wanted.items():
            git(repository.root, "config", "--file", str(draft), "--replace-all", name, value)
        content = draft.read_bytes()
    _replace(file, before, content)


def file_of(repository: Repository) -> Path:
    """The repository's own configuration file."""
    said = git(repository.root, "rev-parse", "--git-path", "config").decode("utf-8")
    return repository.root / said.rstrip("\n")


def plain(name: str) -> str:
    """A setting's name as git lists it: lower case, but for what stands in the middle."""
    first, _, rest = name.partition(".")
    middle, dot, last = rest.rpartition(".")
    return f"{first.lower()}.{middle}{dot}{last.lower()}"


def running(repository: Repository) -> Iterator[str]:
    """What in the repository's own settings and hooks would run a program when plain git is used
    here; jzy runs none of it."""
    for name, values in own(repository).items():
        if not _RUNS_A_PROGRAM.fullmatch(name) or values[-1] in _SWITCHES:
            continue
        if not name.startswith(_ONLY_WITH_MARK) or values[-1].startswith("!"):
            yield name
    hooks = file_of(repository).parent / "hooks"
    with contextlib.suppress(OSError):
        for hook in sorted(hooks.iterdir()):
            if hook.suffix != ".sample" and hook.is_file() and os.access(hook, os.X_OK):
                yield f"hooks/{hook.name}"


def signers_file(repository: Repository) -> Path:
    """Where jzy keeps the allowed signers of a repository."""
    return repository.folder / "jzy" / SIGNERS


def write_signers(repository: Repository, content: bytes) -> None:
    """Replace the file of allowed signers in one step.

    Raises:
        Refused: jzy's folder is a link, which would lead somewhere else.
    """
    file = signers_file(repository)
    if file.parent.is_symlink():
        raise Refused(".git/jzy 是链接，不能写入", "请删除这个链接后再试")
    undo.folder(repository)
    undo.write(file, content)


def read_signers(repository: Repository) -> bytes | None:
    """The file of allowed signers as it stands, ``None`` where there is none of jzy's own."""
    file = signers_file(repository)
    with contextlib.suppress(OSError):
        if file.is_file() and not file.is_symlink():
            return file.read_bytes()
    return None


def _listed(repository: Repository, *where: str) -> Values:
    said = git(repository.root, "config", *where, "--list", "-z", env=_NO_OVERRIDES)
    found: Values = {}
    for entry in said.decode("utf-8", "surrogateescape").split("\0"):
        if entry:
            name, _, value = entry.partition("\n")
            found.setdefault(name, []).append(value)
    return found


def _replace(file: Path, before: bytes, content: bytes) -> None:
    """Put new bytes in place as git itself does, so that two programs cannot undo each other."""
    lock = file.with_name(file.name + ".lock")
    try:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        handle = os.open(lock, flags, 0o666)
    except FileExistsError as error:
        raise WrongEnvironment(
            "另一个 git 程序正在改动设置（.git/config.lock）",
            "请等它结束；确认没有 git 程序在运行后，可删去 .git/config.lock",
        ) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if file.read_bytes() != before:
            raise WrongEnvironment("git 的设置刚刚被改动过", "请再执行一次")
        lock.chmod(file.stat().st_mode & 0o777)
        lock.replace(file)
    finally:
        lock.unlink(missing_ok=True)
