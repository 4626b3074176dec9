"""Who changed which field, as the API server keeps it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from controller.adapters.kube.client import Client
from controller.adapters.kube.cluster import Kube
from tests.e2e.test_kube import a_device, a_manifest
from tests.lab.cluster import Cluster


@pytest.fixture
async def kube(client: Client, namespace: str) -> Kube:
    """A Device that we have brought."""
    kube = Kube(client, [namespace], lambda _: None)
    document = a_device("mac", labels={"ring": "one", "acme.example/team": "it"}, model="J314sAP")
    await kube.apply(namespace, a_manifest(document), dry_run=False)
    return kube


Patch = Callable[..., None]


@pytest.fixture
def patch(cluster: Cluster, namespace: str, kube: Kube) -> Patch:
    """Somebody changes the Device."""

    def patch(manager: str, *flags: str, **change: Any) -> None:
        given = ["--type=merge", "-p", json.dumps(change), f"--field-manager={manager}", *flags]
        cluster.kubectl("patch", "device", "mac", "-n", namespace, *given)

    return patch


async def test_nobody_changed_what_is_ours(namespace: str, kube: Kube) -> None:
    assert await kube.changed_by("Device", namespace, "mac", ["spec.model"]) == ""


async def test_each_field_has_its_manager(namespace: str, kube: Kube, patch: Patch) -> None:
    patch("alice", spec={"model": "J316sAP"})
    patch("bob", metadata={"labels": {"acme.example/team": "hr"}})
    patch("carol", spec={"hold": {"until": "2026-10-14", "reason": "why"}})

    async def changed_by(*fields: str) -> str:
        return await kube.changed_by("Device", namespace, "mac", fields)

    assert await changed_by("spec.model") == "alice"
    assert await changed_by("metadata.labels.acme.example/team") == "bob"
    assert await changed_by("spec.hold") == await changed_by("spec.hold.until") == "carol"
    assert sorted((await changed_by("spec.model", "spec.hold")).split(", ")) == ["alice", "carol"]


async def test_of_a_field_that_was_removed_the_last_one_who_wrote_is_named(
    namespace: str, kube: Kube, patch: Patch
) -> None:
    patch("alice", metadata={"labels": {"ring": None, "other": "x"}})
    assert await kube.changed_by("Device", namespace, "mac", ["metadata.labels.ring"]) == "alice"


async def test_who_writes_a_status_is_not_meant(namespace: str, kube: Kube, patch: Patch) -> None:
    patch("eve", "--subresource=status", status={"reason": "NoReport", "message": "x"})
    assert await kube.changed_by("Device", namespace, "mac", ["metadata.labels.ring"]) == ""


async def test_what_is_gone_was_changed_by_nobody_that_is_known(
    cluster: Cluster, namespace: str, kube: Kube
) -> None:
    cluster.kubectl("delete", "device", "mac", "-n", namespace)
    assert await kube.changed_by("Device", namespace, "mac", ["spec.model"]) == ""
