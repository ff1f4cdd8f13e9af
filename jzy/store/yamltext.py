"""YAML text to plain data: the 1.2 core schema, strictly, with positions when asked for.

PyYAML's C parser gives events, and the builder here makes values of them. Events, not its
composer: the composer recurses in C, and 50,000 nested brackets end the process, while the depth
of events can be counted. What a record has no use for is refused: anchors, aliases, tags,
directives, several documents, duplicate keys, floats, invisible characters, texts that are not
in Unicode form NFC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from jzy.model.record import DataPath
from jzy.store.problems import Problem

MAX_DEPTH = 40
MAX_NODES = 100_000
MAX_INTEGER = 2**53 - 1
MAX_PROBLEMS = 50
"""How many problems of a text are named with their property; nobody reads more at once."""

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# Control characters but for line feed and tab, bidirectional overrides, zero-width marks,
# surrogates, private use: none of them belongs in an office's text, and each has misled a reader.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)


class Span(NamedTuple):
    """Where a value stands in its text, in characters from 0."""

    start: int
    end: int
    line: int
    """From 1."""
    column: int
    """From 1."""
    key_start: int = -1
    """Where the key of the value starts; -1 for items of lists and the document itself."""
    key_line: int = 0
    key_column: int = 0
    flow: bool = False
    """Whether it is a collection written with brackets or braces."""


class Reading:
    """What reading a text gave: the data, or the problems.

    Args:
        data: plain values; ``None`` where a problem stopped the reading.
        problems: what is wrong.
        spans: where each value stands; empty unless asked for.
    """

    def __init__(
        self, data: Any, problems: list[Problem], spans: dict[DataPath, Span] | None = None
    ) -> None:
        self.data = data
        self.problems = problems
        self.spans = {} if spans is None else spans


def read(text: str, *, spans: bool = False) -> Reading:
    """Read one YAML document.

    Args:
        text: the text, without a byte order mark.
        spans: whether to note where each value stands.

    Returns:
        The data, ``None`` where a problem stopped the reading.
    """
    if UNSEEN.search(text.replace("\r\n", "\n")):
        # Also in comments: libyaml takes some of these for line ends, which no editor shows.
        return Reading(None, _unseen(text.replace("\r\n", "\n")))
    builder = _Builder(text, spans)
    try:
        data = builder.document()
    except _Stop:
        data = None
    except yaml.MarkedYAMLError as error:
        builder.note_syntax(error)
        data = None
    except (yaml.YAMLError, RecursionError):
        builder.note("JZY101", 1, 1, "这不是可读的 YAML", _SYNTAX_ADVICE)
        data = None
    if builder.problems and not spans:
        # Once more with positions, which cost time, to say in which property it is.
        return Reading(None, read(text, spans=True).problems)
    return Reading(data if not builder.problems else None, builder.problems, builder.spans)


def _unseen(text: str) -> list[Problem]:
    """The first character that nobody sees of each line that has one."""
    places = read(UNSEEN.sub("x", text), spans=True).spans
    found: list[Problem] = []
    offset = 0
    for line, row in enumerate(text.split("\n"), 1):
        if hit := UNSEEN.search(row):
            at = _place(places, offset + hit.start()) if len(found) < MAX_PROBLEMS else ()
            found.append(Problem("JZY107", line, hit.start() + 1, *_UNSEEN_WORDS, at))
        offset += len(row) + 1
    return found


def _place(spans: dict[DataPath, Span], index: int) -> DataPath:
    """The innermost value within which, or within whose key, a character stands."""
    around = (
        path
        for path, span in spans.items()
        if (span.key_start if span.key_start >= 0 else span.start) <= index < span.end
    )
    return max(around, key=len, default=())


_SYNTAX_ADVICE = "请检查这一行的缩进、冒号和引号"
_UNSEEN_WORDS = ("文字中有看不见的控制字符", "请删去这些字符，只保留普通文字")
_NORMAL_WORDS = ("文字不是统一的 Unicode 写法（NFC）", "请重新输入这段文字")
_REASONS = (
    ("mapping values are not allowed", "此处不应再出现冒号"),
    ("could not find expected ':'", "缺少冒号"),
    ("did not find expected key", "缩进不一致，或缺少键"),
    ("found character that cannot start any token", "有不能用在此处的字符（例如制表符）"),
    ("while scanning a quoted scalar", "引号没有闭合"),
    ("while parsing a quoted scalar", "引号之内的反斜杠写法不对"),
    ("did not find expected ',' or", "方括号或花括号没有闭合"),
    ("block sequence entries are not allowed", "此处不应出现列表项"),
    ("did not find expected '-' indicator", "列表的缩进不一致"),
)


_BEGUN = ("a simple key", "a flow sequence", "a flow mapping", "scanning a quoted scalar")
"""Where libyaml says in its context where something began that goes wrong further on."""


def _reason(said: str) -> str:
    return next((words for english, words in _REASONS if english in said), "格式有误")


class _Stop(Exception):
    """Reading cannot go on."""


def _mark(mark: Any) -> Any:
    """A mark without the ``None`` that the stubs allow; a parsed event always has its marks."""
    return mark


class _Builder:
    def __init__(self, text: str, spans: bool) -> None:
        self.text = text
        self.problems: list[Problem] = []
        self.spans: dict[DataPath, Span] = {}
        self._wanted = spans
        self._nodes = 0
        self._here: DataPath = ()
        self._here_line = 0
        self._quoted: Any = None
        # The text as a whole was searched for what is not seen, and a piece of a text in normal
        # form is in normal form: single values are looked at only where escapes may have made
        # them, or where some piece is not.
        self._doubtful = "\\" in text or not (
            text.isascii() or unicodedata.is_normalized("NFC", text)
        )
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._next: Callable[[], Any] = loader(text).get_event

    def note(self, code: str, line: int, column: int, message: str, advice: str) -> None:
        self.problems.append(Problem(code, line, column, message, advice, self._here))

    def note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        """Say where the text is no YAML: where what is not closed begins, not where that shows."""
        said = f"{error.context or ''} {error.problem or ''}"
        begun = any(words in said for words in _BEGUN)
        mark = (error.context_mark if begun else None) or error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = _reason(said)
        quoted = self._quoted
        if quoted is not None and quoted.start_mark.line < quoted.end_mark.line == line - 1:
            line, column = quoted.start_mark.line + 1, quoted.start_mark.column + 1
            reason = "引号没有闭合，或闭合在后面的行"
        if line != self._here_line:
            self._here = ()
        self.note("JZY101", line, column, "这不是可读的 YAML：" + reason, _SYNTAX_ADVICE)

    def _stop(self, code: str, event: Any, message: str, advice: str) -> _Stop:
        mark = event.start_mark
        self.note(code, mark.line + 1, mark.column + 1, message, advice)
        return _Stop()

    def document(self) -> Any:
        event = self._next()
        while not isinstance(event, (yaml.DocumentStartEvent, yaml.StreamEndEvent)):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            self.note("JZY112", 1, 1, "文件是空的", "请填写记录的内容，或删除这个文件")
            return None
        if event.version or event.tags:
            raise self._stop("JZY104", event, "记录中不能有 YAML 指令", "请删去以 % 开头的行")
        first = self._next()
        data = self._node(first, (), 0, None)
        end = self._next()
        if end.explicit:
            raise self._stop("JZY109", end, "文件末尾有“...”，无法追加签批", "请删去这一行")
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._stop("JZY104", following, "一个文件只能有一份记录", "请把它拆成几个文件")
        if not isinstance(data, dict):
            self.note("JZY112", 1, 1, "记录应由“属性: 值”组成", "请按这类记录的格式填写")
        return data

    def _node(self, event: Any, path: DataPath, depth: int, key: Any) -> Any:
        self._nodes += 1
        if self._wanted:
            self._reached(path, event)
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise self._stop("JZY105", event, "记录的层次过深或内容过多", "请拆成几份记录")
        if event.__class__ is yaml.ScalarEvent and not self._wanted:
            if event.anchor is None and event.tag is None:
                return self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            raise self._stop("JZY104", event, "记录中不能使用别名（*）", "请把内容直接写出")
        if event.anchor is not None:
            raise self._stop("JZY104", event, "记录中不能使用锚点（&）", "请把内容直接写出")
        if event.tag is not None:
            raise self._stop("JZY104", event, "记录中不能使用标签（!）", "请删去标签")
        if isinstance(event, yaml.ScalarEvent):
            value, last = self._scalar(event), event
        elif isinstance(event, yaml.MappingStartEvent):
            value, last = self._mapping(event, path, depth)
        else:
            value, last = self._sequence(path, depth)
        if self._wanted:
            start, end = _mark(event.start_mark), _mark(last.end_mark)
            flow = not isinstance(event, yaml.ScalarEvent) and bool(event.flow_style)
            # A block collection's own end lies where the next token starts; what belongs to
            # it ends with its last scalar.
            tail = end.index if flow or last is event else self._last_end
            self.spans[path] = Span(
                start.index, tail, start.line + 1, start.column + 1,
                key.index if key else -1, key.line + 1 if key else 0, key.column + 1 if key else 0,
                flow,
            )  # fmt: skip
            self._last_end = tail
        return value

    _last_end = 0

    def _reached(self, path: DataPath, event: Any) -> None:
        """Remember how far reading has come, for what is said where it stops."""
        self._here, self._here_line = path, _mark(event.start_mark).line + 1
        self._quoted = event if getattr(event, "style", None) in ("'", '"') else None

    def _mapping(self, start: Any, path: DataPath, depth: int) -> tuple[dict[str, Any], Any]:
        found: dict[str, Any] = {}
        self._last_end = _mark(start.end_mark).index
        while True:
            event = self._next()
            if event.__class__ is not yaml.ScalarEvent:
                if isinstance(event, yaml.MappingEndEvent):
                    return found, event
                raise self._stop("JZY104", event, "属性名应是普通文字", "请改写属性名")
            if event.tag or event.anchor:
                raise self._stop("JZY104", event, "属性名应是普通文字", "请改写属性名")
            name = event.value
            if self._wanted:
                self._reached((*path, name), event)
            if name in found:
                mark = _mark(event.start_mark)
                what = f"属性“{_shown(name)}”写了两次"
                self.note("JZY103", mark.line + 1, mark.column + 1, what, "请只保留一处")
            if self._doubtful:
                self._check_text(name, event)
            if self._wanted:
                self._last_end = _mark(event.end_mark).index
                found[name] = self._node(
                    self._next(), (*path, name), depth + 1, _mark(event.start_mark)
                )
            else:
                found[name] = self._node(self._next(), path, depth + 1, None)

    def _sequence(self, path: DataPath, depth: int) -> tuple[list[Any], Any]:
        found: list[Any] = []
        while True:
            event = self._next()
            if isinstance(event, yaml.SequenceEndEvent):
                return found, event
            here = (*path, len(found)) if self._wanted else path
            found.append(self._node(event, here, depth + 1, None))

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        if not event.implicit[0]:
            if self._doubtful:
                self._check_text(value, event)
            return value
        if value in _CONSTANTS:
            return _CONSTANTS[value]
        first = value[0]
        if first in "0123456789+-." and (number := self._number(value, event)) is not None:
            return number
        if self._doubtful:
            self._check_text(value, event)
        return value

    def _number(self, value: str, event: Any) -> int | None:
        if _INTEGER.fullmatch(value):
            base = {"0o": 8, "0x": 16}.get(value[:2], 10)
            number = int(value, base) if len(value) < 40 else MAX_INTEGER + 1
            if abs(number) <= MAX_INTEGER:
                return number
            what = "整数超出可以精确表示的范围"
        elif _FLOAT.fullmatch(value):
            what = "记录中不用小数，小数在不同程序中写法不一"
        else:
            return None
        mark = event.start_mark
        advice = "请改用整数，或加引号写成文字"
        self.note("JZY106", mark.line + 1, mark.column + 1, what, advice)
        return 0

    def _check_text(self, value: str, event: Any) -> None:
        mark = event.start_mark
        if UNSEEN.search(value):
            self.note("JZY107", mark.line + 1, mark.column + 1, *_UNSEEN_WORDS)
        if not unicodedata.is_normalized("NFC", value):
            self.note(
                "JZY108",
                mark.line + 1,
                mark.column + 1,
                *_NORMAL_WORDS,
            )


def problems_of_text(text: str, line: int) -> list[Problem]:
    """What speaks against a plain text that is not YAML, such as the body of a Markdown record.

    Args:
        text: the text.
        line: the line, from 1, on which it begins in its file.
    """
    found = []
    if not text.isascii() or UNSEEN.search(text):
        for number, row in enumerate(text.split("\n"), line):
            bare = row.removesuffix("\r")
            if match := UNSEEN.search(bare):
                found.append(Problem("JZY107", number, match.start() + 1, *_UNSEEN_WORDS))
            if not unicodedata.is_normalized("NFC", bare):
                found.append(Problem("JZY108", number, 1, *_NORMAL_WORDS))
    return found


def _shown(text: str) -> str:
    return " ".join(UNSEEN.sub("�", text).split())[:40]
