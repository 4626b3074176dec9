"""One answer of Apple's software lookup service."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from controller.domain.versions import Version

#: Every real answer has releases of these under these keys. A reading without them was cut short.
CORE = frozenset({"iOS", "macOS"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the answer: a build of a version, for some models. Both dates are whole days.

    *expires* is the last day on which it counts; None means that it does not expire. Only background security
    improvements have an *extra*, such as `a`, and the build that they need, *prerequisite*.
    """

    version: Version
    build: str
    posted: date
    expires: date | None
    models: frozenset[str]
    extra: str = ""
    prerequisite: str = ""

    def live(self, today: date) -> bool:
        """Has it not expired?"""
        return self.expires is None or self.expires >= today


@dataclass(frozen=True, slots=True)
class Reading:
    """*public* is what is offered now, *signed* is what can still be installed: a superset, with the past.

    *improvements* are the background security improvements on offer. *platforms* are the keys under which the
    answer had public releases.
    """

    platforms: frozenset[str]
    public: tuple[Entry, ...]
    signed: tuple[Entry, ...]
    improvements: tuple[Entry, ...] = ()

    def pairs(self) -> int:
        """How many pairs of model and version are public."""
        models: dict[Version, set[str]] = defaultdict(set)
        for entry in self.public:
            models[entry.version].update(map(str.lower, entry.models))
        return sum(map(len, models.values()))

    def doubt(self, known: int) -> str:
        """Why this reading cannot be believed; empty when it can.

        *known* is how many pairs of model and version were public before. Apple's service has answered 200
        with nothing in it, and a stale edge has dropped releases for an hour.
        """
        pairs = self.pairs()
        if not pairs:
            return "the answer is empty"
        missing = sorted(CORE - self.platforms)
        if missing:
            return f"the answer has no public release under {' and '.join(missing)}"
        if 2 * pairs < known:
            return (
                f"the answer offers {pairs} pairs of model and version, less than half of the {known} before"
            )
        return ""
