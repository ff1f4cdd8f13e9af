"""``jzy init``: a real office's repository, with a skeleton to adapt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jzy.git.commits import Author
from jzy.git.founding import commit_all, found
from jzy.git.keys import SigningKey
from jzy.model.errors import Refused, WrongUsage
from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record, dotted_of
from jzy.model.register import DEFAULT_TIME_ZONE, Register
from jzy.office.context import Office
from jzy.office.create import slug_of
from jzy.office.demo import IGNORED, Founded, check_empty
from jzy.office.validate import validate
from jzy.store.dumping import new_text
from jzy.store.editing import remove_value, set_value
from jzy.store.files import replace
from jzy.store.places import search_path, shipped
from jzy.store.records import load, parse
from jzy.store.schemas import load_kinds

SKELETON = ("workflow", "duty", "indicator", "claim", "calendar")
"""The registers that an office starts with: those of the sample year, to adapt."""

_ATTRIBUTES = """\
* text=auto eol=lf
*.docx binary
*.pdf binary
# 附件的副本改由 Git LFS 保管时，去掉下一行开头的“# ”，并删去 .gitignore 中的 /attachments/：
# attachments/** filter=lfs diff=lfs merge=lfs -text
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new repository starts from."""

    institution: str
    """The institution's full name."""
    office: str
    """The name of the office that keeps the records; empty for that of the sample year."""
    person: str
    """The name of the first registrar."""


def init(target: Path, beginning: Beginning, key: SigningKey) -> Founded:
    """Start a repository: institution, root unit, office, first registrar, skeleton, one commit.

    Args:
        target: the folder; it must be empty or absent.
        beginning: names.
        key: the first registrar's key; it signs the first commit.

    Raises:
        Refused: the folder is not empty.
        WrongUsage: a name is empty.
        WrongEnvironment: no git, or the key cannot sign.
    """
    check_empty(target)
    for title, value in (("单位名称", beginning.institution), ("姓名", beginning.person)):
        if not value.strip():
            raise WrongUsage(f"{title}不能为空", "请填写名称")
    kinds = load_kinds(search_path(None, "schemas"))
    today = datetime.now(ZoneInfo(DEFAULT_TIME_ZONE)).date()
    sample = Register(kinds, load(shipped("records").parent, kinds).records)
    texts = dict(_skeleton(kinds, sample, beginning, key, today))
    me = next(path for path in texts if path.startswith("records/people/"))
    person = Path(me).stem
    target.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        replace(target / path, text.encode("utf-8"))
    replace(target / "README.md", _readme(beginning, key).encode("utf-8"))
    replace(target / ".gitignore", IGNORED.encode("utf-8"))
    replace(target / ".gitattributes", _ATTRIBUTES.encode("utf-8"))
    # A year whose calendar nobody has published yet is no fault of the skeleton.
    found_wrong = (each for each in validate(Office(target)) if each.code != "JZY503")
    wrong = [finding for finding in found_wrong if finding.severity == "error"]
    if wrong:
        raise AssertionError(f"the skeleton is unsound: {wrong[0]}")
    repository = found(
        target,
        {
            "gpg.format": "ssh",
            "core.quotePath": "false",
            "user.signingkey": key.location,
            "jzy.root": key.fingerprint,
        },
    )
    author = Author(person, beginning.person)
    message = f"建立{beginning.institution}的记录仓库\n"
    commit_all(repository, message, author.environment(None), key.location)
    return Founded(target, key.fingerprint, 1)


def _skeleton(
    kinds: Kinds, sample: Register, beginning: Beginning, key: SigningKey, today: date
) -> Iterator[tuple[str, str]]:
    day = today.isoformat()
    office = str(sample.institution["competent_unit"])
    root = next(unit.id for unit in sample.of("unit") if not unit.data.get("parent"))
    person = f"{kinds['person'].prefix}-{slug_of(beginning.person) or 'registrar'}"
    institution: dict[str, Any] = {
        name: value
        for name, value in sample.institution.items()
        if name in ("time_zone", "posts", "academic_year_starts")
    }
    institution |= {
        "name": beginning.institution,
        "short_name": beginning.institution,
        "committee_name": f"中共{beginning.institution}委员会",
        "competent_unit": office,
        "registrars": [person],
        "registrar_quorum": 1,
    }
    units: list[dict[str, Any]] = [
        {"title": beginning.institution, "level": 1, "responsible": person},
        {
            "title": beginning.office or sample.name(office),
            "level": 2,
            "parent": root,
            "responsible": person,
        },
    ]
    me: dict[str, Any] = {
        "name": beginning.person,
        "unit": office,
        "posts": [{"post": _clerk_post(sample), "unit": office, "from": day}],
        "keys": [{"key": key.line, "from": day}],
    }
    data = [
        (kinds["institution"], "institution", institution),
        (kinds["unit"], root, units[0]),
        (kinds["unit"], office, units[1]),
        (kinds["person"], person, me),
    ]
    for kind, record_id, found_data in data:
        yield kind.record_path(record_id), new_text(kind, found_data)
    known = {record_id for _, record_id, _ in data}
    skeleton = [record for record in sample if record.kind in SKELETON]
    known |= {record.id for record in skeleton}
    for record in skeleton:
        text = _adapted(kinds[record.kind], record, known, day)
        if text is not None:
            yield record.path, text


def _clerk_post(sample: Register) -> str:
    """The post of whoever submits in the sample: the last of the institution's list."""
    return list(sample.posts)[-1]


def _adapted(kind: Kind, record: Record, known: set[str], day: str) -> str | None:
    """A sample register without what marks it as sample, starting today; ``None`` where it needs
    records that the new repository does not have."""
    lines = record.text.splitlines(keepends=True)
    while lines and lines[0].startswith("#") and "示例数据" in lines[0]:
        lines.pop(0)
    text = "".join(lines).lstrip("\n")
    for path, target, _ in kind.references_in(record.data):
        if target in known:
            continue
        if len(path) == 1 and str(path[0]) not in kind.required:
            text = remove_value(kind, text, str(path[0]))
        else:
            return None
    if "synthetic" in record.data:
        text = remove_value(kind, text, "synthetic")
    if "from" in record.data and "from" in kind.properties:
        text = set_value(kind, text, ("from",), day)
        if "until" in record.data:
            text = remove_value(kind, text, "until")
    found_record, problems = parse(kind, record.path, text)
    if found_record is None or problems:
        raise Refused(f"{record.path} 无法用作起始模板", "请重新安装 jzy", where=dotted_of(()))
    return text


def _readme(beginning: Beginning, key: SigningKey) -> str:
    return f"""\
# {beginning.institution}工作记录

本仓库由 jzy 建立，登记审批、会议、工作群、培训等工作。每份记录是一个文件，签批即提交。

## 接下来做什么

1. 核对 `records/institution.yaml`：单位名称、落款名称、职务（posts）、学期（terms）。
2. 登记部门：`jzy unit new`；登记人员：`jzy person new`（姓名、部门、职务）。
   人员只登记这几项，不登记证件、电话、账号等个人信息。
   每人用 `ssh-keygen -t ed25519` 生成自己的签名密钥，把 .pub 公钥文件交给您登记：
   `jzy key register 人员编号 公钥文件`。私钥只由本人保管。
3. 核对 `records/workflows/` 中的审批流程，按本单位的制度修改环节、职务和提前量。
4. 核对 `records/duties/` 中的制度要求、`records/indicators/` 中的统计指标和 `records/claims/` 中的断言。
5. 经办人新建一份活动：`jzy event new`，报送：`jzy submit 编号`。
6. 审批人查看待办：`jzy inbox`，同意：`jzy approve 编号`。
7. 随时检查：`jzy validate`；年底生成报告：`jzy report new`，再 `jzy report -o out/report.docx`。

## 信任的起点

本仓库第一次提交由 {beginning.person} 的密钥签名，指纹是：

    {key.fingerprint}

请把它记在仓库之外（例如印在制度文件里），各台电脑上执行
`git config jzy.root {key.fingerprint}` 加以固定。
"""
