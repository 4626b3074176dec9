"""Recorded years, a reading a day: what the rules make of devices that never update by themselves."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean

import pytest

from controller.domain.lives import Life
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.rehearsal import Rehearsal
from controller.domain.selectors import Selector
from controller.domain.targets import Latest, SameMajor, Target
from controller.domain.versions import Platform, platform_of
from tests.data import needs_recordings
from tests.domain.builders import a_device, a_policy, v
from tests.domain.rehearsal import MODELS, Days, lab_days, naive, recorded_days

#: What each of them runs on the first day.
RUNS = {
    "J314sAP": "14.5",
    "J132AP": "14.5",
    "iPhone15,2": "17.5",
    "iPhone11,2": "17.5",
    "iPad16,3": "17.5",
    "iPad7,1": "17.5",
    "AppleTV14,1": "18.4",
    "RealityDevice14,1": "26.0",
}

#: Installs later than their day: these devices had missed 17.5.1, of May, when the policy began in July.
FORCED = {
    (model, days): [("17.5.1", "2024-07-05")]
    for model in ("iPhone15,2", "iPhone11,2", "iPad16,3", "iPad7,1")
    for days in (7, 14, 30)
}


def rehearsed(
    model: str, days: int, target: Target = Latest(), runs: str = "", listed: Days | None = None
) -> Life:
    policy = replace(a_policy(days=days, target=target), platform=platform_of(model) or Platform.MACOS)
    device = a_device()
    lived = Rehearsal([policy], model, v(runs or RUNS[model]), [device])
    return lived.through(listed or recorded_days()).lives[device.name]


@needs_recordings
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("days", [7, 14, 30])
def test_nobody_is_behind_for_longer_than_the_days_and_everybody_has_the_notice(
    model: str, days: int
) -> None:
    seen = rehearsed(model, days)
    late = [(str(i.version), i.on.isoformat()) for i in seen.installs if i.behind > days]
    assert late == FORCED.get((model, days), [])
    assert all("moved to leave 3 days of notice" in i.promised for i in seen.installs if i.behind > days)
    assert seen.installs
    assert seen.least_notice is not None
    assert seen.least_notice >= 3


@needs_recordings
@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_written_on_days_on_which_only_order_and_dates_changed(model: str) -> None:
    listed = recorded_days()
    seen = rehearsed(model, 14)
    moved = {noon.date() for (_, was), (noon, now) in pairwise(listed) if now is not was}
    installed = {install.on + timedelta(days=1) for install in seen.installs}
    assert set(seen.written) <= moved | installed | {listed[0][0].date()}


@needs_recordings
@pytest.mark.parametrize(
    ("model", "days", "ours", "theirs"),
    [
        pytest.param("J314sAP", 7, (19, 7, 7.0), (19, 16, 7.9), id="a Mac, 7 days"),
        pytest.param("J314sAP", 14, (18, 14, 14.0), (16, 35, 20.4), id="a Mac, 14 days"),
        pytest.param("J314sAP", 30, (11, 30, 30.0), (4, 142, 109.8), id="a Mac, 30 days"),
        pytest.param("iPhone15,2", 14, (19, 14, 14.0), (14, 43, 26.0), id="an iPhone, 14 days"),
        pytest.param("iPhone15,2", 30, (12, 30, 30.0), (1, 332, 332.0), id="an iPhone, 30 days"),
    ],
)
def test_beside_the_rule_that_counts_from_the_latest(
    model: str, days: int, ours: tuple[int, int, float], theirs: tuple[int, int, float]
) -> None:
    """Installs, the most days behind, and the mean; the README shows both."""
    runs = RUNS[model].replace("17.5", "17.5.1")
    seen = rehearsed(model, days, runs=runs)
    other = naive(recorded_days(), model, runs, days)
    assert ours == (len(seen.installs), seen.worst, round(seen.mean, 1))
    assert theirs == (len(other), max(other), round(fmean(other), 1))


@needs_recordings
def test_three_rings_with_gates_let_nobody_starve() -> None:
    """Canaries by 7 days, 3 days of soak, and so on: whatever is superseded on the way, all get along.

    The last ring installs the same releases, each 20 days after the first one.
    """
    policies = [a_ring("canary", None), a_ring("early", "canary"), a_ring("everyone", "early")]
    devices = [a_device(f"{policy.name}-{n}", ring=policy.name) for policy in policies for n in range(6)]
    lived = Rehearsal(policies, "J314sAP", v("14.5"), devices).through(recorded_days()).lives
    rings = {policy.name: lived[f"{policy.name}-0"] for policy in policies}

    versions = [install.version for install in rings["canary"].installs]
    assert versions == [install.version for install in rings["early"].installs]
    assert versions[:-1] == [install.version for install in rings["everyone"].installs]
    for name, later, closed in (("canary", 0, 0), ("early", 10, 9), ("everyone", 20, 19)):
        pairs = zip(rings["canary"].installs, rings[name].installs, strict=False)
        assert {(its.on - first.on).days for first, its in pairs} == {later}
        assert {install.behind for install in rings[name].installs} == {7}
        assert max(rings[name].gated) == closed


@pytest.mark.parametrize("model", ["J314sAP", "iPhone15,2", "iPad16,3"])
def test_the_few_readings_that_the_lab_carries_are_enough_to_see_it(model: str) -> None:
    """For where the recorded ones are not at hand."""
    seen = rehearsed(model, 14, runs="26.0", listed=lab_days(MODELS))
    assert [(str(i.version), i.behind) for i in seen.installs] == [("26.0.1", 14), ("26.1", 14), ("26.2", 14)]


def a_ring(name: str, after: str | None) -> UpdatePolicy:
    gate = Gate(after, min_devices=5, soak_days=3) if after else None
    return a_policy(name, days=7, gate=gate, selector=Selector(frozenset({("ring", name)})))


@needs_recordings
def test_a_device_that_stays_on_its_major_is_never_asked_for_another() -> None:
    seen = rehearsed("J314sAP", 14, SameMajor())
    assert {install.version.major for install in seen.installs} == {14}
    assert seen.worst == 14
    assert seen.installs[-1].on >= date(2025, 12, 26)
