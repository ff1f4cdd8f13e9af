"""Text becomes data in one way only, and what could mislead a reader becomes a problem."""

import os
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jzy.model.kinds import Kind, Kinds
from jzy.store.files import NotReadable, decode, read_bytes
from jzy.store.problems import MAX_BYTES
from jzy.store.records import load, locate, read_record
from jzy.store.yamltext import UNSEEN, read

EVENT = Kind(
    "event",
    {
        "title": "活动",
        "x-jzy-prefix": "evt",
        "x-jzy-folder": "events",
        "x-jzy-date": "starts",
        "properties": {"title": {}, "starts": {}},
    },
)
POLICY = Kind(
    "policy",
    {"title": "制度", "x-jzy-prefix": "policy", "x-jzy-folder": "policies",
     "x-jzy-format": "markdown", "properties": {"title": {}, "body": {}}},
)  # fmt: skip
ROOT = Kind("institution", {"title": "单位", "x-jzy-singleton": True, "properties": {}})
KINDS = Kinds({kind.name: kind for kind in (EVENT, POLICY, ROOT)})
GOOD = "records/events/2021/evt-20210318-k3f9.yaml"


def value(written: str) -> Any:
    reading = read(f"a: {written}\n")
    assert reading.problems == []
    return reading.data["a"]


def codes(text: str) -> list[str]:
    reading = read(text)
    assert (reading.data is None) == bool(reading.problems)
    return [problem.code for problem in reading.problems]


def where(text: str) -> tuple[str, int, int]:
    problem = read(text).problems[0]
    return problem.code, problem.line, problem.column


# --- scalars of YAML 1.2 -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("n", "n"),
        ("010", 10), ("08", 8), ("0o17", 15), ("0xFf", 255), ("+5", 5), ("-0", 0),
        ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("0b11", "0b11"), ("-0o7", "-0o7"),
        ("2021-03-18", "2021-03-18"), ("2021-03-18T14:30:00+08:00", "2021-03-18T14:30:00+08:00"),
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("True", True), ("FALSE", False), ("tRUE", "tRUE"), ("<<", "<<"), ("=", "="),
        ("'010'", "010"), ('"null"', "null"), ("'1.0'", "1.0"), ('"a\\/b"', "a/b"), ("1.2.3", "1.2.3"),
        ("9007199254740991", 2**53 - 1), ("-9007199254740991", 1 - 2**53),
    ],
)  # fmt: skip
def test_a_plain_word_means_what_yaml_1_2_says(written: str, meant: Any) -> None:
    found = value(written)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    "written",
    ["1.0", "-1.", ".5", "1e3", "1E-3", ".inf", "-.INF", "+.Inf", ".nan", "9007199254740992",
     "-9007199254740992", "0x20000000000000", "0o400000000000000000", "9" * 5_000],
)  # fmt: skip
def test_a_number_that_programs_disagree_about_is_refused(written: str) -> None:
    assert where(f"a: {written}\n") == ("JZY106", 1, 4)


def test_keys_are_words_even_where_they_look_like_something_else() -> None:
    assert read("1: a\nnull: b\nno: c\n2021-03-18: d\n").data == {
        "1": "a",
        "null": "b",
        "no": "c",
        "2021-03-18": "d",
    }


# --- what a record has no use for --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2\n", "JZY103", 2, 1),
        ("a: 1\n'a': 1\n", "JZY103", 2, 1),
        ('b: {a: 1, "\\x61": 2}\n', "JZY103", 1, 11),
        ("a: &x 1\n", "JZY104", 1, 4),
        ("&x a: 1\n", "JZY104", 1, 1),
        ("a: [*x]\n", "JZY104", 1, 5),
        ("a: !!str 1\n", "JZY104", 1, 4),
        ("a: ! 1\n", "JZY104", 1, 4),
        ("!!map\na: 1\n", "JZY104", 1, 1),
        ("!x a: 1\n", "JZY104", 1, 1),
        ("? [a]\n: 1\n", "JZY104", 1, 3),
        ("%YAML 1.2\n---\na: 1\n", "JZY104", 1, 1),
        ("%TAG ! tag:example.invalid,2021:\n---\na: 1\n", "JZY104", 1, 1),
        ("a: 1\n---\nb: 1\n", "JZY104", 2, 1),
        ("a: 1\n---\n", "JZY104", 2, 1),
        ("a: 1\n...\n", "JZY109", 2, 1),
        ("a:\n\t- x\n", "JZY101", 2, 1),
        ("a: b: c\n", "JZY101", 1, 5),
        ('a: "\\uD83D\\uDE00"\n', "JZY101", 1, 7),
        ("", "JZY112", 1, 1),
        ("# 只有注释\n", "JZY112", 1, 1),
        ("- a\n", "JZY112", 1, 1),
        ("文字\n", "JZY112", 1, 1),
    ],
)
def test_what_a_record_has_no_use_for_is_refused_where_it_stands(
    text: str, code: str, line: int, column: int
) -> None:
    assert read(text).data is None
    assert where(text) == (code, line, column)


def test_reserved_directives_are_refused_too() -> None:
    assert codes("%FOO bar\n---\na: 1\n")


def test_each_doubled_property_is_told_and_not_only_the_first() -> None:
    assert codes("a: 1\na: 2\nb: {c: 1, c: 2}\n") == ["JZY103", "JZY103"]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 50_000 + "\n",
        "{a: " * 50_000,
        "- " * 50_000 + "a\n",
        "a: [" + "x," * 100_001 + "]\n",
        "".join("  " * depth + "a:\n" for depth in range(600)),
    ],
)
def test_depth_and_number_of_values_are_bounded(text: str) -> None:
    begun = time.process_time()
    assert "JZY105" in codes(text)
    assert time.process_time() - begun < 5


def test_an_alias_bomb_ends_at_its_first_anchor() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{c}: &{c} [{','.join(['*' + p] * 9)}]"
        for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert where("\n".join(lines) + "\n") == ("JZY104", 1, 4)


# --- what the eye does not see -----------------------------------------------------------------


@pytest.mark.parametrize(
    "char",
    ["\x00", "\x07", "\x1b", "\x7f", "\x80", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\ue000",
     "\uffff", "\U000e0041", "\U000f0000"],
)  # fmt: skip
def test_an_unseen_character_is_refused_raw_and_escaped_in_values_and_in_keys(char: str) -> None:
    escaped = f"\\U{ord(char):08x}"
    assert codes(f"甲: 乙{char}丙\n") == ["JZY107"]
    assert codes(f'甲: "乙{escaped}丙"\n') == ["JZY107"]
    assert codes(f'"甲{escaped}": 乙\n') == ["JZY107"]
    assert codes(f"甲{char}: 乙\n") == ["JZY107"]


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029"])
def test_a_line_end_of_yaml_1_1_is_refused_in_a_value(char: str) -> None:
    # YAML 1.1 breaks the line there, so the code is not always that of an unseen character.
    assert codes(f"甲: 乙{char}丙\n")
    assert codes(f"甲: '乙{char}丙'\n")
    assert codes(f"甲: |\n  乙{char}  丙\n")


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029", "\r"])
def test_a_comment_cannot_hide_a_property_behind_a_line_end_that_nobody_sees(char: str) -> None:
    """YAML 1.1 ends a comment there, and git and every editor show one line of comment."""
    reading = read(f"title: 公开课  # 暂定{char}secrecy_checked: true\n")
    assert reading.data is None or reading.data == {"title": "公开课"}


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\ufeff"])
def test_a_comment_cannot_mislead_the_eye(char: str) -> None:
    assert where(f"title: 公开课\n# 暂定{char}\n") == ("JZY107", 2, 5)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("title: 公开课\nnote: a\x07b\n", 2, 8),
        ("# 😀\r\ntitle: 公开课\r\nnote: '甲\x1b'\r\n", 3, 9),
        ("title: \x00\n", 1, 8),
    ],
)
def test_a_raw_control_character_is_told_where_it_stands(text: str, line: int, column: int) -> None:
    """YAML's reader counts bytes there, and a Chinese character has three."""
    assert where(text) == ("JZY107", line, column)


@pytest.mark.parametrize(
    "text", ["a: e\u0301\n", 'a: "e\\u0301"\n', "e\u0301: a\n", 'a: "e\\\n  \\u0301"\n']
)
def test_a_text_has_one_unicode_form(text: str) -> None:
    assert codes(text) == ["JZY108"]


def test_an_emoji_a_tab_and_a_rare_character_are_text() -> None:
    assert value('"😀\\t𠮷"') == "😀\t𠮷"


yaml_like = st.text(
    st.sampled_from("ab甲😀 \n\n:-#'\"{}[],&*!|>%@\\\t\r\x85\u2028\u202ee\u0301019.~"), max_size=40
)


@given(yaml_like)
@settings(max_examples=400, deadline=None)
def test_whatever_is_read_holds_only_plain_and_visible_values(text: str) -> None:
    def look(found: Any) -> None:
        if isinstance(found, dict):
            for name, inner in found.items():
                look(name)
                look(inner)
        elif isinstance(found, list):
            for inner in found:
                look(inner)
        elif isinstance(found, str):
            assert not UNSEEN.search(found)
            assert unicodedata.is_normalized("NFC", found)
        else:
            assert found is None or (type(found) in (bool, int) and abs(found) < 2**53)

    reading = read(text, spans=True)
    look(reading.data)
    assert (reading.data is None) == bool(reading.problems)
    for problem in reading.problems:
        assert problem.line >= 1
        assert problem.column >= 1


# --- positions ---------------------------------------------------------------------------------

TEXT = "# 😀注\n名称: 😀公开课\n\n列表:\n  - 甲: '😀'\n    乙: |\n      文\n      字\n空:\n行: {丙: [1, 二]}\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_positions_count_characters_not_bytes(mark: str, end: str) -> None:
    text = decode((mark + TEXT.replace("\n", end)).encode())
    reading = read(text, spans=True)
    assert reading.data == {
        "名称": "😀公开课",
        "列表": [{"甲": "😀", "乙": "文\n字\n"}],
        "空": None,
        "行": {"丙": [1, "二"]},
    }
    assert {path: (span.line, span.column) for path, span in reading.spans.items()} == {
        (): (2, 1),
        ("名称",): (2, 5),
        ("列表",): (5, 3),
        ("列表", 0): (5, 5),
        ("列表", 0, "甲"): (5, 8),
        ("列表", 0, "乙"): (6, 8),
        ("空",): (9, 3),
        ("行",): (10, 4),
        ("行", "丙"): (10, 8),
        ("行", "丙", 0): (10, 9),
        ("行", "丙", 1): (10, 12),
    }
    pieces = {path: text[span.start : span.end] for path, span in reading.spans.items()}
    assert pieces["名称",] == "😀公开课"
    assert pieces["列表", 0, "甲"] == "'😀'"
    assert pieces["行",] == "{丙: [1, 二]}"
    assert pieces["行", "丙", 1] == "二"
    keys = reading.spans["列表", 0, "乙"]
    assert (keys.key_line, keys.key_column, text[keys.key_start]) == (6, 5, "乙")


def test_a_place_that_is_not_there_is_located_at_its_nearest_neighbour() -> None:
    assert locate(EVENT, TEXT, ("列表", 0, "甲")) == (5, 8)
    assert locate(EVENT, TEXT, ("列表", 0, "甲"), on_key=True) == (5, 5)
    assert locate(EVENT, TEXT, ("名称", "无")) == (2, 1)
    assert locate(EVENT, TEXT, ("无",)) == (2, 1)
    assert locate(EVENT, "", ("无",)) == (1, 1)


# --- Markdown ----------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_front_matter_positions_are_those_of_the_whole_file(end: str) -> None:
    text = "---\n# 名称\ntitle: 😀办法\n---\n# 正文\n\n---\n\n第一条\n".replace("\n", end)
    reading = read_record(POLICY, text, spans=True)
    assert reading.data == {"title": "😀办法", "body": "# 正文\n\n---\n\n第一条\n"}
    span = reading.spans["title",]
    assert (span.line, span.column, span.key_line) == (3, 8, 3)
    assert text[span.start : span.end] == "😀办法"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("title: 办法\n", "JZY101", 1, 1),
        (" ---\ntitle: 办法\n---\n正文\n", "JZY101", 1, 1),
        ("---\ntitle: 办法\n正文\n", "JZY101", 1, 1),
        ("---\ntitle: 1.0\n---\n正文\n", "JZY106", 2, 8),
        ("---\na: 1\na: 1\n---\n正文\n", "JZY103", 3, 1),
        ("---\ntitle: 办法\n---\n第一条\n\n甲\u202e乙\n", "JZY107", 6, 2),
        ("---\r\ntitle: 办法\r\n---\r\n甲\r乙\r\n", "JZY107", 4, 2),
        ("---\ntitle: 办法\n---\n甲\r\r\n", "JZY107", 4, 2),
        ("---\ntitle: 办法\n---\n\ne\u0301\n", "JZY108", 5, 1),
        ("---\ntitle: 办法\n---\n正文", "JZY109", 4, 1),
        ("---\ntitle: 办法\n---", "JZY101", 1, 1),
    ],
)
def test_a_problem_in_a_markdown_record_is_told_where_it_stands(
    text: str, code: str, line: int, column: int
) -> None:
    problem = read_record(POLICY, text).problems[0]
    assert (problem.code, problem.line, problem.column) == (code, line, column)


def test_a_second_text_in_the_front_matter_does_not_vanish_behind_the_first() -> None:
    reading = read_record(POLICY, "---\ntitle: 办法\nbody: 另一份正文\n---\n正文\n")
    assert reading.problems


def test_a_record_without_a_last_line_end_is_refused() -> None:
    reading = read_record(EVENT, "title: 甲\nstarts: x")
    assert [(p.code, p.line) for p in reading.problems] == [("JZY109", 2)]
    assert reading.data is None


# --- files -------------------------------------------------------------------------------------


def put(root: Path, path: str, content: bytes | str = "title: 甲\n") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def refused(path: Path) -> tuple[str, int]:
    with pytest.raises(NotReadable) as caught:
        decode(read_bytes(path))
    return caught.value.problem.code, caught.value.problem.line


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = put(tmp_path, "a.yaml", b"x" * MAX_BYTES)
    assert len(read_bytes(file)) == MAX_BYTES
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    assert refused(file)[0] == "JZY105"


def test_a_sparse_giant_is_refused_without_being_read(tmp_path: Path) -> None:
    file = put(tmp_path, "a.yaml", b"")
    os.truncate(file, 2**40)
    assert refused(file)[0] == "JZY105"


@pytest.mark.parametrize("name", ["link", "dangling", "folder", "pipe", "absent"])
def test_only_a_regular_file_is_read_and_nothing_is_waited_for(tmp_path: Path, name: str) -> None:
    target = put(tmp_path, "target.yaml")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / name)[0] == "JZY111"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("title: a\nnote: 公开课\n".encode("gb18030"), 2),
        ("title: 甲\n".encode("utf-16"), 1),
        (b"a: 1\n\nb: \xed\xa0\x80\n", 3),
        (b"a: \xc0\xaf\n", 1),
        ("甲: 乙\n".encode()[:-2], 1),
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int
) -> None:
    assert refused(put(tmp_path, "a.yaml", content)) == ("JZY102", line)


def test_loading_takes_records_and_tells_of_everything_else(tmp_path: Path) -> None:
    text = "\ufefftitle: 甲\r\nstarts: 2021-03-18\r\n"
    put(tmp_path, GOOD, text)
    put(tmp_path, "records/institution.yaml", "name: 学院\n")
    put(tmp_path, "records/policies/policy-a-1.md", "---\ntitle: 办法\n---\n正文\n")
    put(tmp_path, "records/events/README.md", "说明")
    put(tmp_path, "records/events/attachments/a.pdf", b"%PDF")
    put(tmp_path, "records/events/.evt.swp", b"\xff")
    wrong = {
        "records/event.yaml": "JZY110",  # no singleton
        "records/unit.yaml": "JZY110",
        "records/others/evt-20210318-k3f9.yaml": "JZY110",
        "records/events/evt-20210318-aaaa.yaml": "JZY110",  # no year
        "records/events/21/evt-20210318-aaab.yaml": "JZY110",
        "records/events/2021/03/evt-20210318-aaac.yaml": "JZY110",
        "records/events/2021/evt-20210318-aaad.yml": "JZY110",
        "records/events/2021/evt-20210318-AAAE.yaml": "JZY110",
        "records/events/2021/evt-20210318.yaml": "JZY110",
        "records/events/2021/活动.yaml": "JZY110",
        "records/events/2021/institution.yaml": "JZY110",
        "records/policies/2021/policy-a.md": "JZY110",
        "records/policies/policy-a--b.md": "JZY110",
        "records/policies/policy-b.yaml": "JZY110",
        "records/events/2021/evt-20210318-aaaf.yaml": "JZY102",
    }
    for path in wrong:
        put(tmp_path, path, "活动".encode("gbk") if "aaaf" in path else "title: 甲\n")
    folder = "records/events/2021/evt-20210318-aaag.yaml"  # called like a record
    put(tmp_path, f"{folder}/README", "title: 甲\n")
    wrong[folder] = "JZY111"
    for name in ("aaah", "aaai"):
        wrong[f"records/events/2021/evt-20210318-{name}.yaml"] = "JZY111"
    (tmp_path / "records/events/2021/evt-20210318-aaah.yaml").symlink_to(tmp_path / GOOD)
    os.mkfifo(tmp_path / "records/events/2021/evt-20210318-aaai.yaml")
    (tmp_path / "records/events/2020").symlink_to(tmp_path / "records/events/2021")
    wrong["records/events/2020"] = "JZY111"

    loaded = load(tmp_path, KINDS)
    assert {path: problem.code for path, problem in loaded.problems} == wrong
    assert all(problem.message and problem.advice for _, problem in loaded.problems)
    assert {(record.kind, record.id) for record in loaded.records} == {
        ("event", "evt-20210318-k3f9"),
        ("institution", "institution"),
        ("policy", "policy-a-1"),
    }
    event = next(record for record in loaded.records if record.kind == "event")
    assert event.data == {"title": "甲", "starts": "2021-03-18"}
    assert event.text == text.removeprefix("\ufeff")
