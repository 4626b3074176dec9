"""Devices by the thousand, as far as an MDM sees them: they enroll, and report what they run and hold."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from controller.domain.declarations import Promise
from controller.domain.facts import Facts
from controller.domain.status_items import ITEMS
from controller.workers import for_each
from tests.lab import protocol
from tests.lab.member import Connection
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority

#: How many of them speak at once.
WORKERS = 8


def enrollments(number: int) -> list[str]:
    """So many ids, as a NanoHUB has them."""
    return [f"{index:08X}-000A1234ABCD001E" for index in range(number)]


class Devices:
    """The devices of these enrollments on one NanoHUB, with a certificate each, which it knows them by."""

    def __init__(self, server: NanoHub, authority: Authority, enrollments: Sequence[str]) -> None:
        self._server = server
        self._certificates = {enrollment: authority.identity(enrollment) for enrollment in enrollments}

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator["Voices"]:
        """They can speak, within one event loop."""
        limits = httpx.Limits(max_connections=WORKERS, max_keepalive_connections=WORKERS)
        async with httpx.AsyncClient(
            base_url=self._server.url, limits=limits, timeout=60, trust_env=False
        ) as http:
            yield Voices({e: Connection(http, known) for e, known in self._certificates.items()})


class Voices:
    """What the devices say, by enrollment. Each returns once the MDM has answered."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    async def enroll(self) -> None:
        """All of them enroll."""

        async def enroll(enrollment: str) -> None:
            connection = self._connections[enrollment]
            await connection.send(protocol.authenticate(enrollment, {}))
            await connection.send(protocol.token_update(enrollment))

        await for_each(self._connections, enroll, workers=WORKERS)

    async def report(self, enrollment: str, document: Mapping[str, Any]) -> None:
        """One of them reports this."""
        await self._connections[enrollment].send(protocol.declarative(enrollment, "status", document))

    async def report_all(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Each of these reports what is there for it."""

        async def report(enrollment: str) -> None:
            await self.report(enrollment, documents[enrollment])

        await for_each(documents, report, workers=WORKERS)


def full_report(facts: Facts, promise: Promise | None = None, subscription: str = "") -> dict[str, Any]:
    """Everything that a device of these facts has to say; of ours it holds this promise and subscription."""
    held = [(promise.identifier, promise.token)] if promise else []
    held += [(subscription, "t1")] if subscription else []
    values = {
        "device.operating-system.family": facts.platform,
        "device.operating-system.version": str(facts.version),
        "device.operating-system.build-version": facts.build,
        "softwareupdate.device-id": facts.model,
        "softwareupdate.install-state": facts.install_state,
        "softwareupdate.pending-version": {"os-version": "", "build-version": ""},
        "softwareupdate.failure-reason": {"count": 0},
        "management.client-capabilities": {"supported-payloads": {"status-items": sorted(ITEMS)}},
        "management.declarations": {"configurations": [_valid(*one) for one in held]},
    }
    return protocol.status_report(values, (), full=True)


def install_state(state: str) -> dict[str, Any]:
    """What a device reports where just that changed."""
    return protocol.status_report({"softwareupdate.install-state": state}, (), full=False)


def _valid(identifier: str, token: str) -> dict[str, Any]:
    return {"identifier": identifier, "server-token": token, "active": True, "valid": "valid"}
