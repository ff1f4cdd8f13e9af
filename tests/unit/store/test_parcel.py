"""A parcel is there as a whole or not at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

from jzy.model.errors import Refused, WrongEnvironment
from jzy.store.parcel import add_bytes, packing

UTF8 = {"LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("name", ["folder", "file.zip"])
def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path, name: str) -> None:
    class OutOfPaper(Exception):
        pass

    with pytest.raises(OutOfPaper), packing(tmp_path / name, "材料") as parcel:
        add_bytes(parcel, "一/a.txt", b"a")
        raise OutOfPaper
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_zip_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    with packing(target, "材料") as parcel:
        digest = add_bytes(parcel, "一/a.txt", b"a")
    assert digest == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    before = target.read_bytes()
    with pytest.raises(KeyboardInterrupt), packing(target, "材料") as parcel:
        add_bytes(parcel, "一/b.txt", b"b")
        raise KeyboardInterrupt
    assert target.read_bytes() == before
    with ZipFile(target) as file:
        (entry,) = file.infolist()
        assert (entry.filename, entry.compress_type) == ("材料/一/a.txt", ZIP_STORED)
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.needs_program("unzip")
def test_the_system_unpacks_chinese_names(tmp_path: Path) -> None:
    with packing(tmp_path / "a.zip", "材料") as parcel:
        add_bytes(parcel, "一/说明.txt", b"a")
    subprocess.run(["unzip", "-q", "a.zip"], cwd=tmp_path, env=os.environ | UTF8, check=True)
    assert (tmp_path / "材料/一/说明.txt").read_bytes() == b"a"


def test_a_folder_that_fills_up_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.mkdir()
    with pytest.raises(WrongEnvironment, match="无法写入"), packing(target, "材料") as parcel:
        add_bytes(parcel, "a.txt", b"a")
        (target / "theirs.txt").write_text("theirs", "utf-8")
    assert [each.name for each in tmp_path.rglob("*")] == ["a", "theirs.txt"]
    with pytest.raises(Refused, match="不是空的"), packing(target, "材料"):
        pass
