"""Names are safe on every system, whatever somebody called a thing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.filenames import LONGEST, Names, parted, safe_name

_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])( *\.|$)")


@given(st.text(), st.sampled_from(["", ".docx", ".jpg"]))
def test_no_name_does_harm(text: str, ending: str) -> None:
    name = safe_name(text, ending)
    assert not set(name) & set('<>:"/\\|?*%#\x7f')
    assert all(unicodedata.category(sign)[0] != "C" for sign in name)
    assert len(name.encode("utf-16-le")) <= 2 * LONGEST
    assert len(name.encode()) <= 255
    assert name.endswith(ending)
    assert name == unicodedata.normalize("NFC", name)
    assert not name.startswith((" ", ".", "-", "~"))
    assert not name.endswith((" ", "."))
    assert not _DEVICE.match(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("关于“一会一报”的通知：试行", "关于“一会一报”的通知：试行"),
        ("../../etc/passwd", "／..／etc／passwd"),
        ("甲\u202etxt.\n乙\t 丙", "甲txt. 乙 丙"),
        ("a<b>:c", "a＜b＞：c"),
        ("con", "_con"),
        ("", "无题"),
        (" . ", "无题"),
        ("\U00020000" * 100, "\U00020000" * 39 + "…"),
        ("字" * 100, "字" * 79 + "…"),
    ],
)
def test_what_becomes_of_a_title(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_names_that_some_system_takes_for_one_do_not_meet() -> None:
    names = Names()
    given_out = [
        names.free("一", each, ".pdf") for each in ("总结A", "总结a", "总结Ａ", "e\u0301", "\u00e9")
    ]
    assert given_out == [
        "一/总结A.pdf",
        "一/总结a（2）.pdf",
        "一/总结Ａ（3）.pdf",
        "一/é.pdf",
        "一/é（2）.pdf",
    ]
    assert names.free("二", "总结A", ".pdf") == "二/总结A.pdf"
    long = [names.free("", "字" * 100, ".pdf") for _ in range(2)]
    assert long[0] != long[1]


def test_the_ending_of_a_name() -> None:
    assert parted("签到表.PDF") == ("签到表", ".pdf")
    assert [parted(each) for each in ("签到表", ".bashrc", "甲.乙", "a.b c")] == [
        ("签到表", ""),
        (".bashrc", ""),
        ("甲.乙", ""),
        ("a.b c", ""),
    ]
