"""What the operator answers over HTTP: is it alive, is it ready, its metrics."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from controller.ports import Rejected
from controller.settings import Address

#: Seconds that requests under way get when the server ends, and that a name may take to be resolved.
ENDING, PATIENCE = 5.0, 5.0


@asynccontextmanager
async def answering(address: Address, application: web.Application, **options: Any) -> AsyncIterator[None]:
    """Serve *application* there, and log no request; in the end, those under way are answered first.

    *options* are those of aiohttp's server. `Rejected` when nothing can listen there.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=ENDING, **options)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host or None, address.port).start()
        except OSError as error:
            # asyncio puts the address in front once more.
            _, _, found = (error.strerror or str(error)).rpartition(": ")
            raise Rejected(f"cannot listen on {address}: {found}") from error
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(
    address: Address, registry: CollectorRegistry, missing: Callable[[], str]
) -> AsyncIterator[None]:
    """Answer /healthz, /readyz and /metrics. *missing* says what is not ready yet; empty when all is."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        found = missing()
        return web.Response(text=f"{found or 'ok'}\n", status=503 if found else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]
    )
    async with answering(address, application):
        yield


async def advertised(listen: Address, pod: str) -> str:
    """Where other processes reach what listens there, such as http://10.0.0.3:8080; empty if nobody knows.

    *pod* is the address that the pod has, empty outside of one.
    """
    reached = listen.host if _is_concrete(listen.host) else pod or await _own_address()
    return f"http://{Address(reached, listen.port)}" if reached else ""


def _is_concrete(host: str) -> bool:
    """Is it one interface's, and not the one that stands for all of them?"""
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return bool(host)


async def _own_address() -> str:
    """What this machine's name resolves to."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(socket.gethostname(), None)
    except OSError:  # TimeoutError is one, too
        return ""
    return str(found[0][4][0])
