"""What any MDM adapter must do, in our words. Subclasses bring the fixture `server`."""

from controller.domain.status_items import ITEMS
from controller.ports import Mdm, Rejected
from tests.contracts.cycles import LATE, SOON, A, B, C, cycle
from tests.contracts.mdm_clear import ClearContract
from tests.contracts.mdm_others import OthersContract
from tests.contracts.mdm_subscriptions import SubscriptionsContract
from tests.contracts.mdm_talk import TalkContract
from tests.contracts.server import Server


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

    async def test_what_is_in_force_is_remembered(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.enforce(LATE, [B])
        wire = server.wire()
        fresh = server.connect(wire)
        assert fresh.in_force([A]) == {}
        promises = await fresh.promises([A, B])
        asked = wire.asked

        found = fresh.in_force([A, C])

        assert found == {A: promises[A]}
        assert wire.asked == asked

    async def test_who_enrolled_anew_has_nothing_of_ours(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])
        await server.enroll(A)

        assert await mdm.renew([A]) == {}

        assert mdm.in_force([A, B]).keys() == {B}
        assert await server.holds(A) == {}

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

    async def test_the_failure_of_one_device_is_its_own(self, server: Server, mdm: Mdm) -> None:
        impossible = "no/such"

        failures = await mdm.enforce(SOON, [A, impossible, B])

        assert failures.keys() == {impossible}
        assert isinstance(failures[impossible], Rejected)
        assert (await mdm.promises([A, impossible, B])).keys() == {A, B}
        assert (await mdm.withdraw([impossible, B])).keys() == {impossible}
        assert (await mdm.subscribe({impossible: ITEMS, B: None})).keys() == {impossible}
        assert [*await server.holds(A)] == [SOON]

    async def test_a_server_that_lost_everything_is_filled_again(self, server: Server, mdm: Mdm) -> None:
        await cycle(mdm, {A: SOON})
        server.stop()
        server.start()

        assert await mdm.promises([A]) == {}
        await cycle(mdm, {A: SOON})

        assert [*await server.holds(A)] == [SOON]
        assert await server.items(A)


class MdmContract(EnforcingContract, SubscriptionsContract, OthersContract, ClearContract, TalkContract):
    """All of it."""
