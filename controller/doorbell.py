"""Doorbell: kopf watches Fleets and UpdatePolicies, and every change of one rings."""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import kopf

from controller.adapters.kube.access import Access
from controller.ports import Unavailable

log = logging.getLogger(__name__)

#: Seconds before watching again.
PAUSE = 1.0

GROUP, VERSION = "pomona.dev", "v1alpha1"

#: Called with the kind's plural, the namespace, the name, and whether the object is gone.
Ring = Callable[[str, str, str, bool], None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of an object rings when it changes; its status is not in it."""

    generation: int
    labels: frozenset[tuple[str, str]]
    annotations: frozenset[tuple[str, str]]


class Doorbell:
    """kopf in a thread and an event loop of its own: it ends every task that it does not know."""

    def __init__(self, access: Access, namespaces: Collection[str], ring: Ring) -> None:
        self._access = access
        self._namespaces = namespaces
        self._ring = ring
        self._seen: dict[tuple[str, str, str], _Seen] = {}

    async def turn(self) -> float:
        """Watch until cancelled. A watch that could not go on ends: how many seconds the next may wait."""
        stop = threading.Event()
        thread = asyncio.create_task(asyncio.to_thread(self._watch, asyncio.get_running_loop(), stop))
        try:
            await asyncio.shield(thread)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"the API server does not answer: {error}") from error
        finally:
            stop.set()
            await asyncio.wait({thread})
        return PAUSE

    def _watch(self, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        registry = kopf.OperatorRegistry()
        settings = kopf.OperatorSettings()
        settings.scanning.disabled = True
        settings.posting.enabled = False
        settings.watching.chunk_size = 500

        @kopf.on.login(registry=registry)
        def login(**_: Any) -> kopf.ConnectionInfo:
            return self._connection()

        @kopf.on.event(GROUP, VERSION, "fleets", registry=registry)
        @kopf.on.event(GROUP, VERSION, "updatepolicies", registry=registry)
        def wake(event: kopf.RawEvent, resource: kopf.Resource, **_: Any) -> None:
            self._heard(event, resource.plural, loop)

        asyncio.run(
            kopf.operator(
                registry=registry,
                settings=settings,
                standalone=True,
                clusterwide=not self._namespaces,
                namespaces=list(self._namespaces),
                stop_flag=stop,
            )
        )

    def _heard(self, event: kopf.RawEvent, plural: str, loop: asyncio.AbstractEventLoop) -> None:
        metadata: Mapping[str, Any] = event["object"]["metadata"]
        key = (plural, metadata["namespace"], metadata["name"])
        gone = event["type"] == "DELETED"
        seen = _Seen(
            metadata.get("generation", 0),
            frozenset(metadata.get("labels", {}).items()),
            frozenset(metadata.get("annotations", {}).items()),
        )
        if gone:
            self._seen.pop(key, None)
        elif self._seen.get(key) == seen:
            return
        else:
            self._seen[key] = seen
        loop.call_soon_threadsafe(self._ring, *key, gone)

    def _connection(self) -> kopf.ConnectionInfo:
        scheme, _, token = self._access.authorization().rpartition(" ")
        return kopf.ConnectionInfo(
            server=self._access.url,
            ca_path=self._access.ca_file or None,
            insecure=self._access.insecure,
            scheme=scheme or None,
            token=token or None,
            certificate_path=self._access.certificate or None,
            private_key_path=self._access.key or None,
            proxy_url=self._access.proxy or None,
        )
