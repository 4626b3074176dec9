"""A Git server over https: git's own `http-backend`, with a certificate of the lab and a lock on its door."""

import os
import subprocess
import threading
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.pki import Authority


class GitServer:
    """Serves the bare repositories below *root* while it is entered.

    *expects* is the Authorization header that it asks for, if any; *hangs* makes it take requests and never
    answer; *moved* sends everybody there instead; an *old* one speaks the first protocol, and gives no
    commits but those that refs stand on. *heard* are the Authorization headers that came.
    """

    def __init__(
        self,
        root: Path,
        authority: Authority,
        *,
        expects: str = "",
        hangs: bool = False,
        moved: str = "",
        old: bool = False,
    ) -> None:
        self.root = root
        self.expects = expects
        self.hangs = hangs
        self.moved = moved
        self.old = old
        self.heard: list[str] = []
        self.asked = threading.Event()
        self.closing = threading.Event()
        self._server = _Server(self)
        certificates = root / ".tls"
        certificates.mkdir()
        context = authority.server(certificates)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def url(self, repository: str) -> str:
        """Where a repository below the root is served."""
        return f"https://localhost:{self._server.server_address[1]}/{repository}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.stop()


class _Server(LoopbackServer):
    def __init__(self, git: GitServer) -> None:
        super().__init__(_Handler)
        self.git = git


class _Handler(LoopbackRequest):
    """Connections are kept, as real servers do: git asks twice for one answer."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        git = self.server.git
        given = self.headers.get("Authorization", "")
        git.heard.append(given)
        git.asked.set()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if git.hangs:
            git.closing.wait()
        elif git.moved:
            self.respond(HTTPStatus.MOVED_PERMANENTLY, {"Location": git.moved + self.path})
        elif given != git.expects:
            self.respond(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="git"'})
        else:
            self._pass_on(body)

    def _pass_on(self, body: bytes) -> None:
        # It ends with a failure where it refuses something, and says so to the client.
        command = ["git", "http-backend"]
        done = subprocess.run(command, input=body, env=self._environment(), capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self.respond(HTTPStatus(status), headers, content)

    def _environment(self) -> dict[str, str]:
        parts = urlsplit(self.path)
        return {
            **os.environ,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.server.git.root),
            "GIT_PROTOCOL": "" if self.server.git.old else self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
        }
