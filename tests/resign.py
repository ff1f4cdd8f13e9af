"""The digests in the sample year's sign-offs, made anew: ``python -m tests.resign``.

Whoever changes a record of the sample year, a version of it in ``records/.replay``, a workflow, an
indicator, a claim or a report's template runs this afterwards: the figures that a report's
sign-offs speak of are computed again as well, from the demo that the sample becomes. Who signed
what and when stays as it is written; only the digests follow. The entries of a record speak of its
versions in their order: those kept beside it, then the last one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jzy.model.digest import entry_digest
from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.snapshot import PROPERTY, snapshot_of
from jzy.office.beside import earlier_texts
from jzy.office.context import Office
from jzy.office.demo import demo
from jzy.office.report import compose
from jzy.store.editing import append_sign_off, remove_value, set_value
from jzy.store.records import load, parse
from jzy.store.schemas import load_kinds

ROOT = Path(__file__).parents[1]


def resigned(register: Register, record: Record, kind: Kind, earlier: list[str]) -> str:
    """A record's text with the digests that its versions and workflows have now.

    Args:
        register: for the workflows.
        record: with its sign-offs.
        kind: its kind.
        earlier: its versions before the last, oldest first.

    Raises:
        ValueError: the sign-offs speak of another number of versions than there are.
    """
    text = remove_value(kind, record.text, "sign_offs")
    versions = [parse(kind, record.path, each)[0] for each in [*earlier, text]]
    now = [version.digest for version in versions if version is not None]
    was = list(dict.fromkeys(entry["digest"] for entry in record.sign_offs))
    if len(was) != len(now):
        raise ValueError(f"{record.path}: {len(was)} digests, {len(now)} versions")
    previous = None
    for entry in record.sign_offs:
        made = {**entry, "digest": now[was.index(entry["digest"])]}
        if previous is not None:
            made["prev"] = entry_digest(previous)
        workflow = register.get(entry.get("workflow"))
        if workflow is not None:
            made["workflow_digest"] = workflow.digest
        text = append_sign_off(kind, text, made)
        previous = made
    return text


def resign(kinds: Kinds) -> list[str]:
    """Write the sign-offs that change, and give the paths of their records."""
    register = Register(kinds, load(ROOT, kinds).records)
    written = []
    for record in register:
        kind = kinds[record.kind]
        if record.sign_offs:
            text = resigned(register, record, kind, earlier_texts(ROOT, record, kind))
            if text != record.text:
                (ROOT / record.path).write_text(text, "utf-8")
                written.append(record.path)
    return written


def recompute(kinds: Kinds) -> None:
    """Write the figures of each submitted report, from a demo whose sign-offs history proves."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        demo(root, lambda *_: None)
        office = Office(root.resolve())
        for record in office.register.of("report"):
            if record.sign_offs:
                found = snapshot_of(compose(office, record))
                path = ROOT / record.path
                text = set_value(kinds["report"], path.read_text("utf-8"), (PROPERTY,), found)
                path.write_text(text, "utf-8")


def main() -> None:
    """Write the files that change, and name them."""
    kinds = load_kinds([ROOT / "schemas"])
    before = resign(kinds)
    recompute(kinds)
    print("\n".join(dict.fromkeys([*before, *resign(kinds)])))


if __name__ == "__main__":
    main()
