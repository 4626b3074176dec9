"""A tenant's turn: what it shows of its Fleet, and what it leaves to others."""

import pytest

from controller.apply import LeaseLost
from controller.domain.catalog import Catalog
from controller.domain.status_items import BASE
from controller.knowledge import Knowledge
from controller.subjects import CATALOG
from tests.flows.tenants import a_tenant
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.put("acme", "Fleet", "acme", {"mdm": {"nanohub": {"url": "x", "secretRef": {"name": "x"}}}})
    cluster.put("acme", "Device", "a", {"enrollment": "E-a"})
    return cluster


def conditions(cluster: FakeCluster) -> list[dict[str, str]]:
    return list(cluster.find("acme", "Fleet", "acme")["status"]["conditions"])


def ready(cluster: FakeCluster) -> str:
    return next(condition["reason"] for condition in conditions(cluster) if condition["type"] == "Ready")


async def test_who_lost_the_lease_writes_no_status_either(cluster: FakeCluster) -> None:
    with pytest.raises(LeaseLost):
        await a_tenant(cluster, FakeMdm(), may_write=False).turn()
    assert cluster.find("acme", "Fleet", "acme")["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize(
    ("mdm", "reason"),
    [
        pytest.param(FakeMdm(), "Reconciled", id="all is well"),
        pytest.param(FakeMdm(down=True), "MDMUnavailable", id="the MDM is down"),
        pytest.param(FakeMdm(mute=True), "MDMUnavailable", id="it tells nobody"),
    ],
)
async def test_a_fleet_is_ready_while_its_mdm_works(cluster: FakeCluster, mdm: FakeMdm, reason: str) -> None:
    await a_tenant(cluster, mdm).turn()
    assert reason == ready(cluster)


async def test_nothing_is_written_while_the_served_crds_are_older(cluster: FakeCluster) -> None:
    mdm = FakeMdm()
    await a_tenant(cluster, mdm, outdated=["Device is served without spec.hold: apply them"]).turn()
    assert (ready(cluster), mdm.writes) == ("CRDOutdated", [])


async def test_a_fleet_is_retired_even_before_anything_is_known_of_releases(cluster: FakeCluster) -> None:
    mdm = FakeMdm(subscribed={"E-a": BASE})
    cluster.find("acme", "Fleet", "acme")["spec"]["retire"] = True
    await a_tenant(cluster, mdm, catalog=lambda: Knowledge(CATALOG.words, Catalog())).turn()
    assert (ready(cluster), mdm.subscribed) == ("Retired", {})


async def test_a_field_that_this_version_does_not_know_is_not_passed_over(cluster: FakeCluster) -> None:
    mdm = FakeMdm()
    cluster.find("acme", "Fleet", "acme")["spec"]["parole"] = True
    await a_tenant(cluster, mdm).turn()
    assert (ready(cluster), mdm.writes) == ("InvalidSpec", [])
    [stalled] = [c for c in conditions(cluster) if c["type"] == "Stalled"]
    assert stalled["message"] == "spec.parole is not a field that this version of Pomona knows"


async def test_such_a_field_of_a_policy_leaves_its_devices_what_they_have(cluster: FakeCluster) -> None:
    cluster.put(
        "acme", "UpdatePolicy", "macs", {"platform": "macOS", "selector": {}, "target": {"latest": {}}}
    )
    cluster.find("acme", "UpdatePolicy", "macs")["spec"]["deadline"]["hurry"] = True
    await a_tenant(cluster, FakeMdm()).turn()
    [ready_, _] = cluster.find("acme", "UpdatePolicy", "macs")["status"]["conditions"]
    found = "spec.deadline.hurry is not a field that this version of Pomona knows"
    assert (ready_["reason"], ready_["message"]) == ("InvalidSpec", found)
