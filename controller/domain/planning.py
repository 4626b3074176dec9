"""One plan for the whole fleet: every decision, and the changes that they need."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from controller.domain.decisions import Decision, Situation
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.facts import Facts
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
    deleted.
    """
    decisions = {}
    enforce: dict[Declaration, list[str]] = defaultdict(list)
    finished, loose = [], []
    ownerless = dict(current)
    for device, facts in roster:
        decision = decisions[device.name] = situation.decide(device, facts, current.get(device.enrollment))
        if decision.verdict.reason is Reason.DUPLICATE:
            continue
        standing = ownerless.pop(device.enrollment, None)
        wanted = decision.verdict.declaration
        if wanted is standing or wanted == standing:
            continue
        if wanted is not None:
            enforce[wanted].append(device.enrollment)
        elif decision.verdict.unfinished:
            loose.append(device.enrollment)
        else:
            finished.append(device.enrollment)
    loose.extend(ownerless)
    too_many = situation.fleet.brake.holds(loosened.recent + len(loose), len(current)) and bool(loose)
    allowed = too_many and len(loose) <= loosened.allowance
    braked = too_many and not allowed
    return Plan(
        decisions,
        {declaration: tuple(sorted(enrollments)) for declaration, enrollments in enforce.items()},
        tuple(sorted(finished if braked else finished + loose)),
        frozenset(loose) if braked else frozenset(),
        frozenset() if braked else frozenset(loose),
        len(current),
        allowed,
    )
