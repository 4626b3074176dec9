"""Which policy covers a device."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from controller.domain.devices import Device, Labels
from controller.domain.policies import UpdatePolicy, by_precedence
from controller.domain.reports import Facts
from controller.domain.versions import Platform, platform_of

#: Apple's `device.operating-system.family`, for devices that name no model.
_FAMILIES = {str(platform): platform for platform in Platform}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The policies in the order in which they are asked, at one moment. What is found for labels is kept."""

    policies: tuple[UpdatePolicy, ...]
    now: datetime
    _by_labels: dict[tuple[Platform, Labels], tuple[tuple[UpdatePolicy, ...], UpdatePolicy | None]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _platforms: dict[tuple[str, str], Platform | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, policies: Iterable[UpdatePolicy], now: datetime) -> "Coverage":
        """The coverage by these policies."""
        return cls(by_precedence(policies), now)

    def platform_of(self, device: Device, facts: Facts) -> Platform | None:
        """The platform of a device, by its model; by what its OS calls itself where it names none."""
        key = (facts.model or device.model, facts.platform)
        if key not in self._platforms:
            self._platforms[key] = platform_of(key[0]) or _FAMILIES.get(facts.platform)
        return self._platforms[key]

    def policy_for(self, device: Device, platform: Platform | None) -> UpdatePolicy | None:
        """The one policy that covers *device*: the highest priority, then the first by name."""
        if platform is None:
            return None
        key = (platform, device.labels)
        found = self._by_labels.get(key)
        if found is None:
            found = self._by_labels[key] = self._for_labels(platform, device.labels)
        for policy in found[0]:
            if policy.selector.matches_device(device, self.now):
                return policy
        return found[1]

    def _for_labels(
        self, platform: Platform, labels: Labels
    ) -> tuple[tuple[UpdatePolicy, ...], UpdatePolicy | None]:
        """Those to ask for each device, and the one that takes all that they leave."""
        picky: list[UpdatePolicy] = []
        for policy in self.policies:
            if policy.platform is platform and policy.selector.matches_labels(labels):
                if policy.selector.takes_all:
                    return tuple(picky), policy
                picky.append(policy)
        return tuple(picky), None
