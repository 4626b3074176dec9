"""Two things measured in turns, since the machine is noisy: A B A B, and the median of each."""

import gc
from collections.abc import Awaitable, Callable
from statistics import median


async def in_turns(
    ours: Callable[[], Awaitable[float]], theirs: Callable[[], Awaitable[float]], rounds: int
) -> tuple[float, float, float]:
    """The median of each, and the median of the ratios of ours to theirs within a round.

    Which one goes first changes from round to round.
    """
    pairs = []
    for number in range(rounds):
        if number % 2:
            other, own = await _measured(theirs), await _measured(ours)
        else:
            own, other = await _measured(ours), await _measured(theirs)
        pairs.append((own, other))
    return (
        median(own for own, _ in pairs),
        median(other for _, other in pairs),
        median(own / other for own, other in pairs),
    )


async def _measured(measure: Callable[[], Awaitable[float]]) -> float:
    gc.collect()
    return await measure()
