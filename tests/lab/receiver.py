"""A receiver of notifications on loopback: it remembers what came, and can be slow, refuse, or hang."""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.pki import Authority


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Receiver:
    """Answers what it is told to: *status*, *headers* and *said*; while it *hangs*, nothing.

    *received* is everything that came, in its order. With an *authority* it speaks TLS.
    """

    def __init__(self, folder: Path | None = None, authority: Authority | None = None) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.headers: Mapping[str, str] = {}
        self.said = b"ok"
        self.hangs = False
        self._stopping = threading.Event()
        self._server = _Server(self)
        self._scheme = "http"
        if folder and authority:
            self._scheme = "https"
            self._server.socket = _wrapped(self._server, authority.server(folder))

    @property
    def url(self) -> str:
        """Where it takes notifications. Who knows it can write."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/services/T0SECRET/B0SECRET"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.stop()

    def let_go(self) -> None:
        """Let go of who hangs: they get no answer."""
        self._stopping.set()
        self._stopping = threading.Event()

    def take(self, request: LoopbackRequest) -> None:
        """Take one request."""
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.received.append(Received(request.path, dict(request.headers), body))
        if self.hangs:
            self._stopping.wait()
            return
        request.respond(self.status, self.headers, self.said)


def _wrapped(server: "_Server", context: ssl.SSLContext) -> ssl.SSLSocket:
    return context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


class _Server(LoopbackServer):
    def __init__(self, receiver: Receiver) -> None:
        super().__init__(_Request)
        self.receiver = receiver


class _Request(LoopbackRequest):
    server: _Server

    def answer(self) -> None:
        self.server.receiver.take(self)
