"""The server's door: what a push must be before its commits are taken in.

Only what is new is judged, going on from what was found out for the commit that the branch names
now. Whatever cannot be judged is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jzy.git.history import Objects
from jzy.git.plumbing import GitFailed
from jzy.git.repository import Repository
from jzy.model.errors import JzyError, Refused
from jzy.office.examination import Examination
from jzy.office.formats import kinds_at
from jzy.office.judging import judge, leads_to
from jzy.office.push import Refusal, Server, Update


def examine(server: Server, updates: Sequence[Update], now: datetime) -> list[Refusal]:
    """Everything that speaks against a push; empty if it may come in.

    Args:
        server: which receives it; the pushed objects can be read from its repository.
        updates: all that the push wants; one bad one refuses all.
        now: the server's clock.
    """
    refused = [refusal for update in updates for refusal in _of_ref(server, update)]
    if refused:
        return refused
    for update in updates:
        with tempfile.TemporaryDirectory(prefix="jzy-") as folder:
            try:
                refused += Examination(server, update, now, Path(folder)).refusals()
            except JzyError as error:
                refused.append(Refusal(f"{error.what}；{error.advice}"))
            except GitFailed as error:
                refused.append(Refusal(f"git 无法读取推送的内容：{error.stderr[:200]}"))
    return list(dict.fromkeys(refused))


def examine_whole(server: Server) -> int:
    """Judge the branch as it is, as if all of it were pushed now.

    Returns:
        How many commits there are.

    Raises:
        Refused: something speaks against it.
    """
    try:
        said = server.repository.run("rev-parse", "--verify", "--quiet", server.branch)
    except GitFailed:
        return 0
    tip = said.decode("ascii").strip()
    found = examine(server, [Update("0" * len(tip), tip, server.branch)], datetime.now(UTC))
    if found:
        first = found[0]
        where = f"（{first.path or first.commit[:10]}）" if first.path or first.commit else ""
        raise Refused(
            f"仓库已有的历史不能作为起点：{first.reason}{where}，共 {len(found)} 处",
            "请用 jzy verify 查看并改正，或换一个空的裸仓库",
        )
    take_note(server, tip)
    return len(server.repository.run("rev-list", tip).split())


def take_note(server: Server, tip: str) -> None:
    """Keep what was found out for the branch's new tip, for the next push."""
    with tempfile.TemporaryDirectory(prefix="jzy-") as folder, Objects(server.repository) as found:
        kinds = kinds_at(found, tip, Path(folder))
        verdicts = server.verdicts(Path(folder))
        verdicts.keep(judge(server.repository, kinds, server.pinned, tip, verdicts.findings()))


def _of_ref(server: Server, update: Update) -> Iterator[Refusal]:
    if update.ref != server.branch:
        yield Refusal(f"只接受 {server.branch}，不接受 {update.ref}")
    elif update.deletes:
        yield Refusal(f"不能删除 {update.ref}")
    elif _type_of(server.repository, update.new) != "commit":
        yield Refusal(f"{update.ref} 只能指向提交")
    elif not update.creates and not leads_to(server.repository, update.old, update.new):
        yield Refusal("推送会改写已有的历史；请先执行 jzy sync，在最新的提交之后重放")


def _type_of(repository: Repository, name: str) -> str:
    try:
        return repository.run("cat-file", "-t", name).decode("ascii").strip()
    except GitFailed:
        return ""
