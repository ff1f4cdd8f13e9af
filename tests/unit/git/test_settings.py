"""A repository's own configuration: whatever the values are, git reads back what was written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jzy.git import settings as configuration
from jzy.git.repository import Repository
from jzy.model.errors import Refused, WrongEnvironment

VALUES = (
    "C:\\Users\\张三\\.ssh\\id_ed25519",
    'a "quoted" # comment ; \\ %(prefix)/x',
    " blanks around ",
    "-x",
    "--unset",
    "key::ssh-ed25519 AAAA==",
    "$(touch x) `y`",
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    return Repository.open(tmp_path / "r")


@pytest.mark.parametrize("value", VALUES)
def test_git_reads_back_what_was_written(repository: Repository, value: str) -> None:
    configuration.write(repository, {"user.signingkey": value, "gpg.ssh.allowedSignersFile": value})
    for name in ("user.signingkey", "gpg.ssh.allowedSignersFile"):
        read = subprocess.run(
            ["git", "config", "-z", "--get-all", name],
            cwd=repository.root, capture_output=True, check=True,
        ).stdout.decode()  # fmt: skip
        assert read == f"{value}\0"
        assert configuration.own(repository)[configuration.plain(name)] == [value]


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    value=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
)
def test_any_text_is_read_back(repository: Repository, value: str) -> None:
    configuration.write(repository, {"user.name": value})
    assert configuration.own(repository)["user.name"] == [value]


def test_all_settings_or_none(repository: Repository) -> None:
    file = configuration.file_of(repository)
    file.write_text(file.read_text() + "[user]\n\tname = a\n\tname = b\n# 备注\n")
    configuration.write(repository, {"user.name": "c"})
    assert configuration.own(repository)["user.name"] == ["c"]
    assert "# 备注" in file.read_text()
    before = file.read_bytes()
    lock = file.with_name("config.lock")
    lock.touch()
    with pytest.raises(WrongEnvironment, match=r"config\.lock"):
        configuration.write(repository, {"user.name": "d", "user.email": "e"})
    assert (file.read_bytes(), lock.exists()) == (before, True)


def test_no_link_is_followed(repository: Repository, tmp_path: Path) -> None:
    file, elsewhere = configuration.file_of(repository), tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    with pytest.raises(Refused):
        configuration.write(repository, {"user.name": "d"})
    assert elsewhere.read_bytes() == before
    (repository.folder / "jzy").symlink_to(tmp_path)
    with pytest.raises(Refused):
        configuration.write_signers(repository, b"x")
    assert not (tmp_path / "allowed-signers").exists()
