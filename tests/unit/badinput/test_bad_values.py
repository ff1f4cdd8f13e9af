"""Bad values at every place of every schema: each is answered, at its line, in plain Chinese."""

from __future__ import annotations

import pytest

from jzy.office.context import Office
from tests.unit.badinput.desk import answers, faults_of, furnish
from tests.unit.badinput.places import KINDS, Place, bases, places, written
from tests.unit.badinput.sorts import SORTS, Sort

SHARED = "sign_offs"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return furnish(tmp_path_factory.mktemp("office"))


def own(kind: str) -> list[Place]:
    """The places of a kind; of what all kinds share, only the first kind has the places."""
    return [place for place in places(kind) if place.path[0] != SHARED or kind == min(KINDS)]


def test_what_is_tried_in_one_kind_only_is_the_same_in_every_kind() -> None:
    shared = KINDS[min(KINDS)].properties[SHARED]
    assert all(kind.properties[SHARED] == shared for kind in KINDS.values())


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.__name__)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_bad_value_is_answered_where_it_stands(office: Office, kind: str, sort: Sort) -> None:
    faults = {
        f"{place} {bad.what}": fault
        for place in own(kind)
        for bad in sort(place)
        if (fault := faults_of(office, KINDS[kind], bad))
    }
    assert faults == {}


def test_every_place_of_every_schema_is_tried_with_every_sort_that_fits() -> None:
    tried = {
        sort.__name__: {str(place) for place in places() if any(sort(place))} for sort in SORTS
    }
    everywhere = {str(place) for place in places() if not place.is_body}
    assert tried["wrong_type"] == tried["written_wrongly"] == everywhere
    assert tried["unseen"] == {str(place) for place in places()}
    required = {str(p) for p in places() if p.required and not p.is_body}
    assert tried["missing"] == required
    for place in places():
        texts = place.schema["type"] == "string"
        assert texts <= any(str(place) in tried[name] for name in ("out_of_range", "wrong_form"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_the_bad_values_are_put_into_is_sound(office: Office, kind: str) -> None:
    for base in bases(kind):
        found = answers(office, KINDS[kind], written(KINDS[kind], base).text)
        # What examples say of one another need not fit: only a whole year of records does.
        wrong = ("JZY1", "JZY2", "JZY6", "JZY301", "JZY302")
        assert [finding for finding in found if finding.code.startswith(wrong)] == []
