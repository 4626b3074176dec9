"""The same work for each of many devices, where one device's failure is that device's failure."""

from collections.abc import Awaitable, Callable, Iterable

from controller.ports import Rejected, Unauthorized, Unavailable
from controller.workers import for_each

#: How many requests are under way at once.
WORKERS = 8

#: After so many failures in a row it is the server that does not work; nobody else is asked.
GIVE_UP = 2 * WORKERS


async def attempt_each(
    enrollments: Iterable[str], work: Callable[[str], Awaitable[None]]
) -> dict[str, Unavailable | Rejected]:
    """Do the work for each; who failed, and why. Wrong credentials are everybody's: `Unauthorized`."""
    failures: dict[str, Unavailable | Rejected] = {}
    in_a_row: list[Unavailable] = []

    async def attempt(enrollment: str) -> None:
        if len(in_a_row) >= GIVE_UP:
            failures[enrollment] = in_a_row[-1]
            return
        try:
            await work(enrollment)
        except Unauthorized:
            raise
        except Unavailable as error:
            failures[enrollment] = error
            in_a_row.append(error)
        except Rejected as error:
            failures[enrollment] = error
        else:
            in_a_row.clear()

    await for_each(enrollments, attempt, workers=WORKERS)
    return failures
