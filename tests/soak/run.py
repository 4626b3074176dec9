"""One run: everything is started, the month goes by, what is left is gathered."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tests.lab.ground import Act, Ground, ground
from tests.lab.lab import HOME, TENANT, Lab
from tests.lab.waiting import eventually
from tests.soak.events import DAYS, EVENTS, Outside
from tests.soak.evidence import (
    Evidence,
    Picture,
    half_fetched,
    in_force,
    lost_queues,
    picture,
    pushed,
)
from tests.soak.recruits import Recruit, enlisted, files
from tests.soak.table import KINDS

#: Seconds until everything is set up, between two looks for a change, and until there is none.
SET_UP, LOOK, SETTLING = 120.0, 3.0, 60.0

#: Says what happens.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How many devices; seconds that a day takes at least, and that nothing may be written in the end."""

    devices: int
    day: float
    quiet: float


FULL, SHORT = Size(300, 27.0, 10.0), Size(len(KINDS), 2.5, 5.0)


async def play(lab: Lab, events: int, size: Size, tell: Tell) -> Evidence:
    """A month of this size, with all kinds of devices whatever it is; longer on a slow machine."""
    async with ground(lab, events) as here:
        outside = Outside(here, enlisted(size.devices))
        await _set_up(here, outside)
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(here.go_on(over))
            tell(f"{len(outside.recruits)} devices are enrolled; the month begins")
            here.speed = timedelta(days=1).total_seconds() / size.day
            await _month(here, outside, tell)
            fast, here.speed = here.speed, 1.0
            tell("the month is over; everything comes to rest")
            pictures = await _rest(lab), await _after(lab, size.quiet)
            over.set()
        return await asyncio.to_thread(_gather, here, outside, pictures, fast)


async def _set_up(here: Ground, outside: Outside) -> None:
    """Git's Devices are there before their devices enroll, and the webhook hears of the others."""
    here.list_today()
    await asyncio.to_thread(outside.publish)
    await asyncio.to_thread(here.lab.make_fleet, mdm=here.url)
    here.start_operator()
    expected = sum(name.startswith("policies/devices/") for name in files(outside.recruits))

    def ready() -> bool:
        return len(here.lab.devices()) == expected and bool(here.lab.condition("WebhookHeard"))

    await eventually(ready, SET_UP, "Git's Devices are in the cluster and the webhook is open")
    await here.fleet.enroll(recruit.profile for recruit in outside.recruits)


async def _month(here: Ground, outside: Outside, tell: Tell) -> None:
    """Events and happenings, each on its day."""
    waiting = sorted(_happenings(here, outside.recruits), key=lambda happening: happening[0])
    for event in EVENTS:
        waiting = await _pass(here, event.day, waiting)
        tell(f"day {here.clock.day:4.1f}: {event.name}")
        await asyncio.to_thread(event.act, outside)
        outside.happened[event.name] = here.clock()
    await _pass(here, DAYS, waiting)


def _happenings(here: Ground, recruits: Iterable[Recruit]) -> Iterator[tuple[float, Act]]:
    for recruit in recruits:
        for day, happening in recruit.kind.happenings:
            yield day, partial(happening, here, recruit.name)


async def _pass(here: Ground, until: float, waiting: list[tuple[float, Act]]) -> list[tuple[float, Act]]:
    """Let days go by, and what happens to devices in them; what is yet to come."""
    while (today := here.clock.day) < until:
        due = [act for day, act in waiting if day <= today]
        here.acts += due
        waiting = waiting[len(due) :]
        await asyncio.sleep(0.02)
    return waiting


async def _rest(lab: Lab) -> Picture:
    """The first picture that is the same some seconds later; the last one, where there is none for long."""
    before = await asyncio.to_thread(picture, lab)
    for _ in range(int(SETTLING / LOOK)):
        after = await _after(lab, LOOK)
        if before == after:
            break
        before = after
    return before


async def _after(lab: Lab, seconds: float) -> Picture:
    await asyncio.sleep(seconds)
    return await asyncio.to_thread(picture, lab)


def _gather(here: Ground, outside: Outside, pictures: tuple[Picture, Picture], speed: float) -> Evidence:
    lab, fleet = here.lab, here.fleet
    shown = lab.cluster.get("fleets,updatepolicies,devices,configmaps,leases,events", "-n", TENANT)
    home = lab.cluster.get("configmaps,leases,events", "-n", HOME)
    enrollments = {
        r.name: r.enrollment if r.name in here.left else fleet.enrollment(r.name) for r in outside.recruits
    }
    lives, broken = {**fleet.devices, **here.left}, lost_queues(lab)
    lost = {name for name, enrollment in enrollments.items() if enrollment in broken}
    return Evidence(
        outside.recruits,
        lives,
        enrollments,
        lab.devices(),
        in_force(lab, pictures[1]),
        {c["type"]: f"{c['status']} {c['reason']}" for c in lab.fleet()["status"]["conditions"]},
        {operator.log.name: operator.log.read_text() for operator in lab.operators},
        pushed(lab),
        outside.happened,
        here.restored,
        pictures,
        json.dumps([shown, home]),
        half_fetched(outside.recruits, lives) | lost,
        speed,
    )
