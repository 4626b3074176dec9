"""Why a device has what it has, in the order of the rules, found by the functions that decide."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain import changes
from controller.domain.changes import Change
from controller.domain.considered import (
    ConsideredPolicy,
    ConsideredRelease,
    consider_policies,
    consider_releases,
)
from controller.domain.decisions import Decision, Situation
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.proving import GateStatus
from controller.domain.reasons import Reason
from controller.domain.reckoning import Step, reckon

#: The reasons that are only found once the releases were looked at.
_RELEASES_COUNT = (Reason.UP_TO_DATE, Reason.NO_RELEASE, Reason.GATED, Reason.ENFORCED)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, and all that it was made of.

    *current* is in force now. *policies* is empty for a device that has not said what it runs; *releases*
    and *steps* where the rules never came to look at them. *gate* is the one of the policy that covers it.
    """

    device: Device
    facts: Facts | None
    current: Declaration | None
    decision: Decision
    policies: tuple[ConsideredPolicy, ...] = ()
    releases: tuple[ConsideredRelease, ...] = ()
    steps: tuple[Step, ...] = ()
    gate: GateStatus | None = None

    @property
    def change(self) -> str:
        """What the decision makes of what is in force: enforce, move, withdraw, or nothing.

        The details URL does not count: statuses do not show it.
        """
        if self.decision.verdict.reason is Reason.DUPLICATE:
            return ""
        found = changes.change(self.current, self.decision.verdict.declaration)
        return "" if found is None or found is Change.DETAILS else found


def explain(
    situation: Situation,
    device: Device,
    facts: Facts | None,
    current: Declaration | None,
    gates: Mapping[str, GateStatus],
) -> Explanation:
    """Decide about *device*, and say why; *gates* are by policy."""
    decision = situation.decide(device, facts, current)
    verdict = decision.verdict
    if facts is None or facts.version is None or verdict.reason is Reason.DUPLICATE:
        return Explanation(device, facts, current, decision)
    policies = tuple(consider_policies(situation.coverage, device, facts))
    case = situation.case(device, facts, current)
    counts = verdict.reason in _RELEASES_COUNT
    return Explanation(
        device,
        facts,
        current,
        decision,
        policies,
        tuple(consider_releases(case, verdict)) if case and counts else (),
        tuple(reckon(case, verdict)) if case else (),
        gates.get(decision.policy),
    )
