"""What an office changes in the schema of a kind: ``schemas/<kind>.overlay.json``.

An overlay is a JSON Merge Patch (RFC 7396) over the kind's schema as it is with every reference
followed: an object is merged property by property, ``null`` takes a property away, and anything
else, lists too, stands in the place of what was there. Two more fields of a form take a few lines,
and the schema that ships with jzy may go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SUFFIX = ".overlay.json"
_LAST = ("synthetic", "remark", "follow_up", "sign_offs")
"""Properties that close a record, after whatever an overlay adds."""
_FIXED = (
    "$id", "$schema", "x-jzy-kind", "x-jzy-prefix", "x-jzy-folder", "x-jzy-date", "x-jzy-format",
    "x-jzy-singleton", "x-jzy-register", "x-jzy-owner",
)  # fmt: skip
"""What a record is known by, and who may change it: an overlay is for forms, not for rights."""

_NAMING = ("x-jzy-columns", "x-jzy-ledger", "x-jzy-form")
"""What lists properties by their paths, and does without those that an overlay takes away."""


class BadOverlay(ValueError):
    """An overlay that cannot be laid over its schema, with a Chinese reason."""


def merge_patch(target: Any, patch: Any) -> Any:
    """A value with a JSON Merge Patch applied, as RFC 7396 §2 defines it.

    Args:
        target: plain JSON; left as it is.
        patch: plain JSON.
    """
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merge_patch(found.get(name), value)
    return found


def laid_over(schema: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """A kind's schema with an overlay on it, both with their references followed.

    Args:
        schema: of the kind.
        overlay: the patch.

    Raises:
        BadOverlay: it would change what a record is known by or who may change it, or requires a
            property that there is not.
    """
    for name in _FIXED:
        if name in overlay:
            raise BadOverlay(f"{name} 不能改动，确有需要时请写整个格式文件")
    found: dict[str, Any] = merge_patch(schema, overlay)
    gone = tuple(_taken_away(overlay))
    for name in _NAMING:
        # What the overlay itself lists is the office's own word, and is judged as it stands.
        if gone and name in found and name not in overlay:
            found[name] = _without(found[name], gone)
    properties, required = found.get("properties"), found.get("required", [])
    if isinstance(properties, dict) and isinstance(required, list):
        unknown = [str(name) for name in required if name not in properties]
        if unknown:
            raise BadOverlay(f"必填的 {'、'.join(unknown)} 没有在 properties 中列出")
        first = {name: value for name, value in properties.items() if name not in _LAST}
        last = {name: properties[name] for name in _LAST if name in properties}
        found["properties"] = first | last
    return found


def _taken_away(patch: Any, prefix: str = "") -> Iterator[str]:
    """The dotted paths of the properties that an overlay takes away."""
    if not isinstance(patch, dict):
        return
    properties = patch.get("properties")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if value is None:
            yield prefix + name
        else:
            yield from _taken_away(value, f"{prefix}{name}.")
    yield from _taken_away(patch.get("items"), prefix)


def _without(said: Any, gone: tuple[str, ...]) -> Any:
    """What lists properties, less those that are gone, and less what is then empty."""

    def is_gone(path: Any) -> bool:
        return isinstance(path, str) and any(
            path == each or path.startswith(f"{each}.") for each in gone
        )

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            if is_gone(value.get("path")):
                return None
            return {name: kept(part) for name, part in value.items()}
        if isinstance(value, list):
            parts = [(part, kept(part)) for part in value if not is_gone(part)]
            return [new for old, new in parts if new is not None and (new != [] or old == [])]
        return value

    return kept(said)
