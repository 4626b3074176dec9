"""The operator: builds everything, and lets the flows run while this process holds the Lease."""

import asyncio
import gc
import logging
import os
import random
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from controller.adapters.exploited import ExploitedFeeds
from controller.adapters.kube.access import Access, read_access
from controller.adapters.kube.client import Client
from controller.adapters.kube.cluster import Kube
from controller.adapters.kube.events import Events
from controller.adapters.lookup import LookupService
from controller.adapters.manifests import ManifestReader
from controller.backends import Connections
from controller.cadence import Cadence
from controller.doorbell import Doorbell
from controller.election import Election
from controller.flow import take_turns
from controller.learn import Learner
from controller.learning import Learning
from controller.metrics import Metrics
from controller.ports import Notes
from controller.readiness import Readiness
from controller.receptions import Receptions
from controller.settings import Settings
from controller.subjects import CATALOG, EXPLOITED
from controller.surroundings import Surroundings
from controller.tenant import Tenant
from controller.web import advertised, serving
from controller.webhook import Webhook

log = logging.getLogger(__name__)

#: Seconds that everything may take to end, and the part of it for what is under way.
GRACE, ENDING = 10.0, 7.0


class Operator:
    """One process. Standing by, it keeps its caches warm; holding the Lease, it acts."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._clock = clock
        self._metrics = Metrics()
        self._readiness = Readiness(self._ring_all)
        self._receptions = Receptions()
        self._tenants: dict[tuple[str, str], tuple[asyncio.Task[None], Tenant]] = {}
        self._closing: set[asyncio.Future[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until *stop* is set; then end what is under way and give the Lease back."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(
                serving(
                    self._settings.metrics_listen, self._metrics.registry, lambda: self._readiness.trouble
                )
            )
            access = read_access(self._settings.kubeconfig, self._settings.context)
            client = Client(access)
            stack.push_async_callback(client.close)
            address = await advertised(self._settings.listen, os.environ.get("POD_IP", ""))
            election = Election(client, _holder(), time.monotonic, self._clock, address=address)
            webhook = Webhook(self._receptions, election, self._metrics, self._clock)
            await stack.enter_async_context(webhook.listening(self._settings.listen))
            work = asyncio.create_task(self._work(client, access, election))
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            work.cancel()
            await asyncio.wait({work}, timeout=GRACE)
            if work.done() and not work.cancelled():
                work.result()

    async def _work(self, client: Client, access: Access, election: Election) -> None:
        await self._readiness.wait_served(client)
        kube = Kube(client, self._settings.namespaces, self._ring_namespace)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(kube.run())
            self._readiness.wait_for("waiting for the first list of Devices")
            await kube.wait_synced()
            # All Devices are here to stay: looking for garbage among them would take a third of each plan.
            gc.collect()
            gc.freeze()
            self._readiness.wait_for("")
            look = take_turns("served", lambda: self._readiness.turn(client), asyncio.Event())
            tasks.create_task(look)
            while True:
                await election.acquire()
                log.info("holding the Lease")
                self._metrics.leads(True)
                try:
                    await self._lead(kube, access, election)
                finally:
                    self._metrics.leads(False)
                    await election.release()

    async def _lead(self, kube: Kube, access: Access, election: Election) -> None:
        """Run all flows until the Lease is lost, then end them."""
        settings = self._settings
        lookup = LookupService(settings.lookup_url, settings.lookup_ca_file)
        feeds = ExploitedFeeds(settings.exploited_urls)
        learning = self._learning(lookup, feeds, kube.notes(kube.client.home, None))
        connections = Connections(kube, self._metrics, allow_file_urls=settings.allow_file_urls)
        around = Surroundings(
            kube,
            connections,
            ManifestReader(),
            lambda: self._readiness.outdated,
            lambda: learning.catalog,
            lambda: learning.exploited,
            learning.need_exploited,
            election.held,
            self._clock,
            settings.report_interval,
            self._metrics,
            self._receptions,
            Events(kube.client, _instance()),
        )
        keep = asyncio.create_task(election.keep())
        bell = Doorbell(access, settings.namespaces, lambda *event: self._ring(around, *event))
        watch = take_turns("watch", bell.turn, asyncio.Event())
        flows = [asyncio.create_task(flow) for flow in (*learning.flows(), watch)]
        try:
            await keep
            log.warning("the Lease is lost; standing by")
        finally:
            await self._end(keep, *flows, *(task for task, _ in self._tenants.values()))
            self._tenants.clear()
            self._receptions.clear()
            await connections.close()
            await lookup.close()
            await feeds.close()

    def _learning(self, lookup: LookupService, feeds: ExploitedFeeds, notes: Notes) -> Learning:
        settings, chance = self._settings, random.Random()
        cadence = Cadence((settings.lookup_url,), settings.lookup_interval)
        return Learning(
            Learner(CATALOG, lookup, notes, cadence, chance),
            Learner(EXPLOITED, feeds, notes, replace(cadence, urls=settings.exploited_urls), chance),
            self._metrics,
            self._clock,
            self._ring_all,
        )

    async def _end(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=ENDING)

    def _ring(self, around: Surroundings, plural: str, namespace: str, name: str, gone: bool) -> None:
        """A Fleet or an UpdatePolicy changed."""
        key = (namespace, name)
        if plural == "fleets" and not gone and key not in self._tenants:
            tenant = Tenant(namespace, name, around)
            self._tenants[key] = (asyncio.create_task(tenant.run()), tenant)
        if plural == "fleets" and gone and key in self._tenants:
            task, _ = self._tenants.pop(key)
            task.cancel()
            task.add_done_callback(lambda _: self._forget(around, f"{namespace}/{name}"))
        self._ring_namespace(namespace)

    def _forget(self, around: Surroundings, fleet: str) -> None:
        """A Fleet is gone: what it was connected to is closed, its metrics end."""
        self._metrics.forget(fleet)
        self._receptions.forget(fleet)
        around.need_exploited(fleet, False)
        closing = asyncio.ensure_future(around.backends.forget(fleet))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _ring_namespace(self, namespace: str) -> None:
        for (of, _), (_, tenant) in self._tenants.items():
            if of == namespace:
                tenant.ring()

    def _ring_all(self) -> None:
        for _, tenant in self._tenants.values():
            tenant.ring()


def _holder() -> str:
    """A name that no other candidate has, over restarts too."""
    return f"{_instance()}-{uuid.uuid4().hex[:8]}"


def _instance() -> str:
    """The name of the pod, or else of the machine."""
    return os.environ.get("HOSTNAME") or socket.gethostname()
