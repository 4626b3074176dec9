"""Tell: which devices must fetch what changed for them, and when they are told again."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.domain.declarations import Promise
from controller.domain.reports import Facts
from controller.ports import Failures

#: How long a device has to answer the first telling; doubled each time, up to the longest.
PATIENCE, LONGEST = timedelta(minutes=10), timedelta(hours=24)


#: What tells devices, such as `Mdm.tell`.
Wake = Callable[[Collection[str]], Awaitable[Failures]]


@dataclass(frozen=True, slots=True)
class Telling:
    """How often a device was told of the same thing, how often that was tried, and when last."""

    about: str
    tries: int
    told: int
    at: datetime

    def again(self) -> datetime:
        """When it is told the next time."""
        return self.at + min(LONGEST, PATIENCE * 2.0 ** min(self.tries - 1, 16))


def unheard(promise: Promise | None, facts: Facts | None) -> str:
    """What the device has yet to fetch; empty when it holds just what it shall."""
    if facts is None:
        return "subscription"
    token = facts.held.token if facts.held else ""
    if promise:
        return "" if token == promise.token else promise.token
    return f"withdrawn {token}" if facts.held else ""


@dataclass
class Tellings:
    """Who was told of what. Nothing of it must survive a restart: it follows from the facts."""

    _by_enrollment: dict[str, Telling] = field(default_factory=dict)

    def count(self, enrollment: str) -> int:
        """How often the device was told of what it has not fetched yet."""
        telling = self._by_enrollment.get(enrollment)
        return telling.told if telling else 0

    def due(self, unheard: Mapping[str, str], now: datetime) -> list[str]:
        """Who is to be told now; *unheard* is what each device has yet to fetch."""
        for enrollment in [e for e in self._by_enrollment if not unheard.get(e)]:
            del self._by_enrollment[enrollment]
        return [e for e, about in unheard.items() if about and self._is_due(e, about, now)]

    async def tell(
        self, wake: Wake, due: Collection[str], unheard: Mapping[str, str], now: datetime
    ) -> Failures:
        """Tell them; what could not be told is tried again, later each time."""
        failures = await wake(due)
        for enrollment in due:
            before = self._by_enrollment.get(enrollment)
            same = before if before and before.about == unheard[enrollment] else None
            self._by_enrollment[enrollment] = Telling(
                unheard[enrollment],
                (same.tries if same else 0) + 1,
                (same.told if same else 0) + (enrollment not in failures),
                now,
            )
        return failures

    def _is_due(self, enrollment: str, about: str, now: datetime) -> bool:
        telling = self._by_enrollment.get(enrollment)
        return telling is None or telling.about != about or now >= telling.again()
