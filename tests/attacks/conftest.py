"""Attacks are made on the same demo repository that the acceptance tests use, and on its server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Repo, demo, made_demo, spoil
from tests.attacks.office import Office, copy, found_office
from tests.attacks.server import HttpServer, serving

__all__ = ["demo", "founded", "made_demo", "office", "server", "spoil"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    """One server for everybody; each test has a bare repository of its own below its folder."""
    with serving(tmp_path_factory.getbasetemp()) as found:
        yield found


@pytest.fixture(scope="session")
def founded(
    made_demo: Repo, tmp_path_factory: pytest.TempPathFactory, server: HttpServer
) -> Office:
    """An office whose server has its history and a submitted event; tests must not change it."""
    folder = tmp_path_factory.mktemp("founded")
    shutil.copytree(made_demo.root, folder / "demo", symlinks=True)
    return found_office(Repo(folder / "demo"), folder, server)


@pytest.fixture
def office(founded: Office, tmp_path: Path) -> Office:
    """An office of the test's own."""
    return copy(founded, tmp_path)
