"""Every check that ships lets a sound record pass and finds the one that is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from jzy.model.digest import entry_digest
from jzy.model.expression import holds
from jzy.model.record import Record, dotted_of
from jzy.model.register import Register
from jzy.rules.base import Case as Judged
from jzy.rules.checks import all_checks, run_checks
from jzy.rules.schema import Judge
from jzy.store.places import shipped
from jzy.store.schemas import load_kinds
from tests.unit.rules.check_cases import AROUND, BASE, CASES, IDS, Case, Data

KINDS = load_kinds([shipped("schemas")])
JUDGES = {kind: Judge(KINDS[kind]) for kind in BASE}
CHECKS = {check.text.code: check for _, check in all_checks(KINDS)}
TODAY = date(2021, 4, 16)


def merged(base: Data, more: Data) -> Data:
    """The data with further values at dotted places; ``None`` takes one away."""
    data = deepcopy(base)
    for dotted, value in more.items():
        *path, last = dotted.split(".")
        here = data
        for name in path:
            here = here.setdefault(name, {})
        here.pop(last, None)
        if value is not None:
            here[last] = _bare(value)
    return data


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _bare(item) for name, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def made(record_id: str, kind: str, data: Data, flow: Record | None) -> Record:
    """A record that satisfies its schema, signed as ``data`` says under ``signed``."""
    plain = {name: value for name, value in data.items() if name != "signed"}
    record = Record(kind, record_id, f"records/{record_id}.yaml", plain, "")
    if data.get("signed"):
        assert flow is not None
        entries = signed(record, flow, data["signed"])
        record = Record(kind, record_id, record.path, {**plain, "sign_offs": entries}, "")
    assert JUDGES[kind].breaches(record.data) == []
    return record


def signed(record: Record, flow: Record, state: str) -> list[Data]:
    """A submission on 15 March 2021 and, for ``approved``, the head's sign-off the day after."""
    stages = [("submission", "submit"), ("head", "approve")][: 2 if state == "approved" else 1]
    entries: list[Data] = []
    for day, (stage, decision) in enumerate(stages, 15):
        entry = {
            "stage": stage, "decision": decision, "by": "person-jia", "opinion": "同意。",
            "at": f"2021-03-{day}T09:00:00+08:00", "digest": record.digest,
        }  # fmt: skip
        if decision == "submit":
            entry |= {"workflow": flow.id, "workflow_digest": flow.digest}
        if entries:
            entry["prev"] = entry_digest(entries[-1])
        entries.append(entry)
    return entries


def register(case: Case, broken: bool) -> Register:
    """The register of a case, with the record that passes or the one that does not."""
    data: dict[str, tuple[str, Data]] = {
        record_id: (kind, merged(BASE[kind], more)) for record_id, (kind, more) in AROUND.items()
    }
    for record_id, (kind, more) in [
        *case.beside.items(),
        *(case.unlike.items() if broken else ()),
    ]:
        fresh = merged(BASE[kind], AROUND.get(record_id, (kind, {}))[1])
        data[record_id] = kind, merged(fresh, more)
    mine = merged(merged(BASE[case.kind], {"signed": case.signed or None}), case.sound)
    data[IDS[case.kind]] = case.kind, merged(mine, case.broken) if broken else mine
    flow = made("workflow-all", *data["workflow-all"], None)
    return Register(KINDS, [made(each, *said, flow) for each, said in data.items()])


def judged(case: Case, broken: bool) -> list[tuple[str, str, str, str]]:
    """Code, record, place and message of what is found."""
    whole = Judged(register(case, broken), TODAY)
    return [
        (text.code, breach.record.id, dotted_of(breach.at), breach.message)
        for record in whole.register
        for text, breach in run_checks(whole, record)
    ]


NAMES = [f"{case.code}-{n}" for n, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_is_sound_passes(case: Case) -> None:
    held = Judged(register(case, broken=False), TODAY)
    record = held.register.get(IDS[case.kind])
    assert record is not None
    check = CHECKS[case.code]
    seen = {**held.knowledge.view(record), "_with": check.given}
    assert holds(check.when, seen, held.knowledge.functions), "the check was not even asked"
    assert case.code not in {
        code for code, mine, *_ in judged(case, broken=False) if mine == record.id
    }


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_is_broken_is_found_at_its_place(case: Case) -> None:
    found = [each for each in judged(case, broken=True) if each[0] == case.code]
    mine = [(at, said) for _, record, at, said in found if record == IDS[case.kind]]
    assert [at for at, _ in mine] == [case.at]
    assert case.says in mine[0][1]
    assert "{" not in mine[0][1]
    assert "None" not in mine[0][1]


def test_every_check_that_ships_has_a_case() -> None:
    assert {case.code for case in CASES} == set(CHECKS)


def test_every_check_that_ships_speaks_chinese_and_is_of_jzy() -> None:
    for code, check in CHECKS.items():
        assert re.fullmatch("JZY[347][0-9]{2}", code)
        message = "".join(check.message[::2])
        words = (check.text.title, check.text.description, check.text.advice, message)
        assert all(re.search("[一-鿿]", said) for said in words), code
        assert not any("{" in said for said in words), code
