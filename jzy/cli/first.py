"""The first page of help, without the libraries that commands need."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from jzy.cli.helptext import first_page
from jzy.model.errors import JzyError
from jzy.model.kinds import Kinds
from jzy.store.places import find_root, search_path
from jzy.store.schemas import SUFFIX, load_kinds


def kinds_here() -> Kinds:
    """The kinds of the repository around the working directory, else the shipped ones.

    Raises:
        WrongEnvironment: a schema file is broken.
    """
    root: Path | None = None
    with contextlib.suppress(JzyError):
        root = find_root(Path.cwd())
    return load_kinds(search_path(root, "schemas"))


def is_kind(name: str) -> bool:
    """Whether there is a schema of that name, without reading any."""
    root: Path | None = None
    with contextlib.suppress(JzyError):
        root = find_root(Path.cwd())
    return any((folder / f"{name}{SUFFIX}").is_file() for folder in search_path(root, "schemas"))


def show() -> None:
    """Write the page; where the repository's schemas are broken, with the shipped kinds."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    try:
        kinds = kinds_here()
    except JzyError as error:
        kinds = load_kinds(search_path(None, "schemas"))
        sys.stderr.write(f"! {error.what}\n")
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(first_page([(kind.name, kind.title) for kind in kinds.values()]))
