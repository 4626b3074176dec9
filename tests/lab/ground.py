"""The lab as a run needs it: files in memory, a gateway before NanoHUB and webhook, devices that go on."""

import asyncio
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from tests.lab import gateway
from tests.lab.advisories import feeds
from tests.lab.clock import Clock
from tests.lab.device import Device
from tests.lab.fleet import Fleet
from tests.lab.lab import Lab, Operator
from tests.lab.processes import Process, free_port
from tests.lab.readings import WORLD, World

#: Seconds between two steps of the devices.
STEP = 0.2

#: So much time passes in one of them at most.
AHEAD = timedelta(hours=6)

#: How often reports are asked for that no event announced.
REPORTS = "6h"

#: Files in memory, and how many bytes of them a long run takes.
_MEMORY, _ROOM = Path("/dev/shm"), 4 * 2**30

#: Something that happens to devices between two of their steps.
Act = Callable[[], Awaitable[None] | None]


@dataclass
class Ground:
    """Everything that a run stands on. *world* is what Apple lists; nothing, while it does not *answer*.

    *acts* happen before the next step of the devices. Time passes *speed* times as fast as it does.
    *left* are devices that are not in the fleet any more, *restored* when which version came to a device from
    outside.
    """

    lab: Lab
    fleet: Fleet
    clock: Clock
    gateway: Process
    url: str
    world: World = WORLD
    answers: bool = True
    steps: int = 0
    acts: list[Act] = field(default_factory=list)
    speed: float = 1.0
    left: dict[str, Device] = field(default_factory=dict)
    restored: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))

    def ship(self, world: World) -> None:
        """From now on Apple lists this."""
        self.world = self.lab.world = world
        self.list_today()

    def list_today(self) -> None:
        """Have lookup service and feeds say what is listed today."""
        self.lab.advisories.answer = feeds(self.world)
        self.lab.lookup.answer = self.world.answer(self.clock().date()) if self.answers else "empty"

    @property
    def program(self) -> tuple[str, ...]:
        """The operator's, by the clock of the run."""
        return sys.executable, "-m", "tests.lab.operator", str(self.clock.path)

    def start_operator(self) -> Operator:
        """Start the operator, by the clock of the run."""
        self.lab.program = self.program
        return self.lab.start_operator("--report-interval", REPORTS, "--log-format", "json")

    def restore(self, name: str, version: str, build: str) -> None:
        """A device is restored to this."""
        self.restored[name].append((self.clock(), version))
        self.fleet.restore(name, version, build)

    async def go_on(self, over: asyncio.Event) -> None:
        """Have devices do step after step, each at its time, until it is *over*."""
        day = self.clock().date()
        while not over.is_set():
            await self._act()
            self.fleet.now = self.clock()
            if self.fleet.now.date() != day:
                day = self.fleet.now.date()
                self.list_today()
            if self.speed > 1:
                self.clock.hurry(self.speed, AHEAD)
            await self.fleet.step()
            self.steps += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), STEP)

    async def _act(self) -> None:
        acts, self.acts = self.acts, []
        for act in acts:
            done = act()
            if done is not None:
                await done


@contextmanager
def parts(*, installed: bool = True) -> Iterator[tuple[Lab, int]]:
    """The lab, and the port at which NanoHUB's events are awaited by a gateway; see `Lab` for *installed*.

    NanoHUB walks directories: they are in memory where there is room.
    """
    with ExitStack() as stack:
        roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
        temporary = tempfile.TemporaryDirectory(prefix="pomona-lab-", dir=_MEMORY if roomy else None)
        folder = Path(stack.enter_context(temporary))
        lab, port = Lab(folder, storage="file", pushes=True, installed=installed), free_port()
        yield stack.enter_context(_heard_at(lab, port)), port


@contextmanager
def _heard_at(lab: Lab, port: int) -> Iterator[Lab]:
    direct = lab.nanohub.webhook_url
    lab.nanohub.webhook_url = f"http://127.0.0.1:{port}{urlsplit(direct).path}"
    with lab:
        yield lab


@asynccontextmanager
async def ground(lab: Lab, events: int) -> AsyncIterator[Ground]:
    """The clock begins now; no device is enrolled yet, and no operator runs."""
    clock, reports = Clock.begin(lab.folder / "clock"), free_port()
    operator = f"http://127.0.0.1:{lab.webhook_port}"
    ways = {"reports": (reports, lab.nanohub.url), "events": (events, operator)}
    process = gateway.start(clock, ways, lab.folder / "gateway.log")
    try:
        async with Fleet(
            lab.nanohub.url,
            lab.authority,
            _Offers(lab, clock),
            clock(),
            push=lab.apns,
            patience=timedelta(hours=24),
        ) as fleet:
            yield Ground(lab, fleet, clock, process, f"http://127.0.0.1:{reports}")
    finally:
        process.kill()


@dataclass
class _Offers:
    """What a model can install today. Asked in each step of each device, so it is remembered."""

    lab: Lab
    clock: Clock
    _known: dict[tuple[int, str, date], Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, model: str) -> Mapping[str, str]:
        key = id(self.lab.world), model, self.clock().date()
        if key not in self._known:
            self._known[key] = self.lab.world.offered(model, key[2])
        return self._known[key]
