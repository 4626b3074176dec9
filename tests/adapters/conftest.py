"""The fake NanoHUB at its worst, and an adapter on it."""

from collections.abc import AsyncIterator

import pytest

from controller.adapters.nanohub import NanoHub
from tests.contracts.fake import FakeServer
from tests.lab.fake_nanohub import FakeNanoHub


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Two writes of one key at a time lock that key up."""
    server = FakeServer(FakeNanoHub(locks_up=True))
    yield server
    await server.close()


@pytest.fixture
def fake(server: FakeServer) -> FakeNanoHub:
    return server.fake


@pytest.fixture
def mdm(server: FakeServer) -> NanoHub:
    return server.connect()
