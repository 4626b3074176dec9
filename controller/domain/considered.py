"""What was considered for a device before something was decided: policies, and releases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from controller.domain.cases import Case, Verdict
from controller.domain.catalog import Shelf
from controller.domain.choices import Choice, choose, is_newer
from controller.domain.coverage import Coverage
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.policies import UpdatePolicy
from controller.domain.reckoning import kept_moment
from controller.domain.releases import Release
from controller.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class ConsideredPolicy:
    """A policy that covers the device, or is passed over; *why* says it."""

    name: str
    priority: int
    covers: bool
    why: str


@dataclass(frozen=True, slots=True)
class ConsideredRelease:
    """A release, or an improvement, that the device is asked for, or is not; *why* says it."""

    name: str
    posted: date
    asked: bool
    why: str


def consider_policies(coverage: Coverage, device: Device, facts: Facts) -> Iterator[ConsideredPolicy]:
    """Every policy in the order in which they are asked."""
    platform, covering = coverage.covering(device, facts)
    for policy in coverage.policies:
        if policy is covering:
            why = "covers it"
        elif policy.platform is not platform:
            why = f"is for {policy.platform}, and it is {platform or 'of no platform that is known'}"
        else:
            why = "; ".join(policy.selector.objections(device, coverage.now))
        yield ConsideredPolicy(
            policy.name, policy.priority, policy is covering, why or _second(policy, covering)
        )


def _second(policy: UpdatePolicy, covering: UpdatePolicy | None) -> str:
    """Why one that would cover the device does not."""
    if covering is None:
        return ""
    first = "its priority" if covering.priority > policy.priority else "its name"
    return f"would cover it, and {covering.name} comes first by {first}"


def consider_releases(case: Case, verdict: Verdict) -> Iterator[ConsideredRelease]:
    """What is newer than what the device runs, the newest first; and what it is asked for."""
    terms, shelf, runs = case.terms, case.shelf, case.standing.runs
    if terms is None or shelf is None:
        return
    choice = choose(terms.target, shelf, runs, terms.majors, case.skipped, terms.proven)
    asked = verdict.declaration if verdict.due else None
    yield from _improvement(shelf, asked)
    for release in reversed(shelf.releases):
        if is_newer(release, runs, terms.target.pinned()):
            is_asked = asked is not None and asked.version == release.version
            why = "is asked for" if is_asked else _refusal(case, terms, choice, release, verdict)
            fixes = min(terms.fixes.get(release.version, ()), default="")
            why += f"; fixes the exploited {fixes}" if fixes else ""
            yield ConsideredRelease(str(release.version), release.posted, is_asked, why)


def _improvement(shelf: Shelf, asked: Declaration | None) -> Iterator[ConsideredRelease]:
    for one in shelf.improvements:
        if asked and asked.build and (one.version, one.build) == (asked.version, asked.build):
            yield ConsideredRelease(str(one), one.posted, True, f"is asked for, on top of {one.version}")


def _refusal(case: Case, terms: Terms, choice: Choice, release: Release, verdict: Verdict) -> str:
    """Why it is not asked for."""
    if release in choice.newer:
        return _behind_another(case, terms, choice, release, verdict)
    if release in choice.waiting and terms.policy.gate:
        return f"waits until {terms.policy.gate.after} has proved it"
    if release not in choice.accepted:
        return _not_accepted(case, terms, release)
    if not release.installable:
        return "is signed by Apple no more"
    return f"is not there in the build {terms.target.pinned()}"


def _not_accepted(case: Case, terms: Terms, release: Release) -> str:
    policy = terms.policy
    if release.version in policy.skip:
        return f"is skipped by {policy.name}"
    if release.version in case.skipped:
        return "is skipped by the Fleet"
    if release.withdrawn:
        return "was taken back by Apple"
    return f"is not what {policy.name} asks for: {terms.target}"


def _behind_another(case: Case, terms: Terms, choice: Choice, release: Release, verdict: Verdict) -> str:
    """Why another one is asked for first."""
    asked = verdict.declaration
    if verdict.due is None or asked is None:
        return "could be asked for once its build is known"
    if release.version < asked.version:
        return f"is older than {asked.version}"
    if choice.prefers_public and not release.public and any(one.public for one in choice.newer):
        return "is signed and not on offer; what is on offer comes first"
    if kept_moment(case, terms, verdict):
        return f"came too late: {asked.version} is promised, and too near to be changed"
    return f"comes once {asked.version} is installed: majorDays takes upgrades apart"
