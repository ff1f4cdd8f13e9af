"""From Markdown text to a document.

CommonMark by markdown-it, cut down to what an official paper has: headings, paragraphs, lists,
tables, stress. Links, images, raw HTML, code and quotations are not there; what looks like one of
them stays text, so no narrative can load, run or hide anything.

Headings: ``#`` is the title; ``##`` to ``#####`` are the four levels 一、（一）1.（1）. **The
parser writes the numbers**, so a template with a left-out section stays right; a number that
somebody typed before a heading is dropped. Lists are numbered 1. （1） ① by depth.

Directives are fenced containers::

    ::: signature        two paragraphs: who signs, and the date
    ::: attachments      a list of names
    ::: addressee        the addressee's line, without indent
    ::: notice           a remark on the document, set apart
    ::: pagebreak        what follows begins on a new page
    ::: line             a line above or below a form, small and without indent
    ::: block N          blocks that were made before, such as the grid of a form
    ::: chart TITLE      a table: label, unit, numbers to be drawn as bars beside each other
    :::
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from markdown_it.token import Token
from markupsafe import Markup

from jzy.model.document import (
    AttachmentNote,
    Block,
    Document,
    Emphasis,
    FigureRun,
    Heading,
    Inline,
    LineBreak,
    ListItem,
    Meta,
    PageBreak,
    Paragraph,
    Runs,
    Signature,
    Strong,
    Table,
    Text,
    Title,
    figures,
    plain,
    runs_of,
)
from jzy.model.errors import JzyError
from jzy.render.chart import CHART, charts_of
from jzy.render.commonmark import paper_markdown
from jzy.render.escape import as_markdown
from jzy.render.filters import cn_number
from jzy.render.trace import TOKEN, Tracer

_TYPED_NUMBER = re.compile(
    r"(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d{1,2}[.．、](?!\d)|（\d{1,2}）)\s*"
)
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_DIRECTIVES = ("signature", "attachments", "addressee", "notice", "line", "pagebreak")
_BLOCK = "block"
_MAX_ROWS = 5_000


def parse_document(
    text: str,
    tracer: Tracer,
    *,
    meta: Meta | None = None,
    made: Sequence[Sequence[Block]] = (),
) -> Document:
    """Read Markdown that :func:`jzy.render.templates.render_text` wrote.

    Args:
        text: Markdown with tokens for figures.
        tracer: the tracer that made the figures.
        meta: what the document says of itself.
        made: what ``::: block N`` stands for, N from 0, see :func:`made_block`.

    Raises:
        JzyError: no title or two, an unknown or malformed directive, a heading too deep.
    """
    reader = _Reader(paper_markdown().parse(text), tracer, made)
    blocks = tuple(reader.blocks())
    titles = [block for block in blocks if isinstance(block, Title)]
    if len(titles) != 1:
        raise JzyError(
            "文稿没有标题" if not titles else "文稿有不止一个标题",
            "请在模板中用一个“# ”写标题；其他各级标题用“## ”到“##### ”。",
        )
    used = dict.fromkeys(
        figure.key for block in blocks for runs in runs_of(block) for figure in figures(runs)
    )
    return Document(
        title=plain(titles[0].runs),
        blocks=blocks,
        evidence=tuple(tracer.evidence(key) for key in used),
        meta=meta or Meta(),
    )


def parse_prose(text: str) -> tuple[Block, ...]:
    """A person's Markdown as blocks of a form; its title, if it has one, is a line that stands out.

    Raises:
        JzyError: it holds what a document cannot, such as a table inside a list.
    """
    reader = _Reader(paper_markdown().parse(as_markdown(text)), Tracer())
    return tuple(
        Paragraph((Strong(block.runs),)) if isinstance(block, Title) else block
        for block in reader.blocks()
    )


def made_block(number: int) -> Markup:
    """What a template prints for blocks that were made before."""
    return Markup(f"\n\n::: {_BLOCK} {number}\n:::\n\n")  # noqa: S704 - a number


def heading_number(level: int, count: int) -> str:
    """The number of a heading by GB/T 9704-2012: ``一、``, ``（一）``, ``1.``, ``（1）``."""
    chinese = cn_number(count)
    return (f"{chinese}、", f"（{chinese}）", f"{count}.", f"（{count}）")[level - 1]


def item_number(depth: int, count: int) -> str:
    """The number of a list item: ``1.``, ``（1）``, ``①``."""
    if depth == 1:
        return f"{count}."
    if depth == 2 or not 1 <= count <= len(_CIRCLED):
        return f"（{count}）"
    return _CIRCLED[count - 1]


class _Reader:
    """Walks over markdown-it's tokens once."""

    def __init__(
        self, tokens: Sequence[Token], tracer: Tracer, made: Sequence[Sequence[Block]] = ()
    ) -> None:
        self._tokens = tokens
        self._tracer = tracer
        self._made = made
        self._at = 0
        self._counts = [0, 0, 0, 0]

    def blocks(self) -> Iterator[Block]:
        """Every block of the text."""
        while self._at < len(self._tokens):
            token = self._next()
            match token.type:
                case "heading_open":
                    yield self._heading(token)
                case "paragraph_open":
                    runs = self._inline()
                    if runs:
                        yield Paragraph(runs)
                case "ordered_list_open" | "bullet_list_open":
                    yield from self._list(token, 1)
                case "table_open":
                    yield self._table()
                case "container_jzy_open":
                    yield from self._directive(token)

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _until(self, closing: str) -> Iterator[Token]:
        """The tokens before a closing one, which is taken too."""
        while (token := self._next()).type != closing:
            yield token

    def _inline(self) -> Runs:
        return _Runs(self._next().children or [], self._tracer).read()

    def _heading(self, token: Token) -> Block:
        level = int(token.tag[1:]) - 1
        runs = self._inline()
        if level == 0:
            return Title(_with_breaks(runs))
        if level > 4:
            raise JzyError("标题超过四级", "请改用“## ”到“##### ”四级标题。", where=_line(token))
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (4 - level)
        if runs and isinstance(runs[0], Text):
            runs = (Text(_TYPED_NUMBER.sub("", runs[0].text, count=1)), *runs[1:])
        return Heading(level, heading_number(level, self._counts[level - 1]), runs)

    def _list(self, opening: Token, depth: int) -> Iterator[Block]:
        ordered = opening.type == "ordered_list_open"
        closing = opening.type.replace("open", "close")
        count = int(opening.attrGet("start") or 1) - 1
        for token in self._until(closing):
            if token.type == "list_item_open":
                count += 1
                yield from self._item(item_number(depth, count) if ordered else "·", depth)

    def _item(self, number: str, depth: int) -> Iterator[Block]:
        first = True
        for token in self._until("list_item_close"):
            if token.type == "paragraph_open":
                runs = self._inline()
                yield ListItem(depth, number, runs) if first else Paragraph(runs)
                first = False
            elif token.type in ("ordered_list_open", "bullet_list_open"):
                yield from self._list(token, depth + 1)
            elif token.type not in ("paragraph_close", "inline"):
                raise JzyError("列表中只能有文字和下一级列表", "请把表格和标题移到列表之外。")

    def _table(self) -> Table:
        rows: list[list[Runs]] = []
        align: list[str] = []
        for token in self._until("table_close"):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                if len(rows) == 1:
                    style = str(token.attrGet("style") or "text-align:left")
                    align.append(style.removeprefix("text-align:"))
                rows[-1].append(self._inline())
        if len(rows) > _MAX_ROWS:
            raise JzyError(f"一张表超过 {_MAX_ROWS} 行", "请缩小范围，或改用台账。")
        header, *body = (tuple(row) for row in rows)
        return Table(header, tuple(body), tuple(align))

    def _directive(self, opening: Token) -> Iterator[Block]:
        name, *more = opening.info.split() or [""]
        if name == CHART:
            yield from self._chart(" ".join(more), opening)
            return
        if name == _BLOCK and len(more) == 1 and more[0].isdecimal():
            for _ in self._until("container_jzy_close"):
                pass
            yield from self._made[int(more[0])] if int(more[0]) < len(self._made) else ()
            return
        if name not in _DIRECTIVES or more:
            known = "、".join(_DIRECTIVES)
            raise JzyError(
                f"文稿中有不认识的标记“::: {opening.info.strip()}”",
                f"可用的标记：{known}。",
                where=_line(opening),
            )
        lines = [
            _Runs(token.children or [], self._tracer).read()
            for token in self._until("container_jzy_close")
            if token.type == "inline"
        ]
        if name == "signature":
            if not 1 <= len(lines) <= 2:
                raise JzyError(
                    "署名应为一到两段：署名，日期",
                    "请在署名和日期之间空一行。",
                    where=_line(opening),
                )
            yield Signature(plain(lines[0]), plain(lines[1]) if len(lines) == 2 else "")
        elif name == "attachments":
            if lines:
                yield AttachmentNote(tuple(plain(line).rstrip("。；;.") for line in lines))
        elif name == "pagebreak":
            yield PageBreak()
        else:
            yield from (Paragraph(line, name) for line in lines)

    def _chart(self, title: str, opening: Token) -> Iterator[Block]:
        """A table, and the same numbers to be drawn."""
        tables = [
            self._table()
            for token in self._until("container_jzy_close")
            if token.type == "table_open"
        ]
        for table in tables:
            yield table
            yield from charts_of(title, table, _line(opening))


class _Runs:
    """Inline tokens as runs; a line end in the source is no blank between Chinese characters."""

    def __init__(self, tokens: Sequence[Token], tracer: Tracer) -> None:
        self._tokens = [token for token in tokens if token.type != "text" or token.content]
        self._tracer = tracer
        self._at = 0

    def read(self) -> Runs:
        """All runs."""
        return self._until("")

    def _until(self, closing: str) -> Runs:
        found: list[Inline] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == closing:
                break
            match token.type:
                case "strong_open":
                    found.append(Strong(self._until("strong_close")))
                case "em_open":
                    found.append(Emphasis(self._until("em_close")))
                case "hardbreak":
                    found.append(LineBreak())
                case "softbreak":
                    if self._blank_needed():
                        found.append(Text(" "))
                case "text":
                    found.extend(self._text(token.content))
        return tuple(_merged(found))

    def _text(self, text: str) -> Iterator[Inline]:
        at = 0
        for token in TOKEN.finditer(text):
            if token.start() > at:
                yield Text(text[at : token.start()])
            yield FigureRun(*self._tracer.read(token[1]))
            at = token.end()
        if at < len(text):
            yield Text(text[at:])

    def _blank_needed(self) -> bool:
        return _latin(self._near(-1)[-1:]) and _latin(self._near(1)[:1])

    def _near(self, step: int) -> str:
        """The text before (-1) or after (1) the soft break that was just read."""
        at = self._at - 1 + step
        while 0 <= at < len(self._tokens) and not self._tokens[at].content:
            at += step
        return self._tokens[at].content if 0 <= at < len(self._tokens) else ""


def _latin(sign: str) -> bool:
    """Whether a character is set with blanks between words; a figure's token counts as not."""
    return bool(sign) and east_asian_width(sign) not in "WFA" and ord(sign) < 0x2E80


def _merged(runs: Sequence[Inline]) -> Iterator[Inline]:
    held = ""
    for run in runs:
        if isinstance(run, Text):
            held += run.text
            continue
        if held:
            yield Text(held)
        held = ""
        yield run
    if held:
        yield Text(held)


def _with_breaks(runs: Runs) -> Runs:
    """A title's runs, in which a blank between two Chinese characters is a place for a break."""
    found: list[Inline] = []
    for run in runs:
        if not isinstance(run, Text):
            found.append(run)
            continue
        parts = re.split(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", run.text)
        for number, part in enumerate(parts):
            found += [LineBreak(), Text(part)] if number else [Text(part)]
    return tuple(
        run
        for run, following in pairwise([*found, None])
        if run is not None and not (isinstance(run, LineBreak) and following is None)
    )


def _line(token: Token) -> str:
    return f"生成的文稿:{token.map[0] + 1}" if token.map else ""
