"""Caches that nobody else can have written: a small head and a large body under a seal.

A cache lies in a folder that may have come with somebody else's clone. The secret of the seal lies
elsewhere, so that what such a folder brings along is not believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from jzy.store.files import replace

_SECRET_BYTES = 32


def user_secret() -> bytes | None:
    """This user's own secret, made when it is first asked for; ``None`` where none can be kept."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only where there is a cache

    return secret_at(user_state_path("jzy") / "seal")


def secret_at(path: Path) -> bytes | None:
    """The secret in a file that only its owner can read, made where there is none yet."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(secrets.token_bytes(_SECRET_BYTES))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)  # whoever comes first decides
            draft.unlink()
        found = path.read_bytes()
    except OSError:
        return None
    return found if len(found) == _SECRET_BYTES else None


def write(path: Path, secret: bytes, head: Any, body: bytes) -> None:
    """Replace a sealed file in one step; where it cannot be written, nothing happens.

    Args:
        path: of the file.
        secret: of the seal.
        head: plain data, read without the body.
        body: anything.
    """
    line = json.dumps([head, hashlib.sha256(body).hexdigest()], separators=(",", ":")).encode()
    with contextlib.suppress(OSError):
        replace(path, b"\n".join([_seal(secret, line), line, body]))


def read_head(path: Path, secret: bytes) -> Any:
    """The head of a sealed file, ``None`` where there is none under this seal."""
    found = _read(path, secret, whole=False)
    return found[0] if found else None


def read(path: Path, secret: bytes) -> tuple[Any, bytes] | None:
    """Head and body of a sealed file, ``None`` where there is none under this seal."""
    return _read(path, secret, whole=True)


def write_parts(path: Path, secret: bytes, head: Any, parts: Mapping[str, bytes]) -> None:
    """Replace a sealed file of several parts in one step, each of which is read alone.

    Args:
        path: of the file.
        secret: of the seal.
        head: plain data.
        parts: by name; where the file cannot be written, nothing happens.
    """
    places, offset = {}, 0
    for name, part in parts.items():
        places[name] = [offset, len(part), hashlib.sha256(part).hexdigest()]
        offset += len(part)
    line = json.dumps([head, places], separators=(",", ":")).encode()
    with contextlib.suppress(OSError):
        replace(path, _seal(secret, line), b"\n", line, b"\n", *parts.values())


class Parts:
    """A sealed file of several parts; it stays open, so that they all are of one writing."""

    def __init__(self, handle: int, head: Any, places: dict[str, Any], begins: int) -> None:
        self._handle = handle
        self._places = places
        self._begins = begins
        self.head = head
        self._closing = weakref.finalize(self, os.close, handle)

    @classmethod
    def open(cls, path: Path, secret: bytes) -> Parts | None:
        """The file, ``None`` where there is none under this seal, or not the whole of it."""
        try:
            with path.open("rb") as stream:
                under = _under_seal(stream, secret)
                # An earlier jzy's files had one part, and its digest here.
                if under is None or not isinstance(under[1], dict):
                    return None
                head, places = under
                begins = stream.tell()
                whole = begins + sum(length for _, length, _ in places.values())
                if os.fstat(stream.fileno()).st_size != whole:
                    return None
                return cls(os.dup(stream.fileno()), head, places, begins)
        except OSError:
            return None

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def names(self) -> list[str]:
        """The names of the parts."""
        return list(self._places)

    def part(self, name: str) -> bytes | None:
        """One part; ``None`` where there is none, or it is damaged."""
        if name not in self._places:
            return None
        offset, length, digest = self._places[name]
        try:
            os.lseek(self._handle, self._begins + offset, os.SEEK_SET)
            found = b""
            while len(found) < length and (more := os.read(self._handle, length - len(found))):
                found += more
        except OSError:
            return None
        return found if hashlib.sha256(found).hexdigest() == digest else None

    def close(self) -> None:
        """Nothing more is read; some systems do not replace a file that somebody has open."""
        self._closing()


def _read(path: Path, secret: bytes, *, whole: bool) -> tuple[Any, bytes] | None:
    try:
        with path.open("rb") as stream:
            under = _under_seal(stream, secret)
            body = stream.read() if whole else b""
    except OSError:
        return None
    if under is None:
        return None
    head, digest = under
    if whole and hashlib.sha256(body).hexdigest() != digest:
        return None
    return head, body


def _under_seal(stream: BinaryIO, secret: bytes) -> tuple[Any, Any] | None:
    """What stands in the sealed line of a file, which is read as far as its end."""
    said = stream.readline().rstrip(b"\n")
    line = stream.readline().rstrip(b"\n")
    if not hmac.compare_digest(said, _seal(secret, line)):
        return None
    first, second = json.loads(line)
    return first, second


def _seal(secret: bytes, line: bytes) -> bytes:
    return hmac.digest(secret, line, "sha256").hex().encode("ascii")
