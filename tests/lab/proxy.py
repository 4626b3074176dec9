"""A proxy in front of NanoHUB that counts what changes, fails what it shall, and stops at a certain write."""

import threading
from collections.abc import Callable, Mapping
from typing import Self

import httpx

from tests.lab.loopback import LoopbackRequest, LoopbackServer

_CHANGES = ("PUT", "DELETE", "POST")

#: What belongs to one connection and not to the answer.
_OF_CONNECTION = ("content-length", "transfer-encoding", "connection", "date", "host")

#: A status, headers, a body.
Answer = tuple[int, Mapping[str, str], bytes]


class Proxy:
    """Forwards to *target*.

    *fails* are the beginnings of paths that are answered with a status of their own; 0 is no answer at all.
    *writes* are the changes that were forwarded, in their order.
    """

    def __init__(self, target: str) -> None:
        self.fails: Mapping[str, int] = {}
        self.writes: list[str] = []
        self._at: tuple[int, Callable[[], None]] = (0, lambda: None)
        self._counting = threading.Lock()
        self._client = httpx.Client(base_url=target, timeout=60, trust_env=False)
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._client.close()

    def at_write(self, number: int, act: Callable[[], None]) -> None:
        """Act once the write of this number, counted from now, was carried out, before it is answered."""
        with self._counting:
            self._at = (len(self.writes) + number, act)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """The answer to one request; None for a connection that ends without one."""
        for failing, status in self.fails.items():
            if path.startswith(failing):
                return (status, {"Retry-After": "1"} if status == 429 else {}, b"not now") if status else None
        number = self._count(f"{method} {path}") if method in _CHANGES else -1
        try:
            found = self._client.request(method, path, headers=headers, content=body)
        except httpx.TransportError:
            return None
        at, act = self._at
        if number == at:
            act()
        return found.status_code, _without(found.headers), found.content

    def _count(self, write: str) -> int:
        with self._counting:
            self.writes.append(write)
            return len(self.writes)


def _without(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_CONNECTION}


class _Server(LoopbackServer):
    def __init__(self, proxy: Proxy) -> None:
        super().__init__(_Request)
        self.proxy = proxy


class _Request(LoopbackRequest):
    protocol_version = "HTTP/1.1"
    server: _Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = self.server.proxy.answer(self.command, self.path, _without(dict(self.headers)), body)
        if found is None:
            self.close_connection = True
            return
        self.respond(*found)
