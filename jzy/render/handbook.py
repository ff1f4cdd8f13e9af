"""The documentation's page of rules, from the rules themselves."""

from __future__ import annotations

from collections.abc import Mapping

from jzy.model.display import visible
from jzy.model.findings import RuleText, Severity

CHANGEABLE = "可在 schemas/{kind}.overlay.json 中修改、停用或另行增加。"
"""How an office has a check otherwise."""
_SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTE: "提示"}
_OURS = "JZY"
_CHAPTERS = {
    "1": "读取",
    "2": "格式",
    "3": "引用与组织",
    "4": "办理与签批",
    "5": "制度要求",
    "6": "个人信息",
    "7": "报告",
}


def rules_page(rules: Mapping[str, RuleText]) -> str:
    """Every rule and check as Markdown.

    Those of jzy come in chapters by the first digit of the code; an office's own, whose codes
    begin with other letters, come last, by these letters.
    """
    lines = ["# 规则", "", "本页由 `jzy explain --markdown` 生成，请勿手工修改。", ""]
    lines += [
        "注明类别的规则是写在该类格式文件（`x-jzy-checks`）中的检查，"
        + CHANGEABLE.format(kind="类别")
    ]
    chapter = ""
    for code, rule in sorted(rules.items(), key=lambda pair: (_own(pair[0]), pair[0])):
        title = _chapter(code)
        if title != chapter:
            chapter = title
            lines += ["", f"## {title}"]
        lines += ["", f"### {code} {rule.title}（{_SEVERITIES[rule.severity]}）", ""]
        lines += [rule.description + (f"（类别：`{rule.kind}`）" if rule.kind else "")]
        lines += ["", f"→ {rule.advice}"]
    # An office writes its checks itself, and the page may end on a terminal.
    return "\n".join(visible(line) for line in lines) + "\n"


def _own(code: str) -> bool:
    return not code.startswith(_OURS)


def _chapter(code: str) -> str:
    if _own(code):
        return f"本单位的检查（{code.rstrip('0123456789')}）"
    digit = code[len(_OURS)]
    return _CHAPTERS.get(digit, digit)
