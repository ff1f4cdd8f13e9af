"""My own commits that nobody else has yet, judged again on what others uploaded meanwhile.

A sign-off is made again where it still holds (:mod:`jzy.office.again`). An edit is taken over
where nobody touched the file, or where both changes fit together. Whatever else there is does
not hold any more, and the reason is told. Here nothing moves: new files, trees and commits lie
in the object database only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jzy.git.bench import Bench, Entry, Written, changes, signer_blob
from jzy.git.history import REGULAR, FileChange, Objects, PastCommit, merge_base, walk
from jzy.model.chain import STATE_TITLES, SUBMITTABLE, replay
from jzy.model.errors import Refused
from jzy.model.people import Person
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office import authority
from jzy.office.again import sign_off_again, sign_off_in
from jzy.office.context import Office
from jzy.office.newbase import NewBase, Void, without_entries
from jzy.office.past import Past, is_protected
from jzy.store.editing import append_sign_off

_BY_HAND = "放弃后请在最新的内容上重新改动；原来的改动仍可用 git show 查看"


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of mine as it can be made again."""

    commit: str
    """The id that it had."""
    tree: str
    written: Written


@dataclass(frozen=True, slots=True)
class Lost:
    """A commit of mine that does not hold any more."""

    commit: str
    subject: str
    path: str
    """One of the files that it changes."""
    title: str
    """What people call the record; the path where it is none."""
    sign_off: bool
    reason: str
    advice: str


@dataclass(slots=True)
class Redone:
    """What becomes of my commits."""

    me: Person
    onto: str
    """The commit that they come after now."""
    tree: str = ""
    """The tree of the last of them."""
    steps: list[Step] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    """Ids of those whose changes others made likewise, so that nothing remains to be done."""


def redo(office: Office, bench: Bench, onto: str, head: str) -> Redone:
    """Judge each commit between a new base and HEAD again, oldest first.

    Args:
        office: the repository.
        bench: which starts from ``onto``.
        onto: the tip of the server's branch.
        head: the commit that HEAD names; the two have parted.

    Raises:
        Refused: a commit is somebody else's, unsigned or a merge, or I may not sign any more.
        WrongEnvironment: there is no key.
    """
    repository = office.repository
    fork = merge_base(repository, onto, head)
    if fork is None:
        raise Refused(
            "本机与服务器的历史没有共同的起点，不是同一个记录仓库",
            "请核对 git remote -v 列出的地址",
        )
    with Objects(repository) as objects:
        past = Past(repository, office.kinds, objects)
        mine = [
            (commit, objects.content(commit.id) or b"") for commit in walk(repository, head, onto)
        ]
        known = past.at(head)
        for commit, raw in mine:
            _check_mine(office, known, commit, raw)
        theirs = {change.path: change for change in changes(repository, fork, onto)}
        base = NewBase(office, past, bench, onto, theirs)
        me = authority.me(office, base.register, base.now)
        work = _Work(base, Redone(me, onto))
        for commit, raw in mine:
            work.take(commit, Written.of(raw))
        return work.done


def sign(office: Office, bench: Bench, redone: Redone) -> list[tuple[str, str]]:
    """Make the commits anew, signed with my key; no branch moves.

    Returns:
        For each, the id that it had and the one that it has now.

    Raises:
        WrongEnvironment: the key cannot sign.
    """
    made: list[tuple[str, str]] = []
    for step in redone.steps:
        parent = made[-1][1] if made else redone.onto
        made.append((step.commit, bench.commit(step.tree, parent, step.written, office.key)))
    return made


def _check_mine(office: Office, register: Register, commit: PastCommit, raw: bytes) -> None:
    named = f"提交 {commit.id[:10]}（{Written.of(raw).subject[:40]}）"
    if len(commit.parents) != 1:
        raise Refused(
            f"{named}是合并提交，不能重放",
            "请用 git reset --keep 退回到合并之前，再执行 jzy sync，不必手工合并",
        )
    signer = signer_blob(raw)
    if signer is None:
        raise Refused(
            f"{named}没有有效的签名，不能重放",
            "请用 git reset 取消这次提交（文件不变），改用 jzy 办理，或用 git commit -S 签名，再同步",
        )
    if signer != office.key.blob:
        owners = register.key_owners.get(signer, [])
        who = register.name(owners[0]) if len(owners) == 1 else "别人"
        raise Refused(
            f"{named}是用{who}的密钥签名的，不是您现用的密钥；jzy 从不改写他人的提交",
            "请由签名的人先上传，或用 git reset 去掉这次提交，再执行 jzy sync",
        )


class _Work:
    """Goes through my commits."""

    def __init__(self, base: NewBase, done: Redone) -> None:
        self.done = done
        self._base = base
        self._given_up: set[str] = set()
        done.tree = base.tree

    def take(self, commit: PastCommit, written: Written) -> None:
        """Judge one commit; those before it were taken."""
        base, found = self._base, commit.changes[0]
        for change in found:
            base.touch(change)
        added = sign_off_in(base.past, found)
        try:
            if added is not None and base.blob(found[0].path) != found[0].new:
                entries, written = sign_off_again(base, self.done.me, written, *added)
            else:
                entries = self._carried(found)
        except Void as void:
            self._give_up(commit, written, void, sign_off=added is not None)
            return
        if not base.put(entries) and found:
            self.done.present.append(commit.id)
            return
        self.done.tree = base.tree
        self.done.steps.append(Step(commit.id, base.tree, written))

    def _give_up(self, commit: PastCommit, written: Written, void: Void, *, sign_off: bool) -> None:
        self._given_up |= set(commit.paths)
        change = commit.changes[0][0]
        record = self._base.past.record(change.path, change.new or change.old or "")
        title = self._base.kinds[record.kind].name_of(record.data) if record else ""
        named = title or change.path
        self.done.lost.append(
            Lost(commit.id, written.subject, change.path, named, sign_off, void.reason, void.advice)
        )

    def _carried(self, found: Sequence[FileChange]) -> dict[str, Entry | None]:
        """The files of a commit that is no sign-off, with my changes to what they hold now."""
        base = self._base
        entries: dict[str, Entry | None] = {}
        for change in found:
            path, here = change.path, base.blob(change.path)
            if here == change.new and change.new != change.old:
                continue
            if path in self._given_up:
                raise Void("您在同一文件上较早的一次提交不能保留，这一次以它为基础")
            if is_protected(base.kinds, path) and not base.me_is_registrar(self.done.me):
                raise Void("您已不是登记管理员，不能改动登记簿", "请由登记管理员办理")
            if here == change.old:
                entries[path] = Entry(change.mode, change.new) if change.new else None
            else:
                entries[path] = self._merged(change, base.entry(path))
        return entries

    def _merged(self, change: FileChange, here: Entry | None) -> Entry:
        past, path = self._base.past, change.path
        if change.old is None:
            raise Void("您和他人各自新建了这个文件，内容不同", _BY_HAND)
        if change.new is None or here is None:
            one, other = ("您", "他人") if change.new is None else ("他人", "您")
            raise Void(f"{one}删除了这个文件，而{other}改动了它", _BY_HAND)
        kind = past.kind_of(path)
        strange = kind is None and path.startswith(("records/", "schemas/"))
        blob = None
        if not strange and {change.mode, here.mode} <= REGULAR:
            blob = self._text_of_both(change.new, change.old, here.blob)
            if kind is not None:
                blob = self._record_of_both(change, here, blob)
        if blob is None:
            raise Void("您和他人改动了同一处，无法自动合并", _BY_HAND)
        return Entry(change.mode, blob)

    def _text_of_both(self, *blobs: str) -> str | None:
        contents = [self._base.past.content(blob) for blob in blobs]
        mine, before, theirs = contents
        if mine is None or before is None or theirs is None:  # larger than any record
            return None
        merged = self._base.bench.merged(mine, before, theirs)
        return self._base.bench.blob(merged) if merged is not None else None

    def _record_of_both(self, change: FileChange, here: Entry, blob: str | None) -> str | None:
        """The version that holds both sides' changes to a record, ``None`` where there is none.

        Sign-offs are the other side's, entry by entry; mine would be a commit of their own.
        """
        past, path = self._base.past, change.path
        old, new, theirs = (
            past.record(path, name or "") for name in (change.old, change.new, here.blob)
        )
        if old is None or new is None or theirs is None or new.sign_offs != old.sign_offs:
            return None
        found = past.record(path, blob) if blob else None
        if found is None or found.sign_offs != theirs.sign_offs:
            # The lines met only because others signed: their entries go under my text.
            count = len(old.sign_offs)
            same = without_entries(theirs) == without_entries(old)
            if not same or theirs.sign_offs[:count] != old.sign_offs:
                return None
            blob = self._with_entries(new, theirs.sign_offs[count:])
            found = past.record(path, blob) if blob else None
        if found is None:
            return None
        if not self._base.kinds[found.kind].is_register and found.digest != theirs.digest:
            state = replay(self._base.whole(theirs), theirs).state
            if state not in SUBMITTABLE:
                raise Void(f"这份记录现在“{STATE_TITLES[state]}”，内容不能再改")
        return blob

    def _with_entries(self, record: Record, entries: Sequence[dict[str, Any]]) -> str | None:
        text = record.text
        try:
            for entry in entries:
                text = append_sign_off(self._base.kinds[record.kind], text, entry)
        except Refused:
            return None
        return self._base.bench.blob(text.encode("utf-8"))
