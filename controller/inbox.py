"""What a fleet's devices did, as the MDM's webhook told it, until the fleet's flow takes it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from controller.domain.enrollments import Event, Topic

log = logging.getLogger(__name__)

#: So many events wait at most, of different enrollments or topics; the poll finds what the others said.
LIMIT = 100_000

#: What one is counted as for which there is no room.
DROPPED = "dropped"


class Inbox:
    """The newest event of each enrollment and topic that nobody took yet. For one event loop.

    *ring* is called for each event that a flow may have to act on: for any topic but OTHER. *heard* is when
    the last event came by *clock*, None before the first.
    """

    def __init__(self, fleet: str, clock: Callable[[], datetime], ring: Callable[[], None]) -> None:
        self.heard: datetime | None = None
        self._fleet = fleet
        self._clock = clock
        self._ring = ring
        self._waiting: dict[tuple[str, Topic], Event] = {}
        self._full = False

    def put(self, event: Event) -> bool:
        """Keep it until it is taken; False when too much waits already and it was dropped."""
        self.heard = self._clock()
        key = (event.enrollment, event.topic)
        before = self._waiting.get(key)
        if before is None and len(self._waiting) >= LIMIT:
            self._complain()
            return False
        self._waiting[key] = _newest(before, event) if before else event
        if event.topic is not Topic.OTHER:
            self._ring()
        return True

    def take(self) -> Sequence[Event]:
        """All that waits, oldest first; nothing waits any more."""
        taken = sorted(self._waiting.values(), key=lambda event: event.at)
        self._waiting.clear()
        self._full = False
        return taken

    def _complain(self) -> None:
        if not self._full:
            log.warning("%s: %d events wait already; more are left to the poll", self._fleet, LIMIT)
        self._full = True


def _newest(before: Event, event: Event) -> Event:
    """The newer of two, whatever came first. That a push can reach the device is not lost by the next one."""
    newest = event if event.at > before.at else before
    return replace(newest, pushable=before.pushable or event.pushable)
