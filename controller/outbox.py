"""The outbox of a fleet: notifications on their way, in a task of their own. Nothing waits for a receiver."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from controller.domain.news import Item
from controller.domain.news_reasons import Severity
from controller.domain.receivers import Receiver
from controller.lanes import Lane
from controller.objects import Notification
from controller.ports import Messenger, Rejected, Unavailable

log = logging.getLogger(__name__)

#: Seconds between two looks while nothing waits; what is put in rings.
IDLE = 3600.0

#: The reason of the Event that says that a receiver does not work.
FAILED = "NotificationFailed"


@dataclass
class Outbox:
    """*open* makes a receiver's messenger, anew for each batch; *record* notes an item with the Fleet."""

    fleet: str
    open: Callable[[Receiver], Awaitable[Messenger]]
    record: Callable[[Item], Awaitable[None]]
    clock: Callable[[], float] = time.monotonic
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    _lanes: dict[Receiver, Lane] = field(default_factory=dict)

    def put(self, receivers: Iterable[Receiver], notifications: Iterable[Notification]) -> None:
        """Have these delivered to just these receivers; what waits for others is dropped with them."""
        self._lanes = {receiver: self._lanes.get(receiver) or Lane(receiver) for receiver in receivers}
        for notification in notifications:
            for lane in self._lanes.values():
                lane.put(notification, self.clock())
            self.bell.set()

    async def turn(self) -> float:
        """Deliver what is due; how many seconds the next turn may wait."""
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes.values():
                tasks.create_task(self._deliver(lane))
        return min((lane.wait(self.clock()) for lane in self._lanes.values()), default=IDLE)

    async def _deliver(self, lane: Lane) -> None:
        due = lane.due(self.clock())
        if due is None:
            return
        try:
            messenger = await self.open(lane.receiver)
            try:
                while due is not None:
                    await messenger.deliver(due)
                    await self._arrived(lane)
                    due = lane.due(self.clock())
            finally:
                await messenger.close()
        except (Unavailable, Rejected) as error:
            await self._failed(lane, error)

    async def _arrived(self, lane: Lane) -> None:
        if lane.delivered():
            found = f"the receiver {lane.receiver.key} takes notifications again"
            await self._tell(f"{FAILED}Recovered", Severity.INFO, found)

    async def _failed(self, lane: Lane, error: Unavailable | Rejected) -> None:
        gone, troubled = lane.failed(error, self.clock())
        for notification in gone:
            reason = notification.item.reason
            log.warning("%s: %s is not told to %s: %s", self.fleet, reason, lane.receiver.key, error)
        if troubled:
            await self._tell(FAILED, Severity.WARNING, f"the receiver {lane.receiver.key}: {error}")

    async def _tell(self, reason: str, severity: Severity, message: str) -> None:
        log.warning("%s: %s: %s", self.fleet, reason, message)
        await self.record(Item(reason, severity, "Fleet", self.fleet.partition("/")[2], message))
