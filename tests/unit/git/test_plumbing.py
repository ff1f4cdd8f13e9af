"""A git that is at work while Python goes on does not outlive what it was started for."""

from __future__ import annotations

from pathlib import Path

import pytest

from jzy.git.plumbing import GitFailed, Running

SLOW = ("-c", "alias.slow=!exec sleep 5", "slow")


def test_what_fails_before_the_result_ends_git_too(tmp_path: Path) -> None:
    running = Running(tmp_path, *SLOW)
    with pytest.raises(KeyboardInterrupt), running:
        raise KeyboardInterrupt
    with pytest.raises(GitFailed) as failed:
        running.result()
    assert failed.value.code < 0  # by a signal, and not by itself


def test_a_text_longer_than_a_pipe_is_handed_over_whole(tmp_path: Path) -> None:
    text = b"x" * 300_000
    for each in (text[:10], text):
        said = Running(tmp_path, "hash-object", "--stdin", stdin=each).result()
        assert len(said.strip()) == 40
        assert said == Running(tmp_path, "hash-object", "--stdin", stdin=each).result()
