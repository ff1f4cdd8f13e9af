"""Records are numbered by the section that first rests on them."""

from __future__ import annotations

from collections.abc import Sequence

from jzy.model.document import (
    Document,
    Evidence,
    EvidenceRecord,
    FigureRun,
    Heading,
    ListItem,
    Paragraph,
    Strong,
    Table,
    Text,
)
from jzy.model.materials import materials, spans


def evidence(key: str, records: Sequence[str]) -> Evidence:
    found = tuple(EvidenceRecord(each, "类别", each.upper()) for each in records)
    return Evidence(key, key, "", len(found), "项", found)


def uses(*keys: str) -> Paragraph:
    return Paragraph(tuple(FigureRun(key, "1") for key in keys))


def heading(level: int, number: str = "") -> Heading:
    return Heading(level, number, (Text("标题"),))


def test_a_record_has_its_number_where_it_is_first_used() -> None:
    found = materials(
        Document(
            "题目",
            (
                uses("a"),
                heading(1, "一、"),
                heading(2, "（一）"),
                uses("b"),
                heading(2, "（二）"),
                heading(3, "1."),
                Paragraph((Strong((FigureRun("c", "3"),)),)),
                heading(1, "二、"),
                ListItem(1, "1.", (FigureRun("d", "1"),)),
                heading(3, "1."),
                Table(((Text("栏"),),), (((FigureRun("e", "1"),),),), ("left",)),
            ),
            (
                evidence("a", ["x"]),
                evidence("b", ["x", "y"]),
                evidence("c", ["z", "y"]),
                evidence("d", ["w"]),
                evidence("e", ["v", "x"]),
            ),
        )
    )
    assert [(each.number, each.record.id, each.also) for each in found] == [
        ("0-01", "x", ("1.1", "2.1")),
        ("1.1-01", "y", ("1.2",)),
        ("1.2-01", "z", ()),
        ("2-01", "w", ()),
        ("2.1-01", "v", ()),
    ]
    assert [each.number for each in found[1].section.headings] == ["一、", "（一）"]


def test_numbers_sort_and_runs_are_drawn_together() -> None:
    many = [f"r{number}" for number in range(100)]
    document = Document("题目", (heading(1), uses("a")), (evidence("a", many),))
    found = materials(document)
    assert [found[0].number, found[99].number] == ["1-001", "1-100"]
    assert spans([*found[:4], found[6], *found[8:10]]) == "1-001—004、1-007、1-009—010"
    assert spans([]) == ""
