"""A lookup service on loopback, with a certificate of the lab's authority, and its bad days."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self, cast

from tests.lab.pki import Authority
from tests.lab.readings import WORLD, World

PATH = "/v2/pmv"

#: Apple has answered 200 with this.
EMPTY = json.dumps({"PublicAssetSets": {}, "AssetSets": {}, "PublicRapidSecurityResponses": {}}).encode()

#: What Apple lists (as of today), a document, a body, or a bad day: nothing on offer; a connection that
#: breaks in the middle of the last document; status 503; no answer at all.
Answer = World | Mapping[str, Any] | bytes | Literal["empty", "half", "error", "hang"]


class Lookup:
    """Serves `/v2/pmv`. At first it answers with `WORLD`; *answer* may change at any time.

    *requests* counts those for the path. Stopping it lets go of requests that hang. Whoever trusts *ca_file*
    trusts it.
    """

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.requests = 0
        self.ca_file = folder / "lookup-ca.pem"
        self.ca_file.write_text(authority.pem)
        self.answer = WORLD
        self._counting = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(self)
        listening = self._server.socket
        self._server.socket = authority.server(folder).wrap_socket(
            listening, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self._server.server_port}{PATH}"

    @property
    def answer(self) -> Answer:
        """What it says to whoever asks next."""
        return self._answer

    @answer.setter
    def answer(self, answer: Answer) -> None:
        self._answer = answer
        match answer:
            case bytes():
                self._body = answer
            case World():
                self._body = json.dumps(answer.answer(datetime.now(UTC).date())).encode()
            case Mapping():
                self._body = json.dumps(answer).encode()

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
        with self._counting:
            self.requests += 1
        match self._answer:
            case "hang":
                self._stopping.wait()
            case "error":
                request.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            case "empty":
                _send(request, EMPTY, len(EMPTY))
            case "half":
                _send(request, self._body[: len(self._body) // 2], len(self._body))
            case _:
                _send(request, self._body, len(self._body))


def _send(request: BaseHTTPRequestHandler, body: bytes, announced: int) -> None:
    request.send_response(HTTPStatus.OK)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(announced))
    request.end_headers()
    request.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.lookup = lookup

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that distrusts the certificate, or gave up, is not our failure."""


class _Request(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == PATH:
            cast("_Server", self.server).lookup.reply(self)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
