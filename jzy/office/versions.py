"""Earlier versions of records out of history, by their digests: looked for once, then remembered.

A record that was returned, or whose workflow has changed since, speaks of versions that the working
tree holds no longer. Where each lies is kept under ``.git/jzy/``, sealed, and only while history
still goes on from where it was found; whatever is read is judged by its digest again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from jzy.git.history import Objects, blobs_of, is_ancestor, signed_at
from jzy.git.repository import Repository
from jzy.model.errors import WrongEnvironment
from jzy.model.kinds import Kinds
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.rules.schema import Judge
from jzy.store import sealed
from jzy.store.problems import MAX_BYTES
from jzy.store.records import parse

Wanted = tuple[str, str]
"""The id of a record and the digest of one of its versions."""

NAME = "versions"
_FORMAT = 2


def earlier_versions(
    repository: Repository,
    kinds: Kinds,
    judges: dict[str, Judge],
    register: Register,
    wanted: set[Wanted],
    mark: str,
) -> dict[Wanted, Record]:
    """Versions that records had on the way to HEAD.

    Args:
        repository: whose history.
        kinds: by which they are read.
        judges: the judges made so far; more are put in.
        register: today's records, which say where each file lies.
        wanted: which; those of records that are not in the register are passed over.
        mark: what the set of schemas is known by: a version that none could read under others
            is looked for again.

    Returns:
        What was found. Versions that history does not hold, or that cannot be read any more, are
        left out.
    """
    try:
        head = repository.head()
    except WrongEnvironment:
        head = None
    paths = {each.id: each.path for each in map(register.get, {w[0] for w in wanted}) if each}
    asked = {pair for pair in wanted if pair[0] in paths}
    if head is None or not asked:
        return {}
    cache = _Cache(repository, head, mark)
    reader = _Reader(kinds, judges)
    with Objects(repository) as objects:
        found = _known(cache, reader, objects, paths, asked)
        missing = asked - set(found) - cache.absent
        if missing:
            for search in (_signed, _searched):
                left = missing - set(found)
                if left:
                    found |= search(cache, reader, objects, repository, head, paths, left)
            cache.absent |= missing - set(found)
            cache.keep()
    return found


class _Reader:
    """Reads versions; an unsound one is none."""

    def __init__(self, kinds: Kinds, judges: dict[str, Judge]) -> None:
        self._kinds, self._judges = kinds, judges

    def __call__(self, path: str, content: bytes | None) -> Record | None:
        kind = self._kinds.of_path(path)
        if kind is None or content is None:
            return None
        version, _ = parse(kind, path, content.decode("utf-8", "replace"))
        if version is None:
            return None
        judge = self._judges.get(kind.name)
        if judge is None:
            judge = self._judges[kind.name] = Judge(kind)
        return version if judge.is_sound(version.data) else None


def _known(
    cache: _Cache,
    read: _Reader,
    objects: Objects,
    paths: dict[str, str],
    asked: set[Wanted],
) -> dict[Wanted, Record]:
    of_blob: dict[str, list[Wanted]] = defaultdict(list)
    for pair in asked & set(cache.blobs):
        of_blob[cache.blobs[pair]].append(pair)
    found = {}
    for blob, content in objects.contents(dict.fromkeys(of_blob, MAX_BYTES)):
        for pair in of_blob[blob]:
            version = read(paths[pair[0]], content)
            if version is not None and version.digest == pair[1]:
                found[pair] = version
    return found


def _signed(
    cache: _Cache,
    read: _Reader,
    objects: Objects,
    repository: Repository,
    head: str,
    paths: dict[str, str],
    missing: set[Wanted],
) -> dict[Wanted, Record]:
    """What the commits that signed it hold, where their messages say so."""
    of_name: dict[str, list[Wanted]] = defaultdict(list)
    for pair, commit in signed_at(repository, head, missing).items():
        of_name[f"{commit}:{paths[pair[0]]}"].append(pair)
    found = {}
    for name, held in objects.found(dict.fromkeys(of_name, MAX_BYTES)):
        for pair in of_name[name] if held is not None else ():
            assert held is not None  # noqa: S101 - see above
            version = read(paths[pair[0]], held[2])
            if version is not None and version.digest == pair[1]:
                found[pair] = version
                cache.blobs[pair] = held[0]
    return found


def _searched(
    cache: _Cache,
    read: _Reader,
    objects: Objects,
    repository: Repository,
    head: str,
    paths: dict[str, str],
    missing: set[Wanted],
) -> dict[Wanted, Record]:
    """One pass over history for all that are missing, and of each file only as far as needed."""
    digests: dict[str, set[str]] = defaultdict(set)
    for record_id, digest in missing:
        digests[record_id].add(digest)
    history = blobs_of(repository, head, {paths[record_id] for record_id in digests})
    found = {}
    for record_id, left in digests.items():
        path = paths[record_id]
        for blob, content in objects.contents(dict.fromkeys(history.get(path, ()), MAX_BYTES)):
            version = read(path, content) if left else None
            if version is not None and version.digest in left:
                left.discard(version.digest)
                found[record_id, version.digest] = version
                cache.blobs[record_id, version.digest] = blob
    return found


class _Cache:
    """Where versions lie, as far as it was found out on the way to a commit."""

    def __init__(self, repository: Repository, head: str, mark: str) -> None:
        self._path: Path = repository.folder / "jzy" / NAME
        self._head, self._mark = head, mark
        self._secret = sealed.user_secret()
        self.blobs: dict[Wanted, str] = {}
        self.absent: set[Wanted] = set()
        kept = sealed.read(self._path, self._secret) if self._secret else None
        if kept is None or kept[0][0] != _FORMAT:
            return
        before = str(kept[0][1])
        if before == head or is_ancestor(repository, before, head):
            body = json.loads(kept[1])
            self.blobs = {(one, digest): blob for one, digest, blob in body["blobs"]}
            # What was not there before may have come with the commits since, or be readable now.
            pairs = body["absent"] if kept[0][1:] == [head, mark] else ()
            self.absent = {(one, digest) for one, digest in pairs}

    def keep(self) -> None:
        """Remember what was found out."""
        if self._secret:
            body = {
                "blobs": [[*pair, blob] for pair, blob in sorted(self.blobs.items())],
                "absent": sorted(map(list, self.absent)),
            }
            head = [_FORMAT, self._head, self._mark]
            sealed.write(self._path, self._secret, head, json.dumps(body).encode())
