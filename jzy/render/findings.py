"""Findings in the formats that people and machines read: text, json, github, gitlab, sarif.

Every format is a small class in :data:`FORMATS`, and an option's choices come from its keys.
Findings quote records, and records are hostile input: no character that a terminal, a log or a
web page could take for a command ever comes out as it went in, see :func:`visible`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from unicodedata import category
from urllib.parse import quote

from jzy.model.display import UNSAFE, visible, wrap
from jzy.model.findings import Finding, RuleText, Severity
from jzy.render.excerpt import clip

Style = Callable[[str, str], str]
"""Role and text to the text in colour. Roles: place, code, message, advice, gutter, source, caret,
summary, and the severities. The text has been through :func:`visible`."""

_NO_FILE = "（整个仓库）"
_SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTE: "提示"}
_LONGEST_SOURCE = 200
_NARROWEST = 24


class FindingFormat(Protocol):
    """A way to write findings down."""

    def render(
        self, findings: Sequence[Finding], rules: Mapping[str, RuleText], *, tool_version: str
    ) -> str:
        """Write findings down, in the order given.

        Args:
            findings: all findings of a run.
            rules: the words of rules by code; a finding's code may be missing in it.
            tool_version: jzy's own version.

        Returns:
            The whole output; it ends with a line end unless it is empty.
        """
        ...


def _advice(finding: Finding, rules: Mapping[str, RuleText]) -> str:
    if finding.advice or finding.code not in rules:
        return finding.advice
    return rules[finding.code].advice


def _said(finding: Finding, rules: Mapping[str, RuleText], between: str) -> str:
    return between.join(filter(None, (finding.message, _advice(finding, rules))))


def summary(findings: Sequence[Finding]) -> str:
    """One Chinese sentence that counts findings by severity."""
    counts = Counter(finding.severity for finding in findings)
    if not findings:
        return "没有发现问题"
    said = f"{counts[Severity.ERROR]} 个错误，{counts[Severity.WARNING]} 个警告"
    if counts[Severity.NOTE]:
        said += f"，{counts[Severity.NOTE]} 个提示"
    return said


# --- text -----------------------------------------------------------------------------------


def render_text(
    findings: Sequence[Finding], rules: Mapping[str, RuleText], width: int, style: Style
) -> str:
    """Findings for a terminal: one block each, and a line of summary at the end.

    Args:
        findings: all findings of a run.
        rules: a rule's advice stands in where a finding has none.
        width: columns of the terminal; 0 wraps nothing and clips only very long source lines.
        style: what colours a piece of text.
    """
    wide = max(width, _NARROWEST) if width else 0
    blocks = ["\n".join(_block(finding, rules, wide, style)) for finding in findings]
    blocks.append(style("summary", summary(findings)))
    return "\n\n".join(blocks) + "\n"


def _block(
    finding: Finding, rules: Mapping[str, RuleText], width: int, style: Style
) -> Iterator[str]:
    place = visible(finding.path) or _NO_FILE
    if finding.path and finding.line:
        place += f":{finding.line}:{finding.column}" if finding.column else f":{finding.line}"
    severity = style(finding.severity.value, _SEVERITIES[finding.severity])
    yield f"{style('place', place)}  {severity} {style('code', visible(finding.code))}"
    for line in wrap(visible(finding.message), width and width - 2):
        yield "  " + style("message", line)
    for number, line in enumerate(wrap(visible(_advice(finding, rules)), width and width - 4)):
        yield ("    " if number else "  → ") + style("advice", line)
    if finding.line and finding.source.strip():
        gutter = f"   {finding.line} | "
        room = width - len(gutter) if width else _LONGEST_SOURCE
        source, before = clip(finding.source, finding.column, max(room, _NARROWEST // 2))
        yield style("gutter", gutter) + style("source", source)
        if finding.column:
            blank = " " * (len(gutter) - 2) + "| "
            yield style("gutter", blank) + " " * before + style("caret", "^")


class _Text:
    """For people, without colour: into a file or a pipe."""

    def render(
        self,
        findings: Sequence[Finding],
        rules: Mapping[str, RuleText],
        *,
        tool_version: str,  # noqa: ARG002 - one call for every format
    ) -> str:
        """See :class:`FindingFormat`."""
        return render_text(findings, rules, 0, lambda _role, text: text)


# --- json and what is built on it -----------------------------------------------------------


def _json(value: Any) -> str:
    """JSON in which Chinese can be read and no character can act on a terminal."""
    written = json.dumps(value, ensure_ascii=False, indent=2)
    # Outside strings JSON is plain ASCII, so every such character stands inside one.
    unsafe = {each for each in set(written) if each != "\n" and category(each) in UNSAFE}
    return written.translate({ord(each): _unit(each) for each in unsafe}) + "\n"


def _unit(character: str) -> str:
    r"""``\uXXXX``, twice where UTF-16 needs two units."""
    raw = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{raw[start : start + 4]}" for start in range(0, len(raw), 4))


class _Json:
    """For programs: one versioned object."""

    def render(
        self,
        findings: Sequence[Finding],
        rules: Mapping[str, RuleText],
        *,
        tool_version: str,
    ) -> str:
        """See :class:`FindingFormat`."""
        counts = Counter(finding.severity for finding in findings)
        return _json(
            {
                "version": 1,
                "tool": {"name": "jzy", "version": tool_version},
                "findings": [
                    {
                        "path": finding.path,
                        "line": finding.line,
                        "column": finding.column,
                        "code": finding.code,
                        "title": rules[finding.code].title if finding.code in rules else "",
                        "severity": finding.severity.value,
                        "message": finding.message,
                        "advice": _advice(finding, rules),
                        "record": finding.record,
                        "source": finding.source,
                    }
                    for finding in findings
                ],
                "summary": {
                    "total": len(findings),
                    **{f"{severity.value}s": counts[severity] for severity in Severity},
                },
            }
        )


def _fingerprints(findings: Sequence[Finding]) -> Iterator[str]:
    """A hash for each finding that stays when lines move; equal findings are numbered."""
    seen: Counter[str] = Counter()
    for finding in findings:
        parts = [finding.code, finding.path, finding.message, finding.source.strip()]
        key = json.dumps(parts)
        yield hashlib.sha256(json.dumps([key, seen[key]]).encode("ascii")).hexdigest()
        seen[key] += 1


class _GitLab:
    """GitLab's Code Quality report."""

    _severity: Mapping[Severity, str] = {
        Severity.ERROR: "major",
        Severity.WARNING: "minor",
        Severity.NOTE: "info",
    }

    def render(
        self,
        findings: Sequence[Finding],
        rules: Mapping[str, RuleText],
        *,
        tool_version: str,  # noqa: ARG002
    ) -> str:
        """See :class:`FindingFormat`."""
        return _json(
            [
                {
                    "description": _said(finding, rules, " "),
                    "check_name": finding.code,
                    "fingerprint": fingerprint,
                    "severity": self._severity[finding.severity],
                    # A path and a line are obligatory there.
                    "location": {
                        "path": finding.path or "records",
                        "lines": {"begin": max(finding.line, 1)},
                    },
                }
                for finding, fingerprint in zip(findings, _fingerprints(findings), strict=True)
            ]
        )


class _GitHub:
    """Workflow commands, which become annotations in a pull request."""

    _command: Mapping[Severity, str] = {
        Severity.ERROR: "error",
        Severity.WARNING: "warning",
        Severity.NOTE: "notice",
    }

    def render(
        self,
        findings: Sequence[Finding],
        rules: Mapping[str, RuleText],
        *,
        tool_version: str,  # noqa: ARG002
    ) -> str:
        """See :class:`FindingFormat`."""
        return "".join(self._line(finding, rules) + "\n" for finding in findings)

    def _line(self, finding: Finding, rules: Mapping[str, RuleText]) -> str:
        rule = rules.get(finding.code)
        properties = {"title": f"{finding.code} {rule.title}" if rule else finding.code}
        if finding.path:
            properties = {"file": finding.path, **self._position(finding), **properties}
        written = ",".join(f"{name}={self._property(text)}" for name, text in properties.items())
        said = self._data(_said(finding, rules, "\n"))
        return f"::{self._command[finding.severity]} {written}::{said}"

    @staticmethod
    def _position(finding: Finding) -> dict[str, str]:
        if not finding.line:
            return {}
        return {"line": str(finding.line), "col": str(max(finding.column, 1))}

    @staticmethod
    def _data(text: str) -> str:
        """The runner turns these three back, and nothing else."""
        kept = "".join(each if each in "\r\n" else visible(each) for each in text)
        return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def _property(self, text: str) -> str:
        return self._data(text).replace(":", "%3A").replace(",", "%2C")


# --- sarif ----------------------------------------------------------------------------------


def _message(text: str) -> dict[str, str]:
    """A plain text message object in which nothing is a placeholder or a link (§3.11.5, 3.11.6)."""
    escaped = text.replace("\\", "\\\\").replace("](", "\\](")
    return {"text": escaped.replace("{", "{{").replace("}", "}}")}


def _uri(path: str) -> str:
    """A path as a relative URI reference; bytes that are not UTF-8 stay the bytes they are."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/")


class _Sarif:
    """SARIF 2.1.0, the exchange format of analysis tools."""

    _base = "%SRCROOT%"

    def render(
        self,
        findings: Sequence[Finding],
        rules: Mapping[str, RuleText],
        *,
        tool_version: str,
    ) -> str:
        """See :class:`FindingFormat`."""
        codes = sorted(rules)
        index = {code: number for number, code in enumerate(codes)}
        driver = {
            "name": "jzy",
            "version": tool_version,
            "language": "zh-CN",
            "rules": [self._rule(rules[code]) for code in codes],
        }
        run = {
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": True}],
            # Findings count characters; without this a reader counts UTF-16 units.
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {self._base: {"description": {"text": "记录仓库的根目录"}}},
            "results": [
                self._result(finding, fingerprint, rules, index)
                for finding, fingerprint in zip(findings, _fingerprints(findings), strict=True)
            ],
        }
        return _json({"version": "2.1.0", "runs": [run]})

    @staticmethod
    def _rule(rule: RuleText) -> dict[str, Any]:
        return {
            "id": rule.code,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.description},
            "help": {"text": rule.advice},
            "defaultConfiguration": {"level": rule.severity.value},
        }

    def _result(
        self,
        finding: Finding,
        fingerprint: str,
        rules: Mapping[str, RuleText],
        index: Mapping[str, int],
    ) -> dict[str, Any]:
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "level": finding.severity.value,
            "message": _message(_said(finding, rules, "\n")),
            "partialFingerprints": {"jzyFinding/v1": fingerprint},
        }
        if finding.code in index:
            result["ruleIndex"] = index[finding.code]
        location: dict[str, Any] = {}
        if finding.path:
            location["physicalLocation"] = self._physical(finding)
        if finding.record:
            location["logicalLocations"] = [{"name": finding.record, "kind": "object"}]
        if location:
            result["locations"] = [location]
        return result

    def _physical(self, finding: Finding) -> dict[str, Any]:
        physical: dict[str, Any] = {
            "artifactLocation": {"uri": _uri(finding.path), "uriBaseId": self._base}
        }
        if finding.line:
            physical["region"] = {
                "startLine": finding.line,
                "startColumn": max(finding.column, 1),
            }
            if finding.source:
                physical["contextRegion"] = {
                    "startLine": finding.line,
                    "snippet": {"text": finding.source},
                }
        return physical


FORMATS: Mapping[str, FindingFormat] = {
    "text": _Text(),
    "json": _Json(),
    "github": _GitHub(),
    "gitlab": _GitLab(),
    "sarif": _Sarif(),
}
"""Every format by the name that ``--format`` takes."""
