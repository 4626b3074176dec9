"""How fast one server is asked. Pure: times are arguments, in seconds of a clock that only goes forward.

A server that is slow or fails gets fewer requests at once, and never a pile of retries: the number rises by
one at a time and is halved at each sign of trouble (as TCP does it), and a server that fails as a whole is
left alone, longer each time.

What began before the last change of pace says nothing about the new one, so it is not counted: eight
requests that fail together are one sign of trouble.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median_low

from controller.ports import Unavailable

#: How many requests are under way at once in the beginning, and at most.
FIRST, MOST = 8, 16

#: A window is slow when half of it took so many times the seconds of the best one, and more than so many.
FAR, SLOW = 4.0, 1.0

#: After so many failures in a row it is the server as a whole that fails.
SEVERAL = 5

#: Seconds that it is left alone at first, doubled each time up to the longest.
SHORTEST, LONGEST = 1.0, 60.0

#: The longest that a server may ask us to stay away, in seconds.
LONGEST_ASKED = 3600.0


@dataclass
class Pace:
    """How many requests may be under way at once: *limit*. A window is as many answers as that."""

    limit: int = FIRST
    _usual: float = math.inf
    _changed: float = -math.inf
    _took: list[float] = field(default_factory=list)
    _full: bool = False

    def answered(self, began: float, now: float, under_way: int) -> None:
        """An answer came, while so many were under way. More may be only where as many as may be were."""
        if began <= self._changed:
            return
        self._took.append(now - began)
        self._full |= under_way >= self.limit
        if len(self._took) >= self.limit:
            self._judge(now)

    def slow_down(self, began: float, now: float) -> None:
        """The server has too much to do."""
        if began > self._changed:
            self._change(max(1, self.limit // 2), now)

    def one_by_one(self, now: float) -> None:
        """Begin from one request again."""
        self._change(1, now)

    def _judge(self, now: float) -> None:
        median = median_low(self._took)
        if median > SLOW and median > FAR * self._usual:
            if self.limit == 1:
                self._usual = median  # it takes so long even for a single request: that is its usual now
            self._change(max(1, self.limit // 2), now)
            return
        self._usual = min(self._usual, median)
        if self._full:
            self.limit = min(MOST, self.limit + 1)
        self._took, self._full = [], False

    def _change(self, limit: int, now: float) -> None:
        self.limit, self._changed = limit, now
        self._took, self._full = [], False


def _jitter() -> float:
    return random.uniform(0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Failure:
    """A server failed as a whole; it may have *asked* us to stay away for some seconds, or *throttled* us."""

    message: str
    throttled: bool = False
    asked: float = 0.0


@dataclass
class Breaker:
    """Leaves a server alone that fails as a whole; then one request tries whether it works again."""

    jitter: Callable[[], float] = _jitter
    _failures: int = 0
    _opened: float = -math.inf
    _until: float = -math.inf
    _last: Failure = Failure("")

    def rest(self, now: float) -> float:
        """For how many seconds more the server is left alone."""
        return max(0.0, self._until - now)

    def check(self, now: float) -> None:
        """`Unavailable` while the server is left alone."""
        if rest := self.rest(now):
            said = f"the MDM is left alone for {math.ceil(rest)} s more: {self._last.message}"
            raise Unavailable(said, rest, throttled=self._last.throttled)

    def failed(self, failure: Failure, began: float, now: float) -> bool:
        """The server failed as a whole; is it left alone from now on? What it asks for is heeded at once."""
        seconds = self._pause(failure, began > self._opened)
        if seconds:
            self._opened, self._last = now, failure
            self._until = max(self._until, now + seconds)
        return seconds > 0

    def worked(self, began: float) -> None:
        """The server answered."""
        if began > self._opened:
            self._failures = 0

    def _pause(self, failure: Failure, new: bool) -> float:
        self._failures += new
        if failure.asked:
            # When it is over, the first failure is one too many.
            self._failures = max(self._failures, SEVERAL - 1)
            return min(failure.asked, LONGEST_ASKED)
        if not new or self._failures < SEVERAL:
            return 0.0
        doubled = SHORTEST * 2.0 ** min(self._failures - SEVERAL, 16)
        return min(LONGEST, doubled) * self.jitter()
