"""`python -m tests.lab.gateway CLOCK …`: what stands between operator and NanoHUB, in a process of its own.

NanoHUB's clock is the real one. Stored reports and events pass through here, and are dated by the clock of
the run. While it *fails*, the operator's requests are answered with 503.
"""

import asyncio
import re
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from pathlib import Path

from aiohttp import ClientError, ClientSession, TCPConnector, web
from yarl import URL

from tests.lab.clock import Clock
from tests.lab.processes import Process

#: What makes it fail, and what ends that.
FAIL, WORK = signal.SIGUSR1, signal.SIGUSR2

_CREATED = re.compile(rb'"created_at":"([^"]+)"')

#: Reports are dated to the second: one was stored at any moment of it.
_SECOND = 0.999

#: What belongs to one connection and not to the message.
_OF_CONNECTION = frozenset({"content-length", "transfer-encoding", "connection", "date", "host"})


#: `reports` and `events`, each with its port and its target.
Ways = Mapping[str, tuple[int, str]]


class Gateway:
    """Both directions: `reports` goes to NanoHUB, `events` to the operator's webhook."""

    def __init__(self, clock: Clock, session: ClientSession) -> None:
        self.fails = False
        self._clock = clock
        self._session = session

    async def reports(self, target: str, request: web.Request) -> web.StreamResponse:
        """One request of the operator."""
        if self.fails:
            return web.Response(status=503, text="not now")
        return await self._forward(target, request, await request.read())

    async def events(self, target: str, request: web.Request) -> web.StreamResponse:
        """One event of NanoHUB."""
        return await self._forward(target, request, _CREATED.sub(self._created, await request.read(), 1))

    async def _forward(self, target: str, request: web.Request, body: bytes) -> web.StreamResponse:
        url, headers = URL(target + request.raw_path, encoded=True), _without(request.headers)
        try:
            async with self._session.request(request.method, url, headers=headers, data=body) as found:
                content, answered = await found.read(), _without(found.headers)
        except ClientError:
            return web.Response(status=502)
        if "Last-Modified" in answered:
            answered["Last-Modified"] = self._stored(answered["Last-Modified"])
        return web.Response(status=found.status, headers=answered, body=content)

    def _stored(self, value: str) -> str:
        stored = min(parsedate_to_datetime(value).timestamp() + _SECOND, time.time())
        return format_datetime(self._clock.at(stored), usegmt=True)

    def _created(self, found: re.Match[bytes]) -> bytes:
        # Go writes nanoseconds, of which Python reads six digits.
        text = re.sub(r"(\.\d{6})\d+", r"\1", found[1].decode())
        moment = self._clock.at(datetime.fromisoformat(text).timestamp()).astimezone(UTC)
        return f'"created_at":"{moment.isoformat()}"'.encode()


def _without(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_CONNECTION}


async def serve(clock: Clock, ways: Ways) -> None:
    """Forward until cancelled."""
    async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as session:
        gateway, loop = Gateway(clock, session), asyncio.get_running_loop()
        loop.add_signal_handler(FAIL, lambda: setattr(gateway, "fails", True))
        loop.add_signal_handler(WORK, lambda: setattr(gateway, "fails", False))
        for way, (port, target) in ways.items():
            server = web.Server(partial(getattr(gateway, way), target))
            await loop.create_server(server, "127.0.0.1", port)
        await asyncio.Event().wait()


def start(clock: Clock, ways: Ways, log: Path) -> Process:
    """Start it as a process of its own."""
    command: list[str | Path] = [sys.executable, "-m", "tests.lab.gateway", clock.path]
    for way, (port, target) in ways.items():
        command += [way, str(port), target]
    return Process(command, log)


def main(clock: str, *told: str) -> None:
    """Forward until killed."""
    ways = {way: (int(port), target) for way, port, target in zip(*[iter(told)] * 3, strict=True)}
    asyncio.run(serve(Clock(Path(clock)), ways))


if __name__ == "__main__":
    main(*sys.argv[1:])
