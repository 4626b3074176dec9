"""A receiver's lane: what waits for it, how fast it is told, and when it is tried again. No request."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from controller.domain.news_reasons import Severity
from controller.domain.receivers import Receiver
from controller.objects import Notification
from controller.ports import Rejected, Unavailable

#: So many at once, then one in so many seconds.
BURST, PACE = 10, 10.0

#: A token, as exactly as seconds add up to one.
_ONE = 1 - 1e-6

#: Seconds in which the same is not said again.
REPEAT = 300.0

#: So many wait at most; more become one.
MOST = 100

#: Seconds before the first retry, doubled each time up to the longest; and after which it is given up.
FIRST_WAIT, LONGEST_WAIT, GIVEN_UP = 1.0, 300.0, 3600.0

#: Failures in a row after which somebody hears that the receiver does not work.
TROUBLE = 3


@dataclass
class Lane:
    """One receiver's. Moments are seconds of one clock that only goes on.

    What is *under way* does not wait any more: more may be put in meanwhile.
    """

    receiver: Receiver
    troubled: bool = False
    _waiting: deque[tuple[float, Notification]] = field(default_factory=deque)
    _under_way: tuple[float, Notification] | None = None
    _said: dict[tuple[str, str], float] = field(default_factory=dict)
    _tokens: float = BURST
    _counted: float = 0.0
    _failures: int = 0
    _rests: float = 0.0

    def put(self, notification: Notification, now: float) -> None:
        """Have it wait, if the receiver wants it and did not hear the same just now."""
        item = notification.item
        self._said = {said: at for said, at in self._said.items() if now - at < REPEAT}
        if not self.receiver.wants(item) or (item.reason, item.message) in self._said:
            return
        self._said[item.reason, item.message] = now
        if len(self._waiting) >= MOST:
            self._become_one()
        self._waiting.append((now, notification))

    def due(self, now: float) -> Notification | None:
        """What to deliver at this moment. Where there is no time for all that waits, they become one."""
        self._refill(now)
        if not self._waiting or now < self._rests or self._tokens < _ONE:
            return None
        if self._tokens < 1 + _ONE and len(self._waiting) > 1:
            self._become_one()
        self._tokens -= 1
        self._under_way = self._waiting.popleft()
        return self._under_way[1]

    def wait(self, now: float) -> float:
        """Seconds until something may be due; infinite where nothing waits."""
        if not self._waiting:
            return float("inf")
        self._refill(now)
        return max(0.0, self._rests - now, (1 - self._tokens) * PACE)

    def delivered(self) -> bool:
        """The one that was due has arrived; does the receiver work again?"""
        self._under_way = None
        recovered, self.troubled, self._failures, self._rests = self.troubled, False, 0, 0.0
        return recovered

    def failed(self, error: Unavailable | Rejected, now: float) -> tuple[Sequence[Notification], bool]:
        """It did not arrive: what is given up now, and is the receiver in trouble from now on?"""
        self._failures += 1
        gone: list[Notification] = []
        under_way, self._under_way = self._under_way, None
        if under_way and isinstance(error, Rejected):
            gone.append(under_way[1])
        elif under_way:
            self._waiting.appendleft(under_way)
        if isinstance(error, Unavailable):
            back_off = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._failures - 1, 16))
            self._rests = now + max(back_off, min(error.wait, GIVEN_UP))
            while self._waiting and now - self._waiting[0][0] >= GIVEN_UP:
                gone.append(self._waiting.popleft()[1])
        before = self.troubled
        self.troubled = before or bool(gone) or self._failures >= TROUBLE
        return gone, self.troubled and not before

    def _refill(self, now: float) -> None:
        self._tokens = min(BURST, self._tokens + max(0.0, now - self._counted) / PACE)
        self._counted = now

    def _become_one(self) -> None:
        """Leave one that says how many there were: the first warning, or else the first."""
        moments, notifications = zip(*self._waiting, strict=True)
        warnings = (n for n in notifications if n.item.severity is Severity.WARNING)
        first = next(warnings, notifications[0])
        more = Counter(n.item.reason for n in notifications if n is not first)
        for notification in notifications:
            more.update(notification.more)
        self._waiting = deque([(max(moments), replace(first, more=dict(more)))])
