"""Simulated devices by the dozen or the thousand, speaking to a real NanoHUB."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx

from controller.workers import for_each
from tests.lab import protocol
from tests.lab.device import Declaration, Device, Profile
from tests.lab.pki import Authority

#: How many devices speak at once.
WORKERS = 16

_KINDS = {
    "Activations": "activation",
    "Configurations": "configuration",
    "Assets": "asset",
    "Management": "management",
}


class Fleet:
    """Devices with one clock, which only the test moves. *offered* says which builds a model gets."""

    def __init__(
        self,
        url: str,
        authority: Authority,
        offered: Callable[[str], Mapping[str, str]],
        now: datetime | None = None,
    ) -> None:
        self.now = now or datetime.now(UTC)
        self.devices: dict[str, Device] = {}
        self._offered = offered
        self._authority = authority
        self._identities: dict[str, str] = {}
        self._put_off: dict[str, int] = {}
        self._http = httpx.AsyncClient(
            base_url=url, timeout=60, limits=httpx.Limits(max_connections=WORKERS), trust_env=False
        )

    async def enroll(self, profiles: Iterable[Profile]) -> None:
        """Enroll these devices."""
        await for_each(list(profiles), self._enroll, workers=WORKERS)

    async def step(self) -> None:
        """Each device asks for commands, syncs where it is told to, comes one step further, and reports."""
        await for_each(list(self.devices.values()), self._step, workers=WORKERS)

    async def run(self, interval: float) -> None:
        """Step again and again, until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(interval)

    def advance(self, by: timedelta) -> None:
        """Move the clock on."""
        self.now += by

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _enroll(self, profile: Profile) -> None:
        udid = profile.udid
        self.devices[profile.serial] = Device(profile)
        self._identities[udid] = protocol.identity(self._authority.identity(profile.serial))
        known = {
            "SerialNumber": profile.serial,
            "OSVersion": profile.version,
            "BuildVersion": profile.build,
            "ProductName": profile.identifier or profile.model,
        }
        await self._check_in(protocol.check_in("Authenticate", udid, Topic=protocol.TOPIC, **known), udid)
        token = {"PushMagic": udid, "Token": profile.serial.encode()}
        await self._check_in(protocol.check_in("TokenUpdate", udid, Topic=protocol.TOPIC, **token), udid)

    async def _step(self, device: Device) -> None:
        if await self._told(device):
            await self._sync(device)
        device.advance(self.now, self._offered(device.profile.model))
        report = device.report(self.now)
        if report is not None:
            udid = device.profile.udid
            await self._check_in(protocol.declarative(udid, "status", json.dumps(report).encode()), udid)

    async def _told(self, device: Device) -> bool:
        """Work through the queue: was there a command to sync?"""
        udid, told = device.profile.udid, False
        body = await self._command(protocol.answer(udid, "Idle"), udid)
        while command := protocol.read_command(body):
            uuid, kind = command
            put_off = self._put_off.get(udid, 0)
            if put_off < device.profile.behaviour.not_now:
                self._put_off[udid] = put_off + 1
                body = await self._command(protocol.answer(udid, "NotNow", uuid), udid)
                continue
            told |= kind == "DeclarativeManagement"
            body = await self._command(protocol.answer(udid, "Acknowledged", uuid), udid)
        return told

    async def _sync(self, device: Device) -> None:
        """Fetch what changed, and drop what vanished."""
        udid = device.profile.udid
        items = json.loads(await self._check_in(protocol.declarative(udid, "declaration-items"), udid))
        held: dict[str, Declaration] = {}
        for group, kind in _KINDS.items():
            for row in items["Declarations"].get(group) or ():
                known = device.declarations.get(row["Identifier"])
                if known is None or known.token != row["ServerToken"]:
                    known = await self._fetch(udid, f"declaration/{kind}/{row['Identifier']}")
                held[known.identifier] = known
        device.sync(held, self.now)

    async def _fetch(self, udid: str, endpoint: str) -> Declaration:
        document: dict[str, Any] = json.loads(
            await self._check_in(protocol.declarative(udid, endpoint), udid)
        )
        return Declaration(
            document["Identifier"], document["Type"], document["ServerToken"], document["Payload"]
        )

    async def _check_in(self, body: bytes, udid: str) -> bytes:
        return await self._put(protocol.CHECK_IN, body, udid)

    async def _command(self, body: bytes, udid: str) -> bytes:
        return await self._put(protocol.REPORT, body, udid)

    async def _put(self, kind: str, body: bytes, udid: str) -> bytes:
        headers = {"Content-Type": kind, "Client-Cert": self._identities[udid]}
        answer = await self._http.put("/mdm", content=body, headers=headers)
        answer.raise_for_status()
        return answer.content
