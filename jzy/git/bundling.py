"""History as one file, from which anybody can clone: a git bundle, made so that the same history
gives the same bytes.

``git bundle create`` takes over how the local repository happens to be packed. Here every object is
packed anew, in one thread and with all settings fixed, so that the bytes depend on the commits and on
the versions of git and zlib, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from jzy.git.plumbing import git
from jzy.git.repository import Repository

_SETTINGS: Mapping[str, str] = {
    "pack.threads": "1",
    "pack.window": "10",
    "pack.depth": "50",
    "pack.compression": "6",
    "core.compression": "6",
    "pack.windowMemory": "0",
    "pack.deltaCacheSize": "256m",
    "pack.deltaCacheLimit": "1000",
    "pack.packSizeLimit": "0",
    "core.bigFileThreshold": "512m",
    # Bitmaps and indexes over several packs change the order in which objects are listed.
    "pack.useBitmaps": "false",
    "pack.allowPackReuse": "false",
    "pack.useSparse": "false",
    "core.multiPackIndex": "false",
}


def bundle(repository: Repository, refs: Mapping[str, str]) -> bytes:
    """The history that leads to some commits.

    Args:
        repository: which has all of it, see :func:`jzy.git.history.is_incomplete`.
        refs: the ids of the commits, by the names that they have in the bundle.

    Raises:
        GitFailed: an object is missing or broken.
    """
    tips = "".join(f"{each}\n" for each in dict.fromkeys(refs.values()))
    pack = git(
        repository.root,
        "pack-objects", "--revs", "--stdout", "-q", "--threads=1", "--delta-base-offset",
        "--no-reuse-delta", "--no-reuse-object",
        stdin=tips.encode("ascii"), config=_SETTINGS,
    )  # fmt: skip
    is_sha1 = all(len(each) == 40 for each in refs.values())
    head = "# v2 git bundle\n" if is_sha1 else "# v3 git bundle\n@object-format=sha256\n"
    listed = "".join(f"{commit} {name}\n" for name, commit in refs.items())
    return f"{head}{listed}\n".encode("ascii") + pack
