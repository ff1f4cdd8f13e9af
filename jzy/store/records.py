"""The working tree's records: which files there are, and what each one holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jzy.model.kinds import Kind, Kinds
from jzy.model.record import DataPath, Record
from jzy.store.files import NotReadable, decode, read_file
from jzy.store.frontmatter import split
from jzy.store.halves import in_halves
from jzy.store.index import Entry, Index, IndexedRecord, Stamp, at_rest, entry_of, stamp_of
from jzy.store.loaded import Loaded
from jzy.store.problems import Problem

if TYPE_CHECKING:  # a parser is of no use where the index knows everything
    from jzy.store.yamltext import Reading, Span

IGNORED_NAMES = frozenset({"README.md", "attachments"})
"""Names inside ``records/`` that are no records: notes for people, and evidence kept outside
history."""


Judgement = Callable[[Record], bool]
"""Whether a record satisfies its schema."""


def _folders(root: Path) -> Iterator[tuple[str, dict[str, Stamp | None]]]:
    """Each folder below ``records/``, relative to the root, and what lies in it: of each regular
    file what the system says of it, of anything else ``None``.

    Names that begin with a dot are left out, as is what :data:`IGNORED_NAMES` lists. Links are
    not followed, and folders that are called like records are taken for such.
    """
    near = os.stat in os.supports_dir_fd and os.scandir in os.supports_fd
    stack = ["records"]
    while stack:
        folder = stack.pop()
        handle = os.open(root / folder, os.O_RDONLY) if near else None
        found: dict[str, Stamp | None] = {}
        try:
            with os.scandir(root / folder if handle is None else handle) as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] == "." or name in IGNORED_NAMES:
                        continue
                    if entry.is_file(follow_symlinks=False):
                        # Beside its folder, a file is found without going down the path again.
                        place = f"{root}/{folder}/{name}" if handle is None else name
                        try:
                            found[name] = stamp_of(
                                os.stat(place, dir_fd=handle, follow_symlinks=False)
                            )
                        except OSError:
                            found[name] = None
                    elif entry.is_dir(follow_symlinks=False) and not name.endswith(
                        (".yaml", ".md")
                    ):
                        stack.append(f"{folder}/{name}")
                    else:
                        found[name] = None
        finally:
            if handle is not None:
                os.close(handle)
        yield folder, found


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
    if index is None:
        index = Index(None, "")
    wanted: dict[str, bool] = {}
    left = dict(index.files)
    for folder, found in _folders(root):
        known = left.pop(folder, {})
        if found != known:
            for name, stamp in found.items():
                if stamp is None or stamp != known.get(name):
                    wanted[f"{folder}/{name}"] = stamp is not None
            index.stale |= {f"{folder}/{name}" for name in known if found.get(name) != known[name]}
    for folder, known in left.items():
        index.stale |= {f"{folder}/{name}" for name in known}
    return _Reader(root, kinds, is_sound, index).load(wanted)


def held_before(root: Path, kinds: Kinds, index: Index) -> list[Record] | None:
    """What the files held that are not what they were when the index was written; ``None`` where
    that cannot be told any more."""
    found: list[Record] = []
    for path in index.stale:
        kind = kinds.of_path(path)
        entries = index.entries(kind.name) if kind is not None else None
        if kind is None or entries is None or path not in entries:
            return None
        record_id = _id_of(path, kind)
        found.append(IndexedRecord.of(root, path, kind.name, record_id, entries[path]))
    return found


class _Reader:
    """Reads files as records, and takes the others from the index."""

    def __init__(self, root: Path, kinds: Kinds, is_sound: Judgement | None, index: Index) -> None:
        self._root = root
        self._kinds = kinds
        self._is_sound = is_sound
        self._index = index

    def load(self, paths: Mapping[str, bool]) -> Loaded:
        """The records at some paths, read now, with all the others that are known.

        Args:
            paths: each with whether it is a regular file.
        """
        records: list[Record] = []
        sound: list[Record] = []
        problems: list[tuple[str, Problem]] = []
        wanted = sorted(paths.items())
        with at_rest():
            for (path, _), (status, entry, wrong) in zip(
                wanted, in_halves(wanted, self._read_all), strict=True
            ):
                problems += [(path, Problem(*each)) for each in wrong]
                if entry is not None:
                    record = self._record(path, status, Entry(*entry))
                    records.append(record)
                    sound += [record] if entry[1] else []
        return Loaded(records, sound, problems, self._known, self._kinds)

    def _record(self, path: str, status: Sequence[int], entry: Entry) -> Record:
        kind = self._kinds.of_path(path)
        assert kind is not None  # noqa: S101 - it was read by it
        self._index.put(path, kind.name, status, entry)
        return IndexedRecord.of(self._root, path, kind.name, _id_of(path, kind), entry)

    def _known(self, kind: str) -> list[tuple[Record, bool]]:
        index, root = self._index, self._root
        entries = index.entries(kind)
        if entries is None:
            return self._again(kind)
        suffix = self._kinds[kind].suffix
        return [
            (
                IndexedRecord.of(
                    root, path, kind, path.rpartition("/")[2].removesuffix(suffix), entry
                ),
                entry.sound,
            )
            for path, entry in entries.items()
            if path not in index.stale
        ]

    def _again(self, kind: str) -> list[tuple[Record, bool]]:
        """The known files of a kind whose part of the index is damaged, read again."""
        paths = [path for path in self._index.present() if self._is_of(path, kind)]
        read = self._read_all([(path, True) for path in paths])
        return [
            (self._record(path, status, Entry(*entry)), entry[1])
            for path, (status, entry, _) in zip(paths, read, strict=True)
            if entry is not None
        ]

    def _is_of(self, path: str, kind: str) -> bool:
        found = self._kinds.of_path(path)
        return found is not None and found.name == kind

    def _read_all(self, paths: Sequence[tuple[str, bool]]) -> list[Any]:
        """What each file holds, as plain data: what the system says of it, what it held, and the
        problems."""
        return [self._read(path, regular) for path, regular in paths]

    def _read(self, path: str, regular: bool) -> tuple[Any, Any, list[Any]]:
        kind = self._kinds.of_path(path)
        try:
            if not regular:
                what = "这是链接、文件夹或特殊文件，记录必须是普通文件"
                raise NotReadable(Problem("JZY111", 0, 0, what, "请用普通文件代替"))
            if kind is None:
                raise NotReadable(_misplaced(path, self._kinds))
            content, status = read_file(self._root / path)
            text = decode(content)
        except NotReadable as error:
            return None, None, [_plain(error.problem)]
        record, found = parse(kind, path, text)
        entry = None
        if record is not None:
            sound = self._is_sound is None or self._is_sound(record)
            entry = tuple(entry_of(record, sound=sound))
        return stamp_of(status), entry, [_plain(problem) for problem in found]


def _plain(problem: Problem) -> tuple[Any, ...]:
    return tuple(problem)


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
    from jzy.store.yamltext import Reading, problems_of_text, read  # noqa: PLC0415 - see above

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
        reading.problems += [problem._replace(at=("body",)) for problem in below]
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
    from jzy.store.yamltext import MAX_PROBLEMS  # noqa: PLC0415 - see above

    more = len(reading.problems) - MAX_PROBLEMS
    problems = [_named(kind, problem) for problem in reading.problems[:MAX_PROBLEMS]]
    if more > 0:
        what = f"{problems[-1].message}（此后还有 {more} 处类似的问题，没有逐一列出）"
        problems[-1] = problems[-1]._replace(message=what)
    reading.problems = problems
    return reading


def _named(kind: Kind, problem: Problem) -> Problem:
    at = problem.at
    while at and kind.property_schema(at) is None:  # what the schema does not know has no title
        at = at[:-1]
    if not at:
        return problem
    return problem._replace(message=f"“{kind.path_title(at)}”：{problem.message}", at=())


def _key(span: Span) -> tuple[int, int]:
    return span.key_line, span.key_column


def _shift(reading: Reading, offset: int) -> None:
    """Move positions from the front matter to the whole file: one line, ``offset`` characters."""
    reading.problems = [problem._replace(line=problem.line + 1) for problem in reading.problems]
    from jzy.store.yamltext import Span  # noqa: PLC0415 - see above

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
    from jzy.store.yamltext import read  # noqa: PLC0415 - see above

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
