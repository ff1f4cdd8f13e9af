"""Bad input from end to end: a folder full of it, files that are none, and what people type."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from jzy.cli import first
from jzy.cli.app import run
from jzy.model.kinds import Kind
from jzy.model.record import dotted_of
from jzy.office import context
from jzy.office.context import Office
from jzy.office.values import complete
from jzy.render.findings import FORMATS
from jzy.store.problems import MAX_BYTES
from tests.acceptance.conftest import Repo
from tests.unit.badinput.desk import CHINESE, furnish, path_of
from tests.unit.badinput.extremes import EXTREMES, extreme
from tests.unit.badinput.places import KINDS, Data, Place, Raw, bases, places, written
from tests.unit.badinput.sorts import SORTS, Bad, Sort, Twice, value_at

SARIF = json.loads((Path(__file__).parents[1] / "data/sarif-2.1.0.schema.json").read_text("utf-8"))
NEW = [kind for _, kind in sorted(KINDS.items()) if not kind.singleton]
"""The kinds of which one makes new records."""
BROKEN_DOWN = re.compile(r"Traceback|jzy 自身出错|File \"")


# --- a folder full of broken files ----------------------------------------------------------------


@dataclass(frozen=True)
class Broken:
    """A file with something wrong."""

    path: str
    codes: frozenset[str]


def some_bad(
    kind: Kind, sort: Sort, nth: int, newly: Office | None = None
) -> tuple[Place, Bad] | None:
    """One of the bad values of a sort that a record of a kind may be given, each time another.

    In a new record some of them are none: dates are completed, and what is absent has a default.
    """
    found = [
        (place, bad)
        for place in places(kind.name)
        if place.path[0] != "sign_offs"
        for bad in sort(place)
        if newly is None or stays_bad(newly, place, bad)
    ]
    return found[nth * 7 % len(found)] if found else None


def stays_bad(office: Office, place: Place, bad: Bad) -> bool:
    """Whether a value is still bad when a new record was completed."""
    return (
        "x-jzy-default" not in place.schema and complete(office, place.kind, bad.data) == bad.data
    )


def spoil(root: Path) -> list[Broken]:
    """Write, for each kind, one file for every sort of bad value into a repository."""
    found = []
    for kind in NEW:
        for nth, sort in enumerate(SORTS):
            chosen = some_bad(kind, sort, nth)
            if chosen is None:
                continue
            tail = f"20210318-z{nth:03}" if kind.date_property else f"huai-{nth:03}"
            path = path_of(kind, f"{kind.prefix}-{tail}")
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written(kind, chosen[1].data).text, "utf-8", newline="")
            found.append(Broken(path, chosen[1].codes))
    return found


def told_in_text(out: str) -> dict[str, set[str]]:
    """Codes by file, out of the output for people."""
    told: dict[str, set[str]] = {}
    for path, code in re.findall(
        r"^(records/\S+?)(?::\d+:\d+)?\s+(?:错误|警告|提示) (\w+)$", out, re.M
    ):
        told.setdefault(path, set()).add(code)
    return told


def told(form: str, out: str) -> dict[str, set[str]]:
    """Codes by file, out of the output in any format."""
    if form == "text":
        return told_in_text(out)
    found: dict[str, set[str]] = {}
    if form == "github":
        for row in out.splitlines():
            hit = re.match(r"::\w+ file=([^,]*).*?title=(?:[^,:]*?)(JZY\d{3})", row)
            if hit:
                found.setdefault(hit[1], set()).add(hit[2])
        return found
    data = json.loads(out)
    pairs = {
        "json": lambda: [(f["path"], f["code"]) for f in data["findings"]],
        "gitlab": lambda: [(f["location"]["path"], f["check_name"]) for f in data],
        "sarif": lambda: [
            (r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], r["ruleId"])
            for r in data["runs"][0]["results"]
        ],
    }[form]()
    for path, code in pairs:
        found.setdefault(path, set()).add(code)
    return found


def test_every_format_tells_of_every_one_of_hundreds_of_broken_files(demo: Repo) -> None:
    broken = spoil(demo.root)
    assert len(broken) > 200
    seen = {}
    for form in FORMATS:
        ran = demo.run("validate", "--format", form)
        assert ran.code == 1, ran.err
        assert not BROKEN_DOWN.search(ran.out + ran.err)
        seen[form] = told(form, ran.out)
        missed = {
            each.path: (sorted(each.codes)[:3], seen[form].get(each.path))
            for each in broken
            if not each.codes & seen[form].get(each.path, set())
        }
        assert missed == {}, form
        if form == "sarif":
            Draft7Validator(SARIF).validate(json.loads(ran.out))
    assert all(found == seen["json"] for found in seen.values())


# --- files that hold no record at all --------------------------------------------------------------


def test_a_damaged_file_is_named_and_what_is_whole_still_counts(demo: Repo) -> None:
    folder = demo.root / "records/events/2021"
    sound = written(KINDS["event"], bases("event")[0]).text
    policy = written(KINDS["policy"], bases("policy")[0]).text
    contents = {
        "a000": (b"\xff\xfe" + sound.encode("utf-16-le"), "JZY102"),
        "a001": (sound.encode("gb18030"), "JZY102"),
        "a002": (b"", "JZY112"),
        "a003": (b"# \xe6\x97\xa0\n\n", "JZY112"),
        "a004": (b"- a\n- b\n", "JZY112"),
        "a005": ("一句话\n".encode(), "JZY112"),
        "a006": ((sound + "---\n" + sound).encode(), "JZY104"),
        "a007": (sound.encode().replace(b"\n", b"\0\n", 1), "JZY107"),
        "a008": (sound.encode() + b"#" * (20 * MAX_BYTES), "JZY105"),
        "a009": (sound.encode().rstrip(b"\n"), "JZY109"),
        "a010": (b"[" * 400_000, "JZY105"),
        "a011": (b"%PDF-1.4\n" + bytes(range(256)), "JZY102"),
        "a012": (b'{"title": "\xe7\x94\xb2"', "JZY101"),
        "a013": (sound.encode().replace(b"\n", b"\r"), "JZY107"),
        "a014": (b"<<<<<<< HEAD\n" + sound.encode() + b"=======\n>>>>>>> b\n", "JZY101"),
    }
    wanted = {}
    for tail, (content, code) in contents.items():
        path = folder / f"evt-20210318-{tail}.yaml"
        path.write_bytes(content)
        wanted[path] = code
    for name, text, code in (
        ("policy-wu", "正文\n", "JZY101"),
        ("policy-ban", policy[: policy.rindex("---")], "JZY101"),
        ("policy-kong", "---\n---\n正文\n", "JZY112"),
    ):
        path = demo.root / f"records/policies/{name}.md"
        path.write_text(text, "utf-8")
        wanted[path] = code
    (folder / "evt-20210318-b000.yaml").mkdir()
    (folder / "evt-20210318-b001.yaml").symlink_to("/etc/passwd")
    (folder / "evt-20210318-b002.yaml").symlink_to("evt-20210318-none.yaml")
    os.mkfifo(folder / "evt-20210318-b003.yaml")
    (folder / "evt-20210318-b004.yaml").symlink_to(".")
    wanted |= {folder / f"evt-20210318-b00{number}.yaml": "JZY111" for number in range(5)}
    for name in (
        "evt-20210318-c000.yml",
        "x.yaml",
        "evt-20210318-C001.yaml",
        "讲座 1.yaml",
        "a\n\x1b[31m.yaml",
    ):
        (folder / name).write_text(sound, "utf-8")
        wanted[folder / name] = "JZY110"
    read = {
        folder / "evt-20210318-d000.yaml": b"\xef\xbb\xbf" + sound.encode(),
        folder / "evt-20210318-d001.yaml": sound.encode().replace(b"\n", b"\r\n"),
    }
    for path, content in read.items():
        path.write_bytes(content)

    ran = demo.run("validate", "--format", "json")
    assert ran.code == 1
    assert not BROKEN_DOWN.search(ran.out + ran.err)
    found = json.loads(ran.out)["findings"]
    codes: dict[Path, set[str]] = {}
    for finding in found:
        codes.setdefault(demo.root / finding["path"], set()).add(finding["code"])
        assert CHINESE.search(finding["message"]) and CHINESE.search(finding["advice"])
    assert {path: codes.get(path) for path in wanted} == {
        path: {code} for path, code in wanted.items()
    }
    assert all(
        not code.startswith(("JZY1", "JZY2")) for path in read for code in codes.get(path, ())
    )
    for command in (["validate"], ["status"], ["event", "list"]):
        ran = demo.run(*command)
        assert ran.code in (0, 1)
        assert not BROKEN_DOWN.search(ran.out + ran.err)
        assert "\x1b" not in ran.out + ran.err


# --- what people type -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office that is no git repository: new records are written and nothing else happens."""
    return furnish(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def inside(desk: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(desk.root)
    for module in (
        context,
        first,
    ):  # the schemas are always the same, and reading them takes longest
        monkeypatch.setattr(module, "load_kinds", lambda _: KINDS)
    before = files(desk.root)
    yield desk.root
    assert files(desk.root) == before


def files(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def unsigned(data: Data) -> Data:
    return {name: value for name, value in data.items() if name != "sign_offs"}


def typed(place: Place, bad: Bad) -> str | None:
    """A bad value as ``--set`` takes it; none where it would be no bad value there."""
    if bad.at != place.at:
        return None
    try:
        value = value_at(bad.data, bad.at)
    except KeyError:
        return None
    if isinstance(value, Twice) or (
        place.schema["type"] == "string" and not isinstance(value, str)
    ):
        return None
    text = (
        value
        if isinstance(value, str)
        else value.text
        if isinstance(value, Raw)
        else json.dumps(value)
    )
    return None if "\0" in text else text


@pytest.mark.parametrize("kind", NEW, ids=lambda kind: kind.name)
def test_nothing_is_written_of_what_is_not_sound(
    kind: Kind, desk: Office, inside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"new{kind.suffix}"
    ways = cycle(("set", "from"))
    for nth, sort in enumerate(SORTS):
        chosen = some_bad(kind, sort, nth + len(kind.name), newly=desk)
        if chosen is None:
            continue
        place, bad = chosen
        said = typed(place, bad)
        arguments = [kind.name, "new", "--from", str(file)]
        if next(ways) == "set" and said is not None:
            file.write_text(written(kind, unsigned(place.base)).text, "utf-8")
            arguments += ["--set", f"{dotted_of(place.at)}={said}"]
        else:
            file.write_text(written(kind, unsigned(bad.data)).text, "utf-8", newline="")
        code = run(arguments)
        shown = capsys.readouterr()
        assert code in (1, 2), (arguments, bad.what, shown)
        assert "✗" in shown.err and "→" in shown.err, shown
        assert bad.said in shown.err, (bad.what, shown)
        assert not BROKEN_DOWN.search(shown.out + shown.err)


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (["--set", "title"], 2),
        (["--set", "=x"], 2),
        (["--set", ".=x"], 2),
        (["--set", "nosuch=x"], 2),
        (["--set", "title.x=y"], 2),
        (["--set", "speakers.²=x"], 2),
        (["--set", "speakers.9.name=x"], 2),
        (["--set", f"speakers.{'9' * 5000}.name=x"], 2),
        (["--set", f"headcount.on_campus={'9' * 5000}"], 2),
        (["--set", "headcount.on_campus=1.5"], 2),
        (["--set", "livestream=也许"], 2),
        (["--set", "speakers=[{name: 甲"], 2),
        (["--set", "speakers=&a [*a]"], 2),
        (["--set", "sign_offs=[]"], 2),
        (["--set", "title=\udcff"], 1),
        (["--set", "title=甲\u202e乙"], 1),
        (["--set", f"title={'长' * 100_000}"], 1),
        (["--from", "/nosuch.yaml"], 2),
        (["--from", "."], 2),
        (["--from", "/dev/zero"], 2),
        (["--from", ""], 2),
        (["--id", "x"], 2),
    ],
    ids=lambda value: value[1][:24] if isinstance(value, list) else None,
)  # fmt: skip
def test_an_option_that_cannot_be_used_is_refused(
    option: list[str], code: int, inside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sound.yaml"
    file.write_text(written(KINDS["event"], unsigned(bases("event")[0])).text, "utf-8")
    given = option if option[0] == "--from" else ["--from", str(file), *option]
    assert run(["event", "new", *given]) == code
    shown = capsys.readouterr()
    assert CHINESE.search(shown.err)
    assert not BROKEN_DOWN.search(shown.out + shown.err)


@pytest.mark.parametrize(
    "slug", ["", "A", "a b", "../x", "中文", "-", "a" * 300, "a\n", "unit-", "a_b"]
)
def test_an_id_that_cannot_be_used_is_refused(
    slug: str, inside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = next(kind for kind in NEW if not kind.date_property and not kind.is_register)
    file = tmp_path / f"sound{kind.suffix}"
    file.write_text(written(kind, unsigned(bases(kind.name)[0])).text, "utf-8")
    code = run([kind.name, "new", "--from", str(file), "--id", slug, "--json"])
    shown = capsys.readouterr()
    if code == 0:  # an empty one is none: the id is made from the name
        made = json.loads(shown.out)
        (inside / made["path"]).unlink()
        assert slug == ""
    else:
        assert code == 2, shown
        assert CHINESE.search(json.loads(shown.out)["error"]["what"])


# --- what a schema allows --------------------------------------------------------------------------


def test_extreme_records_bring_no_command_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = furnish(tmp_path)
    ids: dict[str, list[str]] = {}
    for nth, name in enumerate(("first day", "last day", "long", "markup", "wrong type")):
        change = EXTREMES[name]
        for kind in NEW:
            data = extreme(kind.name, bases(kind.name)[0], change)
            tail = f"20210318-z{nth:03}" if kind.date_property else f"ji-{nth:03}"
            record_id = f"{kind.prefix}-{tail}"
            path = tmp_path / path_of(kind, record_id)
            path.write_text(written(kind, data).text, "utf-8")
            ids.setdefault(kind.name, []).append(record_id)
    assert not Office.at(office.root).left_out
    monkeypatch.chdir(tmp_path)
    for module in (context, first):
        monkeypatch.setattr(module, "load_kinds", lambda _: KINDS)
    commands = [["validate"], ["status"], ["ledger", "-o", str(tmp_path / "all.xlsx")]]
    for nth, (name, made) in enumerate(ids.items()):  # of each kind another one
        commands += [[name, "list"], [name, "show", made[nth % len(made)]]]
    for command in commands:
        code = run(command)
        shown = capsys.readouterr()
        assert code in (0, 1), (command, shown.err)
        assert "\x1b" not in shown.out + shown.err
