"""NanoHUB as the contract looks at it, the real one and the fake."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.classes import ACTIVATION, ENFORCEMENT, SUBSCRIPTION, from_payload
from controller.adapters.nanohub.client import Client
from controller.adapters.nanohub.clock import Clock
from controller.domain.declarations import Declaration
from tests.contracts.server import FLEET, Wire

SOMEBODY = {
    "Identifier": "acme-passcode",
    "Type": "com.apple.configuration.passcode.settings",
    "Payload": {"RequirePasscode": True},
}

OPPOSED = {
    "Identifier": "acme-update",
    "Type": ENFORCEMENT,
    "Payload": {"TargetOSVersion": "26.0", "TargetLocalDateTime": "2026-11-30T12:00:00"},
}


class NanoHubServer(ABC):
    """Looks by NanoHUB's API, which shows what a device would be given."""

    def __init__(self, url: str, api_key: str, clock: Clock | None = None) -> None:
        self.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
        self._url = url
        self._api_key = api_key
        self._clock = clock or Clock()
        self._connected: list[NanoHub] = []

    def wire(
        self,
        *,
        lasts: int | None = None,
        deaf: bool = False,
        refuses: Callable[[httpx.Request], bool] = lambda _: False,
    ) -> Wire:
        return Wire(self.transport(), lasts=lasts, deaf=deaf, refuses=refuses)

    def connect(self, wire: Wire | None = None, *, fleet: str = FLEET, api_key: str | None = None) -> NanoHub:
        http = self._http(wire or self.wire(), api_key or self._api_key)
        self._connected.append(
            NanoHub(Client(http, lambda _code, _seconds: None, self._clock), fleet, lambda: self.now)
        )
        return self._connected[-1]

    async def close(self) -> None:
        """Close what was connected."""
        for connected in self._connected:
            await connected.close()

    async def holds(self, enrollment: str) -> Mapping[Declaration, str]:
        held = await self._held(enrollment)
        active = _named_by_activations(held)
        return {
            from_payload(document["Payload"]): document["ServerToken"]
            for name, document in held.items()
            if document["Type"] == ENFORCEMENT and name in active
        }

    async def items(self, enrollment: str) -> set[str]:
        held = await self._held(enrollment)
        active = _named_by_activations(held)
        return {
            item["Name"]
            for name, document in held.items()
            if document["Type"] == SUBSCRIPTION and name in active
            for item in document["Payload"]["StatusItems"]
        }

    async def everything(self) -> Mapping[str, Any]:
        names = await self._get("/ddm/declarations") or []
        sets = await self._get("/ddm/sets") or []
        found = {name: await self._get(f"/ddm/declarations/{name}") for name in names}
        return found | {name: sorted(await self._get(f"/ddm/set-declarations/{name}")) for name in sets}

    async def interfere(self, enrollment: str) -> None:
        await self._give(enrollment, SOMEBODY)

    async def oppose(self, enrollment: str) -> tuple[str, str]:
        await self._give(enrollment, OPPOSED)
        found = await self._get(f"/ddm/declarations/{OPPOSED['Identifier']}")
        return found["Identifier"], found["ServerToken"]

    async def strip(self, enrollment: str) -> None:
        for name in await self._get(f"/ddm/enrollment-sets/{enrollment}"):
            await self._change("DELETE", f"/ddm/enrollment-sets/{enrollment}", set=name)

    @abstractmethod
    def transport(self) -> httpx.AsyncBaseTransport:
        """Where requests go."""

    @abstractmethod
    async def visit(self, enrollment: str) -> int: ...

    @abstractmethod
    async def enroll(self, enrollment: str) -> None: ...

    @abstractmethod
    async def report(self, enrollment: str, document: Any) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def start(self) -> None: ...

    async def _held(self, enrollment: str) -> dict[str, Any]:
        """What the device would be given, by identifier."""
        sections = (await self._get("/ddm/declaration-items", enrollment))["Declarations"]
        found = {}
        for section, kind in (("Activations", "activation"), ("Configurations", "configuration")):
            for entry in sections[section] or ():
                name = entry["Identifier"]
                found[name] = await self._get(f"/ddm/declaration/{kind}/{name}", enrollment)
        return found

    async def _give(self, enrollment: str, document: Mapping[str, Any]) -> None:
        await self._change("PUT", "/ddm/declarations", json.dumps(document))
        await self._change("PUT", "/ddm/set-declarations/acme-all", declaration=document["Identifier"])
        await self._change("PUT", f"/ddm/enrollment-sets/{enrollment}", set="acme-all")

    async def _get(self, path: str, enrollment: str = "") -> Any:
        async with self._http(self.transport(), self._api_key) as http:
            answer = await http.get(path, headers={"X-Enrollment-ID": enrollment} if enrollment else {})
            return answer.raise_for_status().json()

    async def _change(self, method: str, path: str, content: str = "", **query: str) -> None:
        async with self._http(self.transport(), self._api_key) as http:
            answer = await http.request(method, path, content=content, params={"nonotify": "1", **query})
            assert answer.status_code in (204, 304), answer.text

    def _http(self, transport: httpx.AsyncBaseTransport, api_key: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=transport, base_url=f"{self._url}/api/v1", auth=("nanohub", api_key), timeout=20
        )


def _named_by_activations(held: Mapping[str, Any]) -> set[str]:
    return {
        name
        for document in held.values()
        if document["Type"] == ACTIVATION
        for name in document["Payload"]["StandardConfigurations"]
    }
