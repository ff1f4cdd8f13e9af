"""Figures that know what they rest on, and records as templates read them.

A template prints a :class:`Figure` as a token of code points from plane 16 (private use), which
the parser turns into a figure run. The document's evidence is gathered from those runs, so it
lists exactly what was printed. Nobody else can write a token: plane 16 is removed from every text
that a template prints and refused in template files.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from jzy.model.document import Claim, Evidence, EvidenceRecord
from jzy.model.errors import JzyError
from jzy.model.record import value_at
from jzy.render.escape import Markdown

_OPEN, _CLOSE, _ZERO = "\U0010f000", "\U0010f001", 0x10F010
TOKEN = re.compile(f"{_OPEN}([{chr(_ZERO)}-{chr(_ZERO + 9)}]+){_CLOSE}")
"""A printed figure; group 1 is its number, see :meth:`Tracer.read`."""


class TracedNumber(int):
    """A figure's value as a number; printed, it is the figure again."""

    figure: Figure


class Tracer:
    """The figures of one document: makes them, and gives their evidence back."""

    def __init__(self) -> None:
        self._evidence: dict[str, Evidence] = {}
        self._printed: list[tuple[str, str]] = []
        self._tokens: dict[tuple[str, str], str] = {}

    def figure(self, evidence: Evidence) -> Figure:
        """A figure with its evidence.

        Raises:
            JzyError: other evidence goes by the same key, so the document would contradict itself.
        """
        known = self._evidence.setdefault(evidence.key, evidence)
        if known != evidence:
            raise JzyError(
                f"同一个数据“{evidence.title}”出现了两个口径（{evidence.key}）",
                "请让模板中的两处使用同一个指标，或者为它们起不同的名称。",
            )
        return Figure(self, evidence)

    def evidenced(
        self,
        records: Iterable[Evidenced],
        title: str,
        *,
        definition: str = "",
        unit: str = "项",
    ) -> Figure:
        """The number of records as a figure, so that a list and its count come from one place.

        Args:
            records: objects with an attribute ``evidence``, such as :class:`RecordView`.
            title: Chinese name of the figure.
            definition: how they were chosen; empty gives a sentence that names the title.
            unit: unit of counting.
        """
        found = tuple(record.evidence for record in records)
        named = "\n".join([title, *(record.id for record in found)])
        return self.figure(
            Evidence(
                key="list-" + hashlib.sha256(named.encode()).hexdigest()[:12],
                title=title,
                definition=definition or f"“{title}”所列记录的条数。",
                value=len(found),
                unit=unit,
                records=found,
            )
        )

    def evidence(self, key: str) -> Evidence:
        """The evidence that goes by a key; ``KeyError`` if there is none."""
        return self._evidence[key]

    def token(self, key: str, text: str) -> str:
        """What stands for a figure in a template's output."""
        found = self._tokens.get((key, text))
        if found is None:
            digits = "".join(chr(_ZERO + int(digit)) for digit in str(len(self._printed)))
            found = self._tokens[key, text] = f"{_OPEN}{digits}{_CLOSE}"
            self._printed.append((key, text))
        return found

    def read(self, number: str) -> tuple[str, str]:
        """Key and printed text of a token, given group 1 of :data:`TOKEN`."""
        digits = "".join(str(ord(sign) - _ZERO) for sign in number)
        return self._printed[int(digits)]


class Evidenced(Protocol):
    """Whatever stands for one record."""

    @property
    def evidence(self) -> EvidenceRecord:
        """The record as evidence."""
        ...


class Figure:
    """A value with its evidence.

    It compares and computes as its value; a sum or difference is a figure again, resting on both
    sides. Printed in a template it is traced; ``str()`` gives the bare text.
    """

    __slots__ = ("_evidence", "_text", "_tracer")

    def __init__(self, tracer: Tracer, evidence: Evidence, text: str | None = None) -> None:
        self._tracer = tracer
        self._evidence = evidence
        self._text = str(evidence.value) if text is None else text

    @property
    def value(self) -> int | str:
        """The value for conditions; a number that is printed is traced all the same."""
        value = self._evidence.value
        if isinstance(value, str):
            return value
        number = TracedNumber(value)
        number.figure = self
        return number

    @property
    def key(self) -> str:
        """The evidence's key."""
        return self._evidence.key

    @property
    def title(self) -> str:
        """What is counted."""
        return self._evidence.title

    @property
    def definition(self) -> str:
        """How it is counted."""
        return self._evidence.definition

    @property
    def unit(self) -> str:
        """``人``, ``次`` …"""
        return self._evidence.unit

    @property
    def records(self) -> tuple[EvidenceRecord, ...]:
        """What it rests on."""
        return self._evidence.records

    @property
    def token(self) -> str:
        """What stands for it in a template's output."""
        return self._tracer.token(self._evidence.key, self._text)

    def shown_as(self, text: str) -> Figure:
        """The same figure, printed as another text: ``四`` for 4, or a phrase that it proves."""
        return Figure(self._tracer, self._evidence, text)

    def derived(
        self, other: Figure | int, value: int, sign: str, unit: str | None = None
    ) -> Figure:
        """A figure computed from this one and another."""
        parts = (self, other) if isinstance(other, Figure) else (self,)
        right = (other.key, other.title) if isinstance(other, Figure) else (str(other), str(other))
        records = dict.fromkeys(record for part in parts for record in part.records)
        evidence = Evidence(
            key=f"({self.key} {sign} {right[0]})",
            title=f"{self.title}{sign}{right[1]}",
            definition="".join(dict.fromkeys(part.definition for part in parts)),
            value=value,
            unit=self.unit if unit is None else unit,
            records=tuple(records),
        )
        return self._tracer.figure(evidence)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Figure({self.key!r}, {self._evidence.value!r})"

    def __int__(self) -> int:
        return int(self._evidence.value)

    def __index__(self) -> int:
        return _whole(self)

    def __bool__(self) -> bool:
        return bool(self._evidence.value)

    def __hash__(self) -> int:
        return hash(self._evidence.value)

    def __eq__(self, other: object) -> bool:
        return bool(self._evidence.value == _bare(other))

    def __lt__(self, other: object) -> bool:
        return _whole(self) < _whole(other)

    def __le__(self, other: object) -> bool:
        return _whole(self) <= _whole(other)

    def __gt__(self, other: object) -> bool:
        return _whole(self) > _whole(other)

    def __ge__(self, other: object) -> bool:
        return _whole(self) >= _whole(other)

    def __add__(self, other: Figure | int) -> Figure:
        return self._computed(other, "＋", operator.add)

    def __radd__(self, other: int) -> Figure:
        # 0 is where a sum begins; it adds nothing to say.
        return self if other == 0 else self._computed(other, "＋", operator.add)

    def __sub__(self, other: Figure | int) -> Figure:
        return self._computed(other, "－", operator.sub)

    def _computed(
        self, other: Figure | int, sign: str, compute: Callable[[int, int], int]
    ) -> Figure:
        return self.derived(other, compute(_whole(self), _whole(other)), sign)


def _bare(value: object) -> object:
    return value._evidence.value if isinstance(value, Figure) else value


def _whole(value: object) -> int:
    bare = _bare(value)
    if isinstance(bare, bool) or not isinstance(bare, int):
        raise TypeError(f"“{value}”不是整数")
    return int(bare)


class View:
    """Plain data of a record as templates read it: ``a.b`` and ``a["b"]`` alike.

    Unlike a dictionary it has no methods that could hide a property (``onsite.items``).
    """

    __slots__ = ("_data", "_markdown")

    def __init__(self, data: Mapping[str, Any], markdown: Collection[str] = ()) -> None:
        self._data = data
        self._markdown = markdown

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._data:
            raise AttributeError(name)
        return _viewed(self._data[name], name in self._markdown)

    def __getitem__(self, name: str) -> Any:
        return _viewed(self._data[name], name in self._markdown)

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


class RecordView(View):
    """A record as templates read it: its fields, its ``id``, its ``name``, its evidence.

    Args:
        evidence: the record as evidence.
        data: its plain data.
        markdown: top-level properties whose texts, at any depth, are Markdown (``narrative``).
    """

    __slots__ = ("_evidence",)

    def __init__(
        self, evidence: EvidenceRecord, data: Mapping[str, Any], markdown: Collection[str] = ()
    ) -> None:
        super().__init__(data, markdown)
        self._evidence = evidence

    @property
    def evidence(self) -> EvidenceRecord:
        """The record as evidence."""
        return self._evidence

    @property
    def id(self) -> str:
        """The record's id."""
        return self._evidence.id

    @property
    def name(self) -> str:
        """What people call it."""
        return self._evidence.name

    def value_at(self, dotted: str) -> Any:
        """The value at a dotted path, ``None`` where it is absent; lists are mapped over."""
        return _viewed(value_at(self._data, dotted), dotted.partition(".")[0] in self._markdown)


def _viewed(value: Any, markdown: bool) -> Any:
    if isinstance(value, Mapping):
        return View(value, tuple(value) if markdown else ())
    if isinstance(value, list | tuple):
        return [_viewed(item, markdown) for item in value]
    if markdown and isinstance(value, str):
        return Markdown(value)
    return value


def with_commits(evidence: Evidence, commits: Mapping[str, str]) -> Evidence:
    """Evidence with the commit of each record, looked up by path.

    History is read once for the records that a document ended up with, not while it is made.
    """
    records = tuple(replace(r, commit=commits.get(r.path, r.commit)) for r in evidence.records)
    return replace(evidence, records=records)


def claim_with_commits(claim: Claim, commits: Mapping[str, str]) -> Claim:
    """The same for a claim and for what it was judged by."""
    records = tuple(replace(r, commit=commits.get(r.path, r.commit)) for r in claim.records)
    asked = tuple(with_commits(each, commits) for each in claim.asked)
    return replace(claim, records=records, asked=asked)
