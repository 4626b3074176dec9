"""Does the API server serve our kinds, with a schema no older than ours?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from controller.adapters.kube.client import Client, NotFound

_PATH = "/openapi/v3/apis/pomona.dev/v1alpha1"


@dataclass(frozen=True, slots=True)
class Served:
    """One sentence for each kind that is not served at all, and for each that lacks something we know of."""

    absent: Sequence[str]
    older: Sequence[str]


async def look(client: Client, crds: Iterable[Mapping[str, Any]]) -> Served:
    """How these kinds are served now."""
    try:
        document = msgspec.json.decode(await client.get(_PATH))
    except NotFound:
        document = {}
    served = document.get("components", {}).get("schemas", {})
    absent, older = [], []
    for crd in crds:
        kind = crd["spec"]["names"]["kind"]
        theirs = next((schema for name, schema in served.items() if name.endswith(f".{kind}")), None)
        if theirs is None:
            absent.append(f"{kind} is not served: apply the CRDs of this version")
        elif lacking := sorted(set(_paths(_stored(crd))) - set(_paths(theirs))):
            older.append(f"{kind} is served without {lacking[0]}: apply the CRDs of this version")
    return Served(absent, older)


def _stored(crd: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"] if v["storage"])


def _paths(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Every property of a schema, such as spec.skip[].version; an object's metadata is Kubernetes' own."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        if path != "metadata":
            yield path
            yield from _paths(inner, path)
    if "items" in schema:
        yield from _paths(schema["items"], f"{prefix}[]")
