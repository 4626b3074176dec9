"""How long it takes until people see what a device reported."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from statistics import quantiles

import msgspec

from controller.adapters.kube.access import read_access
from controller.adapters.kube.client import Client
from controller.adapters.kube.listing import list_all
from controller.adapters.kube.paths import collection
from controller.adapters.kube.wire import Event, Page, Thing
from tests.bench.devices import Voices, install_state
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import DEVICES, Ground
from tests.bench.running import at_rest
from tests.bench.settled import Settled
from tests.lab.lab import TENANT
from tests.lab.waiting import eventually

#: So many devices report, over so many seconds; and how many the last of them may wait.
REPORTING, OVER, LIMIT = 500, 60.0, 120.0

STATE = "downloading"


class Sight:
    """A watch of all Devices, by which people see them: when each first showed the new state, by name."""

    def __init__(self, client: Client) -> None:
        self.seen: dict[str, float] = {}
        self._client = client

    async def look(self, since: str) -> None:
        """Look at everything that happens after this resourceVersion, until cancelled."""
        query = {"watch": "1", "resourceVersion": since}
        async with self._client.stream(collection("Device", TENANT), query, LIMIT) as chunks:
            rest = b""
            async for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._take(line)

    def _take(self, line: bytes) -> None:
        thing = msgspec.json.decode(msgspec.json.decode(line, type=Event).object, type=Thing)
        if thing.status.get("reported", {}).get("installState") == STATE:
            self.seen.setdefault(thing.metadata.name, time.perf_counter())


def run(ground: Ground) -> Mapping[str, float]:
    """NanoHUB's webhook points at the operator, and the devices report that their update is downloading."""
    settled = ground.settled
    with at_rest(settled.lab):
        hundredths = quantiles(asyncio.run(_measure(settled)), n=100)
    return {"report_to_status_p95": hundredths[94], "report_to_status_p50": hundredths[49]}


async def _measure(settled: Settled) -> Sequence[float]:
    """How many seconds it took for each."""
    client = Client(read_access(str(settled.lab.cluster.kubeconfig)))
    try:
        async with settled.devices.speaking() as voices:
            return await _wait(client, voices)
    finally:
        await client.close()


async def _wait(client: Client, voices: Voices) -> Sequence[float]:
    things = await list_all(client, "Device", TENANT, Page[Thing])
    since = max(int(thing.metadata.resource_version) for thing in things)
    asked = [thing for thing in things if thing.status.get("progress") == "Acknowledged"]
    enrollments = {t.metadata.name: t.spec["enrollment"] for t in asked[:: len(asked) // REPORTING]}
    sight = Sight(client)
    looking = asyncio.create_task(sight.look(str(since)))
    try:
        said = await _report(voices, dict(list(enrollments.items())[:REPORTING]))
        await eventually(lambda: sight.seen.keys() >= said.keys(), LIMIT, "every report is seen")
    finally:
        looking.cancel()
        await asyncio.wait({looking})
    return [sight.seen[name] - at for name, at in said.items()]


async def _report(voices: Voices, enrollments: Mapping[str, str]) -> Mapping[str, float]:
    """All of these report, one after the other; when each had its answer, by name."""
    said: dict[str, float] = {}
    started = time.perf_counter()

    async def report(number: int, name: str) -> None:
        await asyncio.sleep(started + OVER * number / len(enrollments) - time.perf_counter())
        await voices.report(enrollments[name], install_state(STATE))
        said[name] = time.perf_counter()

    async with asyncio.TaskGroup() as group:
        for number, name in enumerate(enrollments):
            group.create_task(report(number, name))
    return said


BENCHMARK = Benchmark(
    (
        Figure(
            "report_to_status_p95",
            "s",
            f"from a device's report until its status shows it, for 19 of 20: {REPORTING} of {DEVICES:,} "
            f"devices at rest report over {OVER:g} s",
            Target(2.0),
        ),
        Figure("report_to_status_p50", "s", "the same for one half of them"),
    ),
    run,
)
