"""A document as one HTML file: no script, nothing to load, every figure a link to its evidence.

The page forbids itself everything but its own style sheet (a content security policy with the
sheet's hash), so that a text that slipped through escaping could still neither run nor load.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from html import escape as _html

from jzy.model.document import (
    FORM,
    AttachmentNote,
    Block,
    Chart,
    Document,
    Emphasis,
    Evidence,
    EvidenceRecord,
    FigureRun,
    Grid,
    Heading,
    Inline,
    LineBreak,
    ListItem,
    PageBreak,
    Paragraph,
    Runs,
    Signature,
    Strong,
    Table,
    Text,
    Title,
)
from jzy.model.materials import materials
from jzy.model.moments import date_cn
from jzy.render import chart
from jzy.render.appendix import NO_RECORDS, TITLE, shown_date
from jzy.render.escape import one_line
from jzy.render.html_grid import grid_css, grid_html
from jzy.render.style import CSS, FORM_CSS

_OPEN_UP_TO = 6


def write(document: Document) -> str:
    """The document as a whole HTML page."""
    return "\n".join(_Page(document).lines()) + "\n"


def _text(text: str) -> str:
    return _html(one_line(text), quote=True)


class _Page:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._numbers = {each.key: n for n, each in enumerate(document.evidence, 1)}
        self._materials = {each.record.id: each.number for each in materials(document)}
        self._anchored: set[str] = set()
        self._grids = 0

    def lines(self) -> Iterator[str]:
        """The page, line by line."""
        meta = self._document.meta
        css = CSS + (FORM_CSS if self._document.layout == FORM else "")
        css += grid_css([block for block in self._document.blocks if isinstance(block, Grid)])
        digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        yield "<!DOCTYPE html>"
        yield f'<html lang="{_text(meta.language)}">'
        yield "<head>"
        yield '<meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="referrer" content="no-referrer">'
        if meta.organisation:
            yield f'<meta name="author" content="{_text(meta.organisation)}">'
        yield f"<title>{_text(self._document.title)}</title>"
        yield f"<style>{css}</style>"
        yield "</head>"
        yield "<body>"
        yield "<main>"
        for block in self._document.blocks:
            yield self._block(block)
        if self._document.evidence:
            yield from self._evidence()
        if meta.commit:
            dated = f"，{date_cn(meta.date)}" if meta.date else ""
            yield f"<footer>数据取自提交 <code>{_text(meta.commit[:12])}</code>{dated}。</footer>"
        yield "</main>"
        yield "</body>"
        yield "</html>"

    def _block(self, block: Block) -> str:
        match block:
            case Title(runs):
                return self._title(runs)
            case Heading(level, number, runs):
                return f"<h{level + 1}>{_text(number)}{self._runs(runs)}</h{level + 1}>"
            case Paragraph(runs, role):
                kind = f' class="{_text(role)}"' if role != "body" else ""
                return f"<p{kind}>{self._runs(runs)}</p>"
            case ListItem(depth, number, runs):
                kind = ("", ' class="deep"', ' class="deeper"')[min(depth, 3) - 1]
                return f"<p{kind}>{_text(number)}{self._runs(runs)}</p>"
            case Table():
                return self._table(block)
            case Grid():
                self._grids += 1
                return grid_html(block, self._grids, self._runs)
            case Chart():
                return chart.figure(block)
            case AttachmentNote(names):
                listed = (
                    f"{number}. {_text(name)}" if len(names) > 1 else _text(name)
                    for number, name in enumerate(names, 1)
                )
                return f'<p class="attachments">附件：{"<br>".join(listed)}</p>'
            case Signature(signatory, day):
                dated = f'<p class="day">{_text(day)}</p>' if day else ""
                return f'<div class="signature"><div><p>{_text(signatory)}</p>{dated}</div></div>'
            case PageBreak():
                return "<hr>"

    def _title(self, runs: Runs) -> str:
        lines: list[list[Inline]] = [[]]
        for run in runs:
            if isinstance(run, LineBreak):
                lines.append([])
            else:
                lines[-1].append(run)
        parts = [f"<span>{self._runs(tuple(line))}</span>" for line in lines]
        return f"<h1>{''.join(parts)}</h1>"

    def _runs(self, runs: Runs) -> str:
        parts: list[str] = []
        for run in runs:
            match run:
                case Text(text):
                    parts.append(_text(text))
                case FigureRun(key, text):
                    parts.append(self._figure(key, text))
                case Strong(inner):
                    parts.append(f"<strong>{self._runs(inner)}</strong>")
                case Emphasis(inner):
                    parts.append(f"<em>{self._runs(inner)}</em>")
                case LineBreak():
                    parts.append("<br>")
        return "".join(parts)

    def _figure(self, key: str, text: str) -> str:
        number = self._numbers[key]
        evidence = self._document.evidence[number - 1]
        # The first place of a figure can be gone back to.
        place = "" if key in self._anchored else f' id="f{number}"'
        self._anchored.add(key)
        hint = f"{evidence.title}：{evidence.text}，依据 {len(evidence.records)} 条记录"
        return f'<a{place} href="#e{number}" title="{_text(hint)}">{_text(text)}</a>'

    def _table(self, table: Table) -> str:
        kinds = [f' class="{each}"' if each in ("center", "right") else "" for each in table.align]
        head = "".join(
            f"<th{k}>{self._runs(c)}</th>" for k, c in zip(kinds, table.header, strict=True)
        )
        rows = (
            "".join(f"<td{k}>{self._runs(c)}</td>" for k, c in zip(kinds, row, strict=True))
            for row in table.rows
        )
        body = "\n".join(f"<tr>{row}</tr>" for row in rows)
        return (
            f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table></div>"
        )

    def _evidence(self) -> Iterator[str]:
        yield '<section class="evidence" id="evidence">'
        yield f"<h2>{TITLE}</h2>"
        for number, each in enumerate(self._document.evidence, 1):
            yield from self._entry(number, each)
        yield "</section>"

    def _entry(self, number: int, evidence: Evidence) -> Iterator[str]:
        back = f' <a class="back" href="#f{number}" title="回到正文">↑ 正文</a>'
        yield f'<article id="e{number}">'
        yield (
            f"<h3>{number}. {_text(evidence.title)}："
            f'<span class="value">{_text(evidence.text)}</span>{back}</h3>'
        )
        if evidence.definition:
            yield f'<p class="definition">口径：{_text(evidence.definition)}</p>'
        if not evidence.records:
            yield f'<p class="definition">记录：{NO_RECORDS}</p>'
        else:
            shown = " open" if len(evidence.records) <= _OPEN_UP_TO else ""
            yield f"<details{shown}><summary>{len(evidence.records)} 条记录</summary>"
            yield "<ul>"
            for record in evidence.records:
                yield f"<li>{_record(self._materials[record.id], record)}</li>"
            yield "</ul></details>"
        yield "</article>"


def _record(number: str, record: EvidenceRecord) -> str:
    dated = f"，{_text(shown_date(record.date))}" if record.date else ""
    commit = f" @ <code>{_text(record.commit[:12])}</code>" if record.commit else "（尚未提交）"
    path = _text(record.path or record.id)
    return (
        f'<span class="number">{number}</span> {_text(record.kind)}：{_text(record.name)}{dated}'
        f'<span class="where"><code>{path}</code>{commit}</span>'
    )
