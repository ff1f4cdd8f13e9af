"""What a record at the tip of history says, as far as its sign-offs go."""

from __future__ import annotations

from jzy.model.chain import replay
from jzy.model.digest import entry_digest
from jzy.model.record import Record
from jzy.model.standing import Need, Policy, standing
from jzy.office.court import Court, proof_of
from jzy.office.docket import Proof, Standing, Verdict

_LEAVES_CONTENT_FREE = frozenset({"return", "reject", "withdraw"})
_ALONE = "历史中没有一次提交单独加入这条签批（可能是手工填写，或经过压缩、变基）"


def standing_of(court: Court, path: str, blob: str) -> Standing | None:
    """What one file of the tip says; ``None`` where it holds no sign-offs.

    Args:
        court: which has heard all of history.
        path: of the file.
        blob: its object id.
    """
    kind = court.past.kind_of(path)
    if kind is None or kind.is_register or not court.may_have_sign_offs(blob):
        return None
    record = court.past.record(path, blob)
    if record is None:
        return Standing(blob, (), fault="记录无法读取或不合格式，其中的签批无从证明")
    if not record.sign_offs:
        return None
    entries = tuple(entry_digest(entry) for entry in record.sign_offs)
    missing = tuple(
        proof_of(record, index, Verdict.UNPROVEN, _ALONE)
        for index, entry in enumerate(entries)
        if (path, index, entry) not in court.docket.proofs
    )
    starts = record.at(str(kind.schema.get("x-jzy-carried-out", {}).get("starts", "")))
    last = court.docket.proofs.get((path, len(entries) - 1, entries[-1]))
    return Standing(
        blob,
        entries,
        missing,
        starts if isinstance(starts, str) else "",
        _fault(court, record, last) if last else "",
    )


def _fault(court: Court, record: Record, last: Proof) -> str:
    """Whether the content is still what the last sign-off speaks of, or changed as allowed.

    Judged by the registers by which that sign-off was judged: later ones do not undo it.
    """
    if last.decision in _LEAVES_CONTENT_FREE or last.digest == record.digest or not last.judged_by:
        return ""
    register = court.full(court.trust.register_at(last.judged_by), record)
    progress = replay(register, record)
    found = standing(register, progress)
    if found.holds:
        return ""
    kind = court.past.kinds[record.kind]
    names = [name for name, policy in found.changed if policy is not Policy.NOTIFY]
    names = names or [name for name, _ in found.changed]  # in review every change counts
    changed = "、".join(kind.path_title((name,)) for name in names)
    said = f"最后一次签批之后改动了“{changed}”" if changed else found.why
    return said + ("，须征得同意" if found.need is Need.CONSENT else "，须重新报送审批")
