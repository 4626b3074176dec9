"""Gates: which devices count for a release, and what opens a gate."""

from datetime import date, timedelta
from typing import Any

import pytest

from controller.domain.declarations import Promise
from controller.domain.facts import Failure, Pending
from controller.domain.gates import Trial, Witness, faults, without_faults
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.versions import Platform
from tests.domain.builders import MODEL, NOW, a_catalog, a_declaration, a_policy, facts, v

RELEASE = v("15.6.1")
PENDING = Pending("15.6.1", "24G90")


def a_witness(
    version: str = "15.6.1",
    since: str | None = "2025-08-22",
    *,
    silent_for: timedelta = timedelta(),
    asked: str = "15.6.1",
    deadline: str = "2025-09-03T18:00",
    **said: Any,
) -> Witness:
    day = date.fromisoformat(since) if since else None
    says = facts(version, version_since=day, **said)
    promise = Promise(a_declaration(asked, deadline), "", "") if asked else None
    return Witness.of(MODEL, v(version), says, promise, NOW + silent_for)


def stands(witness: Witness, soak_days: int = 3) -> str:
    trial = Trial.of({witness: 1}, a_catalog(), RELEASE, soak_days, NOW.date())
    [word] = [word for word in ("healthy", "failing", "pending") if getattr(trial, word)]
    return word


@pytest.mark.parametrize(
    ("witness", "word"),
    [
        # Healthy: runs it or newer, came from something older, for the soak days, reported within 72 hours.
        pytest.param(a_witness(), "healthy", id="runs it, since three days"),
        pytest.param(a_witness(since="2025-08-23"), "pending", id="since two days"),
        pytest.param(a_witness("15.6.2", "2025-08-22"), "healthy", id="came to a newer one"),
        pytest.param(a_witness("26.0", "2025-08-22"), "healthy", id="came to a newer major"),
        pytest.param(a_witness(since=None), "pending", id="never ran anything older"),
        pytest.param(a_witness(silent_for=timedelta(hours=72)), "healthy", id="heard of 72 hours ago"),
        pytest.param(a_witness(silent_for=timedelta(hours=73)), "pending", id="heard of 73 hours ago"),
        pytest.param(a_witness(asked=""), "healthy", id="nobody asked it"),
        # Failing: asked for just this, and failed, overdue, or silent after installing began.
        pytest.param(a_witness("15.6", failure=Failure(1, "?"), pending=PENDING), "failing", id="failed"),
        pytest.param(
            a_witness("15.6", failure=Failure(0, "?"), pending=PENDING), "pending", id="failed 0 times"
        ),
        pytest.param(
            a_witness("15.6", failure=Failure(2, "?"), pending=Pending("15.6.2", "")),
            "pending",
            id="failed at another version",
        ),
        pytest.param(a_witness("15.6", deadline="2025-08-22T18:00"), "failing", id="overdue"),
        pytest.param(
            a_witness("15.6", deadline="2025-08-25T18:00"), "pending", id="due today, not over everywhere"
        ),
        pytest.param(
            a_witness("15.6", install_state="installing", silent_for=timedelta(hours=73)),
            "failing",
            id="silent since installing began",
        ),
        pytest.param(a_witness("15.6", install_state="installing"), "pending", id="installing"),
        pytest.param(
            a_witness("15.6", install_state="downloading", silent_for=timedelta(hours=73)),
            "pending",
            id="silent, and never began",
        ),
        pytest.param(
            a_witness("15.5", asked="15.6", deadline="2025-08-22T18:00"),
            "pending",
            id="overdue with another release",
        ),
        pytest.param(a_witness("15.6", asked=""), "pending", id="not asked"),
    ],
)
def test_how_a_device_stands(witness: Witness, word: str) -> None:
    assert word == stands(witness)


@pytest.mark.parametrize(("soak_days", "word"), [(0, "healthy"), (1, "pending")])
def test_without_soak_days_it_proves_a_release_on_the_day_it_comes_to_it(soak_days: int, word: str) -> None:
    assert word == stands(a_witness(since="2025-08-25"), soak_days)


@pytest.mark.parametrize(
    ("exploited", "gate", "days"),
    [
        (False, Gate("ring", soak_days=3, exploited_soak_days=1), 3),
        (True, Gate("ring", soak_days=3, exploited_soak_days=1), 1),
        (True, Gate("ring", soak_days=3, exploited_soak_days=0), 0),
        (True, Gate("ring", soak_days=3), 3),
    ],
)
def test_exploited_fixes_may_soak_for_fewer_days(exploited: bool, gate: Gate, days: int) -> None:
    assert days == gate.soak(exploited=exploited)


@pytest.mark.parametrize(
    ("trial", "gate", "opens"),
    [
        pytest.param(Trial(20, healthy=5), Gate("ring"), True, id="as many as are needed"),
        pytest.param(Trial(20, healthy=4), Gate("ring"), False, id="one less"),
        pytest.param(Trial(3, healthy=3), Gate("ring"), True, id="a small ring: all that it is offered to"),
        pytest.param(Trial(3, healthy=2), Gate("ring"), False, id="a small ring: not all"),
        pytest.param(Trial(20, healthy=19, failing=1), Gate("ring"), True, id="just 95 %"),
        pytest.param(Trial(20, healthy=18, failing=1), Gate("ring"), False, id="less than 95 %"),
        pytest.param(Trial(20, healthy=5, failing=1), Gate("ring", 80), True, id="another percentage"),
        pytest.param(Trial(200, healthy=5, pending=195), Gate("ring"), True, id="pending ones do not count"),
        pytest.param(Trial(20, healthy=1), Gate("ring", min_devices=1), True, id="one is enough"),
        pytest.param(Trial(), Gate("ring"), False, id="offered to none: not by trial"),
    ],
)
def test_what_opens_it(trial: Trial, gate: Gate, opens: bool) -> None:
    assert opens is trial.opens(gate)


class TestTrial:
    """A ring's devices, counted for one release."""

    def test_counts(self) -> None:
        ring = {
            a_witness(): 3,
            a_witness(since=None): 2,
            a_witness("15.6", deadline="2025-08-22T18:00"): 1,
            a_witness("15.6"): 4,
        }
        trial = Trial.of(ring, a_catalog(), RELEASE, 3, NOW.date())
        assert trial == Trial(offered=10, healthy=3, failing=1, pending=6, possible=8)

    def test_a_model_that_it_was_never_offered_to_does_not_count_as_needed(self) -> None:
        elsewhere = a_catalog(models=("J700AP",))
        trial = Trial.of({a_witness("15.6"): 5}, elsewhere, RELEASE, 3, NOW.date())
        assert (trial.offered, trial.needed(Gate("ring")), trial.possible) == (0, 0, 0)


IPADS = a_policy("ipads", platform=Platform.IPADOS)


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        pytest.param([a_policy("a"), a_policy("b", gate=Gate("a"))], {}, id="a ring before another"),
        pytest.param(
            [a_policy("b", gate=Gate("a"))],
            {"b": "spec.gate.after: there is no UpdatePolicy a, expected one"},
            id="missing",
        ),
        pytest.param(
            [IPADS, a_policy("b", gate=Gate("ipads"))],
            {"b": "spec.gate.after: ipads is for iPadOS, expected one for macOS"},
            id="another platform",
        ),
        pytest.param(
            [a_policy("a", gate=Gate("b")), a_policy("b", gate=Gate("a"))],
            {
                "a": "spec.gate.after: a waits for b waits for a, expected no circle",
                "b": "spec.gate.after: b waits for a waits for b, expected no circle",
            },
            id="a cycle",
        ),
        pytest.param(
            [a_policy("a", gate=Gate("a"))],
            {"a": "spec.gate.after: a waits for a, expected no circle"},
            id="for itself",
        ),
        pytest.param(
            [a_policy("a", gate=Gate("b")), a_policy("b", gate=Gate("b")), a_policy("c", gate=Gate("a"))],
            {"b": "spec.gate.after: b waits for b, expected no circle"},
            id="who waits for a cycle is not in it",
        ),
    ],
)
def test_gates_that_cannot_be_followed_are_named(policies: list[UpdatePolicy], found: dict[str, str]) -> None:
    assert found == faults(policies)
    marked = {p.name: p.fault.message for p in without_faults(policies) if p.fault}
    assert found == marked


def test_a_policy_that_cannot_be_read_keeps_its_own_fault() -> None:
    unread = a_policy("b", gate=Gate("a")).faulty("InvalidSpec", "spec.beta is not a field")
    [marked] = without_faults([unread])
    assert marked.fault == unread.fault
