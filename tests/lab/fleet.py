"""Simulated devices that talk to a real NanoHUB."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

import httpx

from tests.lab import protocol
from tests.lab.device import Behaviour, Device, Event, Profile
from tests.lab.installing import advance, wake
from tests.lab.lifecycle import sync
from tests.lab.pki import Authority
from tests.lab.protocol import Declaration, Key, Message
from tests.lab.status import report

#: How many devices talk at the same time.
CONCURRENCY = 16

START = datetime(2026, 1, 12, 8, tzinfo=UTC)


class Refused(Exception):
    """The MDM answered with an error."""


def enrollment_id(serial: str) -> str:
    """The UDID of a device; NanoHUB calls it by that."""
    return f"00008112-{hashlib.sha256(serial.encode()).hexdigest()[:16].upper()}"


class Member:
    """A device and its connection: what it has to remember between two visits to the server."""

    def __init__(self, profile: Profile, certificate: bytes) -> None:
        self.device = Device.of(profile)
        self.udid = enrollment_id(profile.serial)
        self.header = {"Client-Cert": f":{base64.b64encode(certificate).decode()}:"}
        #: It was told that declarations changed, and has not taken them over yet.
        self.is_behind = False
        #: The declarations' token that a command brought, empty when it did not; and the one it has.
        self.announced = self.token = ""
        self.deferrals = 0
        self.was_silent = False

    def is_silent(self, now: datetime) -> bool:
        """Is it switched off?"""
        silent_after = self.device.profile.behaviour.silent_after
        return silent_after is not None and now >= silent_after


class Fleet:
    """Devices by name. Nothing happens between two steps, and *now* changes only from outside.

    *offered* says which build of which versions a model can install. After a step, *troubles* says which
    devices could not finish their talk with the server; they try again in the next one.
    """

    def __init__(
        self,
        url: str,
        authority: Authority,
        offered: Callable[[str], Mapping[str, str]],
        now: datetime = START,
    ) -> None:
        self.now = now
        self.troubles: dict[str, str] = {}
        self._authority = authority
        self._offered = offered
        self._members: dict[str, Member] = {}
        self._http = httpx.AsyncClient(
            base_url=url,
            trust_env=False,
            timeout=60,
            limits=httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY),
        )

    async def enroll(self, profiles: Iterable[Profile]) -> None:
        """Enroll these; one that is here already starts again, as after a wipe."""
        members = [Member(p, self._authority.identity(enrollment_id(p.serial))) for p in profiles]
        await _each(members, self._enroll)
        self._members |= {member.device.profile.name: member for member in members}

    async def check_out(self, name: str) -> None:
        """The device leaves management, and the fleet."""
        member = self._members.pop(name)
        await self._send(member, protocol.check_out(member.udid))

    async def step(self) -> None:
        """Every device asks for commands, takes what changed, goes one state further, and reports."""
        self.troubles = {}
        await _each(self._members.values(), self._visit)

    async def run(self, interval_seconds: float) -> None:
        """Step by step, until cancelled; the clock is somebody else's."""
        while True:
            await self.step()
            await asyncio.sleep(interval_seconds)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by

    def behave(self, name: str, behaviour: Behaviour) -> None:
        """From now on the device behaves like this."""
        member = self._members[name]
        profile = replace(member.device.profile, behaviour=behaviour)
        member.device = replace(member.device, profile=profile)

    @property
    def devices(self) -> dict[str, Device]:
        """The state of every device."""
        return {name: member.device for name, member in self._members.items()}

    def device(self, name: str) -> Device:
        return self._members[name].device

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

    async def _enroll(self, member: Member) -> None:
        profile, udid = member.device.profile, member.udid
        facts = {
            "SerialNumber": profile.serial,
            "OSVersion": profile.version,
            "BuildVersion": profile.build,
            "ProductName": profile.model_identifier,
            "Model": profile.model_identifier,
            "DeviceName": profile.name,
        }
        await self._send(member, protocol.authenticate(udid, facts))
        await self._send(member, protocol.token_update(udid))
        if profile.family == "macOS":
            await self._send(member, protocol.bootstrap_token(udid, profile.serial.encode()))

    async def _visit(self, member: Member) -> None:
        silent, member.was_silent = member.was_silent, member.is_silent(self.now)
        if member.was_silent:
            return
        if silent:
            member.device = wake(member.device, self.now)
        name, model = member.device.profile.name, member.device.profile.model
        try:
            await self._poll(member)
            if member.is_behind:
                await self._sync(member)
            member.device = advance(member.device, self._offered(model), self.now)
            await self._report(member)
        except (httpx.TransportError, Refused) as error:
            self.troubles[name] = f"{type(error).__name__}: {error}"

    async def _poll(self, member: Member) -> None:
        """Answer the commands that wait; the first few are put off by who behaves so."""
        answer = await self._send(member, protocol.idle(member.udid))
        while command := protocol.read_command(answer):
            if member.deferrals < member.device.profile.behaviour.not_now:
                member.deferrals += 1
                answer = await self._send(member, protocol.not_now(member.udid, command))
                continue
            if command.request_type == "DeclarativeManagement":
                member.is_behind, member.announced = True, command.token
            answer = await self._send(member, protocol.acknowledged(member.udid, command))

    async def _sync(self, member: Member) -> None:
        """Take over what the server has, unless the token says that nothing changed."""
        token = member.announced or protocol.read_token(await self._ask(member, "tokens"))
        if token != member.token:
            member.token = await self._take_over(member)
        member.is_behind = False

    async def _take_over(self, member: Member) -> str:
        """Fetch what is new or changed, keep the others, drop what vanished.

        Returns the token of what it took: the server may have moved on since it announced another.
        """
        manifest, token = protocol.read_manifest(await self._ask(member, "declaration-items"))
        held = member.device.held
        declarations: dict[Key, Declaration] = {}
        for key, version in sorted(manifest.items()):
            if key in held and held[key].token == version:
                declarations[key] = held[key]
            else:
                declarations[key] = protocol.read_declaration(key, await self._ask(member, key.endpoint))
        member.device = sync(member.device, declarations, self.now)
        return token

    async def _report(self, member: Member) -> None:
        after, document = report(member.device, self.now)
        if document is not None:
            await self._send(member, protocol.declarative(member.udid, "status", document))
        member.device = after

    async def _ask(self, member: Member, endpoint: str) -> bytes:
        return await self._send(member, protocol.declarative(member.udid, endpoint))

    async def _send(self, member: Member, message: Message) -> bytes:
        headers = {**member.header, "Content-Type": message.content_type}
        answer = await self._http.put("/mdm", content=message.body, headers=headers)
        if not answer.is_success:
            raise Refused(f"{member.udid}: {answer.status_code} {answer.text.strip()}")
        return answer.content


async def _each(members: Iterable[Member], act: Callable[[Member], Awaitable[None]]) -> None:
    gate = asyncio.Semaphore(CONCURRENCY)

    async def pass_through(member: Member) -> None:
        async with gate:
            await act(member)

    async with asyncio.TaskGroup() as group:
        for member in members:
            group.create_task(pass_through(member))
