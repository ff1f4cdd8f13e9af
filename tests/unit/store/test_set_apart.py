"""What was read is left out where cycles are looked for, and only for as long as is said."""

from __future__ import annotations

import gc

import pytest

from jzy.store.index import set_apart


def test_what_there_is_is_set_apart_and_comes_back() -> None:
    before = gc.get_freeze_count()
    with pytest.raises(ValueError, match="x"), set_apart():
        assert gc.get_freeze_count() > before
        raise ValueError("x")
    assert gc.get_freeze_count() == 0
