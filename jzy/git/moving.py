"""Moving the branch and the work tree to another commit, without losing what is uncommitted.

What somebody changed and did not commit stays as it is, staged or not; where the move would have
to touch it, nothing moves at all. The work tree goes first and the branch last. A process that
is killed in between leaves files which already are what was coming: they are no obstacle to the
next attempt.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from pathlib import Path

from jzy.git.bench import changes
from jzy.git.history import REGULAR, FileChange
from jzy.git.lock import alone
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.model.errors import Refused, WrongEnvironment

_SHOWN = 5


def check_clear(repository: Repository, old: str, new: str) -> list[FileChange]:
    """Refuse a move that would touch what is uncommitted; nothing is changed.

    Args:
        repository: the repository.
        old: the commit that HEAD names.
        new: the commit to move to, or its tree.

    Returns:
        Files whose uncommitted content already is what the move brings.

    Raises:
        Refused: naming the files that stand in the way.
    """
    coming = {change.path: change for change in changes(repository, old, new)}
    state = repository.status()
    there = {
        path
        for path, change in coming.items()
        if path in state or (change.old is None and _is_there(repository.root / path))
    }
    same = [coming[path] for path in sorted(there) if _is_same(repository, coming[path])]
    blocked = sorted(there - {change.path for change in same})
    if blocked:
        raise _blocked(blocked)
    return same


def move(repository: Repository, old: str, new: str) -> None:
    """Bring branch, index and work tree from one commit to another.

    Args:
        repository: the repository; HEAD is on a branch.
        old: the commit that HEAD names.
        new: the commit to move to.

    Raises:
        Refused: see :func:`check_clear`, or HEAD moved meanwhile; everything is as it was.
        WrongEnvironment: another program is at work in this repository.
    """
    with alone(repository):
        if repository.head() != old:
            raise Refused("仓库刚刚有了新的提交，没有移动", "请再执行一次 jzy sync")
        same = check_clear(repository, old, new)
        try:
            for change in same:
                if change.new is not None and _is_there(repository.root / change.path):
                    place = f"{change.mode},{change.new},{change.path}"
                    repository.run("update-index", "--add", "--cacheinfo", place)
            with contextlib.suppress(GitFailed):  # it fails where files are changed; they may be
                repository.run("update-index", "-q", "--refresh")
            repository.run("read-tree", "-m", "-u", old, new)
        except GitFailed as error:
            raise _in_words(error) from error
        try:
            repository.run("update-ref", "-m", "jzy sync", "HEAD", new, old)
        except GitFailed as error:
            with contextlib.suppress(GitFailed):
                repository.run("read-tree", "-m", "-u", new, old)
            raise Refused("分支没有移动，文件已恢复原状", "请再执行一次 jzy sync") from error


def _is_same(repository: Repository, change: FileChange) -> bool:
    """Whether nothing is lost: the file and what is staged of it are old or already new."""
    staged = {
        line.split(b"\t")[0].split(b" ")[1].decode()
        for line in repository.run("ls-files", "--stage", "-z", "--", change.path).split(b"\0")
        if line
    }
    if not staged <= {change.old, change.new}:
        return False
    file = repository.root / change.path
    if not _is_there(file):
        # A file that was removed, and not its removal staged, comes back as git would bring it.
        return bool(staged) or change.new is None
    if change.new is None or change.mode not in REGULAR or file.is_symlink() or not file.is_file():
        return False
    return file.read_bytes() == repository.run("cat-file", "blob", change.new)


def _is_there(file: Path) -> bool:
    return file.is_symlink() or file.exists()


def _blocked(paths: Collection[str]) -> Refused:
    named = sorted(paths)
    more = f"等 {len(named)} 个文件" if len(named) > _SHOWN else ""
    return Refused(
        f"同步会改动您尚未提交的文件：{'、'.join(named[:_SHOWN])}{more}",
        "请先提交、移走或放弃这些改动（git restore），再执行 jzy sync",
    )


def _in_words(error: GitFailed) -> Refused | WrongEnvironment:
    if "index.lock" in error.stderr:
        return WrongEnvironment(
            "另一个 git 程序正在使用这个仓库（.git/index.lock）",
            "请等它结束；确认没有 git 程序在运行后，可删去 .git/index.lock",
        )
    named = re.findall(r"'(.+?)'", error.stderr)
    if named:
        return _blocked(set(named))
    last = error.stderr.splitlines()[-1] if error.stderr else f"代码 {error.code}"
    return Refused(f"git 没有更新文件：{last}", "请按提示处理后再试")
