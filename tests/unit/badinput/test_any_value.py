"""Whatever stands at a place, and however extreme: jzy answers, and never falls over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jzy.model.errors import JzyError
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.create import draft, edited
from jzy.rules.base import Case, run
from jzy.store.records import locate, read_record
from tests.unit.badinput.desk import CHINESE, answers, complaint, furnish, path_of
from tests.unit.badinput.extremes import EXTREMES, extreme
from tests.unit.badinput.places import (
    KINDS,
    Data,
    Place,
    Raw,
    bases,
    id_of,
    places,
    written,
)

TODAY = date(2021, 4, 16)
anywhere = st.sampled_from(places())
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(2**70), 2**70)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
scribbles = st.text(st.sampled_from("[]{}:,-#&*!|>'\"%@`?\\~=.\n\t 甲a1e\u0301\u200b"), max_size=15)
relaxed = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return furnish(tmp_path_factory.mktemp("office"))


def all_well_said(office: Office, place: Place, data: Data) -> None:
    """Whatever is found is an answer that a person can use."""
    text = written(place.kind, data).text
    for finding in answers(office, place.kind, text):
        assert complaint(finding, text) == "", finding


@given(place=anywhere, value=values)
@settings(relaxed, max_examples=400)
def test_any_value_at_any_place_is_answered(office: Office, place: Place, value: Any) -> None:
    if place.is_body:
        value = str(value)
    all_well_said(office, place, place.but(value))


@given(place=anywhere, scribble=scribbles)
@settings(relaxed, max_examples=400)
def test_any_scribble_at_any_place_is_answered(office: Office, place: Place, scribble: str) -> None:
    all_well_said(office, place, place.but(Raw(scribble)))


@given(place=anywhere, value=values)
@settings(relaxed, max_examples=150)
def test_any_value_given_to_a_new_record_is_taken_or_refused(
    office: Office, place: Place, value: Any
) -> None:
    data = place.but(value)
    data.pop("sign_offs", None)
    try:
        made = draft(office, place.kind, data)
    except JzyError as error:
        assert error.what
    else:
        assert answers(office, place.kind, made.text) == []


@given(place=anywhere, value=values)
@settings(relaxed, max_examples=150)
def test_any_value_written_into_a_record_is_taken_or_refused(
    office: Office, place: Place, value: Any
) -> None:
    kind = place.kind
    base = {name: said for name, said in place.base.items() if name != "sign_offs"}
    path = path_of(kind, id_of(kind))
    data = read_record(kind, written(kind, base).text).data
    record = Record(kind.name, id_of(kind), path, data, written(kind, base).text)
    try:
        changed = edited(office, record, [(place.at, value)])
    except JzyError as error:
        assert CHINESE.search(error.what)
    else:
        assert answers(office, kind, changed) == []


@pytest.mark.parametrize("name", EXTREMES)
def test_no_extreme_that_a_schema_allows_brings_a_rule_down(office: Office, name: str) -> None:
    tried = 0
    for kind in KINDS.values():
        for base in bases(kind.name):
            data = extreme(kind.name, base, EXTREMES[name])
            if data == base:
                continue
            tried += 1
            file = written(kind, data)
            record = Record(kind.name, id_of(kind), path_of(kind, id_of(kind)), data, file.text)
            register = office.register.with_record(record)
            for rule, breach in run(Case(register, TODAY, [record])):
                assert breach.message and rule.code
                if breach.record is record:
                    line, column = locate(kind, file.text, breach.at, on_key=breach.on_key)
                    assert 1 <= line <= file.text.count("\n") and column >= 1
    assert tried
