"""What a whole turn costs where there is nothing to do."""

import asyncio
import os
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from controller.tenant import Tenant
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import DEVICES, Ground
from tests.bench.settled import Settled, a_tenant
from tests.lab.lab import TENANT

ROUNDS = 9

#: Turns until what devices reported is known, shown, and nothing follows from it any more.
FIRST = 3


def run(ground: Ground) -> Mapping[str, float]:
    """Publish, reconcile and show, again and again."""
    return asyncio.run(_measure(ground.settled))


async def _measure(settled: Settled) -> Mapping[str, float]:
    # Git is asked in every turn.
    settled.lab.make_fleet()
    async with a_tenant(settled) as tenant:
        for _ in range(FIRST):
            await _turn(tenant)
        before = await _all(tenant)
        turns = [await _turn(tenant) for _ in range(ROUNDS)]
        if await _all(tenant) != before:
            raise RuntimeError("something was written though nothing changed")
    cpu, seconds = zip(*turns, strict=True)
    return {"idle_cycle_10k": median(cpu), "idle_cycle_10k_time": median(seconds)}


async def _turn(tenant: Tenant) -> tuple[float, float]:
    """The seconds of CPU that one whole turn took, Git's included, and those on the clock."""
    await asyncio.sleep(1.0)
    started, cpu = time.perf_counter(), _cpu()
    tenant.ring()
    await tenant.turn()
    return _cpu() - cpu, time.perf_counter() - started


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


async def _all(tenant: Tenant) -> list[Any]:
    """All that a turn may write in the cluster."""
    cluster = tenant.around.cluster
    devices = {name: member.status for name, member in cluster.devices(TENANT).items()}
    return [devices, await cluster.policies(TENANT), await cluster.fleets(TENANT)]


BENCHMARK = Benchmark(
    (
        Figure(
            "idle_cycle_10k",
            "s",
            f"CPU time of one whole turn of a fleet at rest, {DEVICES:,} Devices and 50 policies",
            Target(0.5),
        ),
        Figure("idle_cycle_10k_time", "s", "the same on the clock: reports wait so long at most"),
    ),
    run,
)
