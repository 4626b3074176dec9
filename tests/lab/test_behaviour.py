"""The simulated device deviates from the ideal as real ones do."""

from dataclasses import replace
from typing import Any

import pytest

from tests.lab.device import Behaviour, Device, Phase, Profile
from tests.lab.failures import ACCESS_DENIED, FAILURES
from tests.lab.installing import advance
from tests.lab.lifecycle import erased, repaired, restored
from tests.lab.protocol import ENFORCEMENT, Declaration
from tests.lab.status import report
from tests.lab.test_device import (
    HOUR,
    MAC,
    NOW,
    OFFERED,
    after,
    enforcement,
    holding,
    phases,
    said,
    standing,
    subscription,
    with_all,
)

NOON = NOW + 4 * HOUR
PHONE = Profile("iphone-ada", "F2L1", "iPhone17,1", "iPhone17,1", "iOS", "26.1", "23B85")


def behaving(profile: Profile = MAC, **behaviour: Any) -> Profile:
    return replace(profile, behaviour=Behaviour(**behaviour))


def softwareupdate(device: Device, item: str) -> Any:
    """What it says of one item of softwareupdate, asked for that alone."""
    asked = with_all(replace(device, reported={}, last_full=None), subscription(f"softwareupdate.{item}"))
    return said(replace(asked, target=device.target, phase=device.phase))["StatusItems"]["softwareupdate"][
        item
    ]


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        pytest.param(
            {"undocumented": "verifying"},
            ["waiting", "downloading", "prepared", "undocumented", "installing", "restarting", "none"],
            id="a state that nobody documented",
        ),
        pytest.param(
            {"relapses": 2},
            ["waiting"] + ["downloading", "prepared"] * 3 + ["installing", "restarting", "none"],
            id="backwards, twice",
        ),
        pytest.param(
            {"undocumented": "verifying", "skips_states": True},
            ["prepared", "undocumented", "installing", "restarting", "none"],
            id="skipped, but for what nobody documented",
        ),
        pytest.param({"stuck_in": Phase.NONE}, ["none"] * 3, id="never begins"),
        pytest.param(
            {"stuck_in": Phase.DOWNLOADING}, ["waiting"] + ["downloading"] * 5, id="downloads for ever"
        ),
        pytest.param(
            {"stuck_in": Phase.RESTARTING},
            ["waiting", "downloading", "prepared", "installing"] + ["restarting"] * 3,
            id="never comes back",
        ),
        pytest.param({"rejects": True}, ["none"] * 3, id="rejects it"),
        pytest.param(
            {"failures": 1, "fails_while": Phase.DOWNLOADING},
            ["waiting", "downloading", "failed", "failed"],
            id="the download fails",
        ),
        pytest.param(
            {"withholds_token": True},
            ["waiting", "downloading", "prepared", "installing", "failed", "failed"],
            id="no bootstrap token",
        ),
    ],
)
def test_states_follow_each_other_as_it_behaves(behaviour: dict[str, Any], seen: list[str]) -> None:
    device = holding(enforcement(), profile=behaving(**behaviour))
    assert phases(device, [NOON] * len(seen)) == seen


def test_a_state_that_nobody_documented_is_reported_by_its_name() -> None:
    device = after(holding(enforcement(), profile=behaving(undocumented="verifying")), 4, NOON)
    assert softwareupdate(device, "install-state") == "verifying"


def test_what_it_is_stuck_on_ends_with_its_enforcement() -> None:
    device = after(holding(enforcement(), profile=behaving(stuck_in=Phase.DOWNLOADING)), 5)
    assert after(with_all(device), 1).phase is Phase.NONE


@pytest.mark.parametrize("reason", [pytest.param(text, id=name) for name, text in FAILURES.items()])
def test_every_failure_has_its_text(reason: str) -> None:
    weak = behaving(failure=reason, failures=1)
    device = after(holding(enforcement(), profile=weak), 5, NOON)
    assert softwareupdate(device, "failure-reason") == {
        "count": 1,
        "reason": reason,
        "timestamp": "2026-01-12T12:00:00Z",
    }
    assert after(device, 6, NOON + HOUR).version == "26.2"


def test_without_its_bootstrap_token_a_mac_fails_until_it_is_escrowed() -> None:
    device = after(holding(enforcement(), profile=behaving(withholds_token=True)), 5, NOON)
    assert softwareupdate(device, "failure-reason")["reason"] == ACCESS_DENIED
    again = after(device, 6, NOON + HOUR)
    assert (again.phase, again.target and again.target.failures) == (Phase.FAILED, 2)
    assert after(replace(again, escrowed=True), 6, NOON + 2 * HOUR).version == "26.2"


def test_only_a_mac_needs_a_bootstrap_token() -> None:
    device = holding(enforcement(), profile=behaving(PHONE, withholds_token=True))
    assert after(device, 6, NOON).version == "26.2"


def test_who_rejects_an_enforcement_calls_it_invalid_though_it_is_behind() -> None:
    held = standing(holding(enforcement(), profile=behaving(rejects=True)))
    assert (held["active"], held["valid"]) == (False, "invalid")
    assert held["reasons"][0]["code"] == "Error.ConfigurationCannotBeApplied"


def test_who_chatters_reports_though_nothing_changed() -> None:
    items = subscription("softwareupdate.install-state", "device.model.family")
    device, first = report(holding(items, profile=behaving(chatters=True)), NOW)
    _, second = report(device, NOW)
    assert first is not None
    assert second == {key: value for key, value in first.items() if key != "FullReport"}


BUILDS = {"26.0": "25A362"}


@pytest.mark.parametrize(
    ("build", "declaration", "arrives"),
    [
        pytest.param("25A354", enforcement("26.0", TargetBuildVersion="25A362"), "25A362", id="rebuilt"),
        pytest.param("25A354", enforcement("26.0"), "25A354", id="rebuilt, but no build is asked for"),
        pytest.param("25A362", enforcement("26.0", TargetBuildVersion="25A362"), "25A362", id="there"),
        pytest.param("25A8364", enforcement("26.0", TargetBuildVersion="25A362"), "25A8364", id="beyond"),
        pytest.param("25A5351b", enforcement("26.0", TargetBuildVersion="25A362"), "25A362", id="a seed"),
    ],
)
def test_a_build_of_the_same_version_is_installed_where_it_is_asked_for(
    build: str, declaration: Declaration, arrives: str
) -> None:
    device = holding(declaration, profile=replace(MAC, build=build))
    assert standing(device)["valid"] == ("valid" if arrives != build else "invalid")
    assert after(device, 6, NOON, offered=BUILDS).build == arrives


def test_a_beta_names_its_program() -> None:
    seeded = holding(profile=replace(MAC, version="26.3", build="25D5048a", beta="macOS Developer Beta"))
    assert softwareupdate(seeded, "beta-enrollment") == "macOS Developer Beta"
    assert softwareupdate(holding(), "beta-enrollment") == ""


def test_who_is_above_all_that_is_offered_has_nothing_to_do() -> None:
    above = after(holding(enforcement(), profile=replace(MAC, version="27.0", build="26A300")), 3, NOON)
    assert (above.phase, standing(above)["valid"]) == (Phase.NONE, "invalid")


def test_a_restored_device_says_everything_again_and_updates_again() -> None:
    items = subscription("device.operating-system.version")
    updated, _ = report(after(holding(enforcement(), items), 6, NOON), NOON)
    again = restored(updated, "26.1", "25B78")
    assert said(again, NOON)["FullReport"] is True
    assert said(again, NOON)["StatusItems"] == {"device": {"operating-system": {"version": "26.1"}}}
    assert after(after(again, 3, NOON + HOUR), 3, NOON + 2 * HOUR).version == "26.2"


def test_an_erased_device_keeps_its_os_and_nothing_else() -> None:
    updated = after(holding(enforcement()), 6, NOON)
    fresh = erased(updated, NOON)
    assert (fresh.held, fresh.version, fresh.build) == ({}, "26.2", "25C56")
    assert fresh.profile.version == "26.2"
    assert [event.what for event in fresh.journal] == ["held", "installed", "dropped"]


def test_a_repaired_device_has_another_model() -> None:
    device, _ = report(holding(subscription("softwareupdate.device-id")), NOW)
    assert said(repaired(device, "J314sAP"))["StatusItems"] == {"softwareupdate": {"device-id": "J314sAP"}}


def test_whom_its_user_enrolled_takes_no_enforcement_and_hides_its_serial_number() -> None:
    items = subscription(
        "device.identifier.serial-number", "device.operating-system.version", "softwareupdate.install-state"
    )
    device = after(holding(enforcement(), items, profile=replace(PHONE, user_enrolled=True)), 3, NOON)
    document = said(device)
    assert document["StatusItems"] == {"device": {"operating-system": {"version": "26.1"}}}
    assert [error["StatusItem"] for error in document["Errors"]] == [
        "device.identifier.serial-number",
        "softwareupdate.install-state",
    ]
    assert device.active(ENFORCEMENT)
    assert standing(device)["reasons"][0]["code"] == "Error.ConfigurationNotSupported"
    assert advance(device, OFFERED, NOON).phase is Phase.NONE
