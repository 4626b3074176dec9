"""Arrivals: enrollments become Devices, and what they say is shown, without looking at everything."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.domain.enrollments import Event, Topic
from controller.domain.reports import Report
from controller.objects import Heard
from controller.ports import Unavailable
from controller.receptions import Door, Hook, MdmReception, Receptions
from controller.tenant import Tenant
from tests.domain.builders import MODEL
from tests.flows.tenants import NOW, OneMdm, a_tenant
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm

SERIAL = "C02XK1ABCD"
MACS = {"platform": "macOS", "selector": {"matchLabels": {"ring": "new"}}, "target": {"latest": {}}}


def parse(body: bytes, at: datetime) -> Heard:
    raise NotImplementedError


class Site:
    """A namespace with a Fleet whose MDM sends events, and its tenant."""

    def __init__(self, **fleet: Any) -> None:
        self.cluster, self.mdm, self.now = FakeCluster(), FakeMdm(), NOW
        spec = {"mdm": {"nanohub": {"url": "x", "secretRef": {"name": "x"}}}}
        self.cluster.put("acme", "Fleet", "acme", spec | fleet)
        self.cluster.put("acme", "UpdatePolicy", "macs", MACS)
        self.receptions = Receptions()
        self.backends = OneMdm(self.mdm)
        self.backends.webhook = Hook("secret", "", parse)
        self.tenant = self.a_tenant()

    def a_tenant(self) -> Tenant:
        return a_tenant(
            self.cluster,
            self.mdm,
            backends=self.backends,
            receptions=self.receptions,
            clock=lambda: self.now,
        )

    def hear(self, topic: Topic = Topic.AUTHENTICATE, enrollment: str = "E-1", **fields: Any) -> None:
        """An event comes in, as the listener lets it in."""
        self.now += timedelta(seconds=1)
        reception = self.receptions.find(Door.MDM, "acme/acme", "secret")
        assert isinstance(reception, MdmReception)
        reception.inbox.put(Event(topic, enrollment, self.now, **fields))

    def reports(self, version: str, enrollment: str = "E-1") -> None:
        """The device reports, and an event says so."""
        self.now += timedelta(seconds=1)
        stored = self.mdm.stored.setdefault(enrollment, [])
        items = {
            "device": {"operating-system": {"family": "macOS", "version": version, "build-version": "24G84"}},
            "softwareupdate": {"device-id": MODEL},
        }
        stored.append(Report(f"{enrollment}-{len(stored)}", self.now, True, items))
        self.hear(Topic.STATUS, enrollment)

    def status(self, name: str = "c02xk1abcd") -> dict[str, Any]:
        return dict(self.cluster.find("acme", "Device", name)["status"])

    def labels(self, name: str = "c02xk1abcd") -> dict[str, str]:
        return dict(self.cluster.find("acme", "Device", name)["metadata"]["labels"])

    def condition(self, kind: str) -> tuple[str, str] | None:
        listed = self.cluster.find("acme", "Fleet", "acme")["status"]["conditions"]
        return next(((c["status"], c["reason"]) for c in listed if c["type"] == kind), None)


async def enrolled(**fleet: Any) -> Site:
    """A site where one Mac has just enrolled."""
    site = Site(**fleet)
    await site.tenant.turn()
    site.hear(serial=SERIAL, product="Mac14,2", version="15.6")
    site.tenant.ring()
    await site.tenant.turn()
    return site


async def test_an_enrollment_becomes_a_device_that_is_asked_to_report() -> None:
    site = await enrolled(register={"labels": {"ring": "new"}})
    assert site.labels() == {
        "pomona.dev/registered": "true",
        "pomona.dev/platform": "macOS",
        "pomona.dev/os-major": "15",
        "ring": "new",
    }
    assert (site.status()["reason"], site.mdm.told) == ("NoReport", ["E-1"])
    assert site.status()["reported"]["bootstrapToken"] == "Missing"


async def test_its_report_is_acted_on_and_its_labels_follow() -> None:
    site = await enrolled(register={"labels": {"ring": "new"}})
    site.reports("15.6")
    await site.tenant.turn()
    assert (site.status()["reason"], site.status()["progress"]) == ("Enforced", "Declared")
    assert site.labels()["pomona.dev/model"] == MODEL
    policy = site.cluster.find("acme", "UpdatePolicy", "macs")["status"]
    fleet = site.cluster.find("acme", "Fleet", "acme")["status"]
    assert policy["devices"]["enforced"] == fleet["devices"]["enforced"] == 1


async def test_a_report_costs_a_few_writes_and_nothing_is_listed() -> None:
    site = await enrolled(register={"labels": {"ring": "new"}})
    site.reports("15.6")
    await site.tenant.turn()
    site.reports("15.6.1")
    lists, statuses = site.cluster.lists, site.cluster.statuses
    await site.tenant.turn()
    assert (site.cluster.lists - lists, site.cluster.statuses - statuses) == (0, 3)
    assert site.mdm.writes[-1] == "withdraw E-1"


async def test_who_checks_out_is_removed_and_let_go() -> None:
    site = await enrolled(register={"labels": {"ring": "new"}})
    site.reports("15.6")
    await site.tenant.turn()
    site.hear(Topic.CHECK_OUT)
    for _ in range(2):
        site.tenant.ring()
        await site.tenant.turn()
    assert (site.cluster.names("acme", "Device"), site.mdm.declared) == ([], {})


async def test_what_a_person_made_stays_and_says_that_it_left() -> None:
    site = Site()
    site.cluster.put("acme", "Device", "mine", {"enrollment": "E-1"})
    await site.tenant.turn()
    site.hear(Topic.CHECK_OUT)
    await site.tenant.turn()
    assert site.status("mine")["reason"] == "Unenrolled"
    after = site.a_tenant()
    await after.turn()
    assert site.status("mine")["reason"] == "Unenrolled"


async def test_a_serial_under_another_id_replaces_what_registration_made() -> None:
    site = await enrolled()
    site.hear(enrollment="E-2", serial=SERIAL)
    site.tenant.ring()
    await site.tenant.turn()
    assert site.cluster.find("acme", "Device", "c02xk1abcd")["spec"]["enrollment"] == "E-2"


async def test_a_serial_that_no_event_says_is_read_from_a_report() -> None:
    site = Site()
    await site.tenant.turn()
    items = {"device": {"identifier": {"serial-number": SERIAL}}}
    site.mdm.stored["E-1"] = [Report("1", NOW, True, items)]
    site.hear(Topic.OTHER)
    await site.tenant.turn()
    assert site.cluster.names("acme", "Device") == ["c02xk1abcd"]


@pytest.mark.parametrize("side", ["the MDM", "the API server"])
async def test_what_cannot_be_registered_now_is_the_next_time(side: str) -> None:
    site = Site()
    await site.tenant.turn()
    site.hear(Topic.OTHER)
    down: Callable[[bool], None] = lambda is_down: setattr(  # noqa: E731
        site.mdm if side == "the MDM" else site.cluster, "down", is_down
    )
    down(True)
    try:
        await site.tenant.turn()
    except Unavailable:
        assert side == "the API server"
    down(False)
    site.tenant.ring()
    await site.tenant.turn()
    assert site.cluster.names("acme", "Device") == ["e-1"]


async def test_no_registration_where_the_fleet_does_not_want_it() -> None:
    site = await enrolled(register={"enabled": False})
    assert site.cluster.names("acme", "Device") == []


class TestWebhookHeard:
    async def test_it_says_whether_an_event_ever_came(self) -> None:
        site = Site()
        await site.tenant.turn()
        never = site.condition("WebhookHeard")
        site.hear(Topic.OTHER)
        site.tenant.ring()
        await site.tenant.turn()
        assert (never, site.condition("WebhookHeard")) == (("False", "Never"), ("True", "Heard"))

    async def test_a_restart_does_not_forget_it(self) -> None:
        site = await enrolled()
        await site.a_tenant().turn()
        assert site.condition("WebhookHeard") == ("True", "Heard")

    async def test_without_a_token_there_is_none(self) -> None:
        site = Site()
        site.backends.webhook = None
        await site.tenant.turn()
        assert site.condition("WebhookHeard") is None
        assert site.receptions.find(Door.MDM, "acme/acme", "secret") is None
