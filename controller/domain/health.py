"""Is all well? The Ready conditions of a fleet and of its policies, the gravest reason first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.domain.conditions import Condition
from controller.domain.fleets import Fleet
from controller.domain.planning import Plan
from controller.domain.policies import UpdatePolicy
from controller.domain.proving import GateStatus
from controller.domain.tallies import Tallies, Tally, counts


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
    return [fleet_ready(health), *(part for part in parts if part)]


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
        return Condition("Ready", True, "Suspended", f"nothing is written to the MDM. {found}")
    return Condition("Ready", True, "Reconciled", found)


def policy_conditions(policy: UpdatePolicy, health: Health) -> list[Condition]:
    """All conditions of an UpdatePolicy."""
    if policy.fault:
        ready = _not_ready(policy.fault.reason, policy.fault.message)
        return [ready, Condition("Stalled", True, ready.reason, ready.message)]
    trouble = _undecided(health)
    if trouble:
        return [trouble]
    covered = health.tallies.of_policy(policy.name)
    if covered.braked:
        return [_not_ready("Brake", f"the brake keeps what is in force on {_devices(covered.braked)}")]
    if policy.suspend:
        return [Condition("Ready", True, "Suspended", "what is in force stays; nothing new is decided")]
    if not covered.total:
        return [Condition("Ready", True, "NoDevices", "it covers no device")]
    return [Condition("Ready", True, "Reconciled", f"covers {_devices(covered.total)}")]


def _counted(tally: Tally) -> str:
    found = counts(tally)
    return (
        f"{_devices(found['total'])}: {found['upToDate']} up to date, {found['enforced']} enforced, "
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


def _devices(count: int) -> str:
    return "1 device" if count == 1 else f"{count} devices"
