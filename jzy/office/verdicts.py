"""What ``verify`` found out, kept for the next time under ``.git/jzy/``.

History up to a commit never changes, so neither does what it proves. The cache is sealed with a
secret outside the repository, belongs to one commit, one root, one set of schemas and one jzy, and
is made anew whenever any of them is not the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jzy.git.repository import Repository
from jzy.office.docket import (
    Docket,
    Fault,
    Findings,
    Grounds,
    Proof,
    Standing,
    Summary,
    Verdict,
)
from jzy.office.past import Version
from jzy.store import sealed

FORMAT = 1
NAME = "verdicts"
_VERDICT = Proof._fields.index("verdict")


class Verdicts:
    """The cache of one repository.

    Args:
        repository: whose it is.
        secret: of the seal; without one nothing is kept.
        pinned: the root that was asked for.
        schemas: the schema files by which everything was read.
    """

    def __init__(
        self,
        repository: Repository,
        secret: bytes | None,
        pinned: str | None,
        schemas: Sequence[Path],
    ) -> None:
        self._path = repository.folder / "jzy" / NAME
        self._secret = secret
        self._mark = _mark(pinned, schemas) if secret else ""

    def summary(self) -> Summary | None:
        """The summary that was kept last."""
        head = sealed.read_head(self._path, self._secret) if self._secret else None
        return _summary(head) if head and head[0] == self._mark else None

    def findings(self) -> Findings | None:
        """All that was kept last."""
        found = sealed.read(self._path, self._secret) if self._secret else None
        if found is None or found[0][0] != self._mark:
            return None
        body = json.loads(found[1])
        return Findings(
            _summary(found[0]),
            _docket(body["docket"]),
            {path: _standing(row) for path, row in body["standing"].items()},
            body["received"],
            body["distrusted"],
        )

    def keep(self, findings: Findings) -> None:
        """Keep findings for the next time."""
        if self._secret is None:
            return
        summary = findings.summary
        head = [self._mark, summary.tip, summary.root, summary.commits, summary.receipts]
        head += [summary.counts, _rows(summary.bad), _rows(summary.faults)]
        docket, grounds = findings.docket, findings.docket.grounds
        body = {
            "docket": {
                "tip": docket.tip,
                "commits": docket.commits,
                "grounds": [grounds.root, grounds.first, grounds.reasons, grounds.faulted],
                "void": {commit: sorted(paths) for commit, paths in grounds.void.items()},
                "days": docket.days,
                "proofs": _rows(list(docket.proofs.values())),
                "faults": _rows(docket.faults),
                "workflows": [[*key, *found] for key, found in docket.workflows.items()],
            },
            "standing": {
                path: [s.blob, s.entries, _rows(s.missing), s.starts, s.fault]
                for path, s in findings.standing.items()
            },
            "received": findings.received,
            "distrusted": findings.distrusted,
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        sealed.write(self._path, self._secret, head, text.encode("utf-8"))


def _summary(head: Sequence[Any]) -> Summary:
    _, tip, root, commits, receipts, counts, bad, faults = head
    return Summary(
        tip, root, commits, receipts, counts, _proofs(bad), [Fault(*fault) for fault in faults]
    )


def _docket(body: Mapping[str, Any]) -> Docket:
    void = {commit: frozenset(paths) for commit, paths in body["void"].items()}
    proofs = _proofs(body["proofs"])
    root, first, reasons, faulted = body["grounds"]
    return Docket(
        body["tip"],
        body["commits"],
        Grounds(root, first, reasons, faulted, void),
        body["days"],
        {proof.key: proof for proof in proofs},
        [Fault(*fault) for fault in body["faults"]],
        {(i, digest): Version(path, blob) for i, digest, path, blob in body["workflows"]},
    )


def _standing(row: Sequence[Any]) -> Standing:
    blob, entries, missing, starts, fault = row
    return Standing(blob, tuple(entries), tuple(_proofs(missing)), starts, fault)


def _rows(found: Sequence[Proof] | Sequence[Fault]) -> list[tuple[Any, ...]]:
    return [tuple(item) for item in found]


def _proofs(rows: Sequence[Sequence[Any]]) -> list[Proof]:
    at = _VERDICT
    return [Proof._make([*row[:at], Verdict(row[at]), *row[at + 1 :]]) for row in rows]


def _mark(pinned: str | None, schemas: Sequence[Path]) -> str:
    """What the verdicts depend on besides history: any difference makes them anew."""
    from jzy import __version__  # noqa: PLC0415 - a package's root imports nothing

    digest = hashlib.sha256(f"{FORMAT}\n{__version__}\n{pinned}\n".encode())
    package = Path(__file__).resolve().parent.parent
    for room in ("git", "model", "office", "store"):
        for module in sorted((package / room).glob("*.py")):
            status = module.stat()
            digest.update(f"{module.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    for path in schemas:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
