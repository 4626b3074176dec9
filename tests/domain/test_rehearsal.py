"""The time machine: what a device lives through, and the companions that open gates for it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.adapters.lookup import parse_reading
from controller.domain.companions import MOST, Companions
from controller.domain.history import days
from controller.domain.lives import Action, Event, Life
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.rehearsal import Rehearsal
from controller.domain.selectors import Selector
from controller.domain.targets import Exact, Latest
from controller.domain.versions import Platform
from tests.domain.builders import a_device, a_freeze, a_policy, v
from tests.domain.rehearsal import AUTUMN, lab_days
from tests.lab.readings import WORLD

MAC = "J314sAP"
BEGIN = datetime.combine(AUTUMN, datetime.min.time(), UTC)


def lived(*policies: UpdatePolicy, installed: str = "26.0", model: str = MAC) -> Life:
    device = a_device("mine")
    mine = [p for p in policies if p.selector.matches_labels(device.labels)]
    with_it = Companions.of(policies, mine, BEGIN)
    rehearsal = Rehearsal(policies, model, v(installed), [device, *with_it.devices], with_it.parts)
    return rehearsal.through(lab_days([model])).lives["mine"]


def installs(life: Life) -> list[tuple[str, str]]:
    return [(str(install.version), install.on.isoformat()) for install in life.installs]


def a_ring(name: str, after: str = "", *, devices: int = 5) -> UpdatePolicy:
    gate = Gate(after, min_devices=devices, soak_days=3) if after else None
    labels = frozenset({("ring", name)})
    return a_policy(name, days=7, gate=gate, selector=Selector(labels, enrolled_days=10, percent=1))


def test_a_device_is_asked_installs_on_the_day_and_is_let_go_on_the_next() -> None:
    first = lived(a_policy(days=7)).events[:3]
    assert first == [
        Event(date(2025, 9, 29), Action.ENFORCE, v("26.0.1"), datetime(2025, 10, 6, 18)),
        Event(date(2025, 10, 6), Action.INSTALLED, v("26.0.1")),
        Event(date(2025, 10, 7), Action.WITHDRAW, v("26.0.1")),
    ]


def test_behind_a_gate_the_days_count_from_the_proof() -> None:
    rings = (
        a_ring("canary"),
        a_ring("early", "canary"),
        replace(a_ring("all", "early"), selector=Selector()),
    )
    life = lived(*rings)
    assert installs(life) == [("26.0.1", "2025-10-26"), ("26.1", "2025-11-30")]
    assert {install.behind for install in life.installs} == {7}


def test_companions_are_those_of_every_ring_before() -> None:
    rings = [a_ring("canary"), a_ring("early", "canary", devices=2), a_ring("all", "early", devices=3)]
    with_it = Companions.of(rings, rings[2:], BEGIN)
    assert [with_it.parts[device.name].name for device in with_it.devices] == ["early"] * 3 + ["canary"] * 2


def test_a_hundred_stand_for_more() -> None:
    rings = [a_ring("canary"), a_ring("all", "canary", devices=100_000)]
    assert len(Companions.of(rings, rings[1:], BEGIN).devices) == MOST


@pytest.mark.parametrize("after", ["all", "nobody"])
def test_gates_that_cannot_be_followed_have_no_companions(after: str) -> None:
    ring = a_ring("all", after)
    assert Companions.of([ring], [ring.faulty("InvalidGate", "")], BEGIN) == Companions()


def test_a_pinned_build_is_asked_of_a_device_that_runs_the_other_one() -> None:
    """Apple ships two builds of 26.2 on one day; the device reports the one that is listed first."""
    policy = replace(a_policy(target=Exact(v("26.2"), "23C6055"), days=0), platform=Platform.IOS)
    life = lived(policy, installed="26.2", model="iPhone15,2")
    assert installs(life) == [("26.2", "2025-12-16")]


def test_the_least_notice_is_that_of_any_promise() -> None:
    life = lived(a_policy(days=0, notice=5))
    assert life.least_notice is not None
    assert 5 <= life.least_notice < 7


def test_nothing_promised_is_no_notice() -> None:
    life = lived(a_policy(target=None))
    assert (life.least_notice, life.worst, life.mean, life.events) == (None, 0, 0, [])


@settings(max_examples=20, deadline=None)
@given(
    after=st.integers(4, 40),
    notice=st.integers(0, 3),
    start=st.sampled_from(["26.0", "26.0.1", "15.7.1"]),
    spread=st.integers(0, 1),
)
def test_nobody_is_behind_for_longer_than_the_days(after: int, notice: int, start: str, spread: int) -> None:
    """Where the notice leaves the time, and no freeze forces a later day."""
    policy = a_policy(days=after, notice=notice, target=Latest(), deadline={"spread_days": spread})
    life = lived(policy, installed=start)
    missed_before = [i for i in life.installs if i.due.oldest.since < AUTUMN]
    assert max((i.behind for i in life.installs if i not in missed_before), default=0) <= after
    assert life.least_notice is None or life.least_notice >= notice


def test_a_freeze_moves_the_install() -> None:
    life = lived(a_policy(days=14, freezes=(a_freeze("2025-11-10", "2025-11-21"),)))
    assert ("26.1", "2025-11-09") in installs(life)


def test_an_improvement_is_installed_once() -> None:
    world = WORLD.improve("26.2", "a", "25C990a", date(2026, 1, 5), [MAC])
    made = [
        (datetime(2026, 1, n, 6, tzinfo=UTC), parse_reading(world.answer(date(2026, 1, n)))) for n in (4, 6)
    ]
    policy = a_policy(days=7, background_security=True)
    rehearsal = Rehearsal([policy], MAC, v("26.2"), [a_device("mine")])
    life = rehearsal.through(days(made, [MAC], date(2026, 1, 4), date(2026, 1, 31))).lives["mine"]
    assert installs(life) == [("26.2", "2026-01-12")]
    assert len(life.written) == 2
