"""What a rule is: a code, its words, and a small function over the register.

The words are for people: ``jzy explain CODE``, the documentation and the SARIF output all come
from them. The function yields breaches; it never reads a file, asks git or prints.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from copy import copy
from datetime import date
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

from jzy.model.chain import Progress, replay
from jzy.model.duties import judge
from jzy.model.findings import RuleText, Severity
from jzy.model.functions import Knowledge
from jzy.model.kinds import Reference
from jzy.model.owing import Outcome
from jzy.model.record import DataPath, Record
from jzy.model.register import DAY, Register
from jzy.model.workdays import WorkCalendar


class Breach(NamedTuple):
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


class Case:
    """What rules look at: the register, a day, and what several of them ask for.

    Args:
        register: the records.
        on: the day of judgement.
        readable: every record that could be read, also those that do not satisfy their schema.
    """

    def __init__(self, register: Register, on: date, readable: Sequence[Record] = ()) -> None:
        self.register = register
        self.on = on
        self.readable = readable
        self.memory: dict[Any, Any] = {}
        """What several rules found out together, by whatever they agree on as its name."""
        self._progress: dict[str, Progress] = {}
        self._references: dict[str, list[tuple[DataPath, str, Reference]]] = {}

    @property
    def today(self) -> date:
        """The day of judgement."""
        self.register.note(DAY)
        return self.on

    @property
    def calendar(self) -> WorkCalendar:
        """The institution's working days."""
        return self.register.once(self.memory, "calendar", lambda: WorkCalendar(self.register))

    @cached_property
    def knowledge(self) -> Knowledge:
        """The register as conditions see it on the day."""
        return Knowledge(self.register, self.on, self.progress)

    def reading(self, readable: Sequence[Record]) -> Case:
        """The same case with every record that could be read; what was found out is shared."""
        found = copy(self)
        found.readable = readable
        return found

    def references(self, record: Record) -> list[tuple[DataPath, str, Reference]]:
        """Each reference that a record holds, see :meth:`Kind.references_in`; looked for once."""
        found = self._references.get(record.id)
        if found is None:
            kind = self.register.kind_of(record)
            found = self._references[record.id] = list(kind.references_in(record.data))
        return found

    def done_with(self, record: Record) -> None:
        """Forget what is quickly found again, of a record that is judged: of ten thousand it is
        much."""
        self._references.pop(record.id, None)
        if not record.sign_offs:
            self.knowledge.forget(record)

    def let_go(self) -> None:
        """Forget all that is found again when it is asked for; of a hundred thousand records it is
        hundreds of megabytes."""
        self._references.clear()
        self._progress.clear()
        self.knowledge.forget_all()

    def progress(self, record: Record) -> Progress:
        """Where the chain of a record stands; replayed once."""
        return self.register.once(self._progress, record.id, lambda: replay(self.register, record))

    def outcome(self, duty: Record) -> Outcome:
        """How far a duty is kept; judged once."""
        make = partial(judge, self.knowledge, duty)
        return self.register.once(self.memory, ("duty", duty.path), make)


Check = Callable[[Case], Iterable[Breach]]
"""Judges all records together."""
CheckOne = Callable[[Case, Record], Iterable[Breach]]
"""Judges one record, which others may be looked at for."""
CheckDuty = Callable[[Case, Outcome], Iterable[Breach]]
"""Judges how far one duty is kept."""


class Rule:
    """A rule of the registry; no function where the breach is found while reading.

    Args:
        text: its code and words.
    """

    def __init__(self, text: RuleText) -> None:
        self.text = text
        self.check: Check | None = None
        """Finds what can only be told of all records together."""
        self.one: CheckOne | None = None
        """Finds what can be told of one record."""
        self.duty: CheckDuty | None = None
        """Finds what can be told of one duty by how far it is kept."""
        self.kind: str | None = None
        """The only kind whose records ``one`` judges; all if absent."""
        self.unsound = False
        """Whether ``one`` judges also records that do not satisfy their schema."""
        self.signed = False
        """Whether ``one`` judges only records that bear sign-offs: many rules do, most records
        bear none."""


RULES: dict[str, Rule] = {}
"""Every rule by its code."""

Source = Callable[[Case, Record, Container[str] | None], Iterator[tuple[RuleText, Breach]]]
SOURCES: list[Source] = []
"""What finds breaches of codes that are no rule's, because records or schemas name them."""


def rule(
    code: str,
    title: str,
    description: str,
    advice: str,
    severity: Severity = Severity.ERROR,
) -> Callable[[Check], Check]:
    """Register a function as the check of a rule over all records together.

    Args:
        code: ``JZY`` and three digits, never reused.
        title: a few Chinese words.
        description: what must hold, and why.
        advice: what to do about a breach.
        severity: what a breach weighs.
    """

    def register(check: Check) -> Check:
        _of(RuleText(code, title, description, advice, severity)).check = check
        return check

    return register


def rule_of_one(
    code: str,
    title: str,
    description: str,
    advice: str,
    severity: Severity = Severity.ERROR,
    *,
    kind: str | None = None,
    unsound: bool = False,
) -> Callable[[CheckOne], CheckOne]:
    """Register a function as the check of a rule over one record; the rest as in :func:`rule`.

    What such a function looks at is noted while it runs (:mod:`jzy.model.watched`), and it is
    asked again only when something of that has changed. It breaches at the record it is given.

    Args:
        code: see :func:`rule`, like the words.
        title: see :func:`rule`.
        description: see :func:`rule`.
        advice: see :func:`rule`.
        severity: see :func:`rule`.
        kind: the only kind whose records are judged.
        unsound: whether records are judged that do not satisfy their schema.
    """

    def register(check: CheckOne) -> CheckOne:
        found = _of(RuleText(code, title, description, advice, severity))
        found.one, found.kind, found.unsound = check, kind, unsound
        return check

    return register


def rule_of_signed_one(
    code: str,
    title: str,
    description: str,
    advice: str,
    severity: Severity = Severity.ERROR,
) -> Callable[[CheckOne], CheckOne]:
    """Register a function as the check of a rule over one record that bears sign-offs, see
    :func:`rule_of_one`."""

    def register(check: CheckOne) -> CheckOne:
        rule_of_one(code, title, description, advice, severity)(check)
        RULES[code].signed = True
        return check

    return register


def rule_of_duty(
    code: str,
    title: str,
    description: str,
    advice: str,
    severity: Severity = Severity.ERROR,
) -> Callable[[CheckDuty], CheckDuty]:
    """Register a function as the check of a rule over how far one duty is kept, see :func:`rule`.

    It is asked again only when the outcome or something else that it looks at has changed.
    """

    def register(check: CheckDuty) -> CheckDuty:
        _of(RuleText(code, title, description, advice, severity)).duty = check
        return check

    return register


def also_of_all(code: str) -> Callable[[Check], Check]:
    """Register what a rule over each duty finds in all records together."""

    def register(check: Check) -> Check:
        RULES[code].check = check
        return check

    return register


def also_of_signed_one(code: str) -> Callable[[CheckOne], CheckOne]:
    """Register what a rule over something else finds in each record that bears sign-offs."""

    def register(check: CheckOne) -> CheckOne:
        RULES[code].one, RULES[code].signed = check, True
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
    _of(RuleText(code, title, description, advice, severity))


def source(find: Source) -> Source:
    """Register what finds breaches in a record of codes that only the records' schemas know.

    The function takes the case, the record and the codes that are wanted, ``None`` for all.
    """
    SOURCES.append(find)
    return find


def _of(text: RuleText) -> Rule:
    if text.code in RULES:
        raise AssertionError(f"{text.code} is registered twice")
    RULES[text.code] = Rule(text)
    return RULES[text.code]


def run(case: Case, codes: Iterable[str] | None = None) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach of every rule, and of the schemas' checks.

    Args:
        case: what to judge.
        codes: only these rules and checks; all if absent.
    """
    chosen = None if codes is None else set(codes)
    for code in whole_rules(chosen):
        yield from run_whole(case, code)
    for code in sorted(code for code, found in RULES.items() if found.duty is not None):
        for duty in case.register.of("duty") if chosen is None or code in chosen else ():
            yield from run_duty(case, duty, {code})
    sound = list(case.register)
    for record in sound:
        yield from run_one(case, record, chosen)
    for record in case.readable or sound:
        yield from run_any(case, record, chosen)


def whole_rules(codes: Container[str] | None = None) -> list[str]:
    """The codes of the rules over all records together, of all rules or of some."""
    return sorted(
        code
        for code, found in RULES.items()
        if found.check is not None and (codes is None or code in codes)
    )


def is_whole(code: str) -> bool:
    """Whether a code is that of a rule over all records together."""
    return code in RULES and RULES[code].check is not None


def run_whole(case: Case, code: str) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach of one rule over all records together."""
    found = RULES[code]
    for breach in found.check(case) if found.check is not None else ():
        yield found.text, breach


def run_duty(
    case: Case, duty: Record, codes: Container[str] | None = None
) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach of the rules that judge how far a duty is kept."""
    for code in sorted(RULES):
        found = RULES[code]
        if found.duty is not None and (codes is None or code in codes):
            for breach in found.duty(case, case.outcome(duty)):
                yield found.text, breach


def run_one(
    case: Case, record: Record, codes: Container[str] | None = None
) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach in one sound record of the rules that judge such records, and of its schema's
    checks."""
    for found in _ones(len(RULES), record.kind, unsound=False, signed=bool(record.sign_offs)):
        if codes is None or found.text.code in codes:
            assert found.one is not None  # noqa: S101 - see _ones
            for breach in found.one(case, record):
                yield found.text, breach
    for find in SOURCES:
        yield from find(case, record, codes)


def run_any(
    case: Case, record: Record, codes: Container[str] | None = None
) -> Iterator[tuple[RuleText, Breach]]:
    """Every breach in one record, sound or not, of the rules that judge both."""
    for found in _ones(len(RULES), record.kind, unsound=True, signed=True):
        if codes is None or found.text.code in codes:
            assert found.one is not None  # noqa: S101 - see _ones
            for breach in found.one(case, record):
                yield found.text, breach


@cache
def _ones(_: int, kind: str, *, unsound: bool, signed: bool) -> tuple[Rule, ...]:
    """The rules over one record of a kind in the order of their codes, of so many that are
    registered."""
    ones = (RULES[code] for code in sorted(RULES))
    return tuple(
        found
        for found in ones
        if found.one is not None
        and found.unsound is unsound
        and found.kind in (None, kind)
        and (signed or not found.signed)
    )
