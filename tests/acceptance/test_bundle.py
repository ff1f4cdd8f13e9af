"""The evidence folder: what is in it, what is not, and that a stranger can check it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
import typst

from jzy.office.bundle import write_bundle
from jzy.office.context import Office
from tests.acceptance.conftest import CLERK, Repo

REPORT = "rpt-20210416-xbbt"
MEETINGS = "一、工作进展/1.1 健全工作机制，逐级落实责任"


def bundled(repo: Repo, target: Path, *more: str) -> dict[str, Any]:
    """Write a report's evidence folder, and give what is told of it."""
    ran = repo.run("report", REPORT, "--bundle", str(target), "--json", *more)
    assert ran.code == 0, ran.err
    told: dict[str, Any] = json.loads(ran.out)["bundle"]
    return told


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(folder: Path) -> dict[str, Path]:
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def catalogue(folder: Path) -> list[dict[str, Any]]:
    """The rows of the catalogue, by the titles of the columns; ``links`` as the cells have them."""
    page = openpyxl.load_workbook(folder / "目录.xlsx").active
    titles = [cell.value for cell in page[3]]
    rows = []
    for cells in page.iter_rows(min_row=4):
        row: dict[str, Any] = dict(zip(titles, [cell.value for cell in cells], strict=True))
        links = {t: c.hyperlink for t, c in zip(titles, cells, strict=True)}
        row["links"] = {t: link.target.replace("%20", " ") for t, link in links.items() if link}
        row["types"] = {cell.data_type for cell in cells}
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def packed(made_demo: Repo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The evidence of the sample year: the zip file, and where it was unpacked."""
    folder = tmp_path_factory.mktemp("packed")
    told = bundled(made_demo, folder / "材料.zip")
    with ZipFile(folder / "材料.zip") as file:
        file.extractall(folder)
    assert sha(folder / "佐证材料/SHA256SUMS") == told["sums_sha256"]
    return folder / "材料.zip", folder / "佐证材料"


# --- a stranger checks it -------------------------------------------------------------------------


def test_unpacked_in_an_empty_folder_it_verifies_by_the_root_alone(
    packed: tuple[Path, Path], made_demo: Repo, tmp_path: Path
) -> None:
    _, folder = packed
    said = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=True
    ).stdout.decode()
    assert said.count(": OK\n") == len(files(folder)) - 1

    # No home, no configuration, nothing of the repository it came from.
    (tmp_path / "home").mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}
    subprocess.run(
        ["git", "clone", "-q", str(folder / "记录.bundle"), "核验"],
        cwd=tmp_path,
        env=env,
        check=True,
    )

    def verified(root: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "jzy", "verify", "--json", "--root", root],
            cwd=tmp_path / "核验", env=env, capture_output=True, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    origin = json.loads(made_demo.run("verify", "--json").out)
    code, told = verified(origin["root"])
    assert (code, told["ok"], told["pinned"]) == (0, True, True)
    assert told["sign_offs"]
    assert told["sign_offs"] == origin["sign_offs"]
    assert verified("SHA256:" + "A" * 43)[0] == 1

    text = (folder / "说明.txt").read_text("utf-8-sig")
    assert "jzy verify --root" in text
    assert made_demo.git("rev-parse", "HEAD").strip() in text
    assert origin["root"] not in text  # it has to come another way


def test_the_same_commit_gives_the_same_bytes_however_it_is_packed(
    packed: tuple[Path, Path], made_demo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "clone", "-q", str(made_demo.root), str(tmp_path / "c")], check=True)
    clone = Repo(tmp_path / "c")
    clone.git("repack", "-adfq", "--window=3", "--depth=2", "-b")
    clone.git("checkout", "-q", "-b", "另一分支")
    for name, value in (("pack.window", "1"), ("pack.threads", "3"), ("core.compression", "0")):
        clone.git("config", name, value)
    monkeypatch.setenv("TZ", "America/St_Johns")
    monkeypatch.setenv("LC_ALL", "C")
    bundled(clone, tmp_path / "a.ZIP")
    zipped, folder = packed
    assert (tmp_path / "a.ZIP").read_bytes() == zipped.read_bytes()
    (tmp_path / "空").mkdir()
    bundled(clone, tmp_path / "空")
    mine, theirs = files(tmp_path / "空"), files(folder)
    assert {n: sha(p) for n, p in mine.items()} == {n: sha(p) for n, p in theirs.items()}


# --- what is in it --------------------------------------------------------------------------------


def test_the_catalogue_the_appendix_and_the_files_agree(
    packed: tuple[Path, Path], made_demo: Repo
) -> None:
    _, folder = packed
    rows, there = catalogue(folder), files(folder)
    assert all(row["types"] <= {"s", "n", "d"} for row in rows)
    for row in rows:
        if "编号" in row["links"]:
            assert sha(there[row["links"]["编号"]]) == row["SHA-256"]
    materials = [row for row in rows if row["记录编号"]]
    text = made_demo.run("report", REPORT).out
    printed = re.findall(r"^\| ([0-9.]+-\d+) \| (.+?) \| (.+?) \| .*? \| (\S+) \| ", text, re.M)
    assert [(r["编号"], r["类别"], r["材料名称"], r["记录编号"]) for r in materials] == printed
    for row in materials:
        source = there[row["links"]["记录编号"]]
        path = next((made_demo.root / "records").rglob(source.name))
        assert source.read_bytes() == path.read_bytes()
        assert source.stem == row["记录编号"]
    meeting = next(row for row in materials if row["记录编号"] == "mtg-20200619-flg2")
    assert meeting["links"]["编号"].startswith(f"{MEETINGS}/1.1-34 2020年第二季度")
    assert (meeting["责任部门"], meeting["日期"].date().isoformat()) == ("党委宣传部", "2020-06-19")
    event = next(row for row in materials if row["记录编号"] == "evt-20200514-fqer")
    assert event["备注"] == "第 1.3 节也用到"
    listed = {link for row in rows for link in row["links"].values()}
    assert set(there) - listed == {"目录.xlsx", "说明.txt", "SHA256SUMS"}


def test_attachments_at_hand_go_in_and_missing_ones_are_named(demo: Repo, tmp_path: Path) -> None:
    sheet = tmp_path / "签到表.pdf"
    sheet.write_bytes(b"%PDF sheet")
    for training in ("trn-20200825-cjws", "trn-20201105-mc6g"):
        ran = demo.run("attach", training, str(sheet), "--to", "follow_up.attachments", who=CLERK)
        assert ran.code == 0, ran.err
    spoiled = tmp_path / "总结.pdf"
    spoiled.write_bytes(b"%PDF summary")
    ran = demo.run("attach", "trn-20200825-cjws", str(spoiled), who=CLERK)
    assert ran.code == 0, ran.err
    copy = next((demo.root / "attachments").rglob(f"{sha(spoiled)}*"))
    copy.chmod(0o644)
    copy.write_bytes(b"%PDF another")

    told = bundled(demo, tmp_path / "b")
    assert told["attachments"] == 1
    rows = {row["编号"]: row for row in catalogue(tmp_path / "b")}
    mine = [
        row for row in rows.values() if row["SHA-256"] == sha(sheet) and row["类别"][:2] == "附件"
    ]
    first, second = mine
    there = files(tmp_path / "b")[first["links"]["编号"]]
    assert there.read_bytes() == sheet.read_bytes()
    assert there.name == f"{first['编号']} 签到表.pdf"
    assert (second["links"], second["备注"]) == ({}, f"与 {first['编号']} 是同一文件")
    missing = {each["number"]: each for each in told["missing"]}
    other = next(row for row in rows.values() if row["SHA-256"] == sha(spoiled))
    assert other["备注"] == "未附：内容与登记的哈希不符"
    assert other["编号"] in missing
    event = missing["1.2-01-1"]
    assert (event["name"], event["why"]) == ("签到表.pdf", "副本不在本机")
    text = (tmp_path / "b/说明.txt").read_text("utf-8-sig")
    assert "1.2-01-1 签到表.pdf（evt-20200514-fqer）：副本不在本机" in text


def test_titles_cannot_lead_out_of_the_folder_or_be_run(demo: Repo, tmp_path: Path) -> None:
    names = ("=HYPERLINK(1)", "../../../甲", "con", "甲" * 100, "Ａ:|*?", "a:|*?")
    paths = sorted((demo.root / "records/trainings").rglob("*.yaml"))
    paths += sorted((demo.root / "records/meetings").rglob("*.yaml"))
    for path, name in zip(paths, names, strict=False):
        text = path.read_text("utf-8")
        titled = json.dumps(name, ensure_ascii=False)
        changed = re.sub(r"(?m)^(title|theme): .*$", rf"\1: {titled}", text, count=1)
        assert changed != text
        path.write_text(changed, "utf-8")
    demo.commit("改名")
    bundled(demo, tmp_path / "a.zip")
    with ZipFile(tmp_path / "a.zip") as file:
        listed = file.namelist()
    parts = {part for path in listed for part in path.split("/")}
    assert not parts & {"", ".", ".."}
    assert not set("".join(parts)) & set('\\:*?"<>|')
    assert all(len(part.encode()) <= 255 and not part.endswith((".", " ")) for part in parts)
    assert max(map(len, listed)) < 200
    folded = {unicodedata.normalize("NFKC", path).casefold() for path in listed}
    assert len(folded) == len(listed)
    with ZipFile(tmp_path / "a.zip") as file:
        file.extractall(tmp_path)
    rows = catalogue(tmp_path / "佐证材料")
    assert any(row["材料名称"] == "=HYPERLINK(1)" for row in rows)
    assert all("f" not in row["types"] for row in rows)


# --- what is refused ------------------------------------------------------------------------------


def refused(repo: Repo, target: Path, words: str, code: int = 1) -> None:
    """A folder is not written, and nothing is left of the attempt."""
    before = sorted(p.name for p in target.parent.iterdir())
    ran = repo.run("report", REPORT, "--bundle", str(target))
    assert (ran.code, "Traceback" in ran.err) == (code, False), ran.err
    assert words in ran.err
    assert sorted(p.name for p in target.parent.iterdir()) == before


def test_nothing_is_written_over_and_no_link_is_followed(made_demo: Repo, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine", "utf-8")
    refused(made_demo, tmp_path / "full", "不是空的")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    refused(made_demo, tmp_path / "link", "是链接")
    (tmp_path / "file.txt").write_text("mine", "utf-8")
    refused(made_demo, tmp_path / "file.txt", "已经存在")
    (tmp_path / "dir.zip").mkdir()
    refused(made_demo, tmp_path / "dir.zip", "是文件夹")
    refused(made_demo, made_demo.root / "records/佐证", "存放记录的文件夹", 2)
    assert not list((tmp_path / "empty").iterdir())


def test_evidence_that_contradicts_its_history_is_refused(demo: Repo, tmp_path: Path) -> None:
    event = demo.root / "records/events/2020/evt-20200514-fqer.yaml"
    relative = event.relative_to(demo.root).as_posix()
    text = event.read_text("utf-8")
    event.write_text(text + "# 改动\n", "utf-8")
    refused(demo, tmp_path / "b", relative)
    demo.git("update-index", "--assume-unchanged", relative)  # git status says nothing of it now
    refused(demo, tmp_path / "b", relative)
    event.write_text(text, "utf-8")
    hidden = demo.root / "records/events/2020/evt-20200514-aaaa.yaml"
    with (demo.root / ".git/info/exclude").open("a") as exclude:
        exclude.write("*-aaaa.yaml\n")
    hidden.write_text(text, "utf-8")
    refused(demo, tmp_path / "b", hidden.name)
    hidden.unlink()
    (demo.root / "templates").mkdir()
    shutil.copy(Path(__file__).parents[2] / "templates/self-check.md.j2", demo.root / "templates")
    refused(demo, tmp_path / "b", "templates/self-check.md.j2")
    shutil.rmtree(demo.root / "templates")
    bundled(demo, tmp_path / "b")


def test_history_that_was_cut_off_is_refused(made_demo: Repo, tmp_path: Path) -> None:
    origin = made_demo.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth=5", origin, str(tmp_path / "c")], check=True)
    refused(Repo(tmp_path / "c"), tmp_path / "b", "不完整的历史")


def test_without_fonts_the_papers_are_word_files(
    made_demo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = typst.Fonts(include_embedded_fonts=False, include_system_fonts=False)
    monkeypatch.setattr("jzy.render.fonts._of_this_machine", lambda: none)
    office = Office(made_demo.root)
    told = write_bundle(office, office.record(REPORT), tmp_path / "b")
    assert [why for why in told.without if why.startswith("没有 PDF：")]
    assert {path.suffix for path in (tmp_path / "b" / MEETINGS).iterdir()} == {".docx"}
