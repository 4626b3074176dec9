"""The part of the contract that leaves nothing behind: surplus classes, unused ones, kills in the middle."""

import contextlib

import pytest

from controller.domain.declarations import Declaration
from controller.domain.status_items import ITEMS
from controller.ports import Mdm, Unavailable
from tests.contracts.cycles import ENOUGH, LATE, SOON, A, B, C, cycle, ours, try_cycle
from tests.contracts.server import FLEET, Server


class ClearContract:
    """Nothing of ours stays that nobody wants, however it came there."""

    @pytest.mark.parametrize("wanted", [SOON, LATE, None], ids=["earlier", "later", "none"])
    async def test_a_device_in_two_classes_is_put_right(
        self, server: Server, mdm: Mdm, wanted: Declaration | None
    ) -> None:
        await mdm.enforce(LATE, [A])
        killed = server.connect(server.wire(refuses=lambda request: request.method == "DELETE"))
        assert (await killed.enforce(SOON, [A])).keys() == {A}
        fresh = server.connect()

        assert (await fresh.promises([A]))[A].declaration == SOON
        await cycle(fresh, {A: wanted})

        assert [*await server.holds(A)] == ([wanted] if wanted else [])

    async def test_clears_what_nobody_wants(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.withdraw([A])

        await mdm.clear([], [A])

        assert ours(mdm, await server.everything()) == set()

    async def test_what_was_cleared_may_come_back(self, server: Server, mdm: Mdm) -> None:
        for wanted in (SOON, None, SOON):
            await cycle(mdm, {A: wanted})

        assert [*await server.holds(A)] == [SOON]

    async def test_members_that_nobody_knows_are_still_asked_for_reports(
        self, server: Server, mdm: Mdm
    ) -> None:
        await mdm.subscribe({A: ITEMS})
        fresh = server.connect()
        await fresh.promises([])

        await fresh.clear([], [])

        assert await server.items(A)

    async def test_clears_nothing_that_is_in_force_or_wanted(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.enforce(LATE, [B])
        await mdm.withdraw([B])
        before = await server.everything()

        await mdm.clear([LATE], [A, B])

        assert await server.everything() == before

    async def test_clearing_reaches_members_that_nobody_knows(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        fresh = server.connect()
        await fresh.promises([])

        await fresh.clear([], [])

        assert await server.holds(A) == {}
        assert await server.visit(A) == 1
        assert ours(mdm, await server.everything()) == set()

    async def test_who_is_gone_is_not_asked_for_reports_any_more(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON, B: SOON})

        await cycle(mdm, {A: SOON})

        assert await server.items(A)
        assert await server.items(B) == set()

    @pytest.mark.parametrize("deaf", [False, True], ids=["request lost", "answer lost"])
    async def test_whoever_comes_after_a_kill_completes_it(self, server: Server, deaf: bool) -> None:
        for lasts in range(ENOUGH):
            fleet, a, b = f"{FLEET}-{lasts}", f"{A}-{lasts}", f"{B}-{lasts}"
            await cycle(server.connect(fleet=fleet), {a: SOON, b: SOON})
            wire = server.wire(lasts=lasts, deaf=deaf)
            await try_cycle(server.connect(wire, fleet=fleet), {a: LATE, b: None})
            assert await server.holds(a), f"nothing is in force after {lasts} requests"

            fresh = server.connect(fleet=fleet)
            await cycle(fresh, {a: LATE, b: None})

            assert ([*await server.holds(a)], [*await server.holds(b)]) == ([LATE], [])
            assert len(ours(fresh, await server.everything())) == 6, f"left over after {lasts} requests"
            if not wire.broke:
                return
        raise AssertionError(f"{ENOUGH} requests are too few")

    async def test_retiring_leaves_nothing_of_ours(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON, B: LATE, C: None})
        others = server.connect(fleet="globex/globex")
        await cycle(others, {A: LATE})
        await mdm.promises([A, B, C])

        assert await mdm.retire([A, B, C]) == {}

        assert ours(mdm, await server.everything()) == set()
        assert [*await server.holds(A)] == [LATE]
        assert (await server.holds(B), await server.items(B)) == ({}, set())
        assert ours(others, await server.everything())

    async def test_retiring_reaches_members_that_nobody_knows(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON})
        fresh = server.connect()
        await fresh.promises([])

        assert await fresh.retire([]) == {}

        assert (await server.holds(A), await server.items(A)) == ({}, set())
        assert await server.visit(A)

    async def test_retiring_twice_changes_nothing_more(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON})
        await mdm.retire([A])
        fresh = server.connect(server.wire(refuses=lambda request: request.method != "GET"))
        await fresh.promises([A])

        assert await fresh.retire([A]) == {}

    async def test_what_was_retired_may_come_back(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON})
        await mdm.retire([A])

        await cycle(mdm, {A: SOON})

        assert [*await server.holds(A)] == [SOON]
        assert await server.items(A)

    async def test_whoever_comes_after_a_kill_retires_the_rest(self, server: Server) -> None:
        for lasts in range(ENOUGH):
            fleet, a = f"{FLEET}-{lasts}", f"{A}-{lasts}"
            await cycle(server.connect(fleet=fleet), {a: SOON})
            wire = server.wire(lasts=lasts)
            killed = server.connect(wire, fleet=fleet)
            with contextlib.suppress(Unavailable):
                await killed.promises([a])
                await killed.retire([a])

            fresh = server.connect(fleet=fleet)
            await fresh.promises([a])
            assert await fresh.retire([a]) == {}
            assert ours(fresh, await server.everything()) == set(), f"left over after {lasts} requests"
            assert (await server.holds(a), await server.items(a)) == ({}, set())
            if not wire.broke:
                return
        raise AssertionError(f"{ENOUGH} requests are too few")
