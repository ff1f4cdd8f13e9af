"""A repository of any size, as ten years of an office would leave it.

``python benchmarks/corpus.py DIR [--records 10000] [--seed 1]``

The sample year is told again and again: whole, so that references, duties and figures hold and
``jzy validate`` finds nothing, in each of ten years in turn, with other ids, titles and remarks, so that no
file is another's copy. What is then still wanted are single records that nothing speaks of. What
followed after an approval is one commit, so that nearly every second commit is a sign-off; else each
record takes the commits that it would have been, as in ``jzy demo``. Each is signed with its maker's own
key, and ``jzy verify`` proves every sign-off. Keys, ids and words come from the seed alone, so the same
seed gives the same commits. History is written by ``git fast-import``, which cannot sign; the commits are
then signed in process and come as one pack.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from jzy.git.founding import found
from jzy.git.keys import SigningKey, key_at
from jzy.model.digest import entry_digest
from jzy.model.kinds import Kind, Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.beside import earlier_texts
from jzy.office.replay import Step, steps
from jzy.office.sign import commit_message, draft_message
from jzy.store.editing import append_sign_off, remove_value, set_value
from jzy.store.places import search_path, shipped
from jzy.store.records import load, parse
from jzy.store.schemas import load_kinds

YEARS = 10
_SINGLE = ("letter", "training")
"""Kinds of which there may be one more without anything else being one too few."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_BEGINS = 2001
"""The year since which everybody has been in office."""
_TODAY = "2021-04-16"
"""The date of the report. What lies ahead of it in the sample lies ahead in every telling."""
_DATED = re.compile(
    r"\b(?P<id>[a-z]{2,12}-20\d{6}-[0-9a-z]{4})\b"
    r"|〔(?P<of>20\d\d)〕(?P<number>\d+)号"
    r"|(?P<checked>(?:checked|counted)_on: )?"
    r"(?<!\d)(?P<date>(?P<year>20[12]\d)(?:-\d\d-\d\d|(?=-|[年级]|学年)))"
)
"""An id with a date in it, a document's number, or a year: of a date, of a period such as 2020-Q2, or
in a title; and whether it says when a group was last checked, which was of late."""


@dataclass(frozen=True)
class Corpus:
    """What was made."""

    root: Path
    records: int
    """Work records; registers not counted."""
    commits: int
    sign_offs: int
    fingerprint: str


@dataclass(frozen=True)
class Made:
    """One commit to be."""

    when: datetime
    by: str
    message: str
    path: str
    text: str


@dataclass(frozen=True)
class Key:
    """One person's key, both halves."""

    private: Ed25519PrivateKey
    public: SigningKey


class Sample:
    """The sample year, sorted by what is told once and what again and again."""

    def __init__(self, kinds: Kinds, folder: Path) -> None:
        self.kinds = kinds
        self.register = Register(kinds, load(folder, kinds).records)
        work = [r for r in self.register if not kinds[r.kind].is_register]
        self.year = work
        """All that is told again: what has a date, and the groups, teams and rules of the year."""
        self.single = [r for r in work if r.kind in _SINGLE]
        """What can be told by itself."""
        self.earlier = {r.id: earlier_texts(folder, r, kinds[r.kind]) for r in self.year}
        self.registrar = sorted(self.register.registrars)[0]

    def told(self, record: Record, earlier: Sequence[str]) -> Iterator[Step]:
        """The life of a record, see :func:`jzy.office.replay.steps`."""
        begins = datetime(_BEGINS, 1, 2, 9, tzinfo=self.register.time_zone)
        return steps(self.register, record, earlier, begins, self.registrar)


class Telling:
    """The sample year once more.

    Args:
        sample: the sample year.
        number: of the telling; the first is the sample as it is.
        back: how many years earlier it happens.
        seed: of the ids.
        taken: ids that are given already; added to.
    """

    def __init__(self, sample: Sample, number: int, back: int, seed: int, taken: set[str]) -> None:
        self._sample = sample
        self._number = number
        self._back = back
        self._ids = {
            record.id: self._new_id(record.id, seed, taken) if number else record.id
            for record in sample.year
        }
        taken.update(self._ids.values())
        undated = [re.escape(old) for old in self._ids if not _DATED.fullmatch(old)]
        undated.sort(key=len, reverse=True)
        self._undated = re.compile(rf"(?<![\w-])(?:{'|'.join(undated)})(?![\w-])")

    def commits(self, records: Iterable[Record]) -> Iterator[Made]:
        """The commits of some records of the sample year."""
        for original in records:
            record, earlier = self._again(original)
            kind = self._sample.kinds[record.kind]
            name = kind.name_of(record.data) or record.id
            told = list(self._sample.told(record, earlier))
            for step in told:
                if step.after and step is not told[-1]:
                    continue
                message = (
                    commit_message(record.id, name, step.entry, "")
                    if step.entry
                    else draft_message(step.verb, record, name)
                )
                yield Made(step.when, step.by, message, record.path, step.text)

    def _again(self, record: Record) -> tuple[Record, list[str]]:
        """A record with its sign-offs made anew, and the texts of its rounds before the last."""
        kind = self._sample.kinds[record.kind]
        path = record.path.replace(record.id, self._ids[record.id])
        path = re.sub(r"/(20\d\d)/", lambda hit: f"/{int(hit[1]) - self._back}/", path)
        before = self._sample.earlier[record.id]
        earlier = [self._reworded(kind, text) for text in before]
        text = self._reworded(kind, record.text)
        entries = _parsed(kind, path, text).sign_offs
        text = remove_value(kind, text, "sign_offs")
        was = [_parsed(kind, record.path, base).digest for base in [*before, record.text]]
        now = [_parsed(kind, path, base).digest for base in [*earlier, text]]
        previous = None
        for entry in entries:
            entry["digest"] = now[was.index(entry["digest"])]
            if previous is not None:
                entry["prev"] = entry_digest(previous)
            text = append_sign_off(kind, text, entry)
            previous = entry
        return _parsed(kind, path, text), earlier

    def _reworded(self, kind: Kind, text: str) -> str:
        text = self._undated.sub(lambda hit: self._ids[hit[0]], _DATED.sub(self._moved, text))
        text = self._reviewed(text)
        if self._number:
            name = str(kind.schema.get("x-jzy-name", "title"))
            if kind.properties[name].get("type") == "string":
                title = _parsed(kind, "records/x", text).data[name]
                text = set_value(kind, text, (name,), f"{title}（{self._number}）")
            if "remark" in kind.properties:
                words = f"台账第{self._number}册（合成数据）"
                text = set_value(kind, text, ("remark",), words)
        return text

    def _moved(self, hit: re.Match[str]) -> str:
        if hit["id"]:
            return self._ids.get(hit["id"], hit["id"])
        if hit["number"]:
            return f"〔{int(hit['of']) - self._back}〕{int(hit['number']) + 100 * self._number}号"
        if hit["checked"] or hit["date"] > _TODAY:
            return hit[0]
        return f"{int(hit['year']) - self._back}{hit['date'][4:]}"

    def _reviewed(self, text: str) -> str:
        """An account that is in use to this day has been looked at in every year that is told."""
        head, mark, reviews = text.partition("  reviews:\n")
        opened = re.search(r"opened_on: (\d{4})", head)
        year = int(_TODAY[:4]) - 1
        since = [
            re.sub(r"(on: )20\d\d", rf"\g<1>{each}", reviews)
            for each in range(max(year - YEARS, int(opened[1]) if opened else 0), year + 1)
        ]
        return head + mark + "".join(since) if mark else text

    def _new_id(self, old: str, seed: int, taken: set[str]) -> str:
        if not _DATED.fullmatch(old):
            return f"{old}-{self._number}"
        prefix, day, _ = old.split("-")
        start = f"{prefix}-{int(day[:4]) - self._back}{day[4:]}-"
        for turn in range(1000):
            digest = hashlib.sha256(f"{seed} {self._number} {old} {turn}".encode()).digest()
            new = start + "".join(_ALPHABET[byte % 32] for byte in digest[:4])
            if new not in taken:
                return new
        raise AssertionError(f"no id is left for {start}")


def corpus(root: Path, records: int, seed: int) -> Corpus:
    """Make a repository.

    Args:
        root: of the repository; must not exist.
        records: how many work records.
        seed: of everything that is chosen.

    Raises:
        ValueError: that is not even the sample year.
    """
    kinds = load_kinds(search_path(None, "schemas"))
    sample = Sample(kinds, shipped("records").parent)
    planned, years = _planned(sample, records, seed)
    planned.sort(key=lambda made: made.when)
    registrar = sample.registrar
    keys_at = root / ".git" / "jzy" / "demo-keys"
    settings = {
        "gpg.format": "ssh",
        "user.name": sample.register.name(registrar),
        "user.email": f"{registrar}@jzy.invalid",
        "user.signingkey": str(keys_at.absolute() / registrar),
        "core.quotePath": "false",
    }
    repository = found(root, settings)
    keys = {person: _key(keys_at / person, person, seed) for person in sample.register.people}
    stream = _Stream(root, {person: sample.register.name(person) for person in keys})
    founding = planned[0].when - timedelta(days=1)
    files = dict(_founding(sample, keys, years - 1))
    stream.commit(founding, registrar, "建立记录仓库（测速用的合成数据）\n", files)
    for made in planned:
        stream.commit(made.when, made.by, made.message, {made.path: made.text})
    stream.close()
    _sign(root, keys, [registrar, *(made.by for made in planned)])
    fingerprint = keys[registrar].public.fingerprint
    repository.run("config", "--local", "jzy.root", fingerprint)
    repository.run("reset", "--quiet", "--hard")
    time.sleep(1.1)  # files as young as the index would be read again by each `git status`
    repository.run("update-index", "-q", "--refresh")
    entries = sum("\nJzy-Decision:" in made.message for made in planned)
    paths = len({made.path for made in planned})
    return Corpus(root, paths, len(planned) + 1, entries, fingerprint)


def _planned(sample: Sample, records: int, seed: int) -> tuple[list[Made], int]:
    """As many whole tellings as there is room for, and single records for the rest.

    Returns:
        The commits, and over how many years they spread.
    """
    taken: set[str] = set()
    first = list(Telling(sample, 0, 0, seed, taken).commits(sample.year))
    whole = records // len(sample.year)
    if whole < 1:
        raise ValueError(f"at least {len(sample.year)} records")
    years = min(YEARS, whole)
    planned = first
    for number in range(1, whole):
        planned += Telling(sample, number, number % years, seed, taken).commits(sample.year)
    left, number = records - whole * len(sample.year), whole
    while left > 0:
        some = sample.single[:left]
        planned += Telling(sample, number, number % years, seed, taken).commits(some)
        left -= len(some)
        number += 1
    return planned, years


def _founding(sample: Sample, keys: dict[str, Key], years: int) -> Iterator[tuple[str, str]]:
    """What was there from the beginning: registers with the corpus's own keys, groups, rules.

    People have been in office since long before, and duties hold since the first year that is
    told, but for those that a measure of the last year promises.

    Args:
        sample: the sample year.
        keys: by person.
        years: between the first year that is told and the last.
    """
    kinds = sample.kinds
    for record in (r for r in sample.register if kinds[r.kind].is_register):
        text, kind = record.text, kinds[record.kind]
        if record.id in keys:
            text = re.sub(r"(from: )20\d\d", rf"\g<1>{_BEGINS}", text)
            key = {"key": keys[record.id].public.line, "from": f"{_BEGINS}-01-01"}
            text = set_value(kind, text, ("keys",), [key])
        elif record.kind == "duty" and not str(record.data.get("source", "")).startswith("msr-"):
            begins = str(record.data["from"])
            moved = f"{int(begins[:4]) - years}{begins[4:]}"
            text = set_value(kind, text, ("from",), moved)
        yield record.path, text
    yield "README.md", "# 测速用的合成数据\n"


def _parsed(kind: Kind, path: str, text: str) -> Record:
    record, problems = parse(kind, path, text)
    assert record is not None, problems
    return record


def _key(path: Path, person: str, seed: int) -> Key:
    """A key that the seed gives; anybody can make it again, so it is good for nothing else."""
    secret = hashlib.sha256(f"jzy benchmark {seed} {person}".encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(secret)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    path.with_name(f"{person}.pub").write_bytes(line + f" {person}\n".encode())
    return Key(private, key_at(path))


class _Stream:
    """``git fast-import`` with commits in a line, on a ref that is thrown away."""

    def __init__(self, root: Path, names: dict[str, str]) -> None:
        self._names = names
        self._process = subprocess.Popen(
            ["git", "fast-import", "--quiet", "--date-format=raw"], cwd=root, stdin=subprocess.PIPE
        )

    def commit(self, when: datetime, by: str, message: str, files: dict[str, str]) -> None:
        into = self._process.stdin
        assert into is not None
        zone = when.strftime("%z")
        said = message.encode()
        who = f"{self._names[by]} <{by}@jzy.invalid> {int(when.timestamp())} {zone}"
        into.write(f"commit {_UNSIGNED}\nauthor {who}\ncommitter {who}\n".encode())
        into.write(b"data %d\n" % len(said) + said)
        for path, text in files.items():
            content = text.encode()
            into.write(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


_UNSIGNED = "refs/unsigned"


def _sign(root: Path, keys: dict[str, Key], makers: list[str]) -> None:
    """Make the commits of a line once more, signed, and drop the unsigned ones."""
    listed = _git(root, "rev-list", "--reverse", _UNSIGNED)
    said = _git(root, "cat-file", "--batch", stdin=listed)
    objects, parent, at = [], b"", 0
    for by in makers:
        end = said.index(b"\n", at)
        size = int(said[at:end].split()[2])
        raw = said[end + 1 : end + 1 + size]
        at = end + size + 2
        raw = re.sub(rb"\nparent [0-9a-f]{40}", b"\nparent " + parent, raw, count=1)
        head, _, message = raw.partition(b"\n\n")
        armour = _signature(keys[by], raw).replace(b"\n", b"\n ")
        whole = head + b"\ngpgsig " + armour + b"\n\n" + message
        digest = hashlib.sha1(b"commit %d\0" % len(whole) + whole, usedforsecurity=False)
        parent = digest.hexdigest().encode()
        objects.append(whole)
    _git(root, "index-pack", "--stdin", "--fsck-objects", stdin=_pack(objects))
    _git(root, "update-ref", "refs/heads/main", parent.decode())
    _git(root, "update-ref", "-d", _UNSIGNED)
    # As in a fresh clone, without the commit graph: nobody vouches for it, and jzy does not use it.
    _git(root, "-c", "gc.writeCommitGraph=false", "gc", "--quiet", "--prune=now")


def _git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=root, input=stdin, capture_output=True, check=True
    ).stdout


def _signature(key: Key, payload: bytes) -> bytes:
    """An armoured signature, OpenSSH's ``PROTOCOL.sshsig``."""

    def text(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    digest = hashlib.sha512(payload).digest()
    named = text(b"git") + text(b"") + text(b"sha512")
    signed = key.private.sign(b"SSHSIG" + named + text(digest))
    inner = text(b"ssh-ed25519") + text(signed)
    body = b"SSHSIG" + (1).to_bytes(4, "big") + text(key.public.blob) + named + text(inner)
    coded = base64.b64encode(body)
    lines = [coded[i : i + 70] for i in range(0, len(coded), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----"])


def _pack(commits: list[bytes]) -> bytes:
    """A pack of whole commits; the format is in git's ``gitformat-pack``."""
    parts = [b"PACK" + struct.pack(">II", 2, len(commits))]
    for content in commits:
        size, kind = len(content), 1
        first, size = kind << 4 | size & 15, size >> 4
        while size:
            parts.append(bytes([first | 128]))
            first, size = size & 127, size >> 7
        parts.append(bytes([first]) + zlib.compress(content, 1))
    whole = b"".join(parts)
    return whole + hashlib.sha1(whole, usedforsecurity=False).digest()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    try:
        made = corpus(asked.folder, asked.records, asked.seed)
    except ValueError as error:
        parser.error(str(error))
    print(
        f"{made.records} records, {made.commits} commits, {made.sign_offs} sign-offs in {made.root}"
    )
    print(f"root {made.fingerprint}", file=sys.stderr)


if __name__ == "__main__":
    main()
