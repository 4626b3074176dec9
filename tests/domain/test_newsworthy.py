"""What stands of a fleet and is worth telling."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from controller.domain.attention import Circumstances
from controller.domain.conditions import Condition
from controller.domain.declarations import Promise
from controller.domain.facts import Failure, Pending
from controller.domain.fleets import Fleet
from controller.domain.gates import Trial
from controller.domain.health import Health
from controller.domain.listed import Listed, listing
from controller.domain.newsworthy import View, look
from controller.domain.planning import Plan
from controller.domain.policies import Fault, UpdatePolicy
from controller.domain.proving import GateStatus
from controller.domain.status import Outcome, outcome
from controller.domain.tallies import Tallies
from controller.domain.versions import Platform
from tests.domain.builders import (
    NOW,
    a_catalog,
    a_declaration,
    a_device,
    a_freeze,
    a_policy,
    a_release,
    decide,
    exploited,
    facts,
    v,
)

ANSWERED = Condition("MDMReachable", True, "Answered")
DOWN = Condition("MDMReachable", False, "Unreachable", "no route")
BELIEVED = Condition("CatalogFresh", True, "Believed")
STALE = Condition("CatalogFresh", False, "Unbelievable", "it lists nothing")
APPLIED = Condition("GitSynced", True, "Applied")
BAD = Condition("GitSynced", False, "InvalidManifests", "a.yaml:3: spec: no")
UNREACHABLE = Condition("GitSynced", False, "Unreachable", "no route")


def view(
    *policies: UpdatePolicy,
    outcomes: tuple[Outcome, ...] = (),
    fleet: Fleet = Fleet(),
    mdm: Condition | None = ANSWERED,
    catalog: Condition = BELIEVED,
    git: Condition | None = None,
    plan: Plan | None = Plan({}),
    gate: GateStatus | None = None,
    **fields: Any,
) -> View:
    gates = {"macs": gate} if gate else {}
    health = Health(fleet, mdm, catalog, git, plan, Tallies.of(outcomes), gates)
    return View("acme", health, policies or (a_policy(),), NOW, **fields)


def said(view: View, area: str) -> list[str]:
    """What is said of an area, each with its object before it."""
    return [f"{s.kind} {s.name} {s.what}: {stand.message}" for s, stand in look(view)[area].items()]


def an_outcome(
    name: str = "a", policy: UpdatePolicy = a_policy(), promised: str = "", **given: Any
) -> Outcome:
    promise = Promise(a_declaration(deadline=promised), "", "") if promised else None
    current = promise.declaration if promise else None
    says = given.pop("says", facts())
    decision = decide(policy, device=a_device(name), says=says, current=current, **given)
    return outcome(decision, says, Circumstances(promise), NOW, braked=False)


def a_gate(opened: Mapping[str, str] = {}, closed: Mapping[str, str] = {}) -> GateStatus:
    days = [{v(k): date.fromisoformat(day) for k, day in found.items()} for found in (closed, opened)]
    return GateStatus(not closed, None, "3 of 5 healthy", Trial(), 5, *days)


RECENT = {(Platform.MACOS, v("15.6.1")): Listed(date(2025, 8, 20), 23)}
OLD = {(Platform.MACOS, v("15.5")): Listed(date(2025, 5, 12), 1, withdrawn=1)}
PHONES = {(Platform.IOS, v("18.6")): Listed(date(2025, 8, 20), 9, withdrawn=2)}
AT_ONCE = a_policy(days=0)
HURRIED = a_policy(deadline={"exploited_days": 10})
FROZEN = a_policy(days=8, freezes=(a_freeze("2025-08-27", "2025-09-08"),))
POROUS = a_policy(days=8, freezes=(a_freeze("2025-08-27", "2025-09-08", except_exploited=True),))
FAILED = facts(pending=Pending("15.6.1"), failure=Failure(2, "not enough disk space"))
FIX: dict[str, Any] = {"exploited": exploited("15.6.1")}


@pytest.mark.parametrize(
    ("view", "area", "found"),
    [
        pytest.param(
            view(releases=RECENT),
            "ReleaseSeen.macOS",
            ["Fleet acme macOS 15.6.1: Apple posted macOS 15.6.1 on 2025-08-20, for 23 models"],
            id="a release",
        ),
        pytest.param(view(releases=OLD), "ReleaseSeen.macOS", [], id="a release of long ago"),
        pytest.param(
            view(releases=OLD),
            "ReleaseWithdrawn.macOS",
            ["Fleet acme macOS 15.5: Apple took macOS 15.5 back: nobody is asked for it any more"],
            id="withdrawn",
        ),
        pytest.param(view(releases=PHONES), "ReleaseWithdrawn.macOS", [], id="of another platform"),
        pytest.param(
            view(fleet=Fleet(skip=frozenset({(Platform.MACOS, v("15.6.1"))}))),
            "ReleaseSkipped",
            ["Fleet acme macOS 15.6.1: macOS 15.6.1 is skipped: no device is asked for it"],
            id="skipped by the fleet",
        ),
        pytest.param(
            view(a_policy(skip=frozenset({v("15.6.1")}))),
            "ReleaseSkipped",
            ["UpdatePolicy macs 15.6.1: macOS 15.6.1 is skipped by macs: it asks no device for it"],
            id="skipped by a policy",
        ),
        pytest.param(
            view(git=APPLIED, head="main@sha1:b2", commit="main@sha1:b2"),
            "CommitApplied",
            ["Fleet acme : main@sha1:b2 is applied"],
            id="applied",
        ),
        pytest.param(view(git=APPLIED, commit="main@sha1:b2"), "CommitRefused", [], id="none refused"),
        pytest.param(
            view(git=BAD, head="main@sha1:b2", commit="main@sha1:a1"),
            "CommitRefused",
            [
                "Fleet acme : main@sha1:b2 is refused: InvalidManifests: a.yaml:3: spec: no; "
                "what was applied before stands"
            ],
            id="refused",
        ),
        pytest.param(
            view(plan=Plan({}, braked=frozenset({"E-a", "E-b"}), in_force=3)),
            "Brake",
            [
                "Fleet acme : 2 of 3 devices would be let go unfinished; they keep what they have. "
                'To let them go: annotate the Fleet with pomona.dev/allow-withdrawals="2"'
            ],
            id="the brake",
        ),
        pytest.param(
            view(gate=a_gate(opened={"15.6.1": "2025-08-24", "15.5": "2025-06-01"})),
            "GateOpened",
            ["UpdatePolicy macs 15.6.1: the gate of macs is open for macOS 15.6.1"],
            id="a gate that opened lately",
        ),
        pytest.param(
            view(gate=a_gate(closed={"15.6.1": "2025-08-20", "15.6": "2025-07-29"})),
            "GateStuck",
            [
                "UpdatePolicy macs : the gate of macs keeps devices waiting since 2025-07-29: 3 of 5 "
                "healthy; see what keeps its ring, or vouch for the release in spec.gate.proven"
            ],
            id="a gate that is stuck",
        ),
        pytest.param(
            view(gate=a_gate(closed={"15.6": "2025-07-29"}), created={"macs": date(2025, 8, 12)}),
            "GateStuck",
            [],
            id="a gate of a young policy",
        ),
        pytest.param(view(gate=a_gate(closed={"15.6.1": "2025-08-20"})), "GateStuck", [], id="five days"),
        pytest.param(
            view(outcomes=(an_outcome(policy=AT_ONCE, promised="2025-08-20T18:00"), an_outcome("b"))),
            "DevicesOverdue",
            [
                "UpdatePolicy macs : 1 device of macs is overdue; kubectl get devices --field-selector "
                "status.progress=Overdue names them; see that they are on and online"
            ],
            id="overdue",
        ),
        pytest.param(
            view(outcomes=(an_outcome(promised="2025-09-03T18:00", says=FAILED), an_outcome("b"))),
            "DevicesFailed",
            [
                "UpdatePolicy macs : 1 device of macs failed to update: Space 1; "
                "status.attention of the UpdatePolicy says which, and what to do"
            ],
            id="failed",
        ),
        pytest.param(
            view(HURRIED, outcomes=(an_outcome(policy=HURRIED, **FIX), an_outcome("b", HURRIED, **FIX))),
            "ExploitedAccelerated",
            [
                "UpdatePolicy macs 15.6.1: 15.6.1 fixes what is exploited, and makes 2 devices of macs due "
                "sooner (deadline.exploitedDays)"
            ],
            id="hurried",
        ),
        pytest.param(
            view(HURRIED, outcomes=(an_outcome(policy=HURRIED),)), "ExploitedAccelerated", [], id="no fix"
        ),
        pytest.param(
            view(
                outcomes=(an_outcome(policy=a_policy(days=10, deadline={"exploited_days": 10}), **FIX),),
            ),
            "ExploitedAccelerated",
            [],
            id="not sooner than by days",
        ),
        pytest.param(
            view(
                outcomes=(
                    an_outcome(
                        policy=a_policy(days=30, deadline={"exploited_days": 10}),
                        says=facts("15.5"),
                        exploited=exploited("15.6.1"),
                    ),
                ),
            ),
            "ExploitedAccelerated",
            [],
            id="not sooner than what is missed longer",
        ),
        pytest.param(
            view(FROZEN, outcomes=(an_outcome(policy=FROZEN, **FIX),)),
            "FreezeHoldsExploited",
            [
                "UpdatePolicy macs 15.6.1: the freeze Holidays keeps 1 device of macs from 15.6.1, which "
                "fixes what is exploited; set exceptExploited on it to let such fixes through"
            ],
            id="a freeze holds it",
        ),
        pytest.param(
            view(FROZEN, outcomes=(an_outcome(policy=FROZEN),)),
            "FreezeHoldsExploited",
            [],
            id="no fix is held",
        ),
        pytest.param(
            view(POROUS, outcomes=(an_outcome(policy=POROUS, **FIX),)),
            "FreezeHoldsExploited",
            [],
            id="a freeze that lets it through",
        ),
    ],
)
def test_what_stands_is_told_with_what_to_do(view: View, area: str, found: list[str]) -> None:
    assert found == said(view, area)


def test_a_device_that_is_through_counts_no_more() -> None:
    policy = a_policy(days=8, deadline={"exploited_days": 5}, freezes=FROZEN.freezes)
    tallies = Tallies.of([an_outcome(policy=policy, **FIX)])
    tally = tallies.of_policy("macs")
    before = tally.accelerated.total(), tally.frozen.total()
    tallies.put(an_outcome(policy=policy, says=facts("15.6.1", build="15.6.1B1"), **FIX))
    assert (before, tally.accelerated.total(), tally.frozen.total()) == ((1, 1), 0, 0)


@pytest.mark.parametrize(
    ("view", "silent"),
    [
        pytest.param(view(), {"CommitApplied", "CommitRefused"}, id="without a repository"),
        pytest.param(view(git=UNREACHABLE), {"CommitApplied", "CommitRefused"}, id="it does not answer"),
        pytest.param(view(), {"ReleaseSeen.macOS", "ReleaseWithdrawn.macOS"}, id="no believed reading"),
        pytest.param(
            view(plan=None, mdm=DOWN),
            {"Brake", "GateOpened", "GateStuck", "DevicesOverdue", "DevicesFailed"},
            id="nothing was decided",
        ),
        pytest.param(view(plan=None, mdm=None), {"MDMUnreachable"}, id="the MDM was not asked"),
    ],
)
def test_nothing_is_said_of_what_nobody_knows(view: View, silent: set[str]) -> None:
    assert not silent & look(view).keys()


@pytest.mark.parametrize(
    ("area", "conditions", "patience"),
    [
        pytest.param("MDMUnreachable", {"mdm": DOWN}, timedelta(minutes=5), id="the MDM"),
        pytest.param("CatalogStale", {"catalog": STALE}, timedelta(hours=1), id="the catalog"),
    ],
)
def test_what_fails_for_a_moment_is_no_news(
    area: str, conditions: dict[str, Any], patience: timedelta
) -> None:
    [condition] = conditions.values()

    def at(since: datetime) -> list[str]:
        return said(view(since={condition.type: since}, **conditions), area)

    assert at(NOW - patience + timedelta(seconds=1)) == []
    [message] = at(NOW - patience)
    assert message.startswith(f"Fleet acme : {condition.reason}: {condition.message}; see that")


def test_a_policy_that_cannot_be_followed_has_no_gate_and_skips_nothing() -> None:
    broken = a_policy(skip=frozenset({v("15.6.1")}), fault=Fault("InvalidGate", "no"))
    found = look(view(broken, gate=a_gate(closed={"15.6": "2025-07-01"})))
    assert (found["ReleaseSkipped"], found["GateStuck"]) == ({}, {})


def test_releases_are_listed_by_platform() -> None:
    catalog = a_catalog(
        a_release("15.6", "2025-07-29"),
        a_release("15.6.1", "2025-08-20", withdrawn=True),
        models=("J314sAP", "Mac15,3", "iPhone15,2", "Something1,1"),
    )
    assert listing(catalog, {Platform.MACOS}) == {
        (Platform.MACOS, v("15.6")): Listed(date(2025, 7, 29), 2, 0),
        (Platform.MACOS, v("15.6.1")): Listed(date(2025, 8, 20), 2, 2),
    }
