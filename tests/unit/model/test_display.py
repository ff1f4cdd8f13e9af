"""Chinese on a terminal: two columns a character, no character that a terminal would obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcwidth

from jzy.model.display import _strange, pad, shorten, visible, width, widths, wrap


def test_chinese_counts_two_columns() -> None:
    assert width("审批A") == 5
    assert pad("审批", 6) == "审批  "
    assert shorten("审批流程", 5) == "审批…"


@pytest.mark.parametrize("plane", [0, 1, 2, 14])
def test_what_is_not_looked_up_is_as_wide_as_the_tables_say(plane: int) -> None:
    known = [chr(point) for point in range(plane << 16, (plane + 1) << 16)]
    known = [each for each in known if not _strange().search(each)]
    assert widths("".join(known)) == [wcwidth(each) for each in known]
    assert bool(known) is (plane == 0)


def test_lines_do_not_begin_with_closing_punctuation() -> None:
    assert all(line[0] not in "，。" for line in wrap("报送记录，开始审批。", 8))


@given(st.text())
def test_nothing_that_a_terminal_obeys_gets_through(text: str) -> None:
    shown = visible(text)
    assert not set(shown) & {chr(c) for c in (*range(32), *range(127, 160), 0x202E)}


@given(st.text("审批abc，。 -12"), st.integers(4, 40))
def test_wrapping_loses_no_word(text: str, columns: int) -> None:
    assert "".join("".join(wrap(text, columns)).split()) == "".join(text.split())
