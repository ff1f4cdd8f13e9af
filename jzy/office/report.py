"""``jzy report``: indicators and duties of a period through a template into a document.

Whatever the template prints of the records is traced: the document's evidence is what was
printed, no more and no less, with the commit that last changed each record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jzy.model.chain import State, replay
from jzy.model.document import Document, Evidence, EvidenceRecord, Meta
from jzy.model.duties import judge
from jzy.model.errors import JzyError, Refused, WrongEnvironment, WrongUsage, os_reason
from jzy.model.expression import BadExpression
from jzy.model.functions import Knowledge
from jzy.model.indicators import measure, select
from jzy.model.moments import date_cn
from jzy.model.owing import DutyState, Instance
from jzy.model.periods import Period
from jzy.model.record import Record, value_at
from jzy.model.standing import shown_state, standing
from jzy.office.context import Office
from jzy.render.parse import parse_document
from jzy.render.renderers import RENDERERS
from jzy.render.templates import render_text
from jzy.render.trace import Figure, RecordView, Tracer, with_commits
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
    content, document = render_report(office, record, path.suffix.lower(), period=period)
    try:
        replace(path, content)
    except OSError as error:
        raise WrongEnvironment(
            f"无法写入 {path}：{os_reason(error)}", "请检查文件夹的权限"
        ) from error
    return document


def render_report(
    office: Office, record: Record, suffix: str, *, period: Period | None = None
) -> tuple[bytes, Document]:
    """Compute a report and render it.

    Returns:
        The file's bytes and the document that they show.

    Raises:
        see :func:`write_report`.
    """
    if suffix not in RENDERERS:
        what = f"不能写成“{suffix}”文件" if suffix else "文件名没有后缀，不知道写成哪种格式"
        raise WrongUsage(what, f"可用的格式：{'、'.join(SUFFIXES)}")
    document = compose(office, record, period=period)
    return RENDERERS[suffix].render(document), document


def compose(office: Office, record: Record, *, period: Period | None = None) -> Document:
    """The document of a report record.

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
    desk = _Desk(office, Tracer(), chosen, Knowledge(office.register, dated))
    view = desk.view(record, markdown=("narrative",))
    institution = office.register.get("institution")
    context = {
        "report": view,
        "institution": desk.view(institution) if institution else {},
        "signatory": data.get("signatory") or office.register.institution.get("committee_name", ""),
        "period": {"from": chosen.begins, "until": chosen.ends},
        "date": dated,
        **desk.functions(),
    }
    text = render_text(data["template"], search_path(office.root, "templates"), context)
    commits, head = _commits(office)
    meta = Meta(
        organisation=str(office.register.institution.get("name", "")),
        date=dated,
        subject=str(data["title"]),
        commit=head,
    )
    document = parse_document(text, desk.tracer, meta=meta)
    evidence = tuple(with_commits(entry, commits) for entry in document.evidence)
    return Document(document.title, document.blocks, evidence, document.meta)


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty over the report's period, as templates read it."""

    title: str
    promise: str
    met: bool
    """Whether every time that has passed was met, and there was one."""
    periods: tuple[PeriodView, ...]
    figure: Figure
    """How many of the times were met, resting on the records that met them."""
    missed: tuple[PeriodView, ...]


@dataclass(frozen=True, slots=True)
class PeriodView:
    """One time at which a duty fell due."""

    title: str
    """Of the period, or the record that owed, or the day asked."""
    unit: str
    """The unit's name, empty for duties of the institution as a whole."""
    count: int
    met: bool


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a template may ask the records, over one period, with everything traced."""

    office: Office
    tracer: Tracer
    period: Period
    knowledge: Knowledge

    def functions(self) -> dict[str, Callable[..., Any]]:
        return {
            "figure": self.figure,
            "records": self.records,
            "evidenced": self.tracer.evidenced,
            "duty": self.duty,
            "state": self.state,
            "name": self.office.register.name,
            "unproven": self.unproven,
        }

    def figure(self, indicator_id: str) -> Figure:
        """The value of an indicator over the period."""
        record = self._register_record(indicator_id, "indicator", "指标")
        try:
            found = measure(self.office.register, record, self.period, self.knowledge.functions)
        except BadExpression as error:
            raise JzyError(f"指标 {indicator_id} 无法计算：{error}", "请修改指标的定义") from error
        return self.tracer.figure(
            Evidence(
                key=found.id,
                title=found.title,
                definition=found.definition,
                value=found.value,
                unit=found.unit,
                records=tuple(self.evidence(r) for r in found.records),
            )
        )

    def records(
        self, kind: str, match: str | None = None, date: str | None = None, sort: str | None = None
    ) -> list[RecordView]:
        """The records of a kind that match, and lie in the period where a date path is given."""
        if kind not in self.office.kinds:
            raise JzyError(f"没有“{kind}”这一类记录", "请核对模板中的类别")
        try:
            found = select(
                self.office.register,
                kind,
                match=match,
                date_path=date,
                period=self.period,
                functions=self.knowledge.functions,
            )
        except BadExpression as error:
            raise JzyError(f"模板中的条件无法计算：{error}", "请修改模板中的条件") from error
        if sort:
            found.sort(
                key=lambda record: (str(value_at(record.data, sort) or "").zfill(20), record.id)
            )
        return [self.view(record) for record in found]

    def duty(self, duty_id: str) -> DutyView:
        """How a duty was met over the period."""
        record = self._register_record(duty_id, "duty", "制度要求")
        outcome = judge(self.knowledge, record, self.period)
        if outcome.faults:
            why = outcome.faults[0].why
            raise JzyError(f"制度要求 {duty_id} 无法计算：{why}", "请用 jzy validate 查看并改正")
        found = outcome.instances
        due = [instance for instance in found if self._is_over(instance)]
        met = [instance for instance in due if instance.met]
        unique = {r.id: r for instance in met for r in instance.records}
        figure = self.tracer.figure(
            Evidence(
                key=f"{duty_id}",
                title=record.data["title"],
                definition=f"期间内按期完成“{record.data['title']}”的次数（应完成 {len(due)} 次）。",
                value=len(met),
                unit="次",
                records=tuple(self.evidence(r) for r in unique.values()),
            )
        )
        return DutyView(
            record.data["title"],
            record.data.get("promise", record.data["title"]),
            bool(due) and len(met) == len(due),
            tuple(self._period(instance) for instance in found),
            figure,
            tuple(self._period(instance) for instance in due if not instance.met),
        )

    def state(self, record: RecordView) -> str:
        """Where the chain of a record stands, by its key (``approved``)."""
        register = self.office.register
        found = register.get(record.id)
        return shown_state(register, replay(register, found)) if found else "draft"

    def unproven(self, records: Iterable[RecordView]) -> list[RecordView]:
        """Those of some records whose chain of approval is not complete and sound."""
        return [view for view in records if not self._is_sound(view.id)]

    def view(self, record: Record, markdown: tuple[str, ...] = ()) -> RecordView:
        """A record as templates read it."""
        return RecordView(self.evidence(record), record.data, markdown)

    def evidence(self, record: Record) -> EvidenceRecord:
        """A record as evidence."""
        kind = self.office.kinds[record.kind]
        day = record.at(kind.date_property) if kind.date_property else ""
        name = kind.name_of(record.data) or record.id
        return EvidenceRecord(record.id, kind.title, name, str(day or "")[:10], record.path)

    def _is_sound(self, record_id: str) -> bool:
        found = self.office.register.get(record_id)
        if found is None:
            return False
        progress = replay(self.office.register, found)
        return (
            progress.state is State.APPROVED
            and not progress.breaches
            and standing(self.office.register, progress).holds
        )

    def _is_over(self, instance: Instance) -> bool:
        """Whether a time of a duty counts: periods that are whole, and nothing that may still be
        done in time."""
        whole = "every" not in instance.duty.data or instance.period.ends <= self.period.ends
        return whole and not (
            instance.state is DutyState.DUE and instance.due > self.knowledge.today
        )

    def _period(self, instance: Instance) -> PeriodView:
        name = self.office.register.name
        title = instance.period.title or date_cn(instance.period.ends)
        if instance.subject is not None:
            title = name(instance.subject.id) + (instance.period.title and f"（{title}）")
        title += "（逾期）" if instance.state is DutyState.LATE else ""
        unit = name(instance.unit) if instance.unit else ""
        return PeriodView(title, unit, len(instance.records), instance.met)

    def _register_record(self, record_id: str, kind: str, title: str) -> Record:
        record = self.office.register.get(record_id)
        if record is None or record.kind != kind:
            raise JzyError(
                f"没有编号为 {record_id} 的{title}", f"请登记该{title}，或改正模板中的编号"
            )
        return record


def _commits(office: Office) -> tuple[dict[str, str], str]:
    """The last commit of each record's file, and HEAD; nothing where there is no repository.

    A record that differs from HEAD has no commit to name.
    """
    try:
        repository = office.repository
    except WrongEnvironment:
        return {}, ""
    changed = repository.status()
    found = repository.last_commits()
    return {p: c for p, (c, _) in found.items() if p not in changed}, repository.head() or ""
