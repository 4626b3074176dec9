"""What any MDM adapter must do, in our words. Subclasses bring the fixture `server`."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from controller.domain.declarations import Declaration
from controller.domain.versions import Version
from controller.ports import Mdm, Rejected, Unavailable
from tests.contracts.mdm_talk import TalkContract
from tests.contracts.server import FLEET, Server

DAY = datetime(2026, 12, 1, 12)

SOON = Declaration(Version.parse("26.1"), DAY, details_url="https://acme.example/update")
LATE = Declaration(Version.parse("26.2"), DAY + timedelta(days=3), build="25C56")

A, B, C = (f"00008112-000A1234ABCD001{letter}" for letter in "ABC")

#: More requests than any cycle of these tests needs.
ENOUGH = 100


async def cycle(mdm: Mdm, wanted: Mapping[str, Declaration | None]) -> None:
    """What the reconcile flow does with an adapter, for devices that shall have this or nothing."""
    promises = await mdm.promises(wanted.keys())
    current = {enrollment: promise.declaration for enrollment, promise in promises.items()}
    failures = dict(await mdm.subscribe(wanted.keys()))
    for declaration in {d for d in wanted.values() if d}:
        group = [e for e, d in wanted.items() if d == declaration != current.get(e)]
        failures |= await mdm.enforce(declaration, group) if group else {}
    failures |= await mdm.withdraw([e for e in current if wanted.get(e) is None])
    assert not failures
    await mdm.clear([d for d in wanted.values() if d], wanted.keys())


def ours(mdm: Mdm, everything: Mapping[str, object]) -> set[str]:
    """The names of the fleet's own things."""
    return {name for name in everything if name.startswith(mdm.ours[:-1])}


class EnforcingContract:
    """Declarations: put in force, replaced, taken back, and nothing left behind."""

    async def test_what_is_enforced_is_in_force(self, server: Server, mdm: Mdm) -> None:
        assert await mdm.enforce(SOON, [A, B]) == {}

        promise = (await mdm.promises([A]))[A]
        assert promise.declaration == SOON
        assert promise.identifier.startswith(mdm.ours)
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


async def try_cycle(mdm: Mdm, wanted: Mapping[str, Declaration | None]) -> None:
    """A cycle that may end anywhere."""
    try:
        await cycle(mdm, wanted)
    except (Unavailable, AssertionError):
        return


class MdmContract(EnforcingContract, TalkContract):
    """All of it."""
