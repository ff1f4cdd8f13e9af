"""The table of commands: what there is and where it lies, without importing any of it."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

SHELLS = ("bash", "zsh", "fish", "powershell")
"""Those whose completion jzy knows."""


class Takes(Enum):
    """What stands behind a command, for the shell to offer."""

    NOTHING = auto()
    IDS = auto()
    WAITING = auto()
    """Ids of records, first of those that wait for the user."""
    REPORTS = auto()
    KINDS = auto()
    CODES = auto()
    SHELLS = auto()
    COMMANDS = auto()
    """Commands of a second level."""


class Entry(NamedTuple):
    """One command of the first level."""

    name: str
    module: str
    """Module whose ``app`` is the command."""
    help: str
    """What it does, in a few Chinese words."""
    takes: Takes = Takes.NOTHING
    """What is offered behind it."""


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "开始",
        (
            Entry("demo", "jzy.cli.start", "生成一个可以试用的示例仓库"),
            Entry("init", "jzy.cli.start", "为本单位新建记录仓库"),
            Entry("setup", "jzy.cli.setup", "设置我是谁、用哪个密钥签批"),
            Entry("doctor", "jzy.cli.doctor", "检查本机与仓库的环境"),
            Entry("completion", "jzy.cli.completion", "按 Tab 键补全命令与编号", Takes.SHELLS),
        ),
    ),
    (
        "审批",
        (
            Entry("submit", "jzy.cli.sign", "报送记录，开始审批", Takes.IDS),
            Entry("inbox", "jzy.cli.inbox", "列出等待我办理的事项"),
            Entry("approve", "jzy.cli.sign", "同意（或阅知）", Takes.WAITING),
            Entry("return", "jzy.cli.sign", "退回修改", Takes.WAITING),
            Entry("reject", "jzy.cli.sign", "不同意", Takes.WAITING),
            Entry("withdraw", "jzy.cli.sign", "撤回自己报送的记录", Takes.IDS),
            Entry("number", "jzy.cli.number", "给已经批准的记录编文号", Takes.IDS),
            Entry("log", "jzy.cli.inbox", "查看一份记录的办理经过", Takes.IDS),
            Entry("sync", "jzy.cli.sync", "与服务器同步，重放本人尚未上传的提交"),
        ),
    ),
    (
        "查找与附件",
        (
            Entry("list", "jzy.cli.find", "列出各类记录", Takes.KINDS),
            Entry("search", "jzy.cli.find", "在所有记录中查找词语"),
            Entry("show", "jzy.cli.find", "查看一份记录，以及它还缺什么", Takes.IDS),
            Entry("attach", "jzy.cli.attach", "登记附件，核对副本是否都在", Takes.IDS),
        ),
    ),
    (
        "检查与报告",
        (
            Entry("status", "jzy.cli.status", "各项制度要求的完成情况"),
            Entry("validate", "jzy.cli.check", "检查全部记录"),
            Entry("verify", "jzy.cli.prove", "由历史证明每一条签批", Takes.IDS),
            Entry("explain", "jzy.cli.check", "解释一条规则", Takes.CODES),
            Entry("report", "jzy.cli.report", "由记录生成自查报告", Takes.REPORTS),
            Entry("form", "jzy.cli.form", "把记录写成可以打印的表单", Takes.IDS),
            Entry("ledger", "jzy.cli.ledger", "把记录写成 Excel 台账", Takes.KINDS),
            Entry("registrar", "jzy.cli.registrar", "登记管理员及其变更", Takes.COMMANDS),
            Entry("hook", "jzy.cli.hook", "在服务器上检查推送、写回执", Takes.COMMANDS),
            Entry("key", "jzy.cli.key", "签名密钥与公钥名单", Takes.COMMANDS),
        ),
    ),
)

COMMANDS: dict[str, Entry] = {entry.name: entry for _, group in GROUPS for entry in group}

KIND_COMMANDS: tuple[tuple[str, str], ...] = (
    ("new", "新建"),
    ("list", "列表"),
    ("show", "查看"),
    ("edit", "修改"),
)
"""What every kind can do."""
