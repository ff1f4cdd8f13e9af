"""Signatures that are not quite what they seem, on commits that are otherwise a genuine sign-off.

Each case is what the attacker does to the commit's bytes; neither ``jzy verify`` nor the server
takes any of them for the signature that it imitates.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jzy.git.keys import make_throwaway_key
from jzy.git.signature import take_apart
from tests.acceptance.conftest import CLERK
from tests.attacks.office import HEAD, Office

ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group in which ed25519 computes: S and S + ORDER fit the same equation."""
Change = Callable[[bytes], bytes]


def sign(key: Path, payload: bytes, namespace: str = "git") -> bytes:
    """OpenSSH's own signature, armoured."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key]
    return subprocess.run(command, input=payload, capture_output=True, check=True).stdout.rstrip()


def with_signatures(payload: bytes, *armours: bytes, header: bytes = b"gpgsig") -> bytes:
    head, _, message = payload.partition(b"\n\n")
    added = b"".join(b"\n" + header + b" " + a.replace(b"\n", b"\n ") for a in armours)
    return head + added + b"\n\n" + message


def rearmoured(armour: bytes, change: Change) -> bytes:
    """An armour around other bytes."""
    lines = armour.split(b"\n")
    raw = base64.b64encode(change(base64.b64decode(b"".join(lines[1:-1]))))
    rows = [raw[at : at + 70] for at in range(0, len(raw), 70)]
    return b"\n".join([lines[0], *rows, lines[-1]])


def in_armour(change: Change) -> Change:
    """A change of the signature's own bytes."""

    def on_commit(raw: bytes) -> bytes:
        parts = take_apart(raw)
        return with_signatures(parts.payload, rearmoured(parts.armour, change))

    return on_commit


def malleated(blob: bytes) -> bytes:
    s = int.from_bytes(blob[-32:], "little") + ORDER
    return blob[:-32] + s.to_bytes(32, "little")


def reserved_filled(blob: bytes) -> bytes:
    at = blob.index(b"\x00\x00\x00\x03git") + 7
    return blob[:at] + b"\x00\x00\x00\x01x" + blob[at + 4 :]


ALTERED: dict[str, tuple[Change, str]] = {
    "another message": (lambda raw: raw.replace("同意\n".encode(), "赞成\n".encode()), "不符"),
    "another author": (lambda raw: raw.replace("示例己".encode(), "示例乙".encode()), "不符"),
    "hidden text after NUL": (lambda raw: raw + b"\0hidden\n", "NUL"),
    "junk after the end": (
        lambda raw: raw.replace(b"END SSH SIGNATURE-----", b"END SSH SIGNATURE-----\n junk"),
        "不是 SSH 签名",
    ),
    "junk inside": (in_armour(lambda blob: blob + b"\0"), "多余的字节"),
    "cut short": (in_armour(lambda blob: blob[:-8]), "中途断开"),
    "version 2": (in_armour(lambda blob: blob.replace(b"\0\0\0\1", b"\0\0\0\2", 1)), "版本不对"),
    "reserved field": (in_armour(reserved_filled), "保留字段"),
    "malleated S": (in_armour(malleated), "不是规范形式"),
    "armour of another kind": (lambda raw: raw.replace(b"SSH SIGN", b"PGP SIGN"), "不是 SSH 签名"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_keep_a_signature_over_altered_bytes(office: Office, how: str) -> None:
    change, word = ALTERED[how]
    office.forge(HEAD)
    office.rewrite(change)
    office.fails(word, "unproven")


@pytest.mark.parametrize("order", ["mine first", "mine last", "the same twice"])
def test_carry_two_signatures(office: Office, order: str) -> None:
    office.forge(HEAD)

    def twice(raw: bytes) -> bytes:
        parts = take_apart(raw)
        mine = sign(office.key(CLERK), parts.payload)
        armours = {
            "mine first": (mine, parts.armour),
            "mine last": (parts.armour, mine),
            "the same twice": (parts.armour, parts.armour),
        }
        return with_signatures(parts.payload, *armours[order])

    office.rewrite(twice)
    office.fails("不止一个签名", "unproven")


def test_add_a_signature_for_another_kind_of_repository(office: Office) -> None:
    office.forge(HEAD)

    def under_both_names(raw: bytes) -> bytes:
        return with_signatures(raw, take_apart(raw).armour, header=b"gpgsig-sha256")

    office.rewrite(under_both_names)
    office.fails("gpgsig-sha256", "unproven")


def test_use_a_signature_that_was_made_for_a_file(office: Office) -> None:
    office.forge(HEAD)

    def for_a_file(raw: bytes) -> bytes:
        payload = take_apart(raw).payload
        return with_signatures(payload, sign(office.key(HEAD), payload, "file"))

    office.rewrite(for_a_file)
    office.fails("用途不是 git", "unproven")


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_sign_with_a_type_of_key_that_jzy_does_not_accept(
    office: Office, tmp_path: Path, kind: str
) -> None:
    short = kind.removeprefix("ssh-").partition("-")[0]
    subprocess.run(["ssh-keygen", "-q", "-t", short, "-N", "", "-f", tmp_path / "key"], check=True)
    office.signed_with(tmp_path / "key")
    office.fails(kind, "unproven")


def test_have_another_program_say_that_it_is_signed(office: Office, tmp_path: Path) -> None:
    """git believes the program that the configuration names; jzy reads the bytes."""
    stranger = make_throwaway_key(tmp_path / "stranger", "person-ji")
    office.signed_with(stranger.location)
    program = tmp_path / "yes.sh"
    program.write_text("#!/bin/sh\necho 'Good \"git\" signature for person-ji'\n")
    program.chmod(0o755)
    for root in (office.repo.root, office.bare.root):
        for name in ("gpg.ssh.program", "gpg.program"):
            subprocess.run(["git", "config", name, program], cwd=root, check=True)
    office.fails("不在当时的人员登记簿", "unproven")
