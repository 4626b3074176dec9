"""What the contract needs of a server: connections that break, and a look from the device's side."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import httpx

from controller.domain.declarations import Declaration
from controller.ports import Mdm

FLEET = "acme/mac"


class Wire(httpx.AsyncBaseTransport):
    """Counts what goes over it, and breaks.

    From the request number *lasts* on nothing comes back: the requests are lost, or with *deaf* that first
    one arrives and its answer is lost. *refuses* loses single requests.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        lasts: int | None = None,
        deaf: bool = False,
        refuses: Callable[[httpx.Request], bool] = lambda _: False,
    ) -> None:
        self.asked = 0
        self.codes: Counter[int] = Counter()
        self.broke = False
        self._inner = inner
        self._lasts = lasts
        self._deaf = deaf
        self._refuses = refuses

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self._refuses(request):
            raise httpx.ConnectError("cut", request=request)
        if self._lasts is not None and self.asked > self._lasts:
            first, self.broke = not self.broke, True
            if first and self._deaf:
                await self._inner.handle_async_request(request)
            raise httpx.ReadError("cut", request=request)
        answer = await self._inner.handle_async_request(request)
        self.codes[answer.status_code] += 1
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    def breaks(self) -> None:
        """From the next request on nothing comes back."""
        self._lasts = self.asked

    def mends(self) -> None:
        """It lasts from now on."""
        self._lasts = None

    @property
    def changes(self) -> int:
        """How many requests changed something."""
        return self.codes[204]


class Server(Protocol):
    """One MDM server of the lab. *now* is the clock of the adapters that it connects."""

    now: datetime

    def wire(
        self,
        *,
        lasts: int | None = None,
        deaf: bool = False,
        refuses: Callable[[httpx.Request], bool] = lambda _: False,
    ) -> Wire:
        """A way to it."""
        ...

    def connect(self, wire: Wire | None = None, *, fleet: str = FLEET, api_key: str | None = None) -> Mdm:
        """A fresh adapter that knows nothing yet."""
        ...

    async def holds(self, enrollment: str) -> Mapping[Declaration, str]:
        """The enforcements that are active on the device once it fetched all, with their tokens."""
        ...

    async def items(self, enrollment: str) -> set[str]:
        """The status items that the device is asked for."""
        ...

    async def everything(self) -> Mapping[str, Any]:
        """All that lies on the server, by name, whoever put it there."""
        ...

    async def visit(self, enrollment: str) -> int:
        """The device asks for commands; how many it got."""
        ...

    async def report(self, enrollment: str, document: Any) -> None:
        """The device sends a status report."""
        ...

    async def interfere(self, enrollment: str) -> None:
        """Somebody else gives the device something of their own."""
        ...

    async def oppose(self, enrollment: str) -> tuple[str, str]:
        """Somebody else enforces an update on the device; the configuration's identifier and token."""
        ...

    async def enroll(self, enrollment: str) -> None:
        """The device enrolls anew."""
        ...

    async def strip(self, enrollment: str) -> None:
        """Somebody else takes all from the device."""
        ...

    def stop(self) -> None:
        """It ends, and loses everything."""
        ...

    def start(self) -> None:
        """It answers again."""
        ...
