"""`jzy report`: every figure comes from records, and changes with them."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from .conftest import Repo

PARTS = ("一、工作进展", "二、存在问题与不足", "三、改进措施")
SECTIONS = ("（一）", "（二）", "（三）", "（四）", "（五）")


def figures(repo: Repo) -> dict[str, dict[str, object]]:
    return {f["key"]: f for f in json.loads(repo.run("report", "--json").out)["figures"]}


def test_the_report_has_three_parts_and_five_sections(made_demo: Repo) -> None:
    text = (made_demo.root / "out/self-check-2021.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text.split("佐证材料目录")[0], re.MULTILINE) == list(PARTS)
    headings = re.findall(r"^### (（.）)", text, re.MULTILINE)
    assert headings == list(SECTIONS)
    assert "44名" in text
    assert "24名" in text
    assert text.index("中共晋城职业技术学院委员会") < text.index("2021年4月16日")


def test_a_figure_names_its_records_and_their_commits(made_demo: Repo) -> None:
    found = figures(made_demo)
    assert found["indicator-training-pre-job"]["value"] == 44
    assert found["indicator-training-opinion"]["value"] == 24
    (record,) = found["indicator-training-opinion"]["records"]  # type: ignore[misc]
    changed = made_demo.git("log", "-1", "--format=%H", "--", record["path"]).strip()
    assert record["commit"] == changed


def test_a_violation_in_the_period_is_told_and_one_before_it_is_not(demo: Repo) -> None:
    before = next((demo.root / "records/incidents/2019").glob("inc-*.yaml"))
    assert "没有登记违规情况" in demo.run("report").out
    within = demo.root / "records/incidents/2020/inc-20201212-aaaa.yaml"
    within.parent.mkdir()
    within.write_text(before.read_text("utf-8").replace("2019-12", "2020-12"), "utf-8")
    said = demo.run("report").out
    assert "没有登记违规情况" not in said
    assert "期间登记违规情况1起" in said


def test_without_a_training_record_the_figures_change(demo: Repo) -> None:
    for path in (demo.root / "records/trainings").rglob("*.yaml"):
        if "舆情员专题培训" in path.read_text():
            path.unlink()
    found = figures(demo)
    assert "indicator-training-opinion" not in found
    assert found["indicator-trainings"]["value"] == 1
    text = demo.run("report").out
    assert "24名" not in text
    assert "44名" in text


def test_without_a_sign_off_the_claim_goes(demo: Repo) -> None:
    path = next((demo.root / "records/events/2020").glob("evt-20200514-*.yaml"))
    text = path.read_text()
    claim = "全部走完审批流程"
    assert claim in demo.run("report").out
    path.write_text(text[: text.index("  - stage: principal-leader")])
    said = demo.run("report").out
    assert claim not in said
    assert "审批记录不完整或者不能证明的1场" in said


def test_the_same_commit_gives_the_same_bytes_anywhere(
    made_demo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, set[bytes]] = {}
    for number, (zone, language) in enumerate(
        [("Asia/Shanghai", "zh_CN.UTF-8"), ("America/St_Johns", "C")]
    ):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("LANG", language)
        monkeypatch.setenv("PYTHONHASHSEED", str(number))
        for suffix in (".md", ".html", ".docx"):
            path = tmp_path / f"{number}{suffix}"
            assert made_demo.run("report", "-o", str(path)).code == 0
            made.setdefault(suffix, set()).add(path.read_bytes())
    assert {suffix: len(contents) for suffix, contents in made.items()} == {
        ".md": 1,
        ".html": 1,
        ".docx": 1,
    }


def test_another_period_gives_other_figures(made_demo: Repo) -> None:
    ran = made_demo.run("report", "--json", "--from", "2020-04-01", "--to", "2020-06-30")
    found = {f["key"]: f["value"] for f in json.loads(ran.out)["figures"]}
    assert found["indicator-events-held"] == 3
    assert made_demo.run("report", "--from", "2021-01-01", "--to", "2020-01-01").code == 2


def test_an_office_overrides_the_template_without_touching_python(demo: Repo) -> None:
    folder = demo.root / "templates"
    folder.mkdir()
    template = folder / "self-check.md.j2"
    template.write_text("# 简报\n\n举办{{ figure('indicator-events-held') }}场。\n")
    assert "举办11场。" in demo.run("report").out
    template.write_text("# 简报\n\n{{ nothing }}\n")
    ran = demo.run("report")
    assert ran.code == 1
    assert "self-check.md.j2:3" in ran.err
    template.write_text("# 简报\n\n{{ ''.__class__ }}\n")
    assert demo.run("report").code == 1


def test_a_title_with_markup_stays_text(demo: Repo) -> None:
    path = next((demo.root / "records/measures").rglob("*.yaml"))
    text = re.sub(
        r"^measure: .*$",
        "measure: '<script>alert(1)</script> **不** | # `x`'",
        path.read_text(),
        flags=re.M,
    )
    path.write_text(text)
    out = demo.root / "out/x.html"
    assert demo.run("report", "-o", str(out)).code == 0
    html = out.read_text()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **不** | # `x`" in html


def test_an_unknown_format_is_refused(made_demo: Repo) -> None:
    ran = made_demo.run("report", "-o", "x.exe")
    assert ran.code == 2
    assert ".docx" in ran.err


@pytest.mark.needs_program("soffice", "pdftotext")
def test_libreoffice_opens_the_document_and_shows_it_whole(made_demo: Repo, tmp_path: Path) -> None:
    document = made_demo.root / "out/self-check-2021.docx"
    assert zipfile.ZipFile(document).testzip() is None
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, document],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pdf = tmp_path / "self-check-2021.pdf"
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True)
    text = "".join(done.stdout.decode().split())
    for piece in (*PARTS, "44名", "24名", "佐证材料目录", "2021年4月16日"):
        assert piece in text
