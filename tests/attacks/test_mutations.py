"""The list of defences that can be switched off names what is there."""

from __future__ import annotations

import pytest

from tests.attacks.mutations import DEFENCES, ROOT, Defence


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda defence: defence.name)
def test_a_defence_stands_once_in_its_module(defence: Defence) -> None:
    assert (ROOT / defence.module).read_text("utf-8").count(defence.line) == 1
    assert defence.line != defence.without
    assert all((ROOT / test).is_file() for test in defence.tests)
