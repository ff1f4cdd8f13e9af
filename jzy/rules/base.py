"""What a rule is: a code, its words, and a small function over the register.

The words are for people: ``jzy explain CODE``, the documentation and the SARIF output all come
from them. The function yields breaches; it never reads a file, asks git or prints.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from jzy.model.chain import Progress, replay
from jzy.model.findings import RuleText, Severity
from jzy.model.functions import Knowledge
from jzy.model.kinds import Reference
from jzy.model.record import DataPath, Record
from jzy.model.register import Register
from jzy.model.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class Breach:
    """A place in a record where a rule does not hold."""

    record: Record
    at: DataPath
    """The value that is meant; the nearest one around it where it is absent."""
    message: str
    """One Chinese sentence: what is wrong."""
    advice: str = ""
    """One Chinese sentence: what to do; the rule's own advice where empty."""
    on_key: bool = False
    """True where the property as such is meant and not its value."""


@dataclass(frozen=True)
class Case:
    """What rules look at: the register, a day, and what several of them ask for."""

    register: Register
    today: date
    readable: Sequence[Record] = ()
    """Every record that could be read, also those that do not satisfy their schema."""
    memory: dict[Any, Any] = field(default_factory=dict)
    """What several rules found out together, by whatever they agree on as its name."""
    _progress: dict[str, Progress] = field(default_factory=dict)
    _references: dict[str, list[tuple[DataPath, str, Reference]]] = field(default_factory=dict)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The institution's working days."""
        return WorkCalendar(self.register)

    @cached_property
    def knowledge(self) -> Knowledge:
        """The register as conditions see it on the day."""
        return Knowledge(self.register, self.today, self.progress)

    def references(self, record: Record) -> list[tuple[DataPath, str, Reference]]:
        """Each reference that a record holds, see :meth:`Kind.references_in`; looked for once."""
        found = self._references.get(record.id)
        if found is None:
            kind = self.register.kind_of(record)
            found = self._references[record.id] = list(kind.references_in(record.data))
        return found

    def progress(self, record: Record) -> Progress:
        """Where the chain of a record stands; replayed once."""
        if record.id not in self._progress:
            self._progress[record.id] = replay(self.register, record)
        return self._progress[record.id]


Check = Callable[[Case], Iterable[Breach]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the registry."""

    text: RuleText
    check: Check | None
    """``None`` for what is found while reading, before there is a register."""


RULES: dict[str, Rule] = {}
"""Every rule by its code."""

Source = Callable[[Case, Container[str] | None], Iterator[tuple[RuleText, Breach]]]
SOURCES: list[Source] = []
"""What finds breaches of codes that are no rule's, because records or schemas name them."""


def rule(
    code: str,
    title: str,
    description: str,
    advice: str,
    severity: Severity = Severity.ERROR,
) -> Callable[[Check], Check]:
    """Register a function as the check of a rule.

    Args:
        code: ``JZY`` and three digits, never reused.
        title: a few Chinese words.
        description: what must hold, and why.
        advice: what to do about a breach.
        severity: what a breach weighs.
    """

    def register(check: Check) -> Check:
        _add(Rule(RuleText(code, title, description, advice, severity), check))
        return check

    return register


def words(
    code: str,
    title: str,
    description: str,
    advice: str,
    severity: Severity = Severity.ERROR,
) -> None:
    """Register the words of a rule that is judged while reading."""
    _add(Rule(RuleText(code, title, description, advice, severity), None))


def source(find: Source) -> Source:
    """Register what finds breaches of codes that only the records' schemas know.

    The function takes the case and the codes that are wanted, ``None`` for all.
    """
    SOURCES.append(find)
    return find


def _add(rule: Rule) -> None:
    if rule.text.code in RULES:
        raise AssertionError(f"{rule.text.code} is registered twice")
    RULES[rule.text.code] = rule


def run(case: Case, codes: Iterable[str] | None = None) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach of every rule, in the order of the codes, and then of the schemas' checks.

    Args:
        case: what to judge.
        codes: only these rules and checks; all if absent.
    """
    chosen = None if codes is None else set(codes)
    for code in sorted(RULES if chosen is None else chosen & set(RULES)):
        found = RULES[code]
        if found.check is not None:
            for breach in found.check(case):
                yield found.text, breach
    for find in SOURCES:
        yield from find(case, chosen)
