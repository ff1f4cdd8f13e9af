"""The git repository that holds the records: its state, its configuration, its files in history."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jzy.git.plumbing import GitFailed, Running, git
from jzy.model.errors import Refused, WrongEnvironment

if TYPE_CHECKING:
    from jzy.git.history import Objects


class Commit(NamedTuple):
    """A commit as lists show it."""

    id: str
    author: str
    date: str
    """Author date, ISO 8601 with offset."""
    subject: str


class Repository:
    """A repository whose work tree is the root of the records.

    Bulk reading goes to git's own plumbing, because GitPython takes 8 times the start of Python
    to import and some hundred times as long for history (design §10); GitPython serves where
    neither matters, see :mod:`jzy.git.founding`.

    Args:
        root: of the records.
        folder: git's own folder.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder

    @classmethod
    def open(cls, root: Path) -> Repository:
        """The repository at a folder.

        Raises:
            WrongEnvironment: no git, no repository, or the folder is not the top of its work
                tree.
        """
        try:
            said = git(root, "rev-parse", "--show-toplevel", "--absolute-git-dir").decode("utf-8")
        except GitFailed as error:
            if "dubious ownership" in error.stderr:
                raise WrongEnvironment(
                    "这个文件夹属于另一位用户，git 不信任它",
                    "请先用 git config --global --add safe.directory 登记该文件夹",
                ) from error
            raise WrongEnvironment(
                "记录所在的文件夹还不是 git 仓库", "请先在该文件夹执行 git init，或用 jzy init 新建"
            ) from error
        top, folder = said.splitlines()
        if Path(top).resolve() != root.resolve():
            raise WrongEnvironment(
                "记录不在 git 仓库的最上一级，不能签批", "请让 records/ 位于仓库的最上一级"
            )
        return cls(root, Path(folder))

    @cached_property
    def objects(self) -> Objects:
        """One ``git cat-file --batch`` for the whole of a command; it ends with this object, or
        with Python."""
        from jzy.git.history import Objects  # noqa: PLC0415 - which knows this module

        return Objects(self, lasting=True)

    @cached_property
    def filters_off(self) -> dict[str, str]:
        """Configuration that switches off every content filter that any file defines.

        ``.gitattributes`` comes with a clone, and a filter named there runs on ``git add``.
        """
        try:
            names = git(self.root, "config", "--name-only", "-z", "--get-regexp", r"^filter\.")
        except GitFailed:
            return {}
        return {
            name: "false" if name.endswith(".required") else ""
            for name in names.decode("utf-8", "replace").split("\0")
            if name
        }

    def run(
        self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git here with filters off, see :func:`jzy.git.plumbing.git`."""
        return self.start(*arguments, stdin=stdin, env=env).result()

    def start(
        self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> Running:
        """The same, while Python goes on."""
        return Running(self.root, *arguments, stdin=stdin, env=env, config=self.filters_off)

    def configured(self, name: str) -> str | None:
        """The value of a setting, ``None`` where it is not set."""
        try:
            return git(self.root, "config", "--get", name).decode("utf-8").rstrip("\n")
        except GitFailed:
            return None

    def head(self) -> str | None:
        """The id of the commit that HEAD names, ``None`` before the first."""
        try:
            return (
                git(self.root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
            )
        except GitFailed:
            return None

    def check_ready(self) -> None:
        """Refuse to commit where a commit would be lost or cannot be made alone.

        Raises:
            Refused: HEAD is on no branch, or a merge, rebase or the like is under way.
        """
        if not self._on_branch():
            raise Refused(
                "仓库现在不在任何分支上，提交之后会找不到", "请先切换到分支，例如 git checkout main"
            )
        under_way = {
            "MERGE_HEAD": "合并", "rebase-merge": "变基", "rebase-apply": "变基",
            "CHERRY_PICK_HEAD": "拣选", "REVERT_HEAD": "还原",
        }  # fmt: skip
        for name, title in under_way.items():
            if (self.folder / name).exists():
                raise Refused(
                    f"仓库正在{title}，不能在中途提交", f"请先完成{title}，或用 git 的 --abort 放弃"
                )

    def _on_branch(self) -> bool:
        try:
            if (self.folder / "HEAD").read_bytes().startswith(b"ref: refs/heads/"):
                return True
            git(self.root, "symbolic-ref", "--quiet", "HEAD")
        except (OSError, GitFailed):
            return False
        return True

    def status(self) -> dict[str, str]:
        """Every path that differs from HEAD, with git's two-letter state; ``??`` is untracked."""
        said = self.run(
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--ignore-submodules=all",
        )
        found = {}
        for line in said.decode("utf-8", "surrogateescape").split("\0"):
            if line:
                found[line[3:]] = line[:2]
        return found

    def content(self, path: str, revision: str = "HEAD") -> bytes | None:
        """A file's bytes at a revision, ``None`` where it is not there.

        Args:
            path: relative to the root.
            revision: ``HEAD`` or a full commit id.
        """
        try:
            return git(self.root, "cat-file", "blob", f"{revision}:{path}")
        except GitFailed:
            return None

    def commits_of(self, path: str) -> list[Commit]:
        """The commits that changed a file, oldest first.

        Args:
            path: relative to the root.
        """
        if self.head() is None:
            return []
        said = git(
            self.root, "log", "-z", "--reverse", "--format=%H%x09%an%x09%aI%x09%s", "--full-history",
            "HEAD", "--", path,
        )  # fmt: skip
        lines = said.decode("utf-8", "replace").split("\0")
        return [Commit(*line.strip("\n").split("\t", 3)) for line in lines if line.strip("\n")]

    def goes_on_from(self, before: str, after: str) -> bool:
        """Whether one commit follows another in a line: no merge and no other root between them.

        Args:
            before: full id of the earlier commit; it may be there no longer.
            after: full id of the later one.
        """
        try:
            said = git(self.root, "rev-list", "--parents", f"{before}..{after}", "--")
        except GitFailed:
            return False
        awaited = after
        for line in said.decode("ascii").splitlines():
            commit, *parents = line.split()
            if commit != awaited or len(parents) != 1:
                return False
            awaited = parents[0]
        return awaited == before

    def last_commits(self, since: str | None = None) -> dict[str, str]:
        """For each file that records may be: the id of the last commit that changed it.

        One pass over history.

        Args:
            since: full id of a commit, before whose successors nothing is looked at; all of
                history if absent.
        """
        if self.head() is None:
            return {}
        said = git(
            self.root, "log", "-z", "--format=%x01%H", "--name-only", "--no-renames",
            "--diff-merges=first-parent", f"{since}..HEAD" if since else "HEAD", "--", "records",
        )  # fmt: skip
        found: dict[str, str] = {}
        commit = ""
        for piece in said.decode("utf-8", "surrogateescape").split("\0"):
            part = piece.lstrip("\n")
            if part.startswith("\x01"):
                commit = part[1:]
            elif part:
                found.setdefault(part, commit)
        return found
