"""The part of the contract about the status items that devices are asked for."""

import httpx
import pytest

from controller.domain.status_items import BASE, ITEMS
from controller.ports import Mdm
from tests.contracts.cycles import SOON, A, B, C, ours
from tests.contracts.server import Server

PHONE = ITEMS - {"softwareupdate.beta-enrollment"}


class SubscriptionsContract:
    """Each device is asked for what it supports, and at first for what they all do."""

    async def test_devices_are_asked_for_what_they_support(self, server: Server, mdm: Mdm) -> None:
        assert await mdm.subscribe({A: ITEMS, B: PHONE}) == {}

        assert await server.items(A) == ITEMS
        assert await server.items(B) == PHONE
        assert await server.items(C) == set()

    async def test_who_has_not_said_what_it_supports_is_asked_for_the_base(
        self, server: Server, mdm: Mdm
    ) -> None:
        assert await mdm.subscribe({A: None, B: ITEMS}) == {}

        assert await server.items(A) == BASE

    @pytest.mark.parametrize("restarted", [False, True], ids=["remembered", "after a restart"])
    async def test_who_is_asked_for_something_stays_until_more_is_known(
        self, server: Server, mdm: Mdm, restarted: bool
    ) -> None:
        await mdm.subscribe({A: PHONE})

        await (server.connect() if restarted else mdm).subscribe({A: None})

        assert await server.items(A) == PHONE

    @pytest.mark.parametrize("before", [BASE, ITEMS], ids=["the base", "more"])
    async def test_another_subscription_takes_the_place_of_the_first(
        self, server: Server, mdm: Mdm, before: frozenset[str]
    ) -> None:
        await mdm.subscribe({A: before, B: before})

        await mdm.subscribe({A: PHONE, B: before})

        assert await server.items(A) == PHONE
        assert await server.items(B) == before

    async def test_no_device_is_without_one_in_between(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: BASE})
        killed = server.connect(server.wire(refuses=_leaves))

        assert (await killed.subscribe({A: PHONE})).keys() == {A}

        assert await server.items(A) == BASE | PHONE

    async def test_who_is_asked_already_costs_nothing(self, server: Server) -> None:
        wire = server.wire()
        mdm = server.connect(wire)
        items = {A: ITEMS, B: None, C: PHONE}
        await mdm.subscribe(items)
        await mdm.subscribe(items)
        asked = wire.asked

        await mdm.subscribe(items)

        assert wire.asked == asked

    async def test_the_subscription_is_named_as_the_device_reports_it(self, server: Server, mdm: Mdm) -> None:
        assert mdm.subscription(A) == ""

        await mdm.subscribe({A: ITEMS, B: PHONE, C: PHONE})

        assert mdm.subscription(A) != mdm.subscription(B) == mdm.subscription(C)
        payload = (await server.everything())[mdm.subscription(A)]["Payload"]
        assert {item["Name"] for item in payload["StatusItems"]} == ITEMS

    async def test_a_device_in_two_subscriptions_is_in_none_by_name(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: BASE})
        killed = server.connect(server.wire(refuses=_leaves))
        await killed.subscribe({A: PHONE})
        fresh = server.connect()
        await fresh.promises([A])
        assert fresh.subscription(A) == ""

        await fresh.subscribe({A: PHONE})

        assert fresh.subscription(A) != ""
        assert await server.items(A) == PHONE

    async def test_what_nobody_is_asked_for_any_more_is_cleared(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: None, B: PHONE})
        first = mdm.subscription(A), mdm.subscription(B)

        await mdm.subscribe({A: ITEMS, B: ITEMS})
        await mdm.clear([], [A, B])

        found = ours(mdm, await server.everything())
        assert [name in found for name in first] == [False, False]
        assert len(found) == 3

    async def test_what_is_asked_for_is_not_cleared(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: PHONE, B: None})
        await mdm.subscribe({A: None, B: ITEMS})

        await mdm.clear([], [A, B])

        assert await server.items(A) == PHONE
        assert await server.items(B) == ITEMS

    async def test_a_subscription_that_was_emptied_asks_for_nothing(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [B])
        await mdm.subscribe({A: PHONE, B: ITEMS})
        fresh = server.connect(server.wire(refuses=_deletes_declarations))
        await fresh.promises([B])
        await fresh.subscribe({B: ITEMS})
        await fresh.clear([SOON], [B])
        assert await server.items(A) == set()

        await fresh.promises([A, B])
        await fresh.subscribe({A: None, B: ITEMS})

        assert await server.items(A) == BASE


def _leaves(request: httpx.Request) -> bool:
    return request.method == "DELETE" and "/enrollment-sets/" in request.url.path


def _deletes_declarations(request: httpx.Request) -> bool:
    return request.method == "DELETE" and "/ddm/declarations/" in request.url.path
