"""Errors that a person can mend: what is wrong in one sentence, what to do in another.

Anything that is not a :class:`JzyError` is a fault of jzy's own and ends in exit code 70.
"""

from __future__ import annotations

import errno
from typing import ClassVar


class JzyError(Exception):
    """A condition that the user can mend.

    Args:
        what: one Chinese sentence saying what is wrong.
        advice: one Chinese sentence saying what to do about it; may be empty.
        where: ``path``, ``path:line`` or ``path:line:column``, relative to the repository root.
    """

    exit_code: ClassVar[int] = 1
    """The process's exit code, design §8."""

    def __init__(self, what: str, advice: str = "", *, where: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.where = where


class Refused(JzyError):
    """An act that the records or the workflow do not allow; nothing was changed."""

    exit_code = 1


class WrongUsage(JzyError):
    """A command line that cannot be understood, or an option that is missing."""

    exit_code = 2


class WrongEnvironment(JzyError):
    """Something outside the records is missing: git, a key, a records repository."""

    exit_code = 3


_REASONS = {
    errno.ENOENT: "文件或文件夹不存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "系统不允许",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "上级不是文件夹",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.EEXIST: "已经存在",
    errno.ENAMETOOLONG: "文件名太长",
}


def os_reason(error: OSError) -> str:
    """Why the system refused, in Chinese; its own words where they are not among the usual."""
    return _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
