"""Help in Chinese that fits 80 columns: click's own counts letters, not columns."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence

from jzy.cli.table import GROUPS, KIND_COMMANDS
from jzy.model.display import pad, width, wrap

MOST_COLUMNS = 100


def columns() -> int:
    """Columns of the terminal, at most 100; 80 where there is none."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, MOST_COLUMNS))


def rows(pairs: Sequence[tuple[str, str]], wide: int, left: int | None = None) -> list[str]:
    """Terms and their explanations in two columns, two spaces in."""
    widest = left or min(max((width(term) for term, _ in pairs), default=0), 30)
    lines = []
    for term, words in pairs:
        broken = wrap(words, wide - widest - 4) or [""]
        if width(term) > widest:
            lines.append("  " + term)
            broken = ["", *broken] if broken == [""] else broken
            lines += [" " * (widest + 4) + line for line in broken if line]
            continue
        lines.append(("  " + pad(term, widest) + "  " + broken[0]).rstrip())
        lines += [" " * (widest + 4) + line for line in broken[1:]]
    return lines


def first_page(kinds: Iterable[tuple[str, str]], wide: int | None = None) -> str:
    """What ``jzy --help`` shows.

    Args:
        kinds: name and Chinese title of each kind.
        wide: columns; the terminal's if absent.
    """
    wide = wide or columns()
    lines = ["用法：jzy 命令 [参数]", "", *wrap(_ABOUT, wide)]
    for title, group in GROUPS:
        lines += ["", title, *rows([(entry.name, entry.help) for entry in group], wide, 14)]
    lines += [
        "",
        "记录（jzy 类别 命令，例如 jzy event new）",
        *rows((*KIND_COMMANDS, _MOVES), wide, 14),
    ]
    lines += ["", "类别", *_grid([f"{name}（{title}）" for name, title in kinds], wide)]
    lines += ["", "选项", *rows([("--version", "显示版本"), ("--help", "显示帮助")], wide, 14)]
    lines += ["", *wrap("用“jzy 命令 --help”查看每个命令的用法。", wide)]
    return "\n".join(lines) + "\n"


_MOVES = ("…", "各类另有办理命令，见 jzy 类别 --help")
_ABOUT = (
    "jzy 以 git 仓库中的普通文件登记审批、会议、工作群、培训等工作，签批即提交，"
    "自查报告由记录生成，每个数字都有出处。"
)


def _grid(items: Sequence[str], wide: int) -> list[str]:
    cell = max((width(item) for item in items), default=0) + 2
    across = max((wide - 2) // max(cell, 1), 1)
    return [
        ("  " + "".join(pad(item, cell) for item in items[at : at + across])).rstrip()
        for at in range(0, len(items), across)
    ]
