"""``jzy demo``: the sample year as the commits that it would have been."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from jzy.git.commits import Author, Change, commit_file
from jzy.git.founding import commit_all, found
from jzy.git.keys import SigningKey, make_throwaway_key
from jzy.git.repository import Repository
from jzy.model.errors import Refused, WrongEnvironment
from jzy.model.kinds import Kinds
from jzy.model.register import Register
from jzy.office.beside import earlier_texts
from jzy.office.move import TRAILER
from jzy.office.replay import Step, steps
from jzy.office.sign import commit_message, draft_message
from jzy.store.editing import set_value
from jzy.store.files import replace
from jzy.store.places import search_path, shipped
from jzy.store.records import load
from jzy.store.schemas import load_kinds

Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and what is being done."""

IGNORED = "# 报告等输出，以及不进入历史的附件\n/out/\n/attachments/\n/records/**/attachments/\n"
_REGISTRAR_SETTINGS = {"gpg.format": "ssh", "core.quotePath": "false"}


@dataclass(frozen=True, slots=True)
class Founded:
    """A new repository."""

    root: Path
    fingerprint: str
    """Of the key that signed the first commit: what others pin as ``jzy.root``."""
    commits: int


def demo(target: Path, progress: Progress) -> Founded:
    """Replay the sample year into a fresh repository as the commits that it would have been.

    Each person gets a throwaway key of their own under ``.git/jzy/demo-keys``; what each did is
    one commit, signed with that key, on the day it happened.

    Args:
        target: the folder; it must be empty or absent.
        progress: told of each step.

    Raises:
        Refused: the folder is not empty.
        WrongEnvironment: no git, or the sample year is missing.
    """
    check_empty(target)
    sample = shipped("records").parent
    kinds = load_kinds(search_path(None, "schemas"))
    loaded = load(sample, kinds) if (sample / "records").is_dir() else None
    if loaded is None or not loaded.records:
        raise WrongEnvironment("找不到示例年度的记录", "请重新安装 jzy")
    register = Register(kinds, loaded.records)
    begins = _first_moment(register)
    keys = target / ".git" / "jzy" / "demo-keys"
    registrar = sorted(register.registrars)[0]
    # git reads a relative signing key from the working directory, so the path is absolute; the
    # allowed signers lie beside the keys, for a look with `git log --show-signature`.
    folder = target.absolute() / ".git" / "jzy"
    repository = found(
        target,
        {
            **_REGISTRAR_SETTINGS,
            "user.name": register.name(registrar),
            "user.email": f"{registrar}@jzy.invalid",
            "user.signingkey": str(folder / "demo-keys" / registrar),
            "gpg.ssh.allowedSignersFile": str(folder / "allowed-signers"),
        },
    )
    people = {person: make_throwaway_key(keys / person, person) for person in register.people}
    _write_registers(target, register, kinds, people, begins)
    (folder / "allowed-signers").write_text(
        "".join(f'{person} namespaces="git" {key.line}\n' for person, key in people.items()),
        "utf-8",
    )
    author = Author(registrar, register.name(registrar))
    when = begins - timedelta(hours=1)
    commit_all(
        repository,
        f"建立{register.institution['name']}的记录仓库（示例数据）\n",
        author.environment(when),
        people[registrar].location,
    )
    planned = sorted(_planned(sample, register, begins, registrar), key=lambda step: step.when)
    for number, step in enumerate(planned):
        name = register.name(step.record.id)
        progress(number, len(planned), f"{step.when:%Y-%m-%d} {step.verb} {name}")
        _take(repository, register, step, people[step.by])
    progress(len(planned), len(planned), "完成")
    fingerprint = people[registrar].fingerprint
    repository.run("config", "--local", "jzy.root", fingerprint)
    return Founded(target, fingerprint, len(planned) + 1)


def _planned(sample: Path, register: Register, begins: datetime, default: str) -> Iterator[Step]:
    for record in register:
        kind = register.kind_of(record)
        if not kind.is_register:
            yield from steps(register, record, earlier_texts(sample, record, kind), begins, default)


def _take(repository: Repository, register: Register, step: Step, key: SigningKey) -> None:
    author = Author(step.by, register.name(step.by))
    name = register.name(step.record.id)
    if step.entry is None:
        message = draft_message(step.verb, step.record, name)
        message += f"{TRAILER}: {step.move}\n" if step.move else ""
    else:
        behalf = step.entry.get("on_behalf_of")
        said = _stage_title(register, step), register.name(behalf) if behalf else ""
        message = commit_message(step.record.id, name, step.entry, *said)
    content = step.text.encode("utf-8")
    commit_file(repository, Change(step.record.path, content, message, author, key, step.when))


def _stage_title(register: Register, step: Step) -> str:
    entry = step.entry or {}
    submission = next((e for e in step.record.sign_offs if e.get("workflow")), {})
    workflow = register.get(submission.get("workflow"))
    stages = workflow.data["stages"] if workflow else []
    return next((stage["title"] for stage in stages if stage["key"] == entry.get("stage")), "")


def _write_registers(
    target: Path, register: Register, kinds: Kinds, people: dict[str, SigningKey], begins: datetime
) -> None:
    for record in register:
        if not kinds[record.kind].is_register:
            continue
        text = record.text
        if record.id in people:
            key = {"key": people[record.id].line, "from": begins.date().isoformat()}
            text = set_value(kinds[record.kind], text, ("keys",), [key])
        replace(target / record.path, text.encode("utf-8"))
    notice = str(register.institution.get("notice", ""))
    readme = f"# {register.institution['name']}（示例）\n\n{notice}\n\n{_README_DEMO}"
    replace(target / "README.md", readme.encode("utf-8"))
    replace(target / ".gitignore", IGNORED.encode("utf-8"))


def _first_moment(register: Register) -> datetime:
    """The first working morning of what the sample's reports speak of."""
    starts = [record.data["period"]["from"] for record in register.of("report")]
    first = date.fromisoformat(min(starts)) if starts else date(2020, 4, 1)
    return datetime.combine(first, time(9, 0), register.time_zone)


def check_empty(target: Path) -> None:
    """Refuse a target that holds anything.

    Raises:
        Refused: it exists and is no empty folder.
    """
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise Refused(f"{target} 已经存在，而且不是空文件夹", "请换一个名字，或先移走其中的内容")


_README_DEMO = """\
本仓库由 `jzy demo` 生成，用来试用。每个人的签名密钥在 `.git/jzy/demo-keys/` 中。

- 检查全部记录：`jzy validate`
- 以某人的身份办理：`JZY_SIGNING_KEY=.git/jzy/demo-keys/person-jia jzy inbox`
- 生成自查报告：`jzy report -o out/self-check.docx`
"""
