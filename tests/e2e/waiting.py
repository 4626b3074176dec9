"""Waiting for what must become true, and failing when it does not."""

import asyncio
import time
from collections.abc import Callable

LIMIT = 30.0


def wait_until(condition: Callable[[], bool], limit: float = LIMIT) -> None:
    """Return once *condition* holds."""
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, f"still not so after {limit:.0f} s"
        time.sleep(0.02)


async def eventually(condition: Callable[[], bool], limit: float = LIMIT) -> None:
    """Return once *condition* holds; other tasks go on meanwhile."""
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, f"still not so after {limit:.0f} s"
        await asyncio.sleep(0.01)
