"""The last commit of each record file: found in one pass over history, then remembered.

What is kept under ``.git/jzy/`` is sealed and belongs to one commit. From there one can go on while
history has only been added to, in a line; whatever else happened, it is read anew, so that the same
commit always gives the same answer.
"""

from __future__ import annotations

import json

from jzy.git.repository import Repository
from jzy.store import sealed

NAME = "lastly"
_FORMAT = 1


def last_commits(repository: Repository) -> dict[str, str]:
    """For each file of HEAD that records may be, the id of the last commit that changed it.

    Args:
        repository: whose HEAD.
    """
    head = repository.head()
    if head is None:
        return {}
    path, secret = repository.folder / "jzy" / NAME, sealed.user_secret()
    kept = sealed.read(path, secret) if secret else None
    before = str(kept[0][1]) if kept and kept[0][0] == _FORMAT else None
    known: dict[str, str] = json.loads(kept[1]) if kept and before else {}
    if before == head:
        return known
    if before is not None and repository.goes_on_from(before, head):
        found = known | repository.last_commits(since=before)
    else:
        found = repository.last_commits()
    if secret:
        sealed.write(path, secret, [_FORMAT, head], json.dumps(found).encode())
    return found
