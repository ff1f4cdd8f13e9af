"""What an office can do wrong, and the rule that says so: one case for every code."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jzy.model.digest import entry_digest
from jzy.model.findings import Finding
from jzy.office.context import Office
from jzy.office.validate import validate
from jzy.rules.all import RULES
from jzy.rules.schema import Judge
from jzy.store.editing import append_sign_off, remove_value, set_value
from jzy.store.records import read_record
from jzy.store.schemas import load_kinds

ROOT = Path(__file__).parents[3]
KINDS = load_kinds([ROOT / "schemas"])
TODAY = date(2021, 4, 16)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

Case = Callable[[Path], Path]
CASES: dict[str, list[Case]] = {}


def case(*codes: str) -> Callable[[Case], Case]:
    """Register a way to spoil the sample; the function gives the file that is to be named."""

    def add(spoil: Case) -> Case:
        for code in codes:
            CASES.setdefault(code, []).append(spoil)
        return spoil

    return add


def judged(root: Path) -> list[Finding]:
    return validate(Office(root), today=TODAY)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "records", tmp_path / "records")
    return tmp_path


def test_the_sample_year_itself_breaks_no_rule(sample: Path) -> None:
    assert judged(sample) == []


def event(root: Path, day: str = "20200514") -> Path:
    return next((root / "records/events").rglob(f"evt-{day}-*.yaml"))


def change(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def resigned(
    path: Path, edit: Callable[[list[dict[str, object]]], list[dict[str, object]]]
) -> Path:
    """Rewrite the sign-offs of a record with sound links between them."""
    kind = KINDS["event"]
    text = path.read_text("utf-8")
    entries = edit(read_record(kind, text).data["sign_offs"])
    base = text[: text.index("# 签批\n")].rstrip("\n") + "\n"
    before: dict[str, object] | None = None
    for entry in entries:
        fresh = {key: value for key, value in entry.items() if key != "prev"}
        if before is not None:
            fresh["prev"] = entry_digest(before)
        base = append_sign_off(kind, base, fresh)
        before = fresh
    path.write_text(base, "utf-8")
    return path


# --- reading ----------------------------------------------------------------------------------


@case("JZY101")
def a_bracket_is_left_open(root: Path) -> Path:
    return change(event(root), "title: ", "title: [")


@case("JZY102")
def a_file_was_saved_in_gbk(root: Path) -> Path:
    path = event(root)
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    return path


@case("JZY103")
def a_property_is_written_twice(root: Path) -> Path:
    return change(event(root), "venue: ", "venue: 礼堂\nvenue: ")


@case("JZY104")
def an_anchor_saves_typing(root: Path) -> Path:
    return change(event(root), "venue: ", "venue: &a ")


@case("JZY105")
def lists_are_nested_without_end(root: Path) -> Path:
    return change(event(root), "venue: ", "venue: " + "[" * 99)


@case("JZY106")
def an_amount_is_written_as_a_fraction(root: Path) -> Path:
    return change(event(root), "actual_headcount: ", "actual_headcount: 0.5 #")


@case("JZY107")
def a_zero_width_space_hides_in_a_title(root: Path) -> Path:
    return change(event(root), "title: ", "title: \u200b")


@case("JZY108")
def a_letter_is_composed_of_two(root: Path) -> Path:
    return change(event(root), "title: ", "title: e\u0301")


@case("JZY109")
def the_last_line_does_not_end(root: Path) -> Path:
    path = event(root)
    path.write_text(path.read_text("utf-8").rstrip("\n"), "utf-8")
    return path


@case("JZY110")
def a_record_lies_in_the_wrong_folder(root: Path) -> Path:
    return event(root).rename(root / "records/meetings/2020" / event(root).name)


@case("JZY111")
def a_record_is_a_link(root: Path) -> Path:
    path = event(root)
    target = path.rename(root / "elsewhere.yaml")
    path.symlink_to(target)
    return path


@case("JZY112")
def a_file_is_empty(root: Path) -> Path:
    path = event(root)
    path.write_text("", "utf-8")
    return path


# --- schema -----------------------------------------------------------------------------------


@case("JZY201", "JZY202")
def a_property_is_misspelt(root: Path) -> Path:
    return change(event(root), "title: ", "titel: ")


@case("JZY203")
def a_text_stands_where_a_number_belongs(root: Path) -> Path:
    return change(event(root), "actual_headcount: ", "actual_headcount: 约")


@case("JZY204")
def the_thirtieth_of_february(root: Path) -> Path:
    return change(event(root), "archived_on: ", "archived_on: 2021-02-30 #")


# --- organisation -----------------------------------------------------------------------------


@case("JZY301")
def a_unit_that_does_not_exist(root: Path) -> Path:
    return change(event(root), "host: unit-xinxixi", "host: unit-nowhere")


@case("JZY302")
def a_person_where_a_unit_belongs(root: Path) -> Path:
    return change(event(root), "host: unit-xinxixi", "host: person-ji")


@case("JZY303")
def a_unit_on_the_wrong_level(root: Path) -> Path:
    return change(root / "records/units/unit-xinxixi.yaml", "level: 2", "level: 3")


@case("JZY304")
def a_post_that_the_institution_does_not_know(root: Path) -> Path:
    return change(root / "records/people/person-ji.yaml", "post: head", "post: chief")


@case("JZY315")
def an_indicator_of_a_kind_that_there_is_not(root: Path) -> Path:
    path = root / "records/indicators/indicator-events-approved.yaml"
    return change(path, "kind: event", "kind: events")


@case("JZY316")
def a_time_zone_that_there_is_not(root: Path) -> Path:
    path = root / "records/institution.yaml"
    return change(path, "time_zone: Asia/Shanghai", "time_zone: Asia/Beijing")


@case("JZY305")
def a_key_that_was_cut_off(root: Path) -> Path:
    return add_key(root, "person-ji", KEY[:-4])


@case("JZY306")
def one_key_for_two_people(root: Path) -> Path:
    add_key(root, "person-bing", KEY)
    return add_key(root, "person-ji", KEY)


@case("JZY307")
def a_letter_ends_before_it_begins(root: Path) -> Path:
    path = next((root / "records/letters").rglob("*.yaml"))
    return change(path, "until: 2021-04-30", "until: 2019-04-30")


@case("JZY308")
def a_condition_that_cannot_be_read(root: Path) -> Path:
    path = root / "records/indicators/indicator-events-approved.yaml"
    return change(path, "match: ", "match: 'length(' #")


@case("JZY309")
def two_workflows_for_one_kind(root: Path) -> Path:
    path = root / "records/workflows/workflow-second.yaml"
    shutil.copy(root / "records/workflows/workflow-event.yaml", path)
    return path


@case("JZY310")
def nobody_holds_the_post_of_a_stage(root: Path) -> Path:
    change(
        root / "records/people/person-wu.yaml",
        "from: 2018-09-01",
        "from: 2018-09-01\n    until: 2021-04-15",
    )
    return root / "records/workflows/workflow-event.yaml"


@case("JZY311")
def fewer_registrars_than_must_agree(root: Path) -> Path:
    return change(root / "records/institution.yaml", "registrar_quorum: 1", "registrar_quorum: 3")


def delegate(root: Path, text: str) -> Path:
    """Person ji, head of the information department, lets person you sign for a year."""
    path = root / "records/delegations/2020/dlg-20200401-aaaa.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = "from_person: person-ji\nto_person: person-you\npost: head\nunit: unit-xinxixi\n"
    path.write_text(f"{whole}from: 2020-04-01\nuntil: 2021-03-31\n", "utf-8")
    old, new = text.split(" -> ")
    return change(path, old, new)


def test_a_sound_delegation_breaks_no_rule(sample: Path) -> None:
    delegate(sample, "until: 2021-03-31 -> until: 2021-03-31\nkinds: [event]")
    assert judged(sample) == []


def test_a_delegation_that_ended_with_the_post_breaks_no_rule(sample: Path) -> None:
    delegate(sample, "until: 2021-03-31 -> until: 2021-03-31\nrevoked: 2021-01-01")
    change(
        sample / "records/people/person-ji.yaml",
        "unit: unit-xinxixi\n    from: 2018-09-01",
        "unit: unit-xinxixi\n    from: 2018-09-01\n    until: 2020-12-31",
    )
    assert "JZY312" not in {finding.code for finding in judged(sample)}


@case("JZY312")
def a_post_that_the_giver_does_not_hold_is_delegated(root: Path) -> Path:
    return delegate(root, "post: head -> post: supervising_leader")


@case("JZY312")
def somebody_delegates_to_themselves(root: Path) -> Path:
    return delegate(root, "to_person: person-you -> to_person: person-ji")


@case("JZY312")
def a_delegation_outlives_the_post(root: Path) -> Path:
    change(
        root / "records/people/person-ji.yaml",
        "unit: unit-xinxixi\n    from: 2018-09-01",
        "unit: unit-xinxixi\n    from: 2018-09-01\n    until: 2020-12-31",
    )
    return delegate(root, "until: 2021-03-31 -> until: 2021-01-01")


@case("JZY315")
def a_kind_is_delegated_that_does_not_exist(root: Path) -> Path:
    return delegate(root, "until: 2021-03-31 -> until: 2021-03-31\nkinds: [events]")


@case("JZY307")
def a_delegation_ends_before_it_begins(root: Path) -> Path:
    return delegate(root, "until: 2021-03-31 -> until: 2020-03-31")


@case("JZY313")
def a_unit_was_dissolved_before_the_event_that_it_hosts(root: Path) -> Path:
    change(
        root / "records/units/unit-xinxixi.yaml",
        "established:",
        "dissolved: 2020-01-01\nestablished:",
    )
    return event(root)


@case("JZY314")
def a_check_of_the_office_meets_what_it_cannot_count(root: Path) -> Path:
    words = {"title": "场地", "description": "场地。", "advice": "请核对。", "message": "场地不对"}
    schema = json.loads((ROOT / "schemas/event.schema.json").read_text("utf-8"))
    schema["x-jzy-checks"] = {"OWN101": {**words, "check": "length(livestream) > `1`"}}
    (root / "schemas").mkdir()
    shutil.copy(ROOT / "schemas/common.schema.json", root / "schemas")
    (root / "schemas/event.schema.json").write_text(json.dumps(schema), "utf-8")
    return event(root)


def add_key(root: Path, person: str, line: str) -> Path:
    path = root / f"records/people/{person}.yaml"
    keys = [{"key": line, "from": "2020-04-01"}]
    path.write_text(set_value(KINDS["person"], path.read_text("utf-8"), ("keys",), keys), "utf-8")
    return path


# --- lives and sign-offs ----------------------------------------------------------------------


@case("JZY401")
def an_event_was_held_before_the_last_signature(root: Path) -> Path:
    return resigned(event(root), lambda entries: entries[:-1])


@case("JZY402")
def the_last_signature_came_after_the_event(root: Path) -> Path:
    return resigned(event(root), lambda e: [*e[:-1], {**e[-1], "at": "2020-05-15T10:00:00+08:00"}])


@case("JZY403")
def an_event_was_submitted_the_day_before(root: Path) -> Path:
    def late(entries: list[dict[str, object]]) -> list[dict[str, object]]:
        return [{**e, "at": f"2020-05-13T1{i}:00:00+08:00"} for i, e in enumerate(entries)]

    return resigned(event(root), late)


@case("JZY404", "JZY415")
def a_pledge_was_taken_out_after_approval(root: Path) -> Path:
    path = event(root)
    text = re.sub(r"    pledge:\n      signed_on: .*\n", "", path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    return path


@case("JZY405")
def a_stage_was_skipped(root: Path) -> Path:
    return resigned(event(root), lambda entries: [*entries[:2], *entries[3:]])


@case("JZY406")
def somebody_without_the_post_signed(root: Path) -> Path:
    return resigned(event(root), lambda e: [*e[:-1], {**e[-1], "by": "person-yin"}])


@case("JZY407")
def a_signature_speaks_of_another_text(root: Path) -> Path:
    return resigned(event(root), lambda e: [*e[:-1], {**e[-1], "digest": "sha256:" + "0" * 64}])


@case("JZY408")
def an_opinion_was_changed_afterwards(root: Path) -> Path:
    return change(event(root), "opinion: 同意。", "opinion: 同意，已阅。")


@case("JZY409")
def one_person_signed_two_stages_in_a_row(root: Path) -> Path:
    change(
        root / "records/people/person-ding.yaml",
        "posts:\n",
        "posts:\n  - post: head\n    unit: unit-xinxixi\n    from: 2018-09-01\n",
    )
    return resigned(event(root), lambda e: [e[0], {**e[1], "by": "person-ding"}, *e[2:]])


@case("JZY410")
def somebody_approved_their_own_record(root: Path) -> Path:
    return resigned(event(root), lambda e: [{**e[0], "by": "person-ji"}, *e[1:]])


@case("JZY411")
def a_submission_names_a_workflow_that_is_not_there(root: Path) -> Path:
    return resigned(
        event(root), lambda e: [{**e[0], "workflow_digest": "sha256:" + "0" * 64}, *e[1:]]
    )


@case("JZY412")
def a_signature_came_after_the_last(root: Path) -> Path:
    return resigned(event(root), lambda entries: [*entries, entries[-1]])


@case("JZY413")
def a_condition_fails_on_the_record(root: Path) -> Path:
    path = root / "records/workflows/workflow-event.yaml"
    text = path.read_text("utf-8")
    stages = text.index("stages:\n")
    at = text.index("    action: approve\n", stages)
    path.write_text(text[:at] + "    condition: length(livestream)\n" + text[at:], "utf-8")
    digest = next(r.digest for r in Office(root).loaded.records if r.id == "workflow-event")
    return resigned(event(root), lambda e: [{**e[0], "workflow_digest": digest}, *e[1:]])


@case("JZY414")
def times_of_signatures_run_backwards(root: Path) -> Path:
    return resigned(event(root), lambda e: [*e[:-1], {**e[-1], "at": "2020-05-01T10:00:00+08:00"}])


@case("JZY416")
def there_are_signatures_but_no_workflow(root: Path) -> Path:
    (root / "records/workflows/workflow-event.yaml").unlink()
    return event(root)


# --- duties, personal data, reports -----------------------------------------------------------


@case("JZY501")
def a_quarter_went_by_without_a_meeting(root: Path) -> Path:
    next((root / "records/meetings/2020").glob("mtg-20200924-*.yaml")).unlink()
    return root / "records/duties/duty-joint-meeting.yaml"


@case("JZY502")
def one_unit_has_no_letter(root: Path) -> Path:
    next((root / "records/letters/2020").iterdir()).unlink()
    return root / "records/duties/duty-letter.yaml"


@case("JZY504")
def an_event_was_not_filed(root: Path) -> Path:
    return change(event(root), "    reported_on: ", "    # ")


@case("JZY505")
def one_unit_has_no_letter_in_force(root: Path) -> Path:
    change(
        next((root / "records/letters/2020").iterdir()), "until: 2021-04-30", "until: 2021-04-15"
    )
    return root / "records/duties/duty-letter-in-force.yaml"


@case("JZY506")
def an_event_was_filed_in_the_next_year(root: Path) -> Path:
    return change(event(root), "    reported_on: ", "    reported_on: 2021-01-04 # ")


@case("JZY507")
def a_duty_asks_for_the_length_of_a_number(root: Path) -> Path:
    path = root / "records/duties/duty-inspection.yaml"
    return change(path, "match: ", "match: length(problems) > `1` # ")


@case("JZY503")
def an_event_in_a_year_without_a_calendar(root: Path) -> Path:
    return change(event(root), "starts: 2020-05-14", "starts: 2090-05-15")


@case("JZY601")
def an_identity_number_in_a_remark(root: Path) -> Path:
    return change(event(root), "abstract: ", "abstract: 11010519491231002X ")


@case("JZY602")
def a_mobile_number_in_a_remark(root: Path) -> Path:
    return change(event(root), "abstract: ", "abstract: 联系电话138 1234 5678 ")


@case("JZY603")
def a_bank_card_in_a_remark(root: Path) -> Path:
    return change(event(root), "abstract: ", "abstract: 劳务费汇至6222021234567890128 ")


@case("JZY604")
def a_mail_address_in_a_remark(root: Path) -> Path:
    return change(event(root), "abstract: ", "abstract: 报名请发 name@example.com ")


def report(root: Path) -> Path:
    return next((root / "records/reports").rglob("rpt-20210416-*.yaml"))


@case("JZY701")
def a_report_was_dated_before_its_period_ended(root: Path) -> Path:
    return change(report(root), "until: 2021-03-31", "until: 2021-12-31")


@case("JZY704")
def a_report_names_a_template_that_is_not_there(root: Path) -> Path:
    return change(report(root), "template: self-check.md.j2", "template: nothing.md.j2")


@case("JZY705")
def a_report_was_submitted_without_its_figures(root: Path) -> Path:
    path = report(root)
    path.write_text(remove_value(KINDS["report"], path.read_text("utf-8"), "snapshot"), "utf-8")
    return path


@case("JZY706")
def a_claim_asks_for_an_indicator_that_nobody_registered(root: Path) -> Path:
    path = root / "records/claims/claim-no-incident.yaml"
    return change(path, "figure('indicator-incidents')", "figure('indicator-nothing')")


@case("JZY706")
def a_claim_prints_a_figure_that_nobody_registered(root: Path) -> Path:
    path = root / "records/claims/claim-groups-filed.yaml"
    return change(
        path, "otherwise: 其中{indicator-groups-filed}", "otherwise: 其中{indicator-nothing}"
    )


@case("JZY706")
def a_claim_calls_a_function_with_too_few_arguments(root: Path) -> Path:
    path = root / "records/claims/claim-no-incident.yaml"
    return change(
        path, "findings(''JZY433'', counted(''indicator-events-held''))", "findings(''JZY433'')"
    )


ALL = [(code, spoil) for code, found in sorted(CASES.items()) for spoil in found]


@pytest.mark.parametrize(("code", "spoil"), ALL, ids=[f"{c}-{s.__name__}" for c, s in ALL])
def test_the_rule_fires(sample: Path, code: str, spoil: Case) -> None:
    named = spoil(sample).relative_to(sample).as_posix()
    found = [finding for finding in judged(sample) if finding.code == code]
    assert found, f"{code} did not fire"
    hit = next((finding for finding in found if finding.path == named), None)
    assert hit is not None, [finding.path for finding in found]
    assert re.search("[一-鿿]", hit.message)
    assert hit.advice
    whole_file = {"JZY110", "JZY111"}
    assert (hit.line >= 1 and hit.column >= 1) or code in whole_file
    if hit.line:
        lines = (sample / named).read_text("utf-8", "replace").split("\n")
        assert hit.source == lines[hit.line - 1] or code == "JZY102"


def test_two_validators_that_disagree_are_a_finding(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Judge, "is_sound", lambda *_: False)
    assert {finding.code for finding in judged(sample)} == {"JZY206"}


def test_properties_that_do_not_go_together_are_told(sample: Path) -> None:
    schema = (ROOT / "schemas/event.schema.json").read_text("utf-8").rstrip().rstrip("}")
    (sample / "schemas").mkdir()
    shutil.copy(ROOT / "schemas/common.schema.json", sample / "schemas")
    (sample / "schemas/event.schema.json").write_text(
        schema + ', "not": {"required": ["livestream"]}}', "utf-8"
    )
    assert {finding.code for finding in judged(sample)} >= {"JZY205"}


def test_every_rule_has_a_case() -> None:
    elsewhere = {"JZY205", "JZY206"}
    assert set(CASES) | elsewhere == set(RULES)
