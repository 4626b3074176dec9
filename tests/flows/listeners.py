"""Webhook listeners on loopback, as many as a test needs, and requests that no library would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from controller.adapters.nanohub.webhook import parse_event
from controller.inbox import Inbox
from controller.metrics import Metrics
from controller.receptions import Door, Hook, MdmReception, Receptions
from controller.settings import Address
from controller.webhook import Webhook
from tests.lab.processes import free_port

NOW = datetime(2026, 11, 23, 16, 33, tzinfo=UTC)

FLEET, TOKEN = "acme/macs", "token-of-acme"


@dataclass
class OneLease:
    """Held here, or by the one at an address, or by nobody."""

    here: bool = True
    elsewhere: str = ""

    def held(self) -> bool:
        return self.here

    def holder_address(self) -> str:
        return self.elsewhere


@dataclass
class Listener:
    """One process that listens. It takes events of one fleet if it is *opened*."""

    lease: OneLease = field(default_factory=OneLease)
    metrics: Metrics = field(default_factory=Metrics)
    receptions: Receptions = field(default_factory=Receptions)
    address: Address = field(default_factory=lambda: Address("127.0.0.1", free_port()))
    inbox: Inbox = field(default_factory=lambda: Inbox(FLEET, lambda: NOW, lambda: None))

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def webhook(self) -> str:
        return f"{self.url}/webhook/{FLEET}/{TOKEN}"

    def opened(self, *, token: str = TOKEN, hmac_key: str = "") -> "Listener":
        self.receptions.open(Door.MDM, FLEET, MdmReception(Hook(token, hmac_key, parse_event), self.inbox))
        return self

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        webhook = Webhook(self.receptions, self.lease, self.metrics, lambda: NOW)
        async with webhook.listening(self.address):
            yield self

    def counted(self) -> dict[tuple[str, str], float]:
        """How many events, by fleet and topic."""
        return {
            (sample.labels["fleet"], sample.labels["topic"]): sample.value
            for metric in self.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == "pomona_webhook_events_total"
        }

    async def say(self, request: bytes) -> bytes:
        """Send these bytes; all that is answered until the other side hangs up."""
        reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def say_and_hang_up(self, request: bytes) -> None:
        """Send these bytes, and wait for nothing."""
        _, writer = await asyncio.open_connection(self.address.host, self.address.port)
        writer.write(request)
        writer.close()
        await writer.wait_closed()
