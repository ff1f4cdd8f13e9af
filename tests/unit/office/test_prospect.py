"""What ``jzy show`` says of one record is what validation says of it among all others."""

from __future__ import annotations

import shutil
from collections import defaultdict

import pytest

from jzy.office.context import Office
from jzy.office.prospect import findings_of, referring
from jzy.office.validate import validate
from jzy.store.places import shipped

SPOILED = (
    ("records/events/2021/*.yaml", "lead_person: person-", "lead_person: person-x"),
    ("records/events/2020/*.yaml", "held_on: 2020", "held_on: 2019"),
    ("records/groups/*.yaml", "unit: unit-", "unit: unit-x"),
    ("records/units/*.yaml", "parent: unit-", "parent: unit-y"),
    ("records/people/*.yaml", "post: ", "post: x"),
    ("records/measures/*/*.yaml", "owner: person-", "owner: person-z"),
    ("records/trainings/*/*.yaml", "theme: ", "theme: 电话 13812345678 "),
    ("records/letters/*/*.yaml", "until: 2021", "until: 2019"),
)
"""What somebody might get wrong, as replacements in the second record of each kind."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The sample year with faults in it."""
    root = tmp_path_factory.mktemp("office")
    shutil.copytree(shipped("records"), root / "records")
    spoiled = 0
    for pattern, old, new in SPOILED:
        for path in sorted(root.glob(pattern))[1:3]:
            text = path.read_text("utf-8")
            spoiled += old in text
            path.write_text(text.replace(old, new, 1), "utf-8")
    assert spoiled > 6  # the sample still has what is spoiled here
    return Office(root)


def test_findings_of_a_record_are_those_of_validation(office: Office) -> None:
    wanted = defaultdict(set)
    for finding in validate(office):
        wanted[finding.record].add((finding.code, finding.message, finding.advice))
    sound = [record.id for record in office.sound if record.id in wanted]
    assert len({code for each in sound for code, _, _ in wanted[each]}) > 4
    for record in office.sound:
        found = {(code, what, advice) for code, _, _, what, advice in findings_of(office, record)}
        assert found == wanted[record.id], record.id


def test_who_refers_to_a_record(office: Office) -> None:
    named = {
        (target, other.id)
        for other in office.register
        for path, target, _ in office.kinds[other.kind].references_in(other.data)
        if path[0] != "sign_offs" and target != other.id
    }
    for record in office.register:
        found = referring(office.register, record)
        assert {(record.id, each.id) for some in found.values() for each in some} == {
            pair for pair in named if pair[0] == record.id
        }
