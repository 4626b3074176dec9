"""When a fleet's repository is read: at its interval, and when a person asks for it."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.annotations import ALLOWANCE, REQUESTED, allowance
from controller.domain.conditions import Condition
from controller.domain.fleets import Fleet
from controller.durations import parse_duration
from controller.objects import Resource
from controller.ports import Rejected
from controller.publish import Published, Publisher, Source
from controller.surroundings import Surroundings

log = logging.getLogger(__name__)

#: Without a repository there is no time for it.
NEVER = float("inf")


@dataclass
class Publishing:
    """The publish flow of one fleet, and how it ended last."""

    around: Surroundings
    _published: Published | None = None
    _fetched: float = float("-inf")
    _requested: str = ""
    _publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self._publisher = Publisher(self.around.cluster, self.around.manifests)

    async def turn(self, mine: Resource, fleet: Fleet) -> Condition | None:
        """Bring what Git says into the cluster, if it is time to; None without a repository."""
        if "git" not in mine.spec:
            return None
        asked = mine.annotations.get(REQUESTED, "")
        if self._published is None or asked != self._requested or self.until(mine) <= 0:
            self._published = await self._fetch(mine, fleet)
            self._fetched = time.monotonic()
            self._requested = asked
        return Condition("GitSynced", self._published.ok, self._published.reason, self._published.message)

    def until(self, mine: Resource) -> float:
        """How many seconds are left until it is time."""
        git = mine.spec.get("git")
        if not git:
            return NEVER
        return max(0.0, self._fetched + parse_duration(git["interval"]).total_seconds() - time.monotonic())

    def handled(self, mine: Resource, *, used: bool) -> Mapping[str, str]:
        """What a person asked for by annotation and now has, and what is applied; both stand in status.

        *used*: the plan needed a person's allowance.
        """
        handled = {}
        if self._published and self._published.revision:
            handled["commit"] = self._published.revision
        if REQUESTED in mine.annotations:
            handled["lastHandledReconcileAt"] = mine.annotations[REQUESTED]
        pruned = self._published is not None and self._published.allowance_used
        if allowance(mine) and (pruned or used):
            handled["lastHandledAllowance"] = mine.annotations[ALLOWANCE]
        return handled

    @property
    def head(self) -> str:
        """The revision that the repository said last; empty where it said none."""
        return self._published.head if self._published else ""

    async def _fetch(self, mine: Resource, fleet: Fleet) -> Published:
        source = Source(mine.namespace, mine.name, mine.spec["git"]["prune"], fleet.brake, allowance(mine))
        last = self._published.revision if self._published else ""
        try:
            repository = await self.around.backends.repository(mine)
        except Rejected as error:
            return Published("Refused", str(error), last)
        published = await self._publisher.turn(source, repository)
        if published.applied or published.pruned:
            counts = (published.applied, published.pruned)
            log.info("%s: %s: applied %d, pruned %d", mine.key, published.revision, *counts)
        if published.ok:
            self.around.metrics.answered("git", self.around.clock(), mine.key)
        return published
