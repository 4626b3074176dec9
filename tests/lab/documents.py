"""A server of JSON documents on loopback, with a certificate of the lab's authority, and its bad days."""

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, Self, cast

from tests.lab.pki import Authority

#: A connection that breaks in the middle of the document; status 503; no answer at all.
BadDay = Literal["half", "error", "hang"]


class Documents:
    """Serves each path its body; *bad_day* makes the day bad for all of them, and may change at any time.

    *requests* counts those for the paths. Stopping it lets go of requests that hang. Whoever trusts *ca_file*
    trusts it.
    """

    def __init__(self, folder: Path, authority: Authority, name: str) -> None:
        self.requests = 0
        self.ca_file = folder / f"{name}-ca.pem"
        self.ca_file.write_text(authority.pem)
        self.bodies: Mapping[str, bytes] = {}
        self.bad_day: BadDay | None = None
        self._counting = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(self)
        listening = self._server.socket
        self._server.socket = authority.server(folder).wrap_socket(
            listening, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def origin(self) -> str:
        """Where it answers, without a path."""
        return f"https://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer nobody any more."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reply(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request as the day demands."""
        body = self.bodies.get(request.path.partition("?")[0])
        if body is None:
            request.send_error(HTTPStatus.NOT_FOUND)
            return
        with self._counting:
            self.requests += 1
        match self.bad_day:
            case "hang":
                self._stopping.wait()
            case "error":
                request.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            case "half":
                _send(request, body[: len(body) // 2], len(body))
            case None:
                _send(request, body, len(body))


def _send(request: BaseHTTPRequestHandler, body: bytes, announced: int) -> None:
    request.send_response(HTTPStatus.OK)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(announced))
    request.end_headers()
    request.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, documents: Documents) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.documents = documents

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that distrusts the certificate, or gave up, is not our failure."""


class _Request(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        cast("_Server", self.server).documents.reply(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
