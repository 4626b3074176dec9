"""Leaving: nothing of ours stays with who has no Device any more, and no declaration that nobody wants.

An MDM cannot say who is a member of a class, so who may hold something of ours is kept over restarts.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from controller.domain.planning import Plan
from controller.ledger import Ledger
from controller.ports import Failures, Mdm


@dataclass
class Leaving:
    """What one fleet has to clear up after its plans."""

    mdm: Mdm
    ledger: Ledger
    _untold: set[str] = field(default_factory=set)

    async def begin(self, known: Collection[str]) -> Collection[str]:
        """All enrollments that may hold something of ours: those that are *known*, and those of before."""
        return set(known) | await self.ledger.recall()

    async def retire(self, known: Collection[str]) -> Failures:
        """Leave nothing of ours on the MDM; who is *known* and may still hold something, and why."""
        failures = await self.mdm.retire(known)
        await self.ledger.keep(failures.keys())
        return failures

    async def clear(self, made: Plan, failures: Failures, known: Collection[str]) -> None:
        """Tell who was let go without a Device, and remove what nobody wants.

        Not while the brake holds, since that could let go of devices past it; and a fleet without any Device
        is more likely a mistake than the end of it. *known* are the enrollments that have a Device.
        """
        await self._tell(set(made.withdraw) - set(known) - failures.keys())
        if known and not made.braked:
            wanted = {d.verdict.declaration for d in made.decisions.values() if d.verdict.declaration}
            await self.mdm.clear(wanted, known)
            await self._strike(known)

    async def _tell(self, gone: set[str]) -> None:
        """Tell devices without a Device once; those that could not be told, the next time."""
        self._untold |= gone
        if self._untold:
            failures = await self.mdm.tell(self._untold)
            self._untold &= failures.keys()

    async def _strike(self, known: Collection[str]) -> None:
        """Take those out of the ledger who have no Device and hold nothing, once the MDM confirms it."""
        kept = await self.ledger.recall()
        free = kept - set(known)
        free -= self.mdm.in_force(free).keys()
        doubtful = await self.mdm.withdraw(free) if free else {}
        await self.ledger.keep(kept - (free - doubtful.keys()))
