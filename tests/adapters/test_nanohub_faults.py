"""The adapter against the fake at its worst: keys that lock up, answers and pushes that never come."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.telling import CHUNK, PUSHES
from controller.ports import Unavailable
from tests.contracts.cycles import LATE, SOON, A, B
from tests.contracts.fake import FakeServer
from tests.lab.fake_nanohub import FakeNanoHub


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    server = FakeServer(FakeNanoHub(locks_up=True))
    yield server
    await server.close()


@pytest.fixture
def fake(server: FakeServer) -> FakeNanoHub:
    return server.fake


@pytest.fixture
def mdm(server: FakeServer) -> NanoHub:
    return server.connect()


class TestLocks:
    """The simpler storages lock a key up for good when two writes of it meet."""

    async def test_writes_of_one_key_follow_one_another(self, mdm: NanoHub) -> None:
        await mdm.promises([A])

        first, second = await asyncio.gather(mdm.enforce(SOON, [A]), mdm.enforce(SOON, [A]))

        assert (first, second) == ({}, {})

    async def test_two_writers_would_lock_it_up(self, server: FakeServer) -> None:
        writers = [server.connect(), server.connect()]

        first, second = await asyncio.gather(*(writer.enforce(SOON, [A]) for writer in writers))

        assert isinstance(first[A], Unavailable)
        assert isinstance(second[A], Unavailable)

    async def test_a_device_that_hangs_is_left_as_it_is(self, fake: FakeNanoHub, server: FakeServer) -> None:
        await server.connect().enforce(SOON, [A, B])
        fake.locked.add(f"enrollment-sets/{A}")
        fresh = server.connect()

        assert (await fresh.promises([A, B])).keys() == {B}
        for change in (fresh.enforce(LATE, [A]), fresh.withdraw([A]), fresh.subscribe([A])):
            assert (await change).keys() == {A}
        await fresh.clear([], [A, B])
        fake.locked.clear()

        assert [*await server.holds(A)] == [SOON]
        assert (await fresh.promises([A])).keys() == {A, B}

    async def test_a_change_that_nobody_answered_is_looked_up(self, server: FakeServer) -> None:
        wire = server.wire(deaf=True)
        mdm = server.connect(wire)
        await mdm.enforce(SOON, [B])
        await mdm.promises([A])
        wire.breaks()
        assert (await mdm.enforce(SOON, [A])).keys() == {A}
        wire.mends()

        assert (await mdm.promises([A])).keys() == {A, B}


class TestPushes:
    """A command that waits in the queue needs a push, and no second command."""

    @pytest.fixture(autouse=True)
    def _certificate(self, fake: FakeNanoHub) -> None:
        fake.api.pushes = True

    async def test_who_is_woken_is_told(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        assert await mdm.tell([A, B]) == {}

        assert fake.api.pushed == {A: 1, B: 1}

    async def test_a_notify_that_takes_too_long_is_queued(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        fake.api.slow = True
        assert (await mdm.tell([A])).keys() == {A}
        fake.api.slow = False

        assert await mdm.tell([A]) == {}

        assert fake.store.queues == {A: 1}

    async def test_only_the_unreachable_stay_untold(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        fake.api.unreachable.add(A)
        assert (await mdm.tell([A, B])).keys() == {A, B}

        failures = await mdm.tell([A, B])

        assert failures.keys() == {A}
        assert str(failures[A]) == f"the MDM could not push to {A}: push HTTP status: 410"
        assert fake.store.queues == {A: 1, B: 1}

    async def test_after_some_pushes_the_command_is_taken_for_lost(
        self, mdm: NanoHub, fake: FakeNanoHub
    ) -> None:
        fake.api.unreachable.add(A)

        for _ in range(1 + PUSHES + 1):
            await mdm.tell([A])

        assert fake.store.queues == {A: 2}

    async def test_a_server_that_is_down_queued_nothing(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        server.stop()
        assert (await mdm.tell([A])).keys() == {A}
        server.start()

        assert await mdm.tell([A]) == {}

        assert fake.store.queues == {A: 1}

    async def test_many_are_told_in_chunks(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        assert await mdm.tell([f"{A}-{i}" for i in range(2 * CHUNK + 1)]) == {}

        assert fake.requests == {"POST": 3}
