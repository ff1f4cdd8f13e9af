"""``jzy report --bundle``: the evidence folder 佐证材料 that an inspector takes away.

Numbered as the report's appendix (:mod:`jzy.model.materials`): of each record its printed form, its
attachments that are at hand, and its own file; with a catalogue, the digests of all files, and the
whole history, by which somebody else proves the sign-offs again. All of it is what HEAD has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from jzy.git import receipts
from jzy.git.bundling import bundle
from jzy.git.history import Objects
from jzy.git.plumbing import GitFailed
from jzy.model.attachments import Attachment, named_in
from jzy.model.document import Document, plain
from jzy.model.errors import JzyError, Refused, WrongUsage
from jzy.model.filenames import Names, parted
from jzy.model.materials import Material, Section, materials
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.office.bundle_lists import (
    CATALOGUE,
    HISTORY,
    ORIGINALS,
    README,
    SUMS,
    Catalogue,
    File,
    Missing,
    readme,
)
from jzy.office.committed import Committed
from jzy.office.context import Office
from jzy.office.form import form_of
from jzy.office.proofs import Proofs, proofs_of
from jzy.office.report import compose
from jzy.render.renderers import RENDERERS
from jzy.render.xlsx import write as write_workbook
from jzy.store.attachments import NotAFile, Shelf, State
from jzy.store.parcel import Parcel, add_bytes, check_free, packing
from jzy.store.places import search_path
from jzy.store.schemas import schema_files

TITLE = "佐证材料"
"""Of the folder inside a zip file."""
_SOURCES = ("records", "schemas", "templates")
"""What a report is computed from."""
_KEPT = (*_SOURCES, "attachments", ".git")
"""Folders of a records repository in which no evidence folder belongs."""
_PAPER = (".pdf", ".docx")
"""What a form is written as: the first that can be."""
_REPORT = (".docx", ".pdf", ".html")
_SECTION = 36
"""The longest name of a section's folder; with two of them and a file's name a path stays below what
Windows allows, with room for where the folder is put."""
_NOWHERE = "0 正文"
_PAGES = re.compile(rb"/Type ?/Pages\s*/Count (\d+)")


@dataclass(frozen=True, slots=True)
class Bundled:
    """What was written."""

    document: Document
    materials: int
    attachments: int
    """Copies that were put in, each content once."""
    files: int
    sums: str
    """SHA-256 of the list of digests, in hex: it stands for all files."""
    root: str
    """Fingerprint of the key that signed the first commit; empty where nobody did."""
    missing: tuple[Missing, ...]
    without: tuple[str, ...]
    """Formats that the report could not be written in here, and why: a Chinese phrase each."""


def write_bundle(
    office: Office, record: Record, target: Path, *, period: Period | None = None
) -> Bundled:
    """Write the evidence folder of a report.

    Args:
        office: the repository.
        record: the report record.
        target: a folder that is empty or not there, or a file that ends in ``.zip``.
        period: another period than the record's.

    Raises:
        Refused: something differs from HEAD, history is not whole, or something is in the way.
        WrongUsage: the folder lies among the records.
        JzyError: the report or a form cannot be computed.
        WrongEnvironment: it cannot be written.
    """
    _check_place(office, target)
    check_free(target)
    proofs = proofs_of(office)
    if proofs.missing:
        raise Refused(f"不能打包佐证材料：{proofs.missing}", "佐证材料须附完整的提交历史")
    committed = _committed(office)
    document = compose(office, record, period=period, proofs=proofs)
    own = record.data["period"]
    told = period or Period(date.fromisoformat(own["from"]), date.fromisoformat(own["until"]))
    with packing(target, TITLE) as parcel:
        return _Packer(office, record, document, told, proofs, committed, parcel).pack()


def _check_place(office: Office, target: Path) -> None:
    place, root = target.resolve(), office.root.resolve()
    if place == root or any(place.is_relative_to(root / each) for each in _KEPT):
        what = f"{target} 在存放记录的文件夹中，不能放佐证材料"
        raise WrongUsage(what, "请写到别处，例如 --bundle ../佐证材料")


def _committed(office: Office) -> Committed:
    """What HEAD has; refused where anything that the report is computed from differs from it."""
    committed = Committed(office.repository, _SOURCES)
    changed = committed.unlike(_read(office))
    if changed:
        what = f"有 {len(changed)} 个文件与最近一次提交不同，佐证材料会与所附的历史对不上"
        advice = "请先提交这些改动，或者撤销它们（git status 可查看），再打包"
        raise Refused(what, advice, where=changed[0])
    return committed


def _read(office: Office) -> Iterator[str]:
    """Every file of the repository that decides what the report says, whether HEAD has it or not."""
    yield from (record.path for record in office.loaded.records)
    yield from (path for path, _ in office.loaded.problems)
    files = schema_files(search_path(office.root, "schemas"))
    for folder in search_path(office.root, "templates"):
        files += [each for each in folder.rglob("*") if each.is_file() and each.name[0] != "."]
    for file in files:
        if file.is_relative_to(office.root):
            yield file.relative_to(office.root).as_posix()


@dataclass
class _Packer:
    """Puts one evidence folder together."""

    office: Office
    record: Record
    document: Document
    period: Period
    proofs: Proofs
    committed: Committed
    parcel: Parcel
    catalogue: Catalogue = field(default_factory=Catalogue)
    missing: list[Missing] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    sums: dict[str, str] = field(default_factory=dict)
    """SHA-256 by path."""
    folders: dict[str, str] = field(default_factory=dict)
    """By what they hold."""
    copies: dict[str, str] = field(default_factory=dict)
    """The number under which a content was put in, by its SHA-256."""

    def pack(self) -> Bundled:
        """Write every file, in an order that depends on what they say and on nothing else."""
        for name in (CATALOGUE, README, SUMS, HISTORY):
            self.names.free("", *parted(name))
        self._report()
        found = materials(self.document)
        originals = self._originals(found)
        section: Section | None = None
        for each in found:
            if each.section != section:
                section = each.section
                self.catalogue.section(section)
            self._material(each, originals[each.record.id])
        self._history()
        listed = "".join(f"{digest}  {path}\n" for path, digest in sorted(self.sums.items()))
        digest = add_bytes(self.parcel, SUMS, listed.encode("utf-8"))
        count = len(self.sums) + 1
        return Bundled(
            self.document,
            len(found),
            len(self.copies),
            count,
            digest,
            self.proofs.root,
            tuple(self.missing),
            tuple(self.without),
        )

    def _add(self, path: str, content: bytes, pages: int | None = None) -> File:
        self.sums[path] = digest = add_bytes(self.parcel, path, content)
        return File(path, digest, pages)

    # --- the report, and what goes with it ----------------------------------------------------------

    def _report(self) -> None:
        for suffix in (each for each in _REPORT if each in RENDERERS):
            written, why = _written(self.document, (suffix,))
            if written is None:
                self.without.append(why)
                continue
            path = self.names.free("", self.document.title, suffix)
            file = self._add(path, written.content, written.pages)
            self.catalogue.report(RENDERERS[suffix].title, file)

    def _history(self) -> None:
        """History, and the lists that come last because they tell of all the rest."""
        head = self.document.meta.commit
        # Not the branch's own name: it says nothing of what was committed.
        refs = {"refs/heads/main": head, "HEAD": head}
        received = receipts.tip(self.office.repository)
        if received:
            refs[receipts.REF] = received
        try:
            content = bundle(self.office.repository, refs)
        except GitFailed as error:
            what = "提交历史不完整或已损坏，不能打包"
            raise Refused(what, "请用 git fsck 检查仓库，或重新克隆后再试") from error
        self.catalogue.history(self._add(HISTORY, content))
        institution = self.office.register.institution
        sheet = self.catalogue.sheet(self.document, institution)
        moment = datetime.combine(self.document.meta.date or self.period.ends, time(), UTC)
        organisation = str(institution.get("name", ""))
        self._add(CATALOGUE, write_workbook([sheet], organisation, moment))
        ref = receipts.REF if received else ""
        text = readme(self.document, self.record, self.period, self.missing, receipts=ref)
        # Old editors of Windows know neither UTF-8 without its mark nor bare line feeds.
        self._add(README, text.replace("\n", "\r\n").encode("utf-8-sig"))

    # --- records --------------------------------------------------------------------------------

    def _originals(self, found: Sequence[Material]) -> dict[str, File]:
        """Each record's own file as HEAD has it, by the record's id."""
        placed: dict[str, File] = {}
        with Objects(self.office.repository) as objects:
            for each in found:
                record = each.record
                folder = self._folder(ORIGINALS, ORIGINALS)
                folder = self._folder(f"{ORIGINALS} {record.kind}", record.kind, folder)
                path = self.names.free(folder, *parted(record.path.rpartition("/")[2]))
                content = objects.content(self.committed.blob(record.path))
                assert content is not None  # noqa: S101 - HEAD has it, and history is whole
                placed[record.id] = self._add(path, content)
        return placed

    def _material(self, each: Material, original: File) -> None:
        record = self.office.record(each.record.id)
        kind = self.office.kinds[record.kind]
        folder = self._place(each.section)
        written, why = _written(form_of(self.office, record, proofs=self.proofs), _PAPER)
        assert written is not None  # noqa: S101 - Word can always be written
        path = self.names.free(folder, f"{each.number} {each.record.name}", written.suffix)
        file = self._add(path, written.content, written.pages)
        unit = record.at(kind.unit_property) if kind.unit_property else None
        named = self.office.register.name(unit) if isinstance(unit, str) else ""
        self.catalogue.material(each, file, original, named, why)
        for ordinal, attachment in enumerate(named_in(kind, record), 1):
            title = attachment.type or kind.path_title(attachment.at)
            number = f"{each.number}-{ordinal}"
            copy, why = self._attachment(number, folder, record, attachment)
            self.catalogue.attachment(number, title, attachment, copy, why)

    def _attachment(
        self, number: str, folder: str, record: Record, named: Attachment
    ) -> tuple[File | None, str]:
        """Put in the copy of an attachment, and say why where it is not."""
        if named.sha256 in self.copies:
            return None, f"与 {self.copies[named.sha256]} 是同一文件"
        shelf = Shelf(self.office.root)
        found = shelf.find(named.sha256, named.name)
        if found.state is not State.PRESENT:
            why = found.why or "副本不在本机"
            self.missing.append(Missing(number, named.name, record.id, why))
            return None, f"未附：{why}"
        stem, ending = parted(named.name)
        path = self.names.free(folder, f"{number} {stem}", ending)
        try:
            with shelf.open(found.path) as stream:
                size = (self.office.root / found.path).stat().st_size
                digest = self.parcel.add(path, stream, size)
        except NotAFile as error:
            raise _restless(found.path) from error
        if digest != named.sha256:
            raise _restless(found.path)
        self.sums[path] = digest
        self.copies[digest] = number
        return File(path, digest), ""

    # --- folders --------------------------------------------------------------------------------

    def _place(self, section: Section) -> str:
        """The folder of a section: ``一、工作进展/1.2 严格审批程序，一会一报``."""
        if not section.headings:
            return self._folder(section.number, _NOWHERE)
        folder = ""
        numbers = section.number.split(".")
        for depth, heading in enumerate(section.headings):
            number = ".".join(numbers[: depth + 1])
            title = plain(heading.runs)
            name = f"{number} {title}" if depth else f"{heading.number}{title}"
            folder = self._folder(number, name, folder)
        return folder

    def _folder(self, key: str, name: str, above: str = "") -> str:
        if key not in self.folders:
            self.folders[key] = self.names.free(above, name, longest=_SECTION)
        return self.folders[key]


@dataclass(frozen=True, slots=True)
class _Written:
    suffix: str
    content: bytes
    pages: int | None


def _written(document: Document, suffixes: Sequence[str]) -> tuple[_Written | None, str]:
    """A document in the first of some formats that it can be written in here, and why in no better."""
    why = ""
    for suffix in (each for each in suffixes if each in RENDERERS):
        try:
            content = RENDERERS[suffix].render(document)
        except JzyError as error:  # no fonts here, or none that holds a character
            why = f"没有 {RENDERERS[suffix].title}：{error.what}"
            continue
        pages = [int(each) for each in _PAGES.findall(content)] if suffix == ".pdf" else []
        return _Written(suffix, content, max(pages, default=None)), why
    return None, why


def _restless(path: str) -> Refused:
    return Refused(f"{path} 正在改动，没有打包", "请稍后再试", where=path)
