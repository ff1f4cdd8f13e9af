"""Whether a key really signs: a wrong passphrase or a missing agent shows before the first sign-off."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from pathlib import Path

from jzy.git.keys import SigningKey
from jzy.git.plumbing import environment
from jzy.git.signature import BadSignature, check
from jzy.model.errors import WrongEnvironment

_SECONDS = 60


class WrongPassphrase(WrongEnvironment):
    """The passphrase that was typed does not open the key."""


def try_key(key: SigningKey, *, ask: bool) -> None:
    """Sign something worthless, as git will sign, and check it.

    Args:
        key: which.
        ask: whether ``ssh-keygen`` may ask for a passphrase on the terminal; without it the
            process is cut off from any terminal, so that it fails instead of waiting.

    Raises:
        WrongPassphrase: what was typed does not open the key.
        WrongEnvironment: it does not sign, with what to do.
    """
    payload = b"jzy " + secrets.token_hex(16).encode("ascii") + b"\n"
    with tempfile.TemporaryDirectory(prefix="jzy-") as folder:
        place = Path(folder)
        (place / "payload").write_bytes(payload)
        file = key.location
        if file.startswith("key::"):
            file = str(place / "key.pub")
            Path(file).write_text(key.line + "\n", "ascii")
        command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", file, str(place / "payload")]
        try:
            done = subprocess.run(
                command,
                env=environment(None if ask else {"SSH_ASKPASS_REQUIRE": "never"}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=None if ask else _SECONDS,
                start_new_session=not ask,
                check=False,
            )
        except FileNotFoundError as error:
            raise WrongEnvironment("找不到 ssh-keygen 程序", "请先安装 OpenSSH 客户端") from error
        except subprocess.TimeoutExpired as error:
            raise WrongEnvironment(
                "ssh-keygen 没有在一分钟内签名", "硬件密钥须有人触碰；请在终端中执行"
            ) from error
        if done.returncode:
            raise _failed(done.stderr.decode("utf-8", "replace"), ask=ask)
        armour = (place / "payload.sig").read_bytes()
    try:
        signer = check(payload, armour)
    except BadSignature as error:
        raise WrongEnvironment(
            f"ssh-keygen 的签名不能通过检验（{error}）", "请检查 OpenSSH 的版本（8.2 以上）"
        ) from error
    if signer != key.blob:
        raise WrongEnvironment(
            "签名的不是所选的密钥", "私钥与同名的 .pub 公钥文件不是一对，请重新生成密钥"
        )


def _failed(said: str, *, ask: bool) -> WrongEnvironment:
    text = said.lower()
    if "incorrect passphrase" in text and not ask:
        return WrongEnvironment(
            "这个密钥有口令，这里不能询问", "请在终端中执行，或先用 ssh-add 载入 ssh-agent"
        )
    if "incorrect passphrase" in text:
        return WrongPassphrase("密钥的口令不对", "请再试一次；忘记口令的密钥只能重新生成")
    if "unprotected" in text or "bad permissions" in text:
        return WrongEnvironment("私钥文件别的用户也能读取，OpenSSH 拒绝使用", "请用 chmod 600 改正")
    if "device not found" in text or "no fido" in text:
        return WrongEnvironment("没有找到硬件密钥", "请插入硬件密钥后再试")
    if "agent" in text:
        return WrongEnvironment("ssh-agent 没有用这个密钥签名", "请用 ssh-add 载入私钥后再试")
    last = said.strip().splitlines()[-1] if said.strip() else "没有说明"
    return WrongEnvironment(
        f"ssh-keygen 无法用这个密钥签名（{last}）", "请核对私钥文件；有口令的，请在终端中执行"
    )
