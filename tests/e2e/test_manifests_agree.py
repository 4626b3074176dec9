"""What is wrong with a manifest by our own judgement is what the API server refuses, and nothing else."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from controller import crds
from controller.adapters.kube.client import Client, Refused
from controller.adapters.kube.paths import MANAGER, single
from controller.adapters.manifests import ManifestReader
from controller.adapters.manifests.schemas import problems
from tests.e2e.mutations import mutants, pairs
from tests.e2e.samples import GOOD, Document

#: As publish asks before it applies anything.
TRIAL = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict", "dryRun": "All"}

#: So many questions are under way.
AT_ONCE = 16


def found_here(document: Document, namespace: str) -> list[str]:
    """What is wrong by our own judgement. A Fleet is no manifest, so only its spec is looked at."""
    if document["kind"] == "Fleet":
        return [f"{path}: {what}" for path, what in problems("Fleet", "sample", document.get("spec"))]
    _, found = ManifestReader().read({"a.json": json.dumps(document).encode()}, namespace)
    return list(map(str, found))


async def refused_there(client: Client, document: Document, namespace: str) -> str:
    """What the API server says against it; nothing where it would take it."""
    path = single(document["kind"], namespace, document["metadata"]["name"])
    try:
        await client.apply(path, document, TRIAL)
    except Refused as refused:
        return refused.status.message
    return ""


async def differences(client: Client, namespace: str, documents: list[tuple[str, Document]]) -> list[str]:
    """Where the two do not agree."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def judge(done: str, document: Document) -> str:
        async with turns:
            there = await refused_there(client, document, namespace)
        here = found_here(document, namespace)
        return "" if bool(here) == bool(there) else f"{done}\n  here: {here}\n  there: {there}"

    return [found for found in await asyncio.gather(*(judge(*each) for each in documents)) if found]


@pytest.mark.parametrize("document", GOOD, ids=lambda document: f"{document['kind']}")
async def test_the_good_ones_are_good(client: Client, namespace: str, document: Document) -> None:
    assert (found_here(document, namespace), await refused_there(client, document, namespace)) == ([], "")


@pytest.mark.parametrize("kind", ["Fleet", "UpdatePolicy", "Device"])
def test_the_good_ones_have_every_field(kind: str) -> None:
    """A field that comes into a CRD comes into the samples, too."""
    given = {path for document in GOOD if document["kind"] == kind for path in fields_given(document["spec"])}

    assert set(fields_known(crds.schema_of(kind)["properties"]["spec"])) - given == set()


def fields_known(schema: Document, path: str = "spec") -> Iterator[str]:
    for key, below in schema.get("properties", {}).items():
        yield f"{path}.{key}"
        yield from fields_known(below, f"{path}.{key}")
    if "items" in schema:
        yield from fields_known(schema["items"], path)


def fields_given(value: Any, path: str = "spec") -> Iterator[str]:
    if isinstance(value, list):
        yield from (below for inner in value for below in fields_given(inner, path))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}"
            yield from fields_given(inner, f"{path}.{key}")


async def test_one_thing_is_another(client: Client, namespace: str) -> None:
    documents = list(mutants())

    assert await differences(client, namespace, documents) == []
    assert len(documents) > 1000


@pytest.mark.parametrize("seed", range(3))
async def test_two_things_are_others(client: Client, namespace: str, seed: int) -> None:
    assert await differences(client, namespace, list(pairs(100, seed))) == []
