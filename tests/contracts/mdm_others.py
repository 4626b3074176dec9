"""The part of the contract about others who use the server, too."""

from datetime import timedelta

from controller.ports import Mdm
from tests.contracts.cycles import LATE, SOON, A, B, cycle
from tests.contracts.server import Server


class OthersContract:
    """What is theirs stays theirs; what they enforce is known."""

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

    async def test_what_others_enforce_is_asked_once(self, server: Server) -> None:
        identifier, token = await server.oppose(A)
        wire = server.wire()
        mdm = server.connect(wire)

        for _ in range(2):
            assert await mdm.enforces(identifier, token)

        assert wire.asked == 1
        assert await mdm.enforces(identifier, "a later token")
        assert wire.asked == 2

    async def test_other_configurations_enforce_nothing(self, server: Server, mdm: Mdm) -> None:
        await server.interfere(A)

        assert not await mdm.enforces("acme-passcode", "its token")

    async def test_what_the_server_does_not_have_enforces_nothing(self, server: Server) -> None:
        wire = server.wire()
        mdm = server.connect(wire)

        for name in ("acme-elsewhere", "no/such", "acme-elsewhere"):
            assert not await mdm.enforces(name, "its token")

        assert wire.asked == 2

    async def test_what_others_change_is_seen_within_a_day(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])
        await server.strip(A)

        for _ in range(25):
            server.now += timedelta(hours=1)
            found = await mdm.promises([A, B])

        assert found.keys() == {B}
