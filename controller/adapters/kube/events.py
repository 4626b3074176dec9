"""Kubernetes' own Events: `kubectl describe` and `kubectl events` show them with their object."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from controller.adapters.kube.client import Client, Conflict, NotFound
from controller.adapters.kube.paths import API_VERSION, MANAGER, core, core_collection
from controller.adapters.kube.wire import Counted
from controller.domain.news import Item
from controller.domain.news_reasons import Severity
from controller.objects import Reference

#: What an Event's message may have, in bytes.
MOST = 1024

_TYPES = {Severity.INFO: "Normal", Severity.WARNING: "Warning"}
_QUERY = {"fieldManager": MANAGER}


class Events:
    """The `Recorder` of one API server. *instance* is the name of this process, such as its pod's.

    An Event has a name that its content gives, so that what happens again is counted; nothing is read for
    that, since the answer to a patch says how often it was.
    """

    def __init__(self, client: Client, instance: str) -> None:
        self._client = client
        self._instance = instance

    async def record(self, about: Reference, item: Item, now: datetime) -> None:
        """Note the item with the object. The same item of the same object again is counted, not added."""
        event = event_of(about, item, now, self._instance)
        namespace, name = about.namespace, event["metadata"]["name"]
        try:
            await self._client.post(core_collection("events", namespace), event, _QUERY)
        except Conflict:
            await self._again(core("events", namespace, name), {"lastTimestamp": event["lastTimestamp"]})

    async def _again(self, path: str, seen: dict[str, Any]) -> None:
        try:
            answer = await self._client.merge(path, seen, _QUERY)
            count = msgspec.json.decode(answer, type=Counted).count
            await self._client.merge(path, {"count": count + 1}, _QUERY)
        except NotFound:
            # It ran out in this moment, an hour after it was seen last.
            return


def event_of(about: Reference, item: Item, now: datetime, instance: str) -> dict[str, Any]:
    """The Event, seen for the first time."""
    stamp = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    said = "\n".join((about.uid, item.reason, item.message))
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{about.name[:_ROOM].rstrip('-.')}.{digest}", "namespace": about.namespace},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": about.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
        },
        "type": _TYPES[item.severity],
        "reason": item.reason,
        "message": _cut(item.message),
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "reportingInstance": instance,
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "count": 1,
    }


#: A name has 253 characters; the digest and its dot take seventeen.
_ROOM = 236


def _cut(message: str) -> str:
    """As much of it as there is room for."""
    if len(message.encode()) <= MOST:
        return message
    return message.encode()[: MOST - len("…".encode())].decode(errors="ignore") + "…"
