"""Simulated devices that talk to a real NanoHUB."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Self

import httpx

from tests.lab.apns import Apns
from tests.lab.device import Behaviour, Device, Event, Profile
from tests.lab.lifecycle import erased, repaired, restored
from tests.lab.member import TOKEN, Connection, Member, Refused
from tests.lab.pki import Authority
from tests.lab.protocol import push_token

#: How many devices talk at the same time.
CONCURRENCY = 16

#: A device that nobody pushes asks for commands after this.
PATIENCE = timedelta(hours=12)

START = datetime(2026, 1, 12, 8, tzinfo=UTC)


def enrollment_id(serial: str) -> str:
    """The UDID of a device, as long as it is not replaced; NanoHUB calls it by that."""
    return f"00008112-{hashlib.sha256(serial.encode()).hexdigest()[:16].upper()}"


class Fleet:
    """Devices by name. Nothing happens between two steps, and *now* changes only from outside.

    *offered* says which build of which versions a model can install. After a step, *troubles* says which
    devices could not finish their talk with the server; they try again in the next one.

    With *push*, devices ask for commands as real ones do: after they enrolled, when they were pushed, when
    they are ready for what they put off, and after their *patience*. Without, they ask in every step.
    """

    def __init__(
        self,
        url: str,
        authority: Authority,
        offered: Callable[[str], Mapping[str, str]],
        now: datetime = START,
        *,
        push: Apns | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self.now = now
        self.troubles: dict[str, str] = {}
        self._authority = authority
        self._offered = offered
        self._members: dict[str, Member] = {}
        self._patience = patience if push else None
        self._pushed: SimpleQueue[bytes] = SimpleQueue()
        if push:
            push.listen(self._pushed.put)
        self._http = httpx.AsyncClient(
            base_url=url,
            trust_env=False,
            timeout=60,
            limits=httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY),
        )

    async def enroll(self, profiles: Iterable[Profile]) -> None:
        """Enroll these; one that is here already starts again as it was in the beginning."""
        await self._enroll([self._member(Device.of(p), enrollment_id(p.serial)) for p in profiles])

    async def wipe(self, name: str) -> None:
        """The device is erased, and enrolls again."""
        device = erased(self.device(name), self.now)
        await self._enroll([self._member(device, self.enrollment(name))])

    async def replace(self, name: str) -> None:
        """A device of the same serial number enrolls in its place, by another UDID; the old one is gone."""
        device = erased(self.device(name), self.now)
        await self._enroll([self._member(device, enrollment_id(self.enrollment(name)))])

    async def check_out(self, name: str) -> None:
        """The device leaves management, and the fleet."""
        await self._members.pop(name).check_out()

    async def sign_in(self, name: str, user_name: str) -> str:
        """A user of the device enrolls, too; how NanoHUB calls that."""
        return await self._members[name].sign_in(user_name)

    async def escrow(self, name: str) -> None:
        """The Mac gives its bootstrap token to the MDM."""
        await self._members[name].escrow(TOKEN)

    async def remove_escrow(self, name: str) -> None:
        """The Mac takes its bootstrap token back."""
        await self._members[name].escrow(b"")

    def restore(self, name: str, version: str, build: str) -> None:
        """The device runs this from now on, an older version as a rule; it stays enrolled."""
        self._members[name].device = restored(self.device(name), version, build)

    def repair(self, name: str, model: str) -> None:
        """The device has another logic board from now on: the lookup service knows it by this model."""
        self._members[name].device = repaired(self.device(name), model)

    def behave(self, name: str, behaviour: Behaviour) -> None:
        """From now on the device behaves like this."""
        device = self.device(name)
        profile = replace(device.profile, behaviour=behaviour)
        self._members[name].device = replace(device, profile=profile)

    async def step(self) -> None:
        """Every device asks for commands, takes what changed, goes one state further, and reports."""
        self.troubles = {}
        self._hear()
        await _each(self._members.values(), self._visit)

    async def run(self, interval_seconds: float) -> None:
        """Step by step, until cancelled; the clock is somebody else's."""
        while True:
            await self.step()
            await asyncio.sleep(interval_seconds)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by

    @property
    def devices(self) -> dict[str, Device]:
        """The state of every device."""
        return {name: member.device for name, member in self._members.items()}

    def device(self, name: str) -> Device:
        return self._members[name].device

    def enrollment(self, name: str) -> str:
        """How NanoHUB calls the device now."""
        return self._members[name].channel.enrollment

    def journal(self, name: str) -> tuple[Event, ...]:
        """What happened to the enforcements of a device, the oldest first."""
        return self.device(name).journal

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _member(self, device: Device, enrollment: str) -> Member:
        connection = Connection(self._http, self._authority.identity(enrollment))
        return Member(device, enrollment, connection, self._patience)

    async def _enroll(self, members: Iterable[Member]) -> None:
        enrolling = list(members)
        await _each(enrolling, Member.enroll)
        self._members |= {member.device.profile.name: member for member in enrolling}

    def _hear(self) -> None:
        """Let those know who were pushed since the last step."""
        pushed: set[bytes] = set()
        while True:
            try:
                pushed.add(self._pushed.get_nowait())
            except Empty:
                break
        for member in self._members.values():
            member.was_pushed |= push_token(member.channel) in pushed

    async def _visit(self, member: Member) -> None:
        profile = member.device.profile
        try:
            await member.visit(self._offered(profile.model), self.now)
        except (httpx.TransportError, Refused) as error:
            self.troubles[profile.name] = f"{type(error).__name__}: {error}"


async def _each(members: Iterable[Member], act: Callable[[Member], Awaitable[None]]) -> None:
    gate = asyncio.Semaphore(CONCURRENCY)

    async def pass_through(member: Member) -> None:
        async with gate:
            await act(member)

    async with asyncio.TaskGroup() as group:
        for member in members:
            group.create_task(pass_through(member))
