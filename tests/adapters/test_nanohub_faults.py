"""The adapter against the fake at its worst: keys that lock up, answers and pushes that never come."""

import asyncio

import httpx
import pytest

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.attempts import GIVE_UP
from controller.adapters.nanohub.classes import Names
from controller.ports import Unauthorized, Unavailable
from tests.contracts.cycles import LATE, SOON, A, B
from tests.contracts.fake import FakeServer
from tests.contracts.server import FLEET
from tests.lab.fake_nanohub import FakeNanoHub


class TestFaults:
    """The simpler storages lock a key up for good when two writes of it meet; anything may time out."""

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
        before = server.connect()
        await before.enforce(SOON, [A])
        await before.enforce(LATE, [B])
        fake.locked.add(f"enrollment-sets/{A}")
        fresh = server.connect()

        assert (await fresh.promises([A, B])).keys() == {B}
        await fresh.clear([LATE], [A, B])
        fake.locked.clear()
        for change in (fresh.enforce(LATE, [A]), fresh.withdraw([A]), fresh.subscribe({A: None})):
            assert (await change).keys() == {A}

        assert [*await server.holds(A)] == [SOON]
        assert (await fresh.promises([A])).keys() == {A, B}

    async def test_where_nobody_can_be_read_nothing_is_known(self, fake: FakeNanoHub, mdm: NanoHub) -> None:
        fake.locked = {f"enrollment-sets/{A}", f"enrollment-sets/{B}"}

        with pytest.raises(Unavailable):
            await mdm.promises([A, B])

    async def test_a_change_that_nobody_answered_is_looked_up(self, server: FakeServer) -> None:
        wire = server.wire(deaf=True)
        mdm = server.connect(wire)
        await mdm.enforce(SOON, [B])
        await mdm.promises([A])
        wire.breaks()
        assert (await mdm.enforce(SOON, [A])).keys() == {A}
        wire.mends()

        assert (await mdm.promises([A])).keys() == {A, B}
        asked = wire.asked
        await mdm.promises([A])
        assert wire.asked == asked + 1

    async def test_a_move_that_is_half_done_is_not_undone(
        self, fake: FakeNanoHub, mdm: NanoHub, server: FakeServer
    ) -> None:
        await mdm.enforce(SOON, [A])
        former = f"enrollment-sets/{A} {Names.of(FLEET).enforcement(SOON).set}"
        fake.locked.add(former)
        assert (await mdm.enforce(LATE, [A])).keys() == {A}
        fake.locked.clear()

        await mdm.clear([LATE], [A])

        assert (await server.holds(A)).keys() == {SOON, LATE}

    async def test_failures_here_and_there_stop_nobody_else(self, fake: FakeNanoHub, mdm: NanoHub) -> None:
        enrollments = [f"{A}-{i}" for i in range(8 * GIVE_UP)]
        await mdm.promises(enrollments)
        bad = enrollments[::4]
        fake.locked = {f"enrollment-sets/{e}" for e in bad}

        assert (await mdm.enforce(SOON, enrollments)).keys() == {*bad}

    async def test_failures_on_and_on_stop_everybody(self, fake: FakeNanoHub, mdm: NanoHub) -> None:
        enrollments = [f"{A}-{i}" for i in range(8 * GIVE_UP)]
        await mdm.promises(enrollments)
        fake.locked = {f"enrollment-sets/{e}" for e in enrollments}

        assert (await mdm.enforce(SOON, enrollments)).keys() == {*enrollments}

        assert fake.requests["PUT"] < 4 + 2 * GIVE_UP

    async def test_a_key_that_is_revoked_is_everybodys_failure(self, fake: FakeNanoHub, mdm: NanoHub) -> None:
        await mdm.enforce(SOON, [A])
        fake.api_key = "another one"

        with pytest.raises(Unauthorized):
            await mdm.enforce(SOON, [B])

    async def test_a_report_that_comes_meanwhile_doubles_nothing(self, server: FakeServer) -> None:
        for document in ({"FullReport": True}, {}, {}):
            await server.report(A, {"StatusItems": {}, **document})
        late = [b"{}"]

        def comes(request: httpx.Request) -> bool:
            if request.url.params.get("index") == "1" and late:
                server.fake.report(A, late.pop(), 0)
            return False

        reports = await server.connect(server.wire(refuses=comes)).reports(A, "")

        stored = [report.id for report in server.fake.store.reports[A]]
        assert [report.id.split()[-1] for report in reports] == stored[:3]
