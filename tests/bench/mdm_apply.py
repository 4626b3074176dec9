"""How fast devices are enforced through the adapter, beside the same requests without it."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from controller.adapters.nanohub import NanoHub, connect
from controller.adapters.nanohub.attempts import WORKERS
from controller.adapters.nanohub.client import Client
from controller.domain.declarations import Declaration
from controller.domain.versions import Version
from tests.bench.bare import Request, carry_out, hearing, plain, warm
from tests.bench.devices import enrollments
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.rounds import in_turns
from tests.lab.nanohub import NanoHub as Server

DEVICES, ROUNDS = 2_000, 7

ENROLLMENTS = enrollments(DEVICES)
DECLARATION = Declaration(Version(26, 2), datetime(2026, 1, 14, 18))

FLEET = "acme/bench"


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
    mdm = connect(server.url, server.api_key, "", FLEET, lambda _code, _seconds: None)
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
    async with plain(server) as http:
        await warm(http)
        started = time.perf_counter()
        await carry_out(http, requests)
        return DEVICES / (time.perf_counter() - started)


async def _asked_for(server: Server) -> list[Request]:
    """The requests by which the adapter enforces."""
    server.restart()
    async with plain(server) as http:
        mdm = NanoHub(Client(http, lambda _code, _seconds: None), FLEET, lambda: datetime.now(UTC))
        await mdm.promises(ENROLLMENTS)
        with hearing(http) as requests:
            await mdm.enforce(DECLARATION, ENROLLMENTS)
    return requests


BENCHMARK = Benchmark(
    (
        Figure("mdm_apply_rate", "devices/s", f"{DEVICES:,} devices enforced through the adapter"),
        Figure("mdm_bare_rate", "devices/s", f"the same requests by a plain httpx client, {WORKERS} at once"),
        Figure("mdm_apply_ratio", "", "the first over the second, by rounds", Target(0.8, at_least=True)),
    ),
    run,
)
