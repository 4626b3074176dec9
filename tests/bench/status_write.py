"""How fast statuses are written, beside bare merge patches to the same API server."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp

from controller.adapters.kube.access import Access
from controller.adapters.kube.paths import MANAGER, single
from controller.domain.status import Outcome, device_status
from controller.patches import merge_patch
from controller.show import WORKERS, Display
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.listening import listening
from tests.bench.rounds import in_turns
from tests.bench.seeding import outcomes

DEVICES, ROUNDS = 500, 15

_STEPS = ("Downloading", "Prepared", "Installing")


class Statuses:
    """The same devices get a new step each time, by the one way or by the other."""

    def __init__(self, access: Access, namespace: str, shown: Iterable[Outcome]) -> None:
        self._access = access
        self._namespace = namespace
        self._shown = list(shown)
        self._turn = 0

    async def shown(self) -> float:
        """Statuses per second as the operator writes them, its cache hearing of each one meanwhile."""
        wanted = self._next()
        async with listening(self._access, self._namespace) as kube:
            members = kube.devices(self._namespace)
            display = Display(kube, self._namespace)
            started = time.perf_counter()
            written = await display.devices(wanted, members, {}, datetime.now(UTC).date())
            seconds = time.perf_counter() - started
        if written != len(wanted):
            raise RuntimeError(f"{written} of {len(wanted)} statuses were written")
        return written / seconds

    async def bare(self) -> float:
        """Statuses per second by a plain client; nobody listens, and the patches are there before."""
        patches = iter(self._patches())
        async with _session(self._access) as session:
            started = time.perf_counter()
            await asyncio.gather(*(self._send(session, patches) for _ in range(WORKERS)))
            return len(self._shown) / (time.perf_counter() - started)

    def _patches(self) -> list[tuple[str, dict[str, Any]]]:
        """What turns each status as it was shown last into the next one."""
        pairs = zip(self._shown, self._next(), strict=True)
        return [(after.decision.device, _patch(before, after)) for before, after in pairs]

    async def _send(
        self, session: aiohttp.ClientSession, patches: Iterable[tuple[str, dict[str, Any]]]
    ) -> None:
        headers = {"Content-Type": "application/merge-patch+json"}
        for name, patch in patches:
            url = f"{self._access.url}{single('Device', self._namespace, name)}/status?fieldManager={MANAGER}"
            async with session.patch(url, json=patch, headers=headers) as answer:
                await answer.read()
                answer.raise_for_status()

    def _next(self) -> list[Outcome]:
        self._turn += 1
        step = _STEPS[self._turn % len(_STEPS)]
        self._shown = [_at_step(outcome, step) for outcome in self._shown]
        return self._shown


def _patch(before: Outcome, after: Outcome) -> dict[str, Any]:
    return {"status": merge_patch(device_status(before), device_status(after))}


def _at_step(outcome: Outcome, step: str) -> Outcome:
    facts = outcome.facts and replace(outcome.facts, install_state=step.lower())
    return replace(outcome, progress=step, facts=facts)


def _session(access: Access) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=WORKERS, ssl=access.tls()),
        headers={"Authorization": access.authorization()},
    )


def run(ground: Ground) -> Mapping[str, float]:
    """Both ways write the same patches of the same Devices."""
    shown = [outcome for _, outcome in outcomes(ground.fleet) if outcome.declaration][:DEVICES]
    statuses = Statuses(ground.access(), ground.namespace, shown)
    ours, bare, ratio = asyncio.run(in_turns(statuses.shown, statuses.bare, ROUNDS))
    return {"status_write_rate": ours, "status_bare_rate": bare, "status_write_ratio": ratio}


BENCHMARK = Benchmark(
    (
        Figure(
            "status_write_rate",
            "writes/s",
            f"{DEVICES:,} Device statuses by the operator, its cache listening",
        ),
        Figure(
            "status_bare_rate", "writes/s", f"the same patches by a plain aiohttp client, {WORKERS} at once"
        ),
        Figure("status_write_ratio", "", "the first over the second, by rounds", Target(0.8, at_least=True)),
    ),
    run,
)
