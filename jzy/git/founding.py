"""Making a new repository and its configuration, with GitPython.

GitPython takes long to import and long for bulk work, neither of which matters once in a
repository's life; everything else goes to git's plumbing (:mod:`jzy.git.plumbing`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from jzy.git.plumbing import GitFailed, no_git
from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment


@contextlib.contextmanager
def _without_git_variables() -> Iterator[None]:
    """GitPython hands its process's environment on, and a hook's would name another repository."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    try:
        yield
    finally:
        os.environ.update(taken)


def found(root: Path, settings: Mapping[str, str]) -> Repository:
    """Make a folder a git repository with a branch ``main``, unless it is one already.

    Args:
        root: the folder; made if absent.
        settings: configuration for this repository alone, ``section.name`` or
            ``section.sub.name`` to value.

    Raises:
        WrongEnvironment: git is missing or refuses.
    """
    with _without_git_variables():
        try:
            import git  # noqa: PLC0415 - see the module's docstring
        except ImportError as error:  # GitPython raises this where git itself is missing
            raise no_git() from error
        try:
            # No template: a machine's template folder may hold hooks. GitPython calls the option
            # unsafe because it may name such a folder; here it names none.
            repo = git.Repo.init(
                root, mkdir=True, initial_branch="main", template="", allow_unsafe_options=True
            )
            with repo.config_writer("repository") as writer:
                for name, value in settings.items():
                    section, _, option = name.rpartition(".")
                    head, _, sub = section.partition(".")
                    writer.set_value(f'{head} "{sub}"' if sub else head, option, value)
        except (git.GitCommandError, OSError) as error:
            raise WrongEnvironment(f"无法在 {root} 建立 git 仓库", "请检查文件夹的权限") from error
        finally:
            with contextlib.suppress(NameError, UnboundLocalError):
                repo.close()
    return Repository.open(root)


def commit_all(
    repository: Repository, message: str, environment: Mapping[str, str], signing_key: str
) -> str:
    """Commit every file of a new repository as its first commit, signed.

    Args:
        repository: a repository without commits.
        message: the whole message.
        environment: author and committer variables.
        signing_key: what git takes as ``user.signingkey``.

    Returns:
        The commit's id.

    Raises:
        WrongEnvironment: git could not commit or sign.
    """
    try:
        repository.run("add", "--all", "--", ".")
        repository.run(
            "-c", f"user.signingkey={signing_key}",
            "commit", "--quiet", "--no-verify", "--cleanup=verbatim", "--gpg-sign", "--file=-",
            stdin=message.encode("utf-8"),
            env=environment,
        )  # fmt: skip
    except GitFailed as error:
        raise WrongEnvironment(
            "git 没有完成第一次提交", "请确认密钥可用、口令正确，且能写入该文件夹"
        ) from error
    head = repository.head()
    assert head is not None  # noqa: S101 - a commit was just made
    return head
