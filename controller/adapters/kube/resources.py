"""Fleets and UpdatePolicies as the API server sends them, made into `Resource`s."""

from datetime import UTC, datetime

from controller.adapters.kube.wire import Thing
from controller.objects import Resource

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_resource(kind: str, thing: Thing) -> Resource:
    """What of it the flows read."""
    meta = thing.metadata
    return Resource(
        kind,
        meta.namespace,
        meta.name,
        meta.uid,
        meta.generation,
        meta.creation_timestamp or _EPOCH,
        meta.labels,
        meta.annotations,
        thing.spec,
        thing.status,
    )
