"""An office with a record of every kind to which the examples of the schemas refer, and its answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jzy.model.findings import Finding
from jzy.model.kinds import Kind
from jzy.office.context import Office
from jzy.office.validate import problems_of
from jzy.rules.all import RULES
from jzy.store.records import parse
from tests.unit.badinput.places import KINDS, Data, bases, id_of, least, written
from tests.unit.badinput.sorts import Bad

CHINESE = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile("“[^”]*”|（[^）]*）")
ENGLISH = re.compile(
    r"\b(is|are|not|of|does|match(es)?|expected|got|required|too|should|must|cannot|invalid|error|line|"
    r"column|None|True|False|Traceback|dict|list|str|int)\b"
)
"""What the messages of libraries and of Python itself hold, and a Chinese sentence does not."""


def path_of(kind: Kind, record_id: str) -> str:
    """Where a record of a kind lies."""
    return kind.record_path(record_id, record_id.split("-")[1][:4] if "-" in record_id else "")


@cache
def records() -> dict[str, tuple[Kind, Data]]:
    """One record of each kind, and those to which the examples refer, by id."""
    found = {id_of(kind): kind for kind in KINDS.values()}
    for kind in KINDS.values():
        for base in bases(kind.name):
            for _, target, _ in kind.references_in(base):
                known = KINDS.of_id(target)
                assert known is not None, f"the example {target} of {kind.name} is no id"
                found[target] = known
    return {record_id: (kind, least(kind.name)) for record_id, kind in found.items()}


def furnish(root: Path) -> Office:
    """Write the records below a folder."""
    for record_id, (kind, data) in records().items():
        file = root / path_of(kind, record_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written(kind, data).text, "utf-8")
    office = Office.at(root)
    assert not office.left_out
    return office


def answers(office: Office, kind: Kind, text: str) -> list[Finding]:
    """What is found in a text that stands in a record's file."""
    path = path_of(kind, id_of(kind))
    record, problems = parse(kind, path, text)
    if record is not None:
        return problems_of(office, record)
    return [
        Finding(path, p.line, p.column, p.code, RULES[p.code].text.severity, p.message, p.advice)
        for p in problems
    ]


def complaint(finding: Finding, text: str) -> str:
    """What is wrong with a finding as an answer to a person; empty if nothing."""
    plain = QUOTED.sub("", finding.message)
    faults = {
        "no such code": finding.code not in RULES,
        "no line": not 1 <= finding.line <= text.count("\n") + 1,
        "no column": finding.column < 1,
        "no Chinese": not CHINESE.search(plain),
        "English": bool(ENGLISH.search(plain)),
        "no advice": not CHINESE.search(finding.advice),
        "more than a line": "\n" in finding.message + finding.advice,
        "too long": len(finding.message) > 400,
    }
    return "、".join(name for name, fault in faults.items() if fault)


def faults_of(office: Office, kind: Kind, bad: Bad) -> str:
    """What is wrong with the answers to bad data; empty if they are as they should be."""
    file = written(kind, bad.data)
    at = bad.at
    while at not in file.lines:
        at = at[:-1]
    found = answers(office, kind, file.text)
    wrong = [
        f"{finding.code} {said}" for finding in found if (said := complaint(finding, file.text))
    ]
    if wrong:
        return f"{wrong} {found}"
    if not any(_meets(finding, bad, file.lines[at]) for finding in found):
        return f"wanted {sorted(bad.codes)} on line {sorted(file.lines[at])} with {bad.said}: {_short(found)}"
    return ""


def _meets(finding: Finding, bad: Bad, lines: set[int]) -> bool:
    return finding.code in bad.codes and finding.line in lines and bad.said in finding.message


def _short(found: Iterable[Finding]) -> list[str]:
    return [f"{f.line}:{f.column} {f.code} {f.message}" for f in found]
