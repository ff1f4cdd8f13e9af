"""Figures carry their evidence into the document, and only figures do."""

from __future__ import annotations

import pytest

from jzy.model.document import Evidence, FigureRun, Paragraph, Strong, Table, Text, figures, plain
from jzy.model.errors import JzyError
from jzy.render.trace import Figure, RecordView, Tracer, with_commits

from .conftest import Make, Run, record


def test_evidence_is_what_was_printed_in_order(make: Make, people: Figure, events: Figure) -> None:
    document = make(
        "{{ events }}场，{{ people }}人，又{{ events }}场", people=people, events=events
    )
    assert [each.key for each in document.evidence] == ["indicator-events", "indicator-people"]
    unused = make("{{ people }}{% if events > 3 %}多{% endif %}", people=people, events=events)
    assert [each.key for each in unused.evidence] == ["indicator-people"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ f }}", "44"),
        ("{{ f.value }}", "44"),
        ("{{ f|int }}", "44"),
        ("{{ f|cn_number }}", "四十四"),
        ("{{ f|with_unit }}", "44人"),
        ("{{ f|says('全部') }}", "全部"),
        ("{{ '' ~ f }}", "44"),
        ("{{ [f]|join }}", "44"),
        ("{{ [f]|join_cn }}", "44"),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(f) }}", "44"),
        ("{% set x %}{{ f }}{% endset %}{{ x }}", "44"),
        ("{% filter trim %}{{ f }}{% endfilter %}", "44"),
        ("{{ [f]|first }}", "44"),
        ("{{ [f]|max }}", "44"),
        ("{{ [f]|sum }}", "44"),
    ],
)
def test_however_it_is_printed_it_is_traced(
    make: Make, people: Figure, source: str, text: str
) -> None:
    document = make(source, f=people)
    block = document.blocks[1]
    assert isinstance(block, Paragraph)
    assert [run.text for run in figures(block.runs)] == [text]
    assert document.evidence[0].key == "indicator-people"


def test_it_stands_in_stress_and_in_tables(make: Make, people: Figure) -> None:
    document = make("**{{ f }}**\n\n| 甲 | 乙 |\n| --- | --: |\n| 一 | {{ f }} |", f=people)
    stressed, table = document.blocks[1:]
    assert isinstance(stressed, Paragraph)
    assert stressed.runs == (Strong((FigureRun("indicator-people", "44"),)),)
    assert isinstance(table, Table)
    assert table.rows == (((Text("一"),), (FigureRun("indicator-people", "44"),)),)
    assert table.align == ("left", "right")


def test_it_compares_and_computes_as_its_value(people: Figure, events: Figure) -> None:
    assert people == 44
    assert people > events
    assert events <= 12
    assert people != events
    assert {people: 1}[44] == 1  # type: ignore[index]
    assert int(people) == 44
    assert list(range(events))[-1] == 11
    assert bool(people)
    assert f"{people}" == "44"


def test_what_is_computed_rests_on_both(make: Make, people: Figure, events: Figure) -> None:
    document = make("{{ p + e }}、{{ p - 4 }}、{{ e|percent(p) }}", p=people, e=events)
    both, less, share = document.evidence
    assert (both.value, both.unit, both.title) == (56, "人", "培训人数＋活动")
    assert [each.id for each in both.records] == ["trn-1", "trn-2", "trn-3"]
    assert less.value == 40
    assert (share.value, share.text) == (27, "27%")
    block = document.blocks[1]
    assert isinstance(block, Paragraph)
    assert plain(block.runs) == "56、40、27%"


def test_a_list_and_its_count_come_from_one_place(make: Make, tracer: Tracer) -> None:
    found = [RecordView(record(number), {"theme": f"第{number}期"}) for number in (1, 2, 3)]
    document = make(
        "{{ evidenced(found, '培训', unit='期') }}期：{{ found|map(attribute='theme')|join_cn }}",
        evidenced=tracer.evidenced,
        found=found,
    )
    entry = document.evidence[0]
    assert (entry.value, entry.unit, entry.title) == (3, "期", "培训")
    assert [each.id for each in entry.records] == ["trn-1", "trn-2", "trn-3"]


def test_nobody_else_can_write_a_figure(make: Make, people: Figure) -> None:
    token = people.token
    document = make("{{ user }}{{ user|markdown }}{{ [user]|join }}", user=token + "甲")
    assert document.evidence == ()


def test_one_key_has_one_meaning(tracer: Tracer, people: Figure) -> None:
    with pytest.raises(JzyError, match="两个口径"):
        tracer.figure(Evidence("indicator-people", "培训人数", "实到人数合计。", 45, "人"))


def test_plain_numbers_are_not_figures(make: Make, people: Figure) -> None:
    document = make("{{ 44 }}{% for i in range(2) %}{{ loop.index }}{% endfor %}")
    assert document.evidence == ()


def test_records_read_by_name_even_where_a_method_would_hide_it(run: Run) -> None:
    view = RecordView(record(1), {"onsite": {"items": [{"unit": "甲"}], "keys": 2}, "note": "x"})
    assert run(
        "{% for i in r.onsite.items %}{{ i.unit }}{% endfor %}{{ r.onsite.keys }}", r=view
    ) == ("甲2")
    assert run("{{ r.id }} {{ r.value_at('onsite.keys') }}", r=view) == "trn&#45;1 2"
    assert run("{{ '有' if r.nix is defined else '无' }}", r=view) == "无"


def test_narrative_is_markdown_and_the_rest_is_not(make: Make) -> None:
    view = RecordView(record(1), {"narrative": {"a": "**甲**"}, "title": "**乙**"}, ("narrative",))
    one, two = make("{{ r.narrative.a }}\n\n{{ r.title }}", r=view).blocks[1:]
    assert isinstance(one, Paragraph)
    assert isinstance(two, Paragraph)
    assert one.runs == (Strong((Text("甲"),)),)
    assert two.runs == (Text("**乙**"),)


def test_commits_are_looked_up_by_path(people: Figure, make: Make) -> None:
    entry = make("{{ f }}", f=people).evidence[0]
    path = entry.records[0].path
    changed = with_commits(entry, {path: "1234"})
    assert [each.commit for each in changed.records] == ["1234", "abcdef0123456789"]
