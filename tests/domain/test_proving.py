"""Which gates open, how far the others are, and what is kept of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from controller.domain.catalog import Catalog
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known
from controller.domain.declarations import Promise
from controller.domain.devices import Device
from controller.domain.exploited import Exploited
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.proofs import Proofs, from_entries, to_entries
from controller.domain.proving import GateStatus, Proving
from controller.domain.reasons import Reason
from controller.domain.selectors import Selector
from controller.domain.status_items import ITEMS
from controller.domain.targets import Exact
from controller.domain.versions import Platform, Version
from tests.domain.builders import (
    NOW,
    SHELF,
    a_catalog,
    a_declaration,
    a_device,
    a_policy,
    a_release,
    decide,
    exploited,
    facts,
    v,
)

RING = a_policy("ring", priority=1, selector=Selector(frozenset({("ring", "canary")})))
NEWEST = v("15.6.1")
Roster = list[tuple[Device, Facts | None]]


def a_gated(**fields: Any) -> UpdatePolicy:
    return a_policy("macs", gate=Gate("ring", **fields))


def canaries(count: int, version: str = "15.6.1", since: str | None = "2025-08-22", **said: Any) -> Roster:
    day = date.fromisoformat(since) if since else None
    known = {"build": f"{version}B1"} | said
    return [
        (a_device(f"canary-{version}-{since}-{n}", ring="canary"), facts(version, version_since=day, **known))
        for n in range(count)
    ]


WAITING: Roster = [(a_device("waits"), facts("15.6"))]


def judged(
    roster: Roster,
    policy: UpdatePolicy | None = None,
    *,
    catalog: Catalog | None = None,
    known: Exploited = Exploited(),
    proofs: Proofs = Proofs(),
    promises: Iterable[str] = (),
    fleet: Fleet = Fleet(),
    days: int = 0,
) -> tuple[Proofs, GateStatus]:
    """What is proven, and the gate of *policy*. *promises* are devices that are overdue with 15.6.1."""
    policy = policy or a_gated()
    coverage = Coverage.of([RING, policy], NOW + timedelta(days))
    proving = Proving(fleet, coverage, Known(catalog or a_catalog(), known, proofs))
    overdue = Promise(a_declaration("15.6.1", "2025-08-22T18:00"), "", "")
    found, statuses = proving.judge([*WAITING, *roster], {f"E-{name}": overdue for name in promises})
    return found, statuses[policy.name]


def proven(proofs: Proofs) -> set[Version]:
    return set(proofs.of("macs"))


@pytest.mark.parametrize(
    ("roster", "policy", "given", "opens"),
    [
        pytest.param(canaries(5), None, {}, True, id="five healthy"),
        pytest.param(canaries(4) + canaries(1, since="2025-08-23"), None, {}, False, id="one still soaks"),
        pytest.param(canaries(4) + canaries(1, since=None), None, {}, False, id="one came with it"),
        pytest.param(canaries(4), None, {}, True, id="a ring of four"),
        pytest.param(canaries(1, model="", supports=ITEMS), None, {}, False, id="one that owes its model"),
        pytest.param(
            canaries(4) + canaries(9, "15.6"), a_gated(min_devices=4), {}, True, id="the others are pending"
        ),
        pytest.param(canaries(5, since="2025-08-24"), a_gated(soak_days=1), {}, True, id="soakDays"),
        pytest.param(
            canaries(5, since="2025-08-24"),
            a_gated(exploited_soak_days=1),
            {"known": exploited("15.6.1")},
            True,
            id="exploitedSoakDays",
        ),
        pytest.param(
            canaries(5, since="2025-08-24"),
            a_gated(exploited_soak_days=1),
            {},
            False,
            id="and nothing is exploited",
        ),
        pytest.param([], a_gated(proven=frozenset({NEWEST})), {}, True, id="a person vouches for it"),
        pytest.param(
            [], a_gated(proven=frozenset({v("15.7")})), {}, True, id="offered to none, posted five days ago"
        ),
        pytest.param([], a_gated(soak_days=6), {}, False, id="offered to none, for fewer days than it soaks"),
    ],
)
def test_what_opens_a_gate(
    roster: Roster, policy: UpdatePolicy | None, given: dict[str, Any], opens: bool
) -> None:
    proofs, status = judged(roster, policy, **given)
    assert (opens, opens) == (NEWEST in proven(proofs), status.open)


def test_the_day_on_which_it_opened_is_the_proof_and_stays_so() -> None:
    proofs, _ = judged(canaries(5))
    assert proofs == Proofs({"macs": {NEWEST: date(2025, 8, 25)}})
    again, status = judged(canaries(5, "15.6"), proofs=proofs, days=9)
    assert (again, status.open, status.message) == (proofs, True, "open for 15.6.1 since 2025-08-25")


def test_a_ring_proves_each_release_that_somebody_waits_for() -> None:
    older: Roster = [(a_device("far-behind"), facts("15.5", build="15.5B1"))]
    proofs, _ = judged(canaries(5) + older)
    assert proven(proofs) == {v("15.6"), NEWEST}


@pytest.mark.parametrize(
    ("roster", "policy", "given", "message"),
    [
        pytest.param(
            canaries(3) + canaries(4, "15.6"),
            None,
            {"promises": ["canary-15.6-2025-08-22-0"]},
            "15.6.1 waits for ring: 3 of 5 healthy, 1 failing, 3 pending",
            id="too few",
        ),
        pytest.param(
            canaries(6) + canaries(4, "15.6"),
            None,
            {"promises": [f"canary-15.6-2025-08-22-{n}" for n in range(2)]},
            "15.6.1 waits for ring: 6 of 5 healthy, 2 failing, 2 pending; 75 % of 8 are healthy, "
            "expected 95 %",
            id="too many fail",
        ),
        pytest.param(
            canaries(4, since=None) + canaries(1),
            None,
            {},
            "15.6.1 waits for ring: 1 of 5 healthy, 0 failing, 4 pending; it can never open, since only "
            "1 can still "
            "come to it from something older: lower spec.gate.minDevices, or vouch for it in "
            "spec.gate.proven",
            id="it can never open",
        ),
        pytest.param(
            [],
            a_gated(soak_days=7),
            {},
            "15.6.1 is offered to no device of ring: the gate opens by itself on 2025-08-27",
            id="offered to none",
        ),
    ],
)
def test_a_closed_gate_says_how_far_it_is(
    roster: Roster, policy: UpdatePolicy | None, given: dict[str, Any], message: str
) -> None:
    proofs, status = judged(roster, policy, **given)
    assert (False, message) == (status.open, status.message)
    assert proofs == Proofs()


def test_a_gate_that_nothing_waits_for_says_so() -> None:
    _, status = judged([], a_policy("macs", target=Exact(v("15.6")), gate=Gate("ring")))
    assert (status.open, status.version, status.message) == (True, None, "no release waits for it")


@pytest.mark.parametrize(
    ("policy", "given"),
    [
        pytest.param(
            a_policy("macs", gate=Gate("ring"), skip=frozenset({NEWEST})), {}, id="skipped by the policy"
        ),
        pytest.param(
            a_gated(), {"fleet": Fleet(skip=frozenset({(Platform.MACOS, NEWEST)}))}, id="skipped by the fleet"
        ),
        pytest.param(
            a_gated(),
            {"catalog": a_catalog(*SHELF[:3], a_release("15.6.1", "2025-08-20", withdrawn=True))},
            id="taken back by Apple",
        ),
        pytest.param(
            a_gated(),
            {"catalog": a_catalog(*SHELF[:3], a_release("15.6.1", "2025-08-20", signed=False))},
            id="signed no more",
        ),
    ],
)
def test_what_nobody_can_be_asked_for_is_never_proven(policy: UpdatePolicy, given: dict[str, Any]) -> None:
    proofs, _ = judged(canaries(5), policy, **given)
    assert NEWEST not in proven(proofs)


def test_silent_devices_and_one_without_facts_prove_nothing() -> None:
    never: Roster = [(a_device("never", ring="canary"), None)]
    proofs, status = judged([*canaries(5, last_report=NOW - timedelta(hours=73)), *never])
    assert (proven(proofs), status.trial.pending) == (set(), 6)


def test_a_younger_device_with_the_same_enrollment_does_not_count() -> None:
    twins: Roster = [
        (replace(device, name=f"{device.name}-again", created=device.created + timedelta(days=1)), said)
        for device, said in canaries(2)
    ]
    _, status = judged([*canaries(2), *twins])
    assert status.trial.healthy == 2


@pytest.mark.parametrize(
    ("ring", "told"),
    [
        pytest.param(replace(RING, target=None), "ring has target none", id="target none"),
        pytest.param(replace(RING, skip=frozenset({NEWEST})), "ring skips it", id="skipped there"),
    ],
)
def test_a_ring_that_does_not_ask_for_it_is_said_to(ring: UpdatePolicy, told: str) -> None:
    proving = Proving(Fleet(), Coverage.of([ring, a_gated()], NOW), Known(a_catalog()))
    _, statuses = proving.judge([*WAITING, *canaries(4, "15.6")], {})
    assert statuses["macs"].message.endswith(f"; {told}, so only its users can prove it")


def test_a_gate_that_cannot_be_followed_is_not_judged() -> None:
    policy = a_gated().faulty("InvalidGate", "spec.gate.after: there is no UpdatePolicy ring")
    proving = Proving(Fleet(), Coverage.of([policy], NOW), Known(a_catalog()))
    assert proving.judge(WAITING, {}) == (Proofs(), {})


class TestDecisions:
    """What a gate means for the devices that it keeps waiting."""

    @pytest.mark.parametrize(
        ("proofs", "says", "reason", "asked"),
        [
            pytest.param([], facts("15.5"), Reason.GATED, None, id="closed for all"),
            pytest.param(["15.6"], facts("15.5"), Reason.ENFORCED, "15.6", id="the newest that is proven"),
            pytest.param(["15.6", "15.6.1"], facts("15.5"), Reason.ENFORCED, "15.6.1", id="open for all"),
            pytest.param(["15.6"], facts("15.6"), Reason.UP_TO_DATE, None, id="on what is proven"),
            pytest.param([], facts("15.6.1"), Reason.UP_TO_DATE, None, id="nothing newer"),
        ],
    )
    def test_reason(self, proofs: list[str], says: Facts, reason: Reason, asked: str | None) -> None:
        known = Proofs({"macs": dict.fromkeys(map(v, proofs), date(2025, 8, 25))})
        verdict = decide(a_gated(), says=says, proofs=known).verdict
        found = verdict.declaration and str(verdict.declaration.version)
        assert (reason, asked) == (verdict.reason, found)

    def test_the_proofs_of_another_policy_do_not_count(self) -> None:
        known = Proofs({"others": {NEWEST: date(2025, 8, 25)}})
        assert decide(a_gated(), proofs=known).verdict.reason is Reason.GATED

    def test_skip_stops_what_is_proven(self) -> None:
        known, policy = (
            Proofs({"macs": {NEWEST: date(2025, 8, 25)}}),
            replace(a_gated(), skip=frozenset({NEWEST})),
        )
        assert decide(policy, proofs=known, current=a_declaration()).verdict.declaration is None


def test_proofs_survive_being_written_down() -> None:
    known = Proofs({"macs": {v("15.6"): date(2025, 8, 1), NEWEST: date(2025, 8, 25)}, "pads": {}})
    assert from_entries(to_entries(known)) == known
