"""Text into Markdown: what a person typed stays text, whatever it looks like.

Every ASCII punctuation character is written as a numeric character reference. CommonMark decodes
those after it has found the structure, so such a character can neither begin a block, nor stress a
word, nor end a table cell; backslashes would do so only outside tables and code.
"""

from __future__ import annotations

import re
import string

_PUNCTUATION = {ord(sign): f"&#{ord(sign)};" for sign in string.punctuation}
_BLANKS = re.compile("[\\t\\n\\x0b\\x0c\\r \x85\u2028\u2029]+")
# Control characters, overrides of writing direction, lone surrogates and non-characters: none of
# them is text, and XML forbids most. Plane 16 is jzy's own, see jzy.render.trace.
_REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000ffffe-\U0010ffff]"
)
_DIRECTIVE = re.compile(":{3,}")


class Markdown(str):
    """Text that is Markdown already, such as the narrative of a report.

    Raw HTML, links, images and directives in it mean nothing, see :mod:`jzy.render.parse`.
    """

    __slots__ = ()


def clean(text: str) -> str:
    """The text without characters that no document may hold; blanks and line ends are kept."""
    return _REMOVED.sub("", text)


def one_line(text: str) -> str:
    """The text cleaned, on one line, each run of blanks one blank."""
    return _BLANKS.sub(" ", clean(text))


def escape(text: str) -> str:
    """The text as Markdown that reads as exactly this text, on one line."""
    return one_line(text).translate(_PUNCTUATION)


def as_markdown(text: str) -> str:
    """Markdown by a person's hand, made safe to stand in a template.

    Directives belong to templates: a narrative cannot forge a signature.
    """
    kept = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _DIRECTIVE.sub(lambda hit: "&#58;" * len(hit[0]), kept)
