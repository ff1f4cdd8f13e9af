"""Everything that is asked of the commits of one push."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jzy.git.history import Objects, PastCommit, walk
from jzy.git.repository import Repository
from jzy.model.kinds import Kinds
from jzy.model.moments import moment_of
from jzy.model.register import Register
from jzy.office.court import Court
from jzy.office.docket import Docket, Proof, Verdict
from jzy.office.formats import kinds_at
from jzy.office.judging import changed_files, judge, proofs_of
from jzy.office.past import Past
from jzy.office.push import Refusal, Server, Update
from jzy.office.shape import clashes, misshapen, too_large
from jzy.office.standings import standing_of
from jzy.office.trust import signer_of
from jzy.store.files import NotReadable
from jzy.store.records import IGNORED_NAMES, parse

_FUTURE = timedelta(minutes=10)
"""How far a signer's clock may be ahead of the server's."""


class Examination:
    """One ref's new commits, looked at before they are taken in.

    Args:
        server: which receives them.
        update: what the ref shall name.
        now: the server's clock.
        folder: empty, for the schemas of the pushed commit.
    """

    def __init__(self, server: Server, update: Update, now: datetime, folder: Path) -> None:
        self._server = server
        self._update = update
        self._now = now
        self._folder = folder

    def refusals(self) -> list[Refusal]:
        """What speaks against the update; what a later look would read is asked first."""
        server, update = self._server, self._update
        repository = server.repository
        old = "" if update.creates else update.old
        commits = walk(repository, update.new, old)
        found = [*self._shapes(commits), *too_large_of(repository, commits)]
        if found:
            return found
        with Objects(repository) as objects:
            kinds = kinds_at(objects, update.new, self._folder)
            docket = self._docket(kinds, old)
            if old in docket.grounds.faulted:
                broken = docket.grounds.faulted[old]
                why = docket.grounds.reasons[broken]
                return [Refusal(f"服务器上的登记簿不可信：{why}", "", broken)]
            past = Past(repository, kinds, objects)
            court = Court(past, server.pinned, docket)
            faults, reasons = len(docket.faults), set(docket.grounds.reasons)
            for commit in commits:
                court.hear(commit)
            found += [Refusal(f.reason, f.path, f.commit) for f in docket.faults[faults:]]
            found += [
                Refusal(reason, "", commit)
                for commit, reason in docket.grounds.reasons.items()
                if commit not in reasons
            ]
            fresh = {commit.id: commit for commit in commits}
            after = _descendants(old, commits) if old else set(fresh)
            receiving = court.trust.register_at(old) if old else None
            proofs = [proof for proof in docket.proofs.values() if proof.commit in fresh]
            late = {i: commit for i, commit in fresh.items() if i not in after}
            found += self._of_sign_offs(court, proofs, late, receiving)
            for commit in commits:
                found += self._of_commit(court, commit, receiving if commit.id in late else None)
            for path, blob in changed_files(repository, old, update.new):
                found += self._of_file(court, path, blob)
        return found

    def _docket(self, kinds: Kinds, old: str) -> Docket:
        """What is known of the branch as it is; found out now if that was never kept."""
        if not old:
            return Docket()
        verdicts = self._server.verdicts(self._folder)
        before = verdicts.findings()
        if before is None or before.docket.tip != old:
            before = judge(self._server.repository, kinds, self._server.pinned, old, before)
            verdicts.keep(before)
        return before.docket

    def _shapes(self, commits: Sequence[PastCommit]) -> Iterator[Refusal]:
        """What is wrong with names and modes; nothing is read for it but the tip's list."""
        names = self._server.repository.run(
            "ls-tree", "-r", "-t", "-z", "--name-only", self._update.new
        )
        taken = clashes(names.decode("utf-8", "surrogateescape").rstrip("\0").split("\0"))
        for commit in commits:
            for change in {change for side in commit.changes for change in side}:
                reason = misshapen(change)
                if not reason and change.new is not None:
                    parts = change.path.split("/")
                    above = ("/".join(parts[: depth + 1]) for depth in range(len(parts)))
                    reason = next((taken[path] for path in above if path in taken), "")
                if reason:
                    yield Refusal(reason, change.path, commit.id)

    def _of_sign_offs(
        self,
        court: Court,
        proofs: Sequence[Proof],
        late: Mapping[str, PastCommit],
        receiving: Register | None,
    ) -> Iterator[Refusal]:
        """What speaks against new sign-offs.

        Args:
            court: which has heard them.
            proofs: the verdicts on them.
            late: the new commits that do not come after the server's tip.
            receiving: the register of that tip.
        """
        for proof in proofs:
            reason = proof.reason
            if not reason and receiving is not None and proof.commit in late:
                against = court.second_opinion(proof, receiving, self._update.old)
                reason = f"按服务器现在的登记簿，{against}" if against else ""
            if not reason and _moment(proof.at) > self._now + _FUTURE:
                reason = f"签批时间 {proof.at} 晚于服务器的时间"
            if reason:
                yield Refusal(f"第 {proof.position + 1} 条签批：{reason}", proof.path, proof.commit)

    def _of_commit(
        self, court: Court, commit: PastCommit, receiving: Register | None
    ) -> Iterator[Refusal]:
        """What only registrars may touch, and what nobody may.

        Args:
            court: which has heard the commit.
            commit: a new one.
            receiving: the register of the server's tip, for a commit that does not come after it.
        """
        past = court.past
        if len(commit.parents) > 1:
            for path, reason in past.fresh_merge(commit).items():
                yield Refusal(reason, path, commit.id)
            return
        for change in commit.changes[0]:
            if change.new is None and past.kind_of(change.path) is not None:
                yield Refusal("记录不能删除或改名", change.path, commit.id)
        if commit.parents:
            before = court.trust.register_at(commit.parents[0])
            yield from _of_rights(court, commit, before, receiving)

    def _of_file(self, court: Court, path: str, blob: str) -> Iterator[Refusal]:
        """What is wrong with a record as the branch would hold it."""
        past = court.past
        kind = past.kind_of(path)
        if not blob:
            return
        if kind is None:
            name = path.rpartition("/")[2]
            if not (name.startswith(".") or name in IGNORED_NAMES or "/." in path):
                yield Refusal("这里不是任何一类记录的位置，或文件名不是编号", path)
            return
        if past.record(path, blob) is None:
            yield Refusal(_why_unsound(past, path, blob), path)
            return
        standing = standing_of(court, path, blob)
        if standing is None:
            return
        if standing.fault:
            yield Refusal(standing.fault, path)
        for proof in proofs_of(court.docket, {}, {}, path, standing):
            if proof.verdict is not Verdict.PROVEN:
                yield Refusal(f"第 {proof.position + 1} 条签批：{proof.reason}", path, proof.commit)


def _of_rights(
    court: Court, commit: PastCommit, before: Register, receiving: Register | None
) -> Iterator[Refusal]:
    """What a commit touches that not everybody may.

    Registers by the parent's register are :class:`Trust`'s matter.
    """
    past = court.past
    owned, registers, others = [], [], []
    for path in commit.paths:
        kind = past.kind_of(path)
        if kind is None:
            others.append(path)
        elif kind.is_register:
            registers.append(path)
        elif kind.owner_property:
            owned.append(path)
    if others and not _by_registrar(past, commit, before):
        yield Refusal("records/ 以外的文件只能由登记管理员改动", others[0], commit.id)
    touched = [*registers, *others, *owned]
    if not touched or receiving is None:
        return
    person, _, why = signer_of(past, commit.id, receiving)
    if person is None:
        yield Refusal(f"按服务器现在的登记簿，{why}", touched[0], commit.id)
    elif person.id not in receiving.registrars and (registers or others):
        what = f"按服务器现在的登记簿，{person.name}不是登记管理员"
        yield Refusal(what, touched[0], commit.id)
    else:
        for why in court.trust.against_quorum(commit, person, receiving):
            yield Refusal(f"按服务器现在的登记簿，{why}", touched[0], commit.id)


def _by_registrar(past: Past, commit: PastCommit, register: Register) -> bool:
    person, _, _ = signer_of(past, commit.id, register)
    return person is not None and person.id in register.registrars


def too_large_of(repository: Repository, commits: Sequence[PastCommit]) -> Iterator[Refusal]:
    """Files and commits that are larger than the server takes; sizes are asked, nothing is read."""
    where = {
        change.new: (change.path, commit.id)
        for commit in commits
        for side in commit.changes
        for change in side
        if change.new
    }
    where |= {commit.id: ("", commit.id) for commit in commits}
    asked = "".join(f"{name}\n" for name in where).encode("ascii")
    said = repository.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked)
    for line in said.decode("ascii").splitlines():
        blob, _, size = line.partition(" ")
        path, commit = where[blob]
        reason = too_large(path, int(size)) if size.isdigit() else "内容缺失"
        if reason:
            yield Refusal(reason, path, commit)


def _why_unsound(past: Past, path: str, blob: str) -> str:
    kind = past.kind_of(path)
    content = past.content(blob)
    if kind is None or content is None:
        return "文件无法读取"
    try:
        record, problems = parse(kind, path, content.decode("utf-8-sig"))
    except (UnicodeDecodeError, NotReadable):
        return "文件不是 UTF-8 编码"
    if record is None:
        first = problems[0]
        return f"第 {first.line} 行：{first.message}"
    breaches = past.judge(kind).breaches(record.data)
    return breaches[0].message if breaches else "记录不合格式"


def _descendants(old: str, commits: Iterable[PastCommit]) -> set[str]:
    found = {old}
    for commit in commits:
        if any(parent in found for parent in commit.parents):
            found.add(commit.id)
    return found


def _moment(text: str) -> datetime:
    try:
        return moment_of(text, UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
