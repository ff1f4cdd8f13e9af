"""What lies ahead of a record: who signs next, what is still missing, which commands fit.

Nothing here decides anything: each part asks what validation, signing and moves ask themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jzy.model.attachments import Attachment, named_in
from jzy.model.chain import Progress, State, replay, slot_title
from jzy.model.delegation import entrusted
from jzy.model.duties import judge
from jzy.model.expression import BadExpression, holds
from jzy.model.findings import Severity
from jzy.model.functions import Knowledge
from jzy.model.kinds import Kind
from jzy.model.moments import date_cn, moment_cn, moment_of
from jzy.model.moves import Move, moves_of
from jzy.model.owing import DutyState
from jzy.model.record import Record, dotted_of
from jzy.model.register import Register
from jzy.model.standing import Need, standing
from jzy.model.workdays import UNIT_TITLES, MissingCalendar
from jzy.model.workflow import Slot, Stage, Workflow, workflows_for
from jzy.office import move as moving
from jzy.office.context import Office
from jzy.office.status import Group, next_step
from jzy.rules.all import RULES, run
from jzy.rules.base import Case
from jzy.rules.checks import all_checks
from jzy.store.attachments import Shelf
from jzy.store.attachments import State as CopyState

_DUTIES = "JZY504"
"""The finding that repeats what a duty owed says."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A stage that is still to come."""

    position: int
    """In its chain, from 1."""
    title: str
    note: bool
    now: bool
    """Whether it is this stage's turn."""
    slots: tuple[str, ...]
    """The signatures that it waits for: all of them, or any."""
    require_all: bool
    people: tuple[str, ...]
    """Who may give one today, by name; who does so for another is marked."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a record lacks."""

    kind: str
    """``precondition lead_time finding duty move attachment sign_off``."""
    what: str
    advice: str = ""
    severity: Severity = Severity.NOTE
    code: str = ""
    at: str = ""
    """Dotted path in the record."""
    due: str = ""
    """ISO date or date-time until which there is time."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command that fits now."""

    command: str
    words: str


@dataclass(frozen=True, slots=True)
class Copy:
    """An attachment that a record names, and whether its copy is at hand; its content is not read."""

    attachment: Attachment
    at_hand: bool
    why: str


class Prospect:
    """A record with what lies ahead of it.

    Args:
        office: the repository.
        record: a sound one.
        now: the present moment, if it is another than the clock's.
    """

    def __init__(self, office: Office, record: Record, now: datetime | None = None) -> None:
        self.office = office
        self.record = record
        self.now = now or office.now()
        self.kind: Kind = office.kinds[record.kind]
        self.register = office.register
        self.progress: Progress = replay(self.register, record)
        self.need = standing(self.register, self.progress).need
        self.workflow = self._workflow()
        shelf = Shelf(office.root)
        self.copies = [
            Copy(each, found.state is CopyState.PRESENT, found.why)
            for each in named_in(self.kind, record)
            for found in [shelf.find(each.sha256, each.name, read=False)]
        ]

    def _workflow(self) -> Workflow | None:
        """The chain that the record is in, or that it would go if it were submitted now."""
        if self.progress.state is State.IN_REVIEW or (
            self.progress.state is State.APPROVED and self.need is not Need.REAPPROVE
        ):
            return self.progress.workflow
        try:
            found = workflows_for(self.register, self.record)
        except BadExpression:
            return None
        return found[0] if len(found) == 1 else None

    @property
    def submittable(self) -> bool:
        """Whether the next thing is to submit it."""
        if self.workflow is None:
            return False
        waiting = (State.DRAFT, State.RETURNED, State.WITHDRAWN)
        return self.progress.state in waiting or (
            self.progress.state is State.APPROVED and self.need is Need.REAPPROVE
        )

    # --- signatures -----------------------------------------------------------------------------

    def coming(self) -> list[Coming]:
        """The stages still to come, in order; those of a chain not begun included."""
        progress = self.progress
        if progress.state is State.APPROVED and self.need is Need.CONSENT:
            stage = progress.consenting
            slots = progress.wanted_slots(stage) if stage else []
            at = progress.stages.index(stage) + 1 if stage else 0
            return [self._coming(at, stage, slots, now=True)] if stage else []
        if progress.state is State.IN_REVIEW:
            current = progress.current
            return [
                self._coming(at, stage, progress.open_slots(stage), now=stage is current)
                for at, stage in enumerate(progress.stages, 1)
                if not progress.is_done(stage)
            ]
        if not self.submittable or self.workflow is None:
            return []
        try:
            stages = self.workflow.stages_for(self.record)
        except BadExpression:
            return []
        return [
            self._coming(at, stage, stage.slots(self.record), now=False)
            for at, stage in enumerate(stages, 1)
        ]

    def _coming(self, at: int, stage: Stage, slots: list[Slot], *, now: bool) -> Coming:
        day = self.now.date().isoformat()
        people = []
        for person in self.register.people.values():
            if any(person.holds(slot.post, slot.unit, day) for slot in slots):
                people.append(person.name)
                continue
            given = entrusted(self.register, slots, self.record.kind, person.id, day)
            if given:
                principal = self.register.name(given[0][0].principal)
                people.append(f"{person.name}（代{principal}）")
        titles = tuple(slot_title(self.register, slot) for slot in slots)
        return Coming(at, stage.title, stage.note, now, titles, stage.require_all, tuple(people))

    # --- what is missing ------------------------------------------------------------------------

    def missing(self) -> list[Lack]:
        """What the record lacks, the nearest first."""
        found = [*self._before_submission(), *self._findings(), *self._duties()]
        found += [*self._next_move(), *self._copies()]
        return list(dict.fromkeys(found))

    def _before_submission(self) -> Iterator[Lack]:
        if not self.submittable or self.workflow is None:
            return
        try:
            for unmet in self.workflow.unmet(self.record):
                what = f"报送前还缺：{unmet.title}"
                yield Lack("precondition", what, unmet.advice, Severity.ERROR, at=unmet.at)
            yield from self._lead_times(self.workflow)
        except BadExpression as error:
            yield Lack(
                "precondition", f"流程 {self.workflow.id} 有误：{error}", "请由管理员修改流程"
            )

    def _lead_times(self, workflow: Workflow) -> Iterator[Lack]:
        if workflow.waiver and self.record.at(workflow.waiver):
            return
        calendar = Knowledge(self.register, self.now.date()).calendar
        for lead in workflow.lead_times:
            value = self.record.at(lead.before)
            if not isinstance(value, str) or not holds(lead.condition, self.record.signed):
                continue
            try:
                latest = calendar.latest(lead, moment_of(value, self.register.time_zone))
            except (MissingCalendar, ValueError, OverflowError):
                continue
            late = self.now > latest
            ahead = f"提前 {lead.amount} {UNIT_TITLES[lead.unit]}"
            what = f"最迟应于 {moment_cn(latest)} 报送（{ahead}）{'，已经过期' if late else ''}"
            path = workflow.waiver
            advice = f"确属紧急的，请在 {path} 中写明理由和同意人" if late and path else ""
            severity = Severity.WARNING if late else Severity.NOTE
            due = latest.isoformat(timespec="seconds")
            yield Lack("lead_time", what, advice, severity, at=lead.before, due=due)

    def _findings(self) -> Iterator[Lack]:
        for code, severity, at, message, advice in findings_of(self.office, self.record):
            if code != _DUTIES:
                yield Lack("finding", message, advice, severity, code, at)

    def _duties(self) -> Iterator[Lack]:
        """What duties ask of this record and is not done; what others owe is not its own."""
        today = self.office.day
        knowledge = Knowledge(self.register, today)
        for duty in self.register.of("duty"):
            if duty.data["kind"] != self.record.kind:
                continue
            for instance in judge(knowledge, duty).instances:
                owes = instance.subject is not None and instance.subject.id == self.record.id
                if not owes or instance.state not in (DutyState.DUE, DutyState.MISSED):
                    continue
                missed = instance.state is DutyState.MISSED
                when = f"{date_cn(instance.due)}之前" if instance.due.year < 9999 else "持续"
                what = f"{duty.data['title']}（{when}）{'，没有按期完成' if missed else ''}"
                severity = Severity.ERROR if missed else Severity.NOTE
                advice = next_step(self.register, Group(duty, (instance,)))
                due = instance.due.isoformat()
                yield Lack("duty", what, advice, severity, _DUTIES if missed else "", due=due)

    def _next_move(self) -> Iterator[Lack]:
        """What the move that mostly follows the last one still waits for."""
        following = self._following()
        if following is None:
            return
        why = moving.fits(self.office, self.record, following, self.now)
        if why is not None:
            yield Lack("move", f"“{following.title}”之前：{why.what}", why.advice)

    def _following(self) -> Move | None:
        made = [each for each in moves_of(self.kind) if self._is_made(each)]
        wanted = made[-1].next if made else None
        found = next((each for each in moves_of(self.kind) if each.name == wanted), None)
        return found if found is not None and not self._is_made(found) else None

    def _is_made(self, move: Move) -> bool:
        try:
            return move.is_made(self.record.data)
        except BadExpression:
            return False

    def _copies(self) -> Iterator[Lack]:
        gone = [each for each in self.copies if not each.at_hand]
        if gone:
            names = "、".join(dict.fromkeys(each.attachment.name for each in gone))
            why = next((f"（{each.why}）" for each in gone if each.why), "")
            advice = f"有原件的，用 jzy attach {self.record.id} 文件 补回"
            at = dotted_of(gone[0].attachment.at)
            yield Lack("attachment", f"附件的副本不在本机：{names}{why}", advice, at=at)

    # --- what comes next ------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """The commands that fit now."""
        record, found = self.record, []
        edit = Step(f"jzy {self.kind.name} edit {record.id}", "修改")
        if self.submittable:
            words = "重新报送审批" if self.progress.entries else "报送审批"
            unmet = any(each.kind == "precondition" for each in self._before_submission())
            found += [edit] if unmet else []
            words = f"补齐之后{words}" if unmet else words
            found.append(Step(f"jzy submit {record.id}", words))
        for stage in self.coming():
            if stage.now:
                what = "同意变更" if self.progress.state is State.APPROVED else stage.title
                who = "、".join(stage.people[:3]) or "现无人可签"
                found.append(Step(f"jzy approve {record.id}", f"{what}，由{who}办理"))
        if self.progress.state is State.IN_REVIEW:
            who = self.register.name(self.progress.submitter)
            found.append(Step(f"jzy withdraw {record.id}", f"撤回修改，由{who}办理"))
        found += [
            Step(f"jzy {self.kind.name} {each.name} {record.id}", each.title)
            for each in moves_of(self.kind)
            if (each.again or not self._is_made(each)) and self._fits(each)
        ]
        if self.progress.state is not State.IN_REVIEW and edit not in found:
            found.append(edit)
        return found

    def _fits(self, move: Move) -> bool:
        return moving.fits(self.office, self.record, move, self.now) is None


# --- other records --------------------------------------------------------------------------------


def referring(register: Register, record: Record) -> dict[str, list[Record]]:
    """The records that name a record, by kind; signatures do not count."""
    found: dict[str, list[Record]] = {}
    for kind in register.kinds.values():
        paths = {each.path for each in kind.references if record.kind in each.kinds}
        if not any(path[0] != "sign_offs" for path in paths):
            continue
        for other in register.of(kind.name):
            named = (
                target == record.id and reference.path[0] != "sign_offs"
                for _, target, reference in kind.references_in(other.data)
            )
            if other.id != record.id and any(named):
                found.setdefault(kind.name, []).append(other)
    return found


# --- findings of one record -----------------------------------------------------------------------


class _Focus(Register):
    """All records to look up, and few to go through: those that a rule must judge to say what is
    wrong with one of them. Registers stay whole, because rules compare their records."""

    def __init__(self, register: Register, record: Record) -> None:
        self.__dict__.update(vars(register))
        kind = register.kind_of(record)
        named = {target for _, target, _ in kind.references_in(record.data)}
        near = {each.id: each for each in map(register.get, named) if each is not None}
        self._mine = record
        self._near = [*{**near, record.id: record}.values()]

    def __iter__(self) -> Iterator[Record]:
        return iter(self._near)

    def of(self, kind: str) -> list[Record]:
        whole = super().of(kind)
        if kind == "duty" and self._mine.kind != "duty":
            return [duty for duty in whole if duty.data["kind"] == self._mine.kind]
        if kind == self._mine.kind and not self.kinds[kind].is_register:
            return [self._mine]
        return whole


def findings_of(office: Office, record: Record) -> list[tuple[str, Severity, str, str, str]]:
    """What validation says of one record, without judging all the others.

    Returns:
        Code, severity, dotted place, sentence and advice of each finding.
    """
    register = office.register
    case = Case(_Focus(register, record), office.day, [record])
    # Conditions may ask of any record, so these see the whole register.
    case.__dict__["knowledge"] = Knowledge(register, case.today, case.progress)
    own = {check.text.code for kind, check in all_checks(office.kinds) if kind.name == record.kind}
    return [
        (text.code, text.severity, dotted_of(each.at), each.message, each.advice or text.advice)
        for text, each in run(case, own | set(RULES))
        if each.record.id == record.id
    ]
