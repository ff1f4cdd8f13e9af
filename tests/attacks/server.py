"""A real transport for the attacks: git's own ``http-backend`` behind a server on the loopback.

One server serves every bare repository below a folder, so that each test can have one of its own.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

PUSHER = "示例推送者"


@dataclass(frozen=True)
class Pushed:
    """What a push left behind."""

    code: int
    err: str
    """What the pusher's terminal shows."""

    @property
    def told(self) -> str:
        """What the server itself said."""
        lines = (line for line in self.err.splitlines() if line.startswith("remote:"))
        return "\n".join(line.removeprefix("remote:").strip() for line in lines)


class HttpServer(ThreadingHTTPServer):
    """Serves the bare repositories below a folder to whoever comes.

    Args:
        folder: what lies below it is served.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.environment: Mapping[str, str] = dict(os.environ)
        """What the hooks find around them; a test may put a tampered one here."""

    def url(self, repository: Path) -> str:
        """Where a bare repository below the folder is reached."""
        path = quote(str(repository.relative_to(self.folder)))
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


class _Handler(BaseHTTPRequestHandler):
    server: HttpServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: git tells the client what went wrong."""

    def _serve(self, body: bytes) -> None:
        asked = urlsplit(self.path)
        env = {
            **self.server.environment,
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": PUSHER,
            "REMOTE_ADDR": self.client_address[0],
            "REQUEST_METHOD": self.command,
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], env=env, input=body, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line]
        status = next((int(v.split()[0]) for k, v in fields if k == "Status"), 200)
        self.send_response(status if head else 500)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)


@contextmanager
def serving(folder: Path) -> Iterator[HttpServer]:
    """A server for everything below a folder, for as long as one needs it."""
    with HttpServer(folder) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@dataclass(frozen=True)
class Bare:
    """A bare repository behind its hooks, as an attacker reaches it and as its keeper sees it."""

    root: Path
    server: HttpServer

    @property
    def url(self) -> str:
        return self.server.url(self.root)

    def git(self, *args: str) -> str:
        """What the keeper sees."""
        done = subprocess.run(
            ["git", "--git-dir", self.root, *args], capture_output=True, check=True
        )
        return done.stdout.decode()

    def pushed(self, source: Path, *refs: str, options: tuple[str, ...] = ("--force",)) -> Pushed:
        """Push refs of a repository with plain git, with force unless told otherwise."""
        done = self.start(source, *refs, options=options)
        _, err = done.communicate(timeout=120)
        return Pushed(done.returncode, err.decode("utf-8"))

    def start(
        self, source: Path, *refs: str, options: tuple[str, ...] = ("--force",)
    ) -> subprocess.Popen[bytes]:
        """Begin a push without waiting for its end."""
        command = ["git", "push", "--quiet", *options, self.url, *refs]
        return subprocess.Popen(
            command, cwd=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def state(self) -> tuple[str, str]:
        """Every ref, and how many objects there are: a refused push leaves both alone."""
        return self.git("for-each-ref"), self.git("count-objects", "-v")

    def refuses(self, source: Path, word: str, *refs: str) -> str:
        """That a push is refused for a reason, and that nothing is left of it.

        Args:
            source: the attacker's repository.
            word: what the reason given to the pusher must say.
            refs: what is pushed; the branch if absent.

        Returns:
            What the server said.
        """
        before = self.state()
        pushed = self.pushed(source, *(refs or ("HEAD:refs/heads/main",)))
        assert pushed.code != 0, "the server took it in"
        assert word in pushed.told, pushed.err
        assert "Traceback" not in pushed.err
        assert not set(pushed.told) & {"\x1b", "\u202e"}
        assert self.state() == before
        return pushed.told

    def takes(self, source: Path, *refs: str) -> str:
        """That a push without force is taken in; what the server said."""
        pushed = self.pushed(source, *(refs or ("HEAD:refs/heads/main",)), options=())
        assert pushed.code == 0, pushed.err
        self.git("fsck", "--no-dangling")
        return pushed.told
