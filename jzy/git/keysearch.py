"""The signing keys that are at hand on this machine: in files, and in an ssh-agent."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jzy.git.keys import (
    SigningKey,
    configured_key,
    is_locked,
    key_at,
    line_of,
    public_half,
    read_key_file,
)
from jzy.git.plumbing import environment
from jzy.model.errors import JzyError, WrongEnvironment
from jzy.model.people import SIGNING_KEY_TYPES, BadKey, parse_key

_KINDS = {"ssh-rsa": "RSA", "ssh-dss": "DSA", "ecdsa-sha2": "ECDSA", "sk-ecdsa-sha2": "ECDSA 硬件"}
_PEM = {b"BEGIN RSA": "RSA", b"BEGIN EC": "ECDSA", b"BEGIN DSA": "DSA"}
_MOST_FILES = 500
_AGENT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Available:
    """A key that this user can sign with."""

    key: SigningKey
    comment: str = ""
    in_agent: bool = False
    locked: bool = False
    """Whether its file needs a passphrase."""

    @property
    def file(self) -> Path | None:
        """Its private file, ``None`` where only the agent has it."""
        place = self.key.location
        return None if place.startswith("key::") else Path(place)

    @property
    def hardware(self) -> bool:
        """Whether the private half lies in a device that has to be touched."""
        return self.key.line.startswith("sk-")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A key that was found and cannot be used."""

    place: str
    """The file's path, or the agent's name for it."""
    reason: str
    """In Chinese."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What the user's ssh-agent holds."""

    reachable: bool
    keys: Mapping[bytes, str]
    """Comment by a usable key's raw bytes."""
    unusable: tuple[Unusable, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """All keys at hand."""

    usable: tuple[Available, ...]
    unusable: tuple[Unusable, ...]
    agent: Agent


def ssh_folder() -> Path:
    """Where OpenSSH keeps this user's keys."""
    return Path.home() / ".ssh"


def find_keys() -> Found:
    """Every key in the user's own folder and in the agent, files first."""
    held = agent()
    usable: dict[bytes, Available] = {}
    unusable: dict[str, Unusable] = {}
    public: list[tuple[Path, bytes]] = []
    for path in _files(ssh_folder()):
        try:
            content = read_key_file(path)
            if b"PRIVATE KEY" in content:
                found = _private(path, content, held)
                usable.setdefault(found.key.blob, found)
            elif path.suffix == ".pub":
                public.append((path, _blob(content.decode("utf-8", "replace"))))
        except _Useless as error:
            unusable[str(path).removesuffix(".pub")] = Unusable(str(path), str(error))
        except JzyError as error:
            unusable[str(path)] = Unusable(str(path), error.what)
    for path, blob in public:
        stem = str(path).removesuffix(".pub")
        if blob not in usable and blob not in held.keys and stem not in unusable:
            reason = "只有公钥，没有对应的私钥，ssh-agent 中也没有"
            unusable[stem] = Unusable(str(path), reason)
    for blob, comment in held.keys.items():
        usable.setdefault(blob, Available(_literal(blob), comment, in_agent=True))
    return Found(
        tuple(usable.values()), tuple(unusable[k] for k in sorted(unusable)) + held.unusable, held
    )


def key_named(named: str) -> Available:
    """The key that a person names: a file, or a public key that the agent holds.

    Raises:
        WrongEnvironment: there is none, or it cannot be used, with the reason.
    """
    held = agent()
    if named.startswith(("key::", *SIGNING_KEY_TYPES)):
        key = configured_key(named)
    else:
        path = Path(named).expanduser().absolute()
        content = read_key_file(path)
        if b"PRIVATE KEY" in content:
            try:
                return _private(path, content, held)
            except _Useless as error:
                raise WrongEnvironment(f"{path.name} {error}", "请改用别的密钥") from error
        key = key_at(path)
        private = path.with_name(path.name.removesuffix(".pub"))
        if private != path and private.is_file() and key_at(private).blob == key.blob:
            return key_named(str(private))
    if key.blob not in held.keys:
        raise WrongEnvironment(
            "只有公钥，没有找到对应的私钥，ssh-agent 中也没有",
            "请写私钥文件的路径，或先用 ssh-add 把私钥载入 ssh-agent",
        )
    return Available(_literal(key.blob), held.keys[key.blob], in_agent=True)


def agent() -> Agent:
    """What ``ssh-add -L`` says."""
    if not os.environ.get("SSH_AUTH_SOCK") and os.name != "nt":
        return Agent(False, {})
    command = ["ssh-add", "-L"]
    try:
        done = subprocess.run(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_AGENT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Agent(False, {})
    if done.returncode:
        return Agent(done.returncode == 1, {})  # 1: it holds nothing; 2: it does not answer
    keys, unusable = {}, []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        name, *rest = line.split(None, 2) or [""]
        if "-cert-" in name:
            continue  # a certificate beside its key, which is listed by itself
        comment = rest[1] if len(rest) > 1 else ""
        try:
            keys[_blob(line)] = comment
        except _Useless as error:
            unusable.append(Unusable(f"ssh-agent：{comment}", str(error)))
    return Agent(True, keys, tuple(unusable))


class _Useless(Exception):
    """A key that cannot be used; the text is a Chinese reason."""


def _files(folder: Path) -> Iterator[Path]:
    try:
        listed = sorted(folder.iterdir())
    except OSError:
        return
    for path in listed[:_MOST_FILES]:
        with contextlib.suppress(OSError):
            if path.is_file() and not path.name.endswith("-cert.pub"):
                yield path


def _private(path: Path, content: bytes, held: Agent) -> Available:
    for mark, name in _PEM.items():
        if mark in content:
            raise _Useless(_not_accepted(name))
    try:
        blob = _blob(line_of(public_half(content, path.name)))
    except WrongEnvironment as error:
        raise _Useless("不是 OpenSSH 格式的私钥") from error
    key = SigningKey(str(path.absolute()), line_of(blob), blob)
    if os.name != "nt" and path.stat().st_mode & 0o077:
        raise _Useless(f"别的用户也能读取，OpenSSH 拒绝使用；请执行 chmod 600 {path}")
    in_agent = key.blob in held.keys
    return Available(key, held.keys.get(key.blob, ""), in_agent, is_locked(content))


def _literal(blob: bytes) -> SigningKey:
    line = line_of(blob)
    return SigningKey(f"key::{line}", line, blob)


def _blob(line: str) -> bytes:
    name = line.split(None, 1)[0] if line.split() else ""
    for start, kind in _KINDS.items():
        if name.startswith(start):
            raise _Useless(_not_accepted(kind))
    try:
        return parse_key(line)[1]
    except BadKey as error:
        raise _Useless(str(error)) from error


def _not_accepted(kind: str) -> str:
    return f"是 {kind} 密钥，签批只接受 Ed25519 密钥"
