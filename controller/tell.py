"""Tell: which devices must fetch what changed for them, and when they are told again."""

from collections.abc import Awaitable, Callable, Collection, Iterable, KeysView, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.domain.declarations import Promise
from controller.domain.facts import Facts
from controller.ports import Failures, Rejected, Unavailable, Unwoken

#: How long a device has to answer the first telling; doubled each time, up to the longest.
PATIENCE, LONGEST = timedelta(minutes=10), timedelta(hours=24)

#: When a server that could not tell a device is asked again at first.
SOON = timedelta(seconds=5)

#: What tells devices, such as `Mdm.tell`.
Wake = Callable[[Collection[str]], Awaitable[Failures]]


@dataclass(frozen=True, slots=True)
class Telling:
    """How often a device was told of the same thing, how often that was tried, and when last.

    *failure* is why the server itself did not do it then.
    """

    about: str
    tries: int
    told: int
    at: datetime
    failure: Unavailable | Rejected | None = None

    def again(self) -> datetime:
        """When it is told the next time."""
        doubled = 2.0 ** min(self.tries - 1, 16)
        if self.failure is None:
            return self.at + min(LONGEST, PATIENCE * doubled)
        return self.at + max(min(PATIENCE, SOON * doubled), timedelta(seconds=_asked(self.failure)))


def unheard(promise: Promise | None, subscription: str, facts: Facts | None, now: datetime) -> str:
    """What the device has yet to fetch; empty when it holds just what it shall, or has left the MDM.

    *subscription* is the identifier of the one that it is in. A device that has not said which one it holds
    since this process started is not told for that alone; one that has not said its version is.
    """
    if facts and facts.enrollment.ended:
        return ""
    if facts is None or facts.last_report is None or facts.version is None:
        return "subscription"
    token = facts.held.token if facts.held else ""
    if promise and token != promise.token:
        return promise.token
    if facts.held and not promise:
        return f"withdrawn {token}"
    if facts.subscription not in (None, subscription):
        return subscription
    # It may have been given half of what is there: NanoHUB's file storage ends a walk early at times.
    return "silence" if facts.silent(now) else ""


@dataclass
class Tellings:
    """Who was told of what. Nothing of it must survive a restart: it follows from the facts."""

    _by_enrollment: dict[str, Telling] = field(default_factory=dict)
    _failed: bool = False

    @property
    def trouble(self) -> Unavailable | None:
        """The server's failure, where it told nobody the last time that somebody was to be told."""
        failures = [telling.failure for telling in self._by_enrollment.values() if telling.failure]
        if not self._failed or not failures:
            return None
        found = f"{len(failures)} of {len(self._by_enrollment)} devices could not be told: {failures[-1]}"
        throttled = any(isinstance(f, Unavailable) and f.throttled for f in failures)
        return Unavailable(found, max(map(_asked, failures)), throttled=throttled)

    def count(self, enrollment: str) -> int:
        """How often the device was told of what it has not fetched yet."""
        telling = self._by_enrollment.get(enrollment)
        return telling.told if telling else 0

    def forget(self, enrollments: Iterable[str]) -> None:
        """These are told at once, whatever they were told before."""
        for enrollment in enrollments:
            self._by_enrollment.pop(enrollment, None)

    def known(self) -> KeysView[str]:
        """Who was told and has not answered yet."""
        return self._by_enrollment.keys()

    def due(self, unheard: Mapping[str, str], now: datetime) -> list[str]:
        """Who of these is to be told now; *unheard* is what each device has yet to fetch."""
        self.forget(enrollment for enrollment, about in unheard.items() if not about)
        return [e for e, about in unheard.items() if about and self._is_due(e, about, now)]

    async def tell(
        self, wake: Wake, due: Collection[str], unheard: Mapping[str, str], now: datetime
    ) -> Failures:
        """Tell them; what could not be told is tried again, later each time."""
        failures = await wake(due)
        servers = {e: failure for e, failure in failures.items() if not isinstance(failure, Unwoken)}
        self._failed = len(servers) == len(due)
        for enrollment in due:
            before = self._by_enrollment.get(enrollment)
            same = before if before and before.about == unheard[enrollment] else None
            self._by_enrollment[enrollment] = Telling(
                unheard[enrollment],
                (same.tries if same else 0) + 1,
                (same.told if same else 0) + (enrollment not in failures),
                now,
                servers.get(enrollment),
            )
        return failures

    def _is_due(self, enrollment: str, about: str, now: datetime) -> bool:
        telling = self._by_enrollment.get(enrollment)
        return telling is None or telling.about != about or now >= telling.again()


def _asked(failure: Unavailable | Rejected) -> float:
    """For how many seconds the server is left alone."""
    return failure.wait if isinstance(failure, Unavailable) else 0.0
