"""What people see of a policy and of a fleet."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.attention import Attention, AttentionReason
from controller.domain.cases import Verdict
from controller.domain.conditions import Condition, conditions_document
from controller.domain.decisions import Decision
from controller.domain.fleets import Fleet
from controller.domain.health import Health, fleet_ready, policy_conditions
from controller.domain.planning import Plan
from controller.domain.policies import Fault
from controller.domain.reasons import Reason
from controller.domain.status import Outcome
from controller.domain.summary import attention_counts, fleet_document, policy_document
from controller.domain.tallies import Tallies, Tally, counts
from tests.domain.builders import a_policy, a_release

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)


def an_outcome(
    reason: Reason,
    attention: AttentionReason | None = None,
    *,
    name: str = "d",
    release: str = "",
    braked: bool = False,
    policy: str = "macs",
) -> Outcome:
    found = a_release(release, "2025-08-20") if release else None
    decision = Decision(name, f"E-{name}", policy, Verdict(reason, "", release=found))
    said = Attention(attention, "do this") if attention else None
    return Outcome(decision, None, None, "", said, braked)


def a_tally(*outcomes: Outcome) -> Tally:
    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome)
    return tally


def test_counts_are_disjoint_and_add_up() -> None:
    found = counts(a_tally(*map(an_outcome, Reason)))
    parts = ("upToDate", "enforced", "waiting", "unknown", "excluded")
    assert found["total"] == len(Reason) == sum(found[part] for part in parts)
    assert (found["upToDate"], found["enforced"], found["waiting"], found["unknown"]) == (1, 1, 4, 4)


def test_failed_and_overdue_are_parts_of_enforced() -> None:
    found = counts(
        a_tally(
            an_outcome(Reason.ENFORCED, AttentionReason.SPACE),
            an_outcome(Reason.ENFORCED, AttentionReason.OVERDUE),
            an_outcome(Reason.ENFORCED, AttentionReason.SILENT),
            an_outcome(Reason.UP_TO_DATE, AttentionReason.SILENT),
        )
    )
    assert (found["enforced"], found["failed"], found["overdue"]) == (3, 1, 1)


def test_attention_is_counted_the_worst_first() -> None:
    outcomes = [
        an_outcome(Reason.ENFORCED, kind) for kind in (AttentionReason.SILENT, AttentionReason.REFUSED)
    ]
    assert list(attention_counts(a_tally(*outcomes)).items()) == [("Refused", 1), ("Silent", 1)]


def test_a_policy_names_the_newest_release_that_somebody_is_asked_for() -> None:
    outcomes = [an_outcome(Reason.ENFORCED, release="15.6"), an_outcome(Reason.UP_TO_DATE, release="15.6.1")]
    assert policy_document(a_tally(*outcomes), None)["target"] == {
        "version": "15.6.1",
        "posted": "2025-08-20",
    }


def test_a_policy_names_fifty_devices_the_worst_first() -> None:
    silent = [an_outcome(Reason.ENFORCED, AttentionReason.SILENT, name=f"s{n:02}") for n in range(50)]
    document = policy_document(
        a_tally(*silent, an_outcome(Reason.ENFORCED, AttentionReason.OVERDUE, name="z")), None
    )
    assert (len(document["attention"]), document["truncated"]) == (50, True)
    assert document["attention"][0] == {"device": "z", "reason": "Overdue", "message": "do this"}


ANSWERED = Condition("MDMReachable", True, "Answered")
BELIEVED = Condition("CatalogFresh", True, "Believed")
DOWN = Condition("MDMReachable", False, "Unreachable", "no route")
APPLIED = Condition("GitSynced", True, "Applied")
BAD_COMMIT = Condition("GitSynced", False, "InvalidManifests", "a.yaml:3: spec: no")
PLAN = Plan({})
BRAKED = Plan({}, braked=frozenset({"E-d"}), in_force=4)


@pytest.mark.parametrize(
    ("health", "ready"),
    [
        pytest.param(Health(Fleet(), ANSWERED, BELIEVED, APPLIED, PLAN), (True, "Reconciled"), id="well"),
        pytest.param(
            Health(Fleet(True), ANSWERED, BELIEVED, None, PLAN), (True, "Suspended"), id="suspended"
        ),
        pytest.param(
            Health(Fleet(), ANSWERED, BELIEVED, BAD_COMMIT, PLAN), (False, "GitNotSynced"), id="git"
        ),
        pytest.param(Health(Fleet(), ANSWERED, BELIEVED, APPLIED, BRAKED), (False, "Brake"), id="brake"),
        pytest.param(
            Health(Fleet(), DOWN, BELIEVED, BAD_COMMIT), (False, "MDMUnavailable"), id="the MDM is down"
        ),
        pytest.param(
            Health(Fleet(), Condition("MDMReachable", False, "Unauthorized"), BELIEVED),
            (False, "MDMRefused"),
            id="401",
        ),
        pytest.param(
            Health(Fleet(), None, Condition("CatalogFresh", False, "Unreachable")),
            (False, "CatalogMissing"),
            id="new",
        ),
    ],
)
def test_a_fleet_is_ready_or_says_the_gravest_reason(health: Health, ready: tuple[bool, str]) -> None:
    found = fleet_ready(health)
    assert ready == (found.status, found.reason)


def test_one_device_is_no_plural() -> None:
    health = Health(Fleet(), ANSWERED, BELIEVED, None, PLAN, Tallies.of([an_outcome(Reason.UP_TO_DATE)]))
    assert fleet_ready(health).message.startswith("1 device: 1 up to date, ")


def test_the_brake_says_how_many_and_what_to_do() -> None:
    message = fleet_ready(Health(Fleet(), ANSWERED, BELIEVED, APPLIED, BRAKED)).message
    assert "1 of 4 devices would be let go unfinished" in message
    assert 'pomona.dev/allow-withdrawals="1"' in message


def test_a_policy_that_cannot_be_followed_is_stalled() -> None:
    policy = a_policy(target=None, fault=Fault("InvalidSpec", "'15.x' is not an OS version such as 15.6.1"))
    ready, stalled = policy_conditions(policy, Health(Fleet(), ANSWERED, BELIEVED, plan=PLAN))
    assert (ready.status, ready.reason, stalled.type, stalled.status) == (
        False,
        "InvalidSpec",
        "Stalled",
        True,
    )


def test_the_time_of_a_condition_moves_only_with_its_status() -> None:
    first = conditions_document([DOWN], [], 1, NOW)
    later = conditions_document(
        [Condition("MDMReachable", False, "Throttled")], first, 2, NOW.replace(hour=13)
    )
    up = conditions_document([ANSWERED], later, 2, NOW.replace(hour=14))
    times = [document[0]["lastTransitionTime"] for document in (first, later, up)]
    assert times == ["2025-08-25T12:00:00Z", "2025-08-25T12:00:00Z", "2025-08-25T14:00:00Z"]
    assert (later[0]["reason"], later[0]["observedGeneration"]) == ("Throttled", 2)


outcomes = st.builds(
    an_outcome,
    st.sampled_from(Reason),
    st.none() | st.sampled_from(AttentionReason),
    name=st.sampled_from("abcd"),
    release=st.sampled_from(["", "15.6", "15.6.1"]),
    braked=st.booleans(),
    policy=st.sampled_from(["macs", "phones", ""]),
)


@given(st.lists(outcomes))
def test_who_is_counted_anew_is_counted_as_if_it_had_been_the_only_time(said: list[Outcome]) -> None:
    tallies, last = Tallies(), {outcome.decision.device: outcome for outcome in said}
    for outcome in said:
        tallies.put(outcome)
    fresh = Tallies.of(last.values())

    for policy in ("macs", "phones", ""):
        shown = policy_document(tallies.of_policy(policy), None)
        assert shown == policy_document(fresh.of_policy(policy), None)
    assert fleet_document(tallies.whole()) == fleet_document(fresh.whole())
    assert tallies.whole().braked == fresh.whole().braked


def test_who_changes_its_policy_touches_both() -> None:
    tallies = Tallies.of([an_outcome(Reason.UP_TO_DATE)])
    assert tallies.put(an_outcome(Reason.UP_TO_DATE, policy="")) == {"macs", ""}
