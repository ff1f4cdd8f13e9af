"""Values of options that several commands take, checked in one place."""

from __future__ import annotations

import re

from jzy.model.errors import WrongUsage

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def fingerprint(text: str) -> str:
    """A key's fingerprint.

    Raises:
        WrongUsage: it is none.
    """
    if not _FINGERPRINT.fullmatch(text):
        raise WrongUsage(f"“{text}”不是密钥指纹", "请写作 SHA256: 开头的 50 个字符")
    return text
