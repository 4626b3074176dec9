"""The fake NanoHUB as the contract looks at it."""

import json
from typing import Any

import httpx

from tests.contracts.nanohub import NanoHubServer
from tests.lab.fake_nanohub import FakeNanoHub


class FakeServer(NanoHubServer):
    """The fake, as the contract looks at it."""

    def __init__(self, fake: FakeNanoHub) -> None:
        super().__init__(fake.url, fake.api_key, fake.clock.clock())
        self.fake = fake

    def transport(self) -> httpx.AsyncBaseTransport:
        return self.fake.transport()

    async def visit(self, enrollment: str) -> int:
        return self.fake.store.queues.pop(enrollment, 0)

    async def enroll(self, enrollment: str) -> None:
        self.fake.enroll(enrollment)

    async def report(self, enrollment: str, document: Any) -> None:
        self.fake.report(enrollment, json.dumps(document).encode(), int(self.now.timestamp()))

    def stop(self) -> None:
        self.fake.down = True

    def start(self) -> None:
        self.fake.down = False
        self.fake.restart()
