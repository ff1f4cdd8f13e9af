"""Earlier versions out of history: found in one pass, remembered, and never believed blindly."""

from __future__ import annotations

from jzy.model.chain import wanted_versions
from jzy.model.register import Register
from jzy.office.context import Office
from tests.acceptance.conftest import CHAIN, CLERK, Repo


def _found(repo: Repo) -> tuple[set[tuple[str, str]], dict[tuple[str, str], str]]:
    office = Office(repo.root)
    bare = Register(office.kinds, office.sound)
    wanted = wanted_versions(bare)
    found = office.earlier(bare, wanted)
    return wanted, {pair: version.text for pair, version in found.items()}


def test_what_was_returned_is_found_with_and_without_the_cache(demo: Repo) -> None:
    cache = demo.root / ".git/jzy/versions"
    cache.unlink(missing_ok=True)
    wanted, first = _found(demo)
    assert wanted
    assert set(first) == wanted
    kept = cache.read_bytes()
    assert _found(demo)[1] == first
    assert cache.read_bytes() == kept
    for damage in (b"", b"garbage\n" * 3, kept[:-7], kept.replace(b"evt-", b"evu-")):
        cache.write_bytes(damage)
        assert _found(demo)[1] == first
    assert cache.read_bytes() == kept


def test_a_version_that_history_holds_no_longer_is_no_version(demo: Repo) -> None:
    _, before = _found(demo)
    demo.git("checkout", "-q", "--orphan", "squashed")
    demo.git("commit", "-q", "--no-gpg-sign", "-m", "everything at once")
    wanted, after = _found(demo)
    assert wanted
    assert after == {}
    demo.git("checkout", "-q", "main")
    assert _found(demo)[1] == before


def test_what_was_absent_may_come_with_a_later_commit(demo: Repo) -> None:
    wanted, versions = _found(demo)
    target, digest = min(pair for pair in wanted if pair[0].startswith("evt-"))
    path = next(each.path for each in Office(demo.root).register if each.id == target)
    today = (demo.root / path).read_bytes()
    demo.git("checkout", "-q", "--orphan", "squashed")
    demo.git("commit", "-q", "--no-gpg-sign", "-m", "everything at once")
    assert _found(demo)[1] == {}
    for content in (versions[target, digest].encode(), today):
        (demo.root / path).write_bytes(content)
        demo.git("commit", "-q", "--no-gpg-sign", "-m", "again", "--", path)
    assert _found(demo)[1] == {(target, digest): versions[target, digest]}


def test_a_message_that_claims_what_its_commit_does_not_hold_misleads_nobody(demo: Repo) -> None:
    wanted, versions = _found(demo)
    target, digest = min(pair for pair in wanted if pair[0].startswith("evt-"))
    path = next(each.path for each in Office(demo.root).register if each.id == target)
    today = (demo.root / path).read_bytes()
    said = f"all at once\n\nJzy-Record: {target}\nJzy-Digest: {digest}\n"
    demo.git("checkout", "-q", "--orphan", "squashed")
    demo.git("commit", "-q", "--no-gpg-sign", "-m", said)
    assert _found(demo)[1] == {}
    for content in (versions[target, digest].encode(), today):
        (demo.root / path).write_bytes(content)
        demo.git("commit", "-q", "--no-gpg-sign", "-m", "again", "--", path)
    assert _found(demo)[1] == {(target, digest): versions[target, digest]}


def test_what_could_not_be_read_is_looked_for_again_with_other_forms(demo: Repo) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    demo.run("return", event, "--yes", "-m", "请更换场地", who=CHAIN[0])
    demo.run("event", "edit", event, "--set", "venue=礼堂", who=CLERK)
    demo.run("submit", event, "--yes", who=CLERK)
    (demo.root / ".git/jzy/versions").unlink(missing_ok=True)
    overlay = demo.root / "schemas/event.overlay.json"
    overlay.parent.mkdir()
    overlay.write_text('{"properties": {"venue": {"enum": ["礼堂"]}}}', "utf-8")
    wanted, found = _found(demo)
    (lost,) = {pair for pair in wanted if pair[0] == event}
    assert lost not in found
    overlay.unlink()
    assert lost in _found(demo)[1]
