"""Where each request to the server waits for its turn, or is held back."""

from collections.abc import Awaitable, Callable

import httpx
from anyio import CapacityLimiter, WouldBlock

from controller.adapters.nanohub.answers import failure, silence
from controller.adapters.nanohub.clock import Clock
from controller.adapters.nanohub.pace import Breaker, Failure, Pace
from controller.ports import Unavailable

#: With these a server, or what stands before it, says that it has too much to do.
_TOO_MUCH = frozenset({429, 503, 504})


class Gate:
    """Lets requests pass as fast as the server can take them, and none while it is left alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pace = Pace()
        self._breaker = Breaker()
        self._turns = CapacityLimiter(self._pace.limit)

    def rest(self) -> float:
        """For how many seconds more the server is left alone."""
        return self._breaker.rest(self._clock.seconds())

    async def send(
        self, asked: str, ask: Callable[[], Awaitable[httpx.Response]], *, pushes: bool
    ) -> httpx.Response:
        """The answer, whatever it says. `Unavailable` where none came, or the server is left alone.

        One that *pushes* to devices before it answers may take long and says nothing of the pace; one that
        takes too long waits for Apple, not for the server.
        """
        self._breaker.check(self._clock.seconds())
        await self._take_turn()
        try:
            began = self._clock.seconds()
            self._breaker.check(began)
            try:
                answer = await ask()
            except httpx.RequestError as error:
                if not (pushes and isinstance(error, httpx.ReadTimeout)):
                    self._fails(Failure(silence(error)), began, isinstance(error, httpx.TimeoutException))
                raise Unavailable(silence(error), self.rest()) from error
            self._hear(asked, answer, began, pushes)
            return answer
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        """At once where nobody waits, without a step of the loop as `acquire` makes it.

        Requests that begin in the same step want the same connection, and httpx tries again for all but one.
        """
        try:
            self._turns.acquire_nowait()
        except WouldBlock:
            await self._turns.acquire()

    def _hear(self, asked: str, answer: httpx.Response, began: float, pushes: bool) -> None:
        code = answer.status_code
        if pushes and code == httpx.codes.GATEWAY_TIMEOUT:
            return
        if found := failure(asked, answer, self._clock.now()):
            self._fails(found, began, code in _TOO_MUCH)
            return
        self._breaker.worked(began)
        if not pushes:
            self._pace.answered(began, self._clock.seconds(), self._turns.borrowed_tokens)
            self._turns.total_tokens = self._pace.limit

    def _fails(self, found: Failure, began: float, too_much: bool) -> None:
        now = self._clock.seconds()
        if self._breaker.failed(found, began, now):
            self._pace.one_by_one(now)
        elif too_much:
            self._pace.slow_down(began, now)
        self._turns.total_tokens = self._pace.limit
