"""The digests in the sample year's sign-offs, made anew: ``python -m tests.resign``.

Whoever changes a record of the sample year, a version of it in ``records/.replay``, or a workflow,
runs this afterwards. Who signed what and when stays as it is written; only the digests follow. The
entries of a record speak of its versions in their order: those kept beside it, then the last one.
"""

from __future__ import annotations

from pathlib import Path

from jzy.model.digest import entry_digest
from jzy.model.kinds import Kind
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.beside import earlier_texts
from jzy.store.editing import append_sign_off, remove_value
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


def main() -> None:
    """Write the files that change, and name them."""
    kinds = load_kinds([ROOT / "schemas"])
    register = Register(kinds, load(ROOT, kinds).records)
    for record in register:
        kind = kinds[record.kind]
        if record.sign_offs:
            text = resigned(register, record, kind, earlier_texts(ROOT, record, kind))
            if text != record.text:
                (ROOT / record.path).write_text(text, "utf-8")
                print(record.path)


if __name__ == "__main__":
    main()
