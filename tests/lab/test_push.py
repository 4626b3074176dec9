"""Devices that wait to be pushed, under a real NanoHUB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.lab.apns import Apns, Refusal
from tests.lab.device import Behaviour, Phase, Profile
from tests.lab.fleet import PATIENCE, START, Fleet, enrollment_id
from tests.lab.mdm import Mdm

MAC = Profile("mac-0", "C02LAB00", "J413AP", "Mac14,2", "macOS", "26.1", "25B78")
OTHER = replace(MAC, name="mac-1", serial="C02LAB01")
HOUR = timedelta(hours=1)


async def steps(fleet: Fleet, count: int) -> None:
    for _ in range(count):
        await fleet.step()
        assert fleet.troubles == {}


@pytest.fixture
async def idle(pushed: Fleet) -> Fleet:
    """Two devices that have asked since they enrolled, and now wait."""
    await pushed.enroll([MAC, OTHER])
    await steps(pushed, 1)
    return pushed


async def test_a_device_asks_after_it_enrolled(pushed: Fleet, mdm: Mdm) -> None:
    await pushed.enroll([MAC])
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(pushed, 1)
    assert len(pushed.device(MAC.name).held) == 2


async def test_who_is_pushed_takes_what_changed_and_comes_to_its_end(idle: Fleet, mdm: Mdm) -> None:
    mdm.subscribe([MAC, OTHER])
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(idle, 4)
    idle.advance(4 * HOUR)
    await steps(idle, 3)
    assert [idle.device(mac.name).version for mac in (MAC, OTHER)] == ["26.2", "26.1"]
    assert mdm.last_report(MAC)["StatusItems"]["device"]["operating-system"]["version"] == "26.2"


async def test_who_is_not_pushed_asks_when_its_patience_ends(idle: Fleet, mdm: Mdm, apns: Apns) -> None:
    apns.refusal = Refusal(503, "ServiceUnavailable")
    mdm.enforce([MAC], "26.2", hours=48)
    mdm.tell([MAC])
    idle.advance(PATIENCE - HOUR)
    await steps(idle, 1)
    assert idle.device(MAC.name).held == {}
    idle.advance(HOUR)
    await steps(idle, 1)
    assert len(idle.device(MAC.name).held) == 2


async def test_a_push_that_goes_astray_is_a_success_that_nobody_hears_of(
    idle: Fleet, mdm: Mdm, apns: Apns
) -> None:
    apns.astray = {enrollment_id(MAC.serial).encode()}
    mdm.enforce([MAC, OTHER], "26.2", hours=4)
    assert mdm.notify([MAC, OTHER]).status_code == 204
    await steps(idle, 1)
    assert [len(idle.device(mac.name).held) for mac in (MAC, OTHER)] == [0, 2]


async def test_a_report_asks_for_nothing(idle: Fleet, mdm: Mdm, apns: Apns) -> None:
    mdm.subscribe([MAC])
    mdm.tell([MAC])
    await steps(idle, 1)
    apns.refusals = {enrollment_id(MAC.serial).encode(): Refusal(410, "Unregistered")}
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    idle.restore(MAC.name, "26.0", "25A354")
    await steps(idle, 1)
    assert mdm.last_report(MAC)["StatusItems"]["device"]["operating-system"]["version"] == "26.0"
    assert idle.device(MAC.name).phase is Phase.NONE


async def test_what_is_put_off_is_asked_for_once_it_is_ready(idle: Fleet, mdm: Mdm) -> None:
    idle.behave(MAC.name, Behaviour(not_now_until=START + 3 * HOUR))
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(idle, 3)
    assert idle.device(MAC.name).held == {}
    idle.advance(3 * HOUR)
    await steps(idle, 1)
    assert len(idle.device(MAC.name).held) == 2


async def test_who_is_off_is_pushed_when_it_is_on_again(idle: Fleet, mdm: Mdm) -> None:
    idle.behave(MAC.name, Behaviour(silent_after=START))
    mdm.enforce([MAC], "26.2", hours=4)
    mdm.tell([MAC])
    await steps(idle, 2)
    idle.behave(MAC.name, Behaviour())
    await steps(idle, 1)
    assert len(idle.device(MAC.name).held) == 2
