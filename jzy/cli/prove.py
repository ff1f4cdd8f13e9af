"""``verify``: sign-offs proven again, from history alone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from jzy.cli import screen
from jzy.cli.commands import JsonOption, application, command
from jzy.model.chain import DECISION_TITLES
from jzy.model.errors import WrongUsage
from jzy.office.context import Office
from jzy.office.verify import Proof, Verdict, Verification, verify

app = application("证明")
TITLES = {Verdict.PROVEN: "已证明", Verdict.UNPROVEN: "未证明", Verdict.BROKEN: "不成立"}
_ROLES = {Verdict.PROVEN: "good", Verdict.UNPROVEN: "warning", Verdict.BROKEN: "error"}


@command(
    app, "verify", "由历史证明每一条签批：谁的密钥、当时任何职务、所签的内容；不看署名和日期。"
)
def verify_(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="编号", help="只列出这些记录；省略则全部。")
    ] = None,
    root: Annotated[
        str | None,
        typer.Option(
            "--root", metavar="指纹", help="第一次提交的密钥应有的指纹；省略则用 git 的 jzy.root。"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove every sign-off."""
    office = Office.at(Path.cwd())
    for record_id in ids or []:
        office.record(record_id)
    pinned = root or office.repository.configured("jzy.root")
    if pinned is not None and not re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", pinned):
        raise WrongUsage(f"“{pinned}”不是密钥指纹", "请写作 SHA256: 开头的 50 个字符")
    found = verify(office, pinned, ids or [])
    if as_json:
        screen.data(_plain(found))
    else:
        _show(office, found, bool(ids))
    if not found.holds:
        raise typer.Exit(1)


def _show(office: Office, found: Verification, whole: bool) -> None:
    for proof in found.proofs:
        if whole or proof.verdict is not Verdict.PROVEN:
            _show_one(office, proof)
    for fault in found.faults:
        place = f"{fault.path}：" if fault.path else ""
        screen.out(f"提交 {fault.commit[:10]}  {place}{fault.reason}", "error")
    for path in found.unsaved:
        screen.say(f"! {path} 有尚未提交的改动，按已提交的内容判断", "warning")
    counts = Counter(proof.verdict for proof in found.proofs)
    said = "，".join(f"{TITLES[verdict]} {counts[verdict]} 条" for verdict in Verdict)
    screen.out(f"签批 {len(found.proofs)} 条：{said}（{found.commits} 次提交）", "strong")
    if found.pinned:
        screen.say(
            f"根密钥与固定的指纹一致：{found.root}" if found.holds else f"根密钥：{found.root}"
        )
    else:
        screen.say(f"! 没有固定根密钥，以下指纹未经核对：{found.root}", "warning")
        screen.say("  请向登记管理员核对指纹，再执行 git config jzy.root 指纹")


def _show_one(office: Office, proof: Proof) -> None:
    who = office.register.name(proof.entry.get("by"))
    decision = DECISION_TITLES.get(str(proof.entry.get("decision")), "")
    head = f"{proof.path}  第 {proof.index + 1} 条  {who}{decision}  {TITLES[proof.verdict]}"
    screen.out(head, _ROLES[proof.verdict])
    if proof.reason:
        screen.out(f"  {proof.reason}")
    if proof.commit:
        entitled = f"，{proof.entitled_by}" if proof.entitled_by else ""
        screen.out(
            f"  提交 {proof.commit[:10]}，密钥 {proof.fingerprint or '（无）'}{entitled}", "dim"
        )


def _plain(found: Verification) -> dict[str, object]:
    return {
        "version": 1,
        "ok": found.holds,
        "head": found.head,
        "root": found.root,
        "pinned": found.pinned,
        "commits": found.commits,
        "sign_offs": [
            {
                "record": proof.record,
                "path": proof.path,
                "index": proof.index,
                "stage": proof.entry.get("stage"),
                "decision": proof.entry.get("decision"),
                "by": proof.entry.get("by"),
                "verdict": proof.verdict.value,
                "reason": proof.reason,
                "commit": proof.commit,
                "key": proof.fingerprint,
                "person": proof.person,
                "entitled_by": proof.entitled_by,
            }
            for proof in found.proofs
        ],
        "faults": [
            {"commit": fault.commit, "path": fault.path, "reason": fault.reason}
            for fault in found.faults
        ],
        "unsaved": found.unsaved,
    }
