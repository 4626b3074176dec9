"""A release for a thousand devices: from the plan until each is assigned and told, beside bare requests."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from controller import crds
from controller.adapters.nanohub import NanoHub, connect
from controller.adapters.nanohub.client import Client
from controller.apply import carry_out
from controller.audit import Audit
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known, Situation
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.status_items import ITEMS
from controller.specs import read_policy
from controller.tell import Tellings, unheard
from tests.bench import bare
from tests.bench.bare import Request, hearing, plain, warm
from tests.bench.devices import enrollments
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.history import lab_history
from tests.bench.rounds import in_turns
from tests.lab.nanohub import NanoHub as Server

DEVICES, ROUNDS = 1_000, 9

ENROLLMENTS = enrollments(DEVICES)

FLEET, MODEL = "acme/bench", "j314sap"

#: Two days after the release was posted. Its deadlines are on five days, so there are five classes.
NOW = datetime(2025, 12, 14, 12, tzinfo=UTC)

SPEC = {
    "platform": "macOS",
    "selector": {},
    "target": {"latest": {}},
    "deadline": {"days": 14, "spreadDays": 4},
}


class Wave:
    """The plan, and devices that are subscribed and asked for nothing, by the one way or by the other."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._plan, self._facts = _planned()
        self._items = {enrollment: known.supports for enrollment, known in self._facts.items()}
        self._before: list[Request] = []
        self._requests: list[Request] = []

    async def ours(self) -> float:
        """Seconds as the operator does it."""
        self._server.restart()
        mdm = connect(self._server.url, self._server.api_key, "", FLEET, lambda _code, _seconds: None)
        try:
            await self._subscribe(mdm)
            started = time.perf_counter()
            await self._carry_out(mdm)
            return time.perf_counter() - started
        finally:
            await mdm.close()

    async def bare(self) -> float:
        """Seconds by a plain client that knows what to ask."""
        self._server.restart()
        async with plain(self._server) as http:
            await warm(http)
            await bare.carry_out(http, self._before)
            started = time.perf_counter()
            await bare.carry_out(http, self._requests)
            return time.perf_counter() - started

    async def listen(self) -> None:
        """Hear which requests the operator makes."""
        self._server.restart()
        async with plain(self._server) as http:
            mdm = NanoHub(Client(http, lambda _code, _seconds: None), FLEET, lambda: datetime.now(UTC))
            with hearing(http) as self._before:
                await self._subscribe(mdm)
            with hearing(http) as self._requests:
                await self._carry_out(mdm)

    async def _subscribe(self, mdm: NanoHub) -> None:
        await mdm.promises(ENROLLMENTS)
        if await mdm.subscribe(self._items):
            raise RuntimeError("not all devices were subscribed")

    async def _carry_out(self, mdm: NanoHub) -> None:
        """All that follows from the plan, as in a cycle."""
        trail = Audit("acme", "bench").of(self._plan, {}, {}, NOW)
        applied = await carry_out(self._plan, self._items, mdm, lambda: True, trail.note)
        promises, tellings = mdm.in_force(ENROLLMENTS), Tellings()
        facts, asked = self._facts, mdm.subscription
        waiting = {e: unheard(promises.get(e), asked(e), facts[e], NOW) for e in ENROLLMENTS}
        due = tellings.due(waiting, NOW)
        await tellings.tell(mdm.tell, due, waiting, NOW)
        if applied.changes["enforce"] != DEVICES or len(due) != DEVICES:
            raise RuntimeError(f"of {DEVICES} devices {applied.changes} and {len(due)} told")


def run(ground: Ground) -> Mapping[str, float]:
    """NanoHUB has no certificate to push with: it queues a command for each device, and says so."""
    return asyncio.run(_compare(Wave(ground.nanohub)))


async def _compare(wave: Wave) -> Mapping[str, float]:
    await wave.listen()
    ours, bare, ratio = await in_turns(wave.ours, wave.bare, ROUNDS)
    return {"wave_1000_time": ours, "wave_1000_bare": bare, "wave_1000": ratio}


def _planned() -> tuple[Plan, Mapping[str, Facts]]:
    """The plan for devices that run what was the newest before, and what they have said."""
    catalog = lab_history(NOW).catalog
    before = catalog.shelves[MODEL].releases[-2]
    said = Facts(NOW, "macOS", before.version, model=MODEL, supports=ITEMS, subscription="")
    devices = [Device(f"mac-{i:04}", e, NOW - timedelta(days=90)) for i, e in enumerate(ENROLLMENTS)]
    policy = read_policy("macs", crds.with_defaults("UpdatePolicy", {"spec": SPEC})["spec"])
    situation = Situation.of(Fleet(), Coverage.of([policy], NOW), Known(catalog), devices)
    return plan(situation, [(d, said) for d in devices], {}, Loosened()), dict.fromkeys(ENROLLMENTS, said)


BENCHMARK = Benchmark(
    (
        Figure(
            "wave_1000_time",
            "s",
            f"a release for {DEVICES:,} devices: from the plan until each has it and is told",
        ),
        Figure("wave_1000_bare", "s", "the same requests by a plain httpx client, 8 at once"),
        Figure("wave_1000", "", "the first over the second, by rounds", Target(1.25)),
    ),
    run,
)
