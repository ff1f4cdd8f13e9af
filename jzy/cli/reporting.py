"""What is told of a report beside its text: figures and claims with their grounds, and drift."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from jzy.cli import screen
from jzy.model.claims import STATE_TITLES, ClaimState
from jzy.model.document import Claim, Document, Evidence, EvidenceRecord
from jzy.model.record import Record
from jzy.office.drift import Cause, Checked, Commit, Drifted

if TYPE_CHECKING:
    from jzy.office.bundle import Bundled

_SHOWN = 12
"""Records of a figure that are listed on the terminal; ``--json`` has all."""
_MARKS = {
    ClaimState.SUPPORTED: ("✓", "good"),
    ClaimState.PENDING: ("…", "note"),
    ClaimState.UNSUPPORTED: ("✗", "error"),
    ClaimState.IDLE: ("–", "dim"),
}


def unsupported(document: Document) -> list[Claim]:
    """The claims that the records do not bear out."""
    return [claim for claim in document.claims if claim.state == ClaimState.UNSUPPORTED]


def warn(found: Sequence[Claim], *, strict: bool) -> None:
    """Say which claims are not supported, if any, and what became of them."""
    if not found:
        return
    sign, role = ("✗ ", "error") if strict else ("! ", "warning")
    screen.hanging(sign, f"{len(found)} 条断言得不到记录支持，报告没有这样写：", role)
    for claim in found:
        said = "".join(claim.problems) or "它所依据的另一条断言不成立。"
        screen.hanging("  ", f"{claim.title}（{claim.id}）：{said}")
    screen.hanging("  → ", "依据见 jzy report --explain；补登实际存在的记录，或如实登记为问题")


# --- every figure and claim -----------------------------------------------------------------------


def explain(document: Document) -> None:
    """Every figure and claim with definition, value, records and commits."""
    claims = {claim.id for claim in document.claims}
    figures = [each for each in document.evidence if each.key not in claims]
    screen.out(f"数据（{len(figures)}）", "strong")
    for number, each in enumerate(figures, 1):
        screen.out()
        screen.out_hanging(f"{number}. ", f"{each.title}：{each.text}", "strong")
        screen.out_hanging("   口径：", each.definition)
        screen.out_hanging("   编号：", each.key, "dim")
        _records(each.records)
    screen.out()
    screen.out(f"断言（{len(document.claims)}）", "strong")
    for claim in document.claims:
        _claim(claim)
    counts = [
        f"{sum(claim.state == state for claim in document.claims)} 条{title}"
        for state, title in STATE_TITLES.items()
    ]
    screen.out()
    screen.out_hanging("", f"数据 {len(figures)} 个；断言：{'，'.join(counts)}", "strong")


def _claim(claim: Claim) -> None:
    mark, role = _MARKS[ClaimState(claim.state)]
    screen.out()
    screen.out_hanging(f"{mark} ", f"{claim.title}：{claim.state_title}", role)
    screen.out_hanging("   口径：", claim.definition)
    screen.out_hanging("   编号：", claim.id, "dim")
    if claim.text:
        screen.out_hanging("   写作：", claim.text)
    for problem in claim.problems:
        screen.out_hanging("   问题：", problem)
    for each in claim.asked:
        screen.out_hanging("   依据：", f"{each.title} {each.text}（{each.key}）")
    if claim.state != ClaimState.IDLE:
        _records(claim.records)


def _records(records: Sequence[EvidenceRecord]) -> None:
    if not records:
        screen.out("   记录：无")
        return
    for number, record in enumerate(records[:_SHOWN]):
        commit = record.commit[:10] or "尚未提交"
        label = "   记录：" if number == 0 else "         "
        screen.out_hanging(label, f"{record.id} {commit} {record.name}")
    if len(records) > _SHOWN:
        screen.out(f"         等 {len(records)} 份（--json 列出全部）")


def plain(record: Record, document: Document, output: str | None) -> dict[str, Any]:
    """A report for programs."""
    return {
        "id": record.id,
        "title": document.title,
        "commit": document.meta.commit,
        "output": output,
        "figures": [_plain_figure(each) for each in document.evidence],
        "claims": [
            {
                "id": claim.id,
                "title": claim.title,
                "definition": claim.definition,
                "state": claim.state,
                "text": claim.text,
                "problems": list(claim.problems),
                "asked": [
                    {"key": each.key, "value": each.value, "unit": each.unit}
                    for each in claim.asked
                ],
                "records": _plain_records(claim.records),
            }
            for claim in document.claims
        ],
    }


def _plain_figure(evidence: Evidence) -> dict[str, Any]:
    return {
        "key": evidence.key,
        "title": evidence.title,
        "definition": evidence.definition,
        "value": evidence.value,
        "unit": evidence.unit,
        "records": _plain_records(evidence.records),
    }


def _plain_records(records: Iterable[EvidenceRecord]) -> list[dict[str, str]]:
    return [{"id": r.id, "path": r.path, "commit": r.commit} for r in records]


# --- the evidence folder --------------------------------------------------------------------------


def show_bundle(found: Bundled, target: str) -> None:
    """What is in an evidence folder, and what is missing from it."""
    screen.done(
        f"佐证材料已写入 {target}（{found.materials} 份记录、{found.attachments} 个附件，"
        f"共 {found.files} 个文件）"
    )
    for why in found.without:
        screen.hanging("! ", f"报告{why}", "warning")
    if found.missing:
        screen.hanging("! ", f"{len(found.missing)} 个附件不在本机，没有附上：", "warning")
        for each in found.missing[:_SHOWN]:
            screen.hanging("  ", f"{each.number} {each.name}（{each.record}）：{each.why}")
        rest = len(found.missing) - _SHOWN
        if rest > 0:
            screen.hanging("  ", f"另有 {rest} 个，见其中的 说明.txt")
        screen.hanging("  → ", "请用 jzy attach 编号 文件 补回副本，再打包一次")
    screen.hanging(
        "  ", "其中的 记录.bundle 含全部记录的提交历史，不只是所列材料，请注意交付的范围"
    )
    screen.hanging("  → ", "核对办法见其中的 说明.txt；请另行告知对方以下两项：")
    screen.hanging("    ", f"SHA256SUMS 的校验值：{found.sums}")
    screen.hanging("    ", f"根密钥指纹：{found.root or '（没有签名，无法核验）'}")


def plain_bundle(found: Bundled, target: str) -> dict[str, Any]:
    """The same for programs."""
    return {
        "path": target,
        "materials": found.materials,
        "attachments": found.attachments,
        "files": found.files,
        "sums_sha256": found.sums,
        "root": found.root,
        "missing": [
            {"number": each.number, "name": each.name, "record": each.record, "why": each.why}
            for each in found.missing
        ],
        "without": list(found.without),
    }


# --- drift ----------------------------------------------------------------------------------------


def show_check(found: Checked) -> None:
    """Whether what was signed still matches the records, and if not, why."""
    total = f"{found.figures} 个数据、{found.claims} 条断言"
    since = (
        f"（报送于 {found.submitted.date[:10]}，提交 {found.submitted.id[:10]}）"
        if found.submitted
        else ""
    )
    if not found.drifted:
        screen.done(f"{found.record.id} 报送时的 {total}与现在的记录一致{since}")
        return
    for each in found.drifted:
        _drifted(each)
    count = len(found.drifted)
    screen.hanging("✗ ", f"{total}中，有 {count} 个与现在的记录不符{since}", "error")
    screen.hanging("  → ", "改动有误的请更正；改动属实的，请修改报告后重新报送审批")


def _drifted(found: Drifted) -> None:
    drift = found.drift
    before, now = drift.before or "（没有）", drift.now or "（没有）"
    said = f"{before}，数值未变，所依据的记录不同" if drift.same_value else f"{before} → {now}"
    screen.out_hanging("", f"{drift.title}：{said}", "strong")
    screen.out_hanging("  编号：", drift.key, "dim")
    if found.then:
        screen.out_hanging("  注意：", f"按报送当时的记录计算是 {found.then}，与所签的数据不同")
    if not found.causes:
        screen.out_hanging(
            "  原因：", "不是所依据的记录有改动；可能是模板、数据格式、证明或 jzy 的版本有变"
        )
    for cause in found.causes:
        _cause(cause)
    screen.out()


def _cause(cause: Cause) -> None:
    screen.out_hanging("  记录：", f"{cause.record} {cause.name}")
    for commit in cause.commits:
        screen.out_hanging("    提交 ", _commit(commit))
    for change in cause.changes:
        screen.out_hanging("    改动 ", change)


def _commit(commit: Commit) -> str:
    if not commit.id:
        return "（尚未提交）"
    return f"{commit.id[:10]} {commit.date[:10]} {commit.author} {commit.subject}"


def plain_check(found: Checked) -> dict[str, Any]:
    """The same for programs; version 1."""
    return {
        "version": 1,
        "ok": not found.drifted,
        "id": found.record.id,
        "submitted": found.submitted._asdict() if found.submitted else None,
        "figures": found.figures,
        "claims": found.claims,
        "drifts": [
            {
                "key": each.drift.key,
                "title": each.drift.title,
                "signed": each.drift.before,
                "now": each.drift.now,
                "then": each.then or each.drift.before,
                "causes": [
                    {
                        "record": cause.record,
                        "name": cause.name,
                        "commits": [commit._asdict() for commit in cause.commits],
                        "changes": list(cause.changes),
                    }
                    for cause in each.causes
                ],
            }
            for each in found.drifted
        ],
    }
