"""What the operator answers over HTTP: is it alive, is it ready, its metrics."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from controller.settings import Address


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
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, address.host or None, address.port).start()
        yield
    finally:
        await runner.cleanup()
