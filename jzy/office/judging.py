"""Judging a whole history, or what is new in it, for ``verify`` and for the server's door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from jzy.git import receipts
from jzy.git.ahead import checking_ahead
from jzy.git.history import Objects, walk
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.model.kinds import Kinds
from jzy.model.moments import moment_of, stamp
from jzy.model.people import BadKey, parse_key
from jzy.model.register import Register
from jzy.office.court import Court
from jzy.office.docket import Docket, Fault, Findings, Proof, Standing, Summary, Timing, Verdict
from jzy.office.past import Past
from jzy.office.standings import standing_of

_AHEAD = 256
"""How many commits are read ahead at once."""
_AFTER_UNPROVEN = "它之前的签批没有得到证明"


def judge(
    repository: Repository, kinds: Kinds, pinned: str | None, head: str, before: Findings | None
) -> Findings:
    """Judge all of history up to a commit.

    Args:
        repository: with or without a working tree.
        kinds: the kinds that the records are read by.
        pinned: the fingerprint of the key that must have signed the first commit.
        head: a full commit id.
        before: what was found out for an earlier commit; used only if that lies on the way.
    """
    if before is not None and not leads_to(repository, before.docket.tip, head):
        before = None
    docket = before.docket if before else Docket()
    known = docket.tip
    commits = walk(repository, head, known)
    changing = [c.id for c in commits if len(c.parents) == 1 and any(x.old for x in c.changes[0])]
    with checking_ahead(repository, changing) as signatures, Objects(repository) as objects:
        past = Past(repository, kinds, objects, signatures)
        court = Court(past, pinned, docket)
        for start in range(0, len(commits), _AHEAD):
            past.load(commits[start : start + _AHEAD])
            for commit in commits[start : start + _AHEAD]:
                court.hear(commit)
        court.close()
        docket.tip = head  # several ends of a walk are all behind it
        standing = before.standing if before else {}
        for path, blob in changed_files(repository, known, head):
            found = standing_of(court, path, blob) if blob else None
            if found is None:
                standing.pop(path, None)
            else:
                standing[path] = found
        register = court.trust.register_at(head)
    findings = Findings(Summary(head, docket.grounds.root, docket.commits, ""), docket, standing)
    _receive(repository, findings, register)
    _distrust(repository, findings, register)
    _sum_up(findings)
    return findings


def _receive(repository: Repository, findings: Findings, register: Register) -> None:
    """Note when the server received what brought the sign-offs."""
    summary = findings.summary
    summary.receipts = receipts.tip(repository)
    if not summary.receipts:
        return
    keys = []
    for entry in register.institution.get("receipt_keys", ()):
        try:
            keys.append(parse_key(str(entry.get("key")))[1])
        except BadKey:
            continue
    try:
        chain = receipts.read(repository, keys)
    except receipts.BadReceipts as error:
        summary.faults.append(Fault(summary.receipts, "", str(error)))
        return
    listed = repository.run("rev-list", "--parents", summary.tip).decode("ascii").splitlines()
    parents = {line.split()[0]: line.split()[1:] for line in listed}
    found = receipts.received(chain, parents)
    wanted = {proof.commit for proof in findings.docket.proofs.values()}
    findings.received = {
        commit: stamp(when, register.time_zone)
        for commit, when in found.items()
        if commit in wanted
    }


def _distrust(repository: Repository, findings: Findings, register: Register) -> None:
    """Take the proof from what a stolen key signed since the commit that its entry names."""
    for person in register.people.values():
        for key in person.keys:
            if not key.distrust_from:
                continue
            before = _ancestors(repository, key.distrust_from)
            why = f"{person.name}的这个密钥自提交 {key.distrust_from[:10]} 起不可信，须重新签批"
            for proof in findings.docket.proofs.values():
                if proof.fingerprint == key.fingerprint and proof.commit not in before:
                    findings.distrusted[proof.commit] = why


def _sum_up(findings: Findings) -> None:
    summary, docket = findings.summary, findings.docket
    summary.faults += [Fault(commit, "", why) for commit, why in docket.grounds.reasons.items()]
    summary.faults += docket.faults
    counts: Counter[str] = Counter()
    for path, standing in sorted(findings.standing.items()):
        for proof in all_proofs_of(findings, path):
            counts[proof.verdict.value] += 1
            counts[timing(proof, standing).value] += 1
            if proof.verdict is not Verdict.PROVEN:
                summary.bad.append(proof)
        if standing.fault:
            summary.faults.append(Fault("", path, standing.fault))
    summary.counts = dict(counts)


def proofs_of(
    docket: Docket,
    distrusted: Mapping[str, str],
    received: Mapping[str, str],
    path: str,
    standing: Standing,
) -> Iterator[Proof]:
    """The verdict on each entry of a record as it stands.

    Args:
        docket: what history proves.
        distrusted: why what a commit brought does not count, see :attr:`Findings.distrusted`.
        received: when the server received a commit.
        path: of the record.
        standing: of the record.
    """
    missing = {proof.key: proof for proof in standing.missing}
    sound = True
    for index, entry in enumerate(standing.entries):
        key = (path, index, entry)
        proof = docket.proofs.get(key) or missing[key]
        if proof.verdict is Verdict.PROVEN:
            why = distrusted.get(proof.commit, "" if sound else _AFTER_UNPROVEN)
            proof = proof._replace(verdict=Verdict.UNPROVEN, reason=why) if why else proof
        sound = sound and proof.verdict is Verdict.PROVEN
        yield proof._replace(received=received.get(proof.commit, ""))


def all_proofs_of(findings: Findings, path: str) -> Iterator[Proof]:
    """The verdict on each entry of a record at the tip."""
    return proofs_of(
        findings.docket, findings.distrusted, findings.received, path, findings.standing[path]
    )


def timing(proof: Proof, standing: Standing) -> Timing:
    """What receipts say of the time of a sign-off."""
    if not proof.received:
        return Timing.SELF_DECLARED
    if not standing.starts:
        return Timing.RECEIVED
    received = datetime.fromisoformat(proof.received)
    try:
        starts = moment_of(standing.starts, received.tzinfo or UTC)
    except ValueError:
        return Timing.RECEIVED
    return Timing.BEFORE if received < starts else Timing.AFTER


def changed_files(repository: Repository, known: str, head: str) -> Iterator[tuple[str, str]]:
    """Path and object id of every record file that differs from a known commit; an empty id
    where the file is gone."""
    if known:
        said = repository.run(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", known, head, "--",
            "records",
        )  # fmt: skip
        pieces = said.decode("utf-8", "surrogateescape").split("\0")
        for meta, path in zip(pieces[::2], pieces[1::2], strict=False):
            new = meta.split(" ")[3]
            yield path, "" if not new.strip("0") else new
        return
    said = repository.run("ls-tree", "-r", "-z", head, "--", "records")
    for line in said.decode("utf-8", "surrogateescape").split("\0"):
        meta, _, path = line.partition("\t")
        if path:
            yield path, meta.split()[2]


def leads_to(repository: Repository, old: str, new: str) -> bool:
    """Whether a commit lies on the way to another."""
    try:
        repository.run("merge-base", "--is-ancestor", old, new)
    except GitFailed:
        return False
    return True


def _ancestors(repository: Repository, commit: str) -> set[str]:
    """Everything that came before a commit, without it."""
    try:
        listed = repository.run("rev-list", "--end-of-options", commit)
    except GitFailed:
        return set()
    return set(listed.decode("ascii").split()) - {commit}
