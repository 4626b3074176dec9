"""Gates: a release waits for one policy until the devices of another one have proved it.

A device of the ring is *healthy* for a release when it came to it, or to a newer one, from something older,
has run that for the soak days, and was heard of within three days. It is *failing* when it was asked for just
this release and has failed, is overdue, or went silent after installing began. All others are pending and do
not count. The day on which a gate opens is its Proof; a gate that opened stays open.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from controller.domain.attention import overdue
from controller.domain.catalog import Catalog
from controller.domain.declarations import Promise
from controller.domain.facts import Facts
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Witness:
    """A device, as far as gates look at it: many devices are one and the same.

    *since* is the day on which it came to its version from something older; *asked* the version in force on
    it, *troubled* whether it failed at that, is overdue, or went silent after installing began.
    """

    model: str
    version: Version
    since: date | None
    heard: bool
    asked: Version | None
    troubled: bool

    @classmethod
    def of(
        cls, model: str, version: Version, facts: Facts, promise: Promise | None, now: datetime
    ) -> "Witness":
        """What a device's facts and what is in force on it say."""
        heard = facts.last_report is not None and not facts.silent(now)
        asked = promise.declaration.version if promise else None
        troubled = promise is not None and (
            facts.failed_at(promise.declaration.version)
            or overdue(facts, promise, now)
            or (facts.install_state == "installing" and not heard)
        )
        return cls(model, version, facts.version_since, heard, asked, troubled)

    def healthy(self, version: Version, soak_days: int, today: date) -> bool:
        """Has it proved this version?"""
        if self.since is None or self.version < version or not self.heard:
            return False
        return self.since + timedelta(days=soak_days) <= today

    def failing(self, version: Version) -> bool:
        """Does it speak against this version?"""
        return self.troubled and self.asked == version and self.version < version

    def may_come_to(self, version: Version) -> bool:
        """Can it still prove this version, or has it done so? Not if it never ran anything older."""
        return self.version < version or self.since is not None


#: The devices of one policy, counted.
Ring = Mapping[Witness, int]


@dataclass(frozen=True, slots=True)
class Trial:
    """How a release does on the devices of a ring. *possible* is how many can be healthy at most.

    *unheard* are those that nobody knows to be offered anything or nothing: they have never reported, or
    Apple's last answer did not list their model.
    """

    offered: int = 0
    healthy: int = 0
    failing: int = 0
    pending: int = 0
    possible: int = 0
    unheard: int = 0

    @classmethod
    def of(cls, ring: Ring, catalog: Catalog, version: Version, soak_days: int, today: date) -> "Trial":
        """Count a ring's devices for one release."""
        counts: Counter[str] = Counter()
        for witness, count in ring.items():
            shelf = catalog.shelf(witness.model)
            offered = shelf is not None and shelf.signs(version, "")
            healthy = witness.healthy(version, soak_days, today)
            failing = not healthy and witness.failing(version)
            counts["offered"] += count if offered else 0
            counts["healthy"] += count if healthy else 0
            counts["failing"] += count if failing else 0
            counts["pending"] += 0 if healthy or failing else count
            forgotten = shelf is not None and not shelf.signed
            possible = healthy or ((offered or forgotten) and witness.may_come_to(version))
            counts["possible"] += count if possible else 0
            counts["unheard"] += count if forgotten else 0
        return cls(
            *(counts[key] for key in ("offered", "healthy", "failing", "pending", "possible", "unheard"))
        )

    def joined_by(self, unheard: int) -> "Trial":
        """The same with so many devices more that have never reported."""
        return replace(
            self,
            pending=self.pending + unheard,
            possible=self.possible + unheard,
            unheard=self.unheard + unheard,
        )

    @property
    def offered_to_none(self) -> bool:
        """Is it known that no device of the ring can prove it? Those of which nothing is known may."""
        return self.offered == 0 and self.unheard == 0

    def needed(self, gate: Gate) -> int:
        """How many healthy devices open the gate."""
        return min(gate.min_devices, self.offered)

    def opens(self, gate: Gate) -> bool:
        """Is it well enough?"""
        enough = self.offered > 0 and self.healthy >= self.needed(gate)
        return enough and 100 * self.healthy >= gate.healthy_percent * (self.healthy + self.failing)


def faults(policies: Collection[UpdatePolicy]) -> dict[str, str]:
    """Which gates cannot be followed, by policy, and why: what they wait for is missing or waits for them."""
    by_name = {policy.name: policy for policy in policies}
    found = {}
    for policy in policies:
        if policy.gate is None:
            continue
        after = by_name.get(policy.gate.after)
        if after is None:
            found[policy.name] = (
                f"spec.gate.after: there is no UpdatePolicy {policy.gate.after}, expected one"
            )
        elif after.platform is not policy.platform:
            found[policy.name] = (
                f"spec.gate.after: {after.name} is for {after.platform}, expected one for {policy.platform}"
            )
        elif cycle := _cycle(policy, by_name):
            found[policy.name] = f"spec.gate.after: {' waits for '.join(cycle)}, expected no circle"
    return found


def _cycle(policy: UpdatePolicy, by_name: Mapping[str, UpdatePolicy]) -> list[str]:
    """The names from a policy back to itself, each waiting for the next; empty where there is no way."""
    names, at = [policy.name], policy
    while at.gate and (after := by_name.get(at.gate.after)):
        if after.name == policy.name:
            return [*names, policy.name]
        if after.name in names:
            return []
        names.append(after.name)
        at = after
    return []


def without_faults(policies: Iterable[UpdatePolicy]) -> list[UpdatePolicy]:
    """The policies, those whose gate cannot be followed marked as such."""
    listed = list(policies)
    found = faults(listed)
    return [p.faulty("InvalidGate", found[p.name]) if p.name in found and not p.fault else p for p in listed]
