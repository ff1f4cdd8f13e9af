"""What an office changes in the schema of a kind: ``schemas/<kind>.overlay.json``.

An overlay is a JSON Merge Patch (RFC 7396) over the kind's schema as it is with every reference
followed: an object is merged property by property, ``null`` takes a property away, and anything
else, lists too, stands in the place of what was there. Two more fields of a form take a few lines,
and the schema that ships with jzy may go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SUFFIX = ".overlay.json"
_LAST = ("synthetic", "remark", "follow_up", "sign_offs")
"""Properties that close a record, after whatever an overlay adds."""
_FIXED = (
    "$id", "$schema", "x-jzy-kind", "x-jzy-prefix", "x-jzy-folder", "x-jzy-date", "x-jzy-format",
    "x-jzy-singleton", "x-jzy-register", "x-jzy-owner",
)  # fmt: skip
"""What a record is known by, and who may change it: an overlay is for forms, not for rights."""


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
    properties, required = found.get("properties"), found.get("required", [])
    if isinstance(properties, dict) and isinstance(required, list):
        unknown = [str(name) for name in required if name not in properties]
        if unknown:
            raise BadOverlay(f"必填的 {'、'.join(unknown)} 没有在 properties 中列出")
        first = {name: value for name, value in properties.items() if name not in _LAST}
        last = {name: properties[name] for name in _LAST if name in properties}
        found["properties"] = first | last
    return found
