"""Prove: a gate that opens is remembered before anything follows from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from controller.domain.declarations import Promise
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.proofs import Proofs, from_entries, to_entries
from controller.domain.proving import GateStatus, Proving
from controller.ports import Notes

#: Where a fleet's proofs are kept: a ConfigMap of its namespace.
NAME = "pomona-proofs"


@dataclass
class Prover:
    """The proofs of one fleet, read once: nobody else writes them."""

    notes: Notes
    _proofs: Proofs | None = field(default=None, init=False)

    async def recall(self) -> Proofs:
        """What was proven before."""
        if self._proofs is None:
            self._proofs = from_entries(await self.notes.recall(NAME))
        return self._proofs

    async def judge(
        self,
        proving: Proving,
        roster: Collection[tuple[Device, Facts | None]],
        promises: Mapping[str, Promise],
    ) -> tuple[Proofs, Mapping[str, GateStatus]]:
        """What is proven now, and the status of each gate by policy."""
        before = await self.recall()
        known = replace(proving.known, proofs=before)
        proofs, statuses = replace(proving, known=known).judge(roster, promises)
        if proofs != before:
            await self.notes.remember(NAME, to_entries(proofs))
            self._proofs = proofs
        return proofs, statuses
