"""The schemas and overlays of a commit: by what history has, and not by what lies about.

``verify`` and the server judge by the formats of the commit that they judge, its tip. What somebody
changed in the working tree and did not commit decides nothing there, whether git's status shows it
or not.
"""

from __future__ import annotations

from pathlib import Path

from jzy.git.history import REGULAR, Objects
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kinds
from jzy.store import overlay, schemas
from jzy.store.places import search_path

_MOST_BYTES = 1_000_000


def written_out(objects: Objects, commit: str, folder: Path) -> list[Path]:
    """Where the schemas of a commit are looked up: those of its tree first, then the shipped.

    Args:
        objects: of the repository.
        commit: whose.
        folder: an empty one, into which they are written.

    Raises:
        WrongEnvironment: one is too large.
    """
    for mode, name, blob in objects.tree(f"{commit}:schemas"):
        ours = name.endswith((schemas.SUFFIX, overlay.SUFFIX)) and not {"/", "\\"} & set(name)
        if not ours or mode not in REGULAR:
            continue
        content = objects.content(blob, _MOST_BYTES)
        if content is None:
            raise WrongEnvironment(
                f"数据格式文件 {name} 超过 {_MOST_BYTES} 字节",
                "请修正这个文件",
                where=f"schemas/{name}",
            )
        (folder / name).write_bytes(content)
    return [folder, *search_path(None, "schemas")]


def kinds_at(objects: Objects, commit: str, folder: Path) -> Kinds:
    """The kinds by the schemas of a commit, which are written into an empty folder.

    Raises:
        WrongEnvironment: a schema file or an overlay is broken.
    """
    return schemas.load_kinds(written_out(objects, commit, folder))
