"""Deciding about devices: the situation that they share, and the decision that each one gets."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from controller.domain import deadlines
from controller.domain.cases import Case, Standing, Verdict
from controller.domain.catalog import Catalog
from controller.domain.coverage import Coverage
from controller.domain.declarations import Declaration
from controller.domain.devices import Device, Hold
from controller.domain.exploited import Exploited
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.policies import UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.reasons import Reason
from controller.domain.selectors import part_of
from controller.domain.terms import Terms
from controller.domain.verdicts import CHECKED_OUT, judge

#: About each device of a fleet that is given up: its author wants nothing in force, whatever it runs.
_RETIRED = Verdict(Reason.NO_POLICY, "its Fleet is retired: nothing is enforced any more")


class Decision(NamedTuple):
    """What one device shall have, and why. *policy* is the one that covers it, or empty."""

    device: str
    enrollment: str
    policy: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of releases: what Apple lists, which fix what is exploited, what rings have proved."""

    catalog: Catalog = field(default_factory=Catalog)
    exploited: Exploited = field(default_factory=Exploited)
    proofs: Proofs = field(default_factory=Proofs)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a decision depends on but the device itself. The clock is *now*, in UTC.

    *owners* are the oldest Devices of those enrollments that several claim. Verdicts are kept while the
    situation lasts: a fleet has far fewer ways to stand than devices. Each is kept beside the declaration in
    force that it was found for, which its key names by identity.
    """

    fleet: Fleet
    coverage: Coverage
    known: Known
    now: datetime
    owners: Mapping[str, str] = field(default_factory=dict)
    _verdicts: dict[Hashable, tuple[Declaration | None, Verdict]] = field(default_factory=dict, repr=False)
    _terms: dict[str, Terms | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        fleet: Fleet,
        coverage: Coverage,
        known: Known,
        devices: Iterable[Device],
    ) -> "Situation":
        """The situation in which these devices are decided. An enrollment belongs to its oldest Device."""
        return cls(fleet, coverage, known, coverage.now, owners(devices))

    def at(self, now: datetime) -> "Situation":
        """The same at another moment: verdicts are found anew."""
        return replace(self, coverage=replace(self.coverage, now=now), now=now, _verdicts={})

    def decide(self, device: Device, facts: Facts | None, current: Declaration | None) -> Decision:
        """What *device* shall have, given what it reported and what is in force on it."""
        owner = self.owners.get(device.enrollment)
        if owner and owner != device.name:
            found = f"{owner}, which is older, has the same enrollment"
            return Decision(device.name, device.enrollment, "", Verdict(Reason.DUPLICATE, found))
        if self.fleet.retire:
            return Decision(device.name, device.enrollment, "", _RETIRED)
        if facts is None or facts.version is None or facts.owes_model(device.model):
            return Decision(device.name, device.enrollment, "", _unknown(facts, current))
        platform, policy = self.coverage.covering(device, facts)
        name = policy.name if policy else ""
        model = facts.model or device.model
        # Models with equal shelves are decided alike; without a shelf, the message names the model.
        alike = self.known.catalog.alike(model) or model
        lag = _lag(device, policy) if policy and policy.deadline.spread_days else 0
        key = (
            name,
            platform,
            alike,
            facts.version,
            facts.build,
            facts.supplemental_build,
            facts.supplemental_extra,
            id(current),
            device.hold,
            lag,
            facts.enrollment.ended is not None,
            facts.enrollment.user,
        )
        found_ = self._verdicts.get(key)
        if found_ is None:
            standing = Standing(model, platform, *key[3:7], current, self._hold(device), *key[9:])
            found_ = self._verdicts[key] = (current, self._judge(policy, standing))
        return Decision(device.name, device.enrollment, name, found_[1])

    def case(self, device: Device, facts: Facts, current: Declaration | None) -> Case | None:
        """What the rules look at for a device; None where no policy covers it, or it never reported."""
        platform, policy = self.coverage.covering(device, facts)
        if policy is None or facts.version is None:
            return None
        said = facts.version, facts.build, facts.supplemental_build, facts.supplemental_extra
        lag = _lag(device, policy)
        model = facts.model or device.model
        return self._case(policy, Standing(model, platform, *said, current, self._hold(device), lag))

    def _hold(self, device: Device) -> Hold | None:
        hold = device.hold
        return hold if hold and not deadlines.over(hold.until, self.now) else None

    def _judge(self, policy: UpdatePolicy | None, standing: Standing) -> Verdict:
        """The verdict; where it leaves what is in force as it is, it names that very declaration."""
        verdict = judge(self._case(policy, standing), policy)
        unchanged = verdict.declaration == standing.declaration
        return replace(verdict, declaration=standing.declaration) if unchanged else verdict

    def _case(self, policy: UpdatePolicy | None, standing: Standing) -> Case:
        terms = self.terms_of(policy) if policy else None
        shelf = self.known.catalog.shelf(standing.model)
        skipped = self.fleet.skipped(standing.platform) | (policy.skip if policy else frozenset())
        return Case(standing, terms, shelf, skipped, self.now)

    def terms_of(self, policy: UpdatePolicy) -> Terms | None:
        """A policy's terms; None where it has no target, or cannot be followed."""
        if policy.name not in self._terms:
            self._terms[policy.name] = self._make_terms(policy)
        return self._terms[policy.name]

    def _make_terms(self, policy: UpdatePolicy) -> Terms | None:
        if policy.target is None:
            return None
        known, platform = self.known, policy.platform
        return Terms(
            policy,
            policy.target,
            policy.deadline.calendar.frozen({*self.fleet.freezes, *policy.freezes}),
            known.catalog.majors(platform),
            {version: cves for (of, version), cves in known.exploited.fixes.items() if of is platform},
            known.proofs.of(policy.name) if policy.gate else None,
        )


def _unknown(facts: Facts | None, current: Declaration | None) -> Verdict:
    """About a device whose version or model nobody knows yet: what is in force stays, unless it has left."""
    if facts and facts.enrollment.ended:
        return Verdict(Reason.UNENROLLED, CHECKED_OUT, unfinished=current is not None)
    owed = "model" if facts and facts.version else "OS version"
    return Verdict(Reason.NO_REPORT, f"has not reported its {owed} yet", current)


def _lag(device: Device, policy: UpdatePolicy) -> int:
    """How many days earlier than others the device is due: always the same, whatever ring it is in."""
    return part_of(f"{device.name} is spread", policy.deadline.spread_days + 1)


def owners(devices: Iterable[Device]) -> dict[str, str]:
    """The oldest Device of each enrollment that several claim."""
    first: dict[str, Device] = {}
    claimed: dict[str, list[Device]] = {}
    for device in devices:
        other = first.setdefault(device.enrollment, device)
        if other is not device:
            claimed.setdefault(device.enrollment, [other]).append(device)
    return {e: min(many, key=lambda d: (d.created, d.name)).name for e, many in claimed.items()}
