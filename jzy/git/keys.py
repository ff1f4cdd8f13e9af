"""Signing keys on this machine: which one is mine, and making a new one."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from jzy.git.plumbing import environment
from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment, os_reason
from jzy.model.people import BadKey, Key, Person, fingerprint, parse_key

KEY_VARIABLE = "JZY_SIGNING_KEY"
_MAGIC = b"openssh-key-v1\0"
_LONGEST = 20_000


class SigningKey(NamedTuple):
    """The key that this user signs with."""

    location: str
    """What git is given as ``user.signingkey``: an absolute path, or ``key::<public key>``."""
    line: str
    """``<type> <base64>`` of the public key."""
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """OpenSSH's fingerprint."""
        return fingerprint(self.blob)


def my_key(repository: Repository | None) -> SigningKey:
    """The key named by ``JZY_SIGNING_KEY``, or else by git's ``user.signingkey``.

    Raises:
        WrongEnvironment: none is named, or it cannot be read or used.
    """
    named = os.environ.get(KEY_VARIABLE)
    if named:
        return key_at(Path(named).expanduser().absolute())
    configured = repository.configured("user.signingkey") if repository else None
    if not configured:
        raise WrongEnvironment(
            "没有找到您的签名密钥",
            f"请执行 jzy setup 选择或生成密钥，或设置环境变量 {KEY_VARIABLE}（私钥文件的路径）",
        )
    return configured_key(configured)


def configured_key(configured: str) -> SigningKey:
    """The key that a value of git's ``user.signingkey`` means: a path, or a public key whose
    private half an agent holds.

    Raises:
        WrongEnvironment: see :func:`key_at`.
    """
    literal = configured.removeprefix("key::")
    if literal.startswith(("ssh-", "sk-ssh-", "ecdsa-")):
        line, blob = _parsed(literal, "git 的 user.signingkey")
        return SigningKey(f"key::{line}", line, blob)
    return key_at(Path(configured).expanduser().absolute())


def key_at(path: Path) -> SigningKey:
    """The key in a file: a private key in OpenSSH's format, or a public key whose private half an
    agent holds.

    Raises:
        WrongEnvironment: the file cannot be read or holds no usable key.
    """
    content = read_key_file(path)
    if b"PRIVATE KEY" not in content:
        line, blob = _parsed(content.decode("utf-8", "replace"), path.name)
        return SigningKey(str(path.absolute()), line, blob)
    line, blob = _parsed(line_of(public_half(content, path.name)), path.name)
    return SigningKey(str(path.absolute()), line, blob)


def read_key_file(path: Path) -> bytes:
    """The beginning of a key's file, as much as any key may take.

    The path may come from a folder's own configuration, so nothing that never ends or never
    answers is opened.

    Raises:
        WrongEnvironment: it cannot be read, or is no regular file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise WrongEnvironment(f"{path.name} 不是普通文件", "请写密钥文件的路径")
        with path.open("rb") as stream:
            return stream.read(_LONGEST)
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "路径中有不允许的字符"
        raise WrongEnvironment(
            f"签名密钥无法读取：{path.name}（{reason}）",
            "请核对密钥文件的路径，或执行 jzy setup 重新选择密钥",
        ) from error


def line_of(blob: bytes) -> str:
    """A public key as OpenSSH writes it, from its raw bytes."""
    name = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
    return f"{name} {base64.b64encode(blob).decode('ascii')}"


def is_locked(content: bytes) -> bool:
    """Whether a private key in OpenSSH's format needs a passphrase.

    Args:
        content: of the file.

    Raises:
        WrongEnvironment: it is no such file.
    """
    return _unpacked(content, "密钥文件")[0] != b"none"


def make_key(path: Path, comment: str, *, ask: bool = False) -> SigningKey:
    """Make a new ed25519 key with ``ssh-keygen``.

    Args:
        path: of the private key; the public one lies beside it as ``.pub``.
        comment: kept in the public key's file.
        ask: let ``ssh-keygen`` ask for a passphrase on the terminal; without it there is none.

    Raises:
        WrongEnvironment: ``ssh-keygen`` is missing or failed, or the file exists.
    """
    for there in (path, path.with_name(path.name + ".pub")):
        if os.path.lexists(there):
            raise WrongEnvironment(
                f"密钥文件已经存在：{there}", "请改用另一个路径，或直接使用这个密钥"
            )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-C", comment, "-f", str(path)]
    import subprocess  # noqa: PLC0415 - only to make a key

    try:
        subprocess.run(
            command if ask else [*command, "-N", ""],
            check=True,
            env=environment(),
            capture_output=not ask,
        )
    except FileNotFoundError as error:
        raise WrongEnvironment("找不到 ssh-keygen 程序", "请先安装 OpenSSH 客户端") from error
    except subprocess.CalledProcessError as error:
        raise WrongEnvironment("ssh-keygen 没有生成密钥", "请检查目标文件夹的权限") from error
    return key_at(path)


def allowed_signers(people: Iterable[Person]) -> list[str]:
    """Lines for git's ``gpg.ssh.allowedSignersFile``: everyone's keys, for commits only.

    A key that is out of use carries the day after as its end. git compares that with the
    commit's own date, which proves nothing; ``jzy verify`` judges by the place in history.
    """
    return [
        f'{person.id} namespaces="git"{_end(key)} {key.line}'
        for person in people
        for key in person.keys
    ]


def _end(key: Key) -> str:
    last = min(filter(None, (key.ends, key.revoked)), default=None)
    if last is None:
        return ""
    try:
        after = date.fromisoformat(last) + timedelta(days=1)
    except (ValueError, OverflowError):
        return ""
    return f',valid-before="{after:%Y%m%d}"'


def _parsed(text: str, where: str) -> tuple[str, bytes]:
    try:
        return parse_key(text)
    except BadKey as error:
        raise WrongEnvironment(
            f"{where} 不是可用的签名密钥：{error}", "请用 ssh-keygen -t ed25519 生成一个新的密钥"
        ) from error


def public_half(content: bytes, name: str) -> bytes:
    """The public key that OpenSSH's private key format holds unencrypted, passphrase or not.

    Args:
        content: of the private key's file.
        name: what to call the file.

    Raises:
        WrongEnvironment: it has another format.
    """
    return _unpacked(content, name)[1]


def _unpacked(content: bytes, name: str) -> tuple[bytes, bytes]:
    """The cipher and the public key of a private key in OpenSSH's format."""
    lines = content.split(b"\n")
    try:
        raw = base64.b64decode(b"".join(line for line in lines if b"-----" not in line))
        if not raw.startswith(_MAGIC):
            raise ValueError
        at = len(_MAGIC)
        parts = []
        for _ in range(3):  # cipher, key derivation, its options
            size = int.from_bytes(raw[at : at + 4], "big")
            parts.append(raw[at + 4 : at + 4 + size])
            at += 4 + size
        at += 4  # the number of keys
        size = int.from_bytes(raw[at : at + 4], "big")
        return parts[0], raw[at + 4 : at + 4 + size]
    except ValueError as error:
        raise WrongEnvironment(
            f"{name} 不是 OpenSSH 格式的私钥", "请用 ssh-keygen -t ed25519 生成一个新的密钥"
        ) from error


def make_throwaway_key(path: Path, comment: str) -> SigningKey:
    """Make an ed25519 key without a passphrase in process, for samples and demonstrations.

    Args:
        path: of the private key, readable by its owner only; the public one lies beside it.
        comment: kept in the public key's file.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    private = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    path.with_name(path.name + ".pub").write_bytes(public + b" " + comment.encode() + b"\n")
    return key_at(path)
