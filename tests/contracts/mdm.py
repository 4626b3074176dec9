"""What any MDM adapter must do, in our words. Subclasses bring the fixture `server`."""

from datetime import timedelta

from controller.ports import Mdm, Rejected
from tests.contracts.cycles import LATE, SOON, A, B, C, cycle
from tests.contracts.mdm_clear import ClearContract
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

    async def test_subscribed_devices_are_asked_for_what_we_read(self, server: Server, mdm: Mdm) -> None:
        assert await mdm.subscribe([A]) == {}

        assert await server.items(A) >= {"softwareupdate.install-state", "management.declarations"}
        assert await server.items(B) == set()

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
        assert (await mdm.subscribe([impossible, B])).keys() == {impossible}
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
