"""``verify``: sign-offs proven again, from history alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.cli.options import fingerprint
from jzy.git.repository import Repository
from jzy.office.docket import Fault, Proof, Timing, Verdict
from jzy.office.verify import Asked, Verification, resolve, verify
from jzy.store.places import find_root

if TYPE_CHECKING:
    from jzy.model.register import Register

app = Application("证明")
TITLES = {Verdict.PROVEN: "已证明", Verdict.UNPROVEN: "未证明", Verdict.BROKEN: "不成立"}
TIMES = {
    Timing.BEFORE: "服务器在事项开始之前收到",
    Timing.AFTER: "服务器收到时事项已经开始",
    Timing.RECEIVED: "服务器已收到",
    Timing.SELF_DECLARED: "没有服务器回执，只由签批人自己填写",
}
_ROLES = {Verdict.PROVEN: "good", Verdict.UNPROVEN: "warning", Verdict.BROKEN: "error"}


@command(
    app, "verify", "由历史证明每一条签批：谁的密钥、当时任何职务、所签的内容；不看署名和日期。"
)
def verify_(
    ids: Annotated[
        list[str] | None, Argument(metavar="编号", help="只列出这些记录；省略则全部。")
    ] = None,
    root: Annotated[
        str | None,
        Option(
            "--root", metavar="指纹", help="第一次提交的密钥应有的指纹；省略则用 git 的 jzy.root。"
        ),
    ] = None,
    since: Annotated[
        str | None,
        Option("--since", metavar="提交", help="只列出这个提交之后加入的签批。"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove every sign-off."""
    folder = find_root(Path.cwd())
    repository = Repository.open(folder)
    if ids:
        _check(folder, ids)
    pinned = root or repository.configured("jzy.root")
    if pinned is not None:
        fingerprint(pinned)
    begins = resolve(repository, since) if since else ""
    found = verify(repository, pinned, Asked(frozenset(ids or ()), begins, each=as_json))
    if as_json:
        screen.data(_plain(found))
    else:
        _show(folder, found, bool(ids or since))
    if not found.holds:
        raise Ended(1)


def _check(folder: Path, ids: list[str]) -> None:
    from jzy.office.context import Office  # noqa: PLC0415 - reads every record

    office = Office(folder)
    for record_id in ids:
        office.record(record_id)


def _show(folder: Path, found: Verification, some: bool) -> None:
    shown = [p for p in found.proofs if some or p.verdict is not Verdict.PROVEN]
    if shown:
        from jzy.office.context import Office  # noqa: PLC0415 - for people's names alone

        register = Office(folder).register
        for proof in shown:
            _show_one(register, found, proof)
    for fault in found.faults:
        screen.out(_fault(fault), "error")
    for path in found.unsaved:
        screen.say(f"! {path} 有尚未提交的改动，按已提交的内容判断", "warning")
    counts = found.counts
    said = "，".join(f"{TITLES[verdict]} {counts.get(verdict.value, 0)} 条" for verdict in Verdict)
    total = sum(counts.get(verdict.value, 0) for verdict in Verdict)
    screen.out(f"签批 {total} 条：{said}（{found.summary.commits} 次提交）", "strong")
    _show_time(counts)
    root = found.summary.root
    if found.pinned:
        screen.say(f"根密钥与固定的指纹一致：{root}" if found.holds else f"根密钥：{root}")
    else:
        screen.say(f"! 没有固定根密钥，以下指纹未经核对：{root}", "warning")
        screen.say("  请向登记管理员核对指纹，再执行 git config jzy.root 指纹")


def _show_time(counts: Mapping[str, int]) -> None:
    """What the server's receipts say of when the sign-offs were given."""
    said = [f"{words} {counts[name]} 条" for name, words in TIMES.items() if counts.get(name)]
    if said:
        screen.say("签批的时间：" + "，".join(said))


def _fault(fault: Fault) -> str:
    place = f"{fault.path}：" if fault.path else ""
    return (f"提交 {fault.commit[:10]}  " if fault.commit else "") + place + fault.reason


def _show_one(register: Register, found: Verification, proof: Proof) -> None:
    from jzy.model.chain import DECISION_TITLES  # noqa: PLC0415 - as above

    who = register.name(proof.by)
    if proof.on_behalf_of:
        who += f"（代{register.name(proof.on_behalf_of)}）"
    decision = DECISION_TITLES.get(proof.decision, "")
    head = f"{proof.path}  第 {proof.position + 1} 条  {who}{decision}  {TITLES[proof.verdict]}"
    screen.out(head, _ROLES[proof.verdict])
    if proof.reason:
        screen.out(f"  {proof.reason}")
    if proof.entitled_by:
        screen.out(f"  职务：{proof.entitled_by}")
    if proof.commit:
        key = f"密钥 {proof.fingerprint or '（无）'}"
        screen.out(f"  提交 {proof.commit[:10]}，{key}", "dim")
    if proof.judged_by:
        screen.out(f"  所据登记簿：提交 {proof.judged_by[:10]}", "dim")
    if proof.verdict is Verdict.PROVEN:
        when = f"（{proof.received}）" if proof.received else ""
        screen.out(f"  时间：{_time(found, proof)}{when}", "dim")


def _time(found: Verification, proof: Proof) -> str:
    return TIMES[found.timing.get(proof.key, Timing.SELF_DECLARED)]


def _plain(found: Verification) -> dict[str, object]:
    return {
        "version": 1,
        "ok": found.holds,
        "head": found.summary.tip,
        "root": found.summary.root,
        "pinned": found.pinned,
        "commits": found.summary.commits,
        "receipts": found.summary.receipts,
        "sign_offs": [
            {
                "record": proof.record,
                "path": proof.path,
                "index": proof.position,
                "stage": proof.stage,
                "decision": proof.decision,
                "by": proof.by,
                "on_behalf_of": proof.on_behalf_of,
                "at": proof.at,
                "verdict": proof.verdict.value,
                "reason": proof.reason,
                "commit": proof.commit,
                "key": proof.fingerprint,
                "person": proof.person,
                "entitled_by": proof.entitled_by,
                "judged_by": proof.judged_by,
                "received": proof.received,
                "timing": found.timing[proof.key].value,
            }
            for proof in found.proofs
        ],
        "faults": [
            {"commit": fault.commit, "path": fault.path, "reason": fault.reason}
            for fault in found.faults
        ],
        "unsaved": found.unsaved,
    }
