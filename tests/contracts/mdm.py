"""What any MDM adapter must do, in our words. Subclasses bring the fixture `server`."""

from datetime import timedelta

from controller.domain.status_items import BASE, ITEMS
from controller.ports import Mdm, Rejected
from tests.contracts.cycles import LATE, SOON, A, B, C, cycle
from tests.contracts.mdm_clear import ClearContract
from tests.contracts.mdm_talk import TalkContract
from tests.contracts.server import Server

FEW = frozenset({"device.operating-system.version", "management.declarations"})


class EnforcingContract:
    """Declarations: put in force, replaced, taken back."""

    async def test_what_is_enforced_is_in_force(self, server: Server, mdm: Mdm) -> None:
        assert await mdm.enforce(SOON, [A, B]) == {}

        promise = (await mdm.promises([A]))[A]
        assert promise.declaration == SOON
        assert promise.identifier.startswith(mdm.ours.enforcement)
        assert await server.holds(A) == await server.holds(B) == {SOON: promise.token}

    async def test_enforcing_replaces_what_was_in_force(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])

        await mdm.enforce(LATE, [A])

        assert (await mdm.promises([A]))[A].declaration == LATE
        assert [*await server.holds(A)] == [LATE]
        assert [*await server.holds(B)] == [SOON]

    async def test_a_fresh_adapter_replaces_what_another_one_enforced(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])

        await server.connect().enforce(LATE, [A])

        assert [*await server.holds(A)] == [LATE]

    async def test_a_fresh_adapter_finds_what_is_in_force(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.enforce(LATE, [B])

        found = await server.connect().promises([A, B, C])

        assert found == await mdm.promises([A, B, C])
        assert found.keys() == {A, B}

    async def test_withdrawing_leaves_nothing_in_force(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])

        assert await mdm.withdraw([A, C]) == {}

        assert (await mdm.promises([A, B])).keys() == {B}
        assert await server.holds(A) == {}
        assert [*await server.holds(B)] == [SOON]

    async def test_remembers_devices_that_are_not_asked_for(self, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])

        assert (await mdm.promises([A])).keys() == {A, B}

    async def test_subscribed_devices_are_asked_for_what_we_read(self, server: Server, mdm: Mdm) -> None:
        assert await mdm.subscribe({A: ITEMS}) == {}

        assert await server.items(A) >= {"softwareupdate.install-state", "management.declarations"}
        assert await server.items(B) == set()

    async def test_each_is_asked_for_what_it_supports(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: ITEMS, B: FEW, C: None})

        assert [await server.items(enrollment) for enrollment in (A, B, C)] == [ITEMS, FEW, BASE]

    async def test_what_it_supports_may_become_known_and_another(self, server: Server, mdm: Mdm) -> None:
        for items in (None, ITEMS, FEW):
            await mdm.subscribe({A: items})

        assert await server.items(A) == FEW

    async def test_who_is_asked_already_is_not_asked_for_less_while_nobody_knows(
        self, server: Server, mdm: Mdm
    ) -> None:
        await mdm.subscribe({A: ITEMS})
        fresh, wire = server.connect(), server.wire()
        await fresh.promises([A])

        await fresh.subscribe({A: None})

        assert await server.items(A) == ITEMS
        assert wire.changes == 0

    async def test_a_subscription_is_called_as_the_device_reports_it(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: ITEMS})

        name = mdm.subscription(A)

        assert name.startswith(mdm.ours.subscription)
        assert name in await server.everything()
        assert mdm.subscription(B) == ""

    async def test_what_is_in_force_is_known_without_asking(self, server: Server) -> None:
        wire = server.wire()
        mdm = server.connect(wire)
        await mdm.enforce(SOON, [A, B])
        await mdm.withdraw([B])
        asked = wire.asked

        found = mdm.in_force([A, B, C])

        assert [(e, promise.declaration) for e, promise in found.items()] == [(A, SOON)]
        assert wire.asked == asked

    async def test_who_enrolled_anew_holds_nothing_of_ours_but_is_asked_for_reports(
        self, server: Server, mdm: Mdm
    ) -> None:
        await cycle(mdm, {A: SOON, B: SOON})

        assert await mdm.renew([A]) == {}

        assert [*await server.holds(A)] == []
        assert [*await server.holds(B)] == [SOON]
        assert await server.items(A) == ITEMS

    async def test_others_enforcements_are_known_by_their_type(self, server: Server) -> None:
        wire = server.wire()
        mdm, other = server.connect(wire), server.connect(fleet="acme/ipad")
        await server.interfere(A)
        await other.enforce(LATE, [A])
        theirs = (await other.promises([A]))[A]
        asked = wire.asked

        for _ in range(2):
            assert await mdm.enforces(theirs.identifier, theirs.token)
            assert not await mdm.enforces("acme-passcode", "t1")
            assert not await mdm.enforces("nowhere", "t1")

        assert wire.asked == asked + 3

    async def test_running_twice_changes_nothing(self, server: Server, mdm: Mdm) -> None:
        wanted = {A: SOON, B: LATE, C: None}
        await cycle(mdm, wanted)
        before, wire = await server.everything(), server.wire()

        await cycle(server.connect(wire), wanted)

        assert wire.changes == 0
        assert await server.everything() == before

    async def test_a_cycle_with_nothing_new_asks_once(self, server: Server) -> None:
        wire = server.wire()
        mdm = server.connect(wire)
        await cycle(mdm, {A: LATE, B: None})
        await cycle(mdm, {A: SOON, B: None})
        asked = wire.asked

        await cycle(mdm, {A: SOON, B: None})

        assert wire.asked == asked + 1

    async def test_touches_nothing_of_others(self, server: Server, mdm: Mdm) -> None:
        await server.interfere(A)
        other = server.connect(fleet="acme/ipad")
        await cycle(other, {A: LATE})
        before = await server.everything()

        await cycle(mdm, {A: SOON})
        await cycle(mdm, {A: None})

        assert [*await server.holds(A)] == [LATE]
        after = await server.everything()
        assert {name: after.get(name) for name in before} == before

    async def test_the_failure_of_one_device_is_its_own(self, server: Server, mdm: Mdm) -> None:
        impossible = "no/such"

        failures = await mdm.enforce(SOON, [A, impossible, B])

        assert failures.keys() == {impossible}
        assert isinstance(failures[impossible], Rejected)
        assert (await mdm.promises([A, impossible, B])).keys() == {A, B}
        assert (await mdm.withdraw([impossible, B])).keys() == {impossible}
        assert (await mdm.subscribe({impossible: ITEMS, B: ITEMS})).keys() == {impossible}
        assert [*await server.holds(A)] == [SOON]

    async def test_a_server_that_lost_everything_is_filled_again(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON})
        server.stop()
        server.start()

        assert await mdm.promises([A]) == {}
        await cycle(mdm, {A: SOON})

        assert [*await server.holds(A)] == [SOON]
        assert await server.items(A)

    async def test_what_others_change_is_seen_within_a_day(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])
        await server.strip(A)

        for _ in range(25):
            server.now += timedelta(hours=1)
            found = await mdm.promises([A, B])

        assert found.keys() == {B}


class MdmContract(EnforcingContract, ClearContract, TalkContract):
    """All of it."""
