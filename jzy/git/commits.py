"""One change, one commit, made by git itself, or nothing at all.

The file is replaced, committed alone, and the new commit is checked. Whatever goes wrong on the
way, the file, the index and HEAD are put back (:mod:`jzy.git.undo`); if the process dies,
:func:`recover` does so at the next start.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from jzy.git import undo
from jzy.git.keys import SigningKey
from jzy.git.lock import alone
from jzy.git.plumbing import GitFailed, Running
from jzy.git.repository import Repository
from jzy.git.signature import BadSignature, check_commit, prepare
from jzy.git.trees import PLAIN, File, Trees, file_in
from jzy.model.errors import JzyError, Refused, WrongEnvironment

if TYPE_CHECKING:
    from jzy.git.history import Objects

MAIL_HOST = "jzy.invalid"
"""git wants an address for an author; jzy keeps no addresses of people, so it gives one that the
domain name system promises never to resolve (RFC 2606)."""
_OF_KEY = re.compile(r"sign|ssh|key|agent|passphrase", re.IGNORECASE)
"""What is in git's and OpenSSH's words where a commit could not be signed."""


class Author(NamedTuple):
    """Whose name a commit carries: the person's, never the machine's."""

    id: str
    name: str

    def environment(self, when: datetime | None) -> dict[str, str]:
        """git's variables for author and committer; no date means now."""
        found = {}
        for role in ("AUTHOR", "COMMITTER"):
            found[f"GIT_{role}_NAME"] = self.name
            found[f"GIT_{role}_EMAIL"] = f"{self.id}@{MAIL_HOST}"
            if when is not None:
                found[f"GIT_{role}_DATE"] = when.isoformat(timespec="seconds")
        return found


class Change(NamedTuple):
    """One file's new content and the commit that shall carry it."""

    path: str
    """Relative to the root."""
    content: bytes
    message: str
    """The whole message, kept to the letter."""
    author: Author
    """Author and committer."""
    key: SigningKey | None
    """Signs the commit; ``None`` leaves it unsigned."""
    when: datetime | None = None
    """Author and committer date; now if absent."""
    expected: bytes | None = None
    """What the file must hold at that moment; ``None`` asks nothing."""


def commit_file(repository: Repository, change: Change) -> str:
    """Put content into one file and commit exactly that file.

    Other changed or staged files stay as they are.

    Returns:
        The new commit's id.

    Raises:
        Refused: the commit could not be made; everything is as it was.
        WrongEnvironment: another jzy is at work in this repository, or the key cannot sign.
    """
    with alone(repository):
        repository.check_ready()
        if not undo.is_record(repository.root, change.path):
            raise Refused(f"{change.path} 的路径上有链接，不能写入", "请用普通文件夹代替链接")
        held = repository.objects.read("HEAD")
        before = held[0] if held else None
        file = repository.root / change.path
        old = file.read_bytes() if file.exists() else None
        if change.expected is not None and old != change.expected:
            raise Refused(f"{change.path} 刚刚被改动过", "请查看改动后再试", where=change.path)
        with undo.undoable(repository, before, change.path, old, change.content):
            undo.write(file, change.content)
            _commit(repository, before, change)
            return _checked(repository, before, change)


def recover(repository: Repository) -> str | None:
    """Undo what a killed process left half done.

    Returns:
        The path that was put back, ``None`` where there was nothing to do.
    """
    if not undo.pending(repository):
        return None
    with alone(repository):
        return undo.finish(repository)


def _commit(repository: Repository, before: str | None, change: Change) -> None:
    """Commit the file alone, by git's plumbing.

    ``git commit`` asks the system of every file there is, which takes the longer the more there are.
    Here git reads the one file into the index, and meanwhile writes the folders around it and signs the
    commit; when all of that is done the branch is moved, unless somebody else has moved it.
    """
    try:
        with repository.start("update-index", "--add", "--", change.path) as indexing:
            index = _Index(repository, indexing, change.path)
            file = _foreseen(repository, before, change) or index.file
            new = _commit_of(repository, before, change, file, index)
        if index.file != file:
            new = _commit_of(repository, before, change, index.file, index)
        said = f"commit: {change.message.partition(chr(10))[0]}"
        repository.run("update-ref", "-m", said, "HEAD", new, before or "0" * len(new))
    except GitFailed as error:
        raise _explained(error) from error


class _Index:
    """The file as git has put it into the index, when it has."""

    def __init__(self, repository: Repository, indexing: Running, path: str) -> None:
        self._repository, self._indexing, self._path = repository, indexing, path

    @cached_property
    def file(self) -> File:
        """Its mode, and the id of what it holds."""
        self._indexing.result()
        said = self._repository.run("ls-files", "--stage", "-z", "--", self._path)
        if not said:
            raise Refused(f"git 没有收下 {self._path}", "请检查是否有其他程序同时改动仓库")
        mode, blob = said.split()[:2]
        return mode.decode("ascii"), blob.decode("ascii")


def _foreseen(repository: Repository, before: str | None, change: Change) -> File | None:
    """The file as it will probably be in the index, so that nobody has to wait for it; ``None`` where
    line ends may become others."""
    if before is None or b"\r" in change.content:
        return None
    was = file_in(repository.objects, before, change.path)
    algorithm = hashlib.sha1 if len(before) == 40 else hashlib.sha256
    head = b"blob %d\0" % len(change.content)
    return was[0] if was else PLAIN, algorithm(head + change.content).hexdigest()


def _commit_of(
    repository: Repository, before: str | None, change: Change, file: File, index: _Index
) -> str:
    """The id of a commit that no branch knows yet, when the index is ready, too."""
    objects, key = repository.objects, change.key
    with Trees(repository) as trees:
        tree = trees.with_file(objects, before, change.path, file)
    if before and tree == objects.tree_of(before):
        raise Refused("内容没有变化，没有可以提交的改动", "请先修改内容")
    arguments = ["-c", f"user.signingkey={key.location}"] if key else []
    with repository.start(
        *arguments, "commit-tree", *(["-S"] if key else []), *(["-p", before] if before else []),
        "-F", "-", tree,
        stdin=change.message.encode("utf-8"),
        env=change.author.environment(change.when),
    ) as committing:  # fmt: skip
        if key:
            prepare()  # what checks the new signature is loaded while git makes it
        _ = index.file
        try:
            return committing.result().decode("ascii").strip()
        except GitFailed as error:
            if key is None or not _OF_KEY.search(error.stderr):
                raise
            raise WrongEnvironment(
                "git 无法用您的密钥签名", "请确认私钥可读、口令正确，或 ssh-agent 中已载入该密钥"
            ) from error


def _explained(error: GitFailed) -> JzyError:
    if "index.lock" in error.stderr:
        return WrongEnvironment(
            "另一个 git 程序正在使用这个仓库（.git/index.lock）",
            "请等它结束；确认没有 git 程序在运行后，可删去 .git/index.lock",
        )
    last = error.stderr.splitlines()[-1] if error.stderr else f"代码 {error.code}"
    return Refused(f"git 没有完成提交：{last}", "请按提示处理后再试")


def _checked(repository: Repository, before: str | None, change: Change) -> str:
    """The id of the commit that git made, if it is what was asked for: this parent, this file
    alone, this key."""
    objects = repository.objects
    found = objects.read("HEAD")
    if found is None:
        raise Refused("git 没有完成提交", "请再执行一次")
    new, _, raw = found
    head = raw.split(b"\n\n")[0].split(b"\n")
    parents = [line[7:].decode() for line in head if line[:7] == b"parent "]
    alone = _is_only_change(objects, before, new, change.path)
    held = objects.content(f"{new}:{change.path}") or b""
    same = held.replace(b"\r\n", b"\n") == change.content.replace(b"\r\n", b"\n")
    if parents != ([before] if before else []) or not alone or not same:
        raise Refused("提交的内容与预期不符，已撤销", "请检查是否有其他程序同时改动仓库")
    if change.key is None:
        return new
    try:
        signer = check_commit(raw)
    except BadSignature as error:
        raise WrongEnvironment(
            f"新提交的签名不能通过检验（{error}），已撤销", "请检查 ssh-keygen 与密钥"
        ) from error
    if signer != change.key.blob:
        raise WrongEnvironment("提交不是用您的密钥签名的，已撤销", "请检查私钥与公钥是否成对")
    return new


def _is_only_change(objects: Objects, before: str | None, new: str, path: str) -> bool:
    """Whether two commits differ in one file alone, folder by folder on the way to it."""
    *folders, last = path.split("/")
    here = ""
    for name in [*folders, last]:
        was = {each[1]: each for each in objects.tree(f"{before}:{here}")} if before else {}
        now = {each[1]: each for each in objects.tree(f"{new}:{here}")}
        if {each for each in was.keys() | now.keys() if was.get(each) != now.get(each)} != {name}:
            return False
        here = f"{here}/{name}" if here else name
    return True
