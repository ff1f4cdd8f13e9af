"""docs/coverage.md: each claim of the report has its records, commands, rules and figures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from jzy.model.document import (
    Block,
    Document,
    Heading,
    ListItem,
    Paragraph,
    Signature,
    figures,
    plain,
)
from jzy.model.moves import moves_of
from jzy.model.register import Register
from jzy.office.context import Office
from jzy.office.report import compose, latest
from jzy.office.validate import rule_texts
from jzy.store.records import load
from jzy.store.schemas import load_kinds
from tests.acceptance.conftest import Repo

ROOT = Path(__file__).parents[2]
KINDS = load_kinds([ROOT / "schemas"])
REGISTER = Register(KINDS, load(ROOT, KINDS).records)
PAGE = (ROOT / "docs/coverage.md").read_text("utf-8")
CLAIMS = 18
"""Rows of the table of claims in the description of the domain."""
CODE = re.compile(r"\bJZY\d{3}\b")
SPAN = re.compile(r"`([^`]+)`")
QUOTED = re.compile("“([^”]+)”")


def table(first: str) -> list[dict[str, str]]:
    """The rows of the table whose header begins with a word, by the titles of its columns."""
    lines = iter(PAGE.splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            titles = cells(line)
            next(lines)
            return [
                dict(zip(titles, cells(row), strict=True))
                for row in iter(lambda: next(lines, ""), "")
            ]
    raise AssertionError(f"no table begins with {first}")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


CLAIMED, CARRYING, ASSERTED, SENTENCES = map(table, ("no.", "kind", "place", "section"))


def commands() -> Iterator[tuple[str, str]]:
    """Every command of the page, as kind and verb."""
    for row in [*CLAIMED, *CARRYING]:
        said = row.get("commands: kind and moves") or row["commands"]
        for part in said.split(";"):
            first, *more = SPAN.findall(part)
            program, kind, verb = first.split()
            assert program == "jzy"
            yield from ((kind, each) for each in (verb, *more))


def named() -> set[str]:
    """Whatever the page calls a record."""
    return {each for each in SPAN.findall(PAGE) if KINDS.of_id(each) is not None}


# --- what is named exists, and nothing is left out ----------------------------------------------


def test_each_claim_and_each_kind_has_its_row() -> None:
    numbers = {int(re.sub(r"\D", "", row["no."])) for row in CLAIMED}
    assert numbers == set(range(1, CLAIMS + 1))
    assert {kind for kind, _ in commands()} == set(KINDS)


def test_each_command_exists_and_each_move_has_its_row() -> None:
    told = set(commands())
    moves = {(kind.name, move.name) for kind in KINDS.values() for move in moves_of(kind)}
    always = {(k.name, "edit" if k.singleton else "new") for k in KINDS.values()}
    assert told <= moves | always
    assert moves <= told


def test_each_code_exists_and_each_check_of_a_schema_is_told() -> None:
    told = set(CODE.findall(PAGE))
    checks = {code for kind in KINDS.values() for code in kind.schema.get("x-jzy-checks", {})}
    assert told <= set(rule_texts(KINDS))
    assert checks <= told


def test_each_record_exists_and_no_duty_no_indicator_and_no_claim_is_left_out() -> None:
    assert {each for each in named() if each not in REGISTER} == set()
    for kind in ("duty", "indicator", "claim"):
        assert {record.id for record in REGISTER.of(kind)} <= named()


def test_each_record_that_the_sample_year_points_out_exists() -> None:
    told = SPAN.findall((ROOT / "records/README.md").read_text("utf-8"))
    ids = {each for each in told if KINDS.of_id(each) is not None}
    assert len(ids) > 20
    assert {each for each in ids if each not in REGISTER} == set()


def test_each_kind_has_a_record_in_the_sample_year() -> None:
    told = {record.kind for each in named() if (record := REGISTER.get(each))}
    assert told == set(KINDS)


# --- what is said of the report stands in the report --------------------------------------------


@pytest.fixture(scope="module")
def report(made_demo: Repo) -> Document:
    """The sample year's report, as the records have it and history proves it."""
    office = Office(made_demo.root)
    return compose(office, latest(office))


def sections(report: Document) -> dict[str, list[Block]]:
    """The blocks of the report by section: ``opening``, ``一（一）`` … ``三``, ``closing``."""
    found: dict[str, list[Block]] = defaultdict(list)
    part = section = "opening"
    for block in report.blocks:
        if isinstance(block, Heading) and block.level <= 2:
            part = block.number.rstrip("、") if block.level == 1 else part
            section = part if block.level == 1 else part + block.number
        found["closing" if isinstance(block, Signature) else section].append(block)
    return found


def text_of(blocks: list[Block]) -> str:
    return "\n".join(
        f"{block.signatory} {block.date}" if isinstance(block, Signature) else plain(block.runs)
        for block in blocks
        if isinstance(block, Heading | Paragraph | ListItem | Signature)
    )


def test_each_figure_is_printed_in_its_section_with_its_evidence(report: Document) -> None:
    evidence = {each.key: each for each in report.evidence}
    printed = {
        section: {
            name
            for block in blocks
            if isinstance(block, Paragraph | ListItem)
            for run in figures(block.runs)
            for name in (run.key, evidence[run.key].title)
        }
        for section, blocks in sections(report).items()
    }
    for row in CLAIMED:
        told = [*SPAN.findall(row["figures"]), *QUOTED.findall(row["figures"])]
        assert told, row["no."]
        assert set(told) <= printed[row["section"]], row["no."]
    for each in report.evidence:
        assert each.records or each.value == 0, each.key


def test_each_claim_is_judged_and_says_in_its_section_what_the_page_says(report: Document) -> None:
    claims = {claim.id: claim for claim in report.claims}
    parts = {section: text_of(blocks) for section, blocks in sections(report).items()}
    told = {}
    for row in ASSERTED:
        (name,) = SPAN.findall(row["claim"])
        claim, record = claims[name], REGISTER.get(name)
        assert record is not None
        told[name] = claim
        assert set(SPAN.findall(row["judged by"])) == {each.key for each in claim.asked}, name
        assert set(CODE.findall(row["judged by"])) == set(CODE.findall(record.text)), name
        assert ("proven" in row["judged by"]) == ("unproven(" in record.text), name
        assert row["sample year"] == claim.state, name
        assert row["printed in the rendered report"] == (claim.text or "—"), name
        assert claim.text in parts[row["place"]], name
    assert told == claims
    assert not any(claim.problems for claim in claims.values())


def speaks(record_id: str) -> bool:
    """Whether a record is no evidence of its own: it says what has to be, or that nothing happened."""
    record = REGISTER.get(record_id)
    return record is not None and record.kind in ("report", "workflow", "duty", "incident")


def evidence_of(report: Document) -> dict[str, set[str]]:
    """The ids of the records that the figures of each section rest on."""
    known = {each.key: {record.id for record in each.records} for each in report.evidence}
    found: dict[str, set[str]] = defaultdict(set)
    for section, blocks in sections(report).items():
        for block in blocks:
            if isinstance(block, Paragraph | ListItem):
                found[section].update(*(known[run.key] for run in figures(block.runs)))
    return found


def test_each_sentence_of_the_report_of_2021_has_its_place(report: Document) -> None:
    parts = {section: text_of(blocks) for section, blocks in sections(report).items()}
    template = (ROOT / "templates/self-check.md.j2").read_text("utf-8")
    fields = {f"narrative.{name}" for name in re.findall(r'told\("([a-z]+)"\)', template)}
    evidence = evidence_of(report)
    assert set(parts) - {"一"} == {row["section"] for row in SENTENCES}  # it has only subsections
    for row in SENTENCES:
        behind = SPAN.findall(row["records"])
        assert behind, row
        assert {each for each in behind if each not in REGISTER} <= fields, row
        phrase = row["printed in the rendered report"]
        own = {each for each in behind if each in REGISTER and not speaks(each)}
        assert not own or phrase == "—" or own & evidence[row["section"]], row
        if phrase == "—":
            assert set(behind) <= fields, row
        else:
            assert phrase in parts[row["section"]], row
