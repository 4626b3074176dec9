"""Events, as the API server keeps them and kubectl shows them, written with the operator's own rights."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from controller.adapters.kube.access import read_access
from controller.adapters.kube.client import Client
from controller.adapters.kube.events import MOST, Events
from controller.domain.news import Item
from controller.domain.news_reasons import Severity
from controller.objects import Reference
from controller.ports import Recorder
from tests.e2e.samples import a
from tests.lab.cluster import Cluster

FLEET = {"mdm": {"nanohub": {"url": "https://mdm.acme.example", "secretRef": {"name": "nanohub"}}}}
POLICY = {"platform": "macOS", "selector": {}, "target": {"latest": {}}}
SPECS: dict[str, dict[str, Any]] = {"Fleet": FLEET, "UpdatePolicy": POLICY, "Device": {"enrollment": "E-1"}}
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
async def events(cluster: Cluster) -> AsyncIterator[Recorder]:
    client = Client(read_access(str(cluster.kubeconfig_for("pomona-system", "pomona"))))
    yield Events(client, "pomona-0")
    await client.close()


def made(cluster: Cluster, namespace: str, kind: str, name: str) -> Reference:
    document = a(kind, SPECS[kind]) | {"metadata": {"name": name}}
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump(document))
    uid = cluster.get(kind, name, "-n", namespace)["metadata"]["uid"]
    return Reference(kind, namespace, name, uid)


def an_item(kind: str = "Fleet", message: str = "no more") -> Item:
    return Item("Brake", Severity.WARNING, kind, "acme", message)


def kept(cluster: Cluster, namespace: str) -> list[Any]:
    return list(cluster.get("events", "-n", namespace)["items"])


@pytest.mark.parametrize("kind", SPECS)
async def test_kubectl_shows_it_with_its_object(
    cluster: Cluster, namespace: str, events: Recorder, kind: str
) -> None:
    about = made(cluster, namespace, kind, "acme")
    await events.record(about, an_item(kind), NOW)

    described = cluster.kubectl("describe", kind, "acme", "-n", namespace)
    listed = cluster.kubectl("events", "--for", f"{kind}/acme", "-n", namespace)

    for shown in (described, listed):
        [line] = [line for line in shown.splitlines() if "no more" in line]
        assert "Warning" in line
        assert "Brake" in line
    assert "pomona" in described
    [event] = kept(cluster, namespace)
    assert event["involvedObject"]["uid"] == about.uid
    assert (event["reportingComponent"], event["reportingInstance"]) == ("pomona", "pomona-0")


async def test_the_same_again_is_counted(cluster: Cluster, namespace: str, events: Recorder) -> None:
    about = made(cluster, namespace, "Fleet", "acme")
    for later in range(3):
        await events.record(about, an_item(), NOW + timedelta(minutes=later))
    await events.record(about, an_item(message="another"), NOW)
    again, other = sorted(kept(cluster, namespace), key=lambda event: -int(event["count"]))

    assert (again["count"], other["count"]) == (3, 1)
    stamps = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (NOW, NOW + timedelta(minutes=2))]
    assert [again["firstTimestamp"], again["lastTimestamp"]] == stamps


async def test_one_that_was_made_anew_is_another_object(
    cluster: Cluster, namespace: str, events: Recorder
) -> None:
    await events.record(made(cluster, namespace, "Device", "mac"), an_item("Device"), NOW)
    cluster.kubectl("delete", "device", "mac", "-n", namespace)
    await events.record(made(cluster, namespace, "Device", "mac"), an_item("Device"), NOW)
    assert [event["count"] for event in kept(cluster, namespace)] == [1, 1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("a" * 235 + "-" + "b" * 17, "no more", id="a long name"),
        pytest.param("mac", "ü" * 2000, id="a long message"),
    ],
)
async def test_what_is_too_long_is_cut(
    cluster: Cluster, namespace: str, events: Recorder, name: str, message: str
) -> None:
    await events.record(made(cluster, namespace, "Device", name), an_item("Device", message), NOW)
    [event] = kept(cluster, namespace)
    assert event["involvedObject"]["name"] == name
    assert len(event["message"].encode()) <= MOST


async def test_many_at_once(cluster: Cluster, namespace: str, events: Recorder) -> None:
    about = made(cluster, namespace, "Fleet", "acme")
    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            tasks.create_task(events.record(about, an_item(message=f"m{n}"), NOW))
    assert len(kept(cluster, namespace)) == 20
