"""What a file of a records repository may be called, may be, and may weigh."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from jzy.git.history import FileChange
from jzy.store.problems import MAX_BYTES

OTHER_BYTES = 10_000_000
"""The most that a file other than a record may weigh."""
COMMIT_BYTES = 100_000
"""The most that a commit itself, which is mostly its message, may weigh."""
_RESERVED = frozenset('\\:*?"<>|')
"""What no file may be called by on every system that the records may be cloned to."""
_LINK, _MODULE, _PLAIN, _PROGRAM = "120000", "160000", "100644", "100755"


def misshapen(change: FileChange) -> str:
    """Why a changed file may not come in by its name and mode, empty if it may."""
    if change.new is None:
        return ""
    if change.mode == _LINK:
        return "不接受链接"
    if change.mode == _MODULE:
        return "不接受子模块"
    if change.mode == _PROGRAM and change.path.startswith("records/"):
        return "记录不能是可执行文件，请执行 git update-index --chmod=-x"
    if change.mode not in (_PLAIN, _PROGRAM):
        return f"不接受模式为 {change.mode} 的文件"
    return misnamed(change.path)


def misnamed(path: str) -> str:
    """Why no file may be called so, empty if it may."""
    if any("\udc80" <= sign <= "\udcff" for sign in path):
        return "文件名不是 UTF-8 编码"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in path):
        return "文件名含有控制字符"
    if not unicodedata.is_normalized("NFC", path):
        return "文件名不是 NFC 形式"
    if any(sign in _RESERVED for sign in path):
        return "文件名含有不能用的符号"
    for part in path.split("/"):
        if part in ("", ".", "..") or part.casefold() == ".git":
            return "文件名不能用"
        if part.startswith("-") or part.endswith((".", " ")):
            return "文件名不能以短横线开头，也不能以点或空格结尾"
    return ""


def clashes(paths: Iterable[str]) -> dict[str, str]:
    """The paths of a tree that stand in each other's way: a Chinese reason by path.

    Some systems take names for one that differ only by case; two records of one id are two
    answers to one question.

    Args:
        paths: of all files and folders.
    """
    found: dict[str, str] = {}
    names: dict[str, str] = {}
    records: dict[str, str] = {}
    for path in paths:
        other = names.setdefault(path.casefold(), path)
        if other != path:
            found[path] = found[other] = f"{other} 与 {path} 只有大小写不同"
        stem, dot, _ = path.rpartition("/")[2].rpartition(".")
        if dot and path.startswith("records/") and stem != "README":
            other = records.setdefault(stem, path)
            if other != path:
                found[path] = found[other] = f"编号重复：{other} 与 {path}"
    return found


def too_large(path: str, size: int) -> str:
    """Why a file may not come in by its size, empty if it may.

    Args:
        path: of the file; empty for a commit itself.
        size: in bytes.
    """
    most = MAX_BYTES if path.startswith("records/") else OTHER_BYTES
    if not path:
        most = COMMIT_BYTES
    what = "文件" if path else "提交的说明"
    return f"{what}有 {size} 字节，超过上限 {most} 字节" if size > most else ""
