"""Companions: devices of the rings that a rehearsed device waits for, so that the gates can open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controller.domain.coverage import Coverage
from controller.domain.devices import Device
from controller.domain.policies import UpdatePolicy, by_precedence
from controller.domain.versions import Platform, platform_of

#: So many of a ring stand for all of it: they differ only by the days that `spreadDays` gives each.
MOST = 100


def covering(
    policies: Iterable[UpdatePolicy], device: Device, model: str, moments: Iterable[datetime]
) -> Sequence[UpdatePolicy]:
    """The policies that cover a device at these moments, the first one first: `enrolledDays` ends."""
    ordered, found = by_precedence(policies), dict[str, UpdatePolicy]()
    for moment in moments:
        policy = Coverage(ordered, moment).policy_for(device, platform_of(model))
        if policy:
            found.setdefault(policy.name, policy)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Cast(Coverage):
    """A coverage in which some devices play a part: they belong to a policy whatever its selector says."""

    parts: Mapping[str, UpdatePolicy] = field(default_factory=dict)

    def policy_for(self, device: Device, platform: Platform | None) -> UpdatePolicy | None:
        """The policy whose part a device plays, or the one that covers it."""
        # Slots leave `super()` without its class.
        return self.parts.get(device.name) or Coverage.policy_for(self, device, platform)


@dataclass(frozen=True, slots=True)
class Companions:
    """Devices, and the policy to which each belongs, by name."""

    devices: tuple[Device, ...] = ()
    parts: Mapping[str, UpdatePolicy] = field(default_factory=dict)

    @classmethod
    def of(
        cls, policies: Iterable[UpdatePolicy], covering: Iterable[UpdatePolicy], created: datetime
    ) -> "Companions":
        """`minDevices` for each ring before the policies that cover a device, and before those rings.

        A space in their names keeps them apart from all real devices.
        """
        by_name = {policy.name: policy for policy in policies}
        needed: dict[str, int] = {}
        left = list(covering)
        while left:
            policy = left.pop()
            gate = policy.gate
            if gate and gate.after in by_name and not policy.fault:
                if gate.after not in needed:
                    left.append(by_name[gate.after])
                needed[gate.after] = max(needed.get(gate.after, 0), min(gate.min_devices, MOST))
        parts = {f"{ring} {n + 1}": by_name[ring] for ring, many in needed.items() for n in range(many)}
        return cls(tuple(Device(name, name, created) for name in parts), parts)
