"""The adapter against the fake when the server as a whole is slow, fails, or asks us to stay away."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.pace import FIRST, SEVERAL
from controller.ports import Failures, Unavailable
from tests.contracts.cycles import LATE, SOON, A
from tests.lab.fake_nanohub import FakeNanoHub

MANY = [f"{A}-{i}" for i in range(40)]


class TestOverload:
    """A server that is slow or fails as a whole is asked less, and then not at all for a while."""

    @pytest.mark.parametrize("status", [429, 503, 504])
    async def test_who_has_too_much_to_do_gets_half_as_much(
        self, fake: FakeNanoHub, mdm: NanoHub, status: int
    ) -> None:
        await mdm.promises(MANY[:FIRST])
        assert fake.busiest == FIRST
        fake.refuses = (status, {})
        with pytest.raises(Unavailable):
            await mdm.promises([])
        fake.refuses, fake.busiest = (0, {}), 0

        await mdm.promises(MANY[-FIRST:])

        assert FIRST // 2 <= fake.busiest < FIRST

    async def test_who_is_slow_with_many_at_once_gets_few_and_nothing_fails(
        self, fake: FakeNanoHub, mdm: NanoHub
    ) -> None:
        await mdm.promises(MANY)
        fake.takes = lambda _: 0.01 if fake.under_way <= 2 else 2.0
        await mdm.enforce(SOON, MANY)
        fake.busiest = 0

        assert await mdm.enforce(LATE, MANY) == {}

        assert fake.busiest <= 3

    @pytest.mark.parametrize("down", [True, False], ids=["no connection", "a gateway without a server"])
    async def test_a_server_that_is_down_is_left_alone(
        self, fake: FakeNanoHub, mdm: NanoHub, down: bool
    ) -> None:
        await mdm.enforce(SOON, MANY)
        fake.down, fake.refuses = down, (0 if down else 502, {})

        assert (await mdm.enforce(LATE, [A])).keys() == {A}
        assert (await mdm.withdraw(MANY)).keys() == {*MANY}

        asked = fake.requests.total()
        with pytest.raises(Unavailable, match=r"the MDM is left alone for \d s more: the MDM ") as caught:
            await mdm.promises([])
        assert fake.requests.total() == asked
        assert (0 < caught.value.wait <= 1, caught.value.throttled) == (True, False)

    async def test_one_request_tries_whether_it_works_again(self, fake: FakeNanoHub, mdm: NanoHub) -> None:
        await _fail(fake, mdm, SEVERAL)
        await fake.clock.pass_by(1.0)
        await _fail(fake, mdm, 1)
        await fake.clock.pass_by(1.0)
        with pytest.raises(Unavailable, match="left alone for 1 s more"):
            await mdm.promises([])
        await fake.clock.pass_by(1.0)
        under_way: list[int] = []

        def takes(_: httpx.Request) -> float:
            under_way.append(fake.under_way)
            return 0.001

        fake.takes = takes
        found = await asyncio.gather(*(mdm.reports(enrollment, "") for enrollment in MANY))

        assert found == [[]] * len(MANY)
        assert under_way[:2] == [1, 1]
        assert max(under_way) > 1

    @pytest.mark.parametrize(
        "headers",
        [{"Retry-After": "30"}, {"Retry-After": "Tue, 24 Nov 2026 09:00:31 GMT"}],
        ids=["seconds", "a date"],
    )
    async def test_what_it_asks_of_one_request_holds_for_all(
        self, fake: FakeNanoHub, mdm: NanoHub, headers: Mapping[str, str]
    ) -> None:
        fake.refuses = (503, headers)
        failures = await mdm.tell([A])
        fake.refuses = (0, {})
        await fake.clock.pass_by(29.0)

        with pytest.raises(Unavailable, match=r"left alone for \d s more: the MDM answered 503") as caught:
            await mdm.promises([A])

        assert caught.value.throttled
        assert _waits(failures) == pytest.approx([30.0], abs=1.0)
        await fake.clock.pass_by(2.0)
        assert await mdm.promises([A]) == {}

    async def test_many_failures_about_single_things_are_not_the_servers(
        self, fake: FakeNanoHub, mdm: NanoHub
    ) -> None:
        fake.refuses = (500, {})
        for _ in range(3 * SEVERAL):
            with pytest.raises(Unavailable, match="answered 500"):
                await mdm.promises([A])

    async def test_notifies_that_take_too_long_are_not_the_servers_failure(
        self, fake: FakeNanoHub, mdm: NanoHub
    ) -> None:
        fake.api.slow = True
        for enrollment in MANY[: 2 * SEVERAL]:
            assert (await mdm.tell([enrollment])).keys() == {enrollment}

        assert await mdm.promises([A]) == {}


async def _fail(fake: FakeNanoHub, mdm: NanoHub, times: int) -> None:
    """So many requests find nobody."""
    fake.down = True
    for _ in range(times):
        with pytest.raises(Unavailable, match="the MDM does not answer"):
            await mdm.promises([])
    fake.down = False


def _waits(failures: Failures) -> list[float]:
    return [failure.wait for failure in failures.values() if isinstance(failure, Unavailable)]
