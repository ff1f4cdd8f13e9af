"""Setting up a bare repository as the office's server, and its receipts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jzy.git import receipts
from jzy.git.keys import SigningKey, key_at, make_throwaway_key
from jzy.git.plumbing import GitFailed, git
from jzy.git.repository import Repository
from jzy.model.errors import Refused, WrongEnvironment
from jzy.office.gate import examine_whole, take_note
from jzy.office.push import Server, Update

HOOKS = ("pre-receive", "post-receive")
_MARK = "# jzy hook"
_SETTINGS = {
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "receive.fsckObjects": "true",
    "receive.advertisePushOptions": "false",
    "core.logAllRefUpdates": "always",
}
"""git's own refusals, should the hook ever be taken away; the door does not rely on them."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What ``hook install`` did."""

    folder: Path
    branch: str
    key: SigningKey
    made_key: bool
    commits: int
    """How many commits the branch held already, all of them found to be sound."""


def bare(folder: Path) -> Repository:
    """The bare repository at a folder.

    Raises:
        WrongEnvironment: there is none.
    """
    try:
        said = git(folder, "rev-parse", "--is-bare-repository", "--absolute-git-dir")
    except (GitFailed, OSError) as error:
        raise WrongEnvironment(
            f"{folder} 不是 git 仓库", "请先在服务器上执行 git init --bare -b main 文件夹"
        ) from error
    answer, place = said.decode("utf-8").splitlines()
    if answer != "true":
        raise WrongEnvironment(
            f"{folder} 不是裸仓库", "服务器上的仓库不带工作区，请用 git init --bare 新建"
        )
    return Repository(Path(place), Path(place))


def server_at(folder: Path) -> Server:
    """The server whose repository lies at a folder, as its own configuration says.

    Raises:
        WrongEnvironment: no bare repository, or no root pinned.
    """
    repository = bare(folder)
    pinned = repository.configured("jzy.root")
    if not pinned:
        raise WrongEnvironment("服务器没有固定根密钥", "请由服务器管理员执行 jzy hook install")
    branch = repository.configured("jzy.branch") or "main"
    return Server(repository, f"refs/heads/{branch}", pinned)


def install(folder: Path, pinned: str, branch: str, key_file: Path | None) -> Installed:
    """Put the hooks into a bare repository, after its history was found to be sound.

    Args:
        folder: the bare repository.
        pinned: the fingerprint of the key that signed, or shall sign, the first commit.
        branch: the one branch that may be pushed.
        key_file: the server's private key for receipts; made where absent.

    Raises:
        WrongEnvironment: no bare repository, or the key cannot be used.
        Refused: another hook is in the way, or the history there is not sound.
    """
    repository = bare(folder)
    for name in HOOKS:
        hook = repository.folder / "hooks" / name
        if hook.exists() and _MARK not in hook.read_text("utf-8", "replace"):
            raise Refused(f"仓库已有别的 {name} 钩子", f"请先移走 {hook}，或在其中调用 jzy hook")
    server = Server(repository, f"refs/heads/{branch}", pinned)
    commits = examine_whole(server)
    place = key_file.absolute() if key_file else repository.folder / "jzy" / "server-key"
    made = not place.exists()
    key = make_throwaway_key(place, "jzy-server") if made else key_at(place)
    settings = {
        **_SETTINGS,
        "jzy.root": pinned,
        "jzy.branch": branch,
        "jzy.serverKey": str(place),
    }
    for setting, value in settings.items():
        repository.run("config", "--local", "--replace-all", setting, value)
    (repository.folder / "hooks").mkdir(exist_ok=True)
    for name in HOOKS:
        _write_hook(repository.folder / "hooks" / name, name)
    return Installed(repository.folder, branch, key, made, commits)


def receive(server: Server, updates: Sequence[Update]) -> datetime | None:
    """After a push was taken in: write a receipt for it, and keep what was found out.

    Returns:
        When it was received; ``None`` where nothing was pushed.

    Raises:
        WrongEnvironment: the server has no key, or it cannot sign.
    """
    mine = [u for u in updates if u.ref == server.branch and not u.deletes]
    if not mine:
        return None
    location = server.repository.configured("jzy.serverKey")
    if not location:
        raise WrongEnvironment("服务器没有回执密钥", "请由服务器管理员执行 jzy hook install")
    key = key_at(Path(location))
    for update in mine:
        try:
            receipts.append(server.repository, key, update.old, update.new, update.ref)
        except GitFailed as error:
            raise WrongEnvironment(
                "服务器没有写成回执", f"请由服务器管理员检查密钥 {location}"
            ) from error
    take_note(server, mine[-1].new)
    return datetime.now(UTC)


def _write_hook(path: Path, name: str) -> None:
    """A hook that ends with an error, and so refuses, where Python or jzy are missing."""
    python = shlex.quote(sys.executable)
    path.write_text(f"#!/bin/sh\n{_MARK}\nexec {python} -I -m jzy hook {name}\n", encoding="utf-8")
    path.chmod(0o755)
