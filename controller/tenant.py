"""A tenant: one Fleet's flows, one after the other, so that publishing and reconciling never overlap."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.annotations import ALLOWANCE, REQUESTED, allowance, commits_of
from controller.apply import LeaseLost
from controller.audit import Audit
from controller.domain.conditions import Condition
from controller.domain.decisions import Known
from controller.domain.exploited import is_used
from controller.domain.fleets import Fleet
from controller.domain.health import Health
from controller.domain.policies import UpdatePolicy
from controller.durations import parse_duration
from controller.ledger import Ledger
from controller.ports import Rejected, Resource, Unavailable
from controller.prove import Prover
from controller.publish import Published, Publisher, Source
from controller.reachable import reachable
from controller.reconcile import Cycle, Reconciler, Wanted
from controller.show import Display
from controller.specs import read_fleet, read_policies
from controller.surroundings import Surroundings

log = logging.getLogger(__name__)

#: The clock moves decisions on (a deadline passes, a promise becomes near); seconds between two looks at it.
TICK = 60.0


@dataclass
class Tenant:
    """One Fleet, by namespace and name, for as long as this process holds the Lease."""

    namespace: str
    name: str
    around: Surroundings
    _reconciler: Reconciler | None = None
    _published: Published | None = None
    _fetched: float = float("-inf")
    _requested: str = ""
    _publisher: Publisher = field(init=False)
    _display: Display = field(init=False)

    def __post_init__(self) -> None:
        self._publisher = Publisher(self.around.cluster, self.around.manifests)
        self._display = Display(self.around.cluster, self.namespace)

    @property
    def key(self) -> str:
        """Namespace and name, as people write them."""
        return f"{self.namespace}/{self.name}"

    async def turn(self) -> float:
        """Publish, reconcile, show; how many seconds the next turn may wait."""
        started = time.monotonic()
        fleets = await self.around.cluster.fleets(self.namespace)
        mine = next((fleet for fleet in fleets if fleet.name == self.name), None)
        if mine is None:
            return TICK
        if fleets[0].name != self.name:
            found = f"{fleets[0].name}, which is older, is the Fleet of this namespace; delete one of them"
            return await self._stand_still(mine, "SecondFleet", found, stalled=True)
        outdated = self.around.outdated()
        if outdated:
            return await self._stand_still(mine, "CRDOutdated", "; ".join(outdated), stalled=False)
        try:
            fleet = read_fleet(mine)
        except ValueError as error:
            return await self._stand_still(mine, "InvalidSpec", str(error), stalled=True)
        git = await self._publish(mine, fleet)
        await self._reconcile(mine, fleet, git)
        self._requested = mine.annotations.get(REQUESTED, "")
        self.around.metrics.cycle(self.key, time.monotonic() - started)
        return min(TICK, self.around.report_interval.total_seconds(), self._until_fetch(mine))

    async def _stand_still(self, mine: Resource, reason: str, message: str, *, stalled: bool) -> float:
        """Nothing is written but this, until somebody changes something: *stalled* when it is this Fleet."""
        conditions = [Condition("Ready", False, reason, message)]
        if stalled:
            conditions.append(Condition("Stalled", True, reason, message))
        await self._display.resource(mine, {}, conditions, self.around.clock())
        return TICK

    def _until_fetch(self, mine: Resource) -> float:
        git = mine.spec.get("git")
        if not git:
            return TICK
        return max(0.0, self._fetched + parse_duration(git["interval"]).total_seconds() - time.monotonic())

    async def _publish(self, mine: Resource, fleet: Fleet) -> Condition | None:
        """Bring what Git says into the cluster, if it is time to; None without a repository."""
        if "git" not in mine.spec:
            return None
        asked = mine.annotations.get(REQUESTED, "") != self._requested
        if self._published is None or asked or self._until_fetch(mine) <= 0:
            self._published = await self._fetch(mine, fleet)
            self._fetched = time.monotonic()
        return Condition("GitSynced", self._published.ok, self._published.reason, self._published.message)

    async def _fetch(self, mine: Resource, fleet: Fleet) -> Published:
        source = Source(self.namespace, self.name, mine.spec["git"]["prune"], fleet.brake, allowance(mine))
        last = self._published.revision if self._published else ""
        try:
            repository = await self.around.backends.repository(mine)
        except Rejected as error:
            return Published("Refused", str(error), last)
        published = await self._publisher.turn(source, repository)
        if published.applied or published.pruned:
            counts = (published.applied, published.pruned)
            log.info("%s: %s: applied %d, pruned %d", self.key, published.revision, *counts)
        if published.ok:
            self.around.metrics.answered("git", self.around.clock(), self.key)
        return published

    async def _reconcile(self, mine: Resource, fleet: Fleet, git: Condition | None) -> None:
        catalog, exploited = self.around.catalog(), self.around.exploited()
        resources = await self.around.cluster.policies(self.namespace)
        policies = read_policies(resources)
        used = is_used(mine.spec, [resource.spec for resource in resources])
        self.around.need_exploited(self.key, used)
        known = Known(catalog.known, exploited.known) if catalog.believed else None
        cycle, mdm = await self._cycle(mine, fleet, policies, known, commits_of(resources))
        health = Health(
            fleet,
            mdm,
            catalog.fresh,
            git,
            cycle.plan if cycle else None,
            cycle.outcomes if cycle else (),
            gates=cycle.gates if cycle else {},
            exploited=exploited.fresh if used else None,
        )
        written = list(zip(resources, policies, strict=True))
        await self._display.fleet(mine, written, health, self._handled(mine, cycle), self.around.clock())
        if cycle:
            self._log(cycle)
            self.around.metrics.outcomes(self.key, cycle.outcomes)
            self.around.metrics.changes(self.key, cycle.applied.changes)

    async def _cycle(
        self,
        mine: Resource,
        fleet: Fleet,
        policies: Sequence[UpdatePolicy],
        known: Known | None,
        commits: Mapping[str, str],
    ) -> tuple[Cycle | None, Condition | None]:
        """One cycle, and how the MDM is; no cycle where nothing can be decided."""
        if known is None:
            return None, None
        members = self.around.cluster.devices(self.namespace)
        wanted = Wanted(fleet, policies, members, known, allowance(mine), commits)
        try:
            mdm = await self.around.backends.mdm(mine)
            if self._reconciler is None or self._reconciler.mdm is not mdm:
                notes = self.around.cluster.notes
                self._reconciler = Reconciler(
                    mdm,
                    Ledger(notes(self.namespace, None)),
                    Prover(notes(self.namespace, mine)),
                    self.around.may_write,
                    self.around.report_interval,
                    Audit(self.namespace, self.name),
                )
            cycle = await self._reconciler.cycle(wanted, self.around.clock())
        except LeaseLost:
            raise
        except (Unavailable, Rejected) as error:
            return None, reachable(error)
        if cycle.trouble is None:
            self.around.metrics.answered("mdm", self.around.clock(), self.key)
        return cycle, reachable(cycle.trouble)

    def _log(self, cycle: Cycle) -> None:
        """One line for a cycle that changed something."""
        changes = cycle.applied.changes
        if any(changes.values()):
            log.info(
                "%s: %s", self.key, ", ".join(f"{kind} {count}" for kind, count in changes.items() if count)
            )

    def _handled(self, mine: Resource, cycle: Cycle | None) -> Mapping[str, str]:
        """What a person asked for by annotation and now has; it is echoed in status."""
        handled = {}
        if self._published and self._published.revision:
            handled["commit"] = self._published.revision
        if REQUESTED in mine.annotations:
            handled["lastHandledReconcileAt"] = mine.annotations[REQUESTED]
        pruned = self._published is not None and self._published.allowance_used
        if allowance(mine) and (pruned or (cycle is not None and cycle.plan.allowed)):
            handled["lastHandledAllowance"] = mine.annotations[ALLOWANCE]
        return handled
