"""Reading and replacing single files: no links followed, sizes bounded, nothing half written."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from jzy.model.errors import os_reason
from jzy.store.problems import MAX_BYTES, Problem


class NotReadable(Exception):
    """A file that cannot be taken as a record's text; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _refuse(code: str, message: str, advice: str) -> NotReadable:
    return NotReadable(Problem(code, 1 if code == "JZY102" else 0, 0, message, advice))


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of bounded size.

    Raises:
        NotReadable: a link, a folder, a device, too large, or refused by the system.
    """
    return read_file(path)[0]


def read_file(path: Path) -> tuple[bytes, os.stat_result]:
    """The bytes of a regular file of bounded size, and what the system said of it before.

    Raises:
        NotReadable: see :func:`read_bytes`.
    """
    try:
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
    except OSError as error:
        if path.is_symlink():
            what = "这是一个链接，记录必须是普通文件"
            raise _refuse("JZY111", what, "请用文件本身代替链接") from error
        raise _refuse(
            "JZY111", f"文件无法打开：{os_reason(error)}", "请检查文件及其权限"
        ) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _refuse("JZY111", "记录必须是普通文件", "请删去它，或移出 records/")
        if status.st_size > MAX_BYTES:
            what = f"文件有 {status.st_size} 字节，超过上限 {MAX_BYTES} 字节"
            raise _refuse("JZY105", what, "请拆成几份记录，附件只登记文件名与哈希")
        return _all_of(handle, status.st_size), status
    finally:
        os.close(handle)


def _all_of(handle: int, size: int) -> bytes:
    """What is left to read of an open file that had a size a moment ago."""
    # Room for the largest record each time would take six times as long as reading takes.
    content = os.read(handle, size + 1)
    while len(content) <= MAX_BYTES and (more := os.read(handle, MAX_BYTES + 1 - len(content))):
        content += more
    return content


def decode(content: bytes) -> str:
    """The text of a record file: UTF-8, a byte order mark dropped, line ends kept.

    Raises:
        NotReadable: not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem("JZY102", line, 1, "文件不是 UTF-8 编码", "请在编辑器中另存为 UTF-8 编码")
        raise NotReadable(problem) from error


def replace(path: Path, *content: bytes) -> None:
    """Put content into a file in one step: either all of it is there afterwards or nothing.

    The mode of an existing file is kept.

    Raises:
        OSError: the folder cannot be written.
    """
    import tempfile  # noqa: PLC0415 - only where something is written

    path.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=".jzy-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
