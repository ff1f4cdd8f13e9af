"""Names of files and folders made out of people's words, safe on every system.

What Windows forbids is written with its full-width twin, so that a title still reads as it was
written; names that differ only by case, or by how Unicode composes a character, do not meet.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
"""The most UTF-16 units that a name takes; Windows counts these, and allows about 260 for a whole
path."""
_BYTES = 240
"""The most bytes in UTF-8; other systems allow 255."""
# `%` and `#` are harmless in a name and not in a link to it.
_TWINS = str.maketrans('<>:"/\\|?*%#', "＜＞：＂／＼｜？＊％＃")
_BLANKS = re.compile(r"\s+")
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE
)
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}")
_NOTHING = "无题"


def safe_name(text: str, ending: str = "", *, longest: int = LONGEST) -> str:
    """A name for a file or folder.

    Args:
        text: what it is called, by anybody.
        ending: kept whole, such as ``.docx``.
        longest: UTF-16 units, no more than :data:`LONGEST`.

    Returns:
        One component of a path, NFC, never empty, ``.`` or ``..``, without characters that Windows
        forbids, control and format characters, and dots or blanks at its ends.
    """
    kept = unicodedata.normalize("NFC", text).translate(_TWINS)
    kept = _BLANKS.sub(" ", "".join(map(_visible, kept))).strip(" .~").rstrip(" .。")
    kept = re.sub("^-", "－", kept)
    if _DEVICE.fullmatch(kept.partition(".")[0].rstrip()):
        kept = f"_{kept}"
    return (
        _cut(kept, longest - _units(ending), _BYTES - len(ending.encode())) or _NOTHING
    ) + ending


def parted(name: str) -> tuple[str, str]:
    """A file's name without its ending, and the ending in lower case where it is a plain one."""
    stem, dot, rest = name.rpartition(".")
    if not stem or not _ENDING.fullmatch(dot + rest):
        return name, ""
    return stem, f".{rest.lower()}"


class Names:
    """Paths of one folder tree, of which no two are one on any system."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, folder: str, text: str, ending: str = "", *, longest: int = LONGEST) -> str:
        """A path that nothing else has: ``（2）`` and so on follows a name that is taken.

        Args:
            folder: that was given out by this object, or empty for the top.
            text: see :func:`safe_name`.
            ending: see :func:`safe_name`.
            longest: see :func:`safe_name`.

        Returns:
            The path with ``/``; it is taken from now on.
        """
        number = 1
        while True:
            tail = f"（{number}）" if number > 1 else ""
            name = safe_name(text, tail + ending, longest=longest)
            path = f"{folder}/{name}" if folder else name
            key = unicodedata.normalize("NFKC", path).casefold()
            if key not in self._taken:
                self._taken.add(key)
                return path
            number += 1


def _visible(sign: str) -> str:
    """A character as it may stand in a name; blanks are left to be drawn together."""
    if sign.isspace():
        return " "
    # Controls, what hides or reorders text, surrogates, private and unassigned characters.
    return "" if unicodedata.category(sign)[0] == "C" else sign


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int, size: int) -> str:
    """The beginning of a text that takes no more than so many UTF-16 units, and bytes in UTF-8."""
    if _units(text) <= units and len(text.encode()) <= size:
        return text
    kept = text.encode("utf-16-le")[: 2 * (units - 1)].decode("utf-16-le", "ignore")
    while len(kept.encode()) > size - len("…".encode()):
        kept = kept[:-1]
    return kept.rstrip(" .") + "…" if kept.strip(" .") else ""
