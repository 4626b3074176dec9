"""A sender of webhook events, in a process of its own: `… URL DEVICES`.

As NanoHUB does where each of so many devices reports, eight at once; it ends when the last was taken.
"""

import asyncio
import json
import sys
from collections.abc import Iterable

import aiohttp

from controller.workers import for_each
from tests.bench.devices import WORKERS, enrollments, install_state
from tests.lab.webhooks import declared


async def send(url: str, bodies: Iterable[bytes]) -> None:
    """Have each of them taken."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=WORKERS)) as session:

        async def post(body: bytes) -> None:
            async with session.post(url, data=body) as answer:
                answer.raise_for_status()

        await for_each(bodies, post, workers=WORKERS)


def main() -> None:
    """What the report says is in the event, too, as NanoHUB has it there; nobody reads it."""
    url, number = sys.argv[1], int(sys.argv[2])
    report = json.dumps(install_state("downloading")).encode()
    asyncio.run(send(url, [declared("status", e, Data=report) for e in enrollments(number)]))


if __name__ == "__main__":
    main()
