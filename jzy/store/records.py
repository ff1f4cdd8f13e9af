"""The working tree's records: which files there are, and what each one holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from jzy.model.kinds import Kind, Kinds
from jzy.model.record import DataPath, Record
from jzy.store.files import NotReadable, decode, read_file
from jzy.store.frontmatter import split
from jzy.store.index import Index, IndexedRecord, at_rest
from jzy.store.problems import Problem
from jzy.store.yamltext import MAX_PROBLEMS, Reading, Span, problems_of_text, read

IGNORED_NAMES = frozenset({"README.md", "attachments"})
"""Names inside ``records/`` that are no records: notes for people, and evidence kept outside
history."""


@dataclass(slots=True)
class Loaded:
    """What was read: sound texts as records, and the problems of the others."""

    records: list[Record] = field(default_factory=list)
    sound: list[Record] = field(default_factory=list)
    """Those of the records that satisfy their schema."""
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    """With the path of the file, relative to the root."""


Judgement = Callable[[Record], bool]
"""Whether a record satisfies its schema."""


def paths(root: Path) -> Iterator[tuple[str, bool]]:
    """Every file below ``records/``, relative to the root, and whether it is a regular file.

    Names that begin with a dot are left out, as is what :data:`IGNORED_NAMES` lists. Links are
    not followed but given back as files that are not regular, and so are folders that are called
    like records.
    """
    stack = ["records"]
    while stack:
        folder = stack.pop()
        with os.scandir(root / folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            if entry.name.startswith(".") or entry.name in IGNORED_NAMES:
                continue
            path = f"{folder}/{entry.name}"
            if entry.is_dir(follow_symlinks=False) and not entry.name.endswith((".yaml", ".md")):
                stack.append(path)
            else:
                yield path, entry.is_file(follow_symlinks=False)


def load(
    root: Path, kinds: Kinds, is_sound: Judgement | None = None, index: Index | None = None
) -> Loaded:
    """Every record of a repository, in one pass; problems are kept, not raised.

    Args:
        root: of the repository.
        kinds: by which the files are read.
        is_sound: judges each record that was read; all are sound if absent.
        index: knows what unchanged files held, and learns what the others hold.
    """
    loaded = Loaded()
    with at_rest():
        for path, regular in paths(root):
            kind = kinds.of_path(path)
            if not regular:
                what = "这是链接、文件夹或特殊文件，记录必须是普通文件"
                loaded.problems.append((path, Problem("JZY111", 0, 0, what, "请用普通文件代替")))
            elif kind is None:
                loaded.problems.append((path, _misplaced(path, kinds)))
            elif not _known(root, path, kind, index, loaded):
                _load_one(root, path, kind, is_sound, index, loaded)
        if index is not None:
            index.keep()
    return loaded


def _known(root: Path, path: str, kind: Kind, index: Index | None, loaded: Loaded) -> bool:
    if index is None:
        return False
    try:
        entry = index.find(path, os.lstat(f"{root}/{path}"))
    except OSError:
        return False
    if entry is None:
        return False
    record = IndexedRecord.of(root, path, kind.name, _id_of(path, kind), entry)
    loaded.records.append(record)
    if entry.sound:
        loaded.sound.append(record)
    return True


def _load_one(
    root: Path,
    path: str,
    kind: Kind,
    is_sound: Judgement | None,
    index: Index | None,
    loaded: Loaded,
) -> None:
    try:
        content, status = read_file(root / path)
        text = decode(content)
    except NotReadable as error:
        loaded.problems.append((path, error.problem))
        return
    record, problems = parse(kind, path, text)
    loaded.problems.extend((path, problem) for problem in problems)
    if record is None:
        return
    loaded.records.append(record)
    sound = is_sound is None or is_sound(record)
    if sound:
        loaded.sound.append(record)
    if index is not None:
        index.put(path, status, record, sound=sound)


def _id_of(path: str, kind: Kind) -> str:
    return path.rpartition("/")[2].removesuffix(kind.suffix)


def parse(kind: Kind, path: str, text: str) -> tuple[Record | None, list[Problem]]:
    """One file's text as a record.

    Args:
        kind: the kind to which the path belongs.
        path: relative to the root; its stem is the record's id.
        text: the decoded text.

    Returns:
        The record, ``None`` where the text cannot be read, and the problems.
    """
    reading = read_record(kind, text)
    if reading.problems:
        return None, reading.problems
    return Record(kind.name, _id_of(path, kind), path, reading.data, text), []


def read_record(kind: Kind, text: str, *, spans: bool = False) -> Reading:
    """Read a record's text by the format of its kind: YAML, or Markdown with front matter.

    Problems name the property in which they are, as the kind's schema calls it.
    """
    if kind.suffix == ".md":
        parts = split(text)
        if isinstance(parts, Problem):
            return Reading(None, [parts])
        reading = read(parts.yaml, spans=spans)
        if reading.data is not None and "body" in reading.data:
            what = "正文写在“---”之后，属性中不能再有 body"
            line, column = _key(read(parts.yaml, spans=True).spans["body",])
            reading.problems.append(Problem("JZY103", line, column, what, "请删去属性中的 body"))
        elif reading.data is not None:
            reading.data = {**reading.data, "body": parts.body.replace("\r\n", "\n")}
        _shift(reading, parts.offset)
        below = problems_of_text(parts.body, text.count("\n", 0, parts.close) + 2)
        reading.problems += [replace(problem, at=("body",)) for problem in below]
    else:
        reading = read(text, spans=spans)
    if not text.endswith("\n") and not reading.problems:
        line = text.count("\n") + 1
        reading.problems.append(
            Problem("JZY109", line, 1, "文件末尾没有换行，无法追加签批", "请在文件末尾加一个换行")
        )
        reading.data = None
    return in_words_of(kind, reading)


def in_words_of(kind: Kind, reading: Reading) -> Reading:
    """A reading whose problems name the property in which they are; of very many, the first."""
    more = len(reading.problems) - MAX_PROBLEMS
    problems = [_named(kind, problem) for problem in reading.problems[:MAX_PROBLEMS]]
    if more > 0:
        what = f"{problems[-1].message}（此后还有 {more} 处类似的问题，没有逐一列出）"
        problems[-1] = replace(problems[-1], message=what)
    reading.problems = problems
    return reading


def _named(kind: Kind, problem: Problem) -> Problem:
    at = problem.at
    while at and kind.property_schema(at) is None:  # what the schema does not know has no title
        at = at[:-1]
    if not at:
        return problem
    return replace(problem, message=f"“{kind.path_title(at)}”：{problem.message}", at=())


def _key(span: Span) -> tuple[int, int]:
    return span.key_line, span.key_column


def _shift(reading: Reading, offset: int) -> None:
    """Move positions from the front matter to the whole file: one line, ``offset`` characters."""
    reading.problems = [replace(problem, line=problem.line + 1) for problem in reading.problems]
    moved: dict[DataPath, Span] = {}
    for path, span in reading.spans.items():
        moved[path] = Span(
            span.start + offset,
            span.end + offset,
            span.line + 1,
            span.column,
            span.key_start + offset if span.key_start >= 0 else -1,
            span.key_line + 1 if span.key_line else 0,
            span.key_column,
            span.flow,
        )
    reading.spans = moved


def locate(kind: Kind, text: str, at: DataPath, *, on_key: bool = False) -> tuple[int, int]:
    """Line and column, from 1, of a place in a record's text.

    A place that is not there gives that of the nearest value around it; the record as a whole is
    its first property.
    """
    spans = _spans(kind.suffix == ".md", text)
    path = at
    while path and path not in spans:
        path = path[:-1]
    span = spans.get(path)
    if span is None:
        return 1, 1
    if (on_key or path != at) and span.key_line:
        return span.key_line, span.key_column
    return span.line, span.column


@lru_cache(maxsize=2)
def _spans(markdown: bool, text: str) -> Mapping[DataPath, Span]:
    """Where each value stands; a record with a thousand findings is read for them once."""
    parts = split(text) if markdown else None
    if isinstance(parts, Problem):
        return {}
    reading = read(parts.yaml if parts else text, spans=True)
    if parts:
        _shift(reading, parts.offset)
    return reading.spans


def _misplaced(path: str, kinds: Kinds) -> Problem:
    parts = path.split("/")
    stem, _, suffix = parts[-1].rpartition(".")
    kind = kinds.by_folder(parts[1]) if len(parts) > 2 else kinds.get(stem)
    if kind is None:
        known = "、".join(kind.folder for kind in kinds.values() if kind.folder)
        what = "这里不是任何一类记录的位置"
        return Problem("JZY110", 0, 0, what, f"请移到所属类别的文件夹（{known}），或移出 records/")
    if "." + suffix != kind.suffix:
        return Problem(
            "JZY110", 0, 0, f"“{kind.title}”的文件应以 {kind.suffix} 结尾", "请更改文件名"
        )
    if not kind.id_pattern.fullmatch(stem):
        example = f"{kind.prefix}-20210318-k3f9" if kind.date_property else f"{kind.prefix}-abc"
        what = f"文件名不是“{kind.title}”的编号"
        return Problem("JZY110", 0, 0, what, f"编号应形如 {example}，可用 jzy {kind.name} new 新建")
    wanted = kind.record_path(stem, "<年份>")
    return Problem("JZY110", 0, 0, "文件不在它应在的文件夹里", f"请移到 {wanted}")
