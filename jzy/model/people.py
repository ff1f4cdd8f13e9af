"""People, the posts they hold and the public keys they sign with (sign-off protocol, "Who may")."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

from jzy.model.record import Record

SIGNING_KEY_TYPES = ("ssh-ed25519", "sk-ssh-ed25519@openssh.com")
"""The key types that jzy accepts; their signatures are checked in process."""

_FIELD = 2**255 - 19
_SMALL = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)
"""The y of the eight points of small order on edwards25519, computed from the curve's equation."""


class BadKey(ValueError):
    """A public key line that is malformed or of a type that is not accepted."""


class Post(NamedTuple):
    """A post held for a time. ``unit`` is ``None`` for posts of the institution as a whole."""

    post: str
    unit: str | None
    begins: str
    ends: str | None
    """The last day, inclusive, as an ISO date; ``None`` while held."""

    def held_on(self, day: str) -> bool:
        """Whether the post was held on an ISO date."""
        return self.begins <= day and (self.ends is None or day <= self.ends)


class Key(NamedTuple):
    """A public signing key of a person."""

    line: str
    """``<type> <base64>``, without a comment."""
    blob: bytes
    begins: str
    ends: str | None
    revoked: str | None
    distrust_from: str | None = None
    """The commit from which on nothing counts that the key signed: it was stolen by then."""

    @property
    def fingerprint(self) -> str:
        """``SHA256:`` and the unpadded base64 of the SHA-256 of the key's raw bytes."""
        return fingerprint(self.blob)

    def usable_on(self, day: str) -> bool:
        """Whether the register gives the key to the person on an ISO date."""
        return (
            self.begins <= day
            and (self.ends is None or day <= self.ends)
            and (self.revoked is None or day < self.revoked)
        )


class Person(NamedTuple):
    """Someone of the institution: name, unit, posts, keys, and nothing else."""

    id: str
    name: str
    unit: str
    posts: tuple[Post, ...]
    keys: tuple[Key, ...]
    root: str | None = None
    """The root unit: a post there is one of the institution as a whole."""

    @classmethod
    def of(cls, record: Record, root: str | None = None) -> Person:
        """Read a person from a record that satisfies its schema; malformed keys are left out.

        Args:
            record: the person's record.
            root: the id of the root unit; a post there is a post of the institution as a whole.
        """
        data = record.data
        posts = tuple(
            Post(
                post["post"],
                post.get("unit") if post.get("unit") != root else None,
                post["from"],
                post.get("until"),
            )
            for post in data.get("posts", ())
        )
        keys = []
        for entry in data.get("keys", ()):
            try:
                line, blob = parse_key(entry["key"])
            except BadKey:
                continue
            dates = entry["from"], entry.get("until"), entry.get("revoked")
            keys.append(Key(line, blob, *dates, entry.get("distrust_from")))
        return cls(record.id, data["name"], data["unit"], posts, tuple(keys), root)

    def holds(self, post: str | None, unit: str | None, day: str) -> bool:
        """Whether the person held a post on an ISO date.

        Args:
            post: the post's key; ``None`` asks only whether the person belongs to the unit, as a
                member or by any post there.
            unit: the unit's id; ``None`` asks for a post of the institution as a whole.
        """
        if post is None and (unit is None or self.unit == unit):
            return True
        unit = None if unit == self.root else unit
        if post is None:
            return any(held.unit == unit and held.held_on(day) for held in self.posts)
        return any(
            held.post == post and held.unit == unit and held.held_on(day) for held in self.posts
        )


def parse_key(line: str) -> tuple[str, bytes]:
    """Read a public key line as OpenSSH writes it; a comment after the key is dropped.

    Returns:
        The line without its comment, and the key's raw bytes.

    Raises:
        BadKey: with a Chinese reason.
    """
    parts = line.split()
    if len(parts) < 2:
        raise BadKey("公钥应写作“ssh-ed25519 AAAA…”")
    name, encoded = parts[0], parts[1]
    if name not in SIGNING_KEY_TYPES:
        raise BadKey(f"不接受 {name} 类型的密钥，请使用 ssh-ed25519")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey("公钥的 base64 部分已损坏") from error
    if base64.b64encode(blob).decode("ascii") != encoded:
        raise BadKey("公钥的 base64 部分不是规范写法")
    size = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + size] != name.encode("ascii") or (
        name == "ssh-ed25519" and (len(blob) != 4 + size + 4 + 32 or blob[4 + size + 3] != 32)
    ):
        raise BadKey("公钥内容与所写类型不符")
    if _is_weak(blob):
        raise BadKey("任何人都能以它的名义签名，或内容已损坏")
    return f"{name} {encoded}", blob


def _is_weak(blob: bytes) -> bool:
    """Whether the raw bytes of a public key are damaged, or a point of small order.

    For a "key" of small order anybody can make signatures, so its owner could disown whatever he
    signed.
    """
    parts, at = [], 0
    while at + 4 <= len(blob):
        size = int.from_bytes(blob[at : at + 4], "big")
        parts.append(blob[at + 4 : at + 4 + size])
        at += 4 + size
    wanted = 3 if blob[4:].startswith(b"sk-") else 2
    if at != len(blob) or len(parts) != wanted or len(parts[1]) != 32:
        return True
    y = int.from_bytes(parts[1], "little") & (2**255 - 1)
    return y >= _FIELD or y in _SMALL


def fingerprint(blob: bytes) -> str:
    """The OpenSSH fingerprint of a public key's raw bytes."""
    digest = hashlib.sha256(blob).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")
