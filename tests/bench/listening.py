"""The adapter of the API server, as the operator runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from controller.adapters.kube.access import Access
from controller.adapters.kube.client import Client
from controller.adapters.kube.cluster import Kube


@asynccontextmanager
async def listening(access: Access, namespace: str) -> AsyncIterator[Kube]:
    """The adapter for one namespace, every Device heard of."""
    client = Client(access)
    kube = Kube(client, [namespace], lambda _: None)
    task = asyncio.create_task(kube.run())
    try:
        await kube.wait_synced()
        yield kube
    finally:
        task.cancel()
        await asyncio.wait({task})
        await client.close()
