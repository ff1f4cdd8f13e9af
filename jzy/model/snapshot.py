"""The snapshot of a report's figures: what was computed when it was submitted, and is signed.

It lies in the report's record, in the part that sign-offs cover, as plain data. A figure's value is
there with a digest of the ids of its records, so that other records behind the same number show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jzy.model.document import Claim, Document, Evidence

PROPERTY = "snapshot"
_LIST = "list-"
"""How keys of lists begin; they change with what is listed, so a list goes by its title."""


class Drift(NamedTuple):
    """A figure or claim that is not what it was."""

    key: str
    """The id of the indicator, duty or claim, or the title of a list."""
    title: str
    before: str
    """As it was signed."""
    now: str
    """As the records have it today; empty where the report does not speak of it any more."""
    now_on: tuple[str, ...]
    """The ids of the records that it rests on today."""

    @property
    def same_value(self) -> bool:
        """Whether only the records behind it are others."""
        return self.before == self.now


def snapshot_of(document: Document) -> dict[str, Any]:
    """The snapshot of a document, as the record holds it."""
    return {
        "figures": [_figure(each) for each in _figures(document)],
        "claims": [_claim(each) for each in document.claims],
    }


def _figures(document: Document) -> Iterator[Evidence]:
    """The figures that the document prints; what claims print is with the claims."""
    claims = {claim.id for claim in document.claims}
    yield from (each for each in document.evidence if each.key not in claims)


def _figure(evidence: Evidence) -> dict[str, Any]:
    key = {} if evidence.key.startswith(_LIST) else {"key": evidence.key}
    return {
        **key,
        "title": evidence.title,
        "value": evidence.value,
        **({"unit": evidence.unit} if evidence.unit else {}),
        "records": len(evidence.records),
        "basis": _basis(evidence),
    }


def _basis(evidence: Evidence) -> str:
    ids = "".join(f"{record.id}\n" for record in evidence.records)
    return "sha256:" + sha256(ids.encode()).hexdigest()


def _claim(claim: Claim) -> dict[str, Any]:
    return {"claim": claim.id, "state": claim.state, **({"text": claim.text} if claim.text else {})}


def drifts(signed: Mapping[str, Any], document: Document) -> list[Drift]:
    """What of a snapshot is not so any more. What the report would say in addition is no drift.

    Args:
        signed: the snapshot that the record holds.
        document: the report as it is computed now.
    """
    return [*_drifted_figures(signed["figures"], document), *_drifted_claims(signed, document)]


def _drifted_figures(signed: list[Mapping[str, Any]], document: Document) -> Iterator[Drift]:
    before = {each.get("key", each["title"]): each for each in signed}
    now = {(e.title if e.key.startswith(_LIST) else e.key): e for e in _figures(document)}
    for key, old in before.items():
        new = now.get(key)
        if new is None or _figure(new) != old:
            said = f"{old['value']}{old.get('unit', '')}"
            ids = tuple(record.id for record in new.records) if new else ()
            yield Drift(key, old["title"], said, new.text if new else "", ids)


def _drifted_claims(signed: Mapping[str, Any], document: Document) -> Iterator[Drift]:
    before = {each["claim"]: each for each in signed["claims"]}
    now = {claim.id: claim for claim in document.claims}
    for key, old in before.items():
        new = now.get(key)
        if new is None or _claim(new) != old:
            said = _told(old["state"], old.get("text", ""))
            ids = tuple(record.id for record in new.records) if new else ()
            title = new.title if new else key
            yield Drift(key, title, said, _told(new.state, new.text) if new else "", ids)


def _told(state: str, text: str) -> str:
    from jzy.model.claims import STATE_TITLES, ClaimState  # noqa: PLC0415 - only for what drifted

    return STATE_TITLES[ClaimState(state)] + (f"（{text}）" if text else "")
