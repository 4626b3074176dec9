"""How many events per second one process takes, and reads for each what the device reported."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle

from controller.adapters.nanohub import NanoHub, connect, parse_event
from controller.domain.facts import Facts
from controller.domain.versions import Version
from controller.inbox import Inbox
from controller.listen import Hearing
from controller.metrics import Metrics
from controller.receptions import Door, Hook, MdmReception, Receptions
from controller.settings import Address
from controller.webhook import Webhook
from tests.bench.bare import plain, send, warm
from tests.bench.devices import Devices, Voices, enrollments, full_report, install_state
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.rounds import in_turns
from tests.lab.nanohub import NanoHub as Server
from tests.lab.processes import free_port

DEVICES, ROUNDS = 1_000, 5

ENROLLMENTS = enrollments(DEVICES)

FLEET, TOKEN = "acme/bench", "token-of-bench"

INTERVAL = timedelta(days=1)

#: Seconds that all of them may take.
LIMIT = 120.0

SAID = Facts(None, "macOS", Version(26, 1), model="J314sAP", install_state="none")

_STATES = cycle(("downloading", "prepared", "installing"))


class Here:
    """The one that holds the Lease."""

    def held(self) -> bool:
        """It does."""
        return True

    def holder_address(self) -> str:
        """Nobody asks."""
        return ""


class Ears:
    """What takes a fleet's events in this process, as the operator does: all devices have spoken before."""

    def __init__(self, server: Server, mdm: NanoHub, voices: Voices) -> None:
        self._server = server
        self._mdm = mdm
        self._voices = voices
        self._bell = asyncio.Event()
        self._inbox = Inbox(FLEET, _now, self._bell.set)
        self._hearing = Hearing(mdm.ours)
        self._address = Address("127.0.0.1", free_port())

    async def begin(self) -> None:
        """Know what the devices are."""
        await self._voices.enroll()
        await self._voices.report_all(dict.fromkeys(ENROLLMENTS, full_report(SAID)))
        await self._hearing.ask(self._mdm, ENROLLMENTS, _now(), INTERVAL)

    async def merged(self) -> float:
        """Events per second: each device has reported something new, which is known in the end."""
        state = await self._report()
        async with self._listening(), asyncio.timeout(LIMIT):
            sender = await asyncio.create_subprocess_exec(*self._sender())
            await self._bell.wait()
            started = time.perf_counter()
            asked: set[str] = set()
            while len(asked) < DEVICES:
                await self._bell.wait()
                self._bell.clear()
                asked |= await self._hear()
            seconds = time.perf_counter() - started
            failed = await sender.wait()
        if failed or any(facts.install_state != state for facts in self._hearing.facts.values()):
            raise RuntimeError("not every event was taken, or not every report merged")
        return DEVICES / seconds

    async def bare(self) -> float:
        """Reports per second, read by a plain client: the new one, and the one before, which ends it."""
        await self._report()
        paths = [f"/ddm/status-report/{e}?index={index}" for e in ENROLLMENTS for index in (0, 1)]
        async with plain(self._server) as http:
            await warm(http)
            started = time.perf_counter()
            await send(http, [("GET", path, b"") for path in paths])
            return DEVICES / (time.perf_counter() - started)

    async def _report(self) -> str:
        """Every device reports the same new state."""
        state = next(_STATES)
        await self._voices.report_all(dict.fromkeys(ENROLLMENTS, install_state(state)))
        return state

    async def _hear(self) -> set[str]:
        """What came is taken, read and merged; of whom."""
        self._hearing.note(self._inbox.take())
        due = self._hearing.due(ENROLLMENTS, _now(), INTERVAL)
        await self._hearing.ask(self._mdm, due, _now(), INTERVAL)
        return set(due)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        receptions = Receptions()
        receptions.open(Door.MDM, FLEET, MdmReception(Hook(TOKEN, "", parse_event), self._inbox))
        self._bell.clear()
        async with Webhook(receptions, Here(), Metrics(), _now).listening(self._address):
            yield

    def _sender(self) -> list[str]:
        url = f"http://{self._address}/webhook/{FLEET}/{TOKEN}"
        return [sys.executable, "-m", "tests.bench.sending", url, str(DEVICES)]


def run(ground: Ground) -> Mapping[str, float]:
    """Sender, NanoHUB and who listens share the cores."""
    server = ground.nanohub
    server.restart()
    devices = Devices(server, ground.authority, ENROLLMENTS)
    merged, bare, _ = asyncio.run(_compare(server, devices))
    return {"webhook_rate": merged, "webhook_bare_rate": bare}


async def _compare(server: Server, devices: Devices) -> tuple[float, float, float]:
    mdm = connect(server.url, server.api_key, "", FLEET, lambda _code, _seconds: None)
    try:
        async with devices.speaking() as voices:
            ears = Ears(server, mdm, voices)
            await ears.begin()
            return await in_turns(ears.merged, ears.bare, ROUNDS)
    finally:
        await mdm.close()


def _now() -> datetime:
    return datetime.now(UTC)


BENCHMARK = Benchmark(
    (
        Figure(
            "webhook_rate",
            "events/s",
            f"{DEVICES:,} devices have reported: each event taken, its report read and merged",
            Target(200, at_least=True),
        ),
        Figure("webhook_bare_rate", "events/s", "the same reports read by a plain httpx client, 8 at once"),
    ),
    run,
)
