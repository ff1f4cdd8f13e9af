"""Which records are a document's evidence 佐证材料, and how they are numbered.

One numbering for the appendix on paper and for the evidence folder: a record belongs to the section
in which the document first rests on it, and has its number there. Whoever reads ``1.2-03`` in the
appendix finds ``1.2-03 …`` in the folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jzy.model.document import Document, EvidenceRecord, Heading, figures, runs_of

_DEPTH = 2
"""Levels of headings that number a section; evidence further down belongs to the second."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that evidence belongs to."""

    number: str
    """``1.2``: the second heading below the first; ``0`` for what stands below no heading."""
    headings: tuple[Heading, ...]
    """That it stands under, the outermost first."""


@dataclass(frozen=True, slots=True)
class Material:
    """A record that a document rests on, once."""

    section: Section
    """In which it is first used."""
    ordinal: int
    """From 1, in the order of use within the section."""
    digits: int
    """That its ordinal is written with, the same throughout a section."""
    record: EvidenceRecord
    also: tuple[str, ...]
    """The numbers of further sections that rest on it, in their order."""

    @property
    def place(self) -> str:
        """The ordinal as written: ``03``."""
        return str(self.ordinal).zfill(self.digits)

    @property
    def number(self) -> str:
        """``1.2-03``."""
        return f"{self.section.number}-{self.place}"


def materials(document: Document) -> tuple[Material, ...]:
    """The records that a document's figures and claims rest on, section by section."""
    known = {each.key: each for each in document.evidence}
    used: dict[str, list[Section]] = {}
    records: dict[str, EvidenceRecord] = {}
    inside: dict[str, list[str]] = {}
    for section, key in _uses(document):
        for record in known[key].records:
            sections = used.setdefault(record.id, [])
            if not sections:
                records[record.id] = record
                inside.setdefault(section.number, []).append(record.id)
            if section not in sections:
                sections.append(section)
    return tuple(
        Material(
            used[id_][0],
            ordinal,
            max(2, len(str(len(ids)))),
            records[id_],
            tuple(each.number for each in used[id_][1:]),
        )
        for ids in inside.values()
        for ordinal, id_ in enumerate(ids, 1)
    )


def spans(found: Iterable[Material]) -> str:
    """Numbers with runs drawn together: ``1.1-01—04、1.1-07、1.2-03``."""
    groups: list[list[Material]] = []
    for each in found:
        last = groups[-1][-1] if groups else None
        if last and last.section == each.section and last.ordinal + 1 == each.ordinal:
            groups[-1].append(each)
        else:
            groups.append([each])
    return "、".join(
        group[0].number if len(group) == 1 else f"{group[0].number}—{group[-1].place}"
        for group in groups
    )


def _uses(document: Document) -> Iterator[tuple[Section, str]]:
    """Every figure's key as the text prints it, with the section in which it stands; at last those of
    evidence that no text prints."""
    here: list[tuple[Heading, int]] = []
    counts: dict[str, int] = {}
    nowhere = section = Section("0", ())
    left = {each.key: None for each in document.evidence}
    for block in document.blocks:
        if isinstance(block, Heading):
            while here and here[-1][0].level >= block.level:
                here.pop()
            above = ".".join(str(count) for _, count in here)
            counts[above] = counts.get(above, 0) + 1
            here.append((block, counts[above]))
            numbered = here[:_DEPTH]
            section = Section(
                ".".join(str(count) for _, count in numbered),
                tuple(heading for heading, _ in numbered),
            )
        for runs in runs_of(block):
            for run in figures(runs):
                left.pop(run.key, None)
                yield section, run.key
    for key in left:
        yield nowhere, key
