"""Where MDMs and Git servers tell what happened: POST to /webhook/NAMESPACE/FLEET/TOKEN, and to /git/….

Only the process that holds the Lease has receptions; another one passes on what it gets.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from aiohttp import ClientSession, TCPConnector, web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestPayloadError

from controller.forward import FORWARDED, forward
from controller.metrics import Metrics
from controller.receptions import SIGNATURES, Door, Reception, Receptions
from controller.settings import Address
from controller.web import answering

log = logging.getLogger(__name__)

#: The largest body, in bytes.
LARGEST = 4 * 1024 * 1024

#: Seconds that a body may take to come, and how many are read at once to be passed on.
PATIENCE, AT_ONCE = 10.0, 32

_NAME = "[a-z0-9.-]{1,253}"
_PATH = f"/{{door:{'|'.join(Door)}}}/{{namespace:{_NAME}}}/{{fleet:{_NAME}}}/{{token:[^/]{{1,512}}}}"


class Lease(Protocol):
    """Who acts, and hence has the receptions."""

    def held(self) -> bool:
        """Is it this process?"""
        ...

    def holder_address(self) -> str:
        """Where the other one listens that does, such as http://10.0.0.3:8080; empty without one."""
        ...


class Webhook:
    """Takes events for all fleets. What is refused is told apart by its status alone, and counted."""

    _session: ClientSession

    def __init__(
        self, receptions: Receptions, lease: Lease, metrics: Metrics, clock: Callable[[], datetime]
    ) -> None:
        self._receptions = receptions
        self._lease = lease
        self._metrics = metrics
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def listening(self, address: Address) -> AsyncIterator[None]:
        """Answer there. `Rejected` when that cannot be done."""
        # An idle connection that the holder closes just now would cost an event: there is one attempt.
        async with ClientSession(connector=TCPConnector(force_close=True)) as self._session:
            application = web.Application(middlewares=[self._count], client_max_size=LARGEST)
            application.add_routes([web.post(_PATH, self._answer)])
            # A body is signed as it was sent, and must not grow: what is compressed stays compressed.
            async with answering(address, application, auto_decompress=False, logger=_server_log()):
                yield

    async def _answer(self, request: web.Request) -> web.Response:
        if self._lease.held():
            await self._receive(request)
            return web.Response()
        async with self._slots:
            return web.Response(status=await self._pass_on(request))

    async def _receive(self, request: web.Request) -> None:
        """Take one event; nothing is waited for but the body."""
        where = request.match_info
        fleet = f"{where['namespace']}/{where['fleet']}"
        reception = self._receptions.find(Door(where["door"]), fleet, where["token"])
        if reception is None:
            raise web.HTTPNotFound
        body = await _body(request)
        if not reception.accepts(body, request.headers):
            raise web.HTTPNotFound
        self._metrics.webhook(fleet, self._put(fleet, reception, body))

    def _put(self, fleet: str, reception: Reception, body: bytes) -> str:
        """Let the fleet have it; what it is counted as."""
        try:
            return reception.put(body, self._clock())
        except ValueError as error:
            log.debug("%s: %s", fleet, error)
            raise web.HTTPBadRequest from None

    async def _pass_on(self, request: web.Request) -> int:
        """Let the holder of the Lease answer. It counts then what it refuses."""
        if FORWARDED in request.headers or not self._lease.holder_address():
            raise web.HTTPServiceUnavailable
        body = await _body(request)
        signatures = {name: request.headers[name] for name in SIGNATURES if name in request.headers}
        path, holder = request.rel_url.raw_path, self._lease.holder_address()
        status = await forward(self._session, holder, path, body, signatures)
        if status is None:
            raise web.HTTPServiceUnavailable
        return status

    @web.middleware
    async def _count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count what is refused; a method that is not taken is as unknown as a path that is not there."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            self._metrics.webhook("", "refused")
            if isinstance(error, web.HTTPMethodNotAllowed):
                raise web.HTTPNotFound from None
            raise


async def _body(request: web.Request) -> bytes:
    """All of it; never more than the application's limit is read."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest from None


def _quotes_nothing(record: logging.LogRecord) -> bool:
    """Is it not what aiohttp says of requests that are no HTTP? It quotes them, token and all."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return not isinstance(error, HttpProcessingError)


def _server_log() -> logging.Logger:
    found = logging.getLogger(f"{__name__}.server")
    found.addFilter(_quotes_nothing)
    return found
