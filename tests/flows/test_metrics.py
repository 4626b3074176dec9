"""What is measured of a fleet, and who says it."""

from typing import Any

import pytest

from controller.domain.reports import Report
from controller.metrics import Metrics
from controller.ports import Unavailable
from controller.receptions import Hook
from controller.tenant import Tenant
from tests.domain.builders import MODEL
from tests.flows.publishing import Remote
from tests.flows.tenants import NOW, OneMdm, a_tenant
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm
from tests.measured import Samples, samples

ACME = ("fleet", "acme/acme")

MACS = {"platform": "macOS", "selector": {"matchLabels": {"ring": "all"}}, "target": {"latest": {}}}
CANARY = {"platform": "macOS", "selector": {"matchLabels": {"ring": "canary"}}, "target": {"latest": {}}}


class Site:
    """A Fleet with two Macs that are behind, one of them a canary, and its tenant."""

    def __init__(self, *, down: bool = False, **fleet: Any) -> None:
        self.cluster, self.mdm = FakeCluster(), FakeMdm(down=down)
        self.cluster.put("acme", "Fleet", "acme", {"mdm": {"nanohub": {}}} | fleet)
        self.cluster.put("acme", "UpdatePolicy", "canary", CANARY)
        self.cluster.put("acme", "UpdatePolicy", "macs", MACS)
        items = {
            "device": {"operating-system": {"family": "macOS", "version": "15.6", "build-version": "24G84"}},
            "softwareupdate": {"device-id": MODEL},
        }
        for name, ring in (("a", "all"), ("c", "canary")):
            self.cluster.put("acme", "Device", name, {"enrollment": f"E-{name}"}, labels={"ring": ring})
            self.mdm.stored[f"E-{name}"] = [Report("1", NOW, True, items)]
        self.backends = OneMdm(self.mdm)
        self.tenant: Tenant = a_tenant(self.cluster, self.mdm, backends=self.backends)

    @property
    def metrics(self) -> Metrics:
        return self.tenant.around.metrics

    async def turn(self) -> Samples:
        self.tenant.ring()
        await self.tenant.turn()
        return self.shown()

    def shown(self) -> Samples:
        return samples(self.metrics)

    def gate(self, **gate: Any) -> None:
        """The policy of all Macs waits like this, or not at all."""
        self.cluster.put("acme", "UpdatePolicy", "macs", {**MACS, **({"gate": gate} if gate else {})})


def policy(name: str) -> frozenset[tuple[str, str]]:
    return frozenset({ACME, ("policy", name)})


async def test_a_gate_is_shown_while_its_policy_has_one() -> None:
    site = Site()
    assert "pomona_gate_open" not in await site.turn()
    site.gate(after="canary")
    assert (await site.turn())["pomona_gate_open"] == {policy("macs"): 0}
    site.gate(after="canary", proven=["15.6.1"])
    assert (await site.turn())["pomona_gate_open"] == {policy("macs"): 1}
    site.gate()
    assert "pomona_gate_open" not in await site.turn()


async def test_an_mdm_that_never_answered_is_shown() -> None:
    site = Site(down=True)
    name = "pomona_mdm_last_success_timestamp_seconds"
    assert (await site.turn())[name] == {frozenset({ACME}): 0}
    site.mdm.down = False
    assert (await site.turn())[name] == {frozenset({ACME}): NOW.timestamp()}


async def test_so_is_the_mdm_of_a_fleet_that_stands_still() -> None:
    site = Site(parole=True)
    assert (await site.turn())["pomona_mdm_last_success_timestamp_seconds"] == {frozenset({ACME}): 0}


async def test_a_repository_is_shown_while_there_is_one() -> None:
    name = "pomona_git_last_success_timestamp_seconds"
    git = {"url": "https://git.acme.example/it.git", "ref": {"branch": "main"}, "path": ".", "prune": True}
    site = Site(git={**git, "interval": "1s"})
    site.backends.remote = Remote(error=Unavailable("it does not answer"))
    assert (await site.turn())[name] == {frozenset({ACME}): 0}
    del site.cluster.find("acme", "Fleet", "acme")["spec"]["git"]
    assert name not in await site.turn()


async def test_silence_of_a_webhook_is_shown_while_there_is_one() -> None:
    site = Site()
    site.backends.webhook = Hook("secret", "", NotImplemented)
    dropped = frozenset({ACME, ("topic", "dropped")})
    assert (await site.turn())["pomona_webhook_events_total"] == {dropped: 0}
    site.backends.webhook = None
    assert "pomona_webhook_events_total" not in await site.turn()


async def test_who_loses_the_lease_says_nothing_of_fleets_any_more() -> None:
    site = Site()
    site.metrics.leads(True)
    site.metrics.answered("catalog", NOW)
    site.metrics.answered("git", NOW, "acme/acme")
    site.gate(after="canary")
    led = await site.turn()

    site.metrics.leads(False)

    lost = set(led) - set(site.shown())
    assert lost == {
        "pomona_devices",
        "pomona_devices_overdue",
        "pomona_gate_open",
        "pomona_brake_held_devices",
        "pomona_mdm_last_success_timestamp_seconds",
    }
    assert site.shown()["pomona_catalog_last_success_timestamp_seconds"] == {frozenset(): 0}
    assert site.shown()["pomona_leader"] == {frozenset(): 0}


async def test_of_a_fleet_that_is_gone_nothing_stays() -> None:
    site = Site()
    await site.turn()
    site.metrics.request("acme/acme", 200, 0.1)
    site.metrics.changes("acme/acme", {"enforce": 1})
    site.metrics.webhook("acme/acme", "mdm.Connect")
    site.metrics.forget("acme/acme")
    left = {name for name, found in site.shown().items() for labels in found if ACME in labels}
    assert left == set()


@pytest.mark.parametrize("seconds", [90, 200])
def test_a_cycle_of_minutes_is_told_from_a_longer_one(seconds: int) -> None:
    metrics = Metrics()
    metrics.cycle("acme/acme", seconds)
    below = {
        dict(labels)["le"]
        for labels, count in samples(metrics)["pomona_cycle_duration_seconds_bucket"].items()
        if not count
    }
    assert "60.0" in below
    assert "300.0" not in below
