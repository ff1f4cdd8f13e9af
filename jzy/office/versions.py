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
    with Objects(repository) as objects:
        search = _Search(cache, _Reader(kinds, judges), objects, paths)
        search.known(asked)
        missing = asked - set(search.found) - cache.absent
        if missing:
            search.signed(repository, head, missing)
            search.changed(repository, head, missing - set(search.found))
            cache.absent |= missing - set(search.found)
            cache.keep()
    return search.found


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


class _Search:
    """Looks for versions, where they are most quickly found first.

    Args:
        cache: where versions lie, as far as that is known; more is put in.
        read: reads versions.
        objects: of the repository.
        paths: of the files, by the ids of their records.
    """

    def __init__(
        self, cache: _Cache, read: _Reader, objects: Objects, paths: dict[str, str]
    ) -> None:
        self._cache, self._read, self._objects, self._paths = cache, read, objects, paths
        self.found: dict[Wanted, Record] = {}
        """What was found, each by what was asked for."""

    def known(self, asked: set[Wanted]) -> None:
        """Where versions lay the last time."""
        self._among({pair: self._cache.blobs[pair] for pair in asked & set(self._cache.blobs)})

    def signed(self, repository: Repository, head: str, missing: set[Wanted]) -> None:
        """In the commits that signed them, where their messages say so."""
        commits = signed_at(repository, head, missing).items()
        self._among({pair: f"{commit}:{self._paths[pair[0]]}" for pair, commit in commits})

    def changed(self, repository: Repository, head: str, missing: set[Wanted]) -> None:
        """In one pass over all that was changed, and of each file only as far as needed."""
        if not missing:
            return
        digests: dict[str, set[str]] = defaultdict(set)
        for record_id, digest in missing:
            digests[record_id].add(digest)
        history = blobs_of(repository, head, {self._paths[record_id] for record_id in digests})
        for record_id, left in digests.items():
            path = self._paths[record_id]
            for blob, content in self._objects.contents(
                dict.fromkeys(history.get(path, ()), MAX_BYTES)
            ):
                version = self._read(path, content) if left else None
                if version is not None and version.digest in left:
                    left.discard(version.digest)
                    self._keep((record_id, version.digest), blob, version)

    def _among(self, names: dict[Wanted, str]) -> None:
        """What objects by these names hold, if it is what was asked for."""
        of_name: dict[str, list[Wanted]] = defaultdict(list)
        for pair, name in names.items():
            of_name[name].append(pair)
        for name, held in self._objects.found(dict.fromkeys(of_name, MAX_BYTES)):
            for pair in of_name[name]:
                version = self._read(self._paths[pair[0]], held[2]) if held is not None else None
                if held is not None and version is not None and version.digest == pair[1]:
                    self._keep(pair, held[0], version)

    def _keep(self, pair: Wanted, blob: str, version: Record) -> None:
        self.found[pair] = version
        self._cache.blobs[pair] = blob


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
