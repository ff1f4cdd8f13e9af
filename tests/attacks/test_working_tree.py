"""Rights that somebody gives themselves in the working tree, and edits that hide a sign-off."""

from __future__ import annotations

import json

import pytest
import yaml

from jzy.model.digest import entry_digest, record_digest
from jzy.store.editing import append_sign_off, set_value
from jzy.store.places import search_path
from jzy.store.records import read_record
from jzy.store.schemas import load_kinds
from tests.acceptance.conftest import CLERK, EVENT, Repo

KINDS = load_kinds(search_path(None, "schemas"))
HEAD = "person-ji"


@pytest.fixture
def submitted(demo: Repo) -> tuple[Repo, str]:
    event = demo.new_event()
    assert demo.run("submit", event, "--yes", who=CLERK).code == 0
    return demo, event


@pytest.mark.parametrize("hidden", [False, True])
def test_give_myself_a_post_without_committing_it(
    submitted: tuple[Repo, str], hidden: bool
) -> None:
    repo, event = submitted
    path = repo.root / "records/people/person-you.yaml"
    post = {"post": "head", "unit": "unit-xinxixi", "from": "2018-09-01"}
    path.write_text(set_value(KINDS["person"], path.read_text(), ("posts", 1), post))
    if hidden:
        repo.git("update-index", "--assume-unchanged", "records/people/person-you.yaml")
    before = repo.git("rev-parse", "HEAD")
    assert repo.run("approve", event, "--yes", who="person-you").code == 1
    assert repo.git("rev-parse", "HEAD") == before


def test_put_an_easy_workflow_where_git_does_not_look(demo: Repo) -> None:
    (demo.root / ".git/info").mkdir(exist_ok=True)
    (demo.root / ".git/info/exclude").write_text("records/workflows/\n")
    workflows = demo.root / "records/workflows"
    (workflows / "workflow-event.yaml").unlink()
    (workflows / "workflow-easy.yaml").write_text(
        "title: 简易\napplies_to:\n  kinds: [event]\nown_record: allow\nstages:\n"
        "  - key: one\n    title: 一\n    signers:\n      - unit_of: host\n"
    )
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    demo.run("approve", event, "--yes", who=CLERK)
    demo.git("checkout", "-q", "--", "records/workflows")
    (workflows / "workflow-easy.yaml").unlink()
    assert json.loads(demo.run("event", "show", event, "--json").out)["state"] != "approved"


def test_have_typed_approvals_committed_by_an_edit(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    path = repo.root / f"records/events/2021/{event}.yaml"
    data = read_record(KINDS["event"], path.read_text()).data
    last = data["sign_offs"][-1]
    entry = {"stage": "host-head", "decision": "approve", "by": HEAD, "at": last["at"],
             "opinion": "同意。", "digest": last["digest"], "prev": entry_digest(last)}  # fmt: skip
    path.write_text(append_sign_off(KINDS["event"], path.read_text(), entry))
    before = repo.git("rev-parse", "HEAD")
    assert "签批不能手工改动" in repo.run("event", "edit", event, who=CLERK).err
    assert repo.git("rev-parse", "HEAD") == before


def test_have_a_change_under_review_committed_by_an_edit(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    path = repo.root / f"records/events/2021/{event}.yaml"
    path.write_text(path.read_text().replace("图书馆报告厅", "礼堂"))
    ran = repo.run("event", "edit", event, who=CLERK)
    assert ran.code == 1
    assert "jzy withdraw" in ran.err


def test_have_an_unsaved_change_signed(demo: Repo) -> None:
    """A draft that was saved is changed once more in an editor, and the submission would sweep the
    change in: nobody could say what was submitted."""
    event = demo.new_event()
    path = demo.root / f"records/events/2021/{event}.yaml"
    path.write_text(path.read_text().replace("图书馆报告厅", "体育馆"))
    before = demo.state()
    ran = demo.run("submit", event, "--yes", who=CLERK)
    assert (ran.code, "尚未提交的改动" in ran.err) == (1, True)
    assert demo.state() == before


def test_have_a_registrar_sign_along_what_lies_in_a_file(demo: Repo) -> None:
    """A key of mine waits in somebody's file until a registrar edits that file."""
    person = "records/people/person-you.yaml"
    path = demo.root / person
    head = read_record(KINDS["person"], path.read_text()).data["keys"][0]["key"]
    mine = head[:-4] + "AAAA"
    path.write_text(
        path.read_text().replace("keys:\n", f"keys:\n  - key: {mine}\n    from: 2021-01-01\n")
    )
    before = demo.state()
    ran = demo.run("person", "edit", "person-you", "--set", "name=示例某", who="person-jia")
    assert (ran.code, "会被一并提交" in ran.err) == (1, True)
    assert demo.state() == before


def test_name_myself_registrar_and_commit_it(demo: Repo) -> None:
    path = demo.root / "records/institution.yaml"
    path.write_text(path.read_text().replace("- person-jia", "- person-chen"))
    before = demo.git("rev-parse", "HEAD")
    assert "不是登记管理员" in demo.run("institution", "edit", "institution", who=CLERK).err
    assert demo.git("rev-parse", "HEAD") == before


def test_write_over_a_file_through_a_link_that_waits(submitted: tuple[Repo, str]) -> None:
    repo, event = submitted
    victim = repo.root.parent / "victim"
    victim.write_text("mine")
    folder = repo.root / "records/events/2021"
    (folder / f".jzy-{event}.yaml").symlink_to(victim)
    assert repo.run("approve", event, "--yes", who=HEAD).code == 0
    assert victim.read_text() == "mine"
    assert not (folder / f"{event}.yaml").is_symlink()


def test_make_an_uncommitted_draft_outside_through_a_linked_folder(demo: Repo) -> None:
    outside = demo.root.parent / "outside"
    outside.mkdir()
    (demo.root / "records/events/2030").symlink_to(outside)
    ran = demo.run("event", "new", *EVENT, "--set", "starts=2030-05-20 14:30",
                   "--set", "ends=2030-05-20 16:00", "--no-commit", who=CLERK)  # fmt: skip
    assert ran.code == 1
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("how", ["ignored", "unchanged"])
def test_have_approvals_that_nobody_gave_reported_as_evidence(demo: Repo, how: str) -> None:
    """A chain computed to fit is typed into a file that ``git status`` is told not to look at."""
    given = "records/events/2020/evt-20200514-fqer.yaml"
    data = read_record(KINDS["event"], (demo.root / given).read_text()).data | {
        "title": "另一场活动"
    }
    path = given if how == "unchanged" else given.replace("fqer", "abcd")
    event = path.rpartition("/")[2].removesuffix(".yaml")
    digest, previous = record_digest("event", event, data), None
    for entry in data["sign_offs"]:
        entry["digest"] = digest
        if previous is not None:
            entry["prev"] = entry_digest(previous)
        previous = entry
    (demo.root / path).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    if how == "ignored":
        (demo.root / ".git/info").mkdir(exist_ok=True)
        (demo.root / ".git/info/exclude").write_text(f"{path}\n")
    else:
        demo.git("update-index", "--assume-unchanged", path)
    assert demo.git("status", "--porcelain") == ""
    assert json.loads(demo.run("event", "show", event, "--json").out)["state"] == "approved"

    told = json.loads(demo.run("report", "--json").out)
    claim = next(each for each in told["claims"] if each["id"] == "claim-events-approved")
    assert claim["state"] == "unsupported"
    named = [
        record for entry in told["figures"] for record in entry["records"] if record["path"] == path
    ]
    assert named
    assert not any(record["commit"] for record in named)
