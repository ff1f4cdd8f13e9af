"""The signatures of a printed form: a block for each stage of the chain, and how it came to them.

The blocks show the round that stands: who signed, with what opinion, when, and whether history
proves it. Stages to come are left for a hand to fill in. Earlier rounds, changes agreed to and
entries that do not count are told in a list below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jzy.model.chain import (
    DECISION_TITLES,
    STATE_TITLES,
    Progress,
    State,
    replay,
    slot_title,
)
from jzy.model.document import Cell, Emphasis, Runs, Text
from jzy.model.expression import BadExpression
from jzy.model.moments import date_cn, day_of, moment_cn, moment_of
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.standing import Need, standing
from jzy.model.workflow import SUBMISSION, Slot, Stage, Workflow, workflows_for
from jzy.office.docket import Verdict
from jzy.office.form_sheet import LABELS, UNITS, label, room, runs
from jzy.office.form_values import width
from jzy.office.proofs import Proofs

BY_HAND = "签字：　　　　　　"
DAY_BY_HAND = "年　　月　　日"
Rows = list[tuple[tuple[Cell, ...], int]]
"""Rows of cells in units, with their heights."""
_HALF = UNITS // 2 - LABELS[2]
_HEIGHT = 20
_SHORT = 8
_AGAINST = ("return", "reject")
_LOG = (6, 5, 5, 8)
_LOG_TITLES = ("时间", "环节", "办理人", "结论和意见")


def signatures(register: Register, record: Record, proofs: Proofs) -> Rows:
    """The blocks of a record's chain; none where no chain applies and nothing was signed.

    Args:
        register: the records.
        record: whose chain.
        proofs: what history proves.
    """
    return _Signing(register, record, proofs).rows()


def signatures_by_hand(register: Register, kind: str) -> Rows:
    """The blocks of a form to be filled in by hand: those of the one chain that applies to a kind
    without condition; stages that depend on what is filled in say so."""
    known = [Workflow.of(each) for each in register.of("workflow")]
    found = [each for each in known if kind in each.kinds and each.condition is None]
    if len(found) != 1:
        return []
    cells = [_by_hand("经办人报送", [])]
    for stage in found[0].stages:
        note = "（如适用）" if stage.condition else ""
        cells.append(_by_hand(title_of(stage) + note, []))
    return _two_a_row(cells)


def title_of(stage: Stage) -> str:
    """What a stage's block is called."""
    word = "阅知" if stage.note else "意见"
    return stage.title if stage.title.endswith(word) else stage.title + word


class _Signing:
    def __init__(self, register: Register, record: Record, proofs: Proofs) -> None:
        self.register, self.record, self.proofs = register, record, proofs
        self.progress: Progress = replay(register, record)
        self.entries = self.progress.entries
        submitted = [at for at, each in enumerate(self.entries) if each.get("decision") == "submit"]
        self.begins = submitted[-1] if submitted else len(self.entries)
        self.shown: set[int] = set()

    def rows(self) -> Rows:
        stages = self._stages()
        cells = [self._submission()] if stages or self.entries else []
        cells += [self._stage(stage) for stage in stages]
        rows = _two_a_row(cells)
        if self.entries:
            wide = UNITS - LABELS[1]
            said = Cell((runs(self._standing()),), across=wide)
            rows.append(((label("审批结论", LABELS[1]), said), 0))
        return [*rows, *self._log()]

    def _stages(self) -> list[Stage]:
        """The stages of the chain that the record is in, or would go through."""
        if self.progress.stages:
            return self.progress.stages
        if self.progress.state is not State.DRAFT:
            return []
        try:
            found = workflows_for(self.register, self.record)
            return found[0].stages_for(self.record) if len(found) == 1 else []
        except BadExpression:  # the workflow is to blame, and validation says so
            return []

    # --- blocks ---------------------------------------------------------------------------------

    def _submission(self) -> tuple[Cell, Cell]:
        if self.begins < len(self.entries):
            return self._signed("经办人报送", [self.begins], [])
        return _by_hand("经办人报送", [])

    def _stage(self, stage: Stage) -> tuple[Cell, Cell]:
        """The block of a stage: who signed it in this round, and whose signature is wanted."""
        counted = [entry for entry, _ in self.progress.filled.get(stage.key, ())]
        found = [at for at, each in enumerate(self.entries) if any(each is one for one in counted)]
        stopped = self._stopped(stage)
        if stopped is not None:
            return self._signed(title_of(stage), [*found, stopped], [])
        over = self.progress.state is State.REJECTED or self.progress.is_done(stage)
        several = stage.require_all and len(self._slots(stage)) > 1
        wanted = [] if over else self._open(stage)
        titles = [slot_title(self.register, slot) for slot in wanted] if several else []
        if found:
            return self._signed(title_of(stage), found, titles)
        if self.progress.state is State.REJECTED:
            return label(title_of(stage), LABELS[2]), Cell((runs("（未经此环节）"),), across=_HALF)
        return _by_hand(title_of(stage), titles)

    def _slots(self, stage: Stage) -> list[Slot]:
        return stage.slots(self.progress.judged or self.record)

    def _open(self, stage: Stage) -> list[Slot]:
        return self.progress.open_slots(stage) if self.progress.judged else self._slots(stage)

    def _stopped(self, stage: Stage) -> int | None:
        """The position of the entry that returned or rejected the record at a stage."""
        if self.progress.state not in (State.RETURNED, State.REJECTED):
            return None
        broken = {breach.entry for breach in self.progress.breaches}
        for at in range(len(self.entries) - 1, self.begins, -1):
            entry = self.entries[at]
            if entry.get("decision") in _AGAINST and at not in broken:
                return at if entry.get("stage") == stage.key else None
        return None

    def _signed(self, title: str, positions: list[int], wanted: list[str]) -> tuple[Cell, Cell]:
        lines: list[Runs] = []
        foot: list[Runs] = []
        for at in positions:
            self.shown.add(at)
            entry = self.entries[at]
            said = self._said(entry)
            where = foot if foot else lines
            where.append(runs(said))
            foot += self._foot(entry, at)
        for each in wanted:
            foot += [runs(each), runs(BY_HAND), runs(DAY_BY_HAND)]
        return label(title, LABELS[2]), Cell(tuple(lines), tuple(foot), across=_HALF)

    def _said(self, entry: Mapping[str, Any]) -> str:
        """The decision and the opinion; an opinion that repeats the decision stands alone."""
        decision = DECISION_TITLES.get(str(entry.get("decision")), str(entry.get("decision")))
        opinion = str(entry.get("opinion") or "").strip()
        if not opinion:
            return f"{decision}。"
        against = entry.get("decision") in _AGAINST
        if opinion.startswith(decision) and not against:
            return opinion
        return f"{decision}：{opinion}" if decision != "报送" else opinion

    def _foot(self, entry: Mapping[str, Any], at: int) -> list[Runs]:
        who, day = self._who(entry), self._day(entry)
        proof: Runs = (Emphasis((Text(self._proof(at)),)),)
        if width(who) + 1 + width(day) <= room(_HALF):
            return [runs(f"{who}　{day}"), proof]
        return [runs(who), runs(day), proof]

    def _who(self, entry: Mapping[str, Any]) -> str:
        name, behalf = self.register.name(entry.get("by")), entry.get("on_behalf_of")
        return f"{name}（代{self.register.name(behalf)}）" if behalf else name

    def _day(self, entry: Mapping[str, Any]) -> str:
        try:
            return date_cn(day_of(str(entry.get("at", "")), self.register.time_zone))
        except ValueError:
            return str(entry.get("at", ""))

    def _proof(self, at: int) -> str:
        """The commit that brought an entry, and what history says of it."""
        why = self.proofs.unsaved(self.record.path)
        if why:
            return f"未证明：{why}"
        found = self.proofs.entries.get((self.record.path, at))
        if found is None:
            return "未证明：历史中没有这条签批"
        commit = f"提交 {found.commit[:_SHORT]}　" if found.commit else ""
        if found.verdict is Verdict.PROVEN:
            return f"{commit}已证明"
        verdict = "不成立" if found.verdict is Verdict.BROKEN else "未证明"
        return f"{commit}{verdict}：{found.reason}"

    # --- where it stands ------------------------------------------------------------------------

    def _standing(self) -> str:
        progress = self.progress
        found = standing(self.register, progress)
        kind = self.register.kind_of(self.record)
        names = "”“".join(kind.path_title((name,)) for name, _ in found.changed)
        changed = found.why or (f"改动了“{names}”" if names else "")
        said = STATE_TITLES[progress.state]
        if progress.state is State.APPROVED and found.need is Need.REAPPROVE:
            said = f"批准之后{changed}，原来的批准已失效，须重新审批"
        elif progress.state is State.APPROVED and found.need is Need.CONSENT:
            said = f"批准之后{changed}，须经同意"
        elif progress.state is State.APPROVED and changed:
            said = f"已批准（批准之后{changed}，告知即可）"
        elif not found.holds:
            said += f"；报送之后{changed}，须撤回后重新报送"
        elif progress.current is not None:
            said += f"，等待{progress.current.title}"
        if progress.breaches:
            said += f"；有 {len({each.index for each in progress.breaches})} 条签批不合流程"
        why = self.proofs.why(self.record.path)
        return f"{said}；尚未全部证明（{why}）" if why else f"{said}，全部签批已由提交历史证明"

    def _log(self) -> Rows:
        """What is in no block: earlier rounds, withdrawals, consent to changes, what breaks rules."""
        rest = [at for at in range(len(self.entries)) if at not in self.shown]
        if not rest:
            return []
        titles = [label(title, units) for title, units in zip(_LOG_TITLES, _LOG, strict=True)]
        rows: Rows = [((label("其他办理经过", UNITS),), 0), (tuple(titles), 0)]
        stages = self.progress.workflow.stages if self.progress.workflow else ()
        named = {stage.key: stage.title for stage in stages} | {SUBMISSION: "报送"}
        for at in rest:
            entry = self.entries[at]
            stage = str(entry.get("stage"))
            proof = (Emphasis((Text(self._proof(at)),)),)
            said = [runs(self._said(entry)), *self._broken(at), proof]
            first, second, third, last = _LOG
            rows.append(
                (
                    (
                        Cell((runs(self._moment(entry)),), across=first, align="center"),
                        Cell((runs(named.get(stage, stage)),), across=second, align="center"),
                        Cell((runs(self._who(entry)),), across=third, align="center"),
                        Cell(tuple(said), across=last),
                    ),
                    0,
                )
            )
        return rows

    def _broken(self, at: int) -> Iterator[Runs]:
        for breach in self.progress.breaches:
            if breach.entry == at:
                yield runs(f"不作数：{breach.message}")

    def _moment(self, entry: Mapping[str, Any]) -> str:
        try:
            return moment_cn(moment_of(str(entry.get("at", "")), self.register.time_zone))
        except ValueError:
            return str(entry.get("at", ""))


def _by_hand(title: str, wanted: list[str]) -> tuple[Cell, Cell]:
    """A block to be signed on paper: a line for each signature."""
    foot = [runs(line) for each in wanted for line in (each, BY_HAND, DAY_BY_HAND)]
    plain = [runs(BY_HAND), runs(DAY_BY_HAND)]
    return label(title, LABELS[2]), Cell((), tuple(foot or plain), across=_HALF)


def _two_a_row(blocks: list[tuple[Cell, Cell]]) -> Rows:
    rows: Rows = []
    for at in range(0, len(blocks), 2):
        pair = blocks[at : at + 2]
        if len(pair) == 1:
            name, cell = pair[0]
            whole = Cell(cell.lines, cell.foot, across=UNITS - LABELS[1])
            rows.append(((name, whole), _HEIGHT))
        else:
            rows.append(((*pair[0], *pair[1]), _HEIGHT))
    return rows
