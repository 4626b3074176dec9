"""A real NanoHUB that pushes, and a fleet under it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.lab.apns import Apns
from tests.lab.fleet import Fleet
from tests.lab.mdm import Mdm
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority
from tests.lab.readings import WORLD


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def apns(tmp_path: Path, authority: Authority) -> Iterator[Apns]:
    with Apns(tmp_path, authority) as apns:
        yield apns


@pytest.fixture
def hub(tmp_path: Path, authority: Authority, apns: Apns) -> Iterator[NanoHub]:
    with NanoHub(tmp_path, authority, apns=apns) as started:
        yield started


@pytest.fixture
def mdm(hub: NanoHub) -> Iterator[Mdm]:
    with hub.client() as client:
        yield Mdm(client)


@pytest.fixture
async def fleet(hub: NanoHub, authority: Authority) -> AsyncIterator[Fleet]:
    """One whose devices ask in every step."""
    async with Fleet(hub.url, authority, WORLD.offered) as fleet:
        yield fleet


@pytest.fixture
async def pushed(hub: NanoHub, authority: Authority, apns: Apns) -> AsyncIterator[Fleet]:
    """One whose devices wait to be pushed."""
    async with Fleet(hub.url, authority, WORLD.offered, push=apns) as fleet:
        yield fleet
