"""What real devices do beside updating, under a real NanoHUB."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.lab import foreign
from tests.lab.apns import Apns
from tests.lab.device import Behaviour, Phase, Profile
from tests.lab.failures import ACCESS_DENIED
from tests.lab.fleet import START, Fleet, enrollment_id
from tests.lab.mdm import Mdm
from tests.lab.nanohub import NanoHub

MAC = Profile("mac-0", "C02LAB00", "J413AP", "Mac14,2", "macOS", "26.1", "25B78")
PHONE = Profile("iphone-ada", "F2L1", "iPhone17,1", "iPhone17,1", "iOS", "26.1", "23B85", user_enrolled=True)
ENROLLMENT = enrollment_id(MAC.serial)
HOUR = timedelta(hours=1)


async def steps(fleet: Fleet, count: int) -> None:
    for _ in range(count):
        await fleet.step()
        assert fleet.troubles == {}


async def enforced(fleet: Fleet, mdm: Mdm, profile: Profile = MAC) -> None:
    """Enrolled, subscribed and enforced, by an hour that comes four hours later."""
    await fleet.enroll([profile])
    mdm.subscribe([profile])
    mdm.enforce([profile], "26.2", hours=4)
    mdm.tell([profile])
    await steps(fleet, 4)


def said(mdm: Mdm, known: Profile | str = MAC) -> Any:
    return mdm.last_report(known)["StatusItems"]


def standings(mdm: Mdm, known: Profile | str = MAC) -> dict[str, Any]:
    listed = said(mdm, known)["management"]["declarations"]["configurations"]
    return {entry["identifier"]: entry for entry in listed}


async def test_a_mac_without_its_bootstrap_token_installs_once_it_is_escrowed(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm, replace(MAC, behaviour=Behaviour(withholds_token=True)))
    fleet.advance(4 * HOUR)
    await steps(fleet, 2)
    assert said(mdm)["softwareupdate"]["failure-reason"]["reason"] == ACCESS_DENIED
    await fleet.escrow(MAC.name)
    fleet.advance(HOUR)
    await steps(fleet, 6)
    assert fleet.device(MAC.name).version == "26.2"


async def test_a_mac_that_takes_its_bootstrap_token_back_fails(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm)
    await fleet.remove_escrow(MAC.name)
    fleet.advance(4 * HOUR)
    await steps(fleet, 2)
    assert fleet.device(MAC.name).phase is Phase.FAILED


async def test_a_deaf_device_takes_nothing_over_and_leaves_no_command(
    fleet: Fleet, mdm: Mdm, hub: NanoHub
) -> None:
    await enforced(fleet, mdm, replace(MAC, behaviour=Behaviour(deaf=True)))
    fleet.behave(MAC.name, Behaviour())
    await steps(fleet, 1)
    assert fleet.device(MAC.name).held == {}
    mdm.tell([MAC])
    await steps(fleet, 1)
    assert len(fleet.device(MAC.name).held) == 4


async def test_who_puts_everything_off_for_days_takes_it_then(fleet: Fleet, mdm: Mdm) -> None:
    away = Behaviour(not_now_until=START + timedelta(days=3))
    await enforced(fleet, mdm, replace(MAC, behaviour=away))
    fleet.advance(timedelta(days=2))
    await steps(fleet, 2)
    assert fleet.device(MAC.name).held == {}
    fleet.advance(timedelta(days=1))
    await steps(fleet, 1)
    assert len(fleet.device(MAC.name).held) == 4


async def test_who_rejects_an_enforcement_says_so(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm, replace(MAC, behaviour=Behaviour(rejects=True)))
    held = standings(mdm)["enforcement"]
    assert (held["active"], held["valid"]) == (False, "invalid")
    assert said(mdm)["softwareupdate"]["install-state"] == "none"


async def test_reports_may_come_twice_and_without_a_change(fleet: Fleet, mdm: Mdm, hub: NanoHub) -> None:
    await enforced(fleet, mdm)
    before = count_of_reports(hub)
    fleet.behave(MAC.name, Behaviour(repeats_reports=True, chatters=True))
    await steps(fleet, 3)
    assert count_of_reports(hub) == before + 6


def count_of_reports(hub: NanoHub) -> int:
    with hub.client() as client:
        answer = client.get(f"/ddm/status-report/{ENROLLMENT}", params={"index": 0}).raise_for_status()
        return int(answer.headers["X-Status-Report-Index"]) + 1


async def test_somebody_elses_enforcement_stands_beside_ours(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm)
    theirs = foreign.enforce(mdm, ENROLLMENT, "26.2", "2026-01-12T11:00:00")
    await steps(fleet, 1)
    assert standings(mdm).keys() == {"enforcement", "subscription", theirs}
    foreign.withdraw(mdm, ENROLLMENT)
    await steps(fleet, 1)
    assert standings(mdm).keys() == {"enforcement", "subscription"}


async def test_a_restored_device_is_enforced_again_without_a_word(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm)
    fleet.advance(4 * HOUR)
    await steps(fleet, 3)
    fleet.advance(HOUR)
    fleet.restore(MAC.name, "26.0", "25A354")
    await steps(fleet, 4)
    assert said(mdm)["softwareupdate"]["install-state"] == "prepared"
    assert fleet.device(MAC.name).version == "26.0"


async def test_a_repaired_device_reports_its_other_model(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm)
    fleet.repair(MAC.name, "J314sAP")
    await steps(fleet, 1)
    assert said(mdm) == {"softwareupdate": {"device-id": "J314sAP"}}


async def test_a_wiped_device_keeps_its_os_and_its_name(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm)
    fleet.advance(4 * HOUR)
    await steps(fleet, 3)
    await fleet.wipe(MAC.name)
    await steps(fleet, 1)
    device = fleet.device(MAC.name)
    assert (fleet.enrollment(MAC.name), device.version, device.held) == (ENROLLMENT, "26.2", {})


async def test_a_replaced_device_has_another_name(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm)
    await fleet.replace(MAC.name)
    new = fleet.enrollment(MAC.name)
    assert new != ENROLLMENT
    mdm.subscribe([new])
    mdm.tell([new, MAC])
    await steps(fleet, 1)
    assert standings(mdm, new).keys() == {"subscription"}


async def test_a_user_who_signs_in_is_an_enrollment_of_its_own(fleet: Fleet, mdm: Mdm, apns: Apns) -> None:
    await enforced(fleet, mdm)
    user = await fleet.sign_in(MAC.name, "ada")
    assert user.startswith(f"{ENROLLMENT}:")
    apns.pushes.clear()
    assert mdm.notify([user]).status_code == 204
    assert [push.token for push in apns.pushes] == [user.encode()]
    assert fleet.device(MAC.name).phase is Phase.PREPARED


async def test_a_device_that_its_user_enrolled_takes_no_enforcement(fleet: Fleet, mdm: Mdm) -> None:
    await enforced(fleet, mdm, PHONE)
    assert standings(mdm, PHONE)["enforcement"]["reasons"][0]["code"] == "Error.ConfigurationNotSupported"
    assert "softwareupdate" not in said(mdm, PHONE)
