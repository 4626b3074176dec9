"""Which policy covers a device."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from controller.domain.devices import Device, Labels
from controller.domain.facts import Facts
from controller.domain.policies import UpdatePolicy, by_precedence
from controller.domain.versions import Platform, platform_of

#: Apple's `device.operating-system.family`, for devices that name no model.
_FAMILIES = {str(platform): platform for platform in Platform}

#: The policies to ask about each device, and the one that takes all that they leave.
Asked = tuple[tuple[UpdatePolicy, ...], UpdatePolicy | None]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The policies in the order in which they are asked, at one moment.

    What is found for a model, and for labels, is kept: a fleet has few.
    """

    policies: tuple[UpdatePolicy, ...]
    now: datetime
    _platforms: dict[tuple[str, str], Platform | None] = field(
        default_factory=dict, repr=False, compare=False
    )
    _asked: dict[tuple[Platform | None, Labels], Asked] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, policies: Iterable[UpdatePolicy], now: datetime) -> "Coverage":
        """The coverage by these policies."""
        return cls(by_precedence(policies), now)

    def covering(self, device: Device, facts: Facts) -> tuple[Platform | None, UpdatePolicy | None]:
        """The platform of a device, and the policy that covers it: the highest priority, then first by name.

        The platform is that of its model, or what its OS calls itself where it names none.
        """
        named = (facts.model or device.model, facts.platform)
        platform = self._platforms.get(named)
        if platform is None and named not in self._platforms:
            platform = self._platforms[named] = platform_of(named[0]) or _FAMILIES.get(named[1])
        return platform, self.policy_for(device, platform)

    def policy_for(self, device: Device, platform: Platform | None) -> UpdatePolicy | None:
        """The one policy that covers a device of this platform."""
        labelled = (platform, device.labels)
        asked = self._asked.get(labelled)
        if asked is None:
            asked = self._asked[labelled] = self._ask(platform, device.labels)
        picky, rest = asked
        for policy in picky:
            if policy.selector.matches_device(device, self.now):
                return policy
        return rest

    def _ask(self, platform: Platform | None, labels: Labels) -> Asked:
        picky: list[UpdatePolicy] = []
        for policy in self.policies:
            if policy.platform is platform and policy.selector.matches_labels(labels):
                if policy.selector.takes_all:
                    return tuple(picky), policy
                picky.append(policy)
        return tuple(picky), None
