"""A lookup service on loopback, with a certificate of its own authority, and every way to answer badly."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.lab.pki import Authority
from tests.lab.readings import WORLD, World

EMPTY = json.dumps({"PublicAssetSets": {}, "AssetSets": {}, "PublicRapidSecurityResponses": {}}).encode()


class Lookup:
    """Answers /v2/pmv over HTTPS. *answer* may be changed at any time.

    It is a world, or the bytes of a body, or a number: that HTTP status. After `hang()` no answer comes.
    """

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.answer: World | bytes | int = WORLD
        self.requests = 0
        self._released = threading.Event()
        self._released.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = authority.server(folder).wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.ca_file = folder / "lookup-ca.pem"
        self.ca_file.write_text(authority.pem)
        self.url = f"https://127.0.0.1:{self._server.server_port}/v2/pmv"

    def hang(self) -> None:
        """Take requests and do not answer them, until `release`."""
        self._released.clear()

    def release(self) -> None:
        """Answer again."""
        self._released.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def respond(self) -> tuple[int, bytes]:
        """Status and body of the answer to the next request."""
        self.requests += 1
        self._released.wait()
        match self.answer:
            case World() as world:
                return 200, json.dumps(world.answer(datetime.now(UTC).date())).encode()
            case int(status):
                return status, b""
            case body:
                return 200, body

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lookup = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = lookup.respond() if self.path == "/v2/pmv" else (404, b"")
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler
