"""How a flow runs: turn after turn, woken by a bell, and never ended by an error."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from controller.ports import Rejected, Unavailable

log = logging.getLogger(__name__)

#: Seconds before the first turn after a failed one, doubled each time up to the longest.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0


async def take_turns(name: str, turn: Callable[[], Awaitable[float]], bell: asyncio.Event) -> None:
    """Take turns until cancelled; each returns how many seconds the next may wait, unless the bell rings.

    A turn that fails is taken again, later and later; its error is logged, and ends nothing else.
    """
    failures = 0
    while True:
        bell.clear()
        try:
            wait = await turn()
            failures = 0
        except (Unavailable, Rejected) as error:
            failures += 1
            wait = max(_back_off(failures), getattr(error, "wait", 0.0))
            log.warning("%s: %s; next try in %.0f s", name, error, wait)
        except Exception:
            failures += 1
            wait = _back_off(failures)
            log.exception("%s: failed; next try in %.0f s", name, wait)
        await ring_or_timeout(bell, wait)


async def ring_or_timeout(bell: asyncio.Event, seconds: float) -> None:
    """Wait for the bell, so many seconds at most."""
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return


def _back_off(failures: int) -> float:
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 10)) * random.uniform(0.8, 1.2)
