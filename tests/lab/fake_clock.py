"""Time that passes only where somebody lets it."""

import asyncio
from datetime import UTC, datetime, timedelta

from controller.adapters.nanohub.clock import Clock

BEGINNING = datetime(2026, 11, 24, 9, tzinfo=UTC)


class FakeClock:
    """*seconds* have passed since the beginning; *slept* are the pauses that were made."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def clock(self) -> Clock:
        """What shows this time."""
        return Clock(lambda: self.seconds, lambda: BEGINNING + timedelta(seconds=self.seconds), self._sleep)

    async def pass_by(self, seconds: float) -> None:
        """Time passes, and others may go on meanwhile."""
        self.seconds += seconds
        for _ in range(5):
            await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.pass_by(seconds)
