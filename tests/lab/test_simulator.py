"""Simulated devices under a real NanoHUB."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.lab.device import Behaviour, Phase, Profile
from tests.lab.fleet import START, Fleet
from tests.lab.mdm import Mdm
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority

MACS = [
    Profile(f"mac-{n:02}", f"C02LAB{n:02}", "J413AP", "Mac14,2", "macOS", "26.1", "25B78") for n in range(20)
]
MAC = MACS[0]


@pytest.fixture
def hub(tmp_path: Path, authority: Authority) -> Iterator[NanoHub]:
    """One that cannot push: devices ask in every step."""
    with NanoHub(tmp_path, authority) as started:
        yield started


async def steps(fleet: Fleet, count: int) -> None:
    for _ in range(count):
        await fleet.step()
        assert fleet.troubles == {}


async def test_twenty_devices_prepare_and_install_at_the_deadline(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll(MACS)
    mdm.subscribe(MACS)
    mdm.enforce(MACS, "26.2", hours=4)
    mdm.tell(MACS)
    await steps(fleet, 5)
    assert {device.phase for device in fleet.devices.values()} == {Phase.PREPARED}
    fleet.advance(timedelta(hours=4))
    await steps(fleet, 3)
    assert Counter(d.version for d in fleet.devices.values()) == {"26.2": 20}
    for mac in MACS:
        said = mdm.last_report(mac)["StatusItems"]
        assert said["device"]["operating-system"]["version"] == "26.2"
        assert said["softwareupdate"]["install-state"] == "none"
        [held] = [
            c
            for c in said["management"]["declarations"]["configurations"]
            if c["identifier"] == "enforcement"
        ]
        assert (held["active"], held["valid"]) == (True, "invalid")
        assert [event.what for event in fleet.journal(mac.name)] == ["held", "installed"]


async def test_the_first_report_is_full_and_has_the_lookup_services_id(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.subscribe([MAC])
    mdm.tell([MAC])
    await steps(fleet, 1)
    report = mdm.last_report(MAC)
    assert report["FullReport"] is True
    assert report["StatusItems"]["softwareupdate"]["device-id"] == "J413AP"


async def test_who_was_not_told_knows_of_nothing(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.enforce([MAC], "26.2", hours=4)
    await steps(fleet, 1)
    assert fleet.device(MAC.name).held == {}


async def test_a_new_deadline_replaces_the_old_one(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(fleet, 1)
    mdm.enforce([MAC], "26.2", hours=9)
    mdm.tell([MAC])
    await steps(fleet, 1)
    held = [
        (e.what, (e.deadline - START.replace(tzinfo=None)).seconds // 3600) for e in fleet.journal(MAC.name)
    ]
    assert held == [("held", 4), ("dropped", 4), ("held", 9)]


async def test_what_is_taken_away_is_dropped(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.subscribe([MAC])
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(fleet, 3)
    mdm.unassign("enforced", MAC)
    mdm.tell([MAC])
    await steps(fleet, 1)
    assert fleet.device(MAC.name).phase is Phase.NONE
    assert [event.what for event in fleet.journal(MAC.name)] == ["held", "dropped"]


async def test_a_wiped_device_holds_nothing_until_it_is_told(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(fleet, 1)
    await fleet.enroll([MAC])
    await steps(fleet, 1)
    assert fleet.device(MAC.name).held == {}
    mdm.tell([MAC])
    await steps(fleet, 1)
    assert len(fleet.device(MAC.name).held) == 2


async def test_a_device_that_is_busy_takes_it_later(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([replace(MAC, behaviour=Behaviour(not_now=2))])
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(fleet, 2)
    assert fleet.device(MAC.name).held == {}
    await steps(fleet, 1)
    assert len(fleet.device(MAC.name).held) == 2


async def test_a_device_that_is_off_does_nothing(fleet: Fleet, mdm: Mdm) -> None:
    off = replace(MAC, behaviour=Behaviour(silent_after=START + timedelta(hours=1)))
    await fleet.enroll([off])
    mdm.enforce([off], "26.2", hours=4)
    fleet.advance(timedelta(hours=1))
    mdm.tell([off])
    await steps(fleet, 2)
    assert fleet.device(MAC.name).held == {}
    fleet.behave(MAC.name, Behaviour())
    await steps(fleet, 1)
    assert len(fleet.device(MAC.name).held) == 2


async def test_who_was_off_at_the_deadline_gets_an_hour(fleet: Fleet, mdm: Mdm) -> None:
    off = replace(MAC, behaviour=Behaviour(silent_after=START + timedelta(hours=1)))
    await fleet.enroll([off])
    mdm.enforce([off], "26.2", hours=4)
    mdm.tell([off])
    await steps(fleet, 4)
    fleet.advance(timedelta(hours=90))
    await steps(fleet, 1)
    fleet.behave(MAC.name, Behaviour())
    await steps(fleet, 1)
    assert fleet.device(MAC.name).phase is Phase.PREPARED
    fleet.advance(timedelta(hours=1))
    await steps(fleet, 1)
    assert fleet.device(MAC.name).phase is Phase.INSTALLING


async def test_what_came_unannounced_goes_when_announced(fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.tell([MAC])
    mdm.enforce([MAC], "26.2", hours=4)
    await steps(fleet, 1)
    assert len(fleet.device(MAC.name).held) == 2
    mdm.unassign("enforced", MAC)
    mdm.tell([MAC])
    await steps(fleet, 1)
    assert fleet.device(MAC.name).held == {}


async def test_a_server_that_is_down_is_a_trouble_and_not_the_end(fleet: Fleet, hub: NanoHub) -> None:
    await fleet.enroll([MAC])
    hub.stop()
    await fleet.step()
    assert fleet.troubles.keys() == {MAC.name}
    hub.start()
    await fleet.step()
    assert "Refused" in fleet.troubles[MAC.name]
    await fleet.enroll([MAC])
    await fleet.step()
    assert fleet.troubles == {}


async def test_a_device_that_checks_out_is_gone(fleet: Fleet) -> None:
    await fleet.enroll(MACS[:2])
    await fleet.check_out(MAC.name)
    await steps(fleet, 1)
    assert fleet.devices.keys() == {MACS[1].name}
