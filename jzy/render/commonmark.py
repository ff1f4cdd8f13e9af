"""CommonMark cut down to what an official paper has, as a parser of markdown-it."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from mdit_py_plugins.container import container_plugin


def paper_markdown() -> MarkdownIt:
    """Headings, paragraphs, lists, tables, stress and directives; all else stays text."""
    parser = MarkdownIt("zero", {"html": False, "maxNesting": 20})
    parser.enable(["heading", "list", "table", "newline", "escape", "entity", "emphasis"])
    parser.enable(["balance_pairs", "fragments_join"])
    parser.inline.ruler.at("emphasis", _stress)
    container_plugin(parser, "jzy", validate=lambda *_: True)
    return parser


def _stress(state: StateInline, silent: bool) -> bool:
    """Asterisks as stress.

    CommonMark asks whether punctuation or a letter stands beside them, which fails in Chinese,
    where no blanks separate words: ``**“队伍”**及`` would keep its asterisks. Here they open
    before anything but a blank, and close after anything but a blank.
    """
    if silent or state.src[state.pos] != "*":
        return False
    begin = end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    opens = end < state.posMax and not state.src[end].isspace()
    closes = begin > 0 and not state.src[begin - 1].isspace()
    for _ in range(begin, end):
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(
                marker=ord("*"),
                length=end - begin,
                token=len(state.tokens) - 1,
                end=-1,
                open=opens,
                close=closes,
            )
        )
    state.pos = end
    return True
