"""The programs that jzy stands on, and which version of them is here."""

from __future__ import annotations

import re
import shutil
import subprocess

from jzy.git.plumbing import environment

Version = tuple[int, int]
"""Major and minor number."""
NEEDED_GIT: Version = (2, 34)
"""The first that signs with SSH keys."""
NEEDED_OPENSSH: Version = (8, 2)
"""The first whose ``ssh-keygen`` signs as git asks for it, and knows hardware keys."""
_SECONDS = 20


def git_version() -> tuple[Version, str] | None:
    """git's version as numbers and as it says it, ``None`` where there is no git."""
    return _version(["git", "--version"], r"git version (\d+)\.(\d+)\S*")


def openssh_version() -> tuple[Version, str] | None:
    """OpenSSH's version; ``None`` where it does not say. ``ssh-keygen`` itself cannot tell."""
    return _version(["ssh", "-V"], r"OpenSSH\D*?(\d+)\.(\d+)\w*")


def has_keygen() -> bool:
    """Whether ``ssh-keygen`` is here."""
    return shutil.which("ssh-keygen") is not None


def _version(command: list[str], pattern: str) -> tuple[Version, str] | None:
    try:
        done = subprocess.run(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(pattern, (done.stdout + done.stderr).decode("utf-8", "replace"))
    if found is None:
        return None
    return (int(found[1]), int(found[2])), found[0]
