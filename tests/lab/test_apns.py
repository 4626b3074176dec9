"""NanoHUB pushes by the lab's push notifications."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.lab.apns import Apns, Refusal
from tests.lab.device import Profile
from tests.lab.fleet import Fleet, enrollment_id
from tests.lab.mdm import Mdm
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority
from tests.lab.readings import WORLD

MACS = [Profile(f"mac-{n}", f"C02LAB{n}", "J413AP", "Mac14,2", "macOS", "26.1", "25B78") for n in range(3)]
TOKENS = [enrollment_id(mac.serial).encode() for mac in MACS]


@pytest.fixture(params=["inmem", "file"])
def hub(
    tmp_path: Path, authority: Authority, apns: Apns, request: pytest.FixtureRequest
) -> Iterator[NanoHub]:
    with NanoHub(tmp_path, authority, storage=request.param, apns=apns) as started:
        yield started


@pytest.fixture
async def fleet(hub: NanoHub, authority: Authority) -> AsyncIterator[Fleet]:
    async with Fleet(hub.url, authority, WORLD.offered) as fleet:
        await fleet.enroll(MACS)
        yield fleet


@pytest.fixture
def mdm(hub: NanoHub, fleet: Fleet) -> Iterator[Mdm]:
    with hub.client() as client:
        yield Mdm(client)


async def test_a_notify_pushes_these_devices_and_no_others(mdm: Mdm, apns: Apns) -> None:
    assert mdm.notify(MACS[:2]).status_code == 204
    assert {push.token for push in apns.pushes} == set(TOKENS[:2])
    await apns.until_pushed(TOKENS[1])


def test_a_push_that_fails_is_told_by_the_notify(mdm: Mdm, apns: Apns) -> None:
    apns.refusals = {TOKENS[1]: Refusal(410, "Unregistered")}
    answer = mdm.notify(MACS)
    assert answer.status_code == 500
    assert "push error" in answer.text
    assert "push HTTP status: 410: APNs push error: Unregistered" in answer.text
    assert [apns.taken(token) for token in TOKENS] == [1, 0, 1]


def test_all_pushes_fail_until_they_do_not(mdm: Mdm, apns: Apns) -> None:
    apns.refusal = Refusal(400, "BadDeviceToken")
    assert "BadDeviceToken" in mdm.notify(MACS[:1]).text
    apns.refusal = None
    assert mdm.notify(MACS[:1]).status_code == 204


async def test_a_push_that_failed_left_its_command(mdm: Mdm, apns: Apns, fleet: Fleet) -> None:
    apns.refusal = Refusal(503, "ServiceUnavailable")
    mdm.enforce(MACS[:1], "26.2", hours=4)
    mdm.notify(MACS[:1])
    await fleet.step()
    assert len(fleet.device(MACS[0].name).held) == 2


def test_a_slow_push_makes_the_notify_slow(mdm: Mdm, apns: Apns) -> None:
    apns.delay = 0.5
    began = time.monotonic()
    assert mdm.notify(MACS).status_code == 204
    assert time.monotonic() - began >= 0.5


def test_it_still_pushes_after_a_restart(mdm: Mdm, hub: NanoHub, apns: Apns) -> None:
    hub.restart()
    known = mdm.notify(MACS[:1]).status_code == 204
    assert known is (hub.storage == "file")
    assert apns.taken(TOKENS[0]) == int(known)


def test_whoever_listens_hears_what_was_pushed(mdm: Mdm, apns: Apns) -> None:
    heard: list[bytes] = []
    apns.listen(heard.append)
    apns.refusals = {TOKENS[0]: Refusal(410, "Unregistered")}
    mdm.notify(MACS)
    assert set(heard) == set(TOKENS[1:])
