"""What a sign-off's commit says in its message, from the raw bytes."""

from __future__ import annotations

RECORD, DIGEST = "Jzy-Record", "Jzy-Digest"
TRAILERS = (RECORD, "Jzy-Stage", "Jzy-Decision", DIGEST)


class BadTrailers(ValueError):
    """The trailers are missing, doubled or misplaced; the text is a Chinese reason."""


def trailers_of(raw: bytes) -> dict[str, str]:
    """The four trailers of a sign-off's commit.

    Each must stand exactly once, and all in the last paragraph.

    Args:
        raw: the commit object.

    Raises:
        BadTrailers: they do not, or the message is not UTF-8.
    """
    _, _, message = raw.partition(b"\n\n")
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadTrailers("提交说明不是 UTF-8 编码") from error
    paragraphs = text.rstrip("\n").split("\n\n")
    found: dict[str, str] = {}
    for line in paragraphs[-1].split("\n"):
        name, colon, value = line.partition(": ")
        if colon and name in TRAILERS:
            if name in found:
                raise BadTrailers(f"提交说明中 {name} 写了两次")
            found[name] = value
    missing = [name for name in TRAILERS if name not in found]
    if missing:
        raise BadTrailers(f"提交说明末尾缺少 {missing[0]}")
    return found
