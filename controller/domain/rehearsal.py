"""The time machine: devices that never update by themselves, under some policies, a day at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from controller.domain.catalog import Catalog
from controller.domain.companions import Cast
from controller.domain.decisions import Known
from controller.domain.declarations import Promise
from controller.domain.devices import Device
from controller.domain.fleets import Fleet
from controller.domain.lives import Life, Living
from controller.domain.policies import UpdatePolicy, by_precedence
from controller.domain.proofs import Proofs
from controller.domain.proving import Proving
from controller.domain.versions import Version


class Rehearsal:
    """Devices of one model; each reports daily, and installs on its deadline's day after that day's step.

    *proofs* and *catalog* are what was known on the last day.
    """

    def __init__(
        self,
        policies: Iterable[UpdatePolicy],
        model: str,
        installed: Version,
        devices: Sequence[Device],
        parts: Mapping[str, UpdatePolicy] | None = None,
    ) -> None:
        self.proofs = Proofs()
        self.catalog = Catalog()
        self._policies = by_precedence(policies)
        self._model = model
        self._parts = parts or {}
        self._devices = devices
        self._living = [Living(device, model, installed) for device in devices]

    @property
    def lives(self) -> Mapping[str, Life]:
        """What became of each device, by name."""
        return {living.device.name: living.life for living in self._living}

    def through(self, days: Iterable[tuple[datetime, Catalog]]) -> "Rehearsal":
        """Live through these days."""
        for now, catalog in days:
            self.live(now, catalog)
        return self

    def live(self, now: datetime, catalog: Catalog) -> None:
        """Live through one day, at this moment of it, as the operator would: gates first, then decisions."""
        shelf = catalog.shelf(self._model)
        coverage = Cast(self._policies, now, parts=self._parts)
        known = Known(catalog, proofs=self.proofs)
        reports = [living.report(now, shelf) for living in self._living]
        promises = {
            living.device.enrollment: Promise(living.current, "", "")
            for living in self._living
            if living.current
        }
        roster = list(zip(self._devices, reports, strict=True))
        self.catalog = catalog
        situation, _ = Proving(Fleet(), coverage, known).situation(roster, promises)
        self.proofs = situation.known.proofs
        for living, facts in zip(self._living, reports, strict=True):
            verdict = situation.decide(living.device, facts, living.current).verdict
            living.follow(verdict, now, shelf)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a device lived through from the *first* day to the *last*, and what was known in the end.

    *policies* are those that covered it, the first one first.
    """

    model: str
    installed: Version
    first: date
    last: date
    policies: Sequence[UpdatePolicy]
    life: Life
    proofs: Proofs
    catalog: Catalog
