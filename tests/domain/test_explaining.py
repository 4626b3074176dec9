"""Why a device has what it has: the same as was decided."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.devices import Hold
from controller.domain.explaining import Explanation, explain
from controller.domain.gates import Trial
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.proving import GateStatus
from controller.domain.reasons import Reason
from tests.domain.builders import (
    NOW,
    a_declaration,
    a_device,
    a_policy,
    a_situation,
    facts,
    v,
)
from tests.domain.explained import explained
from tests.domain.strategies import World, minutes, promised, worlds


def gated() -> UpdatePolicy:
    return a_policy(gate=Gate("canary"))


@settings(max_examples=400)
@given(st.data(), worlds(held=True), minutes)
def test_what_is_explained_is_what_is_decided(data: st.DataObject, world: World, later: timedelta) -> None:
    current = data.draw(promised(world))
    situation = a_situation(
        *world.policies,
        catalog=world.catalog,
        fleet=world.fleet,
        devices=tuple(device for device, _ in world.roster),
        now=NOW + later,
        exploited=world.exploited,
        proofs=world.proofs,
    )
    for device, said in world.roster:
        in_force = current.get(device.enrollment)
        decision = situation.decide(device, said, in_force)
        found = explain(situation, device, said, in_force, {})
        assert found.decision == decision
        assert_every_step_leads_there(found)


def assert_every_step_leads_there(found: Explanation) -> None:
    verdict = found.decision.verdict
    assert all([*(policy.why for policy in found.policies), *(release.why for release in found.releases)])
    assert [p.name for p in found.policies if p.covers] == [found.decision.policy] * bool(
        found.decision.policy
    )
    if verdict.due is None or verdict.declaration is None:
        assert (found.steps, [r for r in found.releases if r.asked]) == ((), [])
        return
    [asked] = [release.name for release in found.releases if release.asked]
    assert asked.startswith(str(verdict.declaration.version))
    assert found.steps[-1].at == verdict.declaration.deadline
    assert verdict.due.day.isoformat() in {step.at.isoformat()[:10] for step in found.steps}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"says": facts(None)}, Reason.NO_REPORT, id="never reported"),
        pytest.param({"device": a_device(hold=Hold(date(2025, 9, 1)))}, Reason.HELD, id="held"),
        pytest.param({"policies": [a_policy(suspend=True)]}, Reason.SUSPENDED, id="suspended"),
        pytest.param({"policies": [a_policy(target=None)]}, Reason.NO_POLICY, id="none"),
    ],
)
def test_where_the_rules_stop_so_does_the_explanation(given: dict[str, Any], reason: Reason) -> None:
    found = explained(*given.pop("policies", ()), **given)
    assert (found.decision.verdict.reason, found.releases, found.steps) == (reason, (), ())


@pytest.mark.parametrize(
    ("given", "change"),
    [
        pytest.param({}, "enforce", id="nothing is in force"),
        pytest.param({"current": a_declaration("15.6", "2025-09-30T18:00")}, "move", id="something else is"),
        pytest.param({"current": a_declaration(), "says": facts("15.6.1")}, "withdraw", id="done"),
        pytest.param({"says": facts("15.6.1")}, "", id="nothing to do"),
        pytest.param(
            {
                "policies": [replace(a_policy(), details_url="https://it.acme.example")],
                "says": facts("15.6"),
                "current": a_declaration(),
            },
            "",
            id="no status shows the details URL",
        ),
    ],
)
def test_it_says_what_is_changed(given: dict[str, Any], change: str) -> None:
    policies = given.pop("policies", ())
    assert explained(*policies, **given).change == change


def test_a_younger_device_with_the_same_enrollment_changes_nothing() -> None:
    older, younger = a_device(), replace(a_device("b", age=1), enrollment=a_device().enrollment)
    found = explained(device=younger, devices=(older, younger), current=a_declaration())
    assert (found.decision.verdict.reason, found.change, found.policies) == (Reason.DUPLICATE, "", ())


def test_the_gate_is_the_one_of_the_policy_that_covers_it() -> None:
    gate = GateStatus(False, v("15.6.1"), "waits", Trial(), 5)
    found = explained(gated(), a_policy("canary", priority=-1), gates={"macs": gate}, proofs=Proofs())
    assert found.gate == gate
