"""Reconciling: one fleet's cycles and reactions, on whatever MDM its spec names at the moment."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from controller.apply import LeaseLost
from controller.arrivals import Arrivals
from controller.audit import Audit
from controller.cycle import Cycle
from controller.domain.conditions import Condition
from controller.domain.fleets import Fleet
from controller.leaving import Leaving
from controller.ledger import Ledger
from controller.listen import Hearing
from controller.objects import Resource
from controller.ports import Mdm, Rejected, Unavailable
from controller.prove import Prover
from controller.reachable import reachable
from controller.reconcile import Reconciler
from controller.standing import Wanted
from controller.surroundings import Surroundings

log = logging.getLogger(__name__)


@dataclass
class Reconciling:
    """The reconcile flow of one Fleet, *fleet* as people write it."""

    namespace: str
    fleet: str
    around: Surroundings
    arrivals: Arrivals
    _reconciler: Reconciler | None = field(default=None, init=False)

    async def cycle(
        self, mine: Resource, fleet: Fleet, wanted: Callable[[], Wanted] | None
    ) -> tuple[Cycle | None, Condition | None]:
        """One cycle, and how the MDM is; no cycle where nothing can be decided, and so nothing is *wanted*.

        What devices did is taken in before that is looked at, since some of them are new.
        """
        try:
            reconciler = self._connected(mine, await self.around.backends.mdm(mine))
            self.arrivals.receive(mine)
            await self.arrivals.take(fleet, reconciler)
            if wanted is None:
                return None, None
            cycle = await reconciler.cycle(wanted(), self.around.clock())
        except LeaseLost:
            raise
        except (Unavailable, Rejected) as error:
            return None, reachable(error)
        if cycle.trouble is None:
            self.around.metrics.answered("mdm", self.around.clock(), self.fleet)
        return cycle, reachable(cycle.trouble)

    async def react(self, fleet: Fleet) -> tuple[Cycle | None, bool]:
        """What came of what devices did, if anything; and is that enough, or has a cycle to come?"""
        reconciler = self._reconciler
        if reconciler is None:
            return None, False
        try:
            await self.arrivals.take(fleet, reconciler)
            if reconciler.needs_cycle():
                return None, False
            return await reconciler.react(self.around.clock()), True
        except LeaseLost:
            raise
        except (Unavailable, Rejected) as error:
            log.info("%s: everything is looked at, since %s", self.fleet, error)
            return None, False

    def count(self, cycle: Cycle) -> None:
        """Devices, gates and changes as metrics, and one line for what changed something."""
        changes = cycle.applied.changes
        if any(changes.values()):
            found = ", ".join(f"{kind} {count}" for kind, count in changes.items() if count)
            log.info("%s: %s", self.fleet, found)
        self.around.metrics.devices(self.fleet, cycle.tallies)
        self.around.metrics.gates(self.fleet, {name: gate.open for name, gate in cycle.gates.items()})
        self.around.metrics.changes(self.fleet, changes)

    async def label(self, devices: Collection[str]) -> None:
        """Have the labels of these Devices, where registration made them, say what they are now."""
        if self._reconciler:
            members = self.around.cluster.devices(self.namespace)
            here = [members[name] for name in devices if name in members]
            await self.arrivals.label(here, self._reconciler)

    def webhook(self, mine: Resource) -> Condition | None:
        """Is the MDM's webhook connected? None where the Fleet has none."""
        return self.arrivals.condition(mine, self._reconciler)

    def _connected(self, mine: Resource, mdm: Mdm) -> Reconciler:
        """The reconciler on this MDM. What devices said to the one before is not forgotten."""
        before = self._reconciler
        if before and before.mdm is mdm:
            return before
        notes = self.around.cluster.notes
        self._reconciler = Reconciler(
            mdm,
            before.hearing if before else Hearing(mdm.ours),
            Leaving(mdm, Ledger(notes(self.namespace, None))),
            Prover(notes(self.namespace, mine)),
            Audit(self.namespace, mine.name),
            self.around.may_write,
            self.around.report_interval,
        )
        return self._reconciler
