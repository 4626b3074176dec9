"""A fleet at rest: all promises are made, held by the devices, and reported."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.adapters.kube.access import read_access
from controller.adapters.kube.client import Client
from controller.adapters.kube.cluster import Kube
from controller.adapters.kube.events import Events
from controller.adapters.manifests import ManifestReader
from controller.backends import Connections
from controller.domain.catalog import Catalog
from controller.domain.exploited import Exploited
from controller.knowledge import Knowledge, to_entries
from controller.metrics import Metrics
from controller.ports import Mdm
from controller.receptions import Receptions
from controller.subjects import CATALOG, EXPLOITED
from controller.surroundings import Surroundings
from controller.tenant import Tenant
from tests.bench.devices import Devices, full_report
from tests.bench.fleet import Inputs
from tests.lab.lab import HOME, TENANT, Lab

#: Hardly anybody's reports are due while it is at rest.
REPORT_INTERVAL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """The lab whose Fleet is at rest, and who is in it."""

    lab: Lab
    fleet: Inputs
    devices: Devices


async def settle(lab: Lab, fleet: Inputs) -> Settled:
    """Have all devices enroll; decide about them; have them report what they hold then.

    Who has not reported so far says nothing. An operator that starts later knows of releases what was known
    here.
    """
    said = {device.enrollment: facts for device, facts in fleet.roster if facts}
    settled = Settled(lab, fleet, Devices(lab.nanohub, lab.authority, _enrollments(fleet)))
    lab.make_fleet()
    async with settled.devices.speaking() as voices:
        await voices.enroll()
        await voices.report_all({e: full_report(facts) for e, facts in said.items()})
        async with a_tenant(settled) as tenant:
            await tenant.turn()
            mdm = await mdm_of(tenant)
            promises = mdm.in_force(said)
            documents = {e: full_report(f, promises.get(e), mdm.subscription(e)) for e, f in said.items()}
        await voices.report_all(documents)
    return settled


@asynccontextmanager
async def a_tenant(settled: Settled) -> AsyncIterator[Tenant]:
    """The tenant of the lab's Fleet, in this process; it knows all Devices, and nothing of the MDM yet."""
    client = Client(read_access(str(settled.lab.cluster.kubeconfig)))
    metrics = Metrics()
    kube = Kube(client, [TENANT], lambda _: None)
    connections = Connections(kube, metrics, allow_file_urls=True)
    catalog, exploited = _knowledge(settled.fleet)
    notes = kube.notes(HOME, None)
    await notes.remember(CATALOG.note, to_entries(CATALOG, catalog))
    await notes.remember(EXPLOITED.note, to_entries(EXPLOITED, exploited))
    around = Surroundings(
        kube,
        connections,
        ManifestReader(),
        lambda: (),
        lambda: catalog,
        lambda: exploited,
        lambda _fleet, _needed: None,
        lambda: True,
        lambda: datetime.now(UTC),
        REPORT_INTERVAL,
        metrics,
        Receptions(),
        Events(client, "bench"),
    )
    listening = asyncio.create_task(kube.run())
    try:
        await kube.wait_synced()
        # As the operator does.
        gc.collect()
        gc.freeze()
        yield Tenant(TENANT, TENANT, around)
    finally:
        gc.unfreeze()
        listening.cancel()
        await asyncio.wait({listening})
        await connections.close()
        await client.close()


async def mdm_of(tenant: Tenant) -> Mdm:
    """The MDM that it is connected to."""
    [fleet] = await tenant.around.cluster.fleets(TENANT)
    return await tenant.around.backends.mdm(fleet)


def _enrollments(fleet: Inputs) -> list[str]:
    return [device.enrollment for device, _ in fleet.roster]


def _knowledge(fleet: Inputs) -> tuple[Knowledge[Catalog], Knowledge[Exploited]]:
    now = datetime.now(UTC)
    return (
        Knowledge(CATALOG.words, fleet.known.catalog, now),
        Knowledge(EXPLOITED.words, fleet.known.exploited, now),
    )
