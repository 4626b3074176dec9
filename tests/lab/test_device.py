"""The simulated device keeps to what Apple documents."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.lab.device import Behaviour, Device, Phase, Profile
from tests.lab.installing import advance, wake
from tests.lab.lifecycle import sync
from tests.lab.protocol import ACTIVATION, ENFORCEMENT, SUBSCRIPTION, Declaration, Key
from tests.lab.status import report

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFERED = {"26.1": "25B78", "26.2": "25C56"}
MAC = Profile("mba-ben", "C02BEN02", "J413AP", "Mac14,2", "macOS", "26.0", "25A354")
OLD_MAC = replace(MAC, version="14.8.2", build="23J126")


def enforcement(
    version: str = "26.2", due: str = "2026-01-12T12:00:00", name: str = "e1", **payload: str
) -> Declaration:
    content = {"TargetOSVersion": version, "TargetLocalDateTime": due, **payload}
    return Declaration(Key("configuration", name), f"token-{version}-{due}", ENFORCEMENT, content)


def subscription(*items: str, name: str = "s1") -> Declaration:
    content = {"StatusItems": [{"Name": item} for item in items]}
    return Declaration(Key("configuration", name), "token", SUBSCRIPTION, content)


def activation(*configurations: str, name: str = "a1") -> Declaration:
    content = {"StandardConfigurations": [*configurations]}
    return Declaration(Key("activation", name), "token", ACTIVATION, content)


def holding(*configurations: Declaration, profile: Profile = MAC) -> Device:
    """A device with these, all of them activated."""
    return with_all(Device.of(profile), *configurations)


def with_all(device: Device, *configurations: Declaration, at: datetime = NOW) -> Device:
    return bare(device, *configurations, activation(*(c.key.identifier for c in configurations)), at=at)


def bare(device: Device, *declarations: Declaration, at: datetime = NOW) -> Device:
    return sync(device, {d.key: d for d in declarations}, at)


def after(device: Device, steps: int, at: datetime = NOW, offered: dict[str, str] = OFFERED) -> Device:
    for _ in range(steps):
        device = advance(device, offered, at)
    return device


def phases(device: Device, times: Iterable[datetime]) -> list[str]:
    seen = []
    for at in times:
        device = advance(device, OFFERED, at)
        seen.append(device.phase.value)
    return seen


def said(device: Device, at: datetime = NOW) -> dict[str, Any]:
    _, document = report(device, at)
    assert document is not None
    return document


def standing(device: Device, identifier: str = "e1") -> dict[str, Any]:
    """What it says of a configuration, asked for all of them."""
    question = subscription("management.declarations", name="q"), activation("q", name="qa")
    held = {**device.held, **{d.key: d for d in question}}
    asked = replace(device, held=held, reported={}, last_full=None)
    listed = said(asked)["StatusItems"]["management"]["declarations"]["configurations"]
    found: dict[str, Any] = next(entry for entry in listed if entry["identifier"] == identifier)
    return found


def test_an_enforcement_is_prepared_and_installed_at_the_deadline() -> None:
    noon = NOW + 4 * HOUR
    seen = phases(holding(enforcement()), [NOW] * 4 + [noon] * 3)
    assert seen == ["waiting", "downloading", "prepared", "prepared", "installing", "restarting", "none"]


def test_after_the_restart_it_runs_the_new_version() -> None:
    device = after(after(holding(enforcement()), 3), 3, NOW + 4 * HOUR)
    assert (device.version, device.build, device.target) == ("26.2", "25C56", None)
    assert [event.what for event in device.journal] == ["held", "installed"]


def test_the_deadline_is_on_its_own_clock() -> None:
    tokyo = holding(enforcement(due="2026-01-12T17:30:00"), profile=replace(MAC, utc_offset=9))
    assert after(after(tokyo, 3), 1, NOW + HOUR / 4).phase is Phase.PREPARED
    assert after(after(tokyo, 3), 1, NOW + HOUR / 2).phase is Phase.INSTALLING


def test_an_enforcement_that_comes_late_leaves_an_hour() -> None:
    late = after(holding(enforcement(due="2026-01-11T12:00:00")), 3)
    assert after(late, 1, NOW + HOUR / 2).phase is Phase.PREPARED
    assert after(late, 1, NOW + HOUR).phase is Phase.INSTALLING


def test_a_new_deadline_keeps_the_download() -> None:
    device = with_all(after(holding(enforcement()), 3), enforcement(due="2026-01-12T09:00:00"))
    assert after(device, 1, NOW + HOUR).phase is Phase.INSTALLING


def test_a_deadline_that_moves_into_the_past_leaves_an_hour() -> None:
    waiting = after(holding(enforcement(due="2026-01-20T12:00:00")), 3)
    noon = NOW + 4 * HOUR
    moved = after(with_all(waiting, enforcement(due="2026-01-12T09:00:00"), at=noon), 1, noon)
    assert moved.phase is Phase.PREPARED
    assert after(moved, 1, noon + HOUR).phase is Phase.INSTALLING


def test_who_was_off_at_the_deadline_has_an_hour() -> None:
    off = after(holding(enforcement()), 3)
    late = NOW + 90 * HOUR
    assert after(wake(off, late), 1, late).phase is Phase.PREPARED
    assert after(wake(off, late), 1, late + HOUR).phase is Phase.INSTALLING


def test_waking_before_the_deadline_does_not_move_it() -> None:
    device = wake(after(holding(enforcement()), 3), NOW + HOUR)
    assert after(device, 1, NOW + 4 * HOUR).phase is Phase.INSTALLING


def test_a_new_target_begins_anew() -> None:
    device = with_all(after(holding(enforcement("26.1")), 3), enforcement("26.2"))
    assert after(device, 1).phase is Phase.WAITING


def test_the_earliest_deadline_goes_first() -> None:
    device = holding(enforcement("26.2", name="e1"), enforcement("26.1", "2026-01-12T09:00:00", name="e2"))
    first = after(device, 1)
    assert first.target is not None
    assert first.target.version == "26.1"


def test_after_an_update_the_others_are_looked_at_again() -> None:
    both = holding(enforcement("26.2", "2026-01-12T09:00:00"), enforcement("26.1", name="e2"))
    updated = after(after(both, 3), 4, NOW + 5 * HOUR)
    assert (updated.version, updated.target) == ("26.2", None)
    assert standing(updated, "e2")["valid"] == "invalid"


@pytest.mark.parametrize("version", ["26.0", "15.7.3", "26.0.0"])
def test_a_target_that_is_installed_is_an_error(version: str) -> None:
    device = after(holding(enforcement(version)), 3)
    held = standing(device)
    assert (device.phase, held["active"], held["valid"]) == (Phase.NONE, True, "invalid")
    assert held["reasons"][0]["code"] == "Error.ConfigurationCannotBeApplied"


@pytest.mark.parametrize(
    "declaration", [enforcement("26.7"), enforcement("26.2", TargetBuildVersion="25C9999")]
)
def test_what_is_not_offered_stays_active_and_idle(declaration: Declaration) -> None:
    device = after(holding(declaration), 3, NOW + 9 * HOUR)
    assert device.phase is Phase.NONE
    assert (standing(device)["active"], standing(device)["valid"]) == (True, "valid")


IMPROVED = {**OFFERED, "26.2 (a)": "25C990a"}


@pytest.mark.parametrize("version", ["26.0", "26.2"])
def test_an_improvement_comes_on_top_of_the_version(version: str) -> None:
    device = holding(
        enforcement(TargetBuildVersion="25C990a"), profile=replace(MAC, version=version, build="25C56")
    )
    assert standing(device)["valid"] == "valid"

    device = after(after(device, 3, offered=IMPROVED), 3, NOW + 4 * HOUR, offered=IMPROVED)

    assert (device.version, device.build, device.supplement, device.extra) == (
        "26.2",
        "25C56",
        "25C990a",
        "(a)",
    )
    assert standing(device)["valid"] == "invalid"


def test_a_newer_version_takes_the_place_of_an_improvement() -> None:
    improved = replace(Device.of(MAC), version="26.1", supplement="25B990a", extra="(a)")
    device = after(after(with_all(improved, enforcement()), 3), 3, NOW + 4 * HOUR)
    assert (device.version, device.supplement, device.extra) == ("26.2", "", "")


def test_an_update_that_apple_takes_back_is_put_down() -> None:
    device = after(holding(enforcement()), 3)
    assert after(device, 1, offered={"26.1": "25B78"}).phase is Phase.NONE


def test_without_an_activation_nothing_happens() -> None:
    device = after(bare(Device.of(MAC), enforcement()), 3)
    assert device.phase is Phase.NONE
    assert standing(device)["active"] is False


def test_an_activation_of_what_is_not_there_is_invalid() -> None:
    device = bare(Device.of(MAC), subscription("management.declarations"), activation("s1", "gone"))
    [entry] = said(device)["StatusItems"]["management"]["declarations"]["activations"]
    assert (entry["active"], entry["reasons"][0]["code"]) == (False, "Error.MissingConfigurations")


def test_an_os_without_enforcements_refuses_them() -> None:
    watch = Profile("watch-kim", "W1", "Watch7,1", "Watch7,1", "watchOS", "26.1", "23S37")
    device = after(holding(enforcement(), profile=watch), 3)
    assert device.phase is Phase.NONE
    assert standing(device)["reasons"][0]["code"] == "Error.ConfigurationNotSupported"


def test_failures_are_counted_and_tried_again_after_an_hour() -> None:
    weak = replace(MAC, behaviour=Behaviour(failure="BatteryTooLow", failures=1))
    failed = after(after(holding(enforcement(), profile=weak), 3), 2, NOW + 4 * HOUR)
    assert (failed.phase, [event.what for event in failed.journal]) == (Phase.FAILED, ["held", "failed"])
    assert after(failed, 9, NOW + 4.5 * HOUR).phase is Phase.FAILED
    assert after(failed, 6, NOW + 5 * HOUR).version == "26.2"


def test_a_failure_is_reported_with_its_reason_in_utc() -> None:
    weak = replace(MAC, utc_offset=-8, behaviour=Behaviour(failure="BatteryTooLow", failures=1))
    device = holding(enforcement(), subscription("softwareupdate.failure-reason"), profile=weak)
    failed = after(after(device, 3), 2, NOW + 12 * HOUR)
    assert said(failed)["StatusItems"]["softwareupdate"]["failure-reason"] == {
        "count": 1,
        "reason": "BatteryTooLow",
        "timestamp": "2026-01-12T20:00:00Z",
    }


def test_after_success_the_count_of_0_is_reported_though_it_was_before() -> None:
    device, _ = report(holding(enforcement(), subscription("softwareupdate.failure-reason")), NOW)
    updated = after(after(device, 3), 3, NOW + 4 * HOUR)
    assert said(updated)["StatusItems"] == {"softwareupdate": {"failure-reason": {"count": 0}}}


def test_its_user_installs_early_or_never() -> None:
    early = replace(MAC, behaviour=Behaviour(installs="prepared"))
    never = replace(MAC, behaviour=Behaviour(installs="never"))
    assert after(holding(enforcement(), profile=early), 6).version == "26.2"
    assert after(holding(enforcement(), profile=never), 9, NOW + 99 * HOUR).phase is Phase.PREPARED


def test_states_may_be_skipped() -> None:
    hasty = replace(MAC, behaviour=Behaviour(skips_states=True))
    assert phases(holding(enforcement(), profile=hasty), [NOW, NOW + 4 * HOUR, NOW + 4 * HOUR]) == [
        "prepared",
        "restarting",
        "none",
    ]


def test_only_what_is_subscribed_is_reported() -> None:
    device = holding(
        subscription("softwareupdate.install-state"), subscription("device.model.identifier", name="s2")
    )
    assert said(device) == {
        "StatusItems": {
            "device": {"model": {"identifier": "Mac14,2"}},
            "softwareupdate": {"install-state": "none"},
        },
        "Errors": [],
        "FullReport": True,
    }


def test_without_a_subscription_it_says_nothing() -> None:
    assert report(holding(enforcement()), NOW)[1] is None
    assert report(bare(Device.of(MAC), subscription("device.model.identifier")), NOW)[1] is None


def test_the_next_report_has_what_changed() -> None:
    items = subscription(
        "softwareupdate.install-state", "softwareupdate.pending-version", "device.model.family"
    )
    device, _ = report(holding(enforcement(), items), NOW)
    assert report(device, NOW + HOUR)[1] is None
    assert said(after(device, 1))["StatusItems"] == {
        "softwareupdate": {
            "install-state": "waiting",
            "pending-version": {"os-version": "26.2", "build-version": "25C56"},
        }
    }


def test_a_day_later_everything_is_reported_again() -> None:
    device, _ = report(holding(subscription("softwareupdate.install-state")), NOW)
    assert report(device, NOW + 23 * HOUR)[1] is None
    assert said(device, NOW + 24 * HOUR)["FullReport"] is True


def test_during_the_restart_it_is_silent() -> None:
    device = after(
        after(holding(enforcement(), subscription("softwareupdate.install-state")), 3), 2, NOW + 4 * HOUR
    )
    assert device.phase is Phase.RESTARTING
    assert report(device, NOW + 4 * HOUR)[1] is None


def test_items_that_the_os_does_not_know_come_back_as_errors() -> None:
    device = holding(
        subscription("softwareupdate.device-id", "softwareupdate.install-state", "no.such.item"),
        profile=OLD_MAC,
    )
    document = said(device)
    assert document["StatusItems"] == {"softwareupdate": {"install-state": "none"}}
    assert [error["StatusItem"] for error in document["Errors"]] == [
        "no.such.item",
        "softwareupdate.device-id",
    ]


def test_the_reason_names_the_declaration() -> None:
    device = after(holding(enforcement(), subscription("softwareupdate.install-reason")), 1)
    reason = said(device)["StatusItems"]["softwareupdate"]["install-reason"]
    assert reason == {"reason": ["declaration"], "declaration-id": "e1"}


def test_a_replaced_enforcement_is_dropped_and_held_in_the_journal() -> None:
    device = with_all(holding(enforcement("26.1")), enforcement("26.2"))
    assert [(event.what, event.version) for event in device.journal] == [
        ("held", "26.1"),
        ("dropped", "26.1"),
        ("held", "26.2"),
    ]
