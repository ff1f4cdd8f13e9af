"""What waited for this user when they last looked, for the shell to offer first.

A hint and no more: whoever signs is asked everything again. It is sealed all the same, because
``.git`` may have come with somebody else's folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jzy.store import sealed

NAME = "waiting"
_FORMAT = 1


def remember(root: Path, ids: Sequence[str]) -> None:
    """Keep the ids of what waits; where nothing can be kept, nothing happens.

    Args:
        root: of the repository.
        ids: in the order in which they shall be offered.
    """
    folder, secret = root / ".git" / "jzy", sealed.user_secret()
    if secret is None or not folder.parent.is_dir() or folder.is_symlink():
        return
    sealed.write(folder / NAME, secret, _FORMAT, json.dumps(list(ids)).encode())


def remembered(root: Path) -> list[str]:
    """The ids that were kept last; none where there are none under this user's seal."""
    path = root / ".git" / "jzy" / NAME
    secret = sealed.user_secret() if path.is_file() else None
    kept = sealed.read(path, secret) if secret else None
    return [str(each) for each in json.loads(kept[1])] if kept and kept[0] == _FORMAT else []
