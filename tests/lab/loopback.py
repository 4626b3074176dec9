"""HTTP servers on loopback: what all of the lab's have in common."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LoopbackServer(ThreadingHTTPServer):
    """Listens on a free port. Clients that go away, or distrust a certificate, are no failure of ours."""

    def __init__(self, request: type["LoopbackRequest"]) -> None:
        super().__init__(("127.0.0.1", 0), request)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class LoopbackRequest(BaseHTTPRequestHandler):
    """One request of any method, answered in one go."""

    def answer(self) -> None:
        """Answer it."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_DELETE(self) -> None:
        self.answer()

    def respond(
        self, status: int, headers: Mapping[str, str], content: bytes = b"", announced: int | None = None
    ) -> None:
        """Answer; where more is *announced* than there is, the answer breaks off."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if announced is None else announced))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: tests look at what the client says."""
