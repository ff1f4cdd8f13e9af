"""Files that people attach: nothing is written outside, read by stealth, passed off or run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.acceptance.conftest import CLERK, Repo

HELD = "evt-20200514-fqer"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "扫描件.pdf"
    path.write_bytes(b"%PDF scan")
    return path


def refused(demo: Repo, file: Path, words: str) -> None:
    before = demo.state()
    ran = demo.run("attach", HELD, str(file), who=CLERK)
    assert (ran.code, words in ran.err) == (1, True), ran.err
    assert demo.state() == before


def test_have_copies_written_outside_through_a_linked_folder(
    demo: Repo, tmp_path: Path, scan: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (demo.root / "attachments").symlink_to(outside, target_is_directory=True)
    refused(demo, scan, "路径上有链接")
    (demo.root / "attachments").unlink()
    (demo.root / "attachments").mkdir()
    for folder in range(256):
        (demo.root / f"attachments/{folder:02x}").symlink_to(outside, target_is_directory=True)
    refused(demo, scan, "链接")
    assert list(outside.iterdir()) == []


def test_have_a_secret_attached_through_a_link_or_a_device(
    demo: Repo, tmp_path: Path, scan: Path
) -> None:
    (tmp_path / "链接.pdf").symlink_to(scan)
    os.mkfifo(tmp_path / "管道.pdf")
    refused(demo, tmp_path / "链接.pdf", "是链接")
    refused(demo, tmp_path / "管道.pdf", "是设备或管道")  # and nobody waits for a writer


def test_pass_another_file_off_as_the_one_that_was_attached(
    demo: Repo, tmp_path: Path, scan: Path
) -> None:
    said = json.loads(demo.run("attach", HELD, str(scan), "--json", who=CLERK).out)
    copy = demo.root / said["files"][0]["copy"]
    assert demo.run("attach", "--check", HELD).code == 0

    copy.unlink()
    copy.write_bytes(b"%PDF SCAN")
    assert demo.run("attach", "--check", HELD).code == 1
    copy.unlink()
    copy.symlink_to(scan)  # right for the moment, and whatever the attacker likes tomorrow
    assert demo.run("attach", "--check", HELD).code == 1
    refused(demo, scan, "不能覆盖")


def test_run_a_filter_by_having_something_attached(demo: Repo, tmp_path: Path, scan: Path) -> None:
    ran = tmp_path / "ran"
    for command in ("clean", "smudge", "process"):
        demo.git("config", f"filter.evil.{command}", f"touch {ran}; cat")
        demo.git("config", f"filter.lfs.{command}", f"touch {ran}; cat")
    for name in ("evil", "lfs"):
        (demo.root / ".gitattributes").write_text(f"* filter={name}\n", "utf-8")
        scan.write_bytes(name.encode())
        assert demo.run("attach", HELD, str(scan), who=CLERK).code == 0
        assert demo.run("attach", "--check", HELD).code == 0
    assert not ran.exists()


def test_write_on_the_terminal_by_what_lies_among_the_copies(demo: Repo, scan: Path) -> None:
    """Names in records cannot: reading refuses such characters. Names of files can be anything."""
    assert demo.run("attach", HELD, str(scan), who=CLERK).code == 0
    (demo.root / "attachments/\x1b]0;pwned\x07\u202efdp.exe").write_bytes(b"x")
    os.close(os.open(os.fsencode(demo.root) + b"/attachments/\xff.pdf", os.O_CREAT))
    for options in ([], ["--json"]):
        ran = demo.run("attach", "--check", *options)
        assert (ran.code, "fdp.exe" in ran.out) == (0, True), ran.err
        assert not set("\x1b\x07\u202e") & set(ran.out + ran.err)
