"""A tenant: one Fleet's flows, one after the other, so that publishing and reconciling never overlap.

A *turn* looks at everything, or only at what the MDM's devices said meanwhile.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from controller.annotations import allowance, commits_of
from controller.announcing import Announcing, Shown
from controller.arrivals import Arrivals
from controller.cycle import Cycle
from controller.domain.conditions import Condition
from controller.domain.decisions import Known
from controller.domain.exploited import is_used
from controller.domain.fleets import Fleet
from controller.domain.health import Health, outlook
from controller.domain.policies import UpdatePolicy
from controller.domain.tallies import Tallies
from controller.flow import take_turns
from controller.objects import Resource
from controller.publishing import Publishing, requested
from controller.reachable import reachable
from controller.reconcile import LOOK
from controller.reconciling import Reconciling
from controller.show import Display
from controller.specs import read_fleet, read_policies
from controller.standing import Wanted
from controller.surroundings import Surroundings

#: The clock moves decisions on (a deadline passes, a promise becomes near); seconds between two looks at it.
TICK = 60.0


@dataclass
class Tenant:
    """One Fleet, by namespace and name, for as long as this process holds the Lease."""

    namespace: str
    name: str
    around: Surroundings
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    _rung: bool = True
    _next: float = float("-inf")
    _shown: Shown | None = None
    _publishing: Publishing = field(init=False)
    _reconciling: Reconciling = field(init=False)
    _display: Display = field(init=False)
    announcing: Announcing = field(init=False)

    def __post_init__(self) -> None:
        self.announcing = Announcing(self.namespace, self.name, self.around)
        self._publishing = Publishing(self.around, self._pushed, self.announcing.put_back)
        arrivals = Arrivals(self.namespace, self.key, self.around, self.bell.set)
        self._reconciling = Reconciling(self.namespace, self.key, self.around, arrivals)
        self._display = Display(self.around.cluster, self.namespace)

    @property
    def key(self) -> str:
        """Namespace and name, as people write them."""
        return f"{self.namespace}/{self.name}"

    async def run(self) -> None:
        """Take turns until cancelled, and beside them deliver what people are told."""
        outbox = self.announcing.outbox
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(take_turns(f"fleet {self.key}", self.turn, self.bell))
            tasks.create_task(take_turns(f"notifications of {self.key}", outbox.turn, outbox.bell))

    def ring(self) -> None:
        """Something that decisions depend on is another one now: the next turn looks at everything."""
        self._rung = True
        self.bell.set()

    def _pushed(self) -> None:
        """Something was pushed: the next turn looks at everything, as soon as the repository may be asked."""
        self._next = min(self._next, time.monotonic() + self._publishing.until_pushed())
        self.bell.set()

    async def turn(self) -> float:
        """Look at everything if it is time to, else at what devices said; how many seconds until the next."""
        rung, self._rung, done = self._rung, False, False
        try:
            if rung or time.monotonic() >= self._next or not await self._react():
                await self._look_at_everything()
            done = True
        finally:
            self._rung = self._rung or not done
        left = max(0.0, self._next - time.monotonic())
        return min(min(LOOK, self.around.report_interval).total_seconds(), left) if self._shown else left

    async def _look_at_everything(self) -> None:
        started = time.monotonic()
        wait = await self._whole_turn()
        self._next = time.monotonic() + wait
        self.around.metrics.cycle(self.key, time.monotonic() - started)

    async def _whole_turn(self) -> float:
        """Publish, reconcile, show; how many seconds the next such turn may wait."""
        self._shown = None
        fleets = await self.around.cluster.fleets(self.namespace)
        mine = next((fleet for fleet in fleets if fleet.name == self.name), None)
        if mine is None:
            return TICK
        self.around.metrics.asks("mdm", self.key)
        if fleets[0].name != self.name:
            found = f"{fleets[0].name}, which is older, is the Fleet of this namespace; delete one of them"
            return await self._stand_still(mine, "SecondFleet", found)
        outdated = self.around.outdated()
        if outdated:
            return await self._stand_still(mine, "CRDOutdated", "; ".join(outdated))
        try:
            fleet = read_fleet(mine)
        except ValueError as error:
            return await self._stand_still(mine, "InvalidSpec", str(error))
        git = await self._publishing.turn(mine, fleet)
        await self._reconcile(mine, fleet, git)
        return min(TICK, self.around.report_interval.total_seconds(), self._publishing.until(mine))

    async def _stand_still(self, mine: Resource, reason: str, message: str) -> float:
        """Nothing is written but this, until somebody changes something."""
        ready = Condition("Ready", False, reason, message)
        conditions = [ready, *outlook(ready)]
        await self._display.resource(mine, requested(mine), conditions, self.around.clock())
        return TICK

    async def _reconcile(self, mine: Resource, fleet: Fleet, git: Condition | None) -> None:
        catalog, exploited = self.around.catalog(), self.around.exploited()
        resources = await self.around.cluster.policies(self.namespace)
        policies = read_policies(resources)
        used = is_used(mine.spec, [resource.spec for resource in resources])
        self.around.need_exploited(self.key, used)
        known = Known(catalog.known, exploited.known)

        def wanted() -> Wanted:
            members = self.around.cluster.devices(self.namespace)
            return Wanted(fleet, policies, members, known, allowance(mine), commits_of(resources))

        # Letting go of everything needs no knowledge of releases.
        decided = catalog.believed or fleet.retire
        cycle, mdm = await self._reconciling.cycle(mine, fleet, wanted if decided else None)
        health = Health(
            fleet,
            mdm,
            catalog.fresh,
            git,
            cycle.plan if cycle else None,
            cycle.tallies if cycle else Tallies(),
            gates=cycle.gates if cycle else {},
            exploited=exploited.fresh if used else None,
            webhook=self._reconciling.webhook(mine),
        )
        shown = Shown(mine, list(zip(resources, policies, strict=True)), health)
        handled = self._publishing.handled(mine, used=cycle is not None and cycle.plan.allowed)
        await self._show(shown, cycle, shown.policies, handled)
        self._shown = shown if cycle else None

    async def _react(self) -> bool:
        """React to what devices did, if anything was decided; False where everything has to be looked at."""
        shown = self._shown
        if shown is None:
            return True
        cycle, enough = await self._reconciling.react(shown.health.fleet)
        if cycle:
            shown.health = replace(shown.health, mdm=reachable(cycle.trouble), plan=cycle.plan)
            touched = [(r, policy) for r, policy in shown.policies if policy.name in cycle.touched]
            await self._show(shown, cycle, touched, {})
        return enough

    async def _show(
        self,
        shown: Shown,
        cycle: Cycle | None,
        policies: Sequence[tuple[Resource, UpdatePolicy]],
        handled: Mapping[str, str | None],
    ) -> None:
        """Show what a cycle came to: these policies, the fleet, and the devices that were decided about."""
        outcomes = cycle.outcomes if cycle else ()
        now = self.around.clock()
        stand = await self._display.fleet(shown.mine, policies, shown.health, outcomes, handled, now)
        shown.mine = replace(shown.mine, status=stand[shown.mine.uid])
        shown.policies = [
            (replace(r, status=stand[r.uid]) if r.uid in stand else r, policy) for r, policy in shown.policies
        ]
        if cycle:
            await self._reconciling.label({outcome.decision.device for outcome in cycle.outcomes})
            self._reconciling.count(cycle)
        await self.announcing.turn(shown, self._publishing.head)
