"""What is signed is what was computed: a report's figures go into its record before its submission."""

from __future__ import annotations

from jzy.model.chain import SUBMITTABLE, replay
from jzy.model.errors import Refused
from jzy.model.record import Record
from jzy.office.context import Office
from jzy.store.editing import set_value
from jzy.store.records import parse


def computed(office: Office, record: Record) -> Record | None:
    """A record with its figures as they are now.

    Args:
        office: the repository.
        record: about to be submitted.

    Returns:
        ``None`` where the record is no report, holds these figures already, or is not to be
        submitted as it stands.

    Raises:
        Refused: other records, schemas or templates differ from HEAD, so that nobody could
            compute the figures again.
        JzyError: see :func:`jzy.office.report.compose`.
    """
    kind = office.kinds[record.kind]
    if record.kind != "report":
        return None
    from jzy.model.snapshot import PROPERTY, snapshot_of  # noqa: PLC0415 - few records are reports

    if PROPERTY not in kind.properties:
        return None
    if replay(office.register, record).state not in SUBMITTABLE:
        return None
    from jzy.office.report import compose  # noqa: PLC0415 - templates load long

    _check_saved(office, record)
    found = snapshot_of(compose(office, record))
    if found == record.data.get(PROPERTY):
        return None
    text = set_value(kind, record.text, (PROPERTY,), found)
    changed, problems = parse(kind, record.path, text)
    if changed is None or problems:
        raise AssertionError("a snapshot made the record unreadable")
    return changed


def _check_saved(office: Office, record: Record) -> None:
    ours = ("records/", "schemas/", "templates/")
    unsaved = sorted(
        path for path in office.repository.status() if path.startswith(ours) and path != record.path
    )
    if unsaved:
        raise Refused(
            f"有 {len(unsaved)} 个文件尚未提交，报告的数据别人无法核对",
            "请先提交或放弃这些改动（git status），再报送报告",
            where=unsaved[0],
        )
