"""Waking devices: a command in their queue, and a push that makes them fetch it."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from controller.adapters.nanohub.answers import PushFailed
from controller.adapters.nanohub.client import Client
from controller.ports import Rejected, Unauthorized, Unavailable

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

#: How many devices one request wakes. The server pushes to each before it answers, and the ids are in the
#: address: with ids of 40 characters it stays below the 8 KiB that proxies take.
CHUNK = 150

#: Where the server needed more than so many seconds for one request, the next one waits as long as that one
#: took, at most so many.
PROMPT, LONGEST_PAUSE = 0.5, 10.0

#: How often a device is woken for a command in its queue before the command is taken for lost.
PUSHES = 3


class Telling:
    """Who has a command in the queue since the last change, without having been woken.

    Such a device is only woken: another command would be another sync. After some tries the command may be
    lost, and is queued again.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._clock = client.clock
        self._pushes: dict[str, int] = {}
        self._free_at = 0.0

    def changed(self, enrollment: str) -> None:
        """What is in the queue, if anything, is older than this change."""
        self._pushes.pop(enrollment, None)

    def forget(self) -> None:
        """The server has lost its queues."""
        self._pushes.clear()

    async def tell(self, enrollments: Collection[str]) -> dict[str, Unavailable | Rejected]:
        """Make the devices fetch what changed for them; who was not woken, and why.

        Each is told once. The requests go one after the other, with room between them where they are slow.
        """
        failures: dict[str, Unavailable | Rejected] = {}
        waiting = {e for e in enrollments if 0 < self._pushes.get(e, 0) <= PUSHES}
        for chunk in _chunks(sorted(set(enrollments) - waiting)):
            failures |= await self._notify(chunk)
        for chunk in _chunks(sorted(waiting)):
            failures |= await self._push(chunk)
        return failures

    async def tell_members(self, of_set: str) -> None:
        """Make all members of a set fetch what changed, known or not."""
        try:
            await self._spaced(lambda: self._client.notify({"set": of_set}))
        except PushFailed as error:
            log.info("members of %s learn of its end when they connect: %s", of_set, error)

    async def _notify(self, chunk: Sequence[str]) -> dict[str, Unavailable | Rejected]:
        try:
            await self._spaced(lambda: self._client.notify([("id", enrollment) for enrollment in chunk]))
        except Unauthorized:
            raise
        except PushFailed as error:
            self._pushes |= dict.fromkeys(chunk, 1)
            return dict.fromkeys(chunk, error)
        except (Unavailable, Rejected) as error:
            return dict.fromkeys(chunk, error)
        self._woken(chunk)
        return {}

    async def _push(self, chunk: Sequence[str]) -> dict[str, Unavailable | Rejected]:
        try:
            failed = await self._spaced(lambda: self._client.push(chunk))
        except Unauthorized:
            raise
        except PushFailed as error:
            failed = dict.fromkeys(chunk, str(error))
        except (Unavailable, Rejected) as error:
            return dict.fromkeys(chunk, error)
        for enrollment in failed:
            self._pushes[enrollment] += 1
        self._woken(e for e in chunk if e not in failed)
        return {e: PushFailed(f"the MDM could not push to {e}: {said}") for e, said in failed.items()}

    async def _spaced(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Ask once the server had as much rest as its last answer took."""
        if (pause := self._free_at - self._clock.seconds()) > 0:
            await self._clock.sleep(pause)
        began = self._clock.seconds()
        try:
            return await ask()
        finally:
            ended = self._clock.seconds()
            took = ended - began
            self._free_at = ended + min(took, LONGEST_PAUSE) if took > PROMPT else ended

    def _woken(self, enrollments: Iterable[str]) -> None:
        for enrollment in enrollments:
            self._pushes.pop(enrollment, None)


def _chunks(enrollments: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(enrollments), CHUNK):
        yield enrollments[start : start + CHUNK]
