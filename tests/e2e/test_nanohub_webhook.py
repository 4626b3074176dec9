"""The real NanoHUB tells us what simulated devices do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.domain.enrollments import Event, Topic
from tests.flows.listeners import Listener
from tests.lab.device import Profile
from tests.lab.fleet import Fleet, enrollment_id
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority
from tests.lab.readings import WORLD
from tests.lab.waiting import eventually

MAC = Profile("mac-01", "C02LAB01", "J413AP", "Mac14,2", "macOS", "26.1", "25B78")


@pytest.fixture
def listener() -> Listener:
    return Listener().opened()


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def nanohub(tmp_path: Path, authority: Authority, listener: Listener) -> Iterator[NanoHub]:
    with NanoHub(tmp_path, authority, webhook_url=listener.webhook) as nanohub:
        yield nanohub


async def test_an_enrollment_begins_escrows_and_ends(
    nanohub: NanoHub, authority: Authority, listener: Listener
) -> None:
    heard: dict[Topic, Event] = {}

    def came(*topics: Topic) -> bool:
        heard.update({event.topic: event for event in listener.inbox.take()})
        return heard.keys() >= {*topics}

    async with listener.listening(), Fleet(nanohub.url, authority, WORLD.offered) as fleet:
        await fleet.enroll([MAC])
        await fleet.check_out(MAC.name)
        await eventually(
            lambda: came(Topic.AUTHENTICATE, Topic.TOKEN_UPDATE, Topic.SET_BOOTSTRAP_TOKEN, Topic.CHECK_OUT),
            what="all of it is heard",
        )

    began = heard[Topic.AUTHENTICATE]
    assert {event.enrollment for event in heard.values()} == {enrollment_id(MAC.serial)}
    assert (began.serial, began.product, began.version) == ("C02LAB01", "Mac14,2", "26.1")
    assert heard[Topic.TOKEN_UPDATE].pushable
    assert heard[Topic.SET_BOOTSTRAP_TOKEN].escrowed
    assert began.at < heard[Topic.CHECK_OUT].at
