"""NanoHUB tells a webhook that was found after it was made."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from tests.lab.device import Profile
from tests.lab.fleet import Fleet, enrollment_id
from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.mdm import Mdm
from tests.lab.nanohub import NanoHub
from tests.lab.waiting import eventually

MAC = Profile("mac-0", "C02LAB00", "J413AP", "Mac14,2", "macOS", "26.1", "25B78")
PHONE = Profile("iphone-ada", "F2L1", "iPhone17,1", "iPhone17,1", "iOS", "26.1", "23B85", user_enrolled=True)


class Ear(LoopbackServer):
    """Hears events; NanoHUB is told of it by *url*."""

    def __init__(self) -> None:
        super().__init__(_Request)
        self.events: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/events"

    def heard(self, topic: str) -> list[dict[str, Any]]:
        """The check-ins of a topic."""
        return [event["checkin_event"] for event in self.events if event["topic"] == f"mdm.{topic}"]


class _Request(LoopbackRequest):
    server: Ear

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.events.append(json.loads(body))
        self.respond(HTTPStatus.OK, {})


@pytest.fixture
def ear(hub: NanoHub) -> Iterator[Ear]:
    with Ear() as ear:
        ear.start()
        hub.webhook_url = ear.url
        hub.restart()
        yield ear
        ear.stop()


async def test_a_life_is_told(ear: Ear, fleet: Fleet) -> None:
    await fleet.enroll([MAC])
    await fleet.sign_in(MAC.name, "ada")
    await fleet.remove_escrow(MAC.name)
    await fleet.check_out(MAC.name)
    for topic, times in {"Authenticate": 1, "TokenUpdate": 2, "SetBootstrapToken": 2, "CheckOut": 1}.items():
        await eventually(lambda: len(ear.heard(topic)) == times, what=topic)  # noqa: B023 (waited for here)
    assert {event["ids"]["type"] for event in ear.heard("TokenUpdate")} == {"Device", "User"}


async def test_what_its_user_enrolled_has_an_id_of_its_own(ear: Ear, fleet: Fleet) -> None:
    await fleet.enroll([PHONE])
    await eventually(lambda: bool(ear.heard("TokenUpdate")))
    [event] = ear.heard("TokenUpdate")
    assert event["enrollment_id"] == enrollment_id(PHONE.serial)
    assert event["ids"]["type"] == "User Enrollment (Device)"
    assert "udid" not in event


async def test_a_mac_that_installs_asks_for_its_bootstrap_token(ear: Ear, fleet: Fleet, mdm: Mdm) -> None:
    await fleet.enroll([MAC])
    mdm.enforce([MAC], "26.2", hours=0)
    mdm.tell([MAC])
    for _ in range(4):
        await fleet.step()
    await eventually(lambda: len(ear.heard("GetBootstrapToken")) == 1)
