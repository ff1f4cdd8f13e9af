"""``jzy validate``: every record of the working tree against schema and rules, never writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from time import perf_counter
from typing import Any

from jzy.model.findings import Finding, RuleText, Severity
from jzy.model.kinds import Kinds, follow
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.watched import Watched
from jzy.office.context import Office, source_line
from jzy.office.memory import TEMPLATES, Memory, Topic
from jzy.office.outcomes import Outcomes
from jzy.office.today import day_by
from jzy.rules.all import RULES, run, run_any, run_duty, run_one, run_whole, whole_rules
from jzy.rules.base import Breach, Case
from jzy.rules.checks import MISTAKE, all_checks, file_of, mistakes
from jzy.rules.reports import TEMPLATE
from jzy.rules.schema import SchemaBreach
from jzy.store.files import NotReadable, decode, read_bytes
from jzy.store.halves import in_halves
from jzy.store.index import set_apart
from jzy.store.loaded import pack_each
from jzy.store.places import search_path
from jzy.store.problems import Problem
from jzy.store.records import locate

Plain = tuple[Any, ...]
"""A finding as plain data."""
_AT_ONCE = 20_000
"""After how many records what was found out about them is let go of."""


def rule_texts(kinds: Kinds) -> Mapping[str, RuleText]:
    """The words of every rule and of every check that the kinds' schemas hold, by code.

    Raises:
        WrongEnvironment: see :func:`jzy.rules.checks.all_checks`.
    """
    found = {code: rule.text for code, rule in RULES.items()}
    return {check.text.code: check.text for _, check in all_checks(kinds)} | found


def validate(office: Office, paths: Sequence[str] = (), today: date | None = None) -> list[Finding]:
    """Judge every record.

    Args:
        office: the repository.
        paths: only findings of these files, or of files below these folders, are given back,
            relative to the root; rules still see every record. All if empty.
        today: the day as of which duties are judged; the institution's today, but not later
            than its ``records_until``, if absent.

    Returns:
        All findings, in the order of file and place.
    """
    findings = [_unreadable(office, path, problem) for path, problem in office.loaded.problems]
    if today is None or today == office.day:
        findings += _Judgement(office, office.day, office.memory).findings()
        office.memory.keep()
    else:
        findings += _Judgement(office, today, None).findings()
    chosen = [finding for finding in findings if _wanted(finding.path, paths)]
    return sorted(set(chosen))


class _Judgement:
    """Judges what was not judged before, or not with what there is now.

    Args:
        office: the repository.
        day: the day of judgement.
        memory: of earlier judgements, and for this one; ``None`` where the day is not today.
    """

    def __init__(self, office: Office, day: date, memory: Memory | None) -> None:
        self._office = office
        self._register = Watched(office.register)
        self._case = Case(self._register, day)
        self._records = memory.topic("judged") if memory else Topic()
        self._whole = memory.topic("whole") if memory else Topic()
        self._promised = memory.topic("promised") if memory else Topic()
        self._outcomes = Outcomes(office, memory, self._case.knowledge)

    def findings(self) -> Iterator[Finding]:
        """Every finding, but those of files that cannot be read."""
        office, known = self._office, self._records
        with set_apart():
            unjudged = self._unjudged()
            office.fetch_versions(_one_after_another(r for r, sound in unjudged if sound))
            self._find(unjudged)
            for code in whole_rules():
                self._whole.find(code, self._register, partial(self._of_all, code))
            self._whole.find(
                MISTAKE, self._register, lambda: [_packed(each) for each in _mistakes(office)]
            )
        for topic in (known, self._whole, self._promised):
            for found in topic.answers.values():
                yield from (_unpacked(plain) for plain in found)

    def _find(self, unjudged: list[tuple[Record, bool]]) -> None:
        """Judge these records, in two processes where there are many, and then the duties."""
        begun = perf_counter()
        found = in_halves(unjudged, self._of_records)
        each = (perf_counter() - begun) / max(len(unjudged), 1)
        for (record, _), (answer, needs, owed) in zip(unjudged, found, strict=True):
            self._records.put(record.path, answer, needs)
            self._records.spent[record.path] = each
            for said in owed:
                self._outcomes.take(said)
        for duty in self._office.register.of("duty"):
            self._promised.find(duty.path, self._register, partial(self._of_duty, duty))

    def _unjudged(self) -> list[tuple[Record, bool]]:
        """The records of which nothing is known, each with whether it is sound."""
        judged = self._records.needs
        fresh = [
            (r, self._office.loaded.is_sound(r))
            for r in self._office.loaded.fresh
            if r.path not in judged
        ]
        kinds, index = self._office.kinds, self._office.index
        wanted = {
            kind.name
            for path in index.present()
            if path not in judged and (kind := kinds.of_path(path)) is not None
        }
        known = (each for kind in sorted(wanted) for each in self._office.loaded.of(kind))
        return [*fresh, *(each for each in known if each[0].path not in judged)]

    def _of_records(self, records: Sequence[tuple[Record, bool]]) -> list[Any]:
        """The findings in each record as plain data, what they rest on, and what duties ask of it."""
        found: list[Any] = []
        for start in range(0, len(records), _AT_ONCE):
            if start:
                self._case.let_go()  # what the ones before were seen by
                pack_each(record for record, _ in records[start - _AT_ONCE : start])
            for record, sound in records[start : start + _AT_ONCE]:
                answer, needs = self._register.during(partial(self._of_record, record, sound))
                owed = self._outcomes.asked(record) if sound else []
                found.append((answer, tuple(needs), owed))
                self._case.done_with(record)
                pack_each([record])
        return found

    def _of_record(self, record: Record, sound: bool) -> list[Plain]:
        office, case = self._office, self._case
        found = [] if sound else _against_schema(office, record)
        breaches = [*run_any(case, record), *(run_one(case, record) if sound else ())]
        found += [_finding(office, record, text, breach) for text, breach in breaches]
        if sound:
            if next(iter(office.kinds[record.kind].marked("x-jzy-template")), None):
                self._register.note(TEMPLATES)
            found += _templates(office, record)
        return [_packed(each) for each in found]

    def _of_all(self, code: str) -> list[Plain]:
        return self._found(run_whole(self._case, code))

    def _of_duty(self, duty: Record) -> list[Plain]:
        memory, key = self._case.memory, ("duty", duty.path)
        memory[key] = self._outcomes.of(duty)
        self._register.note(duty.id)
        found = self._found(run_duty(self._case, duty))
        del memory[key]
        return found

    def _found(self, breaches: Iterable[tuple[RuleText, Breach]]) -> list[Plain]:
        found = []
        for text, breach in breaches:
            self._register.note(breach.record.id)  # whose text says where it is
            found.append(_packed(_finding(self._office, breach.record, text, breach)))
        return found


def _one_after_another(records: Iterable[Record]) -> Iterator[Record]:
    """Records that are not all unpacked at once."""
    for record in records:
        yield record
        pack_each([record])


def _packed(found: Finding) -> Plain:
    return (
        found.path, found.line, found.column, found.code, found.severity.value, found.message,
        found.advice, found.record, found.source,
    )  # fmt: skip


def _unpacked(plain: Plain) -> Finding:
    path, line, column, code, severity, *words = plain
    return Finding(path, line, column, code, Severity(severity), *words)


def problems_of(office: Office, record: Record, among: Register | None = None) -> list[Finding]:
    """What speaks against one record that is not in the register yet: its schema and its own
    references. For commands that must never write or sign an unsound record.

    Args:
        office: the repository.
        record: the one.
        among: where what it names is looked up, and in whose institution it is; the register of the
            working tree if absent.
    """
    findings = _against_schema(office, record)
    if findings:
        return findings
    findings = _templates(office, record)
    register = (office.register if among is None else among).with_record(record)
    case = Case(register, day_by(register))
    codes = [
        code
        for code in RULES
        if code.startswith(("JZY3", "JZY6")) and RULES[code].text.severity is Severity.ERROR
    ]
    return findings + [
        _finding(office, record, text, breach)
        for text, breach in run(case, codes)
        if breach.record.id == record.id
    ]


def _templates(office: Office, record: Record) -> list[Finding]:
    """Templates that a record names (``x-jzy-template``) and that are not there."""
    kind, found = office.kinds[record.kind], []
    for marked in kind.marked("x-jzy-template"):
        from jzy.render.templates import available  # noqa: PLC0415 - few kinds name any

        for path, name in follow(record.data, marked):
            there = available(search_path(office.root, "templates"))
            if name not in there:
                what = f"没有“{name}”这个模板，可用的有：{'、'.join(there)}"
                breach = Breach(record, path, what)
                found.append(_finding(office, record, RULES[TEMPLATE].text, breach))
    return found


def _against_schema(office: Office, record: Record) -> list[Finding]:
    return [
        _finding(office, record, RULES[breach.code].text, breach)
        for breach in office.judge(record.kind).breaches(record.data)
    ]


def _finding(
    office: Office, record: Record, text: RuleText, breach: Breach | SchemaBreach
) -> Finding:
    kind = office.kinds[record.kind]
    line, column = locate(kind, record.text, breach.at, on_key=breach.on_key)
    return Finding(
        record.path,
        line,
        column,
        text.code,
        text.severity,
        breach.message,
        breach.advice or text.advice,
        record.id,
        source_line(record.text, line),
    )


def _mistakes(office: Office) -> list[Finding]:
    """Checks that the schemas hold and that nothing can be judged by."""
    text = RULES[MISTAKE].text
    where = {kind.name: f"schemas/{file_of(kind)}" for kind in office.kinds.values()}
    return [
        Finding(where[kind], 0, 0, MISTAKE, text.severity, said, text.advice)
        for (kind, _), said in mistakes(office.kinds).items()
    ]


def _unreadable(office: Office, path: str, problem: Problem) -> Finding:
    try:
        text = decode(read_bytes(office.root / path))
    except NotReadable:
        text = ""
    rule = RULES[problem.code].text
    return Finding(
        path,
        problem.line,
        problem.column,
        problem.code,
        rule.severity,
        problem.message,
        problem.advice,
        "",
        source_line(text, problem.line),
    )


def _wanted(path: str, paths: Sequence[str]) -> bool:
    return not paths or any(path == wanted or path.startswith(wanted + "/") for wanted in paths)
