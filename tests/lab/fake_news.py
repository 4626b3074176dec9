"""A `Recorder` and a `Messenger` in memory."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from controller.domain.news import Item
from controller.objects import Notification, Reference
from controller.ports import Rejected, Unavailable


@dataclass
class FakeRecorder:
    """Keeps what was recorded, in its order; while it is *down*, nothing is."""

    recorded: list[tuple[Reference, Item]] = field(default_factory=list)
    down: bool = False

    async def record(self, about: Reference, item: Item, now: datetime) -> None:
        if self.down:
            raise Unavailable("the API server does not answer")
        self.recorded.append((about, item))

    @property
    def reasons(self) -> list[str]:
        """The reasons, in their order."""
        return [item.reason for _, item in self.recorded]


@dataclass
class FakeMessenger:
    """Keeps what was delivered; *error* is what each delivery meets, and one that *hangs* never ends.

    *tried* is set by the first delivery, *closed* counts.
    """

    delivered: list[Notification] = field(default_factory=list)
    error: Unavailable | Rejected | None = None
    hangs: bool = False
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    closed: int = 0

    async def deliver(self, notification: Notification) -> None:
        self.tried.set()
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        self.delivered.append(notification)

    async def close(self) -> None:
        self.closed += 1
