"""Attachments: recorded by name, size and hash, kept out of history, and found again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import CHAIN, CLERK, Ran, Repo

TRAINING = (
    "--set", "theme=检索方法培训", "--set", "organizer=unit-xuanchuanbu", "--set", "from=2021-05-20",
    "--set", "until=2021-05-20", "--set", "headcount={actual: 12, unit_of_count: 人}",
)  # fmt: skip
TO = "follow_up.attachments"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def record(demo: Repo, kind: str, record_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(demo.run(kind, "show", record_id, "--json").out)
    return shown


def attached(demo: Repo, training: str) -> list[dict[str, Any]]:
    after = record(demo, "training", training)["record"].get("follow_up", {})
    return list(after.get("attachments", []))


def checked(demo: Repo, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(demo.run("attach", "--check", "--json", *more).out)
    return found


@pytest.fixture
def training(demo: Repo) -> str:
    """A training of its own, to which nothing is attached; its id."""
    ran = demo.run("training", "new", *TRAINING, who=CLERK)
    assert ran.code == 0, ran.err
    return Path(ran.out.strip()).stem


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A sign-in sheet, outside the repository."""
    path = tmp_path / "签到表.pdf"
    path.write_bytes(b"%PDF sheet")
    return path


def refused(ran: Ran, words: str, demo: Repo, before: tuple[str, str, str]) -> None:
    """Something was refused for a reason, and nothing is different, in git or out of it."""
    assert ran.code != 0
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert demo.state() == before
    assert [p for p in demo.root.glob("attachments/**/*") if p.is_file() and p.name[0] != "."] == []


def test_a_file_is_recorded_in_a_commit_of_its_own_and_lies_outside_history(
    demo: Repo, training: str, sheet: Path
) -> None:
    (demo.root / "README.md").write_text("自己的改动\n", "utf-8")
    ran = demo.run("attach", training, str(sheet), "--type", "签到表", "--json", who=CLERK)
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    entry = {"name": "签到表.pdf", "type": "签到表", "size": 10, "sha256": sha(b"%PDF sheet")}
    assert attached(demo, training) == [entry]
    assert said["to"] == TO
    assert said["files"][0] | entry == said["files"][0]
    assert (demo.root / said["files"][0]["copy"]).read_bytes() == b"%PDF sheet"
    assert demo.git("show", "--format=%an %s", "--name-only").split("\n")[:3] == [
        "示例辰 附件：检索方法培训", "", f"records/trainings/2021/{training}.yaml",
    ]  # fmt: skip
    assert demo.git("status", "--porcelain") == " M README.md\n"
    assert demo.git("status", "--porcelain", "--ignored", "attachments").startswith("!!")
    assert demo.run("validate").code == 0
    assert demo.run("attach", "--check", training).code == 0


def test_two_files_of_one_name_are_kept_apart(demo: Repo, training: str, tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        (tmp_path / content.decode()).mkdir()
        file = tmp_path / content.decode() / "签到表.pdf"
        file.write_bytes(content)
        assert demo.run("attach", training, str(file), who=CLERK).code == 0
    assert [each["sha256"] for each in attached(demo, training)] == [sha(b"one"), sha(b"two")]
    assert checked(demo, training)["present"] == 2


def test_several_files_at_once_are_all_recorded_or_none(
    demo: Repo, training: str, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("照片 1.jpg", "照片 2.jpg", "照片 3.jpg")]
    for file in files[:2]:
        file.write_text(file.name, "utf-8")
    before = demo.state()
    ran = demo.run("attach", training, *map(str, files), who=CLERK)
    refused(ran, "照片 3.jpg 无法打开：文件或文件夹不存在", demo, before)
    files[2].write_text(files[0].name, "utf-8")
    ran = demo.run("attach", training, *map(str, files), who=CLERK)
    refused(ran, "照片 3.jpg 与 照片 1.jpg 内容相同", demo, before)
    assert demo.run("attach", training, *map(str, files[:2]), who=CLERK).code == 0
    assert [each["name"] for each in attached(demo, training)] == ["照片 1.jpg", "照片 2.jpg"]


def test_the_same_file_again_is_told_and_puts_back_a_copy_that_is_missing(
    demo: Repo, training: str, sheet: Path
) -> None:
    said = json.loads(demo.run("attach", training, str(sheet), "--json", who=CLERK).out)
    copy = demo.root / said["files"][0]["copy"]
    head = demo.git("rev-parse", "HEAD")
    ran = demo.run("attach", training, str(sheet), who=CLERK)
    assert (ran.code, "已经登记过" in ran.err) == (1, True)

    copy.unlink()
    assert demo.run("attach", "--check").code == 0  # it may lie on another machine
    assert demo.run("attach", "--check", "--strict").code == 1
    assert [each["id"] for each in checked(demo, training)["missing"]] == [training]
    renamed = sheet.rename(sheet.with_name("扫描件.pdf"))
    ran = demo.run("attach", training, str(renamed), who=CLERK)
    assert (ran.code, "现已补回副本" in ran.err) == (0, True)
    assert copy.read_bytes() == b"%PDF sheet"
    assert demo.git("rev-parse", "HEAD") == head
    assert checked(demo, training)["present"] == 1


def test_a_changed_copy_fails_the_check_and_a_stray_one_is_told(
    demo: Repo, training: str, sheet: Path
) -> None:
    said = json.loads(demo.run("attach", training, str(sheet), "--json", who=CLERK).out)
    (demo.root / "attachments/草稿.docx").write_bytes(b"x")
    ran = demo.run("attach", "--check")
    assert (ran.code, "attachments/草稿.docx" in ran.out) == (0, True)

    copy = demo.root / said["files"][0]["copy"]
    copy.chmod(0o644)
    copy.write_bytes(b"%PDF other")
    assert demo.run("attach", "--check").code == 1
    found = checked(demo)
    assert found["ok"] is False
    assert [(each["id"], each["at"]) for each in found["different"]] == [(training, f"{TO}.0")]
    assert found["strays"] == ["attachments/草稿.docx"]
    other = checked(demo, "unit-xinxixi")
    assert (other["ok"], other["named"], other["strays"]) == (True, 0, [])


def test_what_is_signed_may_be_attached_to_until_it_is_submitted(demo: Repo, sheet: Path) -> None:
    event = demo.new_event()
    pledge = ("--to", "speakers.0.pledge.attachment")
    assert demo.run("attach", event, str(sheet), *pledge, who=CLERK).code == 0
    held = record(demo, "event", event)["record"]["speakers"][0]["pledge"]["attachment"]
    assert held == {"name": "签到表.pdf", "size": 10, "sha256": sha(b"%PDF sheet")}

    sheet.write_bytes(b"%PDF better scan")
    ran = demo.run("attach", event, str(sheet), *pledge, who=CLERK)
    assert (ran.code, "已经登记了“签到表.pdf”" in ran.err) == (1, True)
    ran = demo.run("attach", event, str(sheet), *pledge, "--replace", who=CLERK)
    assert ran.code == 0, ran.err

    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    before = demo.state()
    sheet.write_bytes(b"%PDF yet another")
    ran = demo.run("attach", event, str(sheet), *pledge, "--replace", who=CLERK)
    assert (ran.code, f"jzy withdraw {event}" in ran.err) == (1, True)
    assert demo.state() == before
    strays = checked(demo)["strays"]
    assert [Path(path).stem for path in strays] == [sha(b"%PDF sheet")]  # the one replaced


def test_after_approval_a_signed_attachment_counts_as_a_change(demo: Repo, sheet: Path) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    for person in CHAIN:
        assert demo.run("approve", event, "--yes", who=person).code == 0
    ran = demo.run(
        "attach", event, str(sheet), "--to", "speakers.0.pledge.attachment", "--json", who=CLERK
    )
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["standing"]["needed"] == "reapprove"


def test_it_says_which_property_is_meant_and_what_must_come_first(demo: Repo, sheet: Path) -> None:
    event = demo.new_event()
    before = demo.state()
    ran = demo.run("attach", event, str(sheet), who=CLERK)
    refused(ran, f"jzy event hold {event}", demo, before)
    ran = demo.run("attach", event, str(sheet), "--to", "title", who=CLERK)
    refused(ran, "speakers.0.pledge.attachment（主讲人 1 · 承诺书 · 附件）", demo, before)
    ran = demo.run("attach", event, str(sheet), "--to", "speakers.1.pledge.attachment", who=CLERK)
    refused(ran, f"{event} 没有“主讲人 2”", demo, before)
    ran = demo.run("attach", "unit-xinxixi", str(sheet), who=CLERK)
    refused(ran, "部门没有登记附件的属性", demo, before)
    ran = demo.run("attach", "evt-20990101-zzzz", str(sheet), who=CLERK)
    refused(ran, "没有编号为 evt-20990101-zzzz 的活动", demo, before)


def test_a_kind_of_an_offices_own_can_hold_attachments(demo: Repo, sheet: Path) -> None:
    """Which properties hold any is said by the schema alone."""
    common = "common.schema.json#/definitions/attachment"
    overlay = {"properties": {"scan": {"title": "扫描件", "description": "原件。", "$ref": common}}}
    (demo.root / "schemas").mkdir()
    path = demo.root / "schemas/group.overlay.json"
    path.write_text(json.dumps(overlay, ensure_ascii=False), "utf-8")
    groups = json.loads(demo.run("group", "list", "--json").out)
    ran = demo.run("attach", groups[0]["id"], str(sheet), "--json", who=CLERK)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["to"] == "scan"
    assert checked(demo)["present"] == 1


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("张三 11010519491231002X.pdf", "身份证号码"),
        ("13812345678 签到.pdf", "手机号码"),
        ("6222021234567890128.jpg", "银行卡号"),
        ("来信 someone@example.com.txt", "电子邮箱"),
        ("签到\x1b[31m表.pdf", "控制字符"),
        ("表\u202efdp.exe", "控制字符"),
        ("表\\..\\单.pdf", "不能用的符号"),
        ("-f.pdf", "短横线开头"),
    ],
)
def test_names_that_records_must_not_hold(
    demo: Repo, training: str, tmp_path: Path, name: str, why: str
) -> None:
    before = demo.state()
    (tmp_path / name).write_bytes(b"x")
    ran = demo.run("attach", training, str(tmp_path / name), who=CLERK)
    refused(ran, why, demo, before)
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err


def test_the_institution_sets_how_large_a_file_may_be(
    demo: Repo, training: str, sheet: Path
) -> None:
    sheet.write_bytes(b"x" * 1_000_001)
    gui = sorted(json.loads(demo.run("institution", "list", "--json").out)[0]["registrars"])[0]
    ran = demo.run("institution", "edit", "institution", "--set", "attachment_limit=1", who=gui)
    assert ran.code == 0, ran.err
    before = demo.state()
    refused(demo.run("attach", training, str(sheet), who=CLERK), "超过上限 1.0 MB", demo, before)


def test_without_a_key_the_file_is_written_and_not_committed(
    demo: Repo, training: str, sheet: Path
) -> None:
    ran = demo.run("attach", training, str(sheet), who="nobody")
    assert (ran.code, "尚未提交" in ran.err) == (0, True)
    assert [each["name"] for each in attached(demo, training)] == ["签到表.pdf"]
    assert demo.git("status", "--porcelain") == f" M records/trainings/2021/{training}.yaml\n"


def test_copies_may_be_given_to_git_lfs(demo: Repo, training: str, sheet: Path) -> None:
    (demo.root / ".gitattributes").write_text("attachments/** filter=lfs -text\n", "utf-8")
    (demo.root / ".gitignore").write_text("/out/\n", "utf-8")
    ran = demo.run("attach", training, str(sheet), "--json", who=CLERK)
    assert json.loads(ran.out)["keeping"] == "lfs"
    untracked = demo.git("status", "--porcelain", "--untracked-files=all", "attachments")
    assert untracked == f"?? {json.loads(ran.out)['files'][0]['copy']}\n"


def test_a_repository_without_a_line_for_it_keeps_copies_out_all_the_same(
    demo: Repo, training: str, sheet: Path
) -> None:
    (demo.root / ".gitignore").write_text("/out/\n", "utf-8")
    demo.commit("一份更早的 .gitignore")
    assert demo.run("attach", training, str(sheet), who=CLERK).code == 0
    assert demo.git("status", "--porcelain", "--untracked-files=all") == ""


def test_an_event_is_closed_once_its_evidence_is_attached(demo: Repo, sheet: Path) -> None:
    """The way a clerk goes: approved, held, attached by type, closed."""
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    for person in CHAIN:
        demo.run("approve", event, "--yes", who=person)
    held = ("--on", "2021-05-20", "--set", "actual_headcount=58")
    assert demo.run("event", "hold", event, *held, who=CLERK).code == 0
    ran = demo.run("event", "close", event, who=CLERK)
    assert (ran.code, "签到表" in ran.err) == (1, True)
    assert demo.run("attach", event, str(sheet), "--type", "签到表", who=CLERK).code == 0
    ran = demo.run("event", "close", event, who=CLERK)
    assert ran.code == 0, ran.err


def test_wrong_words_are_answered(demo: Repo, training: str) -> None:
    assert demo.run("attach").code == 2
    assert demo.run("attach", training).code == 2
    assert demo.run("attach", "--check", "--to", TO).code == 2
    ran = demo.run("attach", training, "x.pdf", "--strict", "--json")
    assert (ran.code, json.loads(ran.out)["ok"]) == (2, False)
