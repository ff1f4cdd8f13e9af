"""Signatures: what jzy calls good, OpenSSH calls good; jzy may only be stricter."""

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jzy.git.keys import SigningKey, make_throwaway_key
from jzy.git.signature import BadSignature, check, take_apart

PAYLOAD = "tree 0\nauthor 示例甲\n\n同意\n".encode()
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SigningKey, bytes]:
    folder = tmp_path_factory.mktemp("keys")
    key = make_throwaway_key(folder / "key", "person-jia")
    (folder / "allowed").write_text(f'person-jia namespaces="git" {key.line}\n')
    return folder, key, sign(folder, "git")


def sign(folder: Path, namespace: str) -> bytes:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(folder / "key")]
    return subprocess.run(command, input=PAYLOAD, capture_output=True, check=True).stdout


def openssh_accepts(folder: Path, armour: bytes) -> bool:
    (folder / "sig").write_bytes(armour)
    command = [
        "ssh-keygen", "-Y", "verify", "-n", "git", "-I", "person-jia",
        "-f", str(folder / "allowed"), "-s", str(folder / "sig"),
    ]  # fmt: skip
    return subprocess.run(command, input=PAYLOAD, capture_output=True, check=False).returncode == 0


def jzy_accepts(armour: bytes, key: SigningKey) -> bool:
    try:
        return check(PAYLOAD, armour.rstrip(b"\n")) == key.blob
    except BadSignature:
        return False


def body(armour: bytes) -> bytes:
    return base64.b64decode(b"".join(armour.strip().split(b"\n")[1:-1]))


def armoured(raw: bytes) -> bytes:
    lines = base64.encodebytes(raw).replace(b"\n", b"")
    rows = b"\n".join(lines[i : i + 70] for i in range(0, len(lines), 70))
    return b"-----BEGIN SSH SIGNATURE-----\n" + rows + b"\n-----END SSH SIGNATURE-----\n"


def test_a_signature_names_the_key_that_made_it(signed: tuple[Path, SigningKey, bytes]) -> None:
    folder, key, armour = signed
    assert jzy_accepts(armour, key)
    assert openssh_accepts(folder, armour)


def test_other_namespaces_and_other_texts_are_refused(
    signed: tuple[Path, SigningKey, bytes],
) -> None:
    folder, _, armour = signed
    with pytest.raises(BadSignature, match="用途"):
        check(PAYLOAD, sign(folder, "file").rstrip(b"\n"))
    with pytest.raises(BadSignature, match="不符"):
        check(PAYLOAD + b" ", armour.rstrip(b"\n"))


def test_a_signature_whose_s_is_not_canonical_is_refused(
    signed: tuple[Path, SigningKey, bytes],
) -> None:
    _, _, armour = signed
    raw = body(armour)
    s = int.from_bytes(raw[-32:], "little") + ORDER
    with pytest.raises(BadSignature, match="规范"):
        check(PAYLOAD, armoured(raw[:-32] + s.to_bytes(32, "little")).rstrip(b"\n"))


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_key_types_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(tmp_path / "key")]
    subprocess.run(command, check=True)
    with pytest.raises(BadSignature, match=kind):
        check(PAYLOAD, sign(tmp_path, "git").rstrip(b"\n"))


@given(st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_jzy_accepts_openssh_accepts(
    signed: tuple[Path, SigningKey, bytes], data: st.DataObject
) -> None:
    folder, key, armour = signed
    raw = bytearray(body(armour))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(raw) - 1))
        change = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if change == "flip":
            raw[at] ^= data.draw(st.integers(1, 255))
        elif change == "cut":
            del raw[at]
        else:
            raw.insert(at, data.draw(st.integers(0, 255)))
    changed = armoured(bytes(raw))
    if jzy_accepts(changed, key):
        assert openssh_accepts(folder, changed)


COMMIT = b"tree 1\nauthor a\n%s\n\nmessage\n"
SIGNATURE = b"gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----"


def test_the_payload_is_the_commit_without_its_signature() -> None:
    parts = take_apart(COMMIT % SIGNATURE)
    assert parts.payload == b"tree 1\nauthor a\n\nmessage\n"
    assert parts.armour.startswith(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n")


@pytest.mark.parametrize(
    "headers",
    [
        SIGNATURE + b"\n" + SIGNATURE,
        SIGNATURE + b"\n" + SIGNATURE.replace(b"gpgsig", b"gpgsig-sha256"),
        SIGNATURE.replace(b"gpgsig", b"gpgsig-sha256"),
        SIGNATURE + b"\nnote \0",
    ],
)
def test_two_signatures_or_a_hidden_message_are_refused(headers: bytes) -> None:
    with pytest.raises(BadSignature):
        take_apart(COMMIT % headers)


def test_nothing_may_follow_the_signature(signed: tuple[Path, SigningKey, bytes]) -> None:
    _, _, armour = signed
    lines = armour.rstrip(b"\n").split(b"\n")
    blob = base64.b64decode(b"".join(lines[1:-1]))
    for longer in (blob + b"\0", blob + blob):
        coded = base64.b64encode(longer)
        with pytest.raises(BadSignature, match="多余的字节"):
            check(PAYLOAD, b"\n".join([lines[0], coded, lines[-1]]))
