"""``form``: a record as the paper that an office keeps, or a form to be signed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, JsonOption, Option, command
from jzy.model.document import Document
from jzy.model.errors import WrongUsage
from jzy.model.formplan import forms_of, gone_from
from jzy.model.kinds import Kind
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.office.form import blank_form, form_of, named
from jzy.office.proofs import Proofs, proofs_of
from jzy.office.report import SUFFIXES, check_suffix, rendered, write

app = Application("表单")


@command(
    app,
    "form",
    "把一份记录写成可以打印的表单，或者给出供手写的空白表。",
    epilog="示例：jzy form 编号 -o 管理表.docx\n"
    "      jzy form 编号 --list（这一类有哪些表单）\n"
    "      jzy form event --blank -o 空白表.docx",
)
def form(
    subject: Annotated[str, Argument(metavar="编号", help="记录的编号；空白表则写类别的名称。")],
    output: Annotated[
        str | None,
        Option(
            "--output",
            "-o",
            metavar="文件",
            help=f"写入文件，后缀定格式（{'、'.join(SUFFIXES)}）；省略则输出 Markdown。",
        ),
    ] = None,
    name: Annotated[
        str | None, Option("--form", metavar="名称", help="哪一种表单；省略则为主要的一种。")
    ] = None,
    blank: Annotated[bool, Option("--blank", help="空白表，供手工填写和签字。")] = False,
    listed: Annotated[bool, Option("--list", help="列出这一类记录有哪些表单。")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a form."""
    if output:
        check_suffix(Path(output).suffix.lower())
    office = Office.at(Path.cwd())
    if listed:
        _list(_kind(office, subject), as_json=as_json)
        return
    record: Record | None = None
    if blank:
        kind = _blank_kind(office, subject)
        document = blank_form(office, kind, name=name)
    else:
        if subject in office.kinds and not office.kinds[subject].singleton:
            what = f"“{subject}”是类别，不是记录的编号"
            raise WrongUsage(what, f"需要空白表的，请加上 --blank；编号见 jzy {subject} list")
        record = office.record(subject)
        kind = office.kinds[record.kind]
        named(kind, name)
        proofs = proofs_of(office)
        document = form_of(office, record, name=name, proofs=proofs)
        if not as_json:
            _warn(record, proofs)
    gone = gone_from(kind, named(kind, name))
    if gone and not as_json:
        words = f"版式中写有{kind.title}没有的属性，已略去：{'、'.join(gone)}"
        screen.say(f"! {words}（x-jzy-form）", "warning")
    if output:
        write(document, Path(output))
    if as_json:
        screen.data(_plain(kind, record, name, document, output))
    elif output:
        screen.done(f"{document.title}已写入 {output}", _next(record))
    else:
        screen.document(rendered(document, ".md"))


def _kind(office: Office, subject: str) -> Kind:
    """The kind that a person names, or that of the record that they name."""
    if subject in office.kinds:
        return office.kinds[subject]
    return office.kinds[office.record(subject).kind]


def _blank_kind(office: Office, subject: str) -> Kind:
    if subject in office.kinds:
        return office.kinds[subject]
    kind = office.kinds.of_id(subject)
    if kind is not None:
        raise WrongUsage("空白表不取自记录", f"请写类别：jzy form {kind.name} --blank")
    return office.kind(subject)


def _list(kind: Kind, *, as_json: bool) -> None:
    forms = list(forms_of(kind).values())
    if as_json:
        listed = [{"name": each.name, "title": each.title, "help": each.help} for each in forms]
        screen.data({"version": 1, "kind": kind.name, "forms": listed})
        return
    screen.table(("名称", "表单", "说明"), [(each.name, each.title, each.help) for each in forms])
    screen.say(f"写出其中一种：jzy form 编号 --form {forms[-1].name} -o 文件.docx")


def _warn(record: Record, proofs: Proofs) -> None:
    """What a reader of the form should know, and cannot see on it."""
    if not record.sign_offs:
        return
    why = proofs.why(record.path)
    if why:
        screen.say(f"! 表中的签批没有全部得到证明：{why}", "warning")
    elif not proofs.pinned:
        screen.say("! 没有固定根密钥，签批的证明以未经核对的根密钥为准（jzy verify）", "warning")


def _next(record: Record | None) -> str:
    if record is None:
        return "打印、填写并签字；填好后据此登记"
    return f"打印；手工签字的，扫描后用 jzy attach {record.id} 文件 登记"


def _plain(
    kind: Kind, record: Record | None, name: str | None, document: Document, output: str | None
) -> dict[str, Any]:
    chosen = named(kind, name)
    return {
        "version": 1,
        "kind": kind.name,
        "record": record.id if record else None,
        "form": chosen.name,
        "title": document.title,
        "output": output,
        "commit": document.meta.commit or None,
    }
