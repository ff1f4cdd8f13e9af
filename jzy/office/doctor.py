"""``jzy doctor``: whether this machine and this clone are fit for signing. It looks and changes
nothing, and runs nothing that the repository's own configuration names."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from jzy import __version__
from jzy.git import receipts, settings, tools, undo
from jzy.git.keys import KEY_VARIABLE, my_key
from jzy.git.keysearch import agent, key_named
from jzy.git.plumbing import GitFailed
from jzy.git.remote import Remote
from jzy.git.repository import Repository
from jzy.git.trial import try_key
from jzy.model.errors import JzyError, WrongEnvironment
from jzy.model.people import BadKey, parse_key
from jzy.model.register import DEFAULT_TIME_ZONE, Register
from jzy.office import authority
from jzy.office.context import Office
from jzy.office.setup import root_of, signers_text
from jzy.store.places import search_path, shipped

_SLACK = timedelta(minutes=5)
_LOCKS = ("index.lock", "HEAD.lock", "config.lock")
_MOST_NAMES = 5
_SETUP = "请执行 jzy setup"


class State(StrEnum):
    """How a thing stands."""

    GOOD = "ok"
    ATTENTION = "warning"
    """jzy works, and something should be done."""
    BAD = "error"
    """Signing or proving does not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    """For programs."""
    state: State
    what: str
    """How it stands, in Chinese."""
    advice: str = ""


@dataclass(slots=True)
class Diagnosis:
    """Everything that was looked at."""

    checks: list[Check] = field(default_factory=list)
    found: bool = False
    """Whether there is a records repository at all."""

    @property
    def exit_code(self) -> int:
        """0 if nothing is bad, 3 without a repository, else 1."""
        if not self.found:
            return WrongEnvironment.exit_code
        return int(any(check.state is State.BAD for check in self.checks))


@dataclass(frozen=True, slots=True)
class _Here:
    """What is looked at."""

    office: Office
    repository: Repository
    register: Register


Answer = Iterator[tuple[State, str, str]]


def examine(start: Path) -> Diagnosis:
    """Look at everything that can be looked at.

    Args:
        start: a folder in the clone.
    """
    done = Diagnosis()
    _look(done, "version", _version)
    _look(done, "git", _git)
    _look(done, "ssh-keygen", _keygen)
    _look(done, "agent", _agent)
    try:
        office = Office.at(start)
        repository = office.repository
    except JzyError as error:
        done.checks.append(Check("repository", State.BAD, error.what, error.advice))
        return done
    done.found = True
    done.checks.append(Check("repository", State.GOOD, f"记录仓库：{office.root}"))
    _look(done, "schemas", lambda: _schemas(office))
    _look(done, "fonts", lambda: _fonts(office))
    _look(done, "work-tree", lambda: _work_tree(repository))
    _look(done, "programs", lambda: _programs(repository))
    _look(done, "root", lambda: _root(repository))
    _look(done, "key", lambda: _key(repository))
    _look(done, "settings", lambda: _settings(repository))
    _look(done, "remote", lambda: _remote(repository))
    try:
        here = _Here(office, repository, authority.registers(office))
    except JzyError as error:
        done.checks.append(Check("registers", State.BAD, error.what, error.advice))
        return done
    _look(done, "registered", lambda: _registered(here))
    _look(done, "allowed-signers", lambda: _signers(here))
    _look(done, "receipts", lambda: _receipts(here))
    _look(done, "clock", lambda: _clock(here))
    return done


def _look(done: Diagnosis, name: str, ask: Callable[[], Answer]) -> None:
    """Add what one question brings; that it cannot be answered is an answer, too."""
    try:
        for state, what, advice in ask():
            done.checks.append(Check(name, state, what, advice))
    except JzyError as error:
        done.checks.append(Check(name, State.BAD, error.what, error.advice))
    except GitFailed as error:
        last = error.stderr.splitlines()[-1] if error.stderr else f"代码 {error.code}"
        advice = "请用 git fsck 检查仓库，或重新克隆"
        done.checks.append(Check(name, State.BAD, f"git 无法读取仓库：{last}", advice))


def _version() -> Answer:
    yield State.GOOD, f"jzy {__version__}，Python {platform.python_version()}", ""


def _git() -> Answer:
    found = tools.git_version()
    if found is None:
        yield State.BAD, "找不到 git 程序", "请安装 git 2.34 或更新的版本"
    elif found[0] < tools.NEEDED_GIT:
        yield State.BAD, f"{found[1]} 太旧，不能用 SSH 密钥签名", "请安装 git 2.34 或更新的版本"
    else:
        yield State.GOOD, found[1], ""


def _keygen() -> Answer:
    if not tools.has_keygen():
        yield State.BAD, "找不到 ssh-keygen 程序，不能签名", "请安装 OpenSSH 客户端（8.2 以上）"
        return
    found = tools.openssh_version()
    if found is not None and found[0] < tools.NEEDED_OPENSSH:
        yield State.BAD, f"{found[1]} 太旧，ssh-keygen 不能签名", "请安装 OpenSSH 8.2 或更新的版本"
    else:
        yield State.GOOD, "ssh-keygen" + (f"（{found[1]}）" if found else "，版本不详"), ""


def _agent() -> Answer:
    held = agent()
    if not held.reachable:
        yield State.GOOD, "没有使用 ssh-agent（可以不用）", ""
    else:
        yield State.GOOD, f"ssh-agent 中有 {len(held.keys)} 个可用于签批的密钥", ""


def _schemas(office: Office) -> Answer:
    """Whether the formats can be read, which are the office's own, and which count only here."""
    standard = shipped("schemas")
    own = [
        kind.title
        for kind in office.kinds.values()
        if kind.overlay or not Path(kind.source).is_relative_to(standard)
    ]
    words = f"；本单位自定或补充的：{'、'.join(own)}" if own else ""
    yield State.GOOD, f"记录的格式：{len(office.kinds)} 类，可以读取{words}", ""
    changed = sorted(path for path in office.repository.status() if path.startswith("schemas/"))
    if changed:
        advice = "证明签批时和在服务器上只按已提交的格式判断，请由登记管理员提交"
        yield State.ATTENTION, f"{len(changed)} 个格式文件有尚未提交的改动（{changed[0]}）", advice


def _fonts(office: Office) -> Answer:
    """What a PDF is set in; which fonts stand in for those that the standard names."""
    from jzy.render.fonts import LATIN, PACKAGES, SECTIONS, Fonts  # noqa: PLC0415 - slow to load

    fonts = Fonts.of(search_path(office.root, "templates"))
    chosen = {section: fonts.choice(section) for section in SECTIONS}
    lacking = [SECTIONS[name] for name, found in chosen.items() if not found and name != LATIN]
    if lacking:
        what = f"不能写成 PDF：没有{'、'.join(lacking)}可用的字体"
        yield State.ATTENTION, what, f"请安装字体，例如 Debian 的 {PACKAGES}"
        return
    words = "，".join(
        f"{SECTIONS[name]} {found.family}{'（代用）' if found.instead else ''}"
        for name, found in chosen.items()
        if found
    )
    yield State.GOOD, f"PDF 的字体：{words}", ""


def _work_tree(repository: Repository) -> Answer:
    for name in _LOCKS:
        if (repository.folder / name).exists():
            yield (
                State.BAD,
                f"另一个 git 程序正在使用这个仓库（.git/{name}）",
                f"请等它结束；确认没有 git 程序在运行后，可删去 .git/{name}",
            )
    if undo.pending(repository):
        yield (
            State.ATTENTION,
            "上一次操作中途停止，留有未完成的改动",
            "下一次签批或修改时自动恢复原状",
        )
    changed = sorted(path for path in repository.status() if path.startswith("records/"))
    if changed:
        advice = "请用 git status 查看；这些改动不算数，也不能签批"
        yield State.ATTENTION, f"{len(changed)} 份记录有尚未提交的改动（{changed[0]}）", advice
    repository.check_ready()
    if not changed:
        said = repository.run("symbolic-ref", "--short", "HEAD").decode("utf-8", "replace").strip()
        yield State.GOOD, f"分支 {said}，记录没有未提交的改动", ""


def _programs(repository: Repository) -> Answer:
    names = list(settings.running(repository))
    if not names:
        yield State.GOOD, "本仓库的设置不会执行别的程序", ""
        return
    more = f"等 {len(names)} 项" if len(names) > _MOST_NAMES else ""
    yield (
        State.ATTENTION,
        f"本仓库的设置会执行别的程序：{'、'.join(names[:_MOST_NAMES])}{more}",
        "jzy 从不执行它们，普通的 git 命令会；不是您自己设置的，请删去或重新克隆",
    )


def _root(repository: Repository) -> Answer:
    root = root_of(repository)
    if root.pinned is None:
        yield (
            State.ATTENTION,
            f"没有固定根密钥；第一次提交的密钥是 {root.actual or '（没有有效的签名）'}",
            "请当面或电话向登记管理员询问根密钥指纹，再执行 jzy setup --root 指纹",
        )
    elif root.pinned != root.actual:
        yield (
            State.BAD,
            f"警报：第一次提交的密钥应是 {root.pinned}，实际是 {root.actual or '没有有效的签名'}",
            "请不要在这里签批；与登记管理员核对指纹和服务器地址，再重新克隆",
        )
    else:
        yield State.GOOD, f"根密钥已固定，与第一次提交相符：{root.actual}", ""


def _key(repository: Repository) -> Answer:
    """The key that jzy would sign with, tried where that asks nobody anything."""
    mine = key_named(my_key(repository).location)
    words = f"签名密钥 {mine.file or 'ssh-agent'}（{mine.key.fingerprint}）"
    if os.environ.get(KEY_VARIABLE):
        words += f"，由环境变量 {KEY_VARIABLE} 指定"
    if mine.hardware:
        words += "，硬件密钥，没有试签"
    elif mine.in_agent:
        words += "，在 ssh-agent 中"
    elif mine.locked:
        words += "，有口令，每次签批时询问"
    else:
        try_key(mine.key, ask=False)
        words += "，没有口令，试签正常"
    yield State.GOOD, words, ""


def _settings(repository: Repository) -> Answer:
    """What plain git goes by; jzy itself does not need it."""
    now = {name: values[-1] for name, values in settings.effective(repository).items()}
    wanted = {"gpg.format": "ssh", "commit.gpgsign": "true"}
    lacking = [name for name, value in wanted.items() if now.get(name) != value]
    lacking += [
        name for name in ("user.signingkey", "user.name", "user.email") if not now.get(name)
    ]
    if lacking:
        said = f"直接用 git commit 提交时不会签名，或署名不全：未设置 {'、'.join(lacking)}"
        yield State.ATTENTION, said, _SETUP
    else:
        yield State.GOOD, f"git 的署名：{now['user.name']} <{now['user.email']}>，提交时签名", ""


def _remote(repository: Repository) -> Answer:
    try:
        Remote.named(repository, "origin", ask=False)
    except JzyError as error:
        yield State.ATTENTION, error.what, error.advice
    else:
        yield State.GOOD, "已配置服务器 origin（没有连接试验）", ""


def _registered(here: _Here) -> Answer:
    try:
        key = here.office.key
    except JzyError:
        return  # said already
    if not here.register.key_owners.get(key.blob):
        advice = "jzy setup 会写出登记申请，请发给登记管理员"
        yield State.BAD, f"您的公钥（{key.fingerprint}）还没有登记，不能签批", advice
        return
    me = authority.me(here.office, here.register, datetime.now(here.register.time_zone))
    yield State.GOOD, f"您是{me.name}（{me.id}），公钥已登记，现用", ""


def _signers(here: _Here) -> Answer:
    named = settings.effective(here.repository).get("gpg.ssh.allowedsignersfile", [""])[-1]
    own = settings.signers_file(here.repository)
    advice = f"只影响 git log --show-signature；{_SETUP}"
    if not named or not Path(named).expanduser().is_file():
        what = f"git 的公钥名单文件不存在（{named}）" if named else "没有给 git 设置公钥名单"
        yield State.ATTENTION, what, advice
    elif Path(named) != own:
        yield State.GOOD, "git 的公钥名单由您另行设置", ""
    elif settings.read_signers(here.repository) != signers_text(here.register):
        yield State.ATTENTION, "git 的公钥名单与登记簿不一致，不是最新的", advice
    else:
        yield State.GOOD, "git 的公钥名单与登记簿一致", ""


def _receipts(here: _Here) -> Answer:
    keys = []
    for entry in here.register.institution.get("receipt_keys", ()):
        try:
            keys.append(parse_key(str(entry.get("key")))[1])
        except BadKey:
            continue
    last = receipts.tip(here.repository)
    if not keys:
        what = (
            "有服务器回执，但本单位没有登记服务器的公钥" if last else "本单位没有登记服务器的公钥"
        )
        advice = "没有回执，签批时间只由本人填写；见 jzy hook install --help"
        yield State.ATTENTION, what, advice
        return
    if not last:
        yield State.ATTENTION, "这里还没有服务器回执", "请执行 jzy sync 取回"
        return
    try:
        found = receipts.read(here.repository, keys)
    except receipts.BadReceipts as error:
        yield State.BAD, f"服务器回执不可信：{error}", "请与服务器的管理员核对，不要删除本机的回执"
        return
    when = found[-1].time.astimezone(here.register.time_zone)
    yield State.GOOD, f"服务器回执 {len(found)} 份，最近一份 {when:%Y-%m-%d %H:%M}", ""


def _clock(here: _Here) -> Answer:
    zone = here.register.time_zone
    wanted = str(here.register.institution.get("time_zone", DEFAULT_TIME_ZONE))
    if zone.key != wanted:
        advice = "请由登记管理员改正单位信息的 time_zone，例如 Asia/Shanghai"
        yield State.ATTENTION, f"不认识本单位的时区“{wanted}”，按 {zone.key} 计算", advice
    said = here.repository.run("log", "-1", "--format=%ct", "HEAD", "--").decode("ascii")
    now, last = datetime.now(UTC), datetime.fromtimestamp(int(said), UTC)
    words = f"本机时间 {now.astimezone(zone):%Y-%m-%d %H:%M}（{zone.key}）"
    if now + _SLACK < last:
        yield (
            State.BAD,
            f"{words}早于最近一次提交（{last.astimezone(zone):%Y-%m-%d %H:%M}），签批会被拒绝",
            "请校准电脑的日期和时间；若本机无误，请告知登记管理员有人的电脑时间不准",
        )
    else:
        yield State.GOOD, words, ""
