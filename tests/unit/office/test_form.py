"""A form leaves nothing out: every value of every record of the sample stands on its form."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from jzy.model.document import Document, Grid, Heading, ListItem, Signature, plain, runs_of
from jzy.model.errors import JzyError, Refused, WrongEnvironment, WrongUsage
from jzy.model.formplan import forms_of, gone_from
from jzy.model.people import fingerprint, parse_key
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.form import blank_form, form_of
from jzy.office.proofs import Proofs
from jzy.render.renderers import RENDERERS
from jzy.store.attachments import megabytes
from jzy.store.places import shipped

UNPROVEN = Proofs(missing="没有历史")
NOT_SHOWN = ("sign_offs", "synthetic")
"""Signatures have blocks of their own, and a notice says that a record is a sample."""
Made = Callable[..., Office]


@pytest.fixture(scope="module")
def sample() -> Office:
    return Office(shipped("records").parent)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An office with the sample's records and some files of its own."""

    def make(**files: Any) -> Office:
        shutil.copytree(shipped("records"), tmp_path / "records")
        for name, content in files.items():
            folder, _, stem = name.partition("__")
            path = tmp_path / folder / stem.replace("__", ".")
            path.parent.mkdir(exist_ok=True, parents=True)
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            path.write_text(text, "utf-8")
        return Office(tmp_path)

    return make


def text_of(document: Document) -> str:
    """All that stands on a form, in order, without line ends."""
    parts = []
    for block in document.blocks:
        if isinstance(block, Heading | ListItem):
            parts.append(block.number)
        if isinstance(block, Signature):
            parts += [block.signatory, block.date]
        parts += [plain(runs) for runs in runs_of(block)]
    return "\n".join(parts)


def squeezed(text: str) -> str:
    """Without blanks and the signs of Markdown."""
    return re.sub(r"[\s#*\\|]", "", text)


def leaves(office: Office, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """How each single value of a record is written on paper, found without jzy's own words."""
    if schema.get("x-jzy-machine"):
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            assert isinstance(inner, Mapping), name
            if schema.get("x-jzy-attachment") and name in ("size", "sha256"):
                yield megabytes(item) if name == "size" else item[:12]
            elif name not in NOT_SHOWN:
                yield from leaves(office, inner, item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(office, schema["items"], item)
    else:
        yield _leaf(office, schema, value)


def _leaf(office: Office, schema: Mapping[str, Any], value: Any) -> str:
    named: dict[str, Callable[[str], str]] = {
        "x-jzy-ref": office.register.name,
        "x-jzy-post": office.register.posts.__getitem__,
        "x-jzy-kind-name": lambda name: office.kinds[name].title,
        "x-jzy-key": lambda line: fingerprint(parse_key(line)[1]),
    }
    for annotation, words in named.items():
        if schema.get(annotation):
            return words(value)
    if isinstance(value, bool):
        return "√" if value else "□"
    if schema.get("format") == "date":
        day = date.fromisoformat(value)
        return f"{day.year}年{day.month}月{day.day}日"
    if schema.get("format") == "date-time":
        at = datetime.fromisoformat(value).astimezone(office.register.time_zone)
        return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    return str(schema.get("x-jzy-titles", {}).get(value, value))


def test_every_value_of_every_record_of_the_sample_stands_on_its_form(sample: Office) -> None:
    checked = 0
    for record in sample.register:
        found = squeezed(text_of(form_of(sample, record, proofs=UNPROVEN)))
        for said in leaves(sample, sample.kinds[record.kind].schema, record.data):
            assert squeezed(said) in found, (record.id, said)
            checked += 1
    assert {record.kind for record in sample.register} == set(sample.kinds)
    assert checked > 2_000


def test_nothing_is_ticked_that_the_record_does_not_say(sample: Office) -> None:
    seen = 0
    for record in sample.register:
        said = {"是", "否", *leaves(sample, sample.kinds[record.kind].schema, record.data)}
        found = text_of(form_of(sample, record, proofs=UNPROVEN))
        for name, value in record.data.items():
            if isinstance(value, bool) and name not in NOT_SHOWN:
                title = sample.kinds[record.kind].properties[name]["title"]
                assert f"{title}\n{'√是　□否' if value else '□是　√否'}" in found
        ticked = set(re.findall(r"√(\S+)", found))
        assert ticked <= said, record.id
        seen += len(ticked)
    assert seen > 100


def test_the_blank_forms_of_every_kind_hold_no_value_of_any_record(sample: Office) -> None:
    people = {person.name for person in sample.register.people.values()}
    for kind in sample.kinds.values():
        for form in forms_of(kind).values():
            document = blank_form(sample, kind, name=form.name)
            found = text_of(document)
            assert "√" not in found
            assert not [name for name in people if name in found]
            assert document.meta.date is None
            assert all(render.render(document) for render in RENDERERS.values())


def test_every_form_is_written_in_every_format_and_twice_alike(sample: Office) -> None:
    for kind in sample.kinds:
        record = sample.register.of(kind)[0]
        for name in forms_of(sample.kinds[kind]):
            try:
                document = form_of(sample, record, name=name, proofs=UNPROVEN)
            except Refused as error:
                assert name == "consent"  # nobody from outside
                assert "--blank" in error.advice
                continue
            again = form_of(sample, record, name=name, proofs=UNPROVEN)
            for render in RENDERERS.values():
                assert render.render(document) == render.render(again)


def test_an_event_has_a_pledge_for_each_speaker_and_a_consent_for_each_from_outside(
    sample: Office,
) -> None:
    record = sample.register.of("event")[0]
    speakers = [
        {"name": "示例主讲一", "external": False},
        {"name": "示例主讲二", "external": True, "employer": "示例外校"},
        {"name": "示例主讲三", "external": True},
    ]
    data = {**record.data, "speakers": speakers}
    other = Record(record.kind, record.id, record.path, data, record.text)
    pledges = text_of(form_of(sample, other, name="pledge", proofs=UNPROVEN))
    assert pledges.count("承诺人（签字）") == 3
    assert all(each["name"] in pledges for each in speakers)
    consents = text_of(form_of(sample, other, name="consent", proofs=UNPROVEN))
    assert "示例主讲一" not in consents
    assert consents.count("（盖章）") == 2
    assert "示例外校（盖章）" in consents


@pytest.mark.parametrize(("count", "lines"), [(45, 45), (500, 300), (None, 30)])
def test_a_sign_in_sheet_has_a_line_for_each_who_was_expected(
    sample: Office, count: int | None, lines: int
) -> None:
    record = sample.register.of("training")[0]
    headcount = {"expected": count} if count else {}
    data = {**record.data, "headcount": headcount}
    other = Record(record.kind, record.id, record.path, data, record.text)
    document = form_of(sample, other, name="sign-in", proofs=UNPROVEN)
    sheet = [block for block in document.blocks if isinstance(block, Grid)][-1]
    numbers = [plain(line) for row in sheet.rows[1:] for cell in row for line in cell.lines]
    assert sorted(map(int, numbers)) == list(range(1, lines + 1))
    assert sheet.head == 1
    assert f"本表{lines}行" in text_of(document)
    assert ("不足的另附页" in text_of(document)) is (count == 500)


def test_a_new_kind_has_a_decent_form_for_nothing(made: Made) -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "场地借用", "x-jzy-kind": "loan", "x-jzy-prefix": "loan", "x-jzy-folder": "loans",
        "type": "object", "additionalProperties": False, "required": ["title", "room"],
        "properties": {
            "title": {"title": "事由", "type": "string", "maxLength": 100},
            "room": {"title": "场地", "type": "string", "enum": ["礼堂", "报告厅"]},
            "on": {"title": "日期", "type": "string", "format": "date"},
            "paid": {"title": "收费", "type": "boolean"},
            "reason": {"title": "说明", "type": "string", "maxLength": 500},
            "items": {
                "title": "设备", "type": "array",
                "items": {"title": "设备", "type": "object", "properties": {
                    "name": {"title": "名称", "type": "string"},
                    "count": {"title": "数量", "type": "integer"},
                    "back": {"title": "已还", "type": "boolean"},
                }},
            },
        },
    }  # fmt: skip
    record = (
        "title: 毕业典礼彩排\nroom: 礼堂\non: 2021-06-01\npaid: false\n"
        "items:\n  - name: 话筒\n    count: 4\n    back: true\n  - name: 椅子\n    count: 20\n"
    )
    office = made(schemas__loan__schema__json=schema, records__loans="")
    (office.root / "records/loans").unlink()
    (office.root / "records/loans").mkdir()
    (office.root / "records/loans/loan-a.yaml").write_text(record, "utf-8")
    document = form_of(office, office.record("loan-a"), proofs=UNPROVEN)
    assert document.title == "场地借用登记表"
    (grid,) = (block for block in document.blocks if isinstance(block, Grid))
    rows = [[plain(run) for cell in row for run in cell.lines] for row in grid.rows]
    assert rows == [
        ["事由", "毕业典礼彩排"],
        ["场地", "√礼堂　□报告厅", "日期", "2021年6月1日"],
        ["收费", "□是　√否"],
        ["设备", "名称", "数量", "已还"],
        ["话筒", "4", "√"],
        ["椅子", "20", "□"],
    ]
    blank = text_of(blank_form(office, office.kinds["loan"]))
    assert "说明" in blank
    assert "□礼堂　□报告厅" in blank


def test_an_overlay_changes_a_form_and_a_template_its_words(made: Made) -> None:
    overlay = {"x-jzy-form": {
        "main": {"title": "本院活动审批表", "retention": "30年", "note": "一式两份。",
                 "rows": ["title", {"heading": "签批"}, "sign_offs"]},
        "consent": None,
        "notice": {"title": "活动告知单", "template": "notice.md.j2"},
    }}  # fmt: skip
    office = made(
        schemas__event__overlay__json=overlay,
        templates__notice__md__j2="# {{ form.title }}\n\n{{ value('title') }}，请知悉。\n",
    )
    record = office.register.of("event")[0]
    found = text_of(form_of(office, record, proofs=UNPROVEN))
    assert found.startswith("本院活动审批表")
    assert "保管期限：30年" in found
    assert found.rstrip().endswith("一式两份。")
    assert record.data["venue"] in found  # what no row names is added
    assert list(forms_of(office.kinds["event"])) == ["main", "pledge", "sign-in", "notice"]
    told = text_of(form_of(office, record, name="notice", proofs=UNPROVEN))
    assert told == f"活动告知单\n{record.data['title']}，请知悉。"


def test_a_form_that_is_not_there_is_named_with_those_that_are(sample: Office) -> None:
    record = sample.register.of("event")[0]
    with pytest.raises(WrongUsage) as caught:
        form_of(sample, record, name="pledg")
    assert "pledge（承诺书）" in caught.value.advice


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "应以名称列出"),
        ({"Main": {"title": "表"}}, "名称“Main”不能用"),
        ({"main": {"title": None}}, "缺少 title"),
        ({"main": {"title": "表", "row": []}}, "没有“row”这一项"),
        ({"main": {"title": "表", "rows": [["title"] * 5]}}, "一到 4 项"),
        ({"main": {"title": "表", "rows": [{"path": "title", "as": "picture"}]}}, "as 应是"),
        ({"main": {"title": "表", "rows": [{"path": "title", "height": -1}]}}, "height 应是"),
        ({"main": {"title": "表", "rows": [{"heading": 1}]}}, "标题行"),
        ({"main": {"title": "表", "each": "title"}}, "应是列表"),
        ({"main": {"title": "表", "sign": {"lines": 0}}}, "sign 的 lines"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_its_place(made: Made, said: Any, why: str) -> None:
    office = made(schemas__event__overlay__json={"x-jzy-form": said})
    with pytest.raises(WrongEnvironment) as caught:
        _ = office.kinds
    assert why in str(caught.value)
    assert "event.overlay.json" in (caught.value.where or "")


def test_a_property_that_an_office_took_out_is_gone_from_its_forms(made: Made) -> None:
    overlay = {
        "properties": {"series": None, "speakers": {"items": {"properties": {"title": None}}}}
    }
    office = made(schemas__event__overlay__json=overlay)
    kind = office.kinds["event"]
    form = forms_of(kind)["main"]
    assert gone_from(kind, form) == ["speakers.title"]
    found = text_of(blank_form(office, kind)).splitlines()
    assert {"主办性质", "职务"} <= set(found)
    assert not {"系列", "职称"} & set(found)


def test_a_layout_that_names_what_is_not_there_says_so_and_loses_nothing(made: Made) -> None:
    rows = {"x-jzy-form": {"main": {"rows": [["titel", "venue"], "sign_offs"]}}}
    office = made(schemas__event__overlay__json=rows)
    kind = office.kinds["event"]
    assert gone_from(kind, forms_of(kind)["main"]) == ["titel"]
    record = office.register.of("event")[0]
    found = text_of(form_of(office, record, proofs=UNPROVEN))
    assert found.index(record.data["venue"]) < found.index(record.data["title"])


HOSTILE = (
    "=1+1", "<script>alert(1)</script>", "::: signature\n\n某某\n\n2021年1月1日\n\n:::", "::: block 0",
    "{{ 7*7 }}{% raw %}", "# 标题", "|a|b|", "]]>", "a\u202eb", "\u0007响", "\U0010f000\U0010f010\U0010f001",
    "长" * 100, "x" * 100,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_typed_stays_text(sample: Office, text: str) -> None:
    for kind in ("event", "meeting", "policy", "letter", "publicity"):
        record = sample.register.of(kind)[0]
        data = _spoiled(record.data, text)
        other = Record(record.kind, record.id, record.path, data, record.text)
        usual = form_of(sample, record, proofs=UNPROVEN)
        document = form_of(sample, other, proofs=UNPROVEN)
        signatures = [type(block).__name__ for block in usual.blocks].count("Signature")
        blocks = [type(block).__name__ for block in document.blocks]
        assert blocks.count("Signature") == signatures
        assert blocks.count("Title") == 1
        page = RENDERERS[".html"].render(document).decode()
        assert "<script" not in page
        assert "49" not in RENDERERS[".md"].render(document).decode() or "49" in str(record.data)
        assert RENDERERS[".docx"].render(document)


def _spoiled(value: Any, text: str) -> Any:
    """A record's plain data with a text in place of every free text."""
    if isinstance(value, dict):
        kept = ("sign_offs", "synthetic", "starts", "ends", "period")
        return {k: v if k in kept else _spoiled(v, text) for k, v in value.items()}
    if isinstance(value, list):
        return [_spoiled(each, text) for each in value]
    plain_text = isinstance(value, str) and re.search("[\u4e00-\u9fff]", value)
    return text if plain_text else value


def test_a_template_of_the_offices_own_that_fails_is_named(made: Made) -> None:
    office = made(templates__form__md__j2="# {{ form.title }}\n{{ recrod.title }}\n")
    with pytest.raises(JzyError) as caught:
        form_of(office, office.register.of("event")[0], proofs=UNPROVEN)
    assert "form.md.j2:2" in (caught.value.where or "")
