"""The house keeps its own rules: layers, sizes, what is shipped, and what is never committed."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

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
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("needs hatchling")
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
