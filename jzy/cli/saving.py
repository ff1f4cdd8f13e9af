"""What every command that changes a record says: which record, why not, and what was saved."""

from __future__ import annotations

from jzy.cli import screen
from jzy.model.errors import Refused
from jzy.model.kinds import Kind
from jzy.model.record import Record
from jzy.office import create
from jzy.office.context import Office


def of_kind(office: Office, kind: Kind, record_id: str) -> Record:
    """A record that must be there and of a kind.

    Raises:
        Refused: it is not.
    """
    record = office.record(record_id)
    if record.kind != kind.name:
        other = office.kinds[record.kind]
        raise Refused(
            f"{record_id} 是{other.title}，不是{kind.title}",
            f"请用 jzy {other.name} show {record_id}",
        )
    return record


def committed(saved: create.Saved) -> str:
    """Under which commit something was saved, or why under none; follows what was done."""
    if saved.commit:
        return f"（提交 {saved.commit[:10]}）"
    return f"，尚未提交：{saved.why}" if saved.why else ""


def show_findings(error: create.Unsound, *, as_json: bool) -> None:
    """Why something may not be written, each reason for itself."""
    if as_json:
        found = [
            {
                "code": f.code,
                "line": f.line,
                "column": f.column,
                "message": f.message,
                "advice": f.advice,
            }
            for f in error.findings
        ]
        screen.data({"ok": False, "exit_code": 1, "error": {"what": error.what}, "findings": found})
        return
    screen.fail(error)
    for finding in error.findings:
        screen.say(
            f"  {finding.code} {finding.message}"
            + (f"（{finding.advice}）" if finding.advice else "")
        )
