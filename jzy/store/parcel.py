"""A tree of files handed over as one: a new folder, or a zip file with that folder in it.

Everything is written beside its place and moved there at the end: what is there is whole, or it is
not there. Nothing that exists is written over but an earlier zip file, and no link is followed.
A zip file holds no time, no owner and nothing compressed, so that the same files give the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Protocol
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from jzy.model.errors import Refused, WrongEnvironment, os_reason

ZIP = ".zip"
"""The ending of a path that becomes a zip file; every other becomes a folder."""
_CHUNK = 1 << 20
_UNIX, _PLAIN_FILE = 3, 0o100644


class Parcel(Protocol):
    """What is being put together."""

    def add(self, path: str, content: BinaryIO, size: int) -> str:
        """Put a file in.

        Args:
            path: relative, with ``/``; safe, and no other file's.
            content: read to its end.
            size: its bytes.

        Returns:
            The SHA-256 of what was put in, in hex.
        """
        ...


def add_bytes(parcel: Parcel, path: str, content: bytes) -> str:
    """Put bytes in as a file, see :meth:`Parcel.add`."""
    return parcel.add(path, BytesIO(content), len(content))


@contextlib.contextmanager
def packing(target: Path, title: str) -> Iterator[Parcel]:
    """Put files together at a place; whatever fails on the way leaves nothing there.

    Args:
        target: a folder that is empty or not there, or a file that ends in ``.zip``.
        title: of the folder inside a zip file.

    Raises:
        Refused: something else is there.
        WrongEnvironment: it cannot be written.
    """
    check_free(target)
    zipped = target.suffix.lower() == ZIP
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _zip(target, title) if zipped else _folder(target) as parcel:
            yield parcel
    except OSError as error:
        what = f"无法写入 {target}：{os_reason(error)}"
        raise WrongEnvironment(what, "请检查文件夹的权限和磁盘的空间") from error


def check_free(target: Path) -> None:
    """Refuse a place where something is that must not be lost.

    Raises:
        Refused: a link, a folder with something in it, or a file that is no zip file.
        WrongEnvironment: it cannot be looked at.
    """
    zipped = target.suffix.lower() == ZIP
    try:
        found = os.lstat(target)
        if stat.S_ISLNK(found.st_mode):
            raise Refused(f"{target} 是链接，不能写入", "请给出文件夹或文件本身的路径")
        if stat.S_ISDIR(found.st_mode):
            if zipped:
                raise Refused(f"{target} 是文件夹，不能写成压缩包", "请换一个文件名")
            if any(target.iterdir()):
                advice = "请换一个新文件夹，或先将其中的文件移走；jzy 不覆盖已有的材料"
                raise Refused(f"文件夹 {target} 不是空的", advice)
        elif not (zipped and stat.S_ISREG(found.st_mode)):
            raise Refused(f"{target} 已经存在，不是文件夹", "请换一个新文件夹，或写作 佐证材料.zip")
    except FileNotFoundError:
        return
    except OSError as error:
        what = f"无法查看 {target}：{os_reason(error)}"
        raise WrongEnvironment(what, "请检查文件夹的权限") from error


@contextlib.contextmanager
def _folder(target: Path) -> Iterator[Parcel]:
    beside = Path(tempfile.mkdtemp(prefix=".jzy-", dir=target.parent))
    try:
        yield _Folder(beside)
        beside.chmod(0o777 & ~_umask())
        if os.path.lexists(target):
            target.rmdir()  # which only an empty folder can be
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


@contextlib.contextmanager
def _zip(target: Path, title: str) -> Iterator[Parcel]:
    handle, name = tempfile.mkstemp(prefix=".jzy-", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            with ZipFile(stream, "w", ZIP_STORED) as file:
                yield _Zip(file, title)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(0o666 & ~_umask())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, path: str, content: BinaryIO, size: int) -> str:
        """See :class:`Parcel`."""
        del size
        place = self._root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            return _copied(content, stream)


class _Zip:
    def __init__(self, file: ZipFile, title: str) -> None:
        self._file = file
        self._title = title

    def add(self, path: str, content: BinaryIO, size: int) -> str:
        """See :class:`Parcel`."""
        entry = ZipInfo(f"{self._title}/{path}", (1980, 1, 1, 0, 0, 0))
        # As from Unix, on every system: Debian's unzip reads names of DOS as letters of a code page.
        entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE << 16
        entry.file_size = size
        with self._file.open(entry, "w") as stream:
            return _copied(content, stream)


def _copied(source: BinaryIO, target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _umask() -> int:
    """What the user takes away from files that are made; it can only be read by setting it."""
    found = os.umask(0o077)
    os.umask(found)
    return found
