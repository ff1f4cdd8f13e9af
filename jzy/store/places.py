"""Where things lie: the root of a records repository, and what ships with jzy."""

from __future__ import annotations

from pathlib import Path

from jzy.model.errors import WrongEnvironment

ROOT_MARK = Path("records") / "institution.yaml"


def find_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds ``records/institution.yaml``.

    Raises:
        WrongEnvironment: there is none.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / ROOT_MARK).is_file():
            return folder
    raise WrongEnvironment(
        "这里不是记录仓库：本文件夹及其上级中没有 records/institution.yaml",
        "请进入记录仓库后再试，或用 jzy init 新建一个、用 jzy demo 生成示例",
    )


def shipped(name: str) -> Path:
    """A folder that ships with jzy: ``schemas``, ``templates`` or ``records`` (the sample year).

    In a checkout the top-level folder itself is used, because an editable install would keep a
    stale copy; in a wheel it lies in ``jzy/_data``.
    """
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / name
    if (package.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    return package / "_data" / name


def search_path(root: Path | None, name: str) -> list[Path]:
    """Folders to look a schema or template up in: the repository's own first, then the shipped.

    A repository's folder counts only where it is a real folder, not a link that leads elsewhere.
    """
    folders = [shipped(name)]
    if root is not None:
        own = root / name
        if own.is_dir() and not own.is_symlink() and own.resolve() != folders[0].resolve():
            folders.insert(0, own)
    return folders
