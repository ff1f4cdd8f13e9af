"""Files that are not what they seem, and servers that are not what they should be.

git's client would not make most of these trees, so they are written object by object; git's own
``fsck`` on the server is off, so that it is jzy's door that refuses them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import CLERK
from tests.attacks.office import HEAD, REGISTRAR, Office
from tests.attacks.server import HttpServer

FILE, PROGRAM, LINK, MODULE, FOLDER = "100644", "100755", "120000", "160000", "40000"
EVENTS = ("records", "events", "2021")
FRESH = "evt-20210401-aaaa.yaml"


def make(office: Office, kind: str, content: bytes) -> str:
    """Write an object, whatever git thinks of it."""
    done = subprocess.run(
        ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"],
        cwd=office.repo.root, input=content, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def entries(office: Office, tree: str) -> list[tuple[str, bytes, str]]:
    done = subprocess.run(
        ["git", "ls-tree", "-z", tree], cwd=office.repo.root, capture_output=True, check=True
    )
    lines = [line.partition(b"\t") for line in done.stdout.split(b"\0") if line]
    heads = [(meta.decode().split(), name) for meta, _, name in lines]
    return [(mode.lstrip("0"), name, found) for (mode, _, found), name in heads]


def plant(
    office: Office,
    folder: tuple[str, ...],
    mode: str,
    entry: bytes,
    found: str,
    *,
    keep: bool = False,
) -> None:
    """Commit one more entry of a tree, of any mode and name, with plain objects.

    What has the same name already is replaced, or kept beside it.
    """
    trees = ["HEAD^{tree}"]
    for part in folder:
        found_here = {n: i for _, n, i in entries(office, trees[-1])}
        trees.append(found_here[part.encode()])
    added = mode, entry, found
    for depth in reversed(range(len(trees))):
        stays = keep and depth == len(trees) - 1
        rows = [row for row in entries(office, trees[depth]) if stays or row[1] != added[1]]
        rows.append(added)
        rows.sort(key=lambda row: row[1] + (b"/" if row[0] == FOLDER else b""))
        raw = b"".join(m.encode() + b" " + n + b"\0" + bytes.fromhex(i) for m, n, i in rows)
        name = folder[depth - 1] if depth else ""
        added = FOLDER, name.encode(), make(office, "tree", raw)
    commit = office.repo.git("commit-tree", "-p", "HEAD", "-m", "文件", added[2]).strip()
    office.repo.git("update-ref", "refs/heads/main", commit)


def sound(office: Office) -> str:
    """The object of a draft that is sound in itself."""
    return office.repo.git("rev-parse", f"HEAD^:records/events/2021/{office.event}.yaml").strip()


@pytest.mark.parametrize(
    ("mode", "name", "word"),
    [
        (LINK, FRESH.encode(), "不接受链接"),
        (LINK, b"attachments", "不接受链接"),
        (MODULE, FRESH.encode(), "不接受子模块"),
        (PROGRAM, FRESH.encode(), "可执行"),
        (FILE, b"..", "不能用"),
        (FILE, b".GIT", "不能用"),
        (FILE, b"evt-20210401-aaaa.yaml\n", "控制字符"),
        (FILE, b"\x1b[2Jevt-20210401-aaaa.yaml", "控制字符"),
        (FILE, "evt-20210401-\u202eaaaa.yaml".encode(), "控制字符"),
        (FILE, b"..\\..\\evt-20210401-aaaa.yaml", "不能用的符号"),
        (FILE, b"--output=evt-20210401-aaaa.yaml", "短横线"),
        (FILE, "evt-20210401-aa\u0061\u0301a.yaml".encode(), "NFC"),
        (FILE, b"evt-20210401-\xff\xfe.yaml", "UTF-8"),
        (FILE, "evt-20210401-\u0430aaa.yaml".encode(), "不是任何一类记录的位置"),
        (FILE, "evt-２0210401-aaaa.yaml".encode(), "不是任何一类记录的位置"),
        (FILE, b"EVT-20210401-AAAA.yaml", "不是任何一类记录的位置"),
        (FILE, b"mtg-20210401-aaaa.yaml", "不是任何一类记录的位置"),
    ],
)  # fmt: skip
def test_plant_a_file_that_is_not_what_it_seems(
    office: Office, mode: str, name: bytes, word: str
) -> None:
    link = make(office, "blob", b"../../../../../etc/passwd")
    module = office.repo.git("rev-parse", "HEAD").strip()
    plant(office, EVENTS, mode, name, {LINK: link, MODULE: module}.get(mode, sound(office)))
    office.refused(word)


@pytest.mark.parametrize(
    ("folder", "word"),
    [("Events", "大小写"), ("event\u017f", "大小写"), ("ev\u0435nts", "不是任何一类记录的位置")],
)
def test_make_a_folder_that_looks_like_another(office: Office, folder: str, word: str) -> None:
    office.put(f"records/{folder}/2021/{FRESH}", office.repo.git("cat-file", "-p", sound(office)))
    office.commit("草稿", key=office.key(CLERK))
    office.refused(word)


@pytest.mark.parametrize("path", ["readme.md", "RECORDS/README.md"])
def test_have_two_names_that_some_systems_take_for_one(office: Office, path: str) -> None:
    office.put("README.md", "记录仓库\n")
    office.commit("说明", key=office.key(REGISTRAR))
    office.taken()
    office.put(path, "说明\n")
    office.commit("说明", key=office.key(REGISTRAR))
    office.refused("大小写")


def test_have_two_records_of_one_name(office: Office) -> None:
    text = office.repo.git("cat-file", "-p", sound(office))
    office.put(f"records/events/2020/{office.event}.yaml", text)
    office.commit("草稿", key=office.key(CLERK))
    office.refused(office.event)


def test_have_two_files_of_one_name_in_a_folder(office: Office) -> None:
    """Objects that are no proper objects are left to git, which `hook install` tells to look."""
    office.bare.git("config", "receive.fsckObjects", "true")
    name = f"{office.event}.yaml"
    plant(office, EVENTS, FILE, name.encode(), sound(office), keep=True)
    office.refused("duplicateEntries")


@pytest.mark.parametrize("mode", [LINK, FILE])
def test_put_something_else_in_the_place_of_all_records(office: Office, mode: str) -> None:
    plant(office, (), mode, b"records", make(office, "blob", b"/etc"))
    office.refused("records")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"title: " + b"a" * 50_000_000, "超过上限"),
        (b"a: &a [x,x,x,x]\n" + b"".join(b"%c: &%c [*a,*a]\n" % (c, c) for c in b"bcdefgh"), "锚点"),
        (b"title: " + b"[" * 50_000, "层次过深"),
        (b"title: a\ntitle: b\n", "写了两次"),
        (b"title: !!python/object/apply:os.system [id]\n", "标签"),
        (b"title: \xff\xfe\n", "UTF-8"),
        ("title: e\u0301\n".encode(), "NFC"),
        (b"title: x\n", "缺少"),
        (b"", ""),
    ],
    ids=["50 MB", "alias bomb", "nesting", "duplicate key", "tag", "not UTF-8", "not NFC",
         "incomplete", "empty"],
)  # fmt: skip
def test_choke_the_server_on_a_record(office: Office, content: bytes, word: str) -> None:
    plant(office, EVENTS, FILE, FRESH.encode(), make(office, "blob", content))
    office.refused(word)
    office.refused(FRESH)


def test_choke_the_server_on_a_bomb_that_is_gone_at_the_tip(office: Office) -> None:
    before = office.repo.git("rev-parse", "HEAD^{tree}").strip()
    bomb = make(office, "blob", b"title: " + b"a" * 50_000_000)
    plant(office, EVENTS, FILE, FRESH.encode(), bomb)
    after = office.repo.git("commit-tree", "-p", "HEAD", "-m", "恢复", before).strip()
    office.repo.git("update-ref", "refs/heads/main", after)
    office.refused("超过上限")


def test_have_a_registrar_bring_a_file_that_is_too_large(office: Office) -> None:
    office.put("templates/a.md.j2", b"a" * 10_000_001)
    office.commit("模板", key=office.key(REGISTRAR))
    office.refused("超过上限")


def test_swallow_the_servers_memory_with_a_commit(office: Office) -> None:
    office.commit("a" * 50_000_000, key=office.key(CLERK))
    office.refused("超过上限")


def test_break_the_schemas_as_a_registrar(office: Office) -> None:
    office.put("schemas/event.schema.json", "{")
    office.commit("模式", key=office.key(REGISTRAR))
    office.refused("schema")


# --- the server itself ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\nexec /nonexistent/python -I -m jzy hook pre-receive\n",
        "#!/bin/sh\nexec python3 -I -m jzy_is_gone hook pre-receive\n",
        "#!/nonexistent/sh\n",
        "#!/bin/sh\nkill -9 $$\n",
    ],
    ids=["no python", "no jzy", "no shell", "killed"],
)
def test_come_while_the_hook_cannot_run(office: Office, script: str) -> None:
    hook = office.bare.root / "hooks/pre-receive"
    written = hook.read_text()
    hook.write_text(script)
    before = office.bare.state()
    office.forge(HEAD)
    assert office.bare.pushed(office.repo.root, "HEAD:refs/heads/main").code != 0
    assert office.bare.state() == before
    hook.write_text(written)
    office.taken()


def test_come_while_the_hook_hangs(office: Office) -> None:
    seal = office.bare.root / "jzy/seal"
    kept = seal.read_bytes()
    seal.unlink()
    os.mkfifo(seal)
    within(office, {"JZY_HOOK_SECONDS": "1"})
    before = office.bare.state()
    office.forge(HEAD)
    assert office.bare.pushed(office.repo.root, "HEAD:refs/heads/main").code != 0
    assert office.bare.state() == before
    seal.unlink()
    seal.write_bytes(kept)
    seal.chmod(0o600)
    office.taken()


@pytest.mark.parametrize(
    ("pinned", "word"), [("", "没有固定根密钥"), ("SHA256:" + "A" * 43, "登记簿不可信")]
)
def test_come_while_the_server_has_another_root(office: Office, pinned: str, word: str) -> None:
    office.bare.git("config", "jzy.root", pinned)
    office.forge(HEAD)
    office.refused(word)


def within(office: Office, environment: dict[str, str]) -> None:
    """Have the hooks find more around them."""
    server = office.bare.server
    server.environment = {**os.environ, **environment}


@pytest.fixture(autouse=True)
def _clean(server: HttpServer) -> Iterator[None]:
    """The next test finds the server as it was."""
    yield
    server.environment = dict(os.environ)


@pytest.fixture
def trap(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of programs and modules that say yes to everything, and what they leave behind."""
    folder, sprung = tmp_path / "trap", tmp_path / "sprung"
    (folder / "jzy").mkdir(parents=True)
    for name in ("jzy/__init__", "jzy/__main__", "yaml", "typer", "sitecustomize", "startup"):
        code = f"import os\nopen({str(sprung)!r}, 'w').close()\nos._exit(0)\n"
        (folder / f"{name}.py").write_text(code)
    program = folder / "yes.sh"
    program.write_text(f"#!/bin/sh\ntouch '{sprung}'\nexit 0\n")
    program.chmod(0o755)
    for name in ("ssh-keygen", "git"):
        shutil.copy(program, folder / name)
    return folder, sprung


Around = Callable[[Path, Office], dict[str, str]]
SURROUNDINGS: dict[str, Around] = {
    "modules": lambda trap, _: {
        "PYTHONPATH": str(trap), "PYTHONSTARTUP": str(trap / "startup.py"), "PYTHONHOME": str(trap),
        "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "LANG": "C", "PYTHONSAFEPATH": "",
    },
    "configuration": lambda trap, _: {
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": "gpg.ssh.program", "GIT_CONFIG_VALUE_0": str(trap / "yes.sh"),
        "GIT_CONFIG_KEY_1": "core.fsmonitor", "GIT_CONFIG_VALUE_1": str(trap / "yes.sh"),
        "GIT_CONFIG_KEY_2": "jzy.root", "GIT_CONFIG_VALUE_2": "SHA256:" + "A" * 43,
    },
    "history": lambda trap, office: {
        "GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_GRAFT_FILE": str(trap / "yaml.py"),
        "JZY_SIGNING_KEY": str(office.key(HEAD)),
    },
}  # fmt: skip
"""What an attacker may get a server to have around its hooks."""


@pytest.mark.parametrize("around", SURROUNDINGS)
def test_have_something_lie_around_the_hook(
    office: Office, trap: tuple[Path, Path], around: str
) -> None:
    within(office, SURROUNDINGS[around](trap[0], office))
    office.forge(None)
    office.refused("没有签名")
    office.repo.git("reset", "-q", "--hard", "HEAD^")
    office.forge(HEAD)
    office.taken()
    assert not trap[1].exists()


def test_have_modules_lie_in_the_bare_repository(office: Office, trap: tuple[Path, Path]) -> None:
    shutil.copytree(trap[0], office.bare.root, dirs_exist_ok=True)
    office.forge(None)
    office.refused("没有签名")
    assert not trap[1].exists()


def test_choose_my_own_attributes_for_the_server(office: Office, trap: tuple[Path, Path]) -> None:
    """Even from a registrar, and even if the server's configuration defines the filter."""
    for name in ("filter.trap.clean", "filter.trap.smudge", "diff.trap.textconv", "diff.external"):
        office.bare.git("config", name, str(trap[0] / "yes.sh"))
    office.put(".gitattributes", "* filter=trap diff=trap -text\n")
    office.commit("属性", key=office.key(REGISTRAR))
    office.taken()
    office.forge(None)
    office.refused("没有签名")
    assert not trap[1].exists()
