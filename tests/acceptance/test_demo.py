"""`jzy demo`: a year of work as the commits that it would have been."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from jzy.model.register import Register
from jzy.office.beside import earlier_texts
from jzy.store.records import load
from jzy.store.schemas import load_kinds
from tests.resign import resigned

from .conftest import Repo

SAMPLE = Path(__file__).parents[2] / "records"


def test_the_demo_ends_with_sound_records_and_a_report_in_each_format(made_demo: Repo) -> None:
    assert made_demo.run("validate").code == 0
    written = {path.name for path in (made_demo.root / "out").iterdir()}
    assert written | {"self-check-2021.pdf"} == {  # which needs fonts
        "self-check-2021.md",
        "self-check-2021.html",
        "self-check-2021.docx",
        "self-check-2021.pdf",
    }
    assert made_demo.git("status", "--porcelain") == ""


def test_git_itself_finds_every_commit_well_signed(made_demo: Repo, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    signers.write_text(made_demo.run("key", "allowed-signers").out)
    said = made_demo.git(
        "-c", f"gpg.ssh.allowedSignersFile={signers}", "log", "--format=%G? %GS %ae"
    ).splitlines()
    assert len(said) > 200
    for line in said:
        verdict, signer, mail = line.split()
        assert (verdict, f"{signer}@jzy.invalid") == ("G", mail)


def test_each_sign_off_adds_lines_to_one_file_and_nothing_else(made_demo: Repo) -> None:
    log = made_demo.git("log", "--format=%x00%(trailers:key=Jzy-Decision,valueonly)", "--numstat")
    sign_offs = [commit for commit in log.split("\0") if commit.strip().split("\n")[0] in DECISIONS]
    assert len(sign_offs) > 80
    for commit in sign_offs:
        changes = [line.split("\t") for line in commit.strip().splitlines()[1:] if line]
        assert len(changes) == 1
        assert changes[0][1] == "0"


DECISIONS = {"submit", "approve", "return", "consent"}


def test_each_move_is_a_commit_of_its_own_that_names_it(made_demo: Repo) -> None:
    event = next((made_demo.root / "records/events/2020").glob("evt-20201015-*.yaml"))
    fields = "%(trailers:key=Jzy-Decision,key=Jzy-Move,valueonly,separator=)"
    log = made_demo.git("log", "--reverse", f"--format={fields}", "--", str(event)).split()
    assert log == [
        "submit", *["approve"] * 5, "postpone", "consent", "hold", "close", "archive", "file"
    ]  # fmt: skip
    made = json.loads(made_demo.run("log", event.stem, "--json").out)["moves"]
    assert [each["move"] for each in made] == ["postpone", "hold", "close", "archive", "file"]
    assert len({each["commit"] for each in made}) == 5


def test_whoever_signs_for_another_was_let_by_him_before(made_demo: Repo) -> None:
    given = next((made_demo.root / "records/delegations").rglob("*.yaml"))
    assert "from_person: person-yi" in given.read_text("utf-8")
    wanted = "--format=%at %ae"
    moment, by = made_demo.git("log", wanted, "--", str(given)).split()
    assert by == "person-yi@jzy.invalid"
    event = next((made_demo.root / "records/events/2020").glob("evt-20201126-*.yaml"))
    assert "on_behalf_of: person-yi" in event.read_text("utf-8")
    signed, delegate = made_demo.git("log", "--grep=^代", wanted, "--", str(event)).split()
    assert delegate == "person-gui@jzy.invalid"
    assert int(moment) < int(signed)
    found = json.loads(made_demo.run("verify", event.stem, given.stem, "--json").out)
    assert {proof["verdict"] for proof in found["sign_offs"]} == {"proven"}


def test_the_records_are_those_of_the_sample_year_to_the_byte(made_demo: Repo) -> None:
    made = made_demo.root / "records"
    for path in sorted(made.rglob("*.*")):
        sample = SAMPLE / path.relative_to(made)
        if path.parent.name == "people":  # these have got keys
            assert path.read_text().startswith(sample.read_text())
        else:
            assert path.read_bytes() == sample.read_bytes()
    names = {p.relative_to(SAMPLE) for p in SAMPLE.rglob("*.*") if ".replay" not in p.parts}
    assert names - {Path("README.md")} == {p.relative_to(made) for p in made.rglob("*.*")}


def test_the_digests_of_the_sample_are_those_of_its_versions() -> None:
    """After a change of a record or a workflow of the sample: ``python -m tests.resign``."""
    root = SAMPLE.parent
    kinds = load_kinds([root / "schemas"])
    register = Register(kinds, load(root, kinds).records)
    for record in register:
        if record.sign_offs:
            kind = kinds[record.kind]
            earlier = earlier_texts(root, record, kind)
            assert resigned(register, record, kind, earlier) == record.text, record.path


def test_dates_go_forward_and_private_keys_stay_out_of_history(made_demo: Repo) -> None:
    dates = made_demo.git("log", "--reverse", "--format=%at").split()
    assert dates == sorted(dates, key=int)
    assert "PRIVATE KEY" not in made_demo.git("log", "-p", "--all")
    keys = list((made_demo.root / ".git/jzy/demo-keys").iterdir())
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys if path.suffix != ".pub")


def test_a_folder_with_something_in_it_is_left_alone(made_demo: Repo) -> None:
    before = made_demo.state()
    ran = made_demo.run("demo", str(made_demo.root))
    assert ran.code == 1
    assert "不是空文件夹" in ran.err
    assert made_demo.state() == before


def test_a_clone_of_the_demo_validates_as_well(made_demo: Repo, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", made_demo.root, tmp_path / "clone"], check=True)
    ran = Repo(tmp_path / "clone").run("validate", "--strict", "--json")
    assert ran.code == 0
