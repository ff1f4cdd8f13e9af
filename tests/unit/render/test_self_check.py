"""The template of the self-inspection report: figures from records, claims only where they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from jzy.model.document import Document, Heading, ListItem, Paragraph, Signature, figures, plain
from jzy.model.functions import Knowledge
from jzy.model.indicators import Measured
from jzy.model.kept import Kept
from jzy.model.owing import DutyState, Instance
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.desk import Desk
from jzy.render.parse import parse_document
from jzy.render.templates import render_text
from jzy.render.trace import RecordView, Tracer

from .conftest import record

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
CLAIMS = ("均", "全部", "每个季度", "每月有", "没有登记", "全覆盖")


OFFICE = Office(ROOT)
EVENT = OFFICE.register.of("event")[0]


class Supposed(Desk):
    """A desk at which every figure and duty is what a test supposes."""

    values: dict[str, int]
    kept_all: bool

    def measured(self, indicator_id: str) -> Measured:
        value = self.values.get(indicator_id.removeprefix("indicator-"), self.values.get("*", 0))
        title = indicator_id
        return Measured(indicator_id, title, "口径。", value, "个", (EVENT,) if value else ())

    def kept(self, duty_id: str) -> Kept:
        register = self.office.register
        duty = register.get(duty_id)
        assert duty is not None
        state = DutyState.MET if self.kept_all else DutyState.MISSED
        quarter = Period(date(2020, 7, 1), date(2020, 9, 30), "2020年第三季度")
        times = (Instance(duty, state, quarter, quarter.ends),)
        return Kept(duty, register, times, times)

    def found(
        self,
        codes: Iterable[str],
        among: object = None,  # noqa: ARG002
    ) -> list[tuple[str, Record, str]]:
        return [] if self.kept_all else [(code, EVENT, "不符") for code in codes]

    def is_proven(self, record: Record) -> bool:  # noqa: ARG002
        return self.kept_all


Report = Callable[..., Document]


@pytest.fixture
def report(tracer: Tracer) -> Report:
    def report(
        values: dict[str, int], records: dict[str, list[dict[str, Any]]], met: bool, **more: Any
    ) -> Document:
        desk = Supposed(
            OFFICE,
            tracer,
            Period(date(2020, 4, 1), date(2021, 3, 31)),
            Knowledge(OFFICE.register, date(2021, 4, 16)),
        )
        desk.values, desk.kept_all = values, met

        def chosen(
            kind: str, match: str = "", date: str | None = None, sort: str | None = None
        ) -> list[RecordView]:
            del match, date, sort
            return [RecordView(record(9), data) for data in records.get(kind, [])]

        data = {"title": "阵地管理情况自查报告", "narrative": {"opening": "**自查**说明。"}, **more}
        text = render_text(
            "self-check.md.j2",
            [TEMPLATES],
            {
                "report": RecordView(record(8), data, ("narrative",)),
                "institution": RecordView(record(7, name="示例学院"), {"name": "示例学院"}),
                "signatory": "中共示例学院委员会",
                "period": {"from": date(2020, 4, 1), "until": date(2021, 3, 31)},
                "date": date(2021, 4, 16),
                **desk.functions(),
                "records": chosen,
                "name": lambda unit: f"部门{unit}",
            },
        )
        return parse_document(text, tracer)

    return report


FULL: dict[str, list[dict[str, Any]]] = {
    "policy": [{"title": "关于《办法》的细则"}],
    "meeting": [{}],
    "workflow": [{"stages": [{"title": "负责人"}, {"title": "主要领导"}]}],
    "event": [
        {
            "series": "讲堂*",
            "onsite": {"items": [{"item": "场地", "unit": "甲"}, {"item": "安全"}]},
            "follow_up": {"filing": {"archived_by": "甲", "reported_to": "上级部门"}},
        }
    ],
    "census": [{"on": "2021-01-08"}],
    "training": [{"place": "干部学院", "audience": [{"category": "高层次人才"}]}],
    "team": [{"composition": [{"category": "学生"}]}],
    "finding": [{"problem": "重视不够 <b>。"}],
    "measure": [{"measure": "加强培训。", "unit": "x", "due": "2021-12-31"}],
}


def said(document: Document) -> str:
    return "\n".join(plain(b.runs) for b in document.blocks if hasattr(b, "runs"))


def test_the_report_has_its_parts(report: Report) -> None:
    document = report({"*": 12, "training-pre-job": 44, "training-opinion": 24}, FULL, True)
    assert [b.number for b in document.blocks if isinstance(b, Heading)] == [
        "一、", "（一）", "（二）", "（三）", "（四）", "（五）", "二、", "三、"
    ]  # fmt: skip
    assert document.title == "示例学院阵地管理情况自查报告"
    assert document.blocks[-1] == Signature("中共示例学院委员会", "2021年4月16日")
    text = said(document)
    for part in ("44名高层次人才参加了岗前培训（干部学院）", "24名舆情员", "自查说明。", "“讲堂*”"):
        assert part in text
    assert "《关于〈办法〉的细则》" in text
    assert "重视不够 <b>。" in text
    assert "依次经负责人、主要领导签批" in text
    assert "None" not in text
    assert "  " not in text


def test_every_number_in_the_report_is_a_figure(report: Report) -> None:
    document = report({"*": 7777}, FULL, True)
    shown = [
        run.text
        for block in document.blocks
        if isinstance(block, Paragraph | ListItem)
        for run in figures(block.runs)
    ]
    numbers = re.findall("7777", said(document))
    assert len(numbers) == len([each for each in shown if "7777" in each]) > 30


# What a report asserts comes from records; a pledge or a letter is asserted by whoever signs it.
REPORTS = [
    path for path in sorted(TEMPLATES.glob("*.md.j2")) if "{{ report." in path.read_text("utf-8")
]


@pytest.mark.parametrize("template", REPORTS, ids=lambda path: path.name)
def test_no_number_and_no_assertion_is_typed_in_a_template(template: Path) -> None:
    typed = [
        text.strip()
        for _, kind, data in Environment(autoescape=True).lex(template.read_text("utf-8"))
        for text in [re.sub(r"^1\. ?", "", data, flags=re.MULTILINE)]  # items of a list
        if kind == "data"
        and re.search(r"\d|[一二三四五六七八九十]+[场次人个]|均|全部|每个|每月|全覆盖|无一", text)
    ]
    assert typed == []


def test_claims_are_made_where_they_hold(report: Report) -> None:
    text = said(report({"*": 12, "incidents": 0}, FULL, True))
    assert "全部走完审批流程，期间没有登记违规情况" in text
    assert "每个季度均已召开" in text
    assert "做到全覆盖" in text


def test_claims_are_left_out_where_they_do_not(report: Report) -> None:
    held = {"*": 3, "events-held": 12, "sessions": 10, "units": 9, "publicity-published": 5}
    more = {"resolutions": 6, "groups-active": 9, "accounts": 4, "inspection-measures": 7}
    held |= {**more, "events-external": 8, "inspection-problems": 9}
    text = said(report(held, FULL, False))
    for claim in CLAIMS:
        assert claim not in text
    assert "期间登记违规情况3个" in text
    assert "审批记录不完整或者不能证明的1场" in text
    assert "尚缺2020年第三季度" in text
    assert "其中3个由主讲人签署了承诺书" in text
    problems = text[text.index("核对记录时又发现") :]
    assert "举办的活动12个，主讲人签署承诺书的3个。" in problems
    assert "联席会议没有做到每季度召开，尚缺2020年第三季度。" in problems


def test_an_empty_year_claims_nothing(report: Report) -> None:
    document = report({}, {}, False, narrative={})
    text = said(document)
    for claim in (*CLAIMS[1:], "均签", "均备", "均由"):
        assert claim not in text
