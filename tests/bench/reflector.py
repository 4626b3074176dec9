"""How fast Devices come from a list into a cache: the reflector, and kopf."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import kopf

from controller.adapters.kube.access import Access
from controller.adapters.kube.client import Client
from controller.adapters.kube.cluster import Kube
from controller.doorbell import GROUP, VERSION
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import DEVICES, Ground
from tests.bench.rounds import in_turns

ROUNDS = 3


async def _reflector(access: Access, namespace: str) -> float:
    """Devices per second, from the first request until all are in the cache."""
    client = Client(access)
    kube = Kube(client, [namespace], lambda _: None)
    started = time.perf_counter()
    listening = asyncio.create_task(kube.run())
    try:
        await kube.wait_synced()
        seconds = time.perf_counter() - started
        return len(kube.devices(namespace)) / seconds
    finally:
        listening.cancel()
        await asyncio.wait({listening})
        await client.close()


class Watch:
    """kopf with a handler that puts each Device into a dictionary, in a loop of its own, as the doorbell."""

    def __init__(self, access: Access, namespace: str) -> None:
        self._access = access
        self._namespace = namespace
        self._cache: dict[str, Any] = {}
        self._done = threading.Event()
        self._started = self._ended = 0.0

    async def rate(self) -> float:
        """Devices per second, from when kopf is let in until all are in the cache."""
        await asyncio.to_thread(self._watch)
        return len(self._cache) / (self._ended - self._started)

    def _watch(self) -> None:
        registry = kopf.OperatorRegistry()
        settings = kopf.OperatorSettings()
        settings.scanning.disabled = True
        settings.posting.enabled = False
        settings.watching.chunk_size = 500

        @kopf.on.login(registry=registry)
        def login(**_: Any) -> kopf.ConnectionInfo:
            self._started = time.perf_counter()
            token = self._access.authorization().removeprefix("Bearer ")
            return kopf.ConnectionInfo(server=self._access.url, ca_path=self._access.ca_file, token=token)

        @kopf.on.event(GROUP, VERSION, "devices", registry=registry)
        def keep(event: kopf.RawEvent, **_: Any) -> None:
            self._cache[event["object"]["metadata"]["name"]] = event["object"]
            if len(self._cache) == DEVICES and not self._done.is_set():
                self._ended = time.perf_counter()
                self._done.set()

        asyncio.run(
            kopf.operator(
                registry=registry,
                settings=settings,
                standalone=True,
                namespaces=[self._namespace],
                stop_flag=self._done,
            )
        )


def run(ground: Ground) -> Mapping[str, float]:
    """Both list the same Devices in pages of 500."""
    logging.getLogger("kopf").setLevel(logging.ERROR)
    access, namespace = ground.access(), ground.namespace
    ours, kopfs, ratio = asyncio.run(
        in_turns(
            lambda: _reflector(access, namespace),
            lambda: Watch(access, namespace).rate(),
            ROUNDS,
        )
    )
    return {"reflector_rate": ours, "kopf_event_rate": kopfs, "reflector_ratio": ratio}


BENCHMARK = Benchmark(
    (
        Figure("reflector_rate", "Devices/s", f"{DEVICES:,} Devices from list to cache"),
        Figure("kopf_event_rate", "Devices/s", "the same by kopf's on.event"),
        Figure("reflector_ratio", "", "the first over the second, by rounds", Target(5, at_least=True)),
    ),
    run,
)
