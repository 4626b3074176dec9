"""Deciding about devices: the situation that they share, and the decision that each one gets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from controller.domain import deadlines
from controller.domain.catalog import Catalog
from controller.domain.declarations import Declaration
from controller.domain.devices import Device, Labels
from controller.domain.fleets import Fleet
from controller.domain.policies import UpdatePolicy, by_precedence
from controller.domain.reasons import Reason
from controller.domain.reports import Facts
from controller.domain.verdicts import Case, Standing, Verdict, judge
from controller.domain.versions import Platform, platform_of


@dataclass(frozen=True, slots=True)
class Decision:
    """What one device shall have, and why. *policy* is the one that covers it, or empty."""

    device: str
    enrollment: str
    policy: str
    verdict: Verdict


@dataclass(frozen=True)
class Situation:
    """Everything that a decision depends on but the device itself. The clock is *now*, in UTC.

    Verdicts are kept while the situation lasts: a fleet has far fewer ways to stand than devices.
    """

    fleet: Fleet
    policies: tuple[UpdatePolicy, ...]
    catalog: Catalog
    now: datetime
    owners: Mapping[str, str] = field(default_factory=dict)
    _covering: dict[tuple[Platform, Labels], tuple[UpdatePolicy, ...]] = field(
        default_factory=dict, repr=False
    )
    _verdicts: dict[tuple[str, Standing], Verdict] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        fleet: Fleet,
        policies: Iterable[UpdatePolicy],
        catalog: Catalog,
        devices: Iterable[Device],
        now: datetime,
    ) -> "Situation":
        """The situation in which these devices are decided. An enrollment belongs to its oldest Device."""
        oldest_last = sorted(devices, key=lambda device: (device.created, device.name), reverse=True)
        owners = {device.enrollment: device.name for device in oldest_last}
        return cls(fleet, by_precedence(policies), catalog, now, owners)

    def decide(self, device: Device, facts: Facts | None, current: Declaration | None) -> Decision:
        """What *device* shall have, given what it reported and what is in force on it."""
        owner = self.owners.get(device.enrollment, device.name)
        if owner != device.name:
            found = f"{owner}, which is older, has the same enrollment"
            return Decision(device.name, device.enrollment, "", Verdict(Reason.DUPLICATE, found))
        if facts is None or facts.version is None:
            verdict = Verdict(Reason.NO_REPORT, "has not reported its OS version yet", current)
            return Decision(device.name, device.enrollment, "", verdict)
        model = facts.model or device.model
        platform = platform_of(model) or _FAMILIES.get(facts.platform)
        hold = device.hold if device.hold and not deadlines.over(device.hold.until, self.now) else None
        standing = Standing(model, platform, facts.version, facts.build, current, hold)
        policy = self.policy_for(device, platform)
        return Decision(
            device.name, device.enrollment, policy.name if policy else "", self._verdict(policy, standing)
        )

    def policy_for(self, device: Device, platform: Platform | None) -> UpdatePolicy | None:
        """The one policy that covers *device*: the highest priority, then the first by name."""
        if platform is None:
            return None
        key = (platform, device.labels)
        covering = self._covering.get(key)
        if covering is None:
            covering = self._covering[key] = tuple(
                p
                for p in self.policies
                if p.platform is platform and p.selector.matches_labels(device.labels)
            )
        return next((p for p in covering if p.selector.matches_name(device)), None)

    def _verdict(self, policy: UpdatePolicy | None, standing: Standing) -> Verdict:
        key = (policy.name if policy else "", standing)
        known = self._verdicts.get(key)
        if known is None:
            shelf = self.catalog.shelf(standing.model)
            skipped = {version for platform, version in self.fleet.skip if platform is standing.platform}
            skipped |= policy.skip if policy else frozenset()
            known = self._verdicts[key] = judge(Case(standing, policy, shelf, skipped, self.now))
        return known


#: Apple's `device.operating-system.family`, for devices that name no model.
_FAMILIES = {str(platform): platform for platform in Platform}
