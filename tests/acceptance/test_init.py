"""A real office: from `jzy init` to the first approved event to a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from jzy.git.keys import make_throwaway_key

from .conftest import EVENT, Repo


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A new repository whose first registrar's key was made by init."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    ran = Repo(tmp_path).run(
        "init", "office", "--institution", "某某职业学院", "--person", "王老师"
    )
    assert ran.code == 0, ran.err
    fingerprint = ran.out.strip()
    repo = Repo(tmp_path / "office")
    assert repo.git("config", "jzy.root").strip() == fingerprint
    assert repo.git("log", "--format=%an %s").strip() == "王老师 建立某某职业学院的记录仓库"
    return repo


def test_a_new_repository_is_sound_and_tells_what_to_do_next(office: Repo) -> None:
    assert office.run("validate", "--strict").code in (0, 1)
    assert office.run("validate").code == 0
    readme = (office.root / "README.md").read_text()
    for piece in ("jzy unit new", "jzy person new", "jzy event new", "SHA256:"):
        assert piece in readme
    assert "示例" not in "".join(
        path.read_text() for path in (office.root / "records").rglob("*.yaml")
    )
    assert (office.root.parent / "home/.ssh/jzy_ed25519").stat().st_mode & 0o077 == 0


def test_from_init_to_an_approved_event_to_a_report(office: Repo, tmp_path: Path) -> None:
    posts = {
        "person-chen": ("示例辰", "unit-xinxixi", []),
        "person-ji": ("示例己", "unit-xinxixi", [("head", "unit-xinxixi")]),
        "person-ding": ("示例丁", "unit-xueyuan", [("supervising_leader", "unit-xinxixi")]),
        "person-bing": ("示例丙", "unit-xuanchuanbu", [("head", "unit-xuanchuanbu")]),
        "person-yi": ("示例乙", "unit-xueyuan", [("supervising_leader", "unit-xuanchuanbu")]),
        "person-wu": ("示例戊", "unit-xueyuan", [("principal_leader", None)]),
    }
    ran = office.run("unit", "new", "--id", "xinxixi", "--set", "title=信息系", "--set", "level=2",
                     "--set", "parent=unit-xueyuan")  # fmt: skip
    assert ran.code == 0, ran.err
    keys = office.root / ".git/jzy/demo-keys"
    for person, (name, unit, held) in posts.items():
        key = make_throwaway_key(keys / person, person)
        values = [f"name={name}", f"unit={unit}", f"keys=[{{key: {key.line}, from: 2020-01-01}}]"]
        if held:
            lines = ", ".join(
                f"{{post: {post}, from: 2020-01-01" + (f", unit: {where}}}" if where else "}")
                for post, where in held
            )
            values.append(f"posts=[{lines}]")
        options = [piece for value in values for piece in ("--set", value)]
        ran = office.run("person", "new", "--id", person.removeprefix("person-"), *options)
        assert ran.code == 0, ran.err
    event = office.new_event()
    assert office.run("submit", event, "--yes", who="person-chen").code == 0
    for who in ("person-ji", "person-ding", "person-bing", "person-yi", "person-wu"):
        ran = office.run("approve", event, "--yes", who=who)
        assert ran.code == 0, ran.err
    ran = office.run(
        "event", "edit", event, "--set", "follow_up.outcome.held_on=2021-05-20",
        "--set", "follow_up.outcome.actual_headcount=58", who="person-chen",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    ran = office.run(
        "report", "new", "--set", "title=自查报告", "--set", "template=self-check.md.j2",
        "--set", "period.from=2021-01-01", "--set", "period.until=2021-12-31", "--set", "date=2022-01-10",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    out = tmp_path / "report.docx"
    assert office.run("report", "-o", str(out)).code == 0
    said = office.run("report").out
    assert "举办1场" in said
    assert "参加58人次" in said
    assert EVENT[1].removeprefix("title=") in said


def test_init_asks_for_what_is_missing_by_naming_the_option(tmp_path: Path) -> None:
    ran = Repo(tmp_path).run("init", "office")
    assert ran.code == 2
    assert "--institution" in ran.err
    assert not (tmp_path / "office").exists()
