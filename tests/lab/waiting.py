"""Waiting for what must become true, and failing when it does not."""

import asyncio
import time
from collections.abc import Callable

LIMIT = 30.0


class StillNot(AssertionError):
    """Something did not become true in time."""


def wait_until(condition: Callable[[], bool], limit: float = LIMIT, what: str = "") -> None:
    """Return once *condition* holds; `StillNot` after *limit* seconds."""
    until = time.monotonic() + limit
    while not condition():
        if time.monotonic() > until:
            raise StillNot(f"still not so after {limit:.0f} s: {what}")
        time.sleep(0.05)


async def eventually(condition: Callable[[], bool], limit: float = LIMIT, what: str = "") -> None:
    """Return once *condition* holds; other tasks go on meanwhile. `StillNot` after *limit* seconds."""
    until = time.monotonic() + limit
    while not condition():
        if time.monotonic() > until:
            raise StillNot(f"still not so after {limit:.0f} s: {what}")
        await asyncio.sleep(0.05)
