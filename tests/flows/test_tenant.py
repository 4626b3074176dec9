"""A tenant's turn: what it shows of its Fleet, and what it leaves to others."""

from datetime import UTC, datetime, timedelta

import pytest

from controller.adapters.manifests import ManifestReader
from controller.apply import LeaseLost
from controller.learn import Knowledge
from controller.metrics import Metrics
from controller.ports import Repository, Resource
from controller.tenant import Surroundings, Tenant
from tests.domain.builders import a_catalog
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)


class OneMdm:
    """Connects every fleet to one MDM, and to no repository."""

    def __init__(self, mdm: FakeMdm) -> None:
        self._mdm = mdm

    async def mdm(self, fleet: Resource) -> FakeMdm:
        return self._mdm

    async def repository(self, fleet: Resource) -> Repository:
        raise NotImplementedError

    async def forget(self, fleet: str) -> None: ...


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.put("acme", "Fleet", "acme", {"mdm": {"nanohub": {"url": "x", "secretRef": {"name": "x"}}}})
    cluster.put("acme", "Device", "a", {"enrollment": "E-a"})
    return cluster


def a_tenant(cluster: FakeCluster, mdm: FakeMdm, *, may_write: bool = True) -> Tenant:
    around = Surroundings(
        cluster,
        OneMdm(mdm),
        ManifestReader(),
        lambda: Knowledge(a_catalog(), NOW),
        lambda: may_write,
        lambda: NOW,
        timedelta(minutes=10),
        Metrics(),
    )
    return Tenant("acme", "acme", around)


def ready(cluster: FakeCluster) -> str:
    conditions = cluster.find("acme", "Fleet", "acme")["status"]["conditions"]
    return next(str(condition["reason"]) for condition in conditions if condition["type"] == "Ready")


async def test_who_lost_the_lease_writes_no_status_either(cluster: FakeCluster) -> None:
    with pytest.raises(LeaseLost):
        await a_tenant(cluster, FakeMdm(), may_write=False).turn()
    assert cluster.find("acme", "Fleet", "acme")["status"] == {}


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
