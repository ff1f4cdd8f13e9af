"""``jzy sync``: fetch, take up what others did, replay my own commits after it, push, retry.

Nothing is half done if the process dies: objects come first, then one move of work tree and
branch; what the branch named before stays under ``refs/jzy/before-sync``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from jzy.git import receipts
from jzy.git.bench import Bench, count, leads_to, working_folder
from jzy.git.commits import recover
from jzy.git.history import is_incomplete
from jzy.git.moving import check_clear, move
from jzy.git.plumbing import GitFailed
from jzy.git.remote import Got, Rejection, Remote
from jzy.git.repository import Repository
from jzy.model.errors import JzyError, Refused, WrongEnvironment
from jzy.office.context import Office
from jzy.office.reapply import Lost, Redone, redo, sign

KEPT = "refs/jzy/before-sync/"
"""Where the commits lie that a branch named before its last ones were made again."""
TRIES = 4
"""How often to push at most: once, and three times more where somebody else was faster."""
Consent = Callable[[Redone], None]
"""Asked before my commits are made again; it raises where that is not agreed."""
Tell = Callable[[str], None]
"""Told what is being done."""


class Receipts(StrEnum):
    """What became of the server's receipts."""

    NONE = "none"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    MISSING = "missing"
    """The server has none, we do."""
    CONTRADICTING = "contradicting"
    """The server's do not go on from ours, which were kept."""


@dataclass(slots=True)
class Outcome:
    """What a synchronisation did."""

    remote: str
    branch: str
    before: str
    """The commit that the branch named at the start."""
    head: str
    """And at the end."""
    received: int = 0
    """How many commits of others came."""
    sent: int = 0
    """How many commits went."""
    replayed: dict[str, str] = field(default_factory=dict)
    """My commits that were made again: the id at the start, and the id now."""
    lost: list[Lost] = field(default_factory=list)
    """My commits that do not hold any more and were dropped with consent."""
    present: int = 0
    """How many commits of mine were dropped because others had done the same."""
    kept: list[str] = field(default_factory=list)
    """Refs under which the former commits remain."""
    receipts: Receipts = Receipts.NONE
    rejection: Rejection | None = None
    """Why the server did not take my commits; they remain here."""
    warnings: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether both sides are the same now and nothing is wrong."""
        return self.rejection is None and self.receipts is not Receipts.CONTRADICTING


def sync(office: Office, name: str, *, ask: bool, consent: Consent, tell: Tell) -> Outcome:
    """Bring the current branch and the server's branch of the same name together.

    Args:
        office: the repository.
        name: of the remote.
        ask: whether git may ask for a password on the terminal.
        consent: see :data:`Consent`.
        tell: see :data:`Tell`.

    Raises:
        Refused: my commits cannot be made again, uncommitted changes stand in the way, or the
            server's history is not what it was; nothing has moved.
        WrongEnvironment: no remote, no connection, no access, no key.
    """
    repository = office.repository
    if recover(repository):
        office.forget()
    repository.check_ready()
    start = repository.head()
    if start is None:
        raise Refused("仓库还没有提交，没有可同步的内容", "请先用 git clone 取得单位的记录仓库")
    if is_incomplete(repository) or repository.configured("extensions.partialClone"):
        raise WrongEnvironment(
            "这是不完整的历史（浅克隆或部分克隆），不能同步", "请重新克隆完整的仓库"
        )
    branch = repository.run("symbolic-ref", "HEAD").decode("utf-8").strip()
    branch = branch.removeprefix("refs/heads/")
    remote = Remote.named(repository, name, ask=ask)
    work = _Work(office, remote, Outcome(name, branch, start, start), consent, tell)
    try:
        work.run()
    finally:
        office.forget()
    return work.done


class _Work:
    def __init__(
        self, office: Office, remote: Remote, done: Outcome, consent: Consent, tell: Tell
    ) -> None:
        self.done = done
        self._office = office
        self._repository: Repository = office.repository
        self._remote = remote
        self._tracking = remote.tracking(done.branch)
        self._consent = consent
        self._tell = tell

    def run(self) -> None:
        refused: Rejection | None = None
        offered_after: str | None = None
        for _ in range(TRIES):
            tip = self._fetch()
            if refused is not None and tip == offered_after:
                self.done.rejection = refused  # nobody was faster: the server does not want it
                return
            if tip is not None:
                self._join(tip)
            if self.done.head == tip:
                return
            self._tell(f"正在上传到 {self._remote.name} …")
            refused, offered_after = self._push(), tip
            if refused is None:
                self.done.sent = count(self._repository, self.done.head, [tip] if tip else [])
                self._after_push()
                return
        if self._fetch() == offered_after:
            self.done.rejection = refused
            return
        raise Refused(
            f"上传了 {TRIES} 次，每次都有他人抢先上传",
            "您的提交都保存在本机，请稍后再执行 jzy sync",
        )

    def _fetch(self) -> str | None:
        """Fetch, and note what the server has."""
        self._tell(f"正在从 {self._remote.name} 取回 {self.done.branch} …")
        last = self._resolve(self._tracking)
        got = self._remote.fetch(self.done.branch, self._known(last))
        if last is not None and (got.branch is None or not self._follows(last, got.branch)):
            what = "不见了" if got.branch is None else "被改写过，不再包含上次同步时的提交"
            raise Refused(
                f"服务器上的 {self.done.branch} 分支{what}，没有同步",
                f"请与服务器的管理员核对；确认无误后执行 git update-ref -d {self._tracking}，再同步",
            )
        if got.branch is not None and got.branch != last:
            self._set(self._tracking, got.branch, last)
        self._take_receipts(got)
        return got.branch

    def _push(self) -> Rejection | None:
        try:
            return self._remote.push(self.done.head, self.done.branch)
        except WrongEnvironment as error:
            later = "您的提交都保存在本机，之后再执行 jzy sync 即可上传"
            raise WrongEnvironment(error.what, f"{error.advice}；{later}") from error

    def _after_push(self) -> None:
        """The server's branch is ours now, and it has just written its receipt."""
        self._set(self._tracking, self.done.head, self._resolve(self._tracking))
        try:
            self._take_receipts(self._remote.fetch(None, self._known(self.done.head)))
        except JzyError as error:
            self.done.warnings.append(f"已上传，但没有取到回执：{error.what}")

    def _join(self, tip: str) -> None:
        """Bring the branch to where it goes on from the server's tip."""
        head = self.done.head
        if leads_to(self._repository, head, tip):
            if head != tip:
                move(self._repository, head, tip)
                self.done.head = tip
        elif not leads_to(self._repository, tip, head):
            self._replay(tip)
        self.done.received = count(self._repository, tip, [self.done.before])

    def _replay(self, tip: str) -> None:
        head = self.done.head
        with working_folder(self._repository) as folder:
            bench = Bench(self._repository, folder, tip)
            redone = redo(self._office, bench, tip, head)
            check_clear(self._repository, head, redone.tree)
            if redone.steps or redone.lost:
                self._consent(redone)
            if redone.steps:
                self._tell("正在重新签名 …")
            made = sign(self._office, bench, redone)
            new = made[-1][1] if made else tip
            kept = f"{KEPT}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
            self._set(kept, head, None)
            move(self._repository, head, new)
        done = self.done
        done.head = new
        done.kept.append(kept)
        done.lost += redone.lost
        done.present += len(redone.present)
        first = {now: before for before, now in done.replayed.items()}
        done.replayed = {first.get(before, before): now for before, now in made}

    def _take_receipts(self, got: Got) -> None:
        ours = receipts.tip(self._repository)
        if got.receipts is None:
            self.done.receipts = Receipts.MISSING if ours else Receipts.NONE
        elif got.receipts == ours:
            if self.done.receipts is not Receipts.UPDATED:
                self.done.receipts = Receipts.UNCHANGED
        elif not ours or leads_to(self._repository, ours, got.receipts):
            self._set(receipts.REF, got.receipts, ours or None)
            self.done.receipts = Receipts.UPDATED
        else:
            self.done.receipts = Receipts.CONTRADICTING

    def _known(self, last: str | None) -> list[str]:
        found = [self.done.head, last, receipts.tip(self._repository)]
        return [commit for commit in found if commit]

    def _follows(self, old: str, new: str) -> bool:
        return leads_to(self._repository, old, new)

    def _resolve(self, ref: str) -> str | None:
        try:
            said = self._repository.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        except GitFailed:
            return None
        return said.decode("ascii").strip()

    def _set(self, ref: str, new: str, old: str | None) -> None:
        try:
            self._repository.run(
                "update-ref", "-m", "jzy sync", "--create-reflog", ref, new, old or "0" * len(new)
            )
        except GitFailed as error:
            raise Refused(
                f"无法更新 {ref}，可能有另一个 git 程序正在使用这个仓库", "请稍候再试"
            ) from error
