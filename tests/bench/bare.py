"""Requests to NanoHUB without the adapter that made them: heard, and sent again."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import httpx

from controller.adapters.nanohub.attempts import WORKERS
from tests.lab.nanohub import NanoHub

#: Method, path with query, body.
Request = tuple[str, str, bytes]

_LIMITS = httpx.Limits(max_connections=WORKERS, max_keepalive_connections=WORKERS)


def plain(server: NanoHub) -> httpx.AsyncClient:
    """A client of the server's API, with as many connections as the adapter has requests under way."""
    auth = ("nanohub", server.api_key)
    return httpx.AsyncClient(base_url=f"{server.url}/api/v1", auth=auth, limits=_LIMITS, timeout=20)


@contextmanager
def hearing(http: httpx.AsyncClient) -> Iterator[list[Request]]:
    """What this client asks meanwhile."""
    requests: list[Request] = []

    async def hear(request: httpx.Request) -> None:
        path = request.url.raw_path.decode().removeprefix("/api/v1")
        requests.append((request.method, path, request.content))

    http.event_hooks = {"request": [hear]}
    yield requests
    http.event_hooks = {}


async def warm(http: httpx.AsyncClient) -> None:
    """Have all connections open."""
    await asyncio.gather(*(http.get("/ddm/declarations") for _ in range(WORKERS)))


async def carry_out(http: httpx.AsyncClient, requests: Sequence[Request]) -> None:
    """What classes need one by one, then what devices need, and last who is told, eight at once."""
    members = [request for request in requests if "/enrollment-sets/" in request[1]]
    tellings = [request for request in requests if request[1].startswith("/ddm/notify")]
    others = {*members, *tellings}
    await send(http, [request for request in requests if request not in others], workers=1)
    await send(http, members)
    await send(http, tellings)


async def send(http: httpx.AsyncClient, requests: Iterable[Request], *, workers: int = WORKERS) -> None:
    """Send them, so many at once. Whether a device could be woken does not matter."""
    waiting = iter(requests)

    async def work() -> None:
        for method, path, body in waiting:
            answer = await http.request(method, path, content=body)
            if "push error" not in answer.text:
                answer.raise_for_status()

    await asyncio.gather(*(work() for _ in range(workers)))
