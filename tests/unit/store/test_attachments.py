"""Copies of attachments: named by their content, never written over, nothing half done."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.errors import Refused
from jzy.store.attachments import FOLDER, Shelf, State

MOST = 1000


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep(shelf: Shelf, source: Path, name: str = "") -> tuple[str, bool]:
    with shelf.taking(source, MOST) as taken:
        return shelf.put(taken, name or source.name)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "root").mkdir()
    return Shelf(tmp_path / "root")


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    return write


def everything(shelf: Shelf) -> list[str]:
    return [path for path, _ in shelf.copies()]


def test_a_copy_is_named_by_its_content_and_can_be_opened_and_not_written(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    path, made = keep(shelf, file("签到表.PDF", b"one"))
    assert (path, made) == (f"{FOLDER}/{sha(b'one')[:2]}/{sha(b'one')}.pdf", True)
    assert (shelf.root / path).read_bytes() == b"one"
    assert (shelf.root / path).stat().st_mode & 0o777 == 0o444
    assert shelf.find(sha(b"one"), "签到表.PDF").state is State.PRESENT


def test_two_files_of_one_name_lie_beside_each_other(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    one = keep(shelf, file("a/签到表.pdf", b"one"))
    two = keep(shelf, file("b/签到表.pdf", b"two"))
    assert one[0] != two[0]
    assert {(shelf.root / path).read_bytes() for path, _ in (one, two)} == {b"one", b"two"}


def test_one_content_has_one_copy_whatever_it_is_called(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    first, _ = keep(shelf, file("表.pdf", b"one"))
    again, made = keep(shelf, file("扫描.PDF.bak", b"one"))
    assert (again, made) == (first, False)
    assert everything(shelf) == [first]


@given(st.binary(min_size=1, max_size=200), st.text(max_size=20))
def test_what_was_put_is_found(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    root = tmp_path_factory.mktemp("shelf")
    (root / "源").write_bytes(content)
    path, _ = keep(Shelf(root), root / "源", name)
    found = Shelf(root).find(sha(content), "")
    assert (found.state, found.path) == (State.PRESENT, path)
    assert Path(path).parent.name == sha(content)[:2]


def test_another_content_in_its_place_is_told_and_never_written_over(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    path, _ = keep(shelf, file("表.pdf", b"one"))
    (shelf.root / path).chmod(0o644)
    (shelf.root / path).write_bytes(b"other")
    assert shelf.find(sha(b"one"), "表.pdf").state is State.DIFFERENT
    with pytest.raises(Refused, match="不能覆盖"):
        keep(shelf, file("表.pdf", b"one"))
    assert (shelf.root / path).read_bytes() == b"other"
    assert everything(shelf) == [path]


def test_what_is_no_file_is_refused_and_leaves_nothing(
    shelf: Shelf, file: Callable[[str, bytes], Path], tmp_path: Path
) -> None:
    (tmp_path / "链接.pdf").symlink_to(file("真.pdf", b"one"))
    (tmp_path / "文件夹.pdf").mkdir()
    os.mkfifo(tmp_path / "管道.pdf")
    wrong = {
        tmp_path / "链接.pdf": "是链接",
        tmp_path / "文件夹.pdf": "是文件夹",
        tmp_path / "管道.pdf": "是设备或管道",
        Path("/dev/zero"): "是设备或管道",
        tmp_path / "没有.pdf": "不存在",
        file("空.pdf", b""): "是空文件",
        file("大.pdf", b"x" * (MOST + 1)): "超过上限",
    }
    for path, why in wrong.items():
        with pytest.raises(Refused, match=why):
            keep(shelf, path)
    assert everything(shelf) == []


def test_what_was_taken_and_not_put_is_thrown_away(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    with pytest.raises(KeyboardInterrupt), shelf.taking(file("表.pdf", b"one"), MOST):
        assert len(everything(shelf)) == 1
        raise KeyboardInterrupt
    assert everything(shelf) == []


def test_a_pointer_of_git_lfs_is_a_missing_copy_and_gives_way_to_the_content(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    place = shelf.root / shelf.path_of(sha(b"one"), "表.pdf")
    place.parent.mkdir(parents=True)
    spec = "version https://git-lfs.github.com/spec/v1"
    place.write_text(f"{spec}\noid sha256:{sha(b'one')}\nsize 3\n", "utf-8")
    found = shelf.find(sha(b"one"), "表.pdf")
    assert (found.state, "LFS" in found.why) == (State.MISSING, True)
    keep(shelf, file("表.pdf", b"one"))
    assert place.read_bytes() == b"one"
    place.chmod(0o644)
    place.write_text(f"{spec}\noid sha256:{sha(b'two')}\nsize 3\n", "utf-8")
    assert shelf.find(sha(b"one"), "表.pdf").state is State.DIFFERENT


def test_strays_are_seen_and_the_folder_keeps_itself_out(
    shelf: Shelf, file: Callable[[str, bytes], Path]
) -> None:
    path, _ = keep(shelf, file("表.pdf", b"one"))
    shelf.keep_out()
    shelf.keep_out()
    (shelf.root / FOLDER / "随手放的.pdf").write_bytes(b"x")
    (shelf.root / FOLDER / "zz").mkdir()
    (shelf.root / FOLDER / "zz" / f"{sha(b'two')}.pdf").write_bytes(b"two")
    assert dict(shelf.copies()) == {
        path: sha(b"one"),
        f"{FOLDER}/随手放的.pdf": None,
        f"{FOLDER}/zz/{sha(b'two')}.pdf": None,
    }
    assert "*" in (shelf.root / FOLDER / ".gitignore").read_text("utf-8").splitlines()
