"""What a person should know before policies are put in force."""

from typing import Any

import pytest

from controller.domain.cautions import Caution, CautionReason, cautions, in_order
from controller.domain.fleets import Brake, Fleet
from controller.domain.gates import without_faults
from controller.domain.policies import Gate
from controller.domain.selectors import Selector
from tests.domain.builders import a_declaration, a_policy
from tests.domain.test_forecast import NEXT, a_subject, expect

CANARIES = a_policy("canary", selector=Selector(labels=frozenset({("ring", "canary")})), priority=1)


def told(*subjects: Any, **more: Any) -> list[tuple[str, str]]:
    return [(str(caution.reason), caution.message) for caution in cautions(expect(*subjects, **more))]


def test_nothing_is_said_where_all_is_well() -> None:
    assert told(a_subject(current=NEXT)) == []


def test_short_notice_says_whose_days_are_not_kept_and_what_to_do() -> None:
    """15.6.1 was posted five days ago."""
    few = [a_subject(f"d{n}") for n in range(3)]
    said = 'macs: 3 devices get 3 days, not 5: set deadline.notBefore, such as "2025-08-30"'
    assert told(*few, policies=(a_policy(days=5),)) == [("ShortNotice", said)]


@pytest.mark.parametrize(
    ("policy", "current"),
    [
        pytest.param({"days": 14}, None, id="there is time"),
        pytest.param({"days": 3}, None, id="no more was wanted"),
        pytest.param({"days": 5, "not_before": "2025-09-10"}, None, id="notBefore"),
        pytest.param({"days": 5}, a_declaration("15.6.1", "2025-08-26T18:00"), id="it was promised sooner"),
    ],
)
def test_no_short_notice(policy: dict[str, Any], current: Any) -> None:
    assert told(a_subject(current=current), policies=(a_policy(**policy),)) == []


def test_a_promise_that_moves_to_a_sooner_day_by_notice_is_told() -> None:
    [(reason, _)] = told(a_subject(current=NEXT), policies=(a_policy(days=5),))
    assert reason == "ShortNotice"


@pytest.mark.parametrize(("exploited", "notice", "out"), [(3, 3, True), (4, 3, False), (1, 0, False)])
def test_exploited_days_that_the_notice_puts_out_of_reach(exploited: int, notice: int, out: bool) -> None:
    policy = a_policy(notice=notice, deadline={"exploited_days": exploited})
    said = [reason for reason, _ in told(a_subject(current=NEXT), policies=(policy,))]
    assert said == (["ExploitedOutOfReach"] if out else [])


def test_the_brake() -> None:
    many = [a_subject(f"d{n}", NEXT) for n in range(3)]
    fleet = Fleet(brake=Brake(percent=20, devices=2))
    [(reason, said)] = told(*many, policies=(a_policy(target=None),), fleet=fleet)
    assert reason == "Brake"
    assert said.startswith("the brake would hold back 3 withdrawals of 3 enforcements in force")
    assert said.endswith('pomona.dev/allow-withdrawals="3"')


def test_a_suspended_fleet_writes_nothing() -> None:
    [(reason, _)] = told(a_subject(current=NEXT), fleet=Fleet(suspend=True))
    assert reason == "FleetSuspended"


def test_gates_that_are_closed_or_can_never_open() -> None:
    gated = a_policy(gate=Gate("canary", min_devices=1))
    waits = a_subject("w", reason="Gated")
    canary = a_subject("c", NEXT, policy="canary", ring="canary")
    [(reason, said)] = told(waits, canary, policies=(gated, CANARIES))
    assert (reason, said.partition(": ")[0]) == ("GateClosed", "the gate of macs is closed")
    new = a_subject("c", version="15.6.1", reason="UpToDate", policy="canary", ring="canary")
    [(reason, said)] = told(waits, new, policies=(gated, CANARIES))
    assert reason == "GateStuck"
    assert "it can never open" in said


def test_policies_that_cover_nobody_are_named_together() -> None:
    others = [a_policy(name, priority=-1) for name in ("a", "b")]
    [(_, one)] = told(a_subject(current=NEXT), policies=(a_policy(), others[0]))
    [(_, two)] = told(a_subject(current=NEXT), policies=(a_policy(), *others))
    assert one == "a covers no device: see platform, selector and priority"
    assert two == "2 policies cover no device: a, b; see platform, selector and priority"


def test_policies_that_cannot_be_followed() -> None:
    policies = (*without_faults([a_policy(gate=Gate("gone"))]),)
    [(reason, said)] = told(a_subject(current=NEXT), policies=policies)
    assert reason == "InvalidGate"
    assert said == (
        "macs cannot be followed: spec.gate.after: there is no UpdatePolicy gone, expected one; "
        "its 1 device keeps what it has"
    )


def test_the_gravest_comes_first() -> None:
    listed = [Caution(CautionReason.NO_DEVICES, "a"), Caution(CautionReason.BRAKE, "b")]
    assert [caution.message for caution in in_order(listed)] == ["b", "a"]
