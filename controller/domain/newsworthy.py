"""What stands of a fleet and is worth telling people: each reason's look, in their words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from controller.domain.conditions import Condition
from controller.domain.counted import counted
from controller.domain.health import Health, brake_message
from controller.domain.listed import Listing
from controller.domain.news import Look, Stand, Subject, area
from controller.domain.news_reasons import NewsReason
from controller.domain.planning import Plan
from controller.domain.policies import UpdatePolicy
from controller.domain.versions import Platform

#: Releases that were posted earlier, and gates that opened earlier, are old news.
RECENT = timedelta(days=30)

#: A gate that keeps a release waiting for so long is stuck.
STUCK = timedelta(days=14)

#: What fails for less than this comes and goes: an answer that is late, a server that restarts.
PATIENCE = {NewsReason.MDM_UNREACHABLE: timedelta(minutes=5), NewsReason.CATALOG_STALE: timedelta(hours=1)}

#: Why a repository's head is refused; other reasons of GitSynced say nothing of a commit.
UNASKED = frozenset({"Unreachable", "Unauthorized"})

Stands = Mapping[Subject, Stand]


@dataclass(frozen=True, slots=True)
class View:
    """A fleet at one moment, as far as news look at it.

    *head* is the revision that the repository says, *commit* the one that is applied. *created* are the days
    on which policies were made, *since* the moments at which conditions changed last. *releases* is None
    where nobody knows what is listed.
    """

    fleet: str
    health: Health
    policies: Sequence[UpdatePolicy]
    now: datetime
    head: str = ""
    commit: str = ""
    created: Mapping[str, date] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    releases: Listing | None = None

    @property
    def platforms(self) -> frozenset[Platform]:
        """What the fleet's policies are about."""
        return frozenset(policy.platform for policy in self.policies)

    @property
    def today(self) -> date:
        """The day, in UTC."""
        return self.now.date()

    def itself(self, what: str = "") -> Subject:
        """The Fleet, or something about it."""
        return Subject("Fleet", self.fleet, what)


def look(view: View) -> Look:
    """What stands, of all areas that something can be said of."""
    plan, policies = view.health.plan, [policy for policy in view.policies if not policy.fault]
    found: dict[str, Stands] = {area(NewsReason.RELEASE_SKIPPED): dict(_skipped(view, policies))}
    found |= dict(_commits(view)) | dict(_conditions(view))
    if view.releases is not None:
        for platform in view.platforms:
            found |= _releases(view, view.releases, platform)
    if plan:
        found[area(NewsReason.BRAKE)] = dict(_brake(view, plan))
        found[area(NewsReason.GATE_OPENED)] = dict(_opened(view, policies))
        found[area(NewsReason.GATE_STUCK)] = dict(_stuck(view, policies))
        tallies = {policy.name: view.health.tallies.of_policy(policy.name) for policy in view.policies}
        found |= counted(tallies)
    return found


def _releases(view: View, releases: Listing, platform: Platform) -> Mapping[str, Stands]:
    seen, withdrawn = {}, {}
    for (of, version), listed in releases.items():
        if of is not platform:
            continue
        subject = view.itself(f"{platform} {version}")
        if view.today - listed.posted < RECENT:
            models = "1 model" if listed.models == 1 else f"{listed.models} models"
            found = f"Apple posted {platform} {version} on {listed.posted}, for {models}"
            seen[subject] = Stand(found)
        if listed.withdrawn:
            found = f"Apple took {platform} {version} back: nobody is asked for it any more"
            withdrawn[subject] = Stand(found)
    return {
        area(NewsReason.RELEASE_SEEN, platform): seen,
        area(NewsReason.RELEASE_WITHDRAWN, platform): withdrawn,
    }


def _skipped(view: View, policies: Sequence[UpdatePolicy]) -> Iterator[tuple[Subject, Stand]]:
    for platform, version in view.health.fleet.skip:
        found = f"{platform} {version} is skipped: no device is asked for it"
        yield view.itself(f"{platform} {version}"), Stand(found)
    for policy in policies:
        for version in policy.skip:
            found = f"{policy.platform} {version} is skipped by {policy.name}: it asks no device for it"
            yield Subject("UpdatePolicy", policy.name, str(version)), Stand(found)


def _commits(view: View) -> Iterator[tuple[str, Stands]]:
    """Nothing is said of commits while the repository does not answer."""
    git = view.health.git
    if git is None or git.reason in UNASKED:
        return
    applied, refused = {}, {}
    if view.commit:
        applied[view.itself()] = Stand(f"{view.commit} is applied", view.commit)
    if not git.status:
        found = f"{view.head} is refused: {git.reason}: {git.message}; what was applied before stands"
        refused[view.itself()] = Stand(found, f"{view.head} {git.reason}")
    yield area(NewsReason.COMMIT_APPLIED), applied
    yield area(NewsReason.COMMIT_REFUSED), refused


def _conditions(view: View) -> Iterator[tuple[str, Stands]]:
    asked: tuple[tuple[NewsReason, Condition | None, str], ...] = (
        (NewsReason.CATALOG_STALE, view.health.catalog, "see that the operator reaches the lookup service"),
        (
            NewsReason.MDM_UNREACHABLE,
            view.health.mdm,
            "see that the MDM runs and accepts the Secret's apiKey",
        ),
    )
    for reason, condition, advice in asked:
        if condition is None:
            continue
        stands = not condition.status and _lasts(view, condition, PATIENCE[reason])
        found = f"{condition.reason}: {condition.message}; {advice}"
        yield area(reason), {view.itself(): Stand(found)} if stands else {}


def _lasts(view: View, condition: Condition, patience: timedelta) -> bool:
    since = view.since.get(condition.type)
    return since is not None and view.now - since >= patience


def _brake(view: View, plan: Plan) -> Iterator[tuple[Subject, Stand]]:
    if plan.braked:
        yield view.itself(), Stand(brake_message(plan))


def _opened(view: View, policies: Sequence[UpdatePolicy]) -> Iterator[tuple[Subject, Stand]]:
    for policy in policies:
        gate = view.health.gates.get(policy.name)
        for version, day in gate.opened.items() if gate else ():
            if view.today - day < RECENT:
                found = f"the gate of {policy.name} is open for {policy.platform} {version}"
                yield Subject("UpdatePolicy", policy.name, str(version)), Stand(found)


def _stuck(view: View, policies: Sequence[UpdatePolicy]) -> Iterator[tuple[Subject, Stand]]:
    """Gates that keep something waiting for long; before the policy was made nothing waited."""
    for policy in policies:
        gate = view.health.gates.get(policy.name)
        if gate is None or not gate.closed_for:
            continue
        since = max(min(gate.closed_for.values()), view.created.get(policy.name, date.min))
        if view.today - since >= STUCK:
            found = f"the gate of {policy.name} keeps devices waiting since {since}: {gate.message}"
            advice = "see what keeps its ring, or vouch for the release in spec.gate.proven"
            yield Subject("UpdatePolicy", policy.name), Stand(f"{found}; {advice}")
