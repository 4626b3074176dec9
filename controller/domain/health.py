"""Is all well? The Ready conditions of a fleet and of its policies, the gravest reason first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from controller.domain.conditions import Condition
from controller.domain.fleets import Fleet
from controller.domain.planning import Plan
from controller.domain.policies import UpdatePolicy
from controller.domain.proving import GateStatus
from controller.domain.tallies import Tallies, Tally, counts, devices


class Outlook(Enum):
    """How it ends that something is not ready."""

    RETRIED = auto()
    """By itself: it is tried again, and `Reconciling` stands beside `Ready` meanwhile."""
    AWAITED = auto()
    """By somebody who changes another thing than this object: a commit, a Secret, the MDM, an annotation."""
    STALLED = auto()
    """Only by a change of this object: `Stalled` stands beside `Ready`."""


#: How each reason of `Ready=False` ends; where that is `GitNotSynced`, the one of `GitSynced`.
OUTLOOKS: Mapping[str, Outlook] = {
    "InvalidSpec": Outlook.STALLED,
    "InvalidGate": Outlook.STALLED,
    "SecondFleet": Outlook.STALLED,
    "CatalogMissing": Outlook.RETRIED,
    "MDMUnavailable": Outlook.RETRIED,
    "MDMRefused": Outlook.AWAITED,
    "CRDOutdated": Outlook.AWAITED,
    "Brake": Outlook.AWAITED,
    "Unreachable": Outlook.RETRIED,
    "Unauthorized": Outlook.AWAITED,
    "Unverified": Outlook.AWAITED,
    "InvalidManifests": Outlook.AWAITED,
    "Empty": Outlook.AWAITED,
    "Conflict": Outlook.AWAITED,
    "Refused": Outlook.AWAITED,
}


@dataclass(frozen=True, slots=True)
class Health:
    """What one cycle of a fleet met. *git* is None without a repository; *plan* when nothing was decided.

    *exploited* is None where no spec asks which releases fix exploited vulnerabilities, *webhook* where the
    MDM is not to send events.
    """

    fleet: Fleet
    mdm: Condition | None
    catalog: Condition
    git: Condition | None = None
    plan: Plan | None = None
    tallies: Tallies = field(default_factory=Tallies)
    gates: Mapping[str, GateStatus] = field(default_factory=dict)
    exploited: Condition | None = None
    webhook: Condition | None = None


def fleet_conditions(health: Health) -> list[Condition]:
    """All conditions of a Fleet, `Ready` first."""
    parts = (health.git, health.catalog, health.mdm, health.webhook, health.exploited)
    ready = fleet_ready(health)
    unsynced = ready.reason == "GitNotSynced" and health.git
    return [ready, *(part for part in parts if part), *outlook(ready, unsynced.reason if unsynced else "")]


def outlook(ready: Condition, cause: str = "") -> list[Condition]:
    """The condition that says how it ends that something is not ready, where one does; for kstatus.

    *cause* is the reason that counts, where it is not the one of *ready*.
    """
    if ready.status:
        return []
    ends = OUTLOOKS.get(cause or ready.reason, Outlook.AWAITED)
    if ends is Outlook.RETRIED:
        return [Condition("Reconciling", True, "ProgressingWithRetry", ready.message)]
    return [Condition("Stalled", True, ready.reason, ready.message)] if ends is Outlook.STALLED else []


def fleet_ready(health: Health) -> Condition:
    """Is the fleet reconciled? Where several things are wrong, the one that stops the most."""
    trouble = _undecided(health)
    if trouble:
        return trouble
    if health.git and not health.git.status:
        return _not_ready("GitNotSynced", f"{health.git.reason}: {health.git.message}")
    if health.plan and health.plan.braked:
        return _not_ready("Brake", brake_message(health.plan))
    found = _counted(health.tallies.whole())
    if health.fleet.suspend:
        waits = "; it is retired once spec.suspend is false" if health.fleet.retire else ""
        return Condition("Ready", True, "Suspended", f"nothing is written to the MDM{waits}. {found}")
    if health.fleet.retire:
        return Condition("Ready", True, "Retired", "nothing of ours is in this MDM any more")
    return Condition("Ready", True, "Reconciled", found)


def policy_conditions(policy: UpdatePolicy, health: Health) -> list[Condition]:
    """All conditions of an UpdatePolicy."""
    if policy.fault:
        ready = _not_ready(policy.fault.reason, policy.fault.message)
        return [ready, *outlook(ready)]
    trouble = _undecided(health)
    if trouble:
        return [trouble]
    covered = health.tallies.of_policy(policy.name)
    if covered.braked:
        return [_not_ready("Brake", f"the brake keeps what is in force on {devices(covered.braked)}")]
    if policy.suspend:
        return [Condition("Ready", True, "Suspended", "what is in force stays; nothing new is decided")]
    if not covered.total:
        return [Condition("Ready", True, "NoDevices", "it covers no device")]
    return [Condition("Ready", True, "Reconciled", f"covers {devices(covered.total)}")]


def _counted(tally: Tally) -> str:
    found = counts(tally)
    return (
        f"{devices(found['total'])}: {found['upToDate']} up to date, {found['enforced']} enforced, "
        f"{found['waiting']} waiting, {found['unknown']} unknown, {found['excluded']} excluded"
    )


def _undecided(health: Health) -> Condition | None:
    """Why nothing was decided, or reaches a device, if that is so."""
    if health.mdm and not health.mdm.status:
        refused = health.mdm.reason in ("Unauthorized", "Refused")
        return _not_ready("MDMRefused" if refused else "MDMUnavailable", health.mdm.message)
    if health.plan is None:
        return _not_ready("CatalogMissing", health.catalog.message)
    return None


def brake_message(plan: Plan) -> str:
    """What the brake holds back, and how to let it go."""
    many = len(plan.braked)
    return (
        f"{many} of {plan.in_force} devices would be let go unfinished; they keep what they have. "
        f'To let them go: annotate the Fleet with pomona.dev/allow-withdrawals="{many}"'
    )


def _not_ready(reason: str, message: str) -> Condition:
    return Condition("Ready", False, reason, message)
