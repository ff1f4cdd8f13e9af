"""Fetching from a server and pushing to it, with nothing but the user's own configuration.

A repository's ``.git/config`` can name programs for every step of a transfer: for ssh, passwords,
proxies, the far side's commands, hooks. None of it is read here: git works in a scratch
repository of our own making, which has the real objects and no configuration, and gets the
server's address as an argument. What the user's own and the machine's configuration or
environment say about ssh, certificates and passwords holds as everywhere.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from jzy.git.bench import working_folder
from jzy.git.plumbing import SAFE_CONFIGURATION, GitFailed, git
from jzy.git.receipts import REF as RECEIPTS
from jzy.git.repository import Repository
from jzy.model.errors import JzyError, Refused, WrongEnvironment, WrongUsage

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.|$|lock$))*")
_USERS_OWN = (
    "GIT_SSH_COMMAND", "GIT_SSH", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
)  # fmt: skip
"""Of git's variables those by which a user says how to reach a server."""
_TRANSFER: Mapping[str, str] = {
    **{name: value for name, value in SAFE_CONFIGURATION.items() if name != "core.sshCommand"},
    "protocol.http.allow": "always",
    "protocol.https.allow": "always",
    "protocol.ssh.allow": "always",
    "protocol.file.allow": "always",
    "transfer.fsckObjects": "true",
    "fetch.fsckObjects": "true",
    "fetch.writeCommitGraph": "false",
    "fetch.recurseSubmodules": "false",
    "push.recurseSubmodules": "no",
    "push.gpgSign": "false",
    "push.followTags": "false",
}
_BRANCH, _GOT_RECEIPTS = "refs/got/branch", "refs/got/receipts"
_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Rejection:
    """A push that the server did not take."""

    reason: str
    """git's own word for it, for example ``pre-receive hook declined``."""
    lines: tuple[str, ...] = ()
    """What the server said, line by line, as it came: unsafe for a terminal."""


class Got(NamedTuple):
    """What the server has."""

    branch: str | None
    """The id of its branch's tip, ``None`` where it has no such branch."""
    receipts: str | None
    """The id of its last receipt, ``None`` where it keeps none."""


@dataclass(frozen=True)
class Remote:
    """One server, or a repository on a disk, to exchange commits with."""

    repository: Repository
    name: str
    url: str = field(repr=False)
    """Where to fetch from; it may hold a password, so it is never shown as it is."""
    push_url: str = field(repr=False)
    ask: bool
    """Whether git may ask for a user name and a password on the terminal."""

    @classmethod
    def named(cls, repository: Repository, name: str, *, ask: bool) -> Remote:
        """The remote that the repository's configuration knows under a name.

        Raises:
            WrongUsage: this cannot be a remote's name.
            WrongEnvironment: there is none of that name, it names several addresses, or one that
                came with the repository itself.
        """
        if not _NAME.fullmatch(name):
            raise WrongUsage(f"“{name}”不能是远程仓库的名称", "请写 git remote 列出的名称")
        urls, push_urls = (
            _values(repository, f"remote.{name}.{key}") for key in ("url", "pushurl")
        )
        if not urls:
            others = repository.run("remote").decode("utf-8", "replace").split()
            advice = f"可用 --remote 指定：{'、'.join(others)}" if others else (
                f"请向登记管理员询问服务器的地址，再执行 git remote add {name} 地址"
            )  # fmt: skip
            raise WrongEnvironment(f"没有配置远程仓库 {name}", advice)
        if len(urls) > 1 or len(push_urls) > 1:
            raise WrongEnvironment(
                f"远程仓库 {name} 配置了几个地址，无法确定用哪一个",
                "请用 git remote set-url 只留一个",
            )
        if any(_is_inside(repository, url) for url in (*urls, *push_urls)):
            raise WrongEnvironment(
                f"远程仓库 {name} 就在本仓库的文件夹里，推送会执行其中的程序",
                "请用 git remote set-url 改为服务器的地址",
            )
        return cls(repository, name, urls[0], (push_urls or urls)[0], ask)

    def tracking(self, branch: str) -> str:
        """The ref that remembers where a branch of the server was last seen."""
        return f"refs/remotes/{self.name}/{branch}"

    def fetch(self, branch: str | None, known: Sequence[str]) -> Got:
        """Bring the objects of one branch and of the receipts here; no ref of ours moves.

        Args:
            branch: the branch's name, without ``refs/heads/``; ``None`` for receipts alone.
            known: ids of commits that are here already, so that only what is new is sent.

        Raises:
            WrongEnvironment: the server cannot be reached, or does not let this user in.
            Refused: what it sent is not sound.
        """
        with self._scratch() as scratch:
            for number, commit in enumerate(known):
                with contextlib.suppress(GitFailed):  # it only spares sending what is here
                    scratch.run("update-ref", f"refs/have/{number}", commit)
            # As a pattern the receipts may be missing; a branch that is missing is an error.
            wanted = [f"+{RECEIPTS}*:{_GOT_RECEIPTS}*"]
            if branch is not None:
                wanted.append(f"+refs/heads/{branch}:{_BRANCH}")
            try:
                self._fetch(scratch, wanted)
            except GitFailed as error:
                if branch is None or "couldn't find remote ref" not in error.stderr:
                    raise self._failure(error) from error
                try:
                    self._fetch(scratch, wanted[:1])
                except GitFailed as again:
                    raise self._failure(again) from again
            return Got(scratch.resolve(_BRANCH), scratch.resolve(_GOT_RECEIPTS))

    def push(self, commit: str, branch: str) -> Rejection | None:
        """Offer a commit as the new tip of a branch, without force.

        Args:
            commit: a full commit id.
            branch: the branch's name.

        Returns:
            ``None`` where the server took it, otherwise why not.

        Raises:
            WrongEnvironment: see :meth:`fetch`.
        """
        with self._scratch() as scratch:
            try:
                scratch.run(
                    "push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags",
                    "--no-force", "--recurse-submodules=no", "--receive-pack=git-receive-pack",
                    "--", self.push_url, f"{commit}:refs/heads/{branch}",
                )  # fmt: skip
            except GitFailed as error:
                rejection = _rejection(error.stderr)
                if rejection is None:
                    raise self._failure(error) from error
                return rejection
        return None

    def _fetch(self, scratch: _Scratch, wanted: Sequence[str]) -> None:
        scratch.run(
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance",
            "--no-write-fetch-head", "--upload-pack=git-upload-pack", "--", self.url, *wanted,
        )  # fmt: skip

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[_Scratch]:
        """A repository with the real objects and nothing else, gone afterwards."""
        real = self.repository
        where = real.run("rev-parse", "--path-format=absolute", "--git-path", "objects")
        objects = os.fsdecode(where.rstrip(b"\n"))
        form = real.run("rev-parse", "--show-object-format").decode("ascii").strip()
        with working_folder(real) as folder:
            place = folder / "scratch"
            git(
                folder, "init", "--quiet", "--bare", "--template=", f"--object-format={form}",
                "--", str(place),
            )  # fmt: skip
            yield _Scratch(real.root, place, objects, self.ask)

    def _failure(self, error: GitFailed) -> JzyError:
        """What a failed transfer means, in an office's words."""
        said = error.stderr
        for words, kind, what, advice in _FAILURES:
            if any(word in said for word in words):
                return kind(what.format(name=self.name), advice)
        lines = [line for line in said.splitlines() if line and not line.startswith("hint:")]
        last = re.sub(r"//[^/@\s]*@", "//", lines[-1]) if lines else f"代码 {error.code}"
        return WrongEnvironment(
            f"与远程仓库 {self.name} 交换数据没有成功：{last}", "请按提示处理后再试"
        )


@dataclass(frozen=True, slots=True)
class _Scratch:
    root: Path
    """Where git runs, so that a relative address means what it means in the repository."""
    folder: Path
    objects: str
    ask: bool

    def run(self, *arguments: str) -> bytes:
        return git(self.root, *arguments, env=self._environment())

    def resolve(self, ref: str) -> str | None:
        try:
            said = self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        except GitFailed:
            return None
        return said.decode("ascii").strip()

    def _environment(self) -> dict[str, str]:
        found = {name: os.environ[name] for name in _USERS_OWN if name in os.environ}
        found["GIT_DIR"] = str(self.folder)
        found["GIT_OBJECT_DIRECTORY"] = self.objects
        found["GIT_TERMINAL_PROMPT"] = "1" if self.ask else "0"
        # The same variables by which :mod:`jzy.git.plumbing` sets what is safe without a network.
        found["GIT_CONFIG_COUNT"] = str(len(_TRANSFER))
        for number, (name, value) in enumerate(_TRANSFER.items()):
            found[f"GIT_CONFIG_KEY_{number}"] = name
            found[f"GIT_CONFIG_VALUE_{number}"] = value
        return found


_UNREACHABLE = "请检查网络、VPN 和 git remote -v 列出的地址后再试"
_FAILURES: tuple[tuple[tuple[str, ...], type[JzyError], str, str], ...] = (
    (
        ("fsck error", "unpack-objects failed", "index-pack failed", "did not send all necessary"),
        Refused,
        "远程仓库 {name} 送来的数据没有通过检验，没有采用",
        "请把情况告诉服务器的管理员",
    ),
    (
        ("Host key verification failed",),
        WrongEnvironment,
        "远程仓库 {name} 的主机密钥未经确认，或与以前不同",
        "请向服务器的管理员核对主机密钥",
    ),
    (
        (
            "Authentication failed", "Permission denied", "could not read Username",
            "could not read Password", "terminal prompts disabled", "returned error: 401",
            "returned error: 403",
        ),
        WrongEnvironment,
        "远程仓库 {name} 不接受您的身份",
        "请核对账号、ssh 密钥或访问令牌，并确认有权读写该仓库",
    ),
    (
        ("dubious ownership",),
        WrongEnvironment,
        "远程仓库 {name} 的文件夹属于另一位用户，git 不信任它",
        "请先用 git config --global --add safe.directory 登记该文件夹",
    ),
    (
        ("not allowed", "Unable to find remote helper", "is not a git command", "' blocked"),
        WrongEnvironment,
        "远程仓库 {name} 的地址写法或传输方式不能使用",
        "请用 git remote set-url 改为 https、ssh 的地址，或本机磁盘上的路径",
    ),
    (
        ("does not appear to be a git repository", "does not exist", "not found"),
        WrongEnvironment,
        "远程仓库 {name} 的地址处没有 git 仓库",
        "请核对 git remote -v 列出的地址",
    ),
    (
        (
            "Could not resolve", "unable to access", "Could not read from remote repository",
            "Connection refused", "timed out", "unable to connect", "hung up unexpectedly",
        ),
        WrongEnvironment,
        "连接不到远程仓库 {name}",
        _UNREACHABLE,
    ),
)  # fmt: skip
"""By words of git's own, the first that fits: what happened, and what to do."""


def _rejection(said: str) -> Rejection | None:
    """The server's refusal out of what ``git push`` said, ``None`` where it said no such thing.

    What the server itself says begins with ``remote:``, so it cannot pass for git's own line.
    """
    lines = said.splitlines()
    refused = [
        hit[1] for line in lines if (hit := re.match(r" ! \[.*rejected\] .*\((.*)\)$", line))
    ]
    if not refused:
        return None
    told = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    if len(told) > _MOST_LINES:
        told = [*told[:_MOST_LINES], "……"]
    return Rejection(refused[0], tuple(told))


def _is_inside(repository: Repository, url: str) -> bool:
    """Whether an address means a place in the repository's own folder.

    A push to a repository on a disk runs that one's hooks; whoever made a folder for others could
    have put it there.
    """
    if url.startswith("file://"):
        path = unquote(url.removeprefix("file://"))
        path = path if path.startswith("/") else "//" + path
    elif ":" in url.split("/", 1)[0]:  # as git tells host:path from a path
        return False
    else:
        path = url
    try:
        place = (repository.root / path).resolve()
    except (OSError, RuntimeError, ValueError):  # no path that anything could lie at
        return False
    homes = (repository.root.resolve(), repository.folder.resolve())
    return any(place.is_relative_to(home) for home in homes)


def _values(repository: Repository, setting: str) -> list[str]:
    try:
        said = repository.run("config", "--null", "--get-all", setting)
    except GitFailed:
        return []
    return [value for value in said.decode("utf-8", "surrogateescape").split("\0") if value]
