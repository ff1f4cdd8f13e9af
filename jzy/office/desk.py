"""What a template may ask the records, over one period, with everything traced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

from jzy.model.chain import replay
from jzy.model.claims import STATE_TITLES, Judge, Judged, Listed, Named, Piece
from jzy.model.document import Claim, Evidence, EvidenceRecord
from jzy.model.errors import JzyError
from jzy.model.expression import BadExpression
from jzy.model.functions import Knowledge
from jzy.model.indicators import Measured, measure, select
from jzy.model.kept import Kept, kept
from jzy.model.periods import Period
from jzy.model.record import Record, value_at
from jzy.model.standing import shown_state
from jzy.office.context import Office
from jzy.office.proofs import Proofs, is_proven, proofs_of
from jzy.render.claimed import Claimed, phrased
from jzy.render.trace import Figure, RecordView, Tracer
from jzy.rules.all import is_whole, run, run_any, run_one
from jzy.rules.base import Breach, Case

_STEPS, _STEPS_EACH = 200_000, 300
"""What the conditions of one document may take, and more for each record there is; the report of the
sample year takes a fiftieth."""


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
    count: int
    met: bool


@dataclass
class Desk:
    """Figures, duties, claims and lists of one report.

    It is also what claims are judged by (:class:`jzy.model.claims.Facts`).

    Args:
        office: the repository.
        tracer: of the document.
        period: what is told of.
        knowledge: the register on the day of the report.
        proofs: what history proves, if that is known already.
    """

    office: Office
    tracer: Tracer
    period: Period
    knowledge: Knowledge
    proofs: Proofs | None = None
    claims: dict[str, Claim] = field(default_factory=dict)
    """Every claim that was asked for, by id, in order."""
    _measured: dict[str, Measured] = field(default_factory=dict)
    _kept: dict[str, Kept] = field(default_factory=dict)
    _problems: dict[str, Claimed] = field(default_factory=dict)
    _findings: dict[str, list[Breach]] = field(default_factory=dict)
    _judged: dict[tuple[str, str], list[Breach]] = field(default_factory=dict)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """The functions of templates, by name; the conditions that they ask must come to an end."""
        return {
            "figure": self._bounded(self.figure),
            "records": self._bounded(self.records),
            "evidenced": self.tracer.evidenced,
            "duty": self._bounded(self.duty),
            "claim": self._bounded(self.claim),
            "problems": self.problems,
            "state": self.state,
            "name": self.office.register.name,
            "unproven": self.unproven,
        }

    def _bounded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*arguments: Any, **named: Any) -> Any:
            with self._purse.spending():
                return function(*arguments, **named)

        return called

    @cached_property
    def _purse(self) -> Any:
        from jzy.model.bounded import Purse  # noqa: PLC0415 - loads what conditions load

        return Purse(_STEPS + _STEPS_EACH * len(self.office.register))

    # --- figures --------------------------------------------------------------------------------

    def figure(self, indicator_id: str) -> Figure:
        """The value of an indicator over the period."""
        self._register_record(indicator_id, "indicator", "指标")
        try:
            found = self.measured(indicator_id)
        except BadExpression as error:
            raise JzyError(f"指标 {indicator_id} 无法计算：{error}", "请修改指标的定义") from error
        return self._figure(found.id, found)

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
                seen=self.knowledge.view,
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
        try:
            found = self.kept(duty_id)
        except BadExpression as error:
            raise JzyError(
                f"制度要求 {duty_id} 无法计算：{error}", "请用 jzy validate 查看并改正"
            ) from error
        periods = [
            PeriodView(found.title_of(each), len(each.records), each.met)
            for each in found.instances
        ]
        over = {id(each) for each in found.missed}
        missed = [
            view for view, each in zip(periods, found.instances, strict=True) if id(each) in over
        ]
        return DutyView(
            found.title,
            record.data.get("promise", found.title),
            found.met,
            tuple(periods),
            self._figure(duty_id, found),
            tuple(missed),
        )

    def state(self, record: RecordView) -> str:
        """Where the chain of a record stands, by its key (``approved``)."""
        register = self.office.register
        found = register.get(record.id)
        return shown_state(register, replay(register, found)) if found else "draft"

    def unproven(self, records: Iterable[RecordView]) -> list[RecordView]:
        """Those of some records whose approval is not complete and sound, or not proven."""
        found = ((view, self.office.register.get(view.id)) for view in records)
        return [view for view, record in found if record is None or not self.is_proven(record)]

    # --- claims ---------------------------------------------------------------------------------

    def claim(self, claim_id: str, before: str = "", **given: Any) -> Claimed:
        """What the report may say of a claim over the period.

        Args:
            claim_id: which.
            before: what is printed before the text where there is any, such as a comma.
            given: what the claim's words name.
        """
        record = self._register_record(claim_id, "claim", "断言")
        try:
            found = self._judge.judge(record, {**self._given(), **_plain(given)})
        except BadExpression as error:
            raise JzyError(f"断言 {claim_id} 无法判断：{error}", "请修改断言的条件") from error
        if claim_id not in self.claims:
            self.claims[claim_id] = self._told(found)
            self._problem(found)
        parts = tuple(self._parts(found.claim, found.text))
        if found.holds:
            parts = phrased(self._proof(found), parts)
        return Claimed(found.holds, parts, self.evidence(record), self._proof(found), before)

    def problems(self) -> list[Claimed]:
        """A problem for each unsupported claim that was asked for so far."""
        return list(self._problems.values())

    def _problem(self, found: Judged) -> None:
        for number, each in enumerate(found.problems):
            parts = phrased(self._proof(found), self._parts(found.claim, each))
            self._problems[f"{found.claim.id} {number}"] = Claimed(
                False, parts, self.evidence(found.claim), self._proof(found)
            )

    def _proof(self, found: Judged) -> Figure:
        """A claim as evidence: what it rests on, or what speaks against it."""
        data = found.claim.data
        records = tuple(self.evidence(record) for record in found.records)
        return self.tracer.figure(
            Evidence(
                found.claim.id,
                data["title"],
                data["definition"],
                STATE_TITLES[found.state],
                "",
                records,
            )
        )

    def _told(self, found: Judged) -> Claim:
        data = found.claim.data
        return Claim(
            found.claim.id,
            data["title"],
            data["definition"],
            found.state.value,
            STATE_TITLES[found.state],
            "".join(map(str, self._parts(found.claim, found.text))),
            tuple("".join(map(str, self._parts(found.claim, each))) for each in found.problems),
            tuple(self._asked(each) for each in found.used),
            tuple(self.evidence(record) for record in found.records),
        )

    def _asked(self, used: str) -> Evidence:
        """Something that a claim asked, as evidence."""
        record = self.office.register.get(used)
        if record is not None and record.kind == "claim":
            found = self._judge.judge(record, self._given())
            return self.tracer.evidence(self._proof(found).key)
        return self.tracer.evidence(self._named(used).key)

    def _parts(self, claim: Record, pieces: tuple[Piece, ...]) -> list[str | Figure]:
        parts: list[str | Figure] = []
        for each in pieces:
            if isinstance(each, Named):
                figure = self._named(each.id)
                parts.append(figure.shown_as(f"{figure}{figure.unit}"))
            elif isinstance(each, Listed):
                views = [self.view(record) for record in each.records]
                parts.append(self.tracer.evidenced(views, f"{claim.data['title']}：例外"))
            elif each:
                parts.append(each)
        return parts

    def _named(self, used: str) -> Figure:
        """The figure of an indicator or a duty that a claim has asked for."""
        record = self.office.register.get(used)
        is_duty = record is not None and record.kind == "duty"
        return self._figure(used, self.kept(used) if is_duty else self.measured(used))

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self)

    def _given(self) -> dict[str, Any]:
        ends = {"from": self.period.begins.isoformat(), "until": self.period.ends.isoformat()}
        return {"period": ends}

    # --- facts ----------------------------------------------------------------------------------

    def measured(self, indicator_id: str) -> Measured:
        """See :class:`jzy.model.claims.Facts`."""
        if indicator_id not in self._measured:
            record = self.office.register.get(indicator_id)
            assert record is not None  # noqa: S101 - whoever asks has looked
            known = self.knowledge
            self._measured[indicator_id] = measure(
                self.office.register, record, self.period, known.functions, known.view
            )
        return self._measured[indicator_id]

    def kept(self, duty_id: str) -> Kept:
        """See :class:`jzy.model.claims.Facts`."""
        if duty_id not in self._kept:
            record = self.office.register.get(duty_id)
            assert record is not None  # noqa: S101 - as above
            self._kept[duty_id] = kept(self.knowledge, record, self.period)
        return self._kept[duty_id]

    def found(
        self, codes: Iterable[str], among: Iterable[Record] | None = None
    ) -> list[tuple[str, Record, str]]:
        """See :class:`jzy.model.claims.Facts`."""
        asked = None if among is None else list(among)
        return [
            (code, each.record, each.message)
            for code in codes
            for each in self._breaches(code, asked)
        ]

    def _breaches(self, code: str, among: list[Record] | None) -> list[Breach]:
        """The breaches of a rule or check, in some records or in all.

        What is judged record by record is asked of no record that nobody speaks of.
        """
        if among is not None and not is_whole(code):
            return [breach for record in among for breach in self._of_one(code, record)]
        if code not in self._findings:
            case = self._case.reading(self.office.loaded.records)
            self._findings[code] = [breach for _, breach in run(case, [code])]
        if among is None:
            return self._findings[code]
        ids = {record.id for record in among}
        return [breach for breach in self._findings[code] if breach.record.id in ids]

    def _of_one(self, code: str, record: Record) -> list[Breach]:
        known = self._judged.get((code, record.id))
        if known is None:
            judges = (run_one, run_any)
            found = [each for judge in judges for _, each in judge(self._case, record, [code])]
            known = self._judged[code, record.id] = found
        return known

    def is_proven(self, record: Record) -> bool:
        """See :class:`jzy.model.claims.Facts`."""
        if self.proofs is None:
            self.proofs = proofs_of(self.office)
        return is_proven(self.office, self.proofs, record)

    @cached_property
    def _case(self) -> Case:
        return Case(self.office.register, self.knowledge.today)

    # --- records --------------------------------------------------------------------------------

    def view(self, record: Record) -> RecordView:
        """A record as templates read it."""
        return seen(self.office, record)

    def evidence(self, record: Record) -> EvidenceRecord:
        """A record as evidence."""
        return as_evidence(self.office, record)

    def _figure(self, key: str, found: Measured | Kept) -> Figure:
        unit = found.unit if isinstance(found, Measured) else "次"
        records = tuple(self.evidence(record) for record in found.records)
        return self.tracer.figure(
            Evidence(key, found.title, found.definition, found.value, unit, records)
        )

    def _register_record(self, record_id: str, kind: str, title: str) -> Record:
        record = self.office.register.get(record_id)
        if record is None or record.kind != kind:
            raise JzyError(
                f"没有编号为 {record_id} 的{title}", f"请登记该{title}，或改正模板中的编号"
            )
        return record


def seen(office: Office, record: Record, markdown: tuple[str, ...] = ()) -> RecordView:
    """A record as templates read it.

    Args:
        office: the repository.
        record: the record.
        markdown: top-level properties whose texts are Markdown.
    """
    return RecordView(as_evidence(office, record), record.data, markdown)


def as_evidence(office: Office, record: Record) -> EvidenceRecord:
    """A record as evidence."""
    kind = office.kinds[record.kind]
    day = record.at(kind.date_property) if kind.date_property else ""
    name = kind.name_of(record.data) or record.id
    return EvidenceRecord(record.id, kind.title, name, str(day or "")[:10], record.path)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a template hands over, as conditions know it."""
    return {
        name: value.value if isinstance(value, Figure) else value for name, value in given.items()
    }
