"""How everything stands after a cycle, and what reactions to reports change of it. No request."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controller.domain.decisions import Decision, Known, Situation
from controller.domain.declarations import Declaration, Promise
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.planning import Loosened, Plan, plan, replan
from controller.domain.policies import UpdatePolicy
from controller.domain.proving import GateStatus
from controller.domain.tallies import Tallies
from controller.objects import Member


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the cluster asks for: the fleet, its policies, its devices, a person's allowance.

    *known* is what is known of releases; the proofs of the fleet are added to it. *commits* are those that
    policies came from, by name.
    """

    fleet: Fleet
    policies: Sequence[UpdatePolicy]
    members: Mapping[str, Member]
    known: Known
    allowance: int = 0
    commits: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """One cycle's situation and its plan.

    *owners* are the Devices that are decided about, by enrollment; *current* is what is in force.
    """

    wanted: Wanted
    situation: Situation
    owners: Mapping[str, Device]
    current: dict[str, Declaration]
    plan: Plan
    gates: Mapping[str, GateStatus]
    tallies: Tallies = field(default_factory=Tallies)

    @classmethod
    def of(
        cls,
        wanted: Wanted,
        situation: Situation,
        roster: Sequence[tuple[Device, Facts | None]],
        promises: Mapping[str, Promise],
        gates: Mapping[str, GateStatus],
        loosened: Loosened,
    ) -> "Standing":
        """Everything decided anew."""
        current = {enrollment: promise.declaration for enrollment, promise in promises.items()}
        made = plan(situation, roster, current, loosened)
        claimed = situation.owners
        owners = {d.enrollment: d for d, _ in roster if claimed.get(d.enrollment, d.name) == d.name}
        return cls(wanted, situation, owners, current, made, gates)

    def react(
        self, facts: Mapping[str, Facts], changed: Collection[str], loosened: Loosened, now: datetime
    ) -> None:
        """Decide anew about the devices of these enrollments, by the clock of this moment."""
        self.situation = self.situation.at(now)
        roster = [(self.owners[enrollment], facts.get(enrollment)) for enrollment in changed]
        self.plan = replan(self.plan, self.situation, roster, self.current, loosened)

    def decisions(self, enrollments: Iterable[str]) -> list[Decision]:
        """The decisions about the Devices of these enrollments, for those that have one."""
        found = (self.owners[enrollment].name for enrollment in enrollments if enrollment in self.owners)
        return [self.plan.decisions[name] for name in found]

    def now_in_force(self, enrollments: Iterable[str], promises: Mapping[str, Promise]) -> None:
        """What is in force on these enrollments is what *promises* has for them, or nothing."""
        for enrollment in enrollments:
            self.current.pop(enrollment, None)
        self.current.update({e: promise.declaration for e, promise in promises.items()})
