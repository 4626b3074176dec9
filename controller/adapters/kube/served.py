"""Does the API server serve our kinds, with a schema no older than ours?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from controller.adapters.kube.client import Client, NotFound

_PATH = "/openapi/v3/apis/pomona.dev/v1alpha1"


async def outdated(client: Client, crds: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    """One sentence for each of these kinds that is not served, or not with all that we know of it."""
    try:
        document = msgspec.json.decode(await client.get(_PATH))
    except NotFound:
        document = {}
    served = document.get("components", {}).get("schemas", {})
    return [text for crd in crds if (text := _judge(crd, served))]


def _judge(crd: Mapping[str, Any], served: Mapping[str, Any]) -> str:
    kind = crd["spec"]["names"]["kind"]
    ours = set(_paths(_stored(crd)))
    theirs = next((schema for name, schema in served.items() if name.endswith(f".{kind}")), None)
    if theirs is None:
        return f"{kind} is not served: apply the CRDs of this version"
    absent = sorted(ours - set(_paths(theirs)))
    return f"{kind} is served without {absent[0]}: apply the CRDs of this version" if absent else ""


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
