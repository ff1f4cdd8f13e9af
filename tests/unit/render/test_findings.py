"""The formats of findings: what each must hold for any finding, and what some look like."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any
from unicodedata import category
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from wcwidth import wcwidth

from jzy.model.display import UNSAFE, visible, wrap
from jzy.model.findings import Finding, RuleText, Severity
from jzy.render.excerpt import clip
from jzy.render.findings import FORMATS, render_text

SCHEMA = Path(__file__).parents[2] / "data" / "sarif-2.1.0.schema.json"
RULES = {
    "JZY401": RuleText("JZY401", "未批先办", "活动应在审批完成之后举办。", "请补办手续。"),
    "JZY503": RuleText(
        "JZY503", "缺少日历", "每年应有日历。", "请补充该年的日历。", Severity.WARNING
    ),
}
PATH = "records/events/2021/evt-20210318-k3f9.yaml"
HELD = Finding(
    PATH,
    12,
    7,
    "JZY401",
    Severity.ERROR,
    "活动已举办，但审批流程未走完：还缺“主要领导”一级",
    "请补办手续，并在备注中说明原因。",
    "evt-20210318-k3f9",
    "host: unit-x",
)
NOWHERE = Finding("", 0, 0, "JZY503", Severity.WARNING, "缺少 2027 年的日历", "")

nasty = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]),
        st.sampled_from("中文，。：“”《%:,\r\n\x1b\x9b]({}[\\|a b"),
    ),
    max_size=60,
)
findings = st.builds(
    Finding,
    path=nasty,
    line=st.integers(0, 10**6),
    column=st.integers(0, 200),
    code=st.sampled_from(["JZY401", "JZY503", "JZY999"]),
    severity=st.sampled_from(Severity),
    message=nasty,
    advice=nasty,
    record=nasty,
    source=nasty,
)
runs = st.lists(findings, max_size=4)


def columns(text: str) -> int:
    return sum(max(wcwidth(each), 0) for each in text)


def plain(role: str, text: str) -> str:
    return text


def sarif_run(some: list[Finding]) -> dict[str, Any]:
    log = json.loads(FORMATS["sarif"].render(some, RULES, tool_version="0.1.0"))
    run: dict[str, Any] = log["runs"][0]
    return run


# --- for every format -------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@given(some=runs)
def test_no_raw_control_character_comes_out(name: str, some: list[Finding]) -> None:
    written = FORMATS[name].render(some, RULES, tool_version="0.1.0")
    assert {each for each in written if category(each) in UNSAFE} <= {"\n"}
    written.encode("utf-8")
    assert written.endswith("\n") or (name == "github" and not some)


@pytest.mark.parametrize("name", ["json", "gitlab", "sarif"])
def test_chinese_can_be_read_in_json(name: str) -> None:
    assert "活动已举办" in FORMATS[name].render([HELD], RULES, tool_version="0.1.0")


# --- text -------------------------------------------------------------------------------------


def test_a_block_of_text() -> None:
    assert FORMATS["text"].render([HELD, NOWHERE], RULES, tool_version="0") == (
        f"{PATH}:12:7  错误 JZY401\n"
        "  活动已举办，但审批流程未走完：还缺“主要领导”一级\n"
        "  → 请补办手续，并在备注中说明原因。\n"
        "   12 | host: unit-x\n"
        "      |       ^\n"
        "\n"
        "（整个仓库）  警告 JZY503\n"
        "  缺少 2027 年的日历\n"
        "  → 请补充该年的日历。\n"
        "\n"
        "1 个错误，1 个警告\n"
    )


def test_no_finding_is_said_in_words() -> None:
    assert FORMATS["text"].render([], RULES, tool_version="0") == "没有发现问题\n"


def test_roles_reach_the_style() -> None:
    styled = render_text([HELD], RULES, 80, lambda role, text: f"<{role}>{text}</{role}>")
    assert set(re.findall(r"<([a-z]+)>", styled)) == {
        "place", "error", "code", "message", "advice", "gutter", "source", "caret", "summary",
    }  # fmt: skip


def test_the_caret_stands_under_chinese() -> None:
    line = "title: 示例：数字素养公开课"
    column = line.index("数") + 1
    lines = render_text(
        [Finding("a.yaml", 3, column, "JZY401", Severity.ERROR, "题目", "", "", line)],
        RULES, 80, plain,
    ).splitlines()  # fmt: skip
    source = next(each for each in lines if "示例" in each)
    caret = next(each for each in lines if each.endswith("^"))
    assert columns(source[: source.index("数")]) == columns(caret[:-1])


def test_terminal_escapes_are_shown() -> None:
    bad = Finding(
        "a\x1b]0;x\x07.yaml", 1, 1, "JZY401", Severity.ERROR, "\u202e\x9b2J", "", "", "\t"
    )
    said = render_text([bad], RULES, 80, plain)
    assert "a\\x1b]0;x\\x07.yaml" in said
    assert "\\u202e\\x9b2J" in said


@given(some=runs, width=st.integers(24, 120))
def test_lines_fit_the_terminal(some: list[Finding], width: int) -> None:
    for line in render_text(some, RULES, width, plain).splitlines():
        # The first line of a block is a path, which stays whole so that it can be clicked.
        if line.startswith("  "):
            assert columns(line) <= max(width, len(line.split("|")[0]) + 14)


@given(source=nasty, column=st.integers(1, 80), room=st.integers(12, 60))
def test_the_caret_points_at_its_character(source: str, column: int, room: int) -> None:
    shown, before = clip(source, column, room)
    assert columns(shown) <= room
    assert before < room
    ends = [columns(shown[:end]) for end in range(len(shown) + 1)]
    assert before in ends
    if column <= len(source):
        cell = visible(source[column - 1])
        starts = [number for number, end in enumerate(ends) if end == before]
        assert any(shown.startswith(cell, start) for start in starts)


def test_a_very_long_line_costs_little() -> None:
    shown, before = clip("长" * 3_000_000, 2_000_000, 60)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert 20 <= before <= 40


@given(text=nasty.map(visible), width=st.integers(4, 60))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_wrapping_minds_punctuation() -> None:
    assert wrap("一二三四五，六七“八九”", 12) == ["一二三四五，", "六七“八九”"]
    assert wrap("请见 records/events 目录", 14) == ["请见", "records/events", "目录"]


# --- json -------------------------------------------------------------------------------------


@given(some=runs)
def test_json_gives_back_every_field(some: list[Finding]) -> None:
    read = json.loads(FORMATS["json"].render(some, {}, tool_version="0.1.0"))
    assert read["version"] == 1
    assert read["summary"]["total"] == len(some)
    again = []
    for each in read["findings"]:
        del each["title"]
        again.append(Finding(**{**each, "severity": Severity(each["severity"])}))
    assert again == some


def test_json_counts() -> None:
    read = json.loads(FORMATS["json"].render([HELD, NOWHERE], RULES, tool_version="0.1.0"))
    assert read["summary"] == {"total": 2, "errors": 1, "warnings": 1, "notes": 0}
    assert read["findings"][1]["advice"] == "请补充该年的日历。"


# --- github -----------------------------------------------------------------------------------


def test_a_workflow_command() -> None:
    assert FORMATS["github"].render([HELD, NOWHERE], RULES, tool_version="0").splitlines() == [
        f"::error file={PATH},line=12,col=7,title=JZY401 未批先办::"
        "活动已举办，但审批流程未走完：还缺“主要领导”一级%0A请补办手续，并在备注中说明原因。",
        "::warning title=JZY503 缺少日历::缺少 2027 年的日历%0A请补充该年的日历。",
    ]


def test_workflow_commands_are_escaped() -> None:
    bad = Finding("a,b:c%.yaml", 1, 2, "JZY999", Severity.NOTE, "100%\r\n::error::x, y: z", "")
    assert FORMATS["github"].render([bad], RULES, tool_version="0") == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=JZY999::100%25%0D%0A::error::x, y: z\n"
    )


@given(some=runs)
def test_a_workflow_command_is_one_line_and_reads_back(some: list[Finding]) -> None:
    lines = FORMATS["github"].render(some, {}, tool_version="0").splitlines()
    assert len(lines) == len(some)
    for line, finding in zip(lines, some, strict=True):
        # As the runner reads it: up to the next "::", by comma, by the first "=".
        head, _, data = line.removeprefix("::").partition("::")
        properties = dict(each.split("=", 1) for each in head.partition(" ")[2].split(","))
        path = properties.get("file", "")
        for code, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r")):
            path, data = path.replace(code, character), data.replace(code, character)
        assert visible(path.replace("%25", "%")) == visible(finding.path)
        said = "\n".join(filter(None, (finding.message, finding.advice)))
        assert visible(data.replace("%25", "%")) == visible(said)


# --- gitlab -----------------------------------------------------------------------------------


def gitlab(some: list[Finding]) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(
        FORMATS["gitlab"].render(some, RULES, tool_version="0.1.0")
    )
    return read


def moved(finding: Finding, lines: int) -> Finding:
    return Finding(
        finding.path, finding.line + lines, finding.column, finding.code, finding.severity,
        finding.message, finding.advice, finding.record, finding.source,
    )  # fmt: skip


def test_a_code_quality_report() -> None:
    first, second = gitlab([HELD, NOWHERE])
    assert first["location"] == {"path": PATH, "lines": {"begin": 12}}
    assert (first["severity"], second["severity"]) == ("major", "minor")
    assert second["location"]["lines"]["begin"] == 1
    assert set(first) == {"description", "check_name", "fingerprint", "severity", "location"}


def test_fingerprints_stay_when_lines_move() -> None:
    assert gitlab([HELD])[0]["fingerprint"] == gitlab([moved(HELD, 5)])[0]["fingerprint"]


@given(some=runs)
def test_fingerprints_are_unique(some: list[Finding]) -> None:
    twice = [*some, *(moved(each, 1) for each in some)]
    prints = [each["fingerprint"] for each in gitlab(twice)]
    assert len(set(prints)) == len(prints)


# --- sarif ------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(some=runs)
def test_sarif_is_valid(some: list[Finding]) -> None:
    log = json.loads(FORMATS["sarif"].render(some, RULES, tool_version="0.1.0"))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert list(itertools.islice(Draft4Validator(schema).iter_errors(log), 3)) == []


def test_sarif_places_count_characters() -> None:
    run = sarif_run([HELD])
    assert run["columnKind"] == "unicodeCodePoints"
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "JZY401"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": PATH, "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 12, "startColumn": 7}
    assert "locations" not in sarif_run([NOWHERE])["results"][0]


@given(path=nasty.filter(bool))
def test_sarif_addresses_are_percent_encoded(path: str) -> None:
    found = Finding(path, 1, 1, "JZY401", Severity.ERROR, "一", "二")
    place = sarif_run([found])["results"][0]["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri)
    raw = unquote_to_bytes(uri)
    assert path in (raw.decode("utf-8", "surrogateescape"), raw.decode("utf-8", "surrogatepass"))


def test_sarif_messages_hold_no_placeholder_and_no_link() -> None:
    found = Finding(PATH, 1, 1, "JZY401", Severity.ERROR, "{0} [见](javascript:x) \\", "改")
    text = sarif_run([found])["results"][0]["message"]["text"]
    assert text == "{{0}} [见\\](javascript:x) \\\\\n改"
