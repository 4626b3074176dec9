"""How fast devices are enforced through the adapter, beside the same requests without it."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import httpx

from controller.adapters.nanohub import NanoHub, connect
from controller.adapters.nanohub.attempts import WORKERS
from controller.adapters.nanohub.client import Client
from controller.domain.declarations import Declaration
from controller.domain.versions import Version
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.rounds import in_turns
from tests.lab.nanohub import NanoHub as Server

DEVICES, ROUNDS = 2_000, 7

ENROLLMENTS = [f"{index:08X}-000A1234ABCD001E" for index in range(DEVICES)]
DECLARATION = Declaration(Version(26, 2), datetime(2026, 1, 14, 18))

FLEET = "acme/bench"

#: Method, path with query, body.
Request = tuple[str, str, bytes]


def run(ground: Ground) -> Mapping[str, float]:
    """Each measurement begins with an empty server."""
    server = ground.nanohub
    return asyncio.run(_compare(server))


async def _compare(server: Server) -> Mapping[str, float]:
    requests = await _asked_for(server)
    ours, bare, ratio = await in_turns(lambda: _adapter(server), lambda: _bare(server, requests), ROUNDS)
    return {"mdm_apply_rate": ours, "mdm_bare_rate": bare, "mdm_apply_ratio": ratio}


async def _adapter(server: Server) -> float:
    server.restart()
    mdm = connect(server.url, server.api_key, "", FLEET, lambda _: None)
    try:
        return await _enforce(mdm)
    finally:
        await mdm.close()


async def _enforce(mdm: NanoHub) -> float:
    """Devices per second; what is in force was read before, as in each cycle."""
    await mdm.promises(ENROLLMENTS)
    started = time.perf_counter()
    failures = await mdm.enforce(DECLARATION, ENROLLMENTS)
    seconds = time.perf_counter() - started
    if failures:
        raise RuntimeError(f"{len(failures)} devices were not enforced")
    return DEVICES / seconds


async def _bare(server: Server, requests: list[Request]) -> float:
    """Devices per second: first what the members need, one by one; then the members, eight at once."""
    server.restart()
    by_device = ["/enrollment-sets/" in path for _, path, _ in requests]
    first = by_device.index(True)
    async with _http(
        server, httpx.Limits(max_connections=WORKERS, max_keepalive_connections=WORKERS)
    ) as http:
        await asyncio.gather(*(http.get("/ddm/declarations") for _ in range(WORKERS)))
        started = time.perf_counter()
        await _send(http, requests[:first])
        members = iter(requests[first:])
        await asyncio.gather(*(_send(http, members) for _ in range(WORKERS)))
        return DEVICES / (time.perf_counter() - started)


async def _send(http: httpx.AsyncClient, requests: Iterable[Request]) -> None:
    for method, path, body in requests:
        answer = await http.request(method, path, content=body)
        answer.raise_for_status()


async def _asked_for(server: Server) -> list[Request]:
    """The requests by which the adapter enforces."""
    requests: list[Request] = []

    async def hear(request: httpx.Request) -> None:
        path = request.url.raw_path.decode().removeprefix("/api/v1")
        requests.append((request.method, path, request.content))

    server.restart()
    async with _http(server, httpx.Limits()) as http:
        mdm = NanoHub(Client(http, lambda _: None), FLEET, lambda: datetime.now(UTC))
        await mdm.promises(ENROLLMENTS)
        http.event_hooks = {"request": [hear]}
        await mdm.enforce(DECLARATION, ENROLLMENTS)
    return requests


def _http(server: Server, limits: httpx.Limits) -> httpx.AsyncClient:
    auth = ("nanohub", server.api_key)
    return httpx.AsyncClient(base_url=f"{server.url}/api/v1", auth=auth, limits=limits, timeout=20)


BENCHMARK = Benchmark(
    (
        Figure("mdm_apply_rate", "devices/s", f"{DEVICES:,} devices enforced through the adapter"),
        Figure("mdm_bare_rate", "devices/s", f"the same requests by a plain httpx client, {WORKERS} at once"),
        Figure("mdm_apply_ratio", "", "the first over the second, by rounds", Target(0.8, at_least=True)),
    ),
    run,
)
