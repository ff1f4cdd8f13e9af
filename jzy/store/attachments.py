"""The copies of attachments: one file a content, named by its SHA-256, beside the records.

``attachments/3f/3fa9….pdf`` lies outside history. A copy is made in one step, is read-only, and
is never written over: what has another content has another name. Nothing here follows a link.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from jzy.model.errors import Refused, WrongEnvironment, os_reason
from jzy.store.files import replace

FOLDER = "attachments"
"""Where the copies lie, relative to the root of the records repository."""
KEEP_OUT = ".gitignore"
"""The file by which the folder keeps itself out of history."""
_KEEP_OUT_TEXT = "# 附件的副本不进入历史，见 docs/attachments.md\n*\n"
_CHUNK = 1 << 20
_COPY = re.compile(r"([0-9a-f]{64})(?:\.[a-z0-9]{1,10})?")
_ENDING = re.compile(r"\.[a-z0-9]{1,10}")
_POINTER_BYTES = 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.[^\n]*\n(?:[^\n]+\n)*?oid sha256:([0-9a-f]{64})\n"
)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class State(StrEnum):
    """What there is of an attachment that a record names."""

    PRESENT = "present"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Found:
    """The copy of an attachment, as it is."""

    state: State
    path: str = ""
    """Relative to the root; where it should be if it is missing."""
    why: str = ""
    """What is wrong with it, in Chinese words."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file's bytes, copied beside the others and not among them yet."""

    size: int
    sha256: str
    beside: Path


@dataclass(frozen=True)
class Shelf:
    """The copies of one records repository.

    Args:
        root: of the repository.
    """

    root: Path

    def path_of(self, sha256: str, name: str) -> str:
        """Where the copy of an attachment belongs, relative to the root.

        Args:
            sha256: of its content.
            name: as the record has it; its ending is kept, so that the copy can be opened.
        """
        ending = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, not a path
        return f"{FOLDER}/{sha256[:2]}/{sha256}{ending if _ENDING.fullmatch(ending) else ''}"

    # --- looking --------------------------------------------------------------------------------

    def find(self, sha256: str, name: str, *, read: bool = True) -> Found:
        """The copy with a hash.

        Args:
            sha256: what its content must have.
            name: as the record has it.
            read: false to believe the copy's name and not read its content.
        """
        wanted = self.path_of(sha256, name)
        folder = self.root / FOLDER / sha256[:2]
        if self._leads_away(folder):
            return Found(State.DIFFERENT, wanted, "所在的文件夹是链接")
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names, not paths
        except (FileNotFoundError, NotADirectoryError):
            return Found(State.MISSING, wanted)
        alike = [
            each for each in names if each.partition(".")[0] == sha256 and _COPY.fullmatch(each)
        ]
        if not alike:
            return Found(State.MISSING, wanted)
        last = wanted.rpartition("/")[2]
        chosen = last if last in alike else min(alike)
        path = f"{FOLDER}/{sha256[:2]}/{chosen}"
        return Found(*self._judged(path, sha256, read=read))

    def _judged(self, path: str, sha256: str, *, read: bool) -> tuple[State, str, str]:
        try:
            with _opened(self.root / path) as stream:
                size = os.fstat(stream.fileno()).st_size
                start = stream.read(_POINTER_BYTES) if size <= _POINTER_BYTES else b""
                pointer = _POINTER.match(start)
                if pointer and pointer[1].decode("ascii") == sha256:
                    return State.MISSING, path, "Git LFS 还没有取回内容"
                stream.seek(0)
                found = hashlib.file_digest(stream, "sha256").hexdigest() if read else sha256
        except NotAFile as error:
            return State.DIFFERENT, path, str(error)
        if found != sha256:
            return State.DIFFERENT, path, "内容与登记的哈希不符"
        return State.PRESENT, path, ""

    def open(self, path: str) -> BinaryIO:
        """A copy that :meth:`find` has found, to be read.

        Raises:
            NotAFile: it is none any more.
        """
        return _opened(self.root / path)

    def copies(self) -> Iterator[tuple[str, str | None]]:
        """Every file of the shelf: its path relative to the root, and the hash that its place and
        name say it has; ``None`` where it does not lie as a copy does."""
        stack = [FOLDER]
        if self._leads_away(self.root / FOLDER):
            return
        while stack:
            folder = stack.pop()
            try:
                with os.scandir(self.root / folder) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except (FileNotFoundError, NotADirectoryError):
                continue
            for entry in found:
                path = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    stack.append(path)
                elif path != f"{FOLDER}/{KEEP_OUT}":
                    known = _COPY.fullmatch(entry.name)
                    right = known is not None and folder == f"{FOLDER}/{entry.name[:2]}"
                    yield path, known[1] if known is not None and right else None

    # --- taking in ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def taking(self, source: Path, most: int) -> Iterator[Taken]:
        """Copy a file beside the others, reading it once; what is not shelved is thrown away.

        Args:
            source: a regular file, no link.
            most: the bytes that it may have.

        Raises:
            Refused: it is none, or it is empty or too large.
            WrongEnvironment: the folder cannot be written.
        """
        self._make(self.root / FOLDER)
        try:
            stream = _opened(source)
        except NotAFile as error:
            raise Refused(f"{source.name} {error}", "请给出文件本身") from error
        beside: Path | None = None
        try:
            with stream:
                handle, name = tempfile.mkstemp(prefix=".jzy-", dir=self.root / FOLDER)
                beside = Path(name)
                with os.fdopen(handle, "wb") as copy:
                    size, sha256 = _copied(stream, copy, source.name, most)
            beside.chmod(0o444)
            yield Taken(size, sha256, beside)
        finally:
            if beside is not None:
                beside.unlink(missing_ok=True)

    def put(self, taken: Taken, name: str) -> tuple[str, bool]:
        """Put a copy among the others, unless it is there.

        Args:
            taken: what :meth:`taking` gave.
            name: as the record has it.

        Returns:
            Its path relative to the root, and whether it was put there now.

        Raises:
            Refused: another content lies in its place.
        """
        found = self.find(taken.sha256, name)
        if found.state is State.PRESENT:
            return found.path, False
        if found.state is State.DIFFERENT:
            raise Refused(
                f"{found.path} {found.why}，不能覆盖", "请先查看并移走这个文件", where=found.path
            )
        place = self.root / found.path
        self._make(place.parent)
        if place.exists():  # a pointer, whose content this is
            taken.beside.replace(place)
        else:
            _name_anew(taken.beside, place)
        _settle(place.parent)
        return found.path, True

    def take_back(self, path: str) -> None:
        """Remove a copy that :meth:`put` has just put there."""
        (self.root / path).unlink(missing_ok=True)

    def keep_out(self) -> None:
        """Have git leave the folder out, by a file of its own in it."""
        self._make(self.root / FOLDER)
        place = self.root / FOLDER / KEEP_OUT
        if not os.path.lexists(place):
            replace(place, _KEEP_OUT_TEXT.encode("utf-8"))

    def _make(self, folder: Path) -> None:
        if self._leads_away(folder):
            path = folder.relative_to(self.root).as_posix()
            raise Refused(f"{path} 的路径上有链接，不能写入", "请用普通文件夹代替链接")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"无法建立文件夹 {folder.relative_to(self.root).as_posix()}：{os_reason(error)}"
            raise WrongEnvironment(what, "请检查文件夹的权限") from error

    def _leads_away(self, folder: Path) -> bool:
        """Whether there is a link on the way to a folder below the root."""
        here = self.root
        for part in folder.relative_to(self.root).parts:
            here /= part
            if here.is_symlink():
                return True
        return False


class NotAFile(Exception):
    """What was to be read is no regular file, or cannot be opened; the text says why."""


def _opened(path: Path) -> BufferedReader:
    """A regular file, opened without following a link or waiting for a device."""
    try:
        # A device may act when it is opened, so it is asked what it is before; what it is when it
        # is open decides.
        _check(os.lstat(path))
        handle = os.open(path, os.O_RDONLY | _NOFOLLOW)
    except OSError as error:
        raise NotAFile(f"无法打开：{os_reason(error)}") from error
    try:
        _check(os.fstat(handle))
    except NotAFile:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def _check(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise NotAFile("是链接，不是文件")
    if stat.S_ISDIR(status.st_mode):
        raise NotAFile("是文件夹，不是文件")
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile("是设备或管道，不是普通文件")


def _copied(stream: BinaryIO, copy: BinaryIO, name: str, most: int) -> tuple[int, str]:
    """Copy to the end, and the size and hash of what was copied."""
    digest, size = hashlib.sha256(), 0
    told = os.fstat(stream.fileno()).st_size
    while told <= most and (chunk := stream.read(_CHUNK)):
        size += len(chunk)
        if size > most:
            break
        digest.update(chunk)
        copy.write(chunk)
    size = max(size, told)
    if size > most:
        raise Refused(
            f"{name} 有 {megabytes(size)}，超过上限 {megabytes(most)}",
            "请压缩后再试；上限由单位记录中的 attachment_limit 规定",
        )
    if not size:
        raise Refused(f"{name} 是空文件", "请核对文件")
    copy.flush()
    os.fsync(copy.fileno())
    return size, digest.hexdigest()


def megabytes(size: int) -> str:
    """A size as people read it: ``820 字节``, ``1.4 MB``."""
    if size < 10_000:
        return f"{size} 字节"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _name_anew(beside: Path, place: Path) -> None:
    """Give a file its name, where no file has it."""
    try:
        os.link(beside, place)
    except FileExistsError as error:
        raise Refused(f"{place.name} 刚刚由其他程序写入", "请再执行一次") from error
    except OSError:  # a file system without hard links: the name is claimed first
        try:
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError as error:
            raise Refused(f"{place.name} 刚刚由其他程序写入", "请再执行一次") from error
        beside.replace(place)


def _settle(folder: Path) -> None:
    """Have the names of a folder survive a loss of power, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
