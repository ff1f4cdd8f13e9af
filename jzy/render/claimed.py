"""Claims as templates print them: nothing where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from jzy.model.document import EvidenceRecord
from jzy.render.escape import escape
from jzy.render.trace import Figure


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a template gets when it asks for a claim, or for a problem; printed, it is its text."""

    holds: bool
    """Whether the claim is supported."""
    parts: tuple[str | Figure, ...]
    """What is printed: figures and phrases that are traced, and plain words between them."""
    evidence: EvidenceRecord
    """The claim's own record."""
    state: Figure
    """How it stands (``成立``), resting on what it was judged by."""
    before: str = ""
    """What stands before the text, where there is any."""

    @property
    def title(self) -> str:
        """What the claim is called."""
        return self.evidence.name

    @property
    def said(self) -> bool:
        """Whether anything is printed."""
        return bool(self.parts)

    def __bool__(self) -> bool:
        return self.holds

    @property
    def markup(self) -> Markup:
        """The text as Markdown with tokens for its figures."""
        if not self.parts:
            return Markup("")
        words = (part.token if isinstance(part, Figure) else escape(part) for part in self.parts)
        return Markup(escape(self.before) + "".join(words))  # noqa: S704 - escaped piece by piece


def phrased(figure: Figure, parts: Sequence[str | Figure]) -> tuple[str | Figure, ...]:
    """Parts in which each plain phrase rests on a figure; figures among them stay their own."""
    return tuple(part if isinstance(part, Figure) else figure.shown_as(part) for part in parts)
