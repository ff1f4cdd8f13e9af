"""A demo with an event that was just submitted, a server that has it, and an attacker's tools."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jzy.model.digest import entry_digest, record_digest
from jzy.store.editing import append_sign_off, set_value
from jzy.store.places import search_path
from jzy.store.records import read_record
from jzy.store.schemas import load_kinds
from tests.acceptance.conftest import CLERK, Repo
from tests.attacks.server import Bare, HttpServer

KINDS = load_kinds(search_path(None, "schemas"))
KIND = KINDS["event"]
HEAD, LEADER, PRINCIPAL, REGISTRAR = "person-ji", "person-ding", "person-wu", "person-jia"
OTHER_REGISTRAR = "person-gui"
INSTITUTION = "records/institution.yaml"
SUBMITTED, LATER = "2021-04-17T10:00:00+08:00", "2021-04-20T10:00:00+08:00"
"""When the event was submitted, and a moment after it."""
STAGES = {
    HEAD: "host-head",
    LEADER: "host-leader",
    "person-bing": "competent-head",
    "person-yi": "competent-leader",
    PRINCIPAL: "principal-leader",
}
"""Who signs the event, in order, and at which stage."""
GITS_OWN = "receive.denyDeletes", "receive.denyNonFastForwards", "receive.fsckObjects"
"""What git itself refuses once ``hook install`` has said so; switched off in these tests, so that
it is jzy's own door that they knock at."""


@dataclass
class Office:
    """An attacker's clone, and the server that it came from."""

    repo: Repo
    event: str
    bare: Bare

    @property
    def path(self) -> Path:
        return self.repo.root / f"records/events/2021/{self.event}.yaml"

    # --- making commits -------------------------------------------------------------------

    def entry(self, **more: Any) -> dict[str, Any]:
        """A sign-off by the host's head, as it would be if it were genuine."""
        data = read_record(KIND, self.path.read_text()).data
        entry = {
            "stage": "host-head",
            "decision": "approve",
            "by": HEAD,
            "at": data["sign_offs"][-1]["at"],
            "opinion": "同意。",
            "digest": record_digest("event", self.event, data),
            "prev": entry_digest(data["sign_offs"][-1]),
        }
        return entry | more

    def write(self, entry: dict[str, Any]) -> None:
        self.path.write_text(append_sign_off(KIND, self.path.read_text(), entry))

    def message(self, entry: dict[str, Any]) -> str:
        lines = ("Record", self.event), ("Stage", entry["stage"]), ("Decision", entry["decision"])
        trailers = "".join(f"Jzy-{name}: {value}\n" for name, value in lines)
        return f"同意\n\n{trailers}Jzy-Digest: {entry['digest']}\n"

    def commit(
        self, message: str, *, key: Path | str | None = None, who: str = HEAD, **env: str
    ) -> str:
        """Commit everything with plain git, under any name, signed with any key or none."""
        self.repo.git("add", "-A")
        sign = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={key}"] if key else []
        identity = {"NAME": "示例己", "EMAIL": f"{who}@jzy.invalid"}
        names = {
            f"GIT_{role}_{n}": v for role in ("AUTHOR", "COMMITTER") for n, v in identity.items()
        }
        subprocess.run(
            ["git", *sign, "commit", "-q", "--allow-empty", "-S" if key else "--no-gpg-sign", "-F", "-"],
            cwd=self.repo.root, input=message.encode(), check=True, env={**os.environ, **names, **env},
        )  # fmt: skip
        return self.repo.git("rev-parse", "HEAD").strip()

    def key(self, who: str) -> Path:
        return self.repo.root / ".git/jzy/demo-keys" / who

    def forge(self, key: str | None, **more: Any) -> None:
        """Add an entry and commit it like a sign-off."""
        entry = self.entry(**more)
        self.write(entry)
        self.commit(self.message(entry), key=self.key(key) if key else None)

    def submit(self, at: str = SUBMITTED) -> None:
        """The clerk submits the event, on whatever day one needs."""
        data = read_record(KIND, self.path.read_text()).data
        workflow = self.repo.root / "records/workflows/workflow-event.yaml"
        flow = read_record(KINDS["workflow"], workflow.read_text()).data
        entry = {
            "stage": "submission", "decision": "submit", "by": CLERK, "at": at,
            "digest": record_digest("event", self.event, data), "workflow": "workflow-event",
            "workflow_digest": record_digest("workflow", "workflow-event", flow),
        }  # fmt: skip
        if data.get("sign_offs"):
            entry["prev"] = entry_digest(data["sign_offs"][-1])
        self.signed_with(self.key(CLERK), entry)

    def another(self, *more: str, at: str = SUBMITTED) -> Office:
        """One more event that the clerk creates and submits."""
        other = Office(self.repo, self.repo.new_event(*more), self.bare)
        other.submit(at)
        return other

    def approve(self) -> None:
        """Everybody signs."""
        for who, stage in STAGES.items():
            self.forge(who, by=who, stage=stage)

    def signed_with(self, key: Path | str, entry: dict[str, Any] | None = None, **env: str) -> None:
        """The host's head's sign-off, signed with a key of whatever kind."""
        entry = entry or self.entry()
        self.write(entry)
        self.commit(self.message(entry), key=key, **env)

    def put(self, path: str, text: str | bytes) -> None:
        """Write a file."""
        place = self.repo.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def set(self, kind: str, path: str, at: tuple[str | int, ...], value: Any) -> None:
        """Set a value in a record's file."""
        place = self.repo.root / path
        place.write_text(set_value(KINDS[kind], place.read_text(), at, value))

    def revoke(self, person: str = HEAD) -> None:
        """A registrar revokes a person's key."""
        self.set("person", f"records/people/{person}.yaml", ("keys", 0, "revoked"), "2021-04-20")
        self.commit("注销", key=self.key(REGISTRAR))

    def rewrite(self, change: Callable[[bytes], bytes]) -> None:
        """Put another commit object in the place of the last one."""
        raw = subprocess.run(
            ["git", "cat-file", "commit", "HEAD"],
            cwd=self.repo.root, capture_output=True, check=True,
        ).stdout  # fmt: skip
        made = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            cwd=self.repo.root, input=change(raw), capture_output=True, check=True,
        )  # fmt: skip
        self.repo.git("update-ref", "HEAD", made.stdout.decode().strip())

    # --- what comes of it -----------------------------------------------------------------

    def verdicts(self) -> list[tuple[str, str]]:
        """Verdict and reason of each sign-off of the event."""
        ran = self.repo.run("verify", self.event, "--json")
        assert "Traceback" not in ran.err
        found = json.loads(ran.out)
        assert (ran.code == 0) == found["ok"]
        return [(proof["verdict"], proof["reason"]) for proof in found["sign_offs"]]

    def last(self) -> tuple[str, str]:
        return self.verdicts()[-1]

    def faults(self) -> list[str]:
        """What verify finds besides sign-offs."""
        found = json.loads(self.repo.run("verify", "--json").out)
        assert not found["ok"]
        return [fault["reason"] for fault in found["faults"]]

    def fails(self, word: str, verdict: str = "", *, server: str = "") -> None:
        """The last sign-off proves nothing, and the server does not take it in.

        Args:
            word: what the reason must say.
            verdict: ``unproven`` or ``broken``, where it matters which.
            server: what the server must say, where it puts it otherwise.
        """
        found = self.last()
        assert found[0] in ((verdict,) if verdict else ("unproven", "broken")), found
        assert word in found[1], found
        self.refused(server or word)

    def refused(self, word: str, *refs: str) -> str:
        """That the server refuses a push; see :meth:`Bare.refuses`."""
        return self.bare.refuses(self.repo.root, word, *refs)

    def taken(self) -> str:
        """That the server takes the branch in, without force."""
        said = self.bare.takes(self.repo.root)
        assert self.bare.git("rev-parse", "main") == self.repo.git("rev-parse", "HEAD")
        return said


def found_office(demo: Repo, folder: Path, server: HttpServer) -> Office:
    """Everything that an office sets up once: a server, its key in the register, an event."""
    office = Office(demo, "", install(folder / "office.git", demo, server))
    said = office.bare.git("config", "jzy.serverKey").strip()
    key = " ".join(Path(said + ".pub").read_text().split()[:2])
    office.taken()
    office.set("institution", INSTITUTION, ("receipt_keys",), [{"key": key, "from": "2021-04-16"}])
    office.commit("登记服务器密钥", key=office.key(REGISTRAR))
    office = office.another()
    office.taken()
    assert office.last() == ("proven", "")
    for root in (demo.root, office.bare.root):
        subprocess.run(["git", "gc", "-q"], cwd=root, check=True)
    return office


def install(folder: Path, demo: Repo, server: HttpServer) -> Bare:
    """An empty bare repository that takes nothing but the history of a demo."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", folder], check=True)
    root = demo.git("config", "jzy.root").strip()
    ran = demo.run("hook", "install", str(folder), "--root", root)
    assert ran.code == 0, ran.err
    assert re.search("^ssh-ed25519 ", ran.out, re.MULTILINE)
    bare = Bare(folder, server)
    for setting in GITS_OWN:
        assert bare.git("config", setting).strip() == "true"
        bare.git("config", setting, "false")
    return bare


def copy(office: Office, folder: Path) -> Office:
    """An office of a test's own."""
    demo, bare = folder / "demo", folder / "office.git"
    shutil.copytree(office.repo.root, demo, symlinks=True)
    shutil.copytree(office.bare.root, bare, symlinks=True)
    return Office(Repo(demo), office.event, Bare(bare, office.bare.server))
