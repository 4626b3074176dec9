"""Devices counted, by policy. A device that reports is counted anew, and no other one is looked at."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from controller.domain.attention import Attention, AttentionReason
from controller.domain.calendars import Freeze
from controller.domain.reasons import Reason
from controller.domain.status import Outcome
from controller.domain.versions import Version


@dataclass(slots=True)
class Tally:
    """The devices of one policy, or of a fleet, counted.

    *failed* and *overdue* are parts of the enforced; *late* are those that show the progress Overdue.
    *releases* counts by version and posting date what they are asked for or have reached; *troubled* is who
    needs a person, and why, by Device. *accelerated* counts by release whom a fix of what is exploited makes
    due sooner, *frozen* by such a fix and its freeze whom one keeps from it.
    """

    reasons: Counter[Reason] = field(default_factory=Counter)
    attention: Counter[AttentionReason] = field(default_factory=Counter)
    failed: int = 0
    overdue: int = 0
    late: int = 0
    braked: int = 0
    releases: Counter[tuple[Version, date]] = field(default_factory=Counter)
    troubled: dict[str, Attention] = field(default_factory=dict)
    accelerated: Counter[str] = field(default_factory=Counter)
    frozen: Counter[tuple[str, Freeze]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many devices there are."""
        return self.reasons.total()

    def add(self, outcome: Outcome) -> None:
        """Count one device."""
        self._count(outcome, 1)
        if outcome.attention:
            self.troubled[outcome.decision.device] = outcome.attention

    def remove(self, outcome: Outcome) -> None:
        """Count it no more, as it was added."""
        self._count(outcome, -1)
        self.troubled.pop(outcome.decision.device, None)

    def _count(self, outcome: Outcome, by: int) -> None:
        verdict, attention = outcome.decision.verdict, outcome.attention
        self.reasons[verdict.reason] += by
        self.braked += by * outcome.braked
        self.late += by * (outcome.progress == "Overdue")
        if verdict.release:
            self.releases[verdict.release.version, verdict.release.posted] += by
        if verdict.accelerated:
            self.accelerated[verdict.accelerated] += by
        for held in verdict.frozen:
            self.frozen[held] += by
        if attention:
            self.attention[attention.reason] += by
            if verdict.reason is Reason.ENFORCED:
                self.failed += by * attention.reason.failure
                self.overdue += by * (attention.reason is AttentionReason.OVERDUE)


@dataclass(slots=True)
class Tallies:
    """One tally for each policy; devices that none covers are under the empty name."""

    by_policy: dict[str, Tally] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> "Tallies":
        """All of them, counted."""
        tallies = cls()
        for outcome in outcomes:
            tallies.put(outcome)
        return tallies

    def put(self, outcome: Outcome) -> frozenset[str]:
        """Count a device in the place of what was known of it; the policies whose counts that may change."""
        name, policy = outcome.decision.device, outcome.decision.policy
        before = self.outcomes.get(name)
        self.outcomes[name] = outcome
        if before:
            self.by_policy[before.decision.policy].remove(before)
        tally = self.by_policy.get(policy)
        if tally is None:
            tally = self.by_policy[policy] = Tally()
        tally.add(outcome)
        return frozenset({policy, before.decision.policy if before else policy})

    def of_policy(self, policy: str) -> Tally:
        """The devices that it covers."""
        return self.by_policy.get(policy) or Tally()

    def whole(self) -> Tally:
        """All devices of the fleet, without the names of those that need a person."""
        whole = Tally()
        for tally in self.by_policy.values():
            whole.reasons.update(tally.reasons)
            whole.attention.update(tally.attention)
            whole.failed += tally.failed
            whole.overdue += tally.overdue
            whole.late += tally.late
            whole.braked += tally.braked
        return whole


def counts(tally: Tally) -> Mapping[str, int]:
    """`status.devices`. failed and overdue are parts of enforced; the others add up to total."""
    found = Counter(dict.fromkeys(("total", "upToDate", "enforced", "waiting", "unknown", "excluded"), 0))
    for reason, count in tally.reasons.items():
        found["total"] += count
        found[reason.tally] += count
    return {**found, "failed": tally.failed, "overdue": tally.overdue}


def devices(count: int) -> str:
    """So many devices, for people."""
    return "1 device" if count == 1 else f"{count} devices"
