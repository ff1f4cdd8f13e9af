"""A repository of any size, as ten years of an office would leave it.

``python benchmarks/corpus.py DIR [--records 10000] [--commits 20000] [--seed 1]``

The sample year is told again and again with other ids and in other years, each record by the
commits that it would have been, as ``jzy demo`` does it; every commit is signed with its maker's
own key, and ``jzy verify`` proves every sign-off. History is written by ``git fast-import``, which
cannot sign; the commits are then signed in process and put into one pack.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import random
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from jzy.git.founding import found
from jzy.git.keys import SigningKey, make_throwaway_key
from jzy.model.digest import entry_digest
from jzy.model.kinds import Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.office.replay import steps
from jzy.office.sign import commit_message, draft_message
from jzy.store.editing import append_sign_off, remove_value, set_value
from jzy.store.places import search_path, shipped
from jzy.store.records import load, parse
from jzy.store.schemas import load_kinds

YEARS = 10
_DAY = re.compile(r"\b(20[12]\d)(?=-?(?:0[1-9]|1[0-2])-?[0-3]\d)")
_ID = re.compile(r"\b[a-z_]{2,12}-20\d{6}-[0-9a-z]{4}\b")


@dataclass(frozen=True)
class Corpus:
    """What was made."""

    root: Path
    records: int
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


def corpus(root: Path, records: int, commits: int, seed: int) -> Corpus:
    """Make a repository.

    Args:
        root: of the repository; must not exist.
        records: how many work records.
        commits: how many commits there shall be, about; each record takes one, and one with
            sign-offs one more for each.
        seed: of everything that is chosen.
    """
    kinds = load_kinds(search_path(None, "schemas"))
    sample = Register(kinds, load(shipped("records").parent, kinds).records)
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    keys_at = root / ".git" / "jzy" / "demo-keys"
    registrar = sorted(sample.registrars)[0]
    settings = {
        "gpg.format": "ssh",
        "user.name": sample.name(registrar),
        "user.email": f"{registrar}@jzy.invalid",
        "user.signingkey": str(keys_at.absolute() / registrar),
        "core.quotePath": "false",
    }
    repository = found(root, settings)
    keys = {person: make_throwaway_key(keys_at / person, person) for person in sample.people}
    planned = sorted(_planned(kinds, sample, dice, records, commits), key=lambda made: made.when)
    founding = planned[0].when - timedelta(days=1)
    stream = _Stream(root)
    stream.commit(
        founding,
        registrar,
        "建立记录仓库（测速用的合成数据）\n",
        dict(_registers(kinds, sample, keys)),
    )
    for made in planned:
        stream.commit(made.when, made.by, made.message, {made.path: made.text})
    stream.close()
    _sign(root, keys, [registrar, *(made.by for made in planned)])
    fingerprint = keys[registrar].fingerprint
    repository.run("config", "--local", "jzy.root", fingerprint)
    repository.run("reset", "--quiet", "--hard")
    entries = sum("\nJzy-Decision:" in made.message for made in planned)
    paths = len({made.path for made in planned})
    return Corpus(root, paths, len(planned) + 1, entries, fingerprint)


def _registers(
    kinds: Kinds, sample: Register, keys: dict[str, SigningKey]
) -> Iterator[tuple[str, str]]:
    """The sample's registers, in office since long before, with the corpus's own keys."""
    for record in sample:
        if kinds[record.kind].is_register:
            text = re.sub(r"(from: )20\d\d", r"\g<1>2001", record.text)
            if record.id in keys:
                key = {"key": keys[record.id].line, "from": "2001-01-01"}
                text = set_value(kinds[record.kind], text, ("keys",), [key])
            yield record.path, text
    yield "README.md", "# 测速用的合成数据\n"


def _planned(
    kinds: Kinds, sample: Register, dice: random.Random, records: int, commits: int
) -> Iterator[Made]:
    work = [record for record in sample if not kinds[record.kind].is_register]
    signed = [r for r in work if sum(e["decision"] == "submit" for e in r.sign_offs) == 1]
    plain = [r for r in work if not r.sign_offs and kinds[r.kind].date_property]
    length = 1 + sum(len(r.sign_offs) for r in signed) / len(signed)
    chains = min(records, max(0, round((commits - records) / (length - 1))))
    for number in range(records):
        one = signed[number % len(signed)] if number < chains else plain[number % len(plain)]
        yield from _told(kinds, sample, _again(kinds, one, dice))


def _again(kinds: Kinds, record: Record, dice: random.Random) -> Record:
    """A record once more, with an id of its own, in another year, with its sign-offs made anew."""
    back = dice.randrange(YEARS)
    tails = "".join(dice.choices("abcdefghijkmnpqrstuvwxyz23456789", k=4))
    kind = kinds[record.kind]

    def year(hit: re.Match[str]) -> str:
        return str(int(hit[1]) - back)

    old = record.id
    new = _DAY.sub(year, old)[:-4] + tails
    text = _DAY.sub(year, _ID.sub(lambda hit: "\0" if hit[0] == old else hit[0], record.text))
    text = text.replace("02-29", "02-28").replace("\0", new)
    path = re.sub(r"/(20\d\d)/", lambda hit: f"/{int(hit[1]) - back}/", record.path)
    path = path.replace(old, new)
    bare = remove_value(kind, text, "sign_offs")
    made, problems = parse(kind, path, bare)
    assert made is not None, problems
    entries = parse(kind, path, text)[0].sign_offs  # type: ignore[union-attr]
    previous = None
    for entry in entries:
        entry["digest"] = made.digest
        if previous is not None:
            entry["prev"] = entry_digest(previous)
        bare = append_sign_off(kind, bare, entry)
        previous = entry
    whole, problems = parse(kind, path, bare)
    assert whole is not None, problems
    return whole


def _told(kinds: Kinds, sample: Register, record: Record) -> Iterator[Made]:
    """The commits of one record's life, without what followed its approval."""
    name = kinds[record.kind].name_of(record.data) or record.id
    default = sorted(sample.registrars)[0]
    begins = datetime(2005, 1, 1, 9, tzinfo=sample.time_zone)
    for step in steps(sample, record, [], begins, default):
        if step.verb == "办结":
            continue
        message = (
            commit_message(record.id, name, step.entry, "")
            if step.entry
            else draft_message(step.verb, record, name)
        )
        yield Made(step.when, step.by, message, record.path, step.text)


class _Stream:
    """``git fast-import`` with commits in a line."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            ["git", "fast-import", "--quiet", "--date-format=raw"], cwd=root, stdin=subprocess.PIPE
        )

    def commit(self, when: datetime, by: str, message: str, files: dict[str, str]) -> None:
        into = self._process.stdin
        assert into is not None
        zone = when.strftime("%z")
        said = message.encode()
        who = f"{by} <{by}@jzy.invalid> {int(when.timestamp())} {zone}"
        into.write(
            f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(said)}\n".encode()
        )
        into.write(said)
        for path, text in files.items():
            content = text.encode()
            into.write(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


def _sign(root: Path, keys: dict[str, SigningKey], makers: list[str]) -> None:
    """Replace a line of commits by the same ones, signed."""
    secret = {}
    for person, key in keys.items():
        loaded = load_ssh_private_key(Path(key.location).read_bytes(), None)
        assert isinstance(loaded, Ed25519PrivateKey)
        secret[person] = (loaded, key.blob)
    listed = subprocess.run(
        ["git", "rev-list", "--reverse", "refs/heads/main"], cwd=root, capture_output=True, check=True
    ).stdout  # fmt: skip
    said = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=root, input=listed, capture_output=True, check=True
    ).stdout  # fmt: skip
    objects, parent, at = [], b"", 0
    for by in makers:
        end = said.index(b"\n", at)
        size = int(said[at:end].split()[2])
        raw = said[end + 1 : end + 1 + size]
        at = end + size + 2
        raw = re.sub(rb"\nparent [0-9a-f]{40}", b"\nparent " + parent, raw, count=1)
        head, _, message = raw.partition(b"\n\n")
        armour = _signature(*secret[by], raw).replace(b"\n", b"\n ")
        whole = head + b"\ngpgsig " + armour + b"\n\n" + message
        parent = (
            hashlib.sha1(b"commit %d\0" % len(whole) + whole, usedforsecurity=False)
            .hexdigest()
            .encode()
        )
        objects.append(whole)
    pack = _pack(objects)
    for command, stdin in (
        (["index-pack", "--stdin"], pack),
        (["update-ref", "refs/heads/main", parent.decode()], b""),
        (["repack", "-a", "-d", "-q", "--window=20"], b""),
        (["prune-packed", "-q"], b""),
    ):
        subprocess.run(["git", *command], cwd=root, input=stdin, capture_output=True, check=True)


def _signature(key: Ed25519PrivateKey, blob: bytes, payload: bytes) -> bytes:
    def text(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    digest = hashlib.sha512(payload).digest()
    signed = key.sign(b"SSHSIG" + text(b"git") + text(b"") + text(b"sha512") + text(digest))
    inner = text(b"ssh-ed25519") + text(signed)
    body = b"SSHSIG" + (1).to_bytes(4, "big")
    body += text(blob) + text(b"git") + text(b"") + text(b"sha512") + text(inner)
    coded = base64.b64encode(body)
    lines = [coded[i : i + 70] for i in range(0, len(coded), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----"])


def _pack(commits: list[bytes]) -> bytes:
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
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    made = corpus(asked.folder, asked.records, asked.commits, asked.seed)
    print(
        f"{made.records} records, {made.commits} commits, {made.sign_offs} sign-offs in {made.root}"
    )
    print(f"root {made.fingerprint}", file=sys.stderr)


if __name__ == "__main__":
    main()
