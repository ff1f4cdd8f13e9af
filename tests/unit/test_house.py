"""The house keeps its own rules: layers, sizes, what is shipped, and what is never committed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
# Taken apart, so that this file does not hold what it looks for.
FORBIDDEN = tuple(
    "".join(parts)
    for parts in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("deb.", "debian.org"),
        ("crates", ".io"),
        ("proxy.", "golang.org"),
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("/tm", "p/team"),
        ("/opt", "/pypi"),
    )
)
SHIPPED = ("schemas", "templates", "records")


def test_imports_keep_to_the_contracts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; exit(lint_imports())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_whoever_judges_has_every_rule() -> None:
    """A rule that was never imported finds nothing, and a claim that rests on that would stand."""
    judging = re.compile(
        r"from jzy\.rules\.base import (?:\([^)]*|.*)\b(?:run\w*|whole_rules|RULES)\b"
    )
    paths = [path for path in (ROOT / "jzy").rglob("*.py") if path.parent.name != "rules"]
    assert len(paths) > 100
    assert [path.name for path in paths if judging.search(path.read_text("utf-8"))] == []


def test_modules_stay_small() -> None:
    # About 400 lines; the margin is for a docstring that was worth its lines.
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / "jzy").rglob("*.py")
    }
    assert sizes
    assert {path: size for path, size in sizes.items() if size > 420} == {}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_the_two_commands(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "make demo" in text
    assert "make test" in text


def committed() -> list[Path]:
    """Files that git tracks, or would if they were added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8")
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_registry_or_the_machine_it_was_made_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in committed()
        for content in [path.read_bytes()]
        for word in FORBIDDEN
        if word.encode() in content
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_is_pins_and_hashes_only(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pin = r"[a-z0-9._-]+==[^\s;]+( ; [^\\\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert re.fullmatch(f"({pin})+", text)


def test_the_locks_agree() -> None:
    run, dev = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run <= dev


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {
        "requirements.lock": [
            *project["project"]["dependencies"], *project["build-system"]["requires"]
        ],
        "requirements-dev.lock": project["dependency-groups"]["dev"],
    }  # fmt: skip
    for name, requirements in wanted.items():
        pinned = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / name).read_text("utf-8"), re.M))
        named = {re.match(r"[A-Za-z0-9._-]+", each)[0].lower() for each in requirements}  # type: ignore[index]
        assert named <= pinned, name


def build(target: str, source: Path, folder: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


def test_wheels_hold_schemas_templates_and_the_sample_year(tmp_path: Path) -> None:
    direct = build("wheel", ROOT, tmp_path / "direct")
    archive = build("sdist", ROOT, tmp_path / "source")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build("wheel", unpacked, tmp_path / "again")

    names = [zipfile.ZipFile(wheel).namelist() for wheel in (direct, again)]
    assert sorted(names[0]) == sorted(names[1])
    for folder in SHIPPED:
        for path in committed():
            inside = path.relative_to(ROOT).as_posix()
            if inside.startswith(f"{folder}/"):
                assert f"jzy/_data/{inside}" in names[0]
        assert any(name.startswith(f"jzy/_data/{folder}/") for name in names[0])
    assert not [name for name in names[0] if name.startswith(SHIPPED)]


# --- no Python names a kind -----------------------------------------------------------------------

MACHINERY = frozenset(
    ("institution", "unit", "person", "workflow", "calendar", "duty", "indicator", "claim",
     "delegation", "report")
)  # fmt: skip
"""The kinds that the machinery itself stands on."""
COMMON = frozenset(("检查", "问题", "制度", "负责人", "经办人", "学院", "办公室"))
"""Names of kinds, posts and units that are also words of every office's day."""
EXAMPLE, GITS, NOT_A_KIND = "an example in help", "git's HEAD", "means something else here"
ALLOWED: dict[tuple[str, str], str] = {
    ("cli/helptext.py", "event"): EXAMPLE,
    ("cli/helptext.py", "会议"): "what jzy is, in one sentence",
    ("cli/helptext.py", "培训"): "what jzy is, in one sentence",
    ("cli/helptext.py", "工作群"): "what jzy is, in one sentence",
    ("cli/find.py", "event"): EXAMPLE,
    ("cli/find.py", "meeting"): EXAMPLE,
    ("cli/find.py", "信息系"): EXAMPLE,
    ("cli/form.py", "event"): EXAMPLE,
    ("cli/writing.py", "xuanchuanbu"): EXAMPLE,
    ("cli/ledger.py", "event"): EXAMPLE,
    ("cli/ledger.py", "meeting"): EXAMPLE,
    ("cli/prove.py", "head"): GITS,
    ("cli/saving.py", "findings"): "what is wrong with a draft",
    ("cli/showing.py", "policy"): "what a change means",
    ("cli/status.py", "信息系"): EXAMPLE,
    ("cli/sync.py", "head"): GITS,
    ("git/remote.py", "head"): GITS,
    ("git/undo.py", "head"): GITS,
    ("model/claims.py", "findings"): "what validate finds, as claims ask for it",
    ("model/indicators.py", "measure"): "what an indicator counts",
    ("office/begin.py", "event"): "the page that says what to do next",
    ("office/begin.py", "会议"): "the page that says what to do next",
    ("office/begin.py", "培训"): "the page that says what to do next",
    ("office/begin.py", "工作群"): "the page that says what to do next",
    ("office/begin.py", "活动"): "the page that says what to do next",
    ("office/create.py", "xuanchuanbu"): EXAMPLE,
    ("office/find.py", "信息系"): EXAMPLE,
    ("office/prospect.py", "finding"): "what validate finds",
    ("render/findings.py", "findings"): "what validate finds",
    ("render/html.py", "head"): "HTML's",
    ("rules/force.py", "工作群"): "an example in a rule's words",
    ("rules/organisation.py", "活动"): "an example in a rule's words",
    ("rules/promises.py", "会议"): "an example in a rule's words",
    ("rules/promises.py", "活动"): "an example in a rule's words",
    ("rules/promises.py", "责任书"): "an example in a rule's words",
}
"""Where a text of jzy's may hold such a name, and why. What is not used any more has to go."""
OTHER_MEANINGS = {
    "event": "of YAML's stream of events", "group": "of a regular expression, of commands",
    "policy": "of a change after approval", "finding": "of validate", "measure": "of an indicator",
    "account": "of a system", "letter": "of the alphabet", "team": "", "observation": "",
}  # fmt: skip
"""Kinds whose names are words of programming: as names in Python they say nothing of a kind."""


def of_kinds() -> tuple[dict[str, str], set[str]]:
    """What names a kind that is not machinery, or the sample's units and posts: by pattern, and
    the kinds' own names."""
    schemas = [json.loads(path.read_text("utf-8")) for path in (ROOT / "schemas").glob("*.json")]
    kinds = [s for s in schemas if s.get("x-jzy-kind", "unit") not in MACHINERY]
    names = {str(kind["x-jzy-kind"]) for kind in kinds}
    plain = names | {str(kind["x-jzy-folder"]) for kind in kinds}
    words = {str(kind["title"]) for kind in kinds}
    for path in (ROOT / "records/units").iterdir():
        unit = yaml.safe_load(path.read_text("utf-8"))
        plain.add(path.stem.removeprefix("unit-"))
        words |= {unit["title"], unit.get("short_title", unit["title"])}
    sample = yaml.safe_load((ROOT / "records/institution.yaml").read_text("utf-8"))
    words |= {sample["name"], sample["short_name"], sample["name"][:2]}
    for post in sample["posts"]:
        plain.add(post["key"])
        words.add(post["title"])
    found = {word: rf"(?<![a-z_]){word}(?![a-z_])" for word in plain}
    found |= {f"{k['x-jzy-prefix']}-": rf"(?<![a-z_]){k['x-jzy-prefix']}-" for k in kinds}
    return found | {word: re.escape(word) for word in words - COMMON}, names


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every text in a module but docstrings, which explain by examples."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def names_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that a module gives to something, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "jzy").rglob("*.py")):
        yield path.relative_to(ROOT / "jzy").as_posix(), ast.parse(path.read_text("utf-8"))


def test_no_text_in_python_names_a_kind_a_unit_or_a_post_of_the_sample() -> None:
    patterns, _ = of_kinds()
    found: dict[tuple[str, str], list[int]] = {}
    for path, tree in modules():
        for node in texts(tree):
            for word, pattern in patterns.items():
                if re.search(pattern, str(node.value)):
                    found.setdefault((path, word), []).append(node.lineno)
    assert {where: lines for where, lines in found.items() if where not in ALLOWED} == {}
    assert set(ALLOWED) - set(found) == set(), "no longer needed"


def test_no_name_in_python_is_that_of_a_kind() -> None:
    _, kinds = of_kinds()
    meant = kinds - set(OTHER_MEANINGS)
    found = [
        f"{path}:{line} {name}"
        for path, tree in modules()
        for line, name in names_in(tree)
        for words in [set(re.findall("[a-z]+", re.sub("([A-Z])", r"_\1", name).lower()))]
        if any(kind in words or f"{kind}s" in words for kind in meant) or name.lower() in meant
    ]
    assert found == []


def test_whoever_runs_the_rules_has_loaded_them_all() -> None:
    """By the registry alone nothing is ever found: a claim would then hold for want of rules."""
    running = {"run", "run_duty", "run_one", "run_any", "run_whole", "whole_rules"}
    for path, tree in modules():
        taken = {
            (node.module, each.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for each in node.names
        }
        runs = running & {name for module, name in taken if module == "jzy.rules.base"}
        loaded = any(module == "jzy.rules.all" for module, _ in taken)
        assert not runs or loaded or path.startswith("rules/"), path
