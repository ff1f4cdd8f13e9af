"""``jzy report``: indicators and duties of a period through a template into a document.

Whatever the template prints of the records is traced: the document's evidence is what was
printed, no more and no less, with the commit that last changed each record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace as replaced
from datetime import date
from pathlib import Path
from typing import Any

from jzy.model.document import Claim, Document, Evidence, Meta
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage, os_reason
from jzy.model.functions import Knowledge
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.office.committed import Committed
from jzy.office.context import Office
from jzy.office.desk import Desk, seen
from jzy.office.lastly import last_commits
from jzy.office.proofs import Proofs
from jzy.render.parse import parse_document
from jzy.render.renderers import RENDERERS
from jzy.render.templates import render_text
from jzy.render.trace import Tracer, claim_with_commits, with_commits
from jzy.store.files import replace
from jzy.store.places import search_path

SUFFIXES = tuple(RENDERERS)
"""What a report can be written as, by the suffix of the file."""


def latest(office: Office) -> Record:
    """The report record with the latest date.

    Raises:
        Refused: there is none.
    """
    reports = office.register.of("report")
    if not reports:
        raise Refused("还没有登记报告", "请先新建：jzy report new")
    return max(reports, key=lambda record: (record.data["date"], record.id))


def write_report(
    office: Office, record: Record, path: Path, *, period: Period | None = None
) -> Document:
    """Compute a report and write it into a file.

    Args:
        office: the repository.
        record: the report record.
        path: where to; its suffix decides the format.
        period: another period than the record's.

    Raises:
        WrongUsage: the suffix is none of :data:`SUFFIXES`.
        JzyError: the template or an indicator cannot be evaluated.
        WrongEnvironment: the file cannot be written.
    """
    check_suffix(path.suffix.lower())
    document = compose(office, record, period=period)
    write(document, path)
    return document


def check_suffix(suffix: str) -> None:
    """Refuse a suffix that no format has.

    Raises:
        WrongUsage: it is none of :data:`SUFFIXES`.
    """
    if suffix not in RENDERERS:
        what = f"不能写成“{suffix}”文件" if suffix else "文件名没有后缀，不知道写成哪种格式"
        raise WrongUsage(what, f"可用的格式：{'、'.join(SUFFIXES)}")


def write(document: Document, path: Path) -> None:
    """Write a document into a file, whose suffix decides the format.

    Raises:
        WrongUsage: the suffix is none of :data:`SUFFIXES`.
        WrongEnvironment: the file cannot be written.
    """
    content = rendered(document, path.suffix.lower())
    try:
        replace(path, content)
    except OSError as error:
        raise WrongEnvironment(
            f"无法写入 {path}：{os_reason(error)}", "请检查文件夹的权限"
        ) from error


def rendered(document: Document, suffix: str) -> bytes:
    """A document as the bytes of a file.

    Raises:
        WrongUsage: the suffix is none of :data:`SUFFIXES`.
    """
    check_suffix(suffix)
    return RENDERERS[suffix].render(document)


def compose(
    office: Office, record: Record, *, period: Period | None = None, proofs: Proofs | None = None
) -> Document:
    """The document of a report record.

    Args:
        office: the repository.
        record: the report record.
        period: another period than the record's.
        proofs: what history proves, if that is known already.

    Raises:
        Refused: a record file is unsound, so figures would be too small.
        JzyError: the template cannot be found or executed, or names an unknown indicator.
    """
    if office.left_out:
        first, count = office.left_out[0], len(office.left_out)
        raise Refused(
            f"有 {count} 个文件不能读取或不合格式，报告会漏算",
            "请先用 jzy validate 查看并改正",
            where=first,
        )
    data = record.data
    chosen = period or Period(
        date.fromisoformat(data["period"]["from"]), date.fromisoformat(data["period"]["until"])
    )
    # A report speaks of days that are over; for another period than its own it is dated later.
    dated = max(date.fromisoformat(data["date"]), chosen.ends if period else date.min)
    desk = Desk(office, Tracer(), chosen, Knowledge(office.register, dated), proofs)
    context = {
        "period": {"from": chosen.begins, "until": chosen.ends},
        "date": dated,
        **desk.functions(),
    }
    document = printed(office, record, data["template"], desk.tracer, context, desk.claims.values())
    office.memory.keep()
    return document


def printed(
    office: Office,
    record: Record,
    template: str,
    tracer: Tracer,
    context: Mapping[str, Any],
    claims: Iterable[Claim],
) -> Document:
    """Run a template for a report, and read what it prints.

    Args:
        office: the repository.
        record: the report record.
        template: the name of the template.
        tracer: that made the figures of the context.
        context: what the template may use beside the report and the institution.
        claims: that it asked for; looked through when it has run.
    """
    institution = office.register.get("institution")
    day = date.fromisoformat(record.data["date"])
    names = {
        "report": seen(office, record, markdown=("narrative",)),
        "institution": seen(office, institution) if institution else {},
        "signatory": record.data.get("signatory")
        or office.register.institution.get("committee_name", ""),
        "date": day,
        **context,
    }
    folders = search_path(office.root, "templates")
    text = render_text(template, folders, names)
    meta = Meta(
        organisation=str(office.register.institution.get("name", "")),
        date=names["date"],
        subject=str(record.data["title"]),
        commit=_head(office),
        templates=tuple(folders),
    )
    document = parse_document(text, tracer, meta=meta)
    asserted = tuple(claims)
    commits = _commits(office, _paths(document.evidence, asserted))
    evidence = tuple(with_commits(entry, commits) for entry in document.evidence)
    told = tuple(claim_with_commits(claim, commits) for claim in asserted)
    return replaced(document, evidence=evidence, claims=told)


def _head(office: Office) -> str:
    """The id of HEAD; empty where there is no repository, or no commit."""
    try:
        return office.repository.head() or ""
    except WrongEnvironment:
        return ""


def _paths(evidence: Iterable[Evidence], claims: Iterable[Claim]) -> set[str]:
    """The files of every record that a document rests on."""
    entries: list[Claim | Evidence] = list(evidence)
    for claim in claims:
        entries += (claim, *claim.asked)
    return {record.path for entry in entries for record in entry.records}


def _commits(office: Office, paths: Iterable[str]) -> dict[str, str]:
    """The last commit of each of some record files; nothing where there is no repository.

    A record that differs from HEAD has no commit to name.
    """
    try:
        repository = office.repository
    except WrongEnvironment:
        return {}
    committed, last = Committed(repository), last_commits(repository)
    return {path: last[path] for path in paths if path in last and committed.holds(path)}
