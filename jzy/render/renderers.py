"""The formats that a document can be written in, by file suffix.

An option's choices come from :data:`RENDERERS`; a format's libraries are loaded when it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jzy.model.document import Document


class Renderer(Protocol):
    """A way to write a document down."""

    @property
    def title(self) -> str:
        """What people call the format."""
        ...

    def render(self, document: Document) -> bytes:
        """The whole file. The same document gives the same bytes, wherever and whenever."""
        ...


@dataclass(frozen=True, slots=True)
class Markdown:
    """CommonMark with tables, UTF-8."""

    title: str = "Markdown"
    marks: bool = False
    """Whether each figure is followed by its number in the evidence appendix."""

    def render(self, document: Document) -> bytes:
        """See :class:`Renderer`."""
        from jzy.render.markdown import write  # noqa: PLC0415

        return write(document, marks=self.marks).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Html:
    """One file for screen and paper, without scripts and without anything to load."""

    title: str = "网页"

    def render(self, document: Document) -> bytes:
        """See :class:`Renderer`."""
        from jzy.render.html import write  # noqa: PLC0415

        return write(document).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Docx:
    """Word, in the format of GB/T 9704-2012."""

    title: str = "Word 文档"

    def render(self, document: Document) -> bytes:
        """See :class:`Renderer`."""
        from jzy.render.docx import write  # noqa: PLC0415

        return write(document)


@dataclass(frozen=True, slots=True)
class Pdf:
    """PDF, in the format of GB/T 9704-2012."""

    title: str = "PDF"

    def render(self, document: Document) -> bytes:
        """See :class:`Renderer`.

        Raises:
            JzyError: a font or a character is missing.
        """
        from jzy.render.pdf import write  # noqa: PLC0415

        return write(document)


RENDERERS: Mapping[str, Renderer] = {
    ".md": Markdown(),
    ".html": Html(),
    ".docx": Docx(),
    ".pdf": Pdf(),
}
"""By suffix, lower case, with its dot."""
