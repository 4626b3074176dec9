"""Who is asked for which status items: one set for each set of items."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from controller.adapters.nanohub.assignments import Assignments
from controller.adapters.nanohub.attempts import attempt_each
from controller.adapters.nanohub.classes import Bundle, Names
from controller.domain.status_items import BASE
from controller.ports import Rejected, Unavailable


class Subscriptions:
    """Remembers what was asked for last: that much stays on the server, members or not."""

    def __init__(self, assignments: Assignments, names: Names) -> None:
        self._assignments = assignments
        self._names = names
        self._bundles: dict[frozenset[str], Bundle] = {}

    async def subscribe(
        self, items: Mapping[str, frozenset[str] | None]
    ) -> dict[str, Unavailable | Rejected]:
        """Have each in the subscription to its items, and in no other one; who is not, and why."""
        unsaid = [enrollment for enrollment, asked in items.items() if asked is None]
        failures = await self._know(unsaid)
        settled = failures.keys() | await self._asked_already(unsaid)
        groups: dict[frozenset[str], list[str]] = defaultdict(list)
        for enrollment, asked in items.items():
            if enrollment not in settled:
                groups[BASE if asked is None else asked].append(enrollment)
        self._bundles = {
            asked: self._bundles.get(asked) or self._names.subscription(asked) for asked in groups
        }
        for asked, enrollments in groups.items():
            failures |= await self._have(self._bundles[asked], enrollments)
        return failures

    def stays(self, of_set: str) -> bool:
        """Is this subscription kept though it has no member? All are, before any was asked for."""
        asked = {bundle.set for bundle in self._bundles.values()}
        return not asked or of_set in asked

    async def _know(self, enrollments: Collection[str]) -> dict[str, Unavailable | Rejected]:
        """Read the sets of those of whom nothing is remembered; who could not be read, and why."""
        members = self._assignments.memory.members
        return await attempt_each([e for e in enrollments if e not in members], self._assignments.know)

    async def _asked_already(self, enrollments: Collection[str]) -> set[str]:
        """Who of these has a subscription that asks for something."""
        sets = {e: self._assignments.memory.subscriptions_of(e) for e in enrollments}
        whole = {of_set for of_set in set().union(*sets.values()) if await self._assignments.asks(of_set)}
        return {enrollment for enrollment, held in sets.items() if held & whole}

    async def _have(self, bundle: Bundle, enrollments: Collection[str]) -> dict[str, Unavailable | Rejected]:
        """Have these in this subscription; no request where they are, and it was seen to."""
        memory = self._assignments.memory
        missing = [e for e in enrollments if memory.subscriptions_of(e) != {bundle.set}]
        if missing or bundle.set not in memory.ensured:
            return await self._assignments.enter(bundle, missing)
        return {}
