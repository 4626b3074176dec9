"""NanoHUB in memory, as an httpx transport: what it answers, and what it gets wrong."""

import asyncio
import base64
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping

import httpx

from tests.lab.fake_api import ROUTES, FakeApi, hang
from tests.lab.fake_clock import FakeClock
from tests.lab.fake_store import Store, StoredReport


class FakeNanoHub:
    """One server. Its state may be looked at and changed; its faults are switched on and off.

    *down*: nobody answers. *refuses* is the status that each request gets at once, with these headers; 0 is
    none. *takes* is how many seconds of the *clock* an answer takes, *under_way* how many requests are, and
    *busiest* how many were at most. *locks_up*: two writes of one key at a time lock that key up for
    good. *locked* are keys that hang, such as `enrollment-sets/<id> <set>`, or all that begin so.
    """

    def __init__(self, *, locks_up: bool = False) -> None:
        self.api_key = secrets.token_hex(8)
        self.url = "http://mdm.test"
        self.api = FakeApi()
        self.requests: Counter[str] = Counter()
        self.clock = FakeClock()
        self.down = False
        self.refuses: tuple[int, Mapping[str, str]] = (0, {})
        self.takes: Callable[[httpx.Request], float] = lambda _: 0.001
        self.busiest = 0
        self.under_way = 0
        self.locks_up = locks_up
        self.locked: set[str] = set()
        self._writing: set[str] = set()

    @property
    def store(self) -> Store:
        """What it keeps."""
        return self.api.store

    def transport(self) -> httpx.AsyncBaseTransport:
        """Where the requests of a client go."""
        return httpx.MockTransport(self._answer)

    def restart(self) -> None:
        """All is lost, locks included; the credentials are the same."""
        self.api.store = Store()
        self.locked, self._writing = set(), set()

    def enroll(self, enrollment: str) -> None:
        """A device enrolls: its queue is cleared, and it stays in its sets."""
        self.store.queues.pop(enrollment, None)

    def report(self, enrollment: str, body: bytes, at: int) -> str:
        """A device sends a status report, so many seconds after 1970; its id."""
        reports = self.store.reports.setdefault(enrollment, [])
        reports.append(StoredReport(secrets.token_hex(8), body, at))
        return reports[-1].id

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.busiest = max(self.busiest, self.under_way)
        try:
            await self.clock.pass_by(self.takes(request))
            return await self._decide(request)
        finally:
            self.under_way -= 1

    async def _decide(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        self.requests[request.method] += 1
        status, headers = self.refuses
        if status:
            return httpx.Response(status, text="not now", headers=headers)
        expected = base64.b64encode(f"nanohub:{self.api_key}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return httpx.Response(401, text="Unauthorized", headers={"WWW-Authenticate": "Basic"})
        return await self._route(request)

    async def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        for pattern, handlers in ROUTES.items():
            if found := re.fullmatch(pattern, path):
                if request.method not in handlers:
                    return httpx.Response(405, text="Method Not Allowed")
                await self._lock(request)
                name = found[1] if found.groups() else ""
                return handlers[request.method](self.api, name, request)
        return httpx.Response(404, text="404 page not found")

    async def _lock(self, request: httpx.Request) -> None:
        """Hang where the key is locked up, or where this request locks it up."""
        key = _key(request)
        if self.locks_up and request.method in ("PUT", "DELETE"):
            if key in self._writing:
                self.locked.add(key)
            self._writing.add(key)
            for _ in range(3):
                await asyncio.sleep(0)
            self._writing.discard(key)
        if any(f"{key} ".startswith(f"{locked} ") or locked.startswith(f"{key} ") for locked in self.locked):
            raise hang(request)


def _key(request: httpx.Request) -> str:
    """What the storage locks for a write: the declaration, the declaration of a set, the set of a device."""
    query = request.url.params
    of = query.get("set") or query.get("declaration") or ""
    path = request.url.path.removeprefix("/api/v1/ddm/")
    if path == "declarations" and request.method == "PUT":
        path = f"declarations/{json.loads(request.content)['Identifier']}"
    return f"{path} {of}".strip()
