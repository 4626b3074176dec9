"""Telling devices through the fake: what is queued, what is pushed, and who stays untold."""

from itertools import count

import pytest

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.telling import CHUNK, PUSHES
from tests.contracts.cycles import SOON, A, B
from tests.contracts.fake import FakeServer
from tests.lab.fake_nanohub import FakeNanoHub


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

        await mdm.tell([A])
        assert fake.store.queues == {A: 2}

    async def test_queues_are_lost_with_the_server(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        await mdm.enforce(SOON, [B])
        fake.api.unreachable.add(A)
        await mdm.tell([A])
        server.stop()
        server.start()
        await mdm.promises([A])

        await mdm.tell([A])

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

    @pytest.mark.parametrize(
        ("takes", "pauses"),
        [
            pytest.param([0.01, 0.01, 0.01, 0.01], [], id="prompt"),
            pytest.param([0.5, 0.5, 0.5, 0.5], [], id="still prompt"),
            pytest.param([2.0, 0.2, 3.0, 0.2], [2.0, 3.0], id="slow now and then"),
            pytest.param([30.0, 60.0, 90.0, 100.0], [10.0, 10.0, 10.0], id="very slow"),
        ],
    )
    async def test_a_slow_server_gets_room_between_chunks(
        self, mdm: NanoHub, fake: FakeNanoHub, takes: list[float], pauses: list[float]
    ) -> None:
        number = count()
        fake.takes = lambda _: takes[next(number)]

        await mdm.tell([f"{A}-{i}" for i in range(4 * CHUNK)])

        assert fake.clock.slept == pytest.approx(pauses)
        assert fake.busiest == 1

    async def test_what_passes_between_two_tellings_is_room_enough(
        self, mdm: NanoHub, fake: FakeNanoHub
    ) -> None:
        fake.takes = lambda _: 4.0
        await mdm.tell([A])
        await fake.clock.pass_by(1.0)

        await mdm.tell([B])

        assert fake.clock.slept == pytest.approx([3.0])

    async def test_pushes_get_room_as_well(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        fake.takes = lambda request: 4.0 if request.method == "POST" else 1.0
        fake.api.slow = True
        await mdm.tell([A])
        fake.api.slow = False

        assert await mdm.tell([A]) == {}

        assert fake.clock.slept == pytest.approx([4.0])
        assert fake.requests == {"POST": 1, "GET": 1}
