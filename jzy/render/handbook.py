"""The documentation's page of rules, from the rules themselves."""

from __future__ import annotations

from collections.abc import Mapping

from jzy.model.findings import RuleText, Severity

_SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTE: "提示"}
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
    """Every rule as Markdown, in chapters by the first digit of its code."""
    lines = ["# 规则", "", "本页由 `jzy explain --markdown` 生成，请勿手工修改。"]
    chapter = ""
    for code, rule in sorted(rules.items()):
        if code[3] != chapter:
            chapter = code[3]
            lines += ["", f"## {_CHAPTERS.get(chapter, chapter)}"]
        lines += ["", f"### {code} {rule.title}（{_SEVERITIES[rule.severity]}）", ""]
        lines += [rule.description, "", f"→ {rule.advice}"]
    return "\n".join(lines) + "\n"
