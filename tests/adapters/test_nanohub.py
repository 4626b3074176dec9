"""The adapter against the fake: the contract, and what others or a killed process leave behind."""

import json
from datetime import timedelta
from typing import Any

import pytest

from controller.adapters.nanohub import NanoHub
from controller.adapters.nanohub.classes import Names, to_payload
from controller.domain.status_items import ITEMS
from tests.contracts.cycles import LATE, SOON, A, cycle
from tests.contracts.fake import FakeServer
from tests.contracts.mdm import MdmContract
from tests.contracts.server import FLEET
from tests.lab.fake_nanohub import FakeNanoHub

NAMES = Names.of(FLEET)


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

    @pytest.mark.parametrize("payload", [{"TargetOSVersion": "9"}, to_payload(LATE)], ids=["odd", "well"])
    async def test_a_declaration_that_others_changed_is_written_again(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub, payload: dict[str, str]
    ) -> None:
        await cycle(mdm, {A: SOON})
        _write(fake, NAMES.enforcement(SOON).configuration, payload)
        server.now += timedelta(hours=1)

        assert await mdm.promises([A]) == {}
        await cycle(mdm, {A: SOON})

        assert [*await server.holds(A)] == [SOON]

    async def test_what_only_looks_like_ours_is_cleared(self, mdm: NanoHub, fake: FakeNanoHub) -> None:
        name = f"{mdm.ours.enforcement}0123456789ab"
        _write(fake, name, {"TargetOSVersion": "new"})
        fake.store.sets.add(NAMES.set_of(name), name)
        fake.store.memberships.add(A, NAMES.set_of(name))

        await cycle(mdm, {A: None})

        assert name not in fake.store.declarations
        assert fake.store.memberships.of(A) == [NAMES.subscription(ITEMS).set]

    async def test_the_subscription_of_another_version_is_replaced(
        self, mdm: NanoHub, server: FakeServer, fake: FakeNanoHub
    ) -> None:
        former = f"{NAMES.prefix}u0123456789ab"
        _write(fake, former, {"StatusItems": []})
        fake.store.sets.add(NAMES.set_of(former), former)
        fake.store.memberships.add(A, NAMES.set_of(former))

        await cycle(mdm, {A: None})

        assert fake.store.memberships.of(A) == [NAMES.subscription(ITEMS).set]
        assert former not in fake.store.declarations


def _write(fake: FakeNanoHub, identifier: str, payload: dict[str, Any]) -> None:
    """Somebody else writes a configuration."""
    kind = "com.apple.configuration.softwareupdate.enforcement.specific"
    document = {"Identifier": identifier, "Type": kind, "Payload": payload}
    fake.store.put(json.dumps(document), document)
