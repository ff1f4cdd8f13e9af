"""``jzy form``: a record as the paper that an office keeps of it, or a form to be signed by hand.

What stands on a form is the record and what history proves of its sign-offs; no clock, and nothing of
the machine, so that the same commit gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from jzy.model.columns import schema_at
from jzy.model.document import (
    FORM,
    Block,
    Document,
    Meta,
    PageBreak,
    Paragraph,
    Strong,
    Text,
)
from jzy.model.errors import JzyError, Refused, WrongUsage
from jzy.model.expression import BadExpression, holds
from jzy.model.formplan import NOTICE, Form, forms_of, main_form
from jzy.model.kinds import Kind
from jzy.model.moments import day_of
from jzy.model.record import Record, path_of, value_at
from jzy.office.context import Office
from jzy.office.desk import as_evidence
from jzy.office.form_grid import Layout
from jzy.office.form_sign_in import expected, lines_for, sheet
from jzy.office.form_signing import Rows, signatures, signatures_by_hand
from jzy.office.form_values import Values
from jzy.office.proofs import Proofs, proofs_of
from jzy.render.parse import made_block, parse_document, parse_prose
from jzy.render.templates import render_text
from jzy.render.trace import RecordView, Tracer, View
from jzy.store.places import search_path

_SAMPLE = "示例数据：内容均为虚构，不代表任何单位的真实记录。"
_LINE = "＿"


def form_of(
    office: Office, record: Record, *, name: str | None = None, proofs: Proofs | None = None
) -> Document:
    """A record as a printed form.

    Args:
        office: the repository.
        record: a sound record of any kind.
        name: which of the kind's forms; ``None`` for the main one.
        proofs: what history proves, if that is known already.

    Raises:
        WrongUsage: the kind has no form of that name.
        Refused: the form is one for each item of a list, and the record has no such item.
        JzyError: a template of the office's own cannot be executed.
    """
    kind = office.kinds[record.kind]
    form = named(kind, name)
    proofs = proofs_of(office) if proofs is None else proofs
    rows = signatures(office.register, record, proofs)
    return _Printing(office, kind, form, rows, record, proofs).document()


def blank_form(office: Office, kind: Kind, *, name: str | None = None) -> Document:
    """A form of a kind to be filled in by hand.

    Raises:
        WrongUsage: the kind has no form of that name.
        JzyError: a template of the office's own cannot be executed.
    """
    form = named(kind, name)
    rows = signatures_by_hand(office.register, kind.name)
    return _Printing(office, kind, form, rows, None, Proofs()).document()


def named(kind: Kind, name: str | None) -> Form:
    """A form of a kind by its name; the main one without.

    Raises:
        WrongUsage: there is none of that name.
    """
    forms = forms_of(kind)
    if name is None:
        return main_form(kind)
    if name not in forms:
        known = "、".join(f"{each.name}（{each.title}）" for each in forms.values())
        raise WrongUsage(f"{kind.title}没有名为“{name}”的表单", f"可用的表单：{known}")
    return forms[name]


class _Printing:
    """One form of one record, or an empty one."""

    def __init__(
        self,
        office: Office,
        kind: Kind,
        form: Form,
        rows: Rows,
        record: Record | None,
        proofs: Proofs,
    ) -> None:
        self.office, self.kind, self.form, self.rows = office, kind, form, rows
        self.record, self.proofs = record, proofs
        self.data: Mapping[str, Any] = record.data if record else {}
        self.values = Values(office.register, office.kinds)
        self.folders = tuple(search_path(office.root, "templates"))

    def document(self) -> Document:
        """The whole paper: a page for each item, where the form is one for each."""
        parts = [self._page(item) for item in self._items()]
        blocks: list[Block] = []
        for part in parts:
            blocks += [PageBreak(), *part.blocks] if blocks else part.blocks
        title = parts[0].title
        return Document(title, tuple(blocks), meta=self._meta(), layout=FORM)

    def _items(self) -> Sequence[Mapping[str, Any]]:
        if not self.form.each or self.record is None:
            return [{}]
        try:
            found = value_at(self.data, self.form.each) or []
            items = [
                each
                for each in found
                if isinstance(each, Mapping) and (not self.form.only or holds(self.form.only, each))
            ]
        except BadExpression as error:
            raise JzyError(
                f"表单“{self.form.title}”的条件（only）无法求值：{error}", "请由管理员修改格式"
            ) from error
        if not items:
            what = self.kind.path_title(path_of(self.form.each))
            raise Refused(
                f"{self.record.id} 没有需要“{self.form.title}”的{what}",
                f"需要空白的，请用 jzy form {self.kind.name} --blank --form {self.form.name}",
            )
        return items

    def _meta(self) -> Meta:
        kind, record = self.kind, self.record
        organisation = str(self.office.register.institution.get("name", ""))
        templates = tuple(search_path(self.office.root, "templates"))
        if record is None:
            return Meta(organisation, subject=self.form.title, templates=templates)
        value = record.at(kind.date_property) if kind.date_property else None
        try:
            day = day_of(value, self.office.register.time_zone) if value else None
        except ValueError:
            day = None
        commit = "" if self.proofs.unsaved(record.path) else self.proofs.head
        name = kind.name_of(record.data) or record.id
        return Meta(organisation, day, subject=name, commit=commit, templates=templates)

    def _page(self, item: Mapping[str, Any]) -> Document:
        made: list[tuple[Block, ...]] = []
        layout = Layout(self.kind, self.form, self.values, self.data, blank=self.record is None)

        def put(blocks: Sequence[Block]) -> Markup:
            made.append(tuple(blocks))
            return made_block(len(made) - 1)

        def grid() -> Markup:
            found = layout.fill(self.rows).grid()
            return put([found] if found else [])

        def prose() -> Markup:
            return put([block for each in layout.prose for block in _running(*each)])

        def text(path: str) -> Markup:
            said = value_at(self.data, path)
            return put(_running("", said, markdown=True) if isinstance(said, str) else [])

        def sign_in() -> Markup:
            return put([sheet(self.form.sign, lines)])

        def value(path: str) -> str:
            return self._value(path, item)

        count = expected(self.form.sign, self.data)
        lines = lines_for(self.form.sign, count)

        said = render_text(
            self.form.template,
            self.folders,
            {
                "form": self.form,
                "record": self._view(),
                "item": View(item),
                "institution": View(self.office.register.institution),
                "id": self.record.id if self.record else "",
                "notice": self._notice(),
                "grid": grid,
                "prose": prose,
                "text": text,
                "sign_in": sign_in,
                "expected": count,
                "lines": lines,
                "value": value,
                "blank": lambda count=8: _LINE * min(int(count), 40),
                "name": self.office.register.name,
            },
        )
        return parse_document(said, Tracer(), made=made)

    def _view(self) -> View:
        if self.record is None:
            return View({})
        return RecordView(as_evidence(self.office, self.record), self.data)

    def _notice(self) -> str:
        """That this is a sample, in the words of the office; empty where it is none."""
        if self.data.get(NOTICE) is not True:
            return ""
        return str(self.office.register.institution.get("notice") or _SAMPLE)

    def _value(self, path: str, item: Mapping[str, Any]) -> str:
        """A value in people's words, ``item.…`` of the item that the page is for; empty for none."""
        first, _, rest = path.partition(".")
        schema = self.kind.schema
        data: Mapping[str, Any] = self.data
        if first == "item" and self.form.each:
            data, path = item, rest
            schema = (schema_at(schema, self.form.each) or {}).get("items", {})
        found = value_at(data, path)
        return "" if found is None else self.values.text(schema_at(schema, path) or {}, found)


def _running(title: str, text: str, markdown: bool) -> list[Block]:
    """A long text below the grid; what cannot be read as Markdown stands as it was typed."""
    head: list[Block] = [Paragraph((Strong((Text(title),)),), "line")] if title else []
    if markdown:
        try:
            return [*head, *parse_prose(text)]
        except JzyError:
            pass
    return [*head, *(Paragraph((Text(line),)) for line in text.split("\n") if line.strip())]
