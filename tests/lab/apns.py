"""Apple's push notifications on loopback: a proxy that answers in Apple's name, and its bad days.

NanoHUB knows one address to push to. It finds this one there as its proxy: a tunnel to Apple ends here.
"""

import json
import ssl
import threading
import uuid
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Self

from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.pki import Authority
from tests.lab.waiting import LIMIT, eventually

NAME = "api.push.apple.com"

_PATH = "/3/device/"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Apple says of a push that it does not take, such as 410 Unregistered or 400 BadDeviceToken."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Push:
    """A push that came: for which device, when, and what became of it.

    *token* is the device's, as it gave it to the MDM in a TokenUpdate.
    """

    token: bytes
    refusal: Refusal | None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Apns:
    """Takes pushes while it is entered.

    *refusal* is the answer to every push, *refusals* to those of certain tokens; None is success. Each answer
    takes *delay* seconds. What is pushed to the tokens in *astray* is taken, and never reaches its device.
    *pushes* are those that came, refused ones too, in their order.
    """

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.refusal: Refusal | None = None
        self.refusals: Mapping[bytes, Refusal] = {}
        self.astray: Collection[bytes] = ()
        self.delay = 0.0
        self.pushes: list[Push] = []
        self._listeners: list[Callable[[bytes], None]] = []
        self._stopping = threading.Event()
        below = folder / "apns"
        below.mkdir()
        self.ca_file = below / "ca.pem"
        self.ca_file.write_text(authority.pem)
        self.context = authority.server(below, NAME)
        self.context.set_alpn_protocols(["http/1.1"])
        self._server = _Server(self)

    @property
    def environment(self) -> dict[str, str]:
        """What lets a program written in Go push to here; what is on loopback it asks directly."""
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self._server.server_port}",
            "SSL_CERT_FILE": str(self.ca_file),
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def listen(self, act: Callable[[bytes], None]) -> None:
        """From now on, act on each push that reaches its device; *act* is given the token, in some thread."""
        self._listeners.append(act)

    def taken(self, token: bytes) -> int:
        """How many pushes for this device were not refused."""
        return sum(push.token == token and push.refusal is None for push in self.pushes)

    async def until_pushed(self, token: bytes, times: int = 1, limit: float = LIMIT) -> None:
        """Return once this device was pushed so often; `StillNot` after *limit* seconds."""
        await eventually(lambda: self.taken(token) >= times, limit, f"{token.decode()} is pushed")

    def take(self, token: bytes) -> Refusal | None:
        """Take one push, in its own time; what Apple has against it."""
        self._stopping.wait(self.delay)
        push = Push(token, self.refusals.get(token, self.refusal))
        self.pushes.append(push)
        if push.refusal is None and token not in self.astray:
            for act in self._listeners:
                act(token)
        return push.refusal

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.stop()


class _Server(LoopbackServer):
    def __init__(self, apns: Apns) -> None:
        super().__init__(_Request)
        self.apns = apns


class _Request(LoopbackRequest):
    """A connection: it asks for a tunnel to Apple, and what comes by the tunnel are pushes."""

    protocol_version = "HTTP/1.1"
    server: _Server
    connection: ssl.SSLSocket

    def do_CONNECT(self) -> None:  # noqa: N802 (named by the request that it answers)
        """Begin the tunnel; nobody but Apple is at its other end."""
        if self.path != f"{NAME}:443":
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        self.send_response(HTTPStatus.OK)
        self.end_headers()
        self.connection = self.server.apns.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.close_connection = False

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command != "POST" or not self.path.startswith(_PATH):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        headers = {"apns-id": str(uuid.uuid4()).upper()}
        refusal = self.server.apns.take(bytes.fromhex(self.path.removeprefix(_PATH)))
        if refusal is None:
            self.respond(HTTPStatus.OK, headers)
        else:
            self.respond(refusal.status, headers, json.dumps({"reason": refusal.reason}).encode())

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()
