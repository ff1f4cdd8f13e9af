"""SSH signatures of commits, read and checked in process (sign-off protocol).

The layout is OpenSSH's ``PROTOCOL.sshsig``. The reading is stricter than OpenSSH's and git's own:
whatever passes here passes there, not the other way round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

NAMESPACE = b"git"
BEGIN = b"-----BEGIN SSH SIGNATURE-----"
END = b"-----END SSH SIGNATURE-----"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_ORDER = 2**252 + 27742317777372353535851937790883648493
"""Order of the ed25519 base point: a canonical S lies below it."""


class BadSignature(ValueError):
    """A signature that proves nothing; the text is a Chinese reason."""


class SignedCommit(NamedTuple):
    """The raw bytes of a commit, taken apart."""

    payload: bytes
    """What the signature covers: the commit without its ``gpgsig`` header."""
    armour: bytes
    """The signature's armour, ``b""`` for an unsigned commit."""


def take_apart(raw: bytes) -> SignedCommit:
    """Separate a commit from its signature.

    Raises:
        BadSignature: more than one signature, one under ``gpgsig-sha256``, or a NUL byte in the
            commit (git shows a message only up to it).
    """
    if b"\0" in raw:
        raise BadSignature("提交中含有 NUL 字节")
    header, gap, message = raw.partition(b"\n\n")
    kept: list[bytes] = []
    signature: list[bytes] = []
    count = 0
    inside = False
    for line in header.split(b"\n"):
        if line.startswith(b" ") and inside:
            signature.append(line[1:])
            continue
        inside = line.startswith(b"gpgsig ")
        if line.startswith(b"gpgsig-sha256"):
            raise BadSignature("提交带有 gpgsig-sha256 签名")
        if inside:
            count += 1
            signature.append(line.removeprefix(b"gpgsig "))
        else:
            kept.append(line)
    if count > 1:
        raise BadSignature("提交带有不止一个签名")
    return SignedCommit(b"\n".join(kept) + gap + message, b"\n".join(signature))


def check_commit(raw: bytes) -> bytes:
    """The public key whose signature a commit carries.

    Args:
        raw: the commit object's bytes, as ``git cat-file commit`` gives them.

    Returns:
        The raw bytes of the public key.

    Raises:
        BadSignature: unsigned, malformed, of an unknown type, or not made over these bytes.
    """
    parts = take_apart(raw)
    if not parts.armour:
        raise BadSignature("提交没有签名")
    return check(parts.payload, parts.armour)


def check(payload: bytes, armour: bytes) -> bytes:
    """The public key that signed a payload in the namespace ``git``.

    Raises:
        BadSignature: see :func:`check_commit`.
    """
    blob = _Reader(_unarmour(armour))
    if blob.take(6) != b"SSHSIG" or blob.number() != 1:
        raise BadSignature("签名的格式或版本不对")
    key, namespace, reserved = blob.string(), blob.string(), blob.string()
    algorithm, signature = blob.string(), blob.string()
    blob.end()
    if namespace != NAMESPACE:
        raise BadSignature("签名的用途不是 git")
    if reserved:
        raise BadSignature("签名的保留字段不为空")
    if algorithm not in _HASHES:
        raise BadSignature("签名使用了不接受的哈希算法")
    digest = _HASHES[algorithm](payload).digest()
    message = b"SSHSIG" + b"".join(_string(s) for s in (NAMESPACE, b"", algorithm, digest))
    _check_key(key, signature, message)
    return key


def _check_key(key: bytes, signature: bytes, message: bytes) -> None:
    outer, inner = _Reader(key), _Reader(signature)
    kind = outer.string()
    if kind not in (b"ssh-ed25519", b"sk-ssh-ed25519@openssh.com"):
        raise BadSignature(f"不接受 {kind.decode('ascii', 'replace')[:40]} 类型的密钥")
    if kind != inner.string():
        raise BadSignature("密钥与签名的类型不一致")
    if kind == b"ssh-ed25519":
        public, raw = outer.string(), inner.string()
    else:
        public, application, raw = outer.string(), outer.string(), inner.string()
        flags = inner.take(1)
        counter = inner.take(4)
        if not flags[0] & 1:
            raise BadSignature("硬件密钥签名时没有人在场确认")
        message = (
            hashlib.sha256(application).digest()
            + flags
            + counter
            + hashlib.sha256(message).digest()
        )
    outer.end()
    inner.end()
    if len(public) != 32 or len(raw) != 64:
        raise BadSignature("密钥或签名的长度不对")
    if int.from_bytes(raw[32:], "little") >= _ORDER:
        raise BadSignature("签名不是规范形式")
    _verify(public, raw, message)


def prepare() -> None:
    """Load what :func:`check` takes, which it does itself otherwise."""
    import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: PLC0415, F401


def _verify(public: bytes, raw: bytes, message: bytes) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw, message)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("签名与提交的内容不符") from error


def _unarmour(armour: bytes) -> bytes:
    lines = armour.rstrip(b"\n").split(b"\n")
    if len(lines) < 3 or lines[0] != BEGIN or lines[-1] != END:
        raise BadSignature("签名不是 SSH 签名")
    try:
        return base64.b64decode(b"".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("签名的 base64 已损坏") from error


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


class _Reader:
    """SSH wire format, read to the last byte."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise BadSignature("签名在中途断开")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadSignature("签名之后有多余的字节")
