"""Signing keys on this machine: which one is mine, and making a new one."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jzy.git.plumbing import environment
from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment, os_reason
from jzy.model.people import BadKey, Person, fingerprint, parse_key

KEY_VARIABLE = "JZY_SIGNING_KEY"
_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True, slots=True)
class SigningKey:
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
            f"请设置环境变量 {KEY_VARIABLE}（私钥文件的路径），或 git 的 user.signingkey",
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
    try:
        content = path.read_bytes()[:20_000]
    except OSError as error:
        raise WrongEnvironment(
            f"签名密钥无法读取：{path.name}（{os_reason(error)}）", f"请核对 {KEY_VARIABLE} 的路径"
        ) from error
    if b"PRIVATE KEY" not in content:
        line, blob = _parsed(content.decode("utf-8", "replace"), path.name)
        return SigningKey(str(path.absolute()), line, blob)
    blob = _public_half(content, path.name)
    name = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")
    line, blob = _parsed(f"{name} {base64.b64encode(blob).decode()}", path.name)
    return SigningKey(str(path.absolute()), line, blob)


def make_key(path: Path, comment: str, *, ask: bool = False) -> SigningKey:
    """Make a new ed25519 key with ``ssh-keygen``.

    Args:
        path: of the private key; the public one lies beside it as ``.pub``.
        comment: kept in the public key's file.
        ask: let ``ssh-keygen`` ask for a passphrase on the terminal; without it there is none.

    Raises:
        WrongEnvironment: ``ssh-keygen`` is missing or failed, or the file exists.
    """
    if path.exists():
        raise WrongEnvironment(f"密钥文件已经存在：{path}", "请改用另一个路径，或直接使用这个密钥")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-C", comment, "-f", str(path)]
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
    """Lines for git's ``gpg.ssh.allowedSignersFile``: everyone's keys, for commits only."""
    return [f'{person.id} namespaces="git" {key.line}' for person in people for key in person.keys]


def _parsed(text: str, where: str) -> tuple[str, bytes]:
    try:
        return parse_key(text)
    except BadKey as error:
        raise WrongEnvironment(
            f"{where} 不是可用的签名密钥：{error}", "请用 ssh-keygen -t ed25519 生成一个新的密钥"
        ) from error


def _public_half(content: bytes, name: str) -> bytes:
    """The public key that OpenSSH's private key format holds unencrypted, passphrase or not."""
    lines = content.split(b"\n")
    try:
        raw = base64.b64decode(b"".join(line for line in lines if b"-----" not in line))
        if not raw.startswith(_MAGIC):
            raise ValueError
        at = len(_MAGIC)
        for _ in range(3):  # cipher, key derivation, its options
            at += 4 + int.from_bytes(raw[at : at + 4], "big")
        at += 4  # the number of keys
        size = int.from_bytes(raw[at : at + 4], "big")
        return raw[at + 4 : at + 4 + size]
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
