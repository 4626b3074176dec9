"""What is learned for whom: the feeds of exploited vulnerabilities are asked only while a fleet uses them."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.cadence import Cadence
from controller.domain.exploited import Advisories
from controller.domain.readings import Reading
from controller.domain.reports import Report
from controller.learn import Learner
from controller.learning import Learning
from controller.metrics import Metrics
from controller.ports import Unavailable
from controller.subjects import CATALOG, EXPLOITED
from controller.tenant import Tenant
from tests.flows.learning import Answers
from tests.flows.tenants import a_tenant
from tests.flows.test_learn import WHOLE as CATALOGED
from tests.flows.test_learn_exploited import WHOLE as ADVISED
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm
from tests.lab.paper import Paper
from tests.lab.waiting import eventually

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
IT = "it"


class Stage:
    """Learning without a network; *changes* counts how often the fleets would be rung."""

    def __init__(self, *advised: Advisories | Unavailable, notes: Paper | None = None) -> None:
        self.notes = notes or Paper()
        self.lookup, self.feeds = Answers[Reading](CATALOGED), Answers(*advised or (ADVISED,))
        self.now = NOW
        self.changes = 0
        cadence, chance = Cadence(("https://mirror.acme.example",), timedelta(hours=1)), random.Random(1)
        self.learning = Learning(
            Learner(CATALOG, self.lookup, self.notes, cadence, chance),
            Learner(EXPLOITED, self.feeds, self.notes, cadence, chance),
            Metrics(),
            lambda: self.now,
            self._changed,
        )

    def _changed(self) -> None:
        self.changes += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(flow) for flow in self.learning.flows()]
        await eventually(lambda: self.learning.catalog.believed is not None)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_nobody_is_asked_while_no_fleet_needs_it() -> None:
    stage = Stage()
    stage.learning.need_exploited("it/acme", False)
    async with stage.running():
        assert (stage.lookup.asked, stage.feeds.asked) == (1, 0)


async def test_the_first_fleet_that_needs_it_wakes_the_flow_and_what_is_learned_rings() -> None:
    stage = Stage()
    async with stage.running():
        stage.changes = 0
        stage.learning.need_exploited("it/acme", True)
        await eventually(lambda: stage.learning.exploited.fresh.status)
        assert (stage.feeds.asked, stage.changes) == (1, 1)


async def test_who_needs_it_again_does_not_make_it_be_asked_again() -> None:
    stage = Stage()
    learning = stage.learning
    for needed in (True, False, True, True):
        learning.need_exploited("it/acme", needed)
        await learning.learn_exploited()
    assert stage.feeds.asked == 1


async def test_it_is_asked_as_long_as_one_fleet_needs_it() -> None:
    stage = Stage()
    learning = stage.learning
    for fleet in ("it/acme", "hr/acme"):
        learning.need_exploited(fleet, True)
    for fleet in ("it/acme", "hr/acme"):
        await learning.learn_exploited()
        learning.need_exploited(fleet, False)
        stage.now += timedelta(hours=2)
    await learning.learn_exploited()
    assert stage.feeds.asked == 2


async def test_feeds_that_do_not_answer_ring_once_and_leave_the_catalog_alone() -> None:
    stage = Stage(Unavailable("https://feeds.acme.example/a.json does not answer"))
    learning = stage.learning
    learning.need_exploited("it/acme", True)
    await learning.learn_catalog()
    stage.changes = 0
    for _ in range(3):
        await learning.learn_exploited()
        stage.now += timedelta(hours=2)
    assert (stage.feeds.asked, stage.changes) == (3, 1)
    assert learning.catalog.fresh.status


async def test_what_an_earlier_process_knew_is_known_before_the_catalog_is() -> None:
    before = Stage()
    before.learning.need_exploited("it/acme", True)
    await before.learning.learn_exploited()
    after = Stage(Unavailable("down"), notes=before.notes)
    await after.learning.learn_catalog()
    assert after.learning.exploited == before.learning.exploited
    assert after.feeds.asked == 0


def the_tenant(stage: Stage, cluster: FakeCluster, mdm: FakeMdm | None = None) -> Tenant:
    learning = stage.learning
    return a_tenant(
        cluster,
        mdm or FakeMdm(),
        namespace=IT,
        catalog=lambda: learning.catalog,
        exploited=lambda: learning.exploited,
        need_exploited=learning.need_exploited,
        clock=lambda: stage.now,
    )


def conditions(cluster: FakeCluster) -> dict[str, tuple[str, str]]:
    listed = cluster.find(IT, "Fleet", "acme")["status"]["conditions"]
    return {condition["type"]: (condition["status"], condition["reason"]) for condition in listed}


FLEET = {"mdm": {"nanohub": {"url": "https://mdm.acme.example", "secretRef": {"name": "nanohub"}}}}
MACS: dict[str, Any] = {"platform": "macOS", "selector": {}, "target": {"latest": {}}}
THAWED: dict[str, Any] = {"freeze": [{"from": "2026-12-19", "until": "2027-01-06", "exceptExploited": True}]}


@pytest.mark.parametrize(
    ("fleet", "policy", "shown"),
    [
        pytest.param({}, {}, False, id="nobody"),
        pytest.param(THAWED, {}, True, id="the fleet"),
        pytest.param({}, THAWED, True, id="a policy"),
    ],
)
async def test_it_is_asked_and_shown_only_where_a_spec_uses_it(
    fleet: dict[str, Any], policy: dict[str, Any], shown: bool
) -> None:
    stage, cluster = Stage(), FakeCluster()
    cluster.put(IT, "Fleet", "acme", FLEET | fleet)
    cluster.put(IT, "UpdatePolicy", "macs", MACS | policy)
    tenant = the_tenant(stage, cluster)
    async with stage.running():
        await tenant.turn()
        await stage.learning.learn_exploited()
        tenant.ring()
        await tenant.turn()
    assert conditions(cluster).get("ExploitedFresh") == (("True", "Believed") if shown else None)
    assert stage.feeds.asked == int(shown)


async def test_feeds_that_do_not_answer_stop_no_cycle() -> None:
    stage, cluster = Stage(Unavailable("down")), FakeCluster()
    cluster.put(IT, "Fleet", "acme", FLEET | THAWED)
    tenant = the_tenant(stage, cluster)
    async with stage.running():
        await tenant.turn()
        await stage.learning.learn_exploited()
        tenant.ring()
        await tenant.turn()
    shown = conditions(cluster)
    assert (shown["Ready"], shown["ExploitedFresh"]) == (("True", "Reconciled"), ("False", "Unreachable"))


async def test_a_fix_that_becomes_known_as_one_is_due_sooner() -> None:
    stage, cluster, mdm = Stage(), FakeCluster(), FakeMdm()
    cluster.put(IT, "Fleet", "acme", FLEET)
    cluster.put(IT, "Device", "mac", {"enrollment": "E-mac"})
    cluster.put(IT, "UpdatePolicy", "macs", MACS | {"deadline": {"days": 14, "exploitedDays": 10}})
    items = {
        "device": {"operating-system": {"family": "macOS", "version": "15.6", "build-version": "24G84"}},
        "softwareupdate": {"device-id": "J314sAP"},
    }
    mdm.stored["E-mac"] = [Report("1", NOW, True, items)]
    tenant, deadlines = the_tenant(stage, cluster, mdm), []
    async with stage.running():
        for _ in range(2):
            tenant.ring()
            await tenant.turn()
            deadlines.append(cluster.find(IT, "Device", "mac")["status"]["deadline"])
            await stage.learning.learn_exploited()
    assert deadlines == ["2025-09-03T18:00:00", "2025-08-30T18:00:00"]
