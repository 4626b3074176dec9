"""One real API server for all of these tests, a fresh namespace for each; one lab for all stories."""

import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from controller.adapters.kube.access import read_access
from controller.adapters.kube.client import Client
from tests.e2e.days.story import Story, telling
from tests.lab import installed
from tests.lab.cluster import Cluster
from tests.lab.lab import HOME, Lab


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        installed.install(started, HOME)
        yield started


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    name = f"test-{secrets.token_hex(4)}"
    cluster.kubectl("create", "namespace", name)
    return name


@pytest.fixture
async def client(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    """An administrator's, at home in the namespace."""
    access = read_access(str(cluster.kubeconfig))
    client = Client(replace(access, namespace=namespace))
    yield client
    await client.close()


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("stories")) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """A clean slate."""
    shared_lab.reset()
    return shared_lab


@pytest.fixture
async def story(lab: Lab) -> AsyncIterator[Story]:
    async with telling(lab) as story:
        yield story
