"""One plan for the whole fleet: every decision, and the changes that they need."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from controller.domain.decisions import Decision, Situation
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Brake
from controller.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Loosened:
    """What counts for the brake: *recent*, the devices let go unfinished in the last hour before this plan.

    *allowance* is how many a person lets through, once; 0 when nobody does.
    """

    recent: int = 0
    allowance: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """All decisions by Device, and the changes by enrollment.

    *braked* are the enrollments that would be let go unfinished, and that the brake holds back; *loose* are
    those that are let go unfinished, *allowed* when only a person's word let them. *in_force* is how many
    enforcements there were.
    """

    decisions: Mapping[str, Decision]
    enforce: Mapping[Declaration, tuple[str, ...]] = field(default_factory=dict)
    withdraw: tuple[str, ...] = ()
    braked: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    in_force: int = 0
    allowed: bool = False

    @property
    def empty(self) -> bool:
        """Is there nothing to change?"""
        return not self.enforce and not self.withdraw


def plan(
    situation: Situation,
    roster: Iterable[tuple[Device, Facts | None]],
    current: Mapping[str, Declaration],
    loosened: Loosened,
) -> Plan:
    """Decide about every device of *roster*, and compare with what is in force.

    *current* is by enrollment. What is in force on an enrollment without a Device is let go: its Device was
    deleted. A retired fleet lets go of everything, whatever the brake says.
    """
    changes = _Changes()
    decisions = {}
    ownerless = set(current)
    for device, facts in roster:
        standing = current.get(device.enrollment)
        decision = decisions[device.name] = situation.decide(device, facts, standing)
        if decision.verdict.reason is not Reason.DUPLICATE:
            ownerless.discard(device.enrollment)
            changes.add(decision, standing)
    if situation.fleet.retire:
        changes.finished += ownerless
    else:
        changes.loose |= ownerless
    return changes.planned(decisions, len(current), situation.fleet.brake, loosened)


def replan(
    before: Plan,
    situation: Situation,
    roster: Iterable[tuple[Device, Facts | None]],
    current: Mapping[str, Declaration],
    loosened: Loosened,
) -> Plan:
    """The plan after just these devices reported.

    It is what `plan` would make of the whole roster once *before* was carried out: other devices are decided
    as they were, and need no change unless the brake lets them go now.
    """
    changes = _Changes(loose=set(before.braked))
    decisions = dict(before.decisions)
    for device, facts in roster:
        standing = current.get(device.enrollment)
        decision = decisions[device.name] = situation.decide(device, facts, standing)
        if decision.verdict.reason is not Reason.DUPLICATE:
            changes.loose.discard(device.enrollment)
            changes.add(decision, standing)
    return changes.planned(decisions, len(current), situation.fleet.brake, loosened)


@dataclass(slots=True)
class _Changes:
    """The changes that decisions need, by enrollment: who is let go has *finished*, or is let go *loose*."""

    enforce: dict[Declaration, list[str]] = field(default_factory=lambda: defaultdict(list))
    finished: list[str] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)

    def add(self, decision: Decision, standing: Declaration | None) -> None:
        """Compare what one device shall have with what it has."""
        wanted = decision.verdict.declaration
        if wanted is standing or wanted == standing:
            return
        if wanted is not None:
            self.enforce[wanted].append(decision.enrollment)
        elif decision.verdict.unfinished:
            self.loose.add(decision.enrollment)
        else:
            self.finished.append(decision.enrollment)

    def planned(
        self, decisions: Mapping[str, Decision], in_force: int, brake: Brake, loosened: Loosened
    ) -> Plan:
        """All of them, but for those that the brake holds back."""
        too_many = bool(self.loose) and brake.holds(loosened.recent + len(self.loose), in_force)
        allowed = too_many and len(self.loose) <= loosened.allowance
        braked = too_many and not allowed
        return Plan(
            decisions,
            {declaration: tuple(sorted(enrollments)) for declaration, enrollments in self.enforce.items()},
            tuple(sorted(self.finished if braked else [*self.finished, *self.loose])),
            frozenset(self.loose) if braked else frozenset(),
            frozenset() if braked else frozenset(self.loose),
            in_force,
            allowed,
        )
