"""The adapter against the fake: the contract, and what others or a killed process leave behind."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.attempts import GIVE_UP
from controller.adapters.nanohub.classes import Names
from tests.contracts.cycles import SOON, A, cycle
from tests.contracts.fake import FakeServer
from tests.contracts.mdm import MdmContract
from tests.contracts.server import FLEET
from tests.lab.fake_nanohub import FakeNanoHub

NAMES = Names.of(FLEET)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    server = FakeServer(FakeNanoHub(locks_up=True))
    yield server
    await server.close()


@pytest.fixture
def fake(server: FakeServer) -> FakeNanoHub:
    return server.fake


@pytest.fixture
def mdm(server: FakeServer) -> NanoHub:
    return server.connect()


class TestContract(MdmContract):
    """What the real one passes, the fake passes."""


class TestHealing:
    """What others, or a process that was killed, did to what is ours."""

    async def test_a_set_without_its_activation_is_not_in_force(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        await cycle(mdm, {A: SOON})
        bundle = NAMES.enforcement(SOON)
        fake.store.sets.remove(bundle.set, bundle.activation)
        server.now += timedelta(hours=1)

        assert await mdm.promises([A]) == {}
        await cycle(mdm, {A: SOON})

        assert [*await server.holds(A)] == [SOON]

    async def test_a_declaration_that_others_changed_is_written_again(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        await cycle(mdm, {A: SOON})
        _write(fake, NAMES.enforcement(SOON).configuration, {"TargetOSVersion": "9"})
        server.now += timedelta(hours=1)

        assert await mdm.promises([A]) == {}
        await cycle(mdm, {A: SOON})

        assert [*await server.holds(A)] == [SOON]

    async def test_what_only_looks_like_ours_is_cleared(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        name = f"{mdm.ours}0123456789ab"
        _write(fake, name, {"TargetOSVersion": "new"})
        fake.store.sets.add(NAMES.set_of(name), name)
        fake.store.memberships.add(A, NAMES.set_of(name))

        await cycle(mdm, {A: None})

        assert name not in fake.store.declarations
        assert fake.store.memberships.of(A) == [NAMES.subscription().set]

    async def test_the_subscription_of_another_version_is_replaced(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        former = f"{NAMES.prefix}u0123456789ab"
        _write(fake, former, {"StatusItems": []})
        fake.store.sets.add(NAMES.set_of(former), former)
        fake.store.memberships.add(A, NAMES.set_of(former))

        await cycle(mdm, {A: None})

        assert fake.store.memberships.of(A) == [NAMES.subscription().set]
        assert former not in fake.store.declarations

    async def test_a_server_that_fails_on_and_on_is_left_alone(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        enrollments = [f"{A}-{i}" for i in range(500)]
        await mdm.promises(enrollments)
        fake.locked.update(f"enrollment-sets/{e} {NAMES.enforcement(SOON).set}" for e in enrollments)
        before = fake.requests["PUT"]

        assert (await mdm.enforce(SOON, enrollments)).keys() == {*enrollments}

        assert fake.requests["PUT"] - before < 4 + 2 * GIVE_UP


def _write(fake: FakeNanoHub, identifier: str, payload: dict[str, Any]) -> None:
    """Somebody else writes a configuration."""
    kind = "com.apple.configuration.softwareupdate.enforcement.specific"
    document = {"Identifier": identifier, "Type": kind, "Payload": payload}
    fake.store.put(json.dumps(document), document)
