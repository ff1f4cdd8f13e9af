"""What an evidence folder says of itself: its catalogue 目录 and how it is checked 说明."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jzy import __version__
from jzy.model.attachments import Attachment
from jzy.model.document import Document, plain
from jzy.model.materials import Material, Section
from jzy.model.moments import date_cn
from jzy.model.periods import Period
from jzy.model.record import Record
from jzy.render.appendix import TITLE
from jzy.render.xlsx import Link, Sheet, Value

CATALOGUE = "目录.xlsx"
README = "说明.txt"
SUMS = "SHA256SUMS"
HISTORY = "记录.bundle"
ORIGINALS = "记录原文"
COLUMNS = (
    "编号", "类别", "材料名称", "责任部门", "日期", "页数", "备注", "记录编号", "SHA-256",
)  # fmt: skip
_WIDTHS = (10.0, 14.0, 40.0, 18.0, 12.0, 6.0, 22.0, 24.0, 36.0)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder."""

    path: str
    """Relative to the folder, with ``/``."""
    sha256: str
    pages: int | None = None
    """Where the format tells."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An attachment that a record names and of which there is no copy."""

    number: str
    name: str
    record: str
    why: str


@dataclass
class Catalogue:
    """The rows of the catalogue, in the order in which things are put in."""

    rows: list[tuple[Value, ...]] = field(default_factory=list)

    def report(self, title: str, file: File) -> None:
        """The report itself, in one format."""
        self._row(Link("报告", file.path), title, file.path, file=file)

    def section(self, section: Section) -> None:
        """The heading of a section, above what belongs to it."""
        titles = [f"{each.number}{plain(each.runs)}" for each in section.headings]
        self._row(section.number, "", "　".join(titles))

    def material(self, each: Material, file: File, original: File, unit: str, remark: str) -> None:
        """A record: its printed form, and its own file."""
        record = each.record
        also = f"第 {'、'.join(each.also)} 节也用到" if each.also else ""
        self._row(
            Link(each.number, file.path),
            record.kind,
            record.name,
            unit=unit,
            day=_day(record.date),
            remark="；".join(filter(None, (also, remark))),
            record=Link(record.id, original.path),
            file=file,
        )

    def attachment(
        self, number: str, title: str, named: Attachment, file: File | None, remark: str
    ) -> None:
        """An attachment; without a file where it is not at hand, or was put in before."""
        place = Link(number, file.path) if file else number
        listed = file or File("", named.sha256)
        self._row(place, f"附件：{title}", named.name, remark=remark, file=listed)

    def history(self, file: File) -> None:
        """The history of the records."""
        remark = f"含全部记录，供核验签批，见{README}"
        name = "记录和签批的提交历史"
        self._row(Link("历史", file.path), "git bundle", name, remark=remark, file=file)

    def sheet(self, document: Document, institution: Mapping[str, Any]) -> Sheet:
        """The catalogue, to be printed on A4."""
        meta = document.meta
        name = institution.get("short_name") or institution.get("name", "")
        sample = "（示例数据）" if institution.get("synthetic") is True else ""
        dated = f"报告日期：{date_cn(meta.date)}" if meta.date else ""
        return Sheet(
            "目录",
            f"{name}{TITLE}{sample}",
            f"报告：{document.title}",
            dated,
            COLUMNS,
            tuple(self.rows),
            _WIDTHS,
        )

    def _row(  # noqa: PLR0913 - a parameter a column
        self,
        number: Value,
        kind: str,
        name: str,
        *,
        unit: str = "",
        day: Value = None,
        remark: str = "",
        record: Value = None,
        file: File | None = None,
    ) -> None:
        pages, digest = (file.pages, file.sha256) if file else (None, None)
        row = (number, kind, name, unit, day, pages, remark, record, digest)
        self.rows.append(tuple(each if each != "" else None for each in row))


def _day(said: str) -> Value:
    """A date as a spreadsheet knows it; anything else, such as ``2020-Q2``, as it is."""
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return said


def readme(
    document: Document, record: Record, period: Period, missing: Sequence[Missing], *, receipts: str
) -> str:
    """How a stranger reads and checks the folder: plain text with line feeds.

    Args:
        document: the report.
        record: of the report.
        period: that it tells of.
        missing: attachments that are not in the folder.
        receipts: the name of the ref under which the history holds receipts; empty where it has none.
    """
    meta = document.meta
    days = f"{date_cn(period.begins)}至{date_cn(period.ends)}"
    lines = [
        f"{TITLE.removesuffix('目录')}：{document.title}",
        "",
        f"单位：{meta.organisation}",
        f"统计期间：{days}",
        f"报告编号：{record.id}",
        f"数据取自提交：{meta.commit}",
        f"由 jzy {__version__} 生成。",
        "",
        "一、内容",
        "",
        f"报告本身，以及按报告各节分开存放的佐证材料。编号与报告附件《{TITLE}》一致：",
        "1.2-03 是第 1 部分第 2 节的第 3 份，放在报告首次用到它的一节；它的附件编为 1.2-03-1、1.2-03-2。",
        "",
        f"{CATALOGUE}：全部材料的目录，点击编号可打开文件。",
        f"{ORIGINALS}：每份记录登记在案的文件（YAML 或 Markdown 文本），文件名就是记录编号。",
        f"{HISTORY}：记录和签批的提交历史；其中也有未列入本材料的记录，请注意保管的范围。",
        f"{SUMS}：其他所有文件的 SHA-256 校验值。",
        "",
        "二、核对文件是否完整",
        "",
        "在本文件夹中执行（Windows 请用 Git Bash；macOS 请把 sha256sum 换成 shasum -a 256）：",
        "",
        f"    sha256sum -c {SUMS}",
        "",
        f"校验值文件本身的 SHA-256，请与出具单位另行告知的核对：sha256sum {SUMS}",
        "",
        "三、核验签批是否真实",
        "",
        "需要 git 和 jzy。在本文件夹中执行：",
        "",
        f"    git clone {HISTORY} 核验",
        "    cd 核验",
        *([f"    git fetch ../{HISTORY} {receipts}:{receipts}"] if receipts else []),
        "    jzy verify --root 根密钥指纹",
        "",
        "根密钥指纹形如 SHA256:……，请另行向出具单位索取，例如当面、电话或正式公函；",
        "不要采用随本材料一起送来的指纹：能改动材料的人也能换掉指纹。",
        "核验逐个检查每次签批的签名、签批人当时的职务、顺序和所签的内容，不需要联网，也不需要出具单位的电脑。",
        "",
        "克隆出来的记录，应当与上面写明的提交一致：git rev-parse HEAD",
        f"报告可以重新算出：jzy report {record.id} -o 报告.docx，得到的文件应与本文件夹中的相同",
        "（须用同一版本的 jzy）。",
        "",
        "四、缺少的附件",
        "",
        *(
            [f"{each.number} {each.name}（{each.record}）：{each.why}" for each in missing]
            or ["无。"]
        ),
    ]
    return "".join(f"{line}\n" for line in lines)
